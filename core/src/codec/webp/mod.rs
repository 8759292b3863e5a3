//! WebP (RFC 9649): lossy frames are VP8 (RFC 6386), lossless ones VP8L.

mod alpha;
mod animation;
mod container;
mod encoder;
mod frames;
mod image_crate;
mod lanes;
mod lossless;
mod lossless_tables;
mod lossy;
mod metered;
mod opened;
mod prefix_code;
mod update;
mod vp8;
mod yuv;

pub(crate) use animation::Animation;
pub(super) use encoder::encode;
pub(super) use opened::WebP;
