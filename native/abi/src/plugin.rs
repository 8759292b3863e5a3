//! What a library brings: its plugin, and what of the configuration the ABI itself obeys.

use std::ffi::CStr;

use thumbox_protocol::{Config, LogLevel};

use crate::failure::Failure;

/// What a library does behind the ABI. Calls come from any thread, several at once.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// The name and version in the log.
    const NAME: &'static str;

    /// What the log says its messages come from.
    const LOG_TARGET: &'static CStr = c"thumbox";

    /// Starts with a configuration, which is empty where the host gave none.
    ///
    /// # Errors
    /// Code 4 for a configuration that is wrong, another for what cannot start; the log gets the message.
    fn start(config_json: &[u8]) -> Result<(Self, Settings), Failure>;

    /// Answers a binary request, whose parts are read as one.
    ///
    /// # Errors
    /// Whatever the message says. Code 13 is counted as a call that was rejected.
    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Vec<u8>, Failure>;

    /// Answers a JSON request with JSON.
    ///
    /// # Errors
    /// As [`Plugin::call`].
    fn call_json(&self, tag: &str, request: &str) -> Result<String, Failure>;
}

/// What of a configuration the ABI itself obeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The least severe level that is passed on.
    pub log_level: LogLevel,
    /// Calls at once; `None` = unlimited.
    pub max_concurrent_ops: Option<u64>,
    /// How long a shutdown waits for running calls, in milliseconds.
    pub shutdown_timeout_ms: u64,
    /// Keys beside `data` that mean nothing here; the log names them.
    pub ignored: Vec<String>,
}

impl Settings {
    /// Reads what the ABI obeys of a configuration: rustbridge's keys. Whatever its `data` holds is the plugin's to read;
    /// other keys are ignored, null and an empty text mean the defaults.
    ///
    /// # Errors
    /// Code 4 for a text that is no such object, and for a key with a value that it cannot have.
    pub fn parse(config_json: &[u8]) -> Result<Self, Failure> {
        let (config, _) = Config::parse_with::<serde_json::Value>(config_json)?;
        Ok(Self::from(&config))
    }
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            log_level: config.log_level,
            max_concurrent_ops: config.max_concurrent_ops,
            shutdown_timeout_ms: config.shutdown_timeout_ms,
            ignored: config.ignored.clone(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::from(&Config::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_whatever_the_data_is() {
        let default = Settings::default();
        for json in ["", "null", "{}", r#"{"data": {"anything": [1]}, "worker_threads": 4}"#] {
            assert_eq!(Settings::parse(json.as_bytes()), Ok(default.clone()), "{json}");
        }
        let json = br#"{"data": 5, "log_level": "warn", "max_concurrent_ops": 0, "shutdown_timeout_ms": 7}"#;
        let expected = Settings {
            log_level: LogLevel::Warn,
            max_concurrent_ops: None,
            shutdown_timeout_ms: 7,
            ignored: Vec::new(),
        };
        assert_eq!(Settings::parse(json), Ok(expected));
        for json in ["[", "[1]", r#"{"log_level": "loud"}"#, r#"{"max_concurrent_ops": -1}"#] {
            assert_eq!(Settings::parse(json.as_bytes()).unwrap_err().code, 4, "{json}");
        }
    }
}
