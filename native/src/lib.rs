//! The native plugin: [`thumbox_core`] behind rustbridge 1.0's C ABI.
//!
//! Every rustbridge host loads this library as it is, and C programs include `thumbox.h`, which is
//! generated from [`thumbox_abi`] and from here. One symbol is ours: [`abi::thumbox_call_parts`], so that a
//! header and an image need not be joined.

pub use thumbox_abi::{FfiBuffer, LogCallback, RbResponse, ThumboxPart};

use thumbox_abi::{Failure, Plugin, Settings};
use thumbox_core::{Budget, Build, Error, Limits, call, call_json};
use thumbox_protocol::Config;

/// The symbols; [`thumbox_abi`] has what is behind them.
pub mod abi {
    #![allow(unsafe_code, reason = "the names of symbols, and functions that take pointers")]

    thumbox_abi::export!(super::Core);
}

/// The core in this process, with the limits of each call. It keeps nothing between calls.
struct Core(Limits);

impl Plugin for Core {
    const NAME: &'static str = concat!("thumbox ", env!("CARGO_PKG_VERSION"));

    fn start(config_json: &[u8]) -> Result<(Self, Settings), Failure> {
        let config = Config::parse(config_json)?;
        Ok((Self(config.limits), Settings::from(&config)))
    }

    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Vec<u8>, Failure> {
        call(message_id, parts, &Budget::new(self.0)).map_err(failure)
    }

    fn call_json(&self, tag: &str, request: &str) -> Result<String, Failure> {
        call_json(tag, request, Build::Native, &Budget::new(self.0)).map_err(failure)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn failure(error: Error) -> Failure {
    Failure::new(error.code(), error.to_string())
}
