//! The limits of every call, which a host may set.

use serde::Deserialize;

use crate::Error;

/// The limits of every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a payload.
    pub max_payload: u64,
}

impl Limits {
    /// What holds where a host says nothing.
    pub const DEFAULT: Self = Self { max_payload: 64 << 20 };

    /// Reads rustbridge's configuration: `{"log_level": "info", "data": {"max_payload": 1024}}`, or nothing. The keys
    /// beside `data` are for the native library's face.
    ///
    /// # Errors
    /// Code 4 for a text that is not such an object. An unknown key of `data` is refused, because a mistyped limit would
    /// not hold.
    pub fn parse(config_json: &[u8]) -> Result<Self, Error> {
        if config_json.is_empty() {
            return Ok(Self::DEFAULT);
        }
        let config: Option<Config> = serde_json::from_slice(config_json).map_err(Error::config)?;
        let data = config.and_then(|config| config.data).unwrap_or_default();
        Ok(Self { max_payload: data.max_payload.unwrap_or(Self::DEFAULT.max_payload) })
    }

    pub(crate) fn check(self, payload: u64) -> Result<(), Error> {
        if payload > self.max_payload {
            return Err(Error::size(payload, self.max_payload));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Config {
    data: Option<Data>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    max_payload: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_and_a_mistyped_one_refused() {
        for json in ["", "null", "{}", r#"{"data": null, "log_level": "off"}"#] {
            assert_eq!(Limits::parse(json.as_bytes()), Ok(Limits::DEFAULT), "{json}");
        }
        assert_eq!(
            Limits::parse(br#"{"data": {"max_payload": 3}}"#),
            Ok(Limits { max_payload: 3 })
        );
        for json in ["[", r#"{"data": {"max_paylod": 3}}"#, r#"{"data": {"max_payload": -1}}"#] {
            assert_eq!(Limits::parse(json.as_bytes()).unwrap_err().code, 4, "{json}");
        }
    }
}
