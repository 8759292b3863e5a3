//! What every entry of the component answers with: the core, within the limits that it was configured with.

use std::cell::Cell;

use thumbox_core::protocol::Config;
use thumbox_core::{Budget, Build, Limits, Result};

use crate::{last_reply, panic_text};

thread_local!(static LIMITS: Cell<Limits> = const { Cell::new(Limits::DEFAULT) });

pub(crate) fn configure(config_json: &str) -> Result<()> {
    panic_text::keep();
    LIMITS.set(Config::parse(config_json.as_bytes())?.limits);
    Ok(())
}

pub(crate) fn call(message_id: u32, request: Vec<u8>) -> Result<Vec<u8>> {
    panic_text::keep();
    last_reply::free();
    thumbox_core::call_owned(message_id, request, &Budget::new(LIMITS.get()))
}

pub(crate) fn call_json(tag: &str, request: &str) -> Result<String> {
    panic_text::keep();
    last_reply::free();
    thumbox_core::call_json(tag, request, Build::Component, &Budget::new(LIMITS.get()))
}
