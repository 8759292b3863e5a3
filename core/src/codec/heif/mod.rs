//! HEIF stills (ISO/IEC 23008-12) whose pictures are HEVC's: HEIC.
//!
//! A file is boxes (`isobmff`). The box `meta` lists items: coded pictures, grids of them, profiles. `items` reads those
//! lists, `properties` what belongs to an item, `shown` follows the primary item to the coded pictures it is made of. Each of
//! these is decoded by itself, reduced, and dropped.

mod decoder;
mod hevc;
mod items;
mod properties;
mod shown;
mod turns;
mod yuv;

pub(super) use decoder::Heic;
