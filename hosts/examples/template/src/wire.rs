//! The binary layouts. All integers are little-endian; reserved bytes are zero; bytes after the payload are refused.
//!
//! Message 1000, request (8 bytes, then the payload):
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version = 1 |
//! | 1 | 1 | algorithm: 0 CRC-32, 1 Adler-32 |
//! | 2 | 2 | reserved |
//! | 4 | 4 | payload_size: bytes that follow |
//!
//! Reply (8 bytes): the first four as in the request, then the checksum, u32.

use serde::Deserialize;

use crate::{Error, Limits};

const VERSION: u8 = 1;

/// Which checksum; its number is that of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Algorithm {
    /// RFC 1952.
    Crc32 = 0,
    /// RFC 1950.
    Adler32 = 1,
}

/// What a request asks for, and the payload.
///
/// # Errors
/// Code 100 for what does not frame the request, code 101 for an unknown algorithm, code 300 for a payload that is
/// longer than its limit; the first that is met, in the order of the fields.
pub fn parse(request: &[u8], limits: Limits) -> Result<(Algorithm, &[u8]), Error> {
    let mut reader = Reader(request);
    match reader.u8()? {
        VERSION => {}
        other => return Err(Error::header("version", other, "1 is allowed")),
    }
    let algorithm = match reader.u8()? {
        0 => Algorithm::Crc32,
        1 => Algorithm::Adler32,
        other => return Err(Error::parameter("algorithm", other, "0 or 1 is allowed")),
    };
    reader.zeros::<2>()?;
    let size = reader.u32()?;
    let Reader(payload) = reader;
    // What the header claims, before anything is done for it; then what is really there.
    limits.check(u64::from(size))?;
    if usize::try_from(size) != Ok(payload.len()) {
        let there = format!("{} bytes follow the header", payload.len());
        return Err(Error::header("payload_size", size, &there));
    }
    Ok((algorithm, payload))
}

/// The reply's bytes.
#[must_use]
pub fn reply(algorithm: Algorithm, checksum: u32) -> Vec<u8> {
    let mut reply = vec![VERSION, algorithm as u8, 0, 0];
    reply.extend(checksum.to_le_bytes());
    reply
}

/// What has not been read of a request. It cannot run off the end.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let Some((bytes, rest)) = self.0.split_first_chunk() else {
            return Err(Error::header(
                "length",
                self.0.len(),
                "the request ends in its header, which has 8 bytes",
            ));
        };
        self.0 = rest;
        Ok(*bytes)
    }

    fn u8(&mut self) -> Result<u8, Error> {
        self.array().map(u8::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    fn zeros<const N: usize>(&mut self) -> Result<(), Error> {
        match self.array::<N>()?.into_iter().find(|byte| *byte != 0) {
            None => Ok(()),
            Some(byte) => Err(Error::header("reserved", byte, "0 is allowed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: [u8; 4], size: u32, payload: &[u8]) -> Vec<u8> {
        [&fields[..], &size.to_le_bytes(), payload].concat()
    }

    #[test]
    fn a_request_is_read() {
        let request = request([1, 1, 0, 0], 3, b"abc");
        assert_eq!(parse(&request, Limits::DEFAULT), Ok((Algorithm::Adler32, &b"abc"[..])));
    }

    #[test]
    fn whatever_lies_is_refused_with_its_name() {
        for (request, code, named) in [
            (request([2, 0, 0, 0], 0, b""), 100, "version is 2"),
            (request([1, 2, 0, 0], 0, b""), 101, "algorithm is 2"),
            (request([1, 0, 0, 7], 0, b""), 100, "reserved is 7"),
            (request([1, 0, 0, 0], 4, b"abc"), 100, "payload_size is 4; 3 bytes follow"),
            (request([1, 0, 0, 0], 2, b"abc"), 100, "payload_size is 2; 3 bytes follow"),
            (request([1, 0, 0, 0], u32::MAX, b"abc"), 300, "4294967295"),
        ] {
            let error = parse(&request, Limits::DEFAULT).unwrap_err();
            assert_eq!(error.code, code, "{error:?}");
            assert!(error.message.contains(named), "{error:?}");
        }
        let whole = request([1, 0, 0, 0], 0, b"");
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length], Limits::DEFAULT).unwrap_err().code, 100);
        }
    }
}
