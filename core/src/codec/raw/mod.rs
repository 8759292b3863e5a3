//! Camera raw: the JPEG previews in DNG, NEF, CR2, CR3, ARW, ORF, RW2, RAF and PEF.
//!
//! The picture is the largest preview, and is decoded as any JPEG. No sensor's samples are read.

mod cr3;
mod decoder;
mod maker_note;
mod previews;
mod raf;
mod tags;
mod tiff;

pub(super) use cr3::is_cr3;
pub(super) use decoder::Raw;
pub(super) use tiff::is_raw as is_raw_tiff;
