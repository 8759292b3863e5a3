//! HEIF stills (ISO/IEC 23008-12), whose pictures are coded by AV1 (AVIF) or by HEVC (HEIC).
//!
//! A file is boxes (`isobmff`). The box `meta` lists items: coded pictures, grids of them, profiles. `items` reads those
//! lists, `properties` what belongs to an item, `shown` follows the primary item to the coded pictures it is made of. Each of
//! these is decoded by itself (`av1`, `hevc`), reduced as colours (`decoder`) or, where it becomes much smaller, as planes
//! (`planes`), and dropped. The pictures of an animated AVIF are the samples of its `tracks`, and `frames` decodes them.

#[cfg(feature = "avif")]
mod av1;
mod decoder;
mod frame;
#[cfg(feature = "avif")]
mod frames;
#[cfg(feature = "heic")]
mod hevc;
mod items;
#[cfg(feature = "avif")]
mod obu;
mod opened;
mod planes;
mod properties;
mod shown;
#[cfg(feature = "avif")]
mod tracks;
mod turns;
mod upsample;
mod yuv;

#[cfg(feature = "avif")]
pub(super) use opened::Avif;
#[cfg(feature = "heic")]
pub(super) use opened::Heic;
