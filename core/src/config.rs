//! The configuration that a host gives an instance: rustbridge's JSON, with our limits under `data`.
//!
//! ```json
//! {"log_level": "info", "max_concurrent_ops": 64, "data": {"max_memory": 134217728}}
//! ```

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};

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
struct ConfigJson<D> {
    #[serde(default)]
    data: D,
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

/// What is read from a JSON object alone. A struct by itself would take a list for its fields in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

impl Config {
    /// Reads a configuration. An empty text is the default one.
    ///
    /// # Errors
    /// [`Error::Config`] for a text that is not such an object or has a key twice, and for a limit of 0.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let (config, data) = Self::parse_with::<Option<Object<LimitsJson>>>(json)?;
        let Object(data) = data.unwrap_or_default();
        let default = Limits::DEFAULT;
        let limits = Limits {
            max_pixels: limit("max_pixels", data.max_pixels, default.max_pixels)?,
            max_memory: limit("max_memory", data.max_memory, default.max_memory)?,
            max_reply: limit("max_reply", data.max_reply, default.max_reply)?,
        };
        Ok(Self { limits, ..config })
    }

    /// Reads a configuration whose `data` is of another kind, and gives that beside it; the limits are the defaults.
    /// A struct in `D` stands in [`Object`].
    ///
    /// # Errors
    /// [`Error::Config`] for a text that is not such an object or has a key twice.
    pub fn parse_with<D: Default + DeserializeOwned>(json: &[u8]) -> Result<(Self, D)> {
        let default = Self::default();
        if json.is_empty() {
            return Ok((default, D::default()));
        }
        let config: Option<Object<ConfigJson<D>>> =
            serde_json::from_slice(json).map_err(|error| Error::Config(error.to_string()))?;
        let Object(config) = config.unwrap_or_default();
        let read = Self {
            limits: default.limits,
            log_level: config.log_level.unwrap_or_default(),
            max_concurrent_ops: match config.max_concurrent_ops {
                None => default.max_concurrent_ops,
                Some(0) => None,
                some => some,
            },
            shutdown_timeout_ms: config.shutdown_timeout_ms.unwrap_or(default.shutdown_timeout_ms),
        };
        Ok((read, config.data))
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
            (r#"{"data": [1, 2, 3]}"#, "sequence, expected an object"),
            (r#"{"data": {"max_pixels": 1}, "data": {}}"#, "duplicate field `data`"),
            (r#"{"data": {"max_pixels": 1, "max_pixels": 2}}"#, "duplicate field `max_pixels`"),
            (r#"{"max_concurrent_ops": 1, "max_concurrent_ops": 2}"#, "duplicate field"),
            ("[]", "sequence, expected an object"),
            ("[", "sequence, expected an object"),
            ("{", "EOF"),
        ] {
            let error = Config::parse(json.as_bytes()).unwrap_err();
            assert_eq!(error.code().number(), 4);
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
