//! The sandboxed variant: the component, in as many instances as there are calls at once.

mod bindings;
mod clock;
mod code;
mod engine;
mod guest;
mod handlers;
#[cfg(feature = "compiler")]
mod precompile;
mod precompiled;
mod program;
mod state;

use std::fmt;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use thumbox_protocol::{Code, HostLimits};

use crate::error::{End, Error, Result};
use crate::options::{Isolation, SandboxOptions};
use crate::plugin::{Plugin, check_length};
use crate::reply::Reply;
use crate::stats::{Counter, Stats};
use clock::Ticks;
use engine::Ending;
use guest::{Guest, Limits};
#[cfg(feature = "compiler")]
pub use precompile::{Level, precompile};
use program::Compiled;
pub use program::Program;

/// The plugin in a sandbox: for images from strangers.
pub struct ComponentPlugin {
    // First, so that what is idle gives its slots back while the program is there.
    idle: Mutex<Vec<Guest>>,
    program: Program,
    ticks: Ticks,
    options: SandboxOptions,
    limits: Limits,
    config: String,
    counter: Counter,
}

impl ComponentPlugin {
    /// Compiles a component and starts a plugin of it.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use thumbox_host::{ComponentPlugin, Plugin, SandboxOptions, Target};
    ///
    /// let component = std::fs::read("target/artifacts/thumbox.wasm")?;
    /// let options = SandboxOptions { timeout: Some(Duration::from_secs(5)), ..SandboxOptions::default() };
    /// let plugin = ComponentPlugin::compile(&component, &options)?;
    /// let thumb = plugin.thumbnail(&std::fs::read("holiday.jpg")?, &Target::new(256, 256))?;
    /// std::fs::write("thumb.jpg", thumb.data())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Program::compile`] and [`ComponentPlugin::start`].
    #[cfg(feature = "compiler")]
    pub fn compile(component: &[u8], options: &SandboxOptions) -> Result<Self> {
        Self::start(&Program::compile(component, options)?, options)
    }

    /// Starts a plugin of a program, and an instance of it, so that what does not work is known at once.
    ///
    /// # Errors
    /// Code 4 for an option out of its range, or one that differs from the program's; code 2 for a component that
    /// cannot start, and what else it does to get itself stopped.
    pub fn start(program: &Program, options: &SandboxOptions) -> Result<Self> {
        options.check()?;
        program.check(options)?;
        let plugin = Self {
            idle: Mutex::new(Vec::new()),
            program: program.clone(),
            ticks: program.0.clock.ticks(),
            options: options.clone(),
            limits: Limits { memory: options.memory_limit, reply: options.common.reply_limit() },
            config: options.common.config(&[]),
            counter: Counter::default(),
        };
        let slot = plugin.program.0.slots.take(options.common.max_wait)?;
        let running = plugin.ticks.run().map_err(no_clock)?;
        let compiled = program.0.compiled()?;
        let guest =
            plugin.make(compiled, plugin.deadline()).map_err(|error| plugin.named(error))?;
        plugin.put_back(guest);
        drop(running);
        drop(slot);
        Ok(plugin)
    }

    /// Whether a call that began now in this thread would run the fast code, which ends a guest by a signal. It does on Linux where
    /// Wasmtime's handlers for SIGSEGV, SIGILL and SIGFPE are in place and the thread blocks none of these signals. Else
    /// the guest's code checks each access to its memory: a photo took a fifth longer.
    ///
    /// # Errors
    /// Code 2 if that code cannot be loaded.
    pub fn ends_by_signals(&self) -> Result<bool> {
        Ok(self.program.0.compiled()?.ending == Ending::Signals)
    }

    fn run<T>(&self, total: u64, work: impl FnOnce(&mut Guest) -> Result<T>) -> Result<T> {
        let slot = self
            .check_length(total)
            .and_then(|()| self.program.0.slots.take(self.options.common.max_wait))
            .inspect_err(|_| self.counter.rejected())?;
        let running = self.ticks.run().map_err(no_clock)?;
        let mut memory = 0;
        let outcome = self.take().and_then(|mut guest| {
            let outcome = work(&mut guest);
            memory = guest.memory();
            self.put_back(guest);
            outcome
        });
        drop(running);
        let outcome = outcome.map_err(|error| self.named(error));
        self.counter.ran(&outcome, memory);
        drop(slot);
        outcome
    }

