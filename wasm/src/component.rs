//! The WASI component: the interface of `wit/thumbox.wit` over the core.

use bindings::exports::thumbox::plugin::transport::{Error, Guest};

use crate::answer;

struct Plugin;

impl Guest for Plugin {
    fn configure(config_json: String) -> Result<(), Error> {
        Ok(answer::configure(&config_json)?)
    }

    fn call(message_id: u32, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(answer::call(message_id, request)?)
    }

    fn call_json(tag: String, request: String) -> Result<String, Error> {
        Ok(answer::call_json(&tag, &request)?)
    }
}

impl From<thumbox_core::Error> for Error {
    fn from(error: thumbox_core::Error) -> Self {
        Self { code: error.code().number(), message: error.to_string() }
    }
}

mod bindings {
    #![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)] // generated

    wit_bindgen::generate!({ path: "../wit", world: "plugin", pub_export_macro: true });

    export!(Plugin with_types_in self);

    use super::Plugin;
}
