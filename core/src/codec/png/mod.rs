//! PNG (W3C PNG, third edition).

mod adam7;
mod chunks;
mod data;
mod decoder;
mod encoder;
mod expand;
mod filter;
mod frames;
mod opened;
mod profile;

pub(super) use encoder::encode;
pub(super) use opened::Png;
