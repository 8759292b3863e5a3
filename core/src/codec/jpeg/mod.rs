//! JPEG (ITU-T T.81), straight to its thumbnail's size: what a smaller picture does not need is not decoded.

mod ac_pairs;
mod ac_skip;
mod bitstream;
mod coefficients;
mod color;
mod decoder;
mod encoder;
mod headers;
mod huffman;
mod idct;
mod idct_2x2;
mod markers;
mod plane;
mod progressive;
mod scaled;
mod scan;
mod sequential;
mod standard;
mod tables;
mod upsample;

#[cfg(feature = "testing")]
pub(crate) use decoder::decode_at;
pub(super) use decoder::{Jpeg, Meaning, SharedTables};
pub(super) use encoder::encode;
pub(super) use headers::dimensions;
