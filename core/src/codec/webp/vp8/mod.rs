//! VP8 key frames (RFC 6386): what a lossy WebP holds.
//!
//! A frame is decoded a row of macroblocks at a time: modes from the first partition, coefficients from another,
//! prediction and residue into a window of rows, then the loop filter where it is wanted. Nothing of a row is kept but
//! its last pixels.

mod bool_decoder;
mod coefficients;
mod encoder;
mod frame;
mod header;
mod loop_filter;
mod modes;
mod predict;
mod tables;
mod transform;

pub(super) use encoder::{Planes, encode};
pub(super) use frame::Frame;
pub(super) use header::dimensions;
