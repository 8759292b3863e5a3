//! The component's face: the interface of `wit/thumbox.wit`, whose name is what hosts look for.

use std::cell::Cell;

use bindings::exports::thumbox::plugin::transport::{Error, Guest};

use crate::Limits;

struct Plugin;

// A component has no threads: this is one for each instance.
thread_local!(static LIMITS: Cell<Limits> = const { Cell::new(Limits::DEFAULT) });

impl Guest for Plugin {
    fn configure(config_json: String) -> Result<(), Error> {
        LIMITS.set(Limits::parse(config_json.as_bytes())?);
        Ok(())
    }

    fn call(message_id: u32, request: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(crate::call(message_id, &request, LIMITS.get())?)
    }

    fn call_json(tag: String, request: String) -> Result<String, Error> {
        Ok(crate::call_json(&tag, &request)?)
    }
}

impl From<crate::Error> for Error {
    fn from(crate::Error { code, message }: crate::Error) -> Self {
        Self { code, message }
    }
}

mod bindings {
    #![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)] // generated

    wit_bindgen::generate!({ path: "../../../wit", world: "plugin", pub_export_macro: true });

    export!(Plugin with_types_in self);

    use super::Plugin;
}
