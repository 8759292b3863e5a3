//! GIF (GIF89a specification).

mod blocks;
mod decoder;
mod frames;
mod opened;

pub(super) use opened::Gif;
