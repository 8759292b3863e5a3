//! PNG (W3C PNG, third edition).

mod adam7;
mod chunks;
mod data;
mod decoder;
mod encoder;
mod expand;
mod filter;
mod frames;
mod profile;

pub(super) use decoder::Png;
pub(super) use encoder::encode;
