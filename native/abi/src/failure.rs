//! Why a call has no reply: a number and a sentence, and how a panic becomes one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use thumbox_protocol::{Code, Error};

/// What crosses the boundary instead of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For programs: see [`Code`].
    pub code: u32,
    /// For people.
    pub message: String,
}

impl Failure {
    /// With one of our own codes.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code: code.number(), message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

/// Does `work`; a panic in it becomes code 11 with the panic's own words.
///
/// Nothing outlives a call but counters and locks that are right again when their guards are dropped, so
/// whatever a panic leaves behind is sound to go on with.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = words(payload);
        Err(Failure::new(
            Code::Internal,
            format!("a panic in the plugin, please report it: {text}"),
        ))
    })
}

fn words(payload: Box<dyn Any + Send>) -> String {
    let payload = match payload.downcast::<&'static str>() {
        Ok(text) => return (*text).to_owned(),
        Err(payload) => payload,
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => {
            // A payload of a foreign type could panic again as it is dropped, outside of every guard.
            std::mem::forget(payload);
            "it left no text".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_keeps_its_words() {
        let failure = guarded::<()>(|| panic!("static words")).unwrap_err();
        assert_eq!(failure.code, Code::Internal.number());
        assert!(failure.message.ends_with(": static words"), "{}", failure.message);
        let failure = guarded::<()>(|| panic!("{} words", "formatted")).unwrap_err();
        assert!(failure.message.ends_with(": formatted words"), "{}", failure.message);
    }

    #[test]
    fn a_payload_that_panics_when_dropped_does_not_get_out() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        let failure = guarded::<()>(|| std::panic::panic_any(Bomb)).unwrap_err();
        assert!(failure.message.ends_with("no text"), "{}", failure.message);
    }
}
