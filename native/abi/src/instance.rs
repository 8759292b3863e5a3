//! One plugin instance: its state, its calls, its log. Nothing in it is shared with another instance.
//!
//! ```text
//! installed -- start --> starting --> active -- shutdown --> stopping --> stopped
//!     |                     '-> failed
//!     '------------- shutdown ----------------------------------------------^
//! ```
//!
//! A panic in a call does not end the instance: one picture must not stop the service for all others.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use thumbox_protocol::{Code, Error, LogLevel};

use crate::callback::Callback;
use crate::failure::{Failure, guarded};
use crate::log::{Log, Origin};
use crate::plugin::{Plugin, Settings};

/// Where an instance is in its life, with rustbridge's numbers.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Installed = 0,
    Starting = 1,
    Active = 2,
    Stopping = 3,
    Stopped = 4,
    Failed = 5,
}

pub(crate) struct Instance<P> {
    gate: Mutex<Gate<P>>,
    left: Condvar,
    rejected: AtomicU64,
    log: Log,
}

struct Gate<P> {
    state: State,
    settings: Settings,
    /// There while the instance is active. Calls that run hold it, too.
    plugin: Option<Arc<P>>,
    running: u64,
}

impl<P: Plugin> Instance<P> {
    pub(crate) fn installed() -> Self {
        let gate = Gate {
            state: State::Installed,
            settings: Settings::default(),
            plugin: None,
            running: 0,
        };
        Self {
            gate: Mutex::new(gate),
            left: Condvar::new(),
            rejected: AtomicU64::new(0),
            log: Log::new(P::LOG_TARGET),
        }
    }

    /// Makes an installed instance active. An instance that has left that state stays as it is; one that
    /// fails here has said why in its log, and is over.
    pub(crate) fn start(
        &self,
        config: Result<&[u8], Failure>,
        callback: Option<Callback>,
    ) -> Result<(), Failure> {
        self.advance(State::Installed, State::Starting)?;
        self.log.open(callback);
        match config.and_then(|json| guarded(|| P::start(json))) {
            Ok((plugin, settings)) => {
                self.log.set_level(settings.log_level as u8);
                for key in &settings.ignored {
                    let text = format_args!("the configuration's key {key:?} means nothing here");
                    self.lifecycle(LogLevel::Warn, text);
                }
                let mut gate = self.gate();
                gate.settings = settings;
                gate.plugin = Some(Arc::new(plugin));
                gate.state = State::Active;
                drop(gate);
                self.lifecycle(LogLevel::Info, format_args!("{} started", P::NAME));
                Ok(())
            }
            Err(failure) => {
                self.gate().state = State::Failed;
                self.lifecycle(
                    LogLevel::Error,
                    format_args!("{} cannot start: {}", P::NAME, failure.message),
                );
                self.log.close();
                Err(failure)
            }
        }
    }

    /// Answers a binary request.
    pub(crate) fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Vec<u8>, Failure> {
        self.run(format_args!("message {message_id}"), |plugin| plugin.call(message_id, parts))
    }

    /// Answers a JSON request.
    pub(crate) fn call_json(&self, tag: &str, request: &[u8]) -> Result<String, Failure> {
        self.run(format_args!("message {tag:?}"), |plugin| {
            let request =
                str::from_utf8(request).map_err(|error| Error::Json(error.to_string()))?;
            plugin.call_json(tag, request)
        })
    }

    /// Ends an instance, once its calls have ended or its patience has. `false` where there was nothing
    /// to end: another shutdown has been here.
    pub(crate) fn shutdown(&self) -> bool {
        if self.advance(State::Installed, State::Stopped).is_ok() {
            return true;
        }
        if self.advance(State::Active, State::Stopping).is_err() {
            return false;
        }
        let running = self.wait_for_calls();
        if running > 0 {
            self.lifecycle(
                LogLevel::Warn,
                format_args!("stopping while calls are running: {running}; they will be answered"),
            );
        }
        let mut gate = self.gate();
        gate.state = State::Stopped;
        let plugin = gate.plugin.take();
        drop(gate);
        // Outside of the lock: it may have threads to wait for.
        drop(plugin);
        self.lifecycle(LogLevel::Info, format_args!("{} stopped", P::NAME));
        self.log.close();
        true
    }

