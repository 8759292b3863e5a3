//! When a smaller picture of the same serves.

use super::interface::Need;

/// Whether a picture of `smaller` sides serves instead of one of `stored` sides: it has the same proportions, and at least
/// twice the thumbnails' sides, which leaves the resizer enough.
pub(super) fn serves(smaller: (u32, u32), stored: (u32, u32), need: &Need) -> bool {
    let [(w, h), (width, height)] =
        [smaller, stored].map(|(width, height)| (u64::from(width), u64::from(height)));
    // Within one pixel of the smaller one.
    let is_alike = (w * height).abs_diff(h * width) <= width.max(height);
    let twice = |side: u32| u64::from(side) * 2;
    w < width && h <= height && is_alike && w >= twice(need.width) && h >= twice(need.height)
}
