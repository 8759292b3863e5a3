//! When a smaller picture of the same serves.

use super::interface::Need;

/// Width and height in pixels.
pub(super) type Sides = (u32, u32);

/// Whether a picture of `smaller` sides has the proportions of one of `stored` sides, within one pixel of the smaller one.
pub(super) fn is_alike(smaller: Sides, stored: Sides) -> bool {
    let [(w, h), (width, height)] =
        [smaller, stored].map(|(width, height)| (u64::from(width), u64::from(height)));
    (w * height).abs_diff(h * width) <= width.max(height)
}

/// Whether a picture of `smaller` sides serves instead of one of `stored` sides: it is alike, and has at least twice the
/// thumbnails' sides, which leaves the resizer enough.
pub(super) fn serves(smaller: Sides, stored: Sides, need: &Need) -> bool {
    let twice = |side: u32, of: u32| u64::from(side) >= u64::from(of) * 2;
    let is_less = smaller.0 < stored.0 && smaller.1 <= stored.1;
    let is_enough = twice(smaller.0, need.width) && twice(smaller.1, need.height);
    is_less && is_enough && is_alike(smaller, stored)
}
