//! The configuration that a host gives an instance: rustbridge's JSON, with our limits under `data`.
//!
//! ```json
//! {"log_level": "info", "max_concurrent_ops": 64, "data": {"max_memory": 134217728}}
//! ```

use serde::Deserialize;

use crate::budget::Limits;
use crate::error::{Error, Result};

/// What a configuration says; what it does not say has its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The limits of each call.
    pub limits: Limits,
    /// The least severe log level that is passed on. Default `Info`.
    pub log_level: LogLevel,
    /// Calls at once; `None` = unlimited, written 0. Default 1000, as rustbridge has it.
    pub max_concurrent_ops: Option<u64>,
    /// How long a shutdown waits for running calls, in milliseconds. Default 5000.
    pub shutdown_timeout_ms: u64,
}

/// Log levels with rustbridge's numbers.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Everything.
    Trace = 0,
    /// What a developer of a host wants to see.
    Debug = 1,
    /// Starts and stops.
    #[default]
    Info = 2,
    /// What will need somebody.
    Warn = 3,
    /// What failed.
    Error = 4,
    /// Nothing.
    Off = 5,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            log_level: LogLevel::Info,
            max_concurrent_ops: Some(1000),
            shutdown_timeout_ms: 5000,
        }
    }
}

/// Unknown keys beside `data` belong to the host and are ignored; null means the default.
#[derive(Default, Deserialize)]
struct ConfigJson {
    data: Option<LimitsJson>,
    log_level: Option<LogLevel>,
    max_concurrent_ops: Option<u64>,
    shutdown_timeout_ms: Option<u64>,
}

/// Ours alone: a key that we do not know is a mistyped limit, and a limit that silently does not hold is a hole.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsJson {
    max_pixels: Option<u64>,
    max_memory: Option<u64>,
    max_reply: Option<u64>,
}

impl Config {
    /// Reads a configuration. An empty text is the default one.
    ///
    /// # Errors
    /// [`Error::Config`] for a text that is not such an object, and for a limit of 0.
    pub fn parse(json: &[u8]) -> Result<Self> {
        if json.is_empty() {
            return Ok(Self::default());
        }
        let config: Option<ConfigJson> =
            serde_json::from_slice(json).map_err(|error| Error::Config(error.to_string()))?;
        let config = config.unwrap_or_default();
        let data = config.data.unwrap_or_default();
        let default = Self::default();
        Ok(Self {
            limits: Limits {
                max_pixels: limit("max_pixels", data.max_pixels, default.limits.max_pixels)?,
                max_memory: limit("max_memory", data.max_memory, default.limits.max_memory)?,
                max_reply: limit("max_reply", data.max_reply, default.limits.max_reply)?,
            },
            log_level: config.log_level.unwrap_or_default(),
            max_concurrent_ops: match config.max_concurrent_ops {
                None => default.max_concurrent_ops,
                Some(0) => None,
                some => some,
            },
            shutdown_timeout_ms: config.shutdown_timeout_ms.unwrap_or(default.shutdown_timeout_ms),
        })
    }
}

fn limit(name: &str, value: Option<u64>, default: u64) -> Result<u64> {
    match value {
        Some(0) => Err(Error::Config(format!("data.{name} is 0; 1 or more is allowed"))),
        Some(value) => Ok(value),
        None => Ok(default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_null_and_unknown_keys_give_the_defaults() {
        for json in ["", "null", "{}", r#"{"data": null, "log_level": null, "worker_threads": 4}"#]
        {
            assert_eq!(Config::parse(json.as_bytes()).unwrap(), Config::default(), "{json}");
        }
    }

    #[test]
    fn every_key_is_read() {
        let json = r#"{"log_level": "off", "max_concurrent_ops": 0, "shutdown_timeout_ms": 7,
            "data": {"max_pixels": 1, "max_memory": 2, "max_reply": 3}}"#;
        let config = Config::parse(json.as_bytes()).unwrap();
        assert_eq!(config.limits, Limits { max_pixels: 1, max_memory: 2, max_reply: 3 });
        assert_eq!(config.log_level, LogLevel::Off);
        assert_eq!((config.max_concurrent_ops, config.shutdown_timeout_ms), (None, 7));
    }

    #[test]
    fn what_would_not_hold_is_refused_with_its_name() {
        for (json, named) in [
            (r#"{"data": {"max_memroy": 5}}"#, "max_memroy"),
            (r#"{"data": {"max_memory": 0}}"#, "max_memory"),
            (r#"{"data": {"max_memory": -1}}"#, "-1"),
            (r#"{"log_level": "loud"}"#, "loud"),
            ("[", "EOF"),
        ] {
            let error = Config::parse(json.as_bytes()).unwrap_err();
            assert_eq!(error.code().number(), 4);
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
