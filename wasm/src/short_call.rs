//! A short request in one entry, for hosts that drive the core module themselves.
//!
//! By the canonical ABI a host enters three times: for memory to put the request into, for the call, and to have the reply
//! freed. For a request of some bytes that is most of the time. So the module exports a place that is always there,
//! and a function that takes the request from it; a reply lives until the next call of any kind. A component's own
//! interface does not show it, and a host that does not know it does without.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | 0 = a reply, 1 = an error |
//! | 4 | 4 | where the reply is, or the error's code |
//! | 8 | 4 | how many bytes it has, or where the message is |
//! | 12 | 4 | how many bytes the message has |
//! | 16 | 1008 | the request |

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

use thumbox_core::protocol::SHORT_REQUEST;

use crate::{answer, last_reply};

#[repr(C)]
struct Place {
    answer: [AtomicU32; 4],
    request: [AtomicU8; SHORT_REQUEST],
}

// The one thing to know is that no other symbol of the module has these names: nothing else exports them.
#[allow(unsafe_code)]
#[unsafe(export_name = "thumbox_short")]
static PLACE: Place = Place {
    answer: [const { AtomicU32::new(0) }; 4],
    request: [const { AtomicU8::new(0) }; SHORT_REQUEST],
};

/// Answers the request of `length` bytes that is in its place.
#[allow(unsafe_code)]
#[unsafe(export_name = "thumbox_short_call")]
extern "C" fn short_call(message_id: u32, length: u32) {
    let request = PLACE.request.iter().take(length as usize);
    let request = request.map(|byte| byte.load(Relaxed)).collect();
    let (reply, answer) = match answer::call(message_id, request) {
        Ok(reply) => (reply, None),
        Err(error) => (error.to_string().into_bytes(), Some(error.code().number())),
    };
    let (start, count) = (narrow(reply.as_ptr().addr()), narrow(reply.len()));
    let words = match answer {
        None => [0, start, count, 0],
        Some(code) => [1, code, start, count],
    };
    last_reply::keep(reply);
    PLACE.answer.iter().zip(words).for_each(|(to, word)| to.store(word, Relaxed));
}

/// Addresses and lengths have 32 bits here.
fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or_default()
}
