//! The encoder of VP8 key frames (RFC 6386).
//!
//! Planes are made of the picture. Each macroblock gets a segment by how much of it is texture, and then its modes and
//! levels by what they lose and what they cost. Costs are of the probabilities that suit what was coded so far. When all
//! levels are known, the probabilities that suit them all are written, and then the levels.

mod bool_encoder;
#[cfg(test)]
mod chance;
mod coded;
mod cost;
mod effort;
mod forward;
mod frame;
mod header;
mod kind;
mod macroblock;
mod planes;
mod quality;
mod quantizer;
mod row;
mod segments;
mod tokens;

pub(in crate::codec::webp) use frame::encode;
pub(in crate::codec::webp) use planes::Planes;
