//! One instance of the component. What it answers is not trusted.
//!
//! Wasmtime's typed bindings hold every address and length that the guest gives against its memory, and every text
//! against UTF-8, before anything is copied. What remains to be said here is how much may be copied, and what an
//! error means.

use std::time::Instant;

use thumbox_protocol::{Code, PANIC_TEXT as MOST_PANIC_TEXT};
use wasmtime::{Store, Trap, UpdateDeadline, WasmCoreDump};

use super::bindings::Plugin;
use super::bindings::exports::thumbox::plugin::transport;
use super::engine::Ending;
use super::program::Compiled;
use super::state::State;
use crate::error::{End, Error, Result};

/// Bytes of an error's message at the most; the core's have some hundreds.
const LONGEST_MESSAGE: usize = 64 << 10;

/// Where the component's module says that a panic's text is: see `wit/thumbox.wit`.
const PANIC_TEXT: &str = "thumbox_panic_text";

/// What a guest may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of its memory.
    pub(super) memory: u64,
    /// Bytes of a reply.
    pub(super) reply: u64,
}

/// An instance with a store of its own.
pub(super) struct Guest {
    store: Store<State>,
    plugin: Plugin,
    limits: Limits,
    ending: Ending,
    is_alive: bool,
}

impl Guest {
    /// Makes one, which may run code of the component; `deadline` counts for that, too.
    pub(super) fn new(
        program: &Compiled,
        limits: Limits,
        deadline: Option<Instant>,
    ) -> Result<Self> {
        let ending = program.ending;
        let state = State { memory_limit: limits.memory, memory: 0, deadline };
        let mut store = Store::new(&program.engine, state);
        store.limiter(|state| state);
        // What a call may copy out: its reply, or a message.
        let most = usize::try_from(limits.reply).unwrap_or(usize::MAX);
        store.set_hostcall_fuel(most.saturating_add(LONGEST_MESSAGE));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| match store.data().deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Late.into()),
            _ => Ok(UpdateDeadline::Continue(1)),
        });
        match program.component.instantiate(&mut store) {
            Ok(plugin) => Ok(Self { store, plugin, limits, ending, is_alive: true }),
            Err(error) if error.is::<Late>() => Err(late()),
            Err(error) => Err(Error::ended(
                End::Trap,
                Code::InitFailed,
                format!("the sandbox cannot start: {}", words(&error)),
            )),
        }
    }

    /// Sets the core's limits.
    pub(super) fn configure(&mut self, config: &str) -> Result<()> {
        self.run(|transport, store| transport.call_configure(store, config))
    }

    /// The reply to a binary request.
    pub(super) fn call(&mut self, message_id: u32, request: &[u8]) -> Result<Vec<u8>> {
        let reply = self.run(|transport, store| transport.call_call(store, message_id, request))?;
        self.check_reply(reply.len())?;
        Ok(reply)
    }

    /// The reply to a JSON request.
    pub(super) fn call_json(&mut self, tag: &str, request: &str) -> Result<String> {
        let reply = self.run(|transport, store| transport.call_call_json(store, tag, request))?;
        self.check_reply(reply.len())?;
        Ok(reply)
    }

    /// Begins a call of its own: until `deadline`.
    pub(super) fn arm(&mut self, deadline: Option<Instant>) {
        self.store.data_mut().deadline = deadline;
    }

    /// Whether it may be called again. One that has not ended a call as it should is in no known state.
    pub(super) fn is_alive(&self) -> bool {
        self.is_alive
    }

    /// How its code ends it.
    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    /// Bytes of its memory, which only grows.
    pub(super) fn memory(&self) -> u64 {
        self.store.data().memory
    }

    fn run<T>(
        &mut self,
        call: impl FnOnce(&transport::Guest, &mut Store<State>) -> Answer<T>,
    ) -> Result<T> {
        self.is_alive = false;
        let outcome = call(self.plugin.thumbox_plugin_transport(), &mut self.store);
        match outcome.map_err(|error| self.ended(&error))? {
            Ok(value) => {
                self.is_alive = true;
                Ok(value)
            }
            Err(said) => {
                // With 0 for a number, an error would pass for a success elsewhere.
                if said.code == 0 {
                    return Err(lied("an error of code 0"));
                }
                if said.message.len() > LONGEST_MESSAGE {
                    return Err(lied(format!("a message of {} bytes", said.message.len())));
                }
                self.is_alive = true;
                Err(Error::said(said.code, said.message))
            }
        }
    }

    fn check_reply(&mut self, length: usize) -> Result<()> {
        let limit = self.limits.reply;
        if length as u64 <= limit {
            return Ok(());
        }
        self.is_alive = false;
        Err(too_long(limit))
    }

    /// What an error of wasmtime's means. It was the guest's last word.
    fn ended(&mut self, error: &wasmtime::Error) -> Error {
        if error.is::<Late>() {
            return late();
        }
        let trapped = |code, message| Error::ended(End::Trap, code, message);
        let Some(trap) = error.downcast_ref::<Trap>() else {
            let words = words(error);
            // Wasmtime's error for it has no type of its own; a test holds it to this word.
            return if words.contains("fuel") { too_long(self.limits.reply) } else { lied(words) };
        };
        if let Some(text) = self.panic_text(error) {
            return trapped(Code::Internal, format!("the sandbox panicked: {text}"));
        }
        if *trap == Trap::UnreachableCodeReached {
            // A panic has a text; what ends without one is an allocation that failed.
            let message = format!(
                "the sandbox ran out of memory; memory_limit is {} bytes, of which {} were in use",
                self.limits.memory,
                self.memory()
            );
            return trapped(Code::Memory, message);
        }
        trapped(Code::Internal, format!("the sandbox stopped with a trap: {trap}"))
    }

    /// From where the guest keeps it, without running the guest.
    fn panic_text(&mut self, error: &wasmtime::Error) -> Option<String> {
        let dump = error.downcast_ref::<WasmCoreDump>()?;
        dump.instances().iter().find_map(|instance| {
            let place = instance.get_global(&mut self.store, PANIC_TEXT)?.get(&mut self.store);
            let start = usize::try_from(place.i32()?.cast_unsigned()).ok()?;
            let memory = instance.get_memory(&mut self.store, "memory")?.data(&self.store);
            let (length, text) = memory.get(start..)?.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let text = text.get(..length.min(MOST_PANIC_TEXT)).unwrap_or(text);
            let text = String::from_utf8_lossy(text).into_owned();
            (!text.is_empty()).then_some(text)
        })
    }
}

type Answer<T> = wasmtime::Result<std::result::Result<T, transport::Error>>;

/// The deadline has come.
#[derive(Clone, Copy, Debug)]
struct Late;

impl std::fmt::Display for Late {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the deadline has come")
    }
}

impl std::error::Error for Late {}

fn late() -> Error {
    Error::ended(End::Timeout, Code::Timeout, "the call ran past its deadline and was stopped")
}

fn lied(what: impl std::fmt::Display) -> Error {
    let message = format!("the sandbox answered with {what}; it was stopped and replaced");
    Error::ended(End::Trap, Code::Internal, message)
}

fn too_long(limit: u64) -> Error {
    let message = format!("the sandbox answered with more bytes than max_reply allows: {limit}");
    Error::ended(End::Trap, Code::ReplySize, message)
}

/// Wasmtime's reason, without where in the guest it was.
fn words(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}
