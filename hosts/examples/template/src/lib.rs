//! A plugin of another kind behind the interface of Thumbox: it answers with checksums instead of thumbnails.
//!
//! ```text
//! request bytes -> header (wire) -> dispatch (here) -> checksum -> reply bytes
//!                      \______ any Error -> code + message ______/
//! ```
//!
//! This file and its neighbours `wire` and `config` are the core: no I/O, no clock, no globals. `native` and `component`
//! are its two faces, and which of them is compiled depends on the target. `docs/design/porting.md` goes through all of it.

mod config;
mod error;
pub mod wire;

#[cfg(target_family = "wasm")]
mod component;
#[cfg(not(target_family = "wasm"))]
mod native;

use serde::{Deserialize, Serialize};

pub use config::Limits;
pub use error::Error;
pub use wire::Algorithm;

/// The checksum of a payload: the layouts are in [`wire`].
pub const MSG_CHECKSUM: u32 = 1000;

/// Answers one binary request.
///
/// # Errors
/// Code 6 for another message, and what [`wire::parse`] refuses.
pub fn call(message_id: u32, request: &[u8], limits: Limits) -> Result<Vec<u8>, Error> {
    match message_id {
        MSG_CHECKSUM => {
            let (algorithm, payload) = wire::parse(request, limits)?;
            Ok(wire::reply(algorithm, checksum(algorithm, payload)))
        }
        other => {
            Err(Error::unknown(format!("message id {other} is unknown; known: 1000 (checksum)")))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChecksumOfText {
    algorithm: Algorithm,
    text: String,
}

#[derive(Serialize)]
struct Checksum {
    checksum: u32,
}

/// Answers one JSON request: `checksum`, of the UTF-8 of a text, or `plugin.info`.
///
/// # Errors
/// Code 5 for JSON that is not what the tag needs, code 6 for another tag.
pub fn call_json(tag: &str, request: &str) -> Result<String, Error> {
    match tag {
        "checksum" => {
            let ChecksumOfText { algorithm, text } =
                serde_json::from_str(request).map_err(Error::json)?;
            let reply = Checksum { checksum: checksum(algorithm, text.as_bytes()) };
            serde_json::to_string(&reply).map_err(Error::json)
        }
        "plugin.info" => Ok(concat!(
            r#"{"name":"thumbox-template","version":""#,
            env!("CARGO_PKG_VERSION"),
            r#"","algorithms":["crc32","adler32"]}"#
        )
        .to_owned()),
        other => Err(Error::unknown(format!(
            "message tag {other:?} is unknown; known: \"checksum\", \"plugin.info\""
        ))),
    }
}

/// CRC-32 as RFC 1952, section 8, has it, and Adler-32 as RFC 1950, section 9, has it.
fn checksum(algorithm: Algorithm, payload: &[u8]) -> u32 {
    match algorithm {
        Algorithm::Crc32 => !payload.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        }),
        Algorithm::Adler32 => {
            let (a, b) = payload.iter().fold((1, 0), |(a, b), byte| {
                let a = (a + u32::from(*byte)) % 65521;
                (a, (b + a) % 65521)
            });
            b << 16 | a
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_those_of_the_check_values() {
        assert_eq!(checksum(Algorithm::Crc32, b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(Algorithm::Adler32, b"Wikipedia"), 0x11e6_0398);
        assert_eq!((checksum(Algorithm::Crc32, b""), checksum(Algorithm::Adler32, b"")), (0, 1));
    }

    #[test]
    fn json_says_the_same() {
        let reply =
            call_json("checksum", r#"{"algorithm": "crc32", "text": "123456789"}"#).unwrap();
        assert_eq!(reply, r#"{"checksum":3421780262}"#);
        for (tag, request, code) in
            [("checksum", "{}", 5), ("checksum", "", 5), ("nothing", "{}", 6)]
        {
            assert_eq!(call_json(tag, request).unwrap_err().code, code, "{tag} {request}");
        }
    }
}
