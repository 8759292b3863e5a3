//! Any request of any message.
#![no_main]
#![forbid(unsafe_code)]

#[path = "../../tests/laws/mod.rs"]
mod laws;

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::request(data));
