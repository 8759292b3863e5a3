//! HEICs: thumbnails in each format, a set and a probe of the same bytes.
#![no_main]
#![forbid(unsafe_code)]

#[path = "../../tests/containers/mod.rs"]
mod containers;
#[path = "../../tests/laws/mod.rs"]
mod laws;
#[path = "../../tests/mutations/mod.rs"]
mod mutations;
#[path = "../../tests/wrapped/mod.rs"]
mod wrapped;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| laws::image(data));

fuzz_mutator!(|data: &mut [u8], size: usize, _max_size: usize, seed: u32| {
    mutations::in_place("heic", data, size, seed, fuzzer_mutate)
});
