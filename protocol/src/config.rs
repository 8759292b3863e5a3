//! The configuration that a host gives an instance: rustbridge's JSON, with our limits under `data`.
//!
//! ```json
//! {"log_level": "info", "max_concurrent_ops": 64, "data": {"formats": ["jpeg", "png"], "max_memory": 134217728}}
//! ```

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::error::{Error, Result};
use crate::format::Formats;
use crate::limits::Limits;

/// What a configuration says; what it does not say has its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The limits of each call.
    pub limits: Limits,
    /// The least severe log level that is passed on. Default `Info`.
    pub log_level: LogLevel,
    /// Calls at once; `None` = unlimited, written 0. Default 1000, as rustbridge has it.
    pub max_concurrent_ops: Option<u64>,
    /// How long a shutdown waits for running calls, in milliseconds. Default 5000.
    pub shutdown_timeout_ms: u64,
    /// Keys beside `data` that neither we nor rustbridge know: the first [`Config::MOST_IGNORED`] of them.
    pub ignored: Vec<String>,
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
            ignored: Vec::new(),
        }
    }
}

/// What stands under `data`: a struct whose fields are its keys.
pub trait Data: Default + DeserializeOwned {
    /// The names of the keys. One of them beside `data`, where it would not hold, is refused.
    const KEYS: &'static [&'static str];

    /// Reads the value of `data`: an object, or null for the default.
    ///
    /// # Errors
    /// The deserializer's, for anything else.
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> std::result::Result<Self, A::Error> {
        Ok(map.next_value::<Option<Object<Self>>>()?.unwrap_or_default().0)
    }
}

/// Keys that every rustbridge host may send, for plugins with threads of their own; they mean nothing here.
const RUSTBRIDGE: [&str; 2] = ["worker_threads", "init_params"];

/// Null means the default.
struct ConfigJson<D> {
    data: D,
    log_level: Option<LogLevel>,
    max_concurrent_ops: Option<u64>,
    shutdown_timeout_ms: Option<u64>,
    ignored: Vec<String>,
}

impl<'de, D: Data> Deserialize<'de> for ConfigJson<D> {
    fn deserialize<S: Deserializer<'de>>(deserializer: S) -> std::result::Result<Self, S::Error> {
        deserializer.deserialize_map(Keys(PhantomData))
    }
}

struct Keys<D>(PhantomData<D>);

impl<'de, D: Data> Visitor<'de> for Keys<D> {
    type Value = ConfigJson<D>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(
        self,
        mut map: A,
    ) -> std::result::Result<Self::Value, A::Error> {
        let (mut data, mut log_level): (Option<D>, _) = (None, None);
        let (mut max_concurrent_ops, mut shutdown_timeout_ms) = (None, None);
        let mut ignored = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "data" if data.is_some() => return Err(A::Error::duplicate_field("data")),
                "data" => data = Some(D::read(&mut map)?),
                "log_level" => once(&mut log_level, "log_level", &mut map)?,
                "max_concurrent_ops" => {
                    once(&mut max_concurrent_ops, "max_concurrent_ops", &mut map)?;
                }
                "shutdown_timeout_ms" => {
                    once(&mut shutdown_timeout_ms, "shutdown_timeout_ms", &mut map)?;
                }
                key if D::KEYS.contains(&key) => {
                    return Err(A::Error::custom(format!(
                        "{key} is outside data, where it has no effect; put it into data: {{\"data\": {{\"{key}\": ...}}}}"
                    )));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    if ignored.len() < Config::MOST_IGNORED && !RUSTBRIDGE.contains(&key.as_str()) {
                        ignored.push(key);
                    }
                }
            }
        }
        Ok(ConfigJson {
            data: data.unwrap_or_default(),
            log_level: log_level.flatten(),
            max_concurrent_ops: max_concurrent_ops.flatten(),
            shutdown_timeout_ms: shutdown_timeout_ms.flatten(),
            ignored,
        })
    }
}

/// Reads the value of a key that may stand there once.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    field: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> std::result::Result<(), A::Error> {
    if field.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *field = Some(map.next_value()?);
    Ok(())
}

/// Ours alone: a key that we do not know is a mistyped limit, and a limit that silently does not hold is a hole.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsJson {
    formats: Option<Vec<String>>,
    max_pixels: Option<u64>,
    max_memory: Option<u64>,
    max_reply: Option<u64>,
}

/// Anything: for those who leave `data` to others.
impl Data for serde_json::Value {
    const KEYS: &'static [&'static str] = &[];

    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> std::result::Result<Self, A::Error> {
        map.next_value()
    }
}

