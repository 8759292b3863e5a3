//! TIFF's compressions, each of rows that are written here.

use jpeg_encoder::{ColorType, SamplingFactor};

use super::super::common::{Jpeg, jpeg_of};
use super::super::containers::bits::{Bits, First};
use super::super::containers::zlib;
use super::lzw::lzw;

/// A compression's number and name; the odd ones are not everybody's.
pub(super) const COMPRESSIONS: [(u32, &str); 12] = [
    (1, "none"),
    (2, "odd-ccitt"),
    (3, "odd-g3"),
    (4, "g4"),
    (5, "lzw"),
    (6, "odd-old-jpeg"),
    (7, "odd-jpeg"),
    (8, "deflate"),
    (32773, "packbits"),
    (32946, "old-deflate"),
    (50000, "odd-zstd"),
    (50001, "odd-webp"),
];

/// The shape of a strip or tile.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) width: u32,
    pub(super) rows: u32,
    pub(super) samples: usize,
    pub(super) bits: u32,
}

/// A strip or tile as a compression writes it.
pub(super) fn compressed(compression: u32, bytes: &[u8], shape: Shape) -> Vec<u8> {
    match compression {
        2..=4 => fax(compression, shape),
        5 => lzw(bytes, 8, First::High),
        6 | 7 => jpeg(bytes, shape),
        8 | 32946 => zlib(bytes),
        32773 => packbits(bytes),
        _ => bytes.to_vec(),
    }
}

/// Literals and a repetition (TIFF 6.0, section 9).
fn packbits(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    for run in bytes.chunks(9) {
        if run.iter().all(|byte| *byte == run[0]) {
            packed.extend([(1 - run.len() as i8).cast_unsigned(), run[0]]);
        } else {
            packed.push(run.len() as u8 - 1);
            packed.extend(run);
        }
    }
    packed
}

/// Rows of 4 white pixels, 3 black ones and white to the end (ITU-T T.4 and T.6).
fn fax(compression: u32, shape: Shape) -> Vec<u8> {
    const END_OF_LINE: &str = "000000000001";
    // White runs of 0 to 63, of which those that the pictures here have.
    let rest = match shape.width - 7 {
        9 => "10100",
        14 => "110100",
        _ => "10011",
    };
    let mut bits = Bits::new(First::High);
    for y in 0..shape.rows {
        match (compression, y % 3) {
            (2, _) => {
                ["1011", "10", rest].into_iter().for_each(|code| bits.code(code));
                bits.align();
            }
            (3, _) => {
                [END_OF_LINE, "1011", "10", rest].into_iter().for_each(|code| bits.code(code))
            }
            // Horizontal, and straight to the end.
            (_, 0) if y == 0 => {
                ["001", "1011", "10", "1"].into_iter().for_each(|code| bits.code(code))
            }
            (_, 0) => ["1", "1", "1"].into_iter().for_each(|code| bits.code(code)),
            // One to the right, one to the left; and back.
            (_, 1) => ["011", "010", "1"].into_iter().for_each(|code| bits.code(code)),
            (..) => ["010", "011", "1"].into_iter().for_each(|code| bits.code(code)),
        }
    }
    if compression == 4 {
        [END_OF_LINE; 2].into_iter().for_each(|code| bits.code(code));
    }
    bits.bytes
}

fn jpeg(bytes: &[u8], shape: Shape) -> Vec<u8> {
    let (color, channels) = match shape.samples {
        1 => (ColorType::Luma, 1),
        3 => (ColorType::Rgb, 3),
        _ => (ColorType::Cmyk, 4),
    };
    let mut pixels = bytes.to_vec();
    pixels.resize((shape.width * shape.rows * channels) as usize, 0);
    let how = Jpeg { sampling: SamplingFactor::F_1_1, progressive: false, restart: 0 };
    jpeg_of(&pixels, shape.width, shape.rows, color, how)
}