    /// Whether nothing can bring the instance back.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state(), State::Stopped | State::Failed)
    }

    pub(crate) fn state(&self) -> State {
        self.gate().state
    }

    /// Calls that were refused because too many ran.
    pub(crate) fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    pub(crate) fn set_log_level(&self, level: u8) {
        self.log.set_level(level);
    }

    fn run<T: AsRef<[u8]>>(
        &self,
        name: fmt::Arguments<'_>,
        work: impl FnOnce(&P) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let call = self.enter()?;
        let watch = self.log.enabled(LogLevel::Debug).then(Instant::now);
        self.log.emit(LogLevel::Trace, Origin::Call, format_args!("{name}: begins"));
        let answer = guarded(|| work(&call.plugin));
        let took = watch.map(|watch| watch.elapsed()).unwrap_or_default();
        match &answer {
            Ok(reply) => self.log.emit(
                LogLevel::Debug,
                Origin::Call,
                format_args!("{name}: {} bytes in {took:?}", reply.as_ref().len()),
            ),
            Err(Failure { code, message }) => {
                if *code == Code::TooManyRequests.number() {
                    self.rejected.fetch_add(1, Ordering::Relaxed);
                }
                let is_ours = *code == Code::Internal.number();
                self.log.emit(
                    if is_ours { LogLevel::Error } else { LogLevel::Debug },
                    Origin::Call,
                    format_args!("{name}: error {code}: {message}"),
                );
            }
        }
        answer
    }

    /// Counts a call in, if the state and the limit allow it.
    fn enter(&self) -> Result<Call<'_, P>, Failure> {
        let mut gate = self.gate();
        let (State::Active, Some(plugin)) = (gate.state, gate.plugin.clone()) else {
            return Err(inactive(gate.state));
        };
        if let Some(limit) = gate.settings.max_concurrent_ops
            && gate.running >= limit
        {
            drop(gate);
            self.rejected.fetch_add(1, Ordering::Relaxed);
            return Err(Failure::new(
                Code::TooManyRequests,
                format!(
                    "too many concurrent calls (max_concurrent_ops = {limit}); call again later, or raise it"
                ),
            ));
        }
        gate.running += 1;
        drop(gate);
        Ok(Call { plugin, _running: Running(self) })
    }

    /// Waits until no call runs, or until the configured time is over. Returns the calls that still run
    /// then, without those that wait for this thread: it is in a log callback of theirs.
    fn wait_for_calls(&self) -> u64 {
        let ours = self.log.calls_under_this_thread();
        let gate = self.gate();
        let timeout = Duration::from_millis(gate.settings.shutdown_timeout_ms);
        let (gate, _) = self
            .left
            .wait_timeout_while(gate, timeout, |gate| gate.running > ours)
            .unwrap_or_else(PoisonError::into_inner);
        gate.running.saturating_sub(ours)
    }

    fn advance(&self, from: State, to: State) -> Result<(), Failure> {
        let mut gate = self.gate();
        if gate.state != from {
            return Err(inactive(gate.state));
        }
        gate.state = to;
        Ok(())
    }

    fn lifecycle(&self, level: LogLevel, message: fmt::Arguments<'_>) {
        self.log.emit(level, Origin::Lifecycle, message);
    }

    fn gate(&self) -> MutexGuard<'_, Gate<P>> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn inactive(state: State) -> Failure {
    Failure::new(
        Code::InvalidState,
        format!(
            "the plugin is {state:?}; it answers calls between plugin_init and plugin_shutdown"
        ),
    )
}

/// A call that runs. Its plugin goes first: who has counted all calls out may unload the library.
struct Call<'i, P: Plugin> {
    plugin: Arc<P>,
    _running: Running<'i, P>,
}

/// Dropping it counts a call out, also when a panic does the dropping.
struct Running<'i, P: Plugin>(&'i Instance<P>);

impl<P: Plugin> Drop for Running<'_, P> {
    fn drop(&mut self) {
        let mut gate = self.0.gate();
        gate.running -= 1;
        let stopping = gate.state != State::Active;
        drop(gate);
        if stopping {
            self.0.left.notify_all();
        }
    }
}

#[cfg(test)]
mod tests;
