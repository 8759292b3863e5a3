//! What a plugin may use, and the checks on that: a message names the value and what is allowed.

use std::time::Duration;

use thumbox_protocol::{Code, Format, Formats, HostLimits, Limits};

use crate::error::{Error, Result};

const MIB: u64 = 1 << 20;
const LONGEST: Duration = Duration::from_secs(1_000_000);

/// The limits that every plugin has.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The formats that may be read, code 203 for others; `None` for all. The first thing to set: each format that you
    /// do not need is a decoder that no stranger's file reaches.
    pub formats: Option<Vec<Format>>,
    /// Pixels of the source, 2^29 at the most; `None` for the core's own 2^28. A web service seldom needs more than
    /// 50,000,000.
    pub max_pixels: Option<u64>,
    /// Bytes of the core's working memory for a call; `None` for its own 256 MiB.
    pub max_memory: Option<u64>,
    /// Bytes of a reply; `None` for the core's own 64 MiB.
    pub max_reply: Option<u64>,
    /// Bytes of a request. Default 64 MiB.
    pub max_request: u64,
    /// Calls at once. Default: as many as this process may use processors.
    pub max_concurrent: u32,
    /// How long a call waits for its turn before it gets code 13. Default 60 s.
    pub max_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            formats: None,
            max_pixels: None,
            max_memory: None,
            max_reply: None,
            max_request: HostLimits::DEFAULT.max_request,
            max_concurrent: processors(),
            max_wait: Duration::from_secs(HostLimits::DEFAULT.max_wait),
        }
    }
}

fn processors() -> u32 {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether calls share instances of the sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Each call has an instance of its own: no picture can influence another.
    #[default]
    Call,
    /// An instance that a call has left in order serves others.
    Pool,
}

/// The limits of a sandboxed plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxOptions {
    /// The limits that every plugin has.
    pub common: Options,
    /// Default [`Isolation::Call`].
    pub isolation: Isolation,
    /// Bytes of one call's sandbox, 64 KiB to 4 GiB; the component begins with 8.1 MiB. Default 512 MiB.
    pub memory_limit: u64,
    /// Of a call, at the most a million seconds; `None` for none. Default 10 s.
    pub timeout: Option<Duration>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            common: Options::default(),
            isolation: Isolation::Call,
            memory_limit: HostLimits::DEFAULT.memory_limit,
            timeout: Some(Duration::from_secs(HostLimits::DEFAULT.timeout)),
        }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(formats) = &self.formats {
            let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
            Formats::named("formats", &names).map_err(wrong)?;
        }
        for (name, value) in self.core() {
            let most = if name == "max_pixels" { Limits::MOST_PIXELS } else { u64::MAX };
            in_range(name, value, 1, most)?;
        }
        in_range("max_request", self.max_request, 1, u64::from(u32::MAX))?;
        in_range("max_concurrent", u64::from(self.max_concurrent), 1, u64::from(u32::MAX))?;
        in_time("max_wait", self.max_wait)
    }

    /// The limits that the core itself keeps, where they are given.
    fn core(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let named = [
            ("max_pixels", self.max_pixels),
            ("max_memory", self.max_memory),
            ("max_reply", self.max_reply),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Bytes of the longest reply that an honest plugin gives.
    pub(crate) fn reply_limit(&self) -> u64 {
        self.max_reply.unwrap_or(Limits::DEFAULT.max_reply)
    }

    /// The configuration in JSON: the core's limits under `data`, and what the variant adds. Empty where nothing
    /// is set.
    pub(crate) fn config(&self, more: &[(&str, serde_json::Value)]) -> String {
        let mut data: serde_json::Map<_, _> =
            self.core().map(|(name, value)| (name.to_owned(), value.into())).collect();
        if let Some(formats) = &self.formats {
            let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
            data.insert("formats".to_owned(), names.into());
        }
        let mut config: serde_json::Map<_, _> =
            more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        if !data.is_empty() {
            config.insert("data".to_owned(), data.into());
        }
        if config.is_empty() { String::new() } else { serde_json::Value::from(config).to_string() }
    }
}

impl SandboxOptions {
    pub(crate) fn check(&self) -> Result<()> {
        self.common.check()?;
        in_range("memory_limit", self.memory_limit, 64 << 10, 4096 * MIB)?;
        match self.timeout {
            Some(Duration::ZERO) => {
                Err(wrong("timeout is 0 s; more than 0, up to 1000000 s, or none is allowed"))
            }
            Some(timeout) => in_time("timeout", timeout),
            None => Ok(()),
        }
    }
}

fn in_range(name: &str, value: u64, low: u64, high: u64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(wrong(format!("{name} is {value}; {low} to {high} is allowed")))
}

fn in_time(name: &str, value: Duration) -> Result<()> {
    if value <= LONGEST {
        return Ok(());
    }
    Err(wrong(format!("{name} is {} s; up to 1000000 s is allowed", value.as_secs_f64())))
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(Code::Config, message)
}
