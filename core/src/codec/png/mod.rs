//! PNG (W3C PNG, third edition).

mod chunks;
mod decoder;
mod encoder;

pub(super) use decoder::Png;
pub(super) use encoder::encode;
