//! TGA with its footer (Truevision TGA File Format Specification, version 2.0). Without one nothing tells a TGA from any
//! other bytes.

mod decoder;
mod headers;
mod runs;

pub(super) use decoder::Tga;
