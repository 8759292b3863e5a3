//! The configuration that a host gives a plugin: the native plugin's, with more limits under `data`.
//!
//! ```json
//! {"log_level": "info", "data": {"memory_limit": 268435456, "timeout": 5, "isolation": "pool", "max_concurrent": 8}}
//! ```
//!
//! | key of `data` | default | meaning |
//! |---|---|---|
//! | `formats`, `max_pixels`, `max_memory`, `max_reply` | the core's | as in the native plugin |
//! | `max_request` | 67108864 | bytes of a request |
//! | `memory_limit` | 536870912 | bytes of one call's sandbox, 64 KiB to 4 GiB; the component begins with 8.1 MiB |
//! | `timeout` | 10 | seconds of a call; 0 = none |
//! | `isolation` | "call" | "call": an instance for each call; "pool": one that was left in order serves others |
//! | `max_concurrent` | as many as there are processors | calls at once, of all plugins with the same `memory_limit` and `max_concurrent` |
//! | `max_wait` | 60 | seconds that a call waits for its turn before it gets code 13 |
//!
//! Any other key of `data` is refused, and so is one of these outside `data`. `max_concurrent_ops` outside `data` keeps rustbridge's meaning:
//! more calls than that, running or waiting, get code 13 at once.

use std::time::Duration;

use serde::Deserialize;
use thumbox_abi::{Failure, Settings};
use thumbox_host::{Isolation, SandboxOptions};
use thumbox_protocol::{Config as CoreConfig, Data as Keys, Error, Formats};

/// What a configuration says; what it does not say has its default.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What the sandbox obeys.
    pub options: SandboxOptions,
    /// What the ABI obeys.
    pub settings: Settings,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    formats: Option<Vec<String>>,
    max_pixels: Option<u64>,
    max_memory: Option<u64>,
    max_reply: Option<u64>,
    max_request: Option<u64>,
    memory_limit: Option<u64>,
    timeout: Option<f64>,
    isolation: Option<IsolationName>,
    max_concurrent: Option<u32>,
    max_wait: Option<f64>,
}

impl Keys for Data {
    const KEYS: &'static [&'static str] = &[
        "formats",
        "max_pixels",
        "max_memory",
        "max_reply",
        "max_request",
        "memory_limit",
        "timeout",
        "isolation",
        "max_concurrent",
        "max_wait",
    ];
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum IsolationName {
    Call,
    Pool,
}

/// Reads a configuration. An empty text is the default one.
///
/// # Errors
/// Code 4 for a text that is not such an object, and for a limit out of its range.
pub fn parse(json: &[u8]) -> Result<Config, Failure> {
    let (config, data) = CoreConfig::parse_with::<Data>(json)?;
    let settings = Settings::from(&config);
    let default = SandboxOptions::default();
    let mut common = default.common;
    if let Some(names) = &data.formats {
        common.formats =
            Some(Formats::named("data.formats", names).map_err(Error::Config)?.iter().collect());
    }
    common.max_pixels = data.max_pixels;
    common.max_memory = data.max_memory;
    common.max_reply = data.max_reply;
    common.max_request = data.max_request.unwrap_or(common.max_request);
    common.max_concurrent = data.max_concurrent.unwrap_or(common.max_concurrent);
    common.max_wait = seconds("max_wait", data.max_wait)?.unwrap_or(common.max_wait);
    let timeout = match seconds("timeout", data.timeout)? {
        None => default.timeout,
        Some(Duration::ZERO) => None,
        some => some,
    };
    let isolation = match data.isolation {
        None => default.isolation,
        Some(IsolationName::Call) => Isolation::Call,
        Some(IsolationName::Pool) => Isolation::Pool,
    };
    let memory_limit = data.memory_limit.unwrap_or(default.memory_limit);
    Ok(Config { options: SandboxOptions { common, isolation, memory_limit, timeout }, settings })
}

fn seconds(name: &str, value: Option<f64>) -> Result<Option<Duration>, Failure> {
    let Some(value) = value else { return Ok(None) };
    let time = Duration::try_from_secs_f64(value).map_err(|_| {
        Error::Config(format!("data.{name} is {value}; a number of seconds, 0 or more, is allowed"))
    })?;
    Ok(Some(time))
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Format;

    use super::*;

    #[test]
    fn empty_null_and_unknown_keys_beside_data_give_the_defaults() {
        let default = Config { options: SandboxOptions::default(), settings: Settings::default() };
        for json in ["", "null", "{}", r#"{"data": null, "worker_threads": 4}"#, r#"{"data": {}}"#]
        {
            assert_eq!(parse(json.as_bytes()).unwrap(), default, "{json}");
        }
    }

    #[test]
    fn every_key_is_read() {
        let json = r#"{"max_concurrent_ops": 7, "data": {"formats": ["webp"], "max_pixels": 1, "max_memory": 2, "max_reply": 3,
            "max_request": 4, "memory_limit": 65536, "timeout": 0.5, "isolation": "pool", "max_concurrent": 5,
            "max_wait": 0}}"#;
        let Config { options, settings } = parse(json.as_bytes()).unwrap();
        assert_eq!(settings.max_concurrent_ops, Some(7));
        assert_eq!(options.common.formats.as_deref(), Some(&[Format::WebP][..]));
        assert_eq!((options.common.max_pixels, options.common.max_memory), (Some(1), Some(2)));
        assert_eq!((options.common.max_reply, options.common.max_request), (Some(3), 4));
        assert_eq!((options.memory_limit, options.isolation), (65536, Isolation::Pool));
        assert_eq!(options.timeout, Some(Duration::from_millis(500)));
        assert_eq!((options.common.max_concurrent, options.common.max_wait), (5, Duration::ZERO));
        let forever = parse(br#"{"data": {"timeout": 0}}"#).unwrap();
        assert_eq!(forever.options.timeout, None);
    }

    #[test]
    fn what_would_not_hold_is_refused_with_its_name() {
        for (json, named) in [
            (r#"{"data": {"memory_limt": 5}}"#, "memory_limt"),
            (r#"{"data": {"max_memory": -1}}"#, "-1"),
            (r#"{"data": {"formats": ["jpg"]}}"#, r#"has "jpg"; jpeg, png,"#),
            (r#"{"timeout": 1}"#, "timeout is outside data"),
            (r#"{"data": {"timeout": -1}}"#, "timeout is -1"),
            (r#"{"data": {"timeout": 1e300}}"#, "timeout is 1"),
            (r#"{"data": {"isolation": "none"}}"#, "none"),
            (r#"{"log_level": "loud"}"#, "loud"),
            (r#"{"data": {"max_pixels": 1}, "data": {}}"#, "duplicate field `data`"),
            (r#"{"data": {"timeout": 1, "timeout": 2}}"#, "duplicate field `timeout`"),
            (r#"{"data": [1, 2, 3, 4, 65536, 1, "call", 1, 1]}"#, "sequence, expected an object"),
            ("[1]", "sequence"),
            ("[", "sequence"),
            (r#"{"data": "#, "EOF"),
        ] {
            let failure = parse(json.as_bytes()).unwrap_err();
            assert_eq!(failure.code, 4);
            assert!(failure.message.contains(named), "{json}: {}", failure.message);
        }
    }
}
