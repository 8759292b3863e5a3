//! PSD and PSB (Adobe Photoshop File Formats Specification): the flattened picture at the file's end.

mod decoder;
mod headers;
mod layers;
mod planes;
mod resources;

pub(super) use decoder::Psd;
