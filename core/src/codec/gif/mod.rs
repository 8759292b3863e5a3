//! GIF (GIF89a specification).

mod blocks;
mod decoder;
mod frames;

pub(super) use decoder::Gif;
