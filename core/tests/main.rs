//! The core's tests, in one program: each file would otherwise compile what they share and link the decoders once more.
//! `fuzz_corpus.rs` alone is another, since a core with the further formats runs it, too.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

// What makes the tests' files. Fuzz targets and hosts/rust/twins include some of them, too.
mod broken;
mod cameras;
mod coder;
mod common;
mod containers;
#[cfg(feature = "testing")]
mod encoders;
#[path = "../../testdata/golden.rs"]
mod golden_set;
mod mutations;
mod seeds;
mod wrapped;

mod animations;
mod crops;
mod extremes;
mod golden;
mod ico;
#[cfg(feature = "testing")]
mod jpeg;
#[cfg(feature = "testing")]
mod jpeg_broken;
#[cfg(feature = "testing")]
mod jpeg_encoder;
#[cfg(feature = "testing")]
mod jpeg_shapes;
#[cfg(feature = "json")]
mod json;
mod memory;
mod pictures;
#[cfg(feature = "testing")]
mod png_encoder;
mod pnm;
mod profiles;
mod psd;
mod pyramids;
mod qoi;
mod raw;
mod requests;
#[cfg(feature = "schema")]
mod schema;
mod tga;
mod tiff_jpeg;
mod tolerance;
mod tolerance_tiff;
#[cfg(feature = "testing")]
mod webp_encoder;
mod work;

/// A file that is not declared above would never run.
#[test]
fn every_file_of_tests_is_in_a_program() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".rs") else { continue };
        let declared = include_str!("main.rs").contains(&format!("\nmod {name};\n"));
        assert!(declared || ["main", "fuzz_corpus"].contains(&name), "{name}.rs is in no program");
    }
}
