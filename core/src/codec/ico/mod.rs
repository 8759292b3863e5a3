//! ICO and CUR ("Icons" in Microsoft's Windows documentation): several pictures of one thing, PNGs and bitmaps.

mod decoder;
mod directory;

pub(super) use decoder::{Cur, Ico};
