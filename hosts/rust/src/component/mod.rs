//! The sandboxed variant: the component, in as many instances as there are calls at once.

mod bindings;
mod clock;
mod code;
mod engine;
mod guest;
mod handlers;
mod instances;
#[cfg(feature = "compiler")]
mod precompile;
mod precompiled;
mod program;
mod state;

use std::cell::OnceCell;
use std::fmt;
use std::time::Instant;

use thumbox_protocol::Code;

use crate::error::{End, Error, Result};
use crate::options::SandboxOptions;
use crate::plugin::{Plugin, check_length};
use crate::reply::Reply;
use crate::stats::{Counter, Stats};
use engine::Ending;
use guest::{Guest, Limits};
use instances::{Call, Common, Instances};
#[cfg(feature = "compiler")]
pub use precompile::{Level, precompile};
pub use program::Program;

/// The plugin in a sandbox: for images from strangers.
pub struct ComponentPlugin {
    base: Instances,
    /// Those that a call goes on to, in this order.
    further: Vec<Instances>,
    common: Common,
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
        let common = Common {
            options: options.clone(),
            limits: Limits { memory: options.memory_limit, reply: options.common.reply_limit() },
            config: options.common.config(&[]),
            counter: Counter::default(),
        };
        let plugin = Self { base: Instances::new(program), further: Vec::new(), common };
        let slot = plugin.base.slot(&plugin.common)?;
        let running = plugin.base.ticking()?;
        let call = Call { deadline: plugin.deadline(), ..Call::default() };
        plugin.base.try_out(&plugin.common, &call).map_err(|error| plugin.named(error))?;
        drop(running);
        drop(slot);
        Ok(plugin)
    }

    /// Adds a further component, such as `thumbox-avif.wasm`, for images that those before it do not read.
    ///
    /// A call that gets code 204 (AVIF or HEIC, which this build does not read) goes on to the further components in the order in
    /// which they were added, and returns the first answer that is not 204. It remains one call with one slot, within
    /// the same limits; the time that compiling takes does not count for its timeout.
    ///
    /// ```no_run
    /// # #[cfg(feature = "compiler")] {
    /// use thumbox_host::{ComponentPlugin, Plugin, Program, SandboxOptions, Target};
    ///
    /// let options = SandboxOptions::default();
    /// let avif = Program::compile_lazily(std::fs::read("target/artifacts/thumbox-avif.wasm")?, &options)?;
    /// let heic = Program::compile_lazily(std::fs::read("target/artifacts/thumbox-heic.wasm")?, &options)?;
    /// let plugin = ComponentPlugin::compile(&std::fs::read("target/artifacts/thumbox.wasm")?, &options)?
    ///     .with_further(&avif)?
    ///     .with_further(&heic)?;
    /// let thumb = plugin.thumbnail(&std::fs::read("IMG_0001.HEIC")?, &Target::new(256, 256))?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Code 4 where `memory_limit` or `max_concurrent` of the program differs from the plugin's.
    pub fn with_further(mut self, program: &Program) -> Result<Self> {
        program.check(&self.common.options)?;
        self.further.push(Instances::new(program));
        Ok(self)
    }

    /// Whether a call that began now in this thread would run the fast code, which ends a guest by a signal. It does on Linux where
    /// Wasmtime's handlers for SIGSEGV, SIGILL and SIGFPE are in place and the thread blocks none of these signals. Else
    /// the guest's code checks each access to its memory: a photo took a fifth longer.
    ///
    /// # Errors
    /// Code 2 if that code cannot be loaded.
    pub fn ends_by_signals(&self) -> Result<bool> {
        Ok(self.base.program().0.compiled()?.ending == Ending::Signals)
    }

    fn run<T>(&self, total: u64, work: impl Fn(&mut Guest) -> Result<T>) -> Result<T> {
        let slot = self
            .check_length(total)
            .and_then(|()| self.base.slot(&self.common))
            .inspect_err(|_| self.common.counter.rejected())?;
        let running = self.base.ticking()?;
        let mut call = Call { deadline: self.deadline(), ..Call::default() };
        let outcome = self.first_answer(&mut call, work).map_err(|error| self.named(error));
        drop(running);
        self.common.counter.ran(&outcome, call.memory);
        drop(slot);
        outcome
    }

    /// The base's answer, or the first of a further component's, where those before do not read the format.
    fn first_answer<T>(
        &self,
        call: &mut Call,
        work: impl Fn(&mut Guest) -> Result<T>,
    ) -> Result<T> {
        let base = self.base.run(&self.common, call, &work);
        if !is_unread(&base) {
            return base;
        }
        for (index, further) in self.further.iter().enumerate() {
            let begun = Instant::now();
            // Never waits where this plugin alone has the program: its calls have their slots of the base already.
            let slot = further.slot(&self.common)?;
            further.program().0.compiled().map_err(|error| self.numbered(index, &error))?;
            let running = further.ticking()?;
            call.deadline =
                call.deadline.and_then(|deadline| deadline.checked_add(begun.elapsed()));
            let answer = further.run(&self.common, call, &work);
            drop(running);
            drop(slot);
            if !is_unread(&answer) {
                return answer;
            }
        }
        base
    }

    fn numbered(&self, index: usize, error: &Error) -> Error {
        let (number, count) = (index + 1, self.further.len());
        let message = format!("further component {number} of {count}: {}", error.message());
        Error::said(error.code(), message)
    }

    fn check_length(&self, total: u64) -> Result<()> {
        check_length(total, self.common.options.common.max_request)?;
        let limit = self.common.options.memory_limit;
        if total <= limit {
            return Ok(());
        }
        let message = format!(
            "the request has {total} bytes; memory_limit is {limit} bytes for all of a call"
        );
        Err(Error::new(Code::Memory, message))
    }

    fn deadline(&self) -> Option<Instant> {
        self.common.options.timeout.and_then(|timeout| Instant::now().checked_add(timeout))
    }

    fn named(&self, error: Error) -> Error {
        match (error.end(), self.common.options.timeout) {
            (Some(End::Timeout), Some(timeout)) => {
                let seconds = timeout.as_secs_f64();
                let text = format!("the call ran past its timeout of {seconds} s and was stopped");
                Error::ended(End::Timeout, Code::Timeout, text)
            }
            _ => error,
        }
    }
}

/// Whether a component has answered that other builds read the format.
fn is_unread<T>(answer: &Result<T>) -> bool {
    answer.as_ref().is_err_and(|error| error.code() == Code::FormatNotInBuild.number())
}

impl Plugin for ComponentPlugin {
    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Reply> {
        let total = parts.iter().map(|part| part.len() as u64).sum();
        let joined = OnceCell::new();
        self.run(total, |guest| {
            let request = match parts {
                [request] => request,
                // The bindings take one slice.
                parts => joined.get_or_init(|| parts.concat()).as_slice(),
            };
            guest.call(message_id, request).map(Reply::copied)
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
        let (running, waiting) = self.base.program().0.slots.counts();
        let all = std::iter::once(&self.base).chain(&self.further);
        let idle: usize = all.map(Instances::waiting).sum();
        self.common.counter.stats((running, waiting), idle as u64 + u64::from(running))
    }
}

impl fmt::Debug for ComponentPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComponentPlugin").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
