//! The structures that cross the C ABI, laid out as rustbridge 1.0 lays them out.

use std::ffi::{c_char, c_void};
use std::ptr;

use thumbox_protocol::Code;

use crate::failure::Failure;

/// Receives an instance's log messages, from any thread that calls the instance.
///
/// `level` is 0 trace, 1 debug, 2 info, 3 warn or 4 error. `target` is a C string. `message` is UTF-8 of
/// `len` bytes, and a NUL that `len` does not count follows it. Both belong to the plugin and are gone
/// when the callback returns. The callback may call the plugin; it is never called after
/// `plugin_shutdown` has returned.
pub type LogCallback = Option<
    unsafe extern "C" fn(level: u8, target: *const c_char, message: *const u8, len: usize) -> (),
>;

/// A JSON reply, to be given back with `plugin_free_buffer`.
#[repr(C)]
#[derive(Debug)]
pub struct FfiBuffer {
    /// The reply: a JSON object whose `status` is "success", with `payload`, or "error", with
    /// `error_code` and `error_message`.
    pub data: *mut u8,
    /// Bytes of the reply.
    pub len: usize,
    /// Bytes of the allocation.
    pub capacity: usize,
    /// 0 for success, else the error's number.
    pub error_code: u32,
}

/// A binary reply, to be given back with `rb_response_free`.
#[repr(C)]
#[derive(Debug)]
pub struct RbResponse {
    /// 0 for success, else the error's number.
    pub error_code: u32,
    /// Bytes of the reply, never 0; after an error, bytes of the message.
    pub len: u32,
    /// Bytes of the allocation: `len`, and one more after an error.
    pub capacity: u32,
    /// The reply; after an error the message, UTF-8 with a NUL after it that `len` does not count.
    pub data: *mut c_void,
}

/// One part of a request that lies in several places.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ThumboxPart {
    /// The part's bytes; may be NULL where `len` is 0.
    pub data: *const c_void,
    /// How many.
    pub len: usize,
}

impl FfiBuffer {
    /// The reply to a JSON call: `payload` is JSON itself and is not parsed again.
    pub(crate) fn answer(answer: Result<String, Failure>) -> Self {
        match answer {
            Ok(mut payload) => {
                const START: &str = r#"{"status":"success","payload":"#;
                // Grown in place, since a thumbnail need not be in memory twice.
                payload.reserve_exact(START.len() + 1);
                payload.insert_str(0, START);
                payload.push('}');
                Self::new(0, payload)
            }
            Err(Failure { code, mut message }) => {
                truncate(&mut message, MAX_MESSAGE);
                let message = serde_json::Value::from(message);
                Self::new(
                    code,
                    format!(
                        r#"{{"status":"error","error_code":{code},"error_message":{message}}}"#
                    ),
                )
            }
        }
    }

    fn new(error_code: u32, text: String) -> Self {
        let len = text.len();
        Self { data: leak(text.into_bytes()).cast(), len, capacity: len, error_code }
    }
}

impl RbResponse {
    /// The reply to a binary call.
    pub(crate) fn answer(answer: Result<Vec<u8>, Failure>) -> Self {
        answer.and_then(Self::success).unwrap_or_else(Self::failure)
    }

    fn success(reply: Vec<u8>) -> Result<Self, Failure> {
        if reply.is_empty() {
            let message = "a bug in the plugin, please report it: a reply is empty, which not every host can carry";
            return Err(Failure::new(Code::Bug, message));
        }
        let len = u32::try_from(reply.len()).map_err(|_| {
            let message = format!("the reply has {} bytes; the limit is {}", reply.len(), u32::MAX);
            Failure::new(Code::ReplySize, message)
        })?;
        Ok(Self { error_code: 0, len, capacity: len, data: leak(reply) })
    }

    /// The NUL is for hosts that read a C string, and not counted because all others would show it.
    fn failure(failure: Failure) -> Self {
        let Failure { code, mut message } = failure;
        truncate(&mut message, MAX_MESSAGE);
        // Where a stranger's code has written the message.
        if message.contains('\0') {
            message = message.replace('\0', " ");
        }
        let len = u32::try_from(message.len()).unwrap_or_default();
        message.push('\0');
        Self { error_code: code, len, capacity: len + 1, data: leak(message.into_bytes()) }
    }
}

/// Bytes of an error message at the most: nothing that a request says can make it long.
const MAX_MESSAGE: usize = 64 << 10;

fn truncate(text: &mut String, max: usize) {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or_default());
}

/// Hands memory to the host: an allocation of exactly these bytes, freed as a `Vec` of that capacity.
fn leak(bytes: Vec<u8>) -> *mut c_void {
    Box::into_raw(bytes.into_boxed_slice()).cast()
}

/// What is left in a structure once its memory is gone.
impl FfiBuffer {
    pub(crate) fn clear(&mut self) {
        (self.data, self.len, self.capacity) = (ptr::null_mut(), 0, 0);
    }
}

/// As for [`FfiBuffer`].
impl RbResponse {
    pub(crate) fn clear(&mut self) {
        (self.data, self.len, self.capacity) = (ptr::null_mut(), 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        for (max, expected) in [(0, ""), (1, "a"), (3, "a"), (4, "a猫"), (5, "a猫b"), (9, "a猫b")]
        {
            let mut text = "a猫b".to_owned();
            truncate(&mut text, max);
            assert_eq!(text, expected, "{max} bytes");
        }
    }
}