    fn check_length(&self, total: u64) -> Result<()> {
        check_length(total, self.options.common.max_request)?;
        let limit = self.options.memory_limit;
        if total <= limit {
            return Ok(());
        }
        let message = format!(
            "the request has {total} bytes; memory_limit is {limit} bytes for all of a call"
        );
        Err(Error::new(Code::Memory, message))
    }

    fn deadline(&self) -> Option<Instant> {
        self.options.timeout.and_then(|timeout| Instant::now().checked_add(timeout))
    }

    /// An instance for a call that begins now.
    fn take(&self) -> Result<Guest> {
        let deadline = self.deadline();
        let compiled = self.program.0.compiled()?;
        if self.options.isolation == Isolation::Pool
            && let Some(mut guest) = self.pop()
            // Else it ends by signals that are somebody else's now, or by checks that are not needed any more.
            && guest.ending() == compiled.ending
        {
            guest.arm(deadline);
            return Ok(guest);
        }
        self.make(compiled, deadline)
    }

    /// An instance that waits for a call.
    fn pop(&self) -> Option<Guest> {
        let guest = self.idle().pop()?;
        self.program.0.idle.fetch_sub(1, SeqCst);
        Some(guest)
    }

    fn make(&self, compiled: &Compiled, deadline: Option<Instant>) -> Result<Guest> {
        self.counter.made_instance();
        let mut guest = Guest::new(compiled, self.limits, deadline)?;
        if !self.config.is_empty() {
            guest.configure(&self.config)?;
        }
        Ok(guest)
    }

    /// For the next call, if it may be kept; else its slot is free when this returns.
    fn put_back(&self, guest: Guest) {
        let keep = self.options.isolation == Isolation::Pool
            && guest.is_alive()
            && guest.memory() <= HostLimits::DEFAULT.keep_memory
            && self.program.0.may_idle();
        if keep {
            self.idle().push(guest);
        }
    }

    fn named(&self, error: Error) -> Error {
        match (error.end(), self.options.timeout) {
            (Some(End::Timeout), Some(timeout)) => {
                let seconds = timeout.as_secs_f64();
                let text = format!("the call ran past its timeout of {seconds} s and was stopped");
                Error::ended(End::Timeout, Code::Timeout, text)
            }
            _ => error,
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Guest>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plugin for ComponentPlugin {
    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Reply> {
        let total = parts.iter().map(|part| part.len() as u64).sum();
        self.run(total, |guest| {
            let reply = match parts {
                [request] => guest.call(message_id, request),
                // The bindings take one slice.
                parts => guest.call(message_id, &parts.concat()),
            };
            Ok(Reply::copied(reply?))
        })
    }

    fn call_json(&self, tag: &str, request: &str) -> Result<String> {
        let total = tag.len() as u64 + request.len() as u64;
        let reply = self.run(total, |guest| guest.call_json(tag, request))?;
        match serde_json::from_str::<serde::de::IgnoredAny>(&reply) {
            Ok(_) => Ok(reply),
            Err(_) => {
                let start: String = reply.chars().take(28).collect();
                let length = reply.len();
                let message = format!(
                    "the plugin's reply of {length} bytes is not JSON; it starts with {start:?}"
                );
                Err(Error::new(Code::Bug, message))
            }
        }
    }

    fn stats(&self) -> Stats {
        let (running, waiting) = self.program.0.slots.counts();
        let idle = self.idle().len() as u64;
        self.counter.stats((running, waiting), idle + u64::from(running))
    }
}

impl Drop for ComponentPlugin {
    fn drop(&mut self) {
        let guests = std::mem::take(&mut *self.idle());
        let count = u32::try_from(guests.len()).unwrap_or_default();
        drop(guests);
        self.program.0.idle.fetch_sub(count, SeqCst);
    }
}

impl fmt::Debug for ComponentPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComponentPlugin").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

fn no_clock(error: std::io::Error) -> Error {
    Error::new(Code::InitFailed, format!("the thread for deadlines cannot be started: {error}"))
}
