//! The native library's face: rustbridge's C ABI, which `thumbox_abi` is.

use std::borrow::Cow;
use std::ffi::CStr;

use thumbox_abi::{Failure, Settings};

use crate::{Error, Limits};

struct Plugin(Limits);

impl thumbox_abi::Plugin for Plugin {
    const NAME: &'static str = concat!("thumbox-template ", env!("CARGO_PKG_VERSION"));
    const LOG_TARGET: &'static CStr = c"thumbox-template";

    fn start(config_json: &[u8]) -> Result<(Self, Settings), Failure> {
        Ok((Self(Limits::parse(config_json)?), Settings::parse(config_json)?))
    }

    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Vec<u8>, Failure> {
        // A host may hold a header and its payload apart. A core with payloads that are too large to be joined reads them
        // where they lie, as core/src/parts.rs does.
        let request = match parts {
            [whole] => Cow::Borrowed(*whole),
            parts => Cow::Owned(parts.concat()),
        };
        Ok(crate::call(message_id, &request, self.0)?)
    }

    fn call_json(&self, tag: &str, request: &str) -> Result<String, Failure> {
        Ok(crate::call_json(tag, request)?)
    }
}

impl From<Error> for Failure {
    fn from(Error { code, message }: Error) -> Self {
        Self { code, message }
    }
}

mod abi {
    #![allow(unsafe_code, reason = "the names of symbols, and functions that take pointers")]

    thumbox_abi::export!(super::Plugin);
}
