//! The JPEG decoder at every scale, and a thumbnail and a probe of the same bytes.
#![no_main]
#![forbid(unsafe_code)]

#[path = "../../tests/laws/mod.rs"]
mod laws;

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::jpeg(data));
