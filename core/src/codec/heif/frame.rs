//! A decoded picture, whatever decoded it.

use std::ops::Range;

use super::properties::CodePoints;
use crate::budget::Charge;

/// The samples of a picture.
pub(super) trait Planes {
    /// Adds a part of a row of the plane 0, 1 or 2 to `to`, as far as it has one.
    fn read(&self, plane: usize, y: u32, x: Range<u32>, to: &mut Vec<u16>);
}

/// How many samples of chroma there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chroma {
    /// None (4:0:0).
    None,
    /// One for 2 x 2 pixels (4:2:0).
    Quarter,
    /// One for 2 x 1 pixels (4:2:2).
    Half,
    /// One for each pixel (4:4:4).
    All,
}

impl Chroma {
    /// Columns and rows for a sample.
    pub(super) const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Quarter => (2, 2),
            Self::Half => (2, 1),
            Self::None | Self::All => (1, 1),
        }
    }
}

/// A decoded picture.
pub(super) struct Frame<'b> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) chroma: Chroma,
    /// Bits of a sample of luma and of one of chroma.
    pub(super) depth: [u8; 2],
    /// What the stream says of its colours.
    pub(super) code_points: CodePoints,
    /// Whether its luma, where it is another picture's alpha, has the range that `code_points` says, and not the full one.
    pub(super) has_limits_of_alpha: bool,
    /// Whether chroma of fewer samples is interpolated, and not repeated.
    pub(super) is_smooth: bool,
    pub(super) planes: Box<dyn Planes + 'b>,
    pub(super) _charge: Charge<'b>,
}
