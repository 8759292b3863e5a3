//! What an image's headers say: enough to answer a probe, to plan its thumbnails and to charge for them.

use thumbox_protocol::Format;

use crate::geometry::Rectangle;
use crate::orientation::Orientation;

/// What the headers of an image say.
#[derive(Clone, Debug)]
pub(crate) struct Info {
    pub(crate) format: Format,
    /// Pixels, as stored; never 0.
    pub(crate) width: u32,
    /// Pixels, as stored; never 0.
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    pub(crate) alpha: bool,
    pub(crate) animated: bool,
    pub(crate) progressive: bool,
    pub(crate) icc: bool,
}

impl Info {
    /// Width and height of the upright picture.
    pub(crate) fn upright(&self) -> (u32, u32) {
        // The other way is the same.
        self.stored((self.width, self.height))
    }

    /// Sides of the upright picture as those of the stored one.
    pub(crate) fn stored(&self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.orientation.swaps_sides() { (height, width) } else { (width, height) }
    }

    /// A part of the upright picture on the stored one.
    pub(crate) fn stored_part(&self, part: Rectangle) -> Rectangle {
        let orientation = self.orientation;
        let Rectangle { mut left, mut top, mut width, mut height } = part;
        if orientation.swaps_sides() {
            (left, top, width, height) = (top, left, height, width);
        }
        if orientation.mirrors_columns() {
            left = (f64::from(self.width) - width) - left;
        }
        if orientation.mirrors_rows() {
            top = (f64::from(self.height) - height) - top;
        }
        Rectangle { left, top, width, height }
    }
}
