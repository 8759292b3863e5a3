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

    /// The number of the image's format, where other modules may read it: in code 204.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn unread(&self) -> Option<u32> {
        self.0.unread().map(|format| format as u32)
    }

    /// For people: what was wrong, with its value, and what is allowed.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn message(&self) -> String {
        self.0.to_string()
    }
}

thread_local!(static LIMITS: Cell<Limits> = const { Cell::new(Limits::DEFAULT) });

/// Sets what calls may read and take: formats, at least one, as the bits with their numbers in the reply to a probe;
/// pixels of a picture, 1 to 2^29; bytes of working memory and of a reply, 1 or more.
#[wasm_bindgen(js_name = setLimits)]
pub fn set_limits(formats: u32, max_pixels: u32, max_memory: u32, max_reply: u32) {
    let formats: Formats =
        Format::ALL.into_iter().filter(|format| formats >> *format as u32 & 1 == 1).collect();
    let [max_pixels, max_memory, max_reply] = [max_pixels, max_memory, max_reply].map(u64::from);
    LIMITS.set(Limits { formats, max_pixels, max_memory, max_reply });
}

/// Answers one binary request: 1 echo, 100 thumbnail, 101 probe, 102 thumbnail set, 103 placeholder.
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
