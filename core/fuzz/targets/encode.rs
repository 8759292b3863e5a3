//! Pictures of any samples, written in each format with any parameters.
#![no_main]
#![forbid(unsafe_code)]

#[path = "../../tests/containers/mod.rs"]
mod containers;
#[path = "../../tests/laws/mod.rs"]
mod laws;
#[path = "../../tests/wrapped/mod.rs"]
mod wrapped;

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::encoding(data));
