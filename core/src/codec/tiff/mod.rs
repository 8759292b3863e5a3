//! TIFF 6.0 and BigTIFF, with the compressions and pixels that Adobe's supplements and libtiff added.
//!
//! The directory, the strips and tiles, and the order of bytes are read here; what is within a strip or tile is
//! decompressed by a crate or by a decoder of this folder, a row at a time.

mod chunks;
mod colours;
mod compression;
mod decoder;
mod fault;
mod fax;
mod fax_codes;
mod headers;
mod jpeg;
mod jpeg_markers;
mod jpeg_tags;
mod lzw;
mod old_jpeg;
mod pixels;
mod predictor;
mod profile;
mod reduced;
mod rows;
mod samples;
mod stream;
mod tags;
mod ycc;
mod zlib;
mod zstandard;

pub(super) use decoder::Tiff;
