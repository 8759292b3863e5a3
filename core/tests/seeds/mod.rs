//! What fuzzing starts from: a tiny file of every kind that the decoders tell apart, and requests around them.
//!
//! Where no encoder at hand makes a kind, it is written here, its samples not compressed: a decoder that does not
//! know it must find out by itself, and a change of a sample stays one.
#![allow(dead_code, reason = "each program uses its own part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

mod bmp;
mod call;
mod encode;
mod gif;
mod heif;
mod icc;
mod icc_tags;
mod ico;
mod jpeg;
mod lzw;
mod png;
mod pnm;
mod psd;
mod qoi;
mod raw;
mod tga;
mod tiff;
mod tiff_data;
mod vp8;
mod vp8l;
mod webp;

/// A name that is unique in its target, and the bytes. One that begins with `cut-` or `odd-` may be refused.
pub type Seed = (String, Vec<u8>);

/// The targets whose inputs are image files, and `icc`, whose inputs are profiles behind a byte that says in which
/// picture they lie.
pub const FORMATS: [&str; 14] = [
    "bmp", "cur", "gif", "icc", "ico", "jpeg", "png", "pnm", "psd", "qoi", "raw", "tga", "tiff",
    "webp",
];

/// What each fuzz target starts from.
pub fn seeds(target: &str) -> Vec<Seed> {
    match target {
        "avif" => heif::avif(),
        "bmp" => bmp::seeds(),
        "call" => call::seeds(),
        "encode" => encode::seeds(),
        "cur" => ico::seeds(2),
        "gif" => gif::seeds(),
        "heic" => heif::heic(),
        "icc" => icc::seeds(),
        "ico" => ico::seeds(1),
        "jpeg" => jpeg::seeds(),
        "png" => png::seeds(),
        "raw" => raw::seeds(),
        "pnm" => pnm::seeds(),
        "psd" => psd::seeds(),
        "qoi" => qoi::seeds(),
        "tga" => tga::seeds(),
        "tiff" => tiff::seeds(),
        "twins" => twins(),
        "webp" => webp::seeds(),
        other => unreachable!("there is no fuzz target {other}"),
    }
}

/// All files, each behind two bytes that say what is asked about it (hosts/rust/twins/src/inputs.rs).
fn twins() -> Vec<Seed> {
    let mut found = Vec::new();
    for format in FORMATS {
        let recipe = if format == "icc" { 0x80 } else { 0 };
        for (at, (name, file)) in seeds(format).into_iter().enumerate() {
            let how = [(at % 0x60) as u8 | recipe, 0x24];
            found.push((format!("{format}-{name}"), [&how, file.as_slice()].concat()));
        }
    }
    found
}

/// Sides of most pictures: odd, so that rows end in the middle of a byte, a block and a tile.
const WIDTH: u32 = 21;
const HEIGHT: u32 = 13;

/// Bytes that differ from their neighbours.
fn texture(length: usize) -> Vec<u8> {
    (0..length).map(|at| (((at * 37) % 251) ^ (at >> 5)) as u8).collect()
}

/// A file cut off after each quarter.
fn cuts<'f>(name: &'f str, file: &'f [u8]) -> impl Iterator<Item = Seed> + 'f {
    (1..4).map(move |quarter| {
        (format!("cut-{name}-{quarter}"), file[..file.len() * quarter / 4].to_vec())
    })
}
