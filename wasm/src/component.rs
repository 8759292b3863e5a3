//! The WASI component: the interface of `wit/thumbox.wit` over the core.

use std::cell::Cell;

use thumbox_core::protocol::{Config, Error as RequestError};
use thumbox_core::{Budget, Build, Limits};

use bindings::exports::thumbox::plugin::transport::{Error, Guest};

use crate::{panic_text, short_call};

struct Plugin;

thread_local!(static LIMITS: Cell<Limits> = const { Cell::new(Limits::DEFAULT) });

impl Guest for Plugin {
    fn configure(config_json: String) -> Result<(), Error> {
        panic_text::keep();
        LIMITS.set(Config::parse(config_json.as_bytes())?.limits);
        Ok(())
    }

    fn call(message_id: u32, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        call(message_id, request)
    }

    fn call_json(tag: String, request: String) -> Result<String, Error> {
        panic_text::keep();
        short_call::free();
        let budget = Budget::new(LIMITS.get());
        Ok(thumbox_core::call_json(&tag, &request, Build::Component, &budget)?)
    }
}

pub(crate) fn call(message_id: u32, request: Vec<u8>) -> Result<Vec<u8>, Error> {
    panic_text::keep();
    short_call::free();
    Ok(thumbox_core::call_owned(message_id, request, &Budget::new(LIMITS.get()))?)
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        thumbox_core::Error::from(error).into()
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
