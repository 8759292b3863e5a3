//! What a decoder delivers.

use crate::colour::Profile;
use crate::geometry::Axis;
use crate::picture::Picture;

/// A picture as it was decoded: stored, and maybe reduced.
#[derive(Debug)]
pub(crate) struct Decoded<'b> {
    pub(crate) pixels: Pixels<'b>,
    /// Where its columns lie on the stored picture.
    pub(crate) across: Axis,
    /// Where its rows lie.
    pub(crate) down: Axis,
    /// The colour profile that its pixels are in, where the file has one that can be used.
    pub(crate) profile: Option<Profile<'b>>,
}

/// Pixels of either depth.
#[derive(Debug)]
pub(crate) enum Pixels<'b> {
    Eight(Picture<'b, u8>),
    Sixteen(Picture<'b, u16>),
}

impl<'b> Decoded<'b> {
    /// The same, decoded from a picture that shows the stored one in fewer pixels: `across` and `down` are its sides and
    /// the stored ones.
    pub(crate) fn of_smaller(self, across: (u32, u32), down: (u32, u32)) -> Self {
        let (across, down) = (self.across.of_smaller(across), self.down.of_smaller(down));
        Self { across, down, ..self }
    }

    /// A whole picture with `eighths` pixels for 8 stored ones a side. Its last row and column may reach beyond the
    /// stored picture.
    pub(crate) fn scaled(
        picture: Picture<'b, u8>,
        eighths: u32,
        profile: Option<Profile<'b>>,
    ) -> Self {
        let axis = Axis::eighths(eighths);
        Self { pixels: picture.into(), across: axis, down: axis, profile }
    }
}

impl<'b> From<Picture<'b, u8>> for Pixels<'b> {
    fn from(picture: Picture<'b, u8>) -> Self {
        Self::Eight(picture)
    }
}

impl<'b> From<Picture<'b, u16>> for Pixels<'b> {
    fn from(picture: Picture<'b, u16>) -> Self {
        Self::Sixteen(picture)
    }
}
