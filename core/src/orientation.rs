//! How a stored picture is turned.

/// How the stored pixels lie in the upright picture, as EXIF tag 274 counts: 1 to 8 (EXIF 2.32, section 4.6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

impl Orientation {
    /// Stored as it is to be seen.
    pub(crate) const UPRIGHT: Self = Self(1);

    /// The orientation with this number, upright for a number that means nothing.
    pub(crate) fn from_exif(number: u32) -> Self {
        match u8::try_from(number) {
            Ok(number @ 1..=8) => Self(number),
            _ => Self::UPRIGHT,
        }
    }

    pub(crate) fn number(self) -> u8 {
        self.0
    }

    /// Whether width and height change places.
    pub(crate) fn swaps_sides(self) -> bool {
        self.0 >= 5
    }

    /// Whether the stored columns run against the side of the upright picture that they lie along.
    pub(crate) fn mirrors_columns(self) -> bool {
        matches!(self.0, 2 | 3 | 7 | 8)
    }

    /// Whether the stored rows run against theirs.
    pub(crate) fn mirrors_rows(self) -> bool {
        matches!(self.0, 3 | 4 | 6 | 7)
    }
}