impl Data for LimitsJson {
    const KEYS: &'static [&'static str] = &["formats", "max_pixels", "max_memory", "max_reply"];
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
    /// The names of keys that mean nothing here which are kept.
    pub const MOST_IGNORED: usize = 16;

    /// Reads a configuration. An empty text is the default one.
    ///
    /// # Errors
    /// [`Error::Config`] for a text that is not such an object or has a key twice, for a limit out of its range or
    /// beside `data`, and for unknown `formats`.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let (config, data) = Self::parse_with::<LimitsJson>(json)?;
        let default = Limits::DEFAULT;
        let most = Limits::MOST_PIXELS;
        let limits = Limits {
            formats: match &data.formats {
                Some(names) => Formats::named("data.formats", names).map_err(Error::Config)?,
                None => Formats::ALL,
            },
            max_pixels: limit("max_pixels", data.max_pixels, most, default.max_pixels)?,
            max_memory: limit("max_memory", data.max_memory, u64::MAX, default.max_memory)?,
            max_reply: limit("max_reply", data.max_reply, u64::MAX, default.max_reply)?,
        };
        Ok(Self { limits, ..config })
    }

    /// Reads a configuration whose `data` is of another kind, and gives that beside it; the limits are the defaults.
    ///
    /// # Errors
    /// [`Error::Config`] for a text that is not such an object or has a key twice, and for a key of `data` beside it.
    pub fn parse_with<D: Data>(json: &[u8]) -> Result<(Self, D)> {
        let default = Self::default();
        if json.is_empty() {
            return Ok((default, D::default()));
        }
        let config: Option<ConfigJson<D>> =
            serde_json::from_slice(json).map_err(|error| Error::Config(error.to_string()))?;
        let Some(config) = config else { return Ok((default, D::default())) };
        let read = Self {
            limits: default.limits,
            log_level: config.log_level.unwrap_or_default(),
            max_concurrent_ops: match config.max_concurrent_ops {
                None => default.max_concurrent_ops,
                Some(0) => None,
                some => some,
            },
            shutdown_timeout_ms: config.shutdown_timeout_ms.unwrap_or(default.shutdown_timeout_ms),
            ignored: config.ignored,
        };
        Ok((read, config.data))
    }
}

fn limit(name: &str, value: Option<u64>, most: u64, default: u64) -> Result<u64> {
    match value {
        Some(value) if value == 0 || value > most => {
            Err(Error::Config(format!("data.{name} is {value}; 1 to {most} is allowed")))
        }
        Some(value) => Ok(value),
        None => Ok(default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;

    #[test]
    fn empty_null_and_unknown_keys_give_the_defaults() {
        for json in ["", "null", "{}", r#"{"data": null, "log_level": null, "worker_threads": 4}"#]
        {
            assert_eq!(Config::parse(json.as_bytes()).unwrap(), Config::default(), "{json}");
        }
    }

    #[test]
    fn keys_that_mean_nothing_are_told() {
        let json = r#"{"worker_threads": 4, "theirs": 1, "data": {}, "init_params": {"data": 1}, "max_pixel": 2}"#;
        let ignored = Config::parse(json.as_bytes()).unwrap().ignored;
        assert_eq!(ignored, ["theirs", "max_pixel"]);
        let many: String = (0..1000).map(|key| format!("\"{key}\": [],")).collect();
        let many = format!("{{{many} \"log_level\": null}}");
        assert_eq!(Config::parse(many.as_bytes()).unwrap().ignored.len(), Config::MOST_IGNORED);
    }

    #[test]
    fn every_key_is_read() {
        let json = r#"{"log_level": "off", "max_concurrent_ops": 0, "shutdown_timeout_ms": 7,
            "data": {"formats": ["png", "jpeg"], "max_pixels": 1, "max_memory": 2, "max_reply": 3}}"#;
        let config = Config::parse(json.as_bytes()).unwrap();
        let formats = Formats::from_iter([Format::Jpeg, Format::Png]);
        assert_eq!(config.limits, Limits { formats, max_pixels: 1, max_memory: 2, max_reply: 3 });
        assert_eq!(config.log_level, LogLevel::Off);
        assert_eq!((config.max_concurrent_ops, config.shutdown_timeout_ms), (None, 7));
    }

    #[test]
    fn limits_are_allowed_up_to_their_most() {
        let config =
            Config::parse(br#"{"data": {"max_pixels": 536870912, "max_reply": 1}}"#).unwrap();
        assert_eq!((config.limits.max_pixels, config.limits.max_reply), (Limits::MOST_PIXELS, 1));
    }

    #[test]
    fn what_would_not_hold_is_refused_with_its_name() {
        for (json, named) in [
            (r#"{"data": {"max_memroy": 5}}"#, "max_memroy"),
            (r#"{"data": {"max_memory": 0}}"#, "max_memory"),
            (r#"{"data": {"max_pixels": 536870913}}"#, "is 536870913; 1 to 536870912"),
            (r#"{"max_pixels": 100}"#, "max_pixels is outside data"),
            (r#"{"formats": ["png"], "data": {}}"#, "formats is outside data"),
            (r#"{"data": {"formats": []}}"#, "formats is empty"),
            (r#"{"data": {"formats": "png"}}"#, "expected a sequence"),
            (r#"{"data": {"formats": ["png", "PNG"]}}"#, r#"has "PNG"; jpeg, png,"#),
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
