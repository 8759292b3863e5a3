//! The browser module: the core behind two functions, for the package in `hosts/browser`.
//!
//! Bytes are copied into the module's memory once and out of it once. The package's own modules do the rest.

#![allow(unsafe_code, reason = "wasm-bindgen's macro writes it")]
#![allow(unreachable_pub, reason = "wasm-bindgen takes public items, which the module exports")]

use std::cell::Cell;

use thumbox_core::{Budget, Format, Formats, Limits};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::panic_text;

/// Why a call was refused or failed: what `ThumboxError` is made of.
#[wasm_bindgen]
pub struct Failure(thumbox_core::Error);

#[wasm_bindgen]
impl Failure {
    /// For programs; never reused.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn code(&self) -> u32 {
        self.0.code().number()
    }

    /// For people: what was wrong, with its value, and what is allowed.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn message(&self) -> String {
        self.0.to_string()
    }
}

thread_local!(static LIMITS: Cell<Limits> = const { Cell::new(Limits::DEFAULT) });

/// Sets the formats that may be read: the bit with each one's number in the reply to a probe, at least one.
#[wasm_bindgen(js_name = allowFormats)]
pub fn allow_formats(bits: u32) {
    let formats: Formats =
        Format::ALL.into_iter().filter(|format| bits >> *format as u32 & 1 == 1).collect();
    LIMITS.set(Limits { formats, ..Limits::DEFAULT });
}

/// Answers one binary request: 1 echo, 100 thumbnail, 101 probe, 102 thumbnail set.
///
/// # Errors
/// Every error of the core.
#[wasm_bindgen(js_name = callRaw)]
pub fn call_raw(message_id: u32, request: Vec<u8>) -> Result<Vec<u8>, Failure> {
    panic_text::keep();
    thumbox_core::call_owned(message_id, request, &Budget::new(LIMITS.get())).map_err(Failure)
}

/// The same for a request whose header and image lie apart, so that nobody has to join them.
///
/// # Errors
/// Every error of the core.
#[wasm_bindgen(js_name = callParts)]
pub fn call_parts(message_id: u32, header: &[u8], image: &[u8]) -> Result<Vec<u8>, Failure> {
    panic_text::keep();
    let budget = Budget::new(LIMITS.get());
    thumbox_core::call(message_id, &[header, image], &budget).map_err(Failure)
}
