//! What an image's headers say: enough to answer a probe, to plan its thumbnails and to charge for them.

use thumbox_protocol::Format;

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
        if self.orientation.swaps_sides() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }
}
