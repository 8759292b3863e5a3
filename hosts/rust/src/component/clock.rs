//! Ticks, so that a guest that runs is asked for the time.
//!
//! A tick moves the engines' epoch on, and each guest that runs then looks at the clock itself. So a tick that comes
//! late makes a deadline late, and none makes one early.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::Engine;

use super::engine::Ending;

/// How exact a deadline is.
const TICK: Duration = Duration::from_millis(10);

/// Ticks without a call before the thread sleeps until there is one.
const LINGER: u32 = 100;

/// A thread that ticks while calls run. It is there while anybody holds [`Ticks`].
#[derive(Debug)]
pub(crate) struct Clock(Arc<Shared>);

struct Shared {
    engines: [OnceLock<Engine>; Ending::ALL.len()],
    calls: AtomicUsize,
    is_asleep: AtomicBool,
    is_over: AtomicBool,
    /// Of the process that the thread runs in, 0 for none: a fork's child has none of its parent's threads.
    process: AtomicU32,
    /// Never taken by the thread itself, or a fork could leave it locked for good.
    state: Mutex<State>,
}

struct State {
    holders: usize,
    thread: Option<JoinHandle<()>>,
}

/// The right to run calls: the thread is there until the last of them is dropped.
#[derive(Debug)]
pub(crate) struct Ticks(Arc<Shared>);

/// A call that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct Running<'t>(&'t Shared);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            engines: Ending::ALL.map(|_| OnceLock::new()),
            calls: AtomicUsize::new(0),
            is_asleep: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            process: AtomicU32::new(0),
            state: Mutex::new(State { holders: 0, thread: None }),
        }))
    }

    /// From now on this engine ticks, too: one for each way to end a guest.
    pub(crate) fn watch(&self, engine: &Engine) {
        let mut engine = engine.clone();
        for place in &self.0.engines {
            match place.set(engine) {
                Ok(()) => return,
                Err(taken) => engine = taken,
            }
        }
    }

    pub(crate) fn ticks(&self) -> Ticks {
        self.0.state().holders += 1;
        Ticks(Arc::clone(&self.0))
    }
}

impl Ticks {
    /// From now on there are ticks.
    pub(crate) fn run(&self) -> std::io::Result<Running<'_>> {
        let shared = &*self.0;
        shared.calls.fetch_add(1, SeqCst);
        let running = Running(shared);
        if shared.process.load(SeqCst) != std::process::id() {
            shared.start(&self.0)?;
        } else if shared.is_asleep.load(SeqCst) {
            shared.wake(&shared.state());
        }
        Ok(running)
    }
}

impl Drop for Ticks {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.holders -= 1;
        if state.holders > 0 {
            return;
        }
        let is_ours = self.0.process.swap(0, SeqCst) == std::process::id();
        self.0.is_over.store(true, SeqCst);
        self.0.wake(&state);
        match state.thread.take() {
            // Waited for, because whoever ends the last plugin may unload this library next, where that can be done; and
            // with the lock, so that there is never a second one.
            Some(thread) if is_ours => drop(thread.join()),
            of_the_parent => std::mem::forget(of_the_parent),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, SeqCst);
    }
}

impl Shared {
    fn start(&self, shared: &Arc<Self>) -> std::io::Result<()> {
        let mut state = self.state();
        let process = std::process::id();
        if self.process.load(SeqCst) == process {
            return Ok(());
        }
        // Of the parent: it is not to be joined here.
        std::mem::forget(state.thread.take());
        self.is_over.store(false, SeqCst);
        self.is_asleep.store(false, SeqCst);
        let shared = Arc::clone(shared);
        let thread = std::thread::Builder::new().name("thumbox-clock".into());
        state.thread = Some(thread.spawn(move || shared.tick())?);
        self.process.store(process, SeqCst);
        Ok(())
    }

    fn tick(&self) {
        let mut idle = 0;
        while !self.is_over.load(SeqCst) {
            std::thread::park_timeout(TICK);
            self.engines.iter().filter_map(OnceLock::get).for_each(Engine::increment_epoch);
            idle = if self.calls.load(SeqCst) > 0 { 0 } else { idle + 1 };
            if idle > LINGER {
                self.is_asleep.store(true, SeqCst);
                // Looks again after that: who has begun before is counted, and who begins after sees a sleeper.
                while self.calls.load(SeqCst) == 0 && !self.is_over.load(SeqCst) {
                    std::thread::park();
                }
                self.is_asleep.store(false, SeqCst);
                idle = 0;
            }
        }
    }

    fn wake(&self, state: &State) {
        if let Some(thread) = &state.thread {
            thread.thread().unpark();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("calls", &self.calls).finish_non_exhaustive()
    }
}
