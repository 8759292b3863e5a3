//! Two builds of the core, asked the same: this program's own, for 64 bits, and the component, for 32, in its sandbox.
//!
//! One release answers the same request with the same bytes, on every machine and from every build. What breaks that is
//! in the arithmetic of addresses and lengths, in what a dependency does beyond a limit, and in what it panics about: so
//! the inputs are broken files, whose numbers say what they should not.

#[path = "../../../../core/tests/cameras/mod.rs"]
mod cameras;
#[path = "../../../../core/tests/coder/mod.rs"]
mod coder;
#[path = "../../../../core/tests/common/mod.rs"]
mod common;
#[path = "../../../../core/tests/containers/mod.rs"]
mod containers;
mod inputs;
#[path = "../../../../core/tests/mutations/mod.rs"]
mod mutations;
#[path = "../../../../core/tests/seeds/mod.rs"]
mod seeds;
#[path = "../../../../core/tests/wrapped/mod.rs"]
mod wrapped;

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use thumbox_core::{Budget, Code, Limits, call};
use thumbox_host::{ComponentPlugin, Error, Isolation, Options, Plugin, Program, SandboxOptions};

pub use inputs::{Input, Inputs, request};
pub use mutations::in_place;
pub use seeds::FORMATS;

/// What both allow a call. Little, so that each is quick.
pub const LIMITS: Limits =
    Limits { max_pixels: 1 << 16, max_memory: 32 << 20, max_reply: 256 << 10, ..Limits::DEFAULT };

/// Of a call in the sandbox. The slowest ones take a tenth.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What a build answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The error's code; 0 for a reply.
    pub code: u32,
    /// The reply's bytes, or the error's text.
    pub bytes: Vec<u8>,
}

impl Answer {
    fn error(code: u32, text: impl ToString) -> Self {
        Self { code, bytes: text.to_string().into_bytes() }
    }

    /// An error's code and text, or how long the reply is.
    #[must_use]
    pub fn words(&self) -> String {
        match self.code {
            0 => format!("a reply of {} bytes", self.bytes.len()),
            code => format!("code {code}: {}", String::from_utf8_lossy(&self.bytes)),
        }
    }
}

/// What must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The two answers differ.
    Differs,
    /// One of them, or both, is a panic, a trap or a bug that was noticed.
    Internal,
    /// The sandbox stopped the call at its deadline. The core here was not asked.
    Late,
}

/// Two answers to one request: of the core here, and of the component.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Of this program's core; none where the component took too long.
    pub here: Option<Answer>,
    /// Of the component.
    pub sandbox: Answer,
}

impl Answers {
    /// What is wrong with them, if anything is.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        const INTERNAL: [u32; 2] = [Code::Internal.number(), Code::Bug.number()];
        let Some(here) = &self.here else { return Some(Fault::Late) };
        let codes = [here.code, self.sandbox.code];
        if codes.iter().any(|code| INTERNAL.contains(code)) {
            Some(Fault::Internal)
        } else if *here != self.sandbox {
            Some(Fault::Differs)
        } else {
            None
        }
    }
}

/// Both builds.
#[derive(Debug)]
pub struct Twins {
    sandbox: ComponentPlugin,
    limits: Limits,
}

impl Twins {
    /// Loads the component's compiled code; [`LIMITS`] hold for both.
    ///
    /// # Errors
    /// As [`Twins::with_limits`].
    ///
    /// # Safety
    /// As [`Twins::with_limits`].
    #[allow(unsafe_code, reason = "compiled code is loaded")]
    pub unsafe fn load(code: &[u8]) -> Result<Self, Error> {
        // SAFETY: this function's own contract.
        unsafe { Self::with_limits(code, LIMITS) }
    }

    /// Loads the component's compiled code; these limits on pixels, memory and replies hold for both.
    ///
    /// # Errors
    /// What the host says of bytes that are no code, or code of another release.
    ///
    /// # Safety
    /// The code is what [`thumbox_host::Program::precompiled`] takes.
    #[allow(unsafe_code, reason = "compiled code is loaded")]
    pub unsafe fn with_limits(code: &[u8], limits: Limits) -> Result<Self, Error> {
        let options = SandboxOptions {
            common: Options {
                max_pixels: Some(limits.max_pixels),
                max_memory: Some(limits.max_memory),
                max_reply: Some(limits.max_reply),
                max_wait: Duration::from_secs(600),
                ..Options::default()
            },
            isolation: Isolation::Pool,
            timeout: Some(TIMEOUT),
            ..SandboxOptions::default()
        };
        // SAFETY: this function's own contract.
        let program = unsafe { Program::precompiled(code.to_vec(), &options) }?;
        Ok(Self { sandbox: ComponentPlugin::start(&program, &options)?, limits })
    }

    /// Asks both. An instance of the component that did not end a call in order is not asked again.
    #[must_use]
    pub fn ask(&self, message_id: u32, request: &[u8]) -> Answers {
        let sandbox = match self.sandbox.call(message_id, &[request]) {
            Ok(reply) => Answer { code: 0, bytes: reply.into_vec() },
            Err(error) => Answer::error(error.code(), error.message()),
        };
        // What does not end there need not end here, where nothing stops it.
        let late = sandbox.code == Code::Timeout.number();
        Answers { here: (!late).then(|| here(message_id, request, self.limits)), sandbox }
    }
}

thread_local!(static ASKED: Cell<bool> = const { Cell::new(false) });

/// From now on the core's panics, which are part of its answers, are not printed; others are.
pub fn keep_quiet() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !ASKED.get() {
            hook(info);
        }
    }));
}

fn here(message_id: u32, request: &[u8], limits: Limits) -> Answer {
    let budget = Budget::new(limits);
    ASKED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| call(message_id, &[request], &budget)));
    ASKED.set(false);
    match outcome {
        Ok(Ok(bytes)) => Answer { code: 0, bytes },
        Ok(Err(error)) => Answer::error(error.code().number(), error),
        Err(payload) => Answer::error(Code::Internal.number(), said(&*payload)),
    }
}

fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    format!("a panic: {}", text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(here: Option<(u32, &str)>, sandbox: (u32, &str)) -> Option<Fault> {
        let answer = |(code, text): (u32, &str)| Answer::error(code, text);
        Answers { here: here.map(answer), sandbox: answer(sandbox) }.fault()
    }

    #[test]
    fn what_must_not_be_is_told() {
        assert_eq!(fault(Some((0, "a")), (0, "a")), None);
        assert_eq!(fault(Some((0, "a")), (0, "b")), Some(Fault::Differs));
        assert_eq!(fault(Some((201, "a")), (201, "b")), Some(Fault::Differs));
        assert_eq!(fault(Some((201, "a")), (202, "a")), Some(Fault::Differs));
        assert_eq!(fault(Some((201, "a")), (11, "a")), Some(Fault::Internal));
        assert_eq!(fault(Some((900, "a")), (900, "a")), Some(Fault::Internal));
        assert_eq!(fault(None, (10, "late")), Some(Fault::Late));
    }
}
