//! The sandbox behind the C ABI: the native plugin's symbols, and the component in Wasmtime behind them.
//!
//! A host that loads `libthumbox` (C, and rustbridge's hosts for Java, Kotlin, C#, Go and Python) gets the sandbox by
//! loading `libthumbox_sandbox` instead. The component is in this library, compiled, and that for AVIF; the limits are in the
//! configuration: see [`config`].
//!
//! Wasmtime's signal handlers, where they are on top of the host's, else code without signals; and one thread, for
//! deadlines, from the first plugin's start to the last one's shutdown.

pub mod config;
mod embedded;

pub use thumbox_abi::{FfiBuffer, LogCallback, RbResponse, ThumboxPart};

use thumbox_abi::{Failure, Plugin, Settings};
use thumbox_host::{ComponentPlugin, Error, Plugin as _, Reply};

/// The symbols; [`thumbox_abi`] has what is behind them.
pub mod abi {
    #![allow(unsafe_code, reason = "the names of symbols, and functions that take pointers")]

    thumbox_abi::export!(super::Sandbox);
}

struct Sandbox(ComponentPlugin);

impl Plugin for Sandbox {
    const NAME: &'static str = concat!("thumbox ", env!("CARGO_PKG_VERSION"), " in its sandbox");

    fn start(config_json: &[u8]) -> Result<(Self, Settings), Failure> {
        let config = config::parse(config_json)?;
        let programs = embedded::programs(&config.options).map_err(failure)?;
        let mut plugin =
            ComponentPlugin::start(&programs.base, &config.options).map_err(failure)?;
        for further in &programs.further {
            plugin = plugin.with_further(further).map_err(failure)?;
        }
        Ok((Self(plugin), config.settings))
    }

    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Vec<u8>, Failure> {
        self.0.call(message_id, parts).map(Reply::into_vec).map_err(failure)
    }

    fn call_json(&self, tag: &str, request: &str) -> Result<String, Failure> {
        self.0.call_json(tag, request).map_err(failure)
    }
}

fn failure(error: Error) -> Failure {
    Failure { code: error.code(), message: error.message().to_owned() }
}
