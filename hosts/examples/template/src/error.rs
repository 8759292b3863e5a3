//! Why there is no reply. The number is for programs and is never reused; the message is for people.

/// 1 to 13 mean what rustbridge means by them, everywhere; from 100 on they are the plugin's own.
const CONFIG: u32 = 4;
const SERIALIZATION: u32 = 5;
const UNKNOWN_MESSAGE: u32 = 6;
const HEADER: u32 = 100;
const PARAMETER: u32 = 101;
const SIZE: u32 = 300;

/// A number, and a sentence with the value that was wrong and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// For programs.
    pub code: u32,
    /// For people.
    pub message: String,
}

impl Error {
    pub(crate) fn unknown(message: String) -> Self {
        Self { code: UNKNOWN_MESSAGE, message }
    }

    #[allow(clippy::needless_pass_by_value, reason = "map_err gives it")]
    pub(crate) fn json(error: serde_json::Error) -> Self {
        Self { code: SERIALIZATION, message: format!("the JSON request cannot be read: {error}") }
    }

    pub(crate) fn config(reason: impl std::fmt::Display) -> Self {
        Self { code: CONFIG, message: format!("the configuration cannot be read: {reason}") }
    }

    pub(crate) fn header(field: &str, value: impl std::fmt::Display, allowed: &str) -> Self {
        Self { code: HEADER, message: format!("request header: {field} is {value}; {allowed}") }
    }

    pub(crate) fn parameter(field: &str, value: impl std::fmt::Display, allowed: &str) -> Self {
        Self { code: PARAMETER, message: format!("request: {field} is {value}; {allowed}") }
    }

    pub(crate) fn size(size: u64, limit: u64) -> Self {
        Self {
            code: SIZE,
            message: format!("the payload has {size} bytes; max_payload allows {limit}"),
        }
    }
}
