//! The properties of items that matter here (ISO/IEC 23008-12, section 6.5, and 14496-12, section 12.1.5).

use crate::codec::isobmff::Part;
use crate::cursor::Cursor;

/// A property of an item.
pub(super) enum Property<'a> {
    /// Width and height, before anything is done to the picture (`ispe`).
    Size(u32, u32),
    /// Code points of ITU-T H.273 (`colr` of the type `nclx`).
    CodePoints(CodePoints),
    /// An ICC profile (`colr` of the types `prof` and `rICC`).
    Icc(&'a [u8]),
    /// Quarter turns against the clock (`irot`).
    Rotation(u8),
    /// What changes places: left and right, or top and bottom (`imir`).
    Mirror { left_and_right: bool },
    /// The part that is shown (`clap`).
    Crop(Crop),
    /// What an auxiliary picture is for (`auxC`).
    Auxiliary(&'a [u8]),
    /// One that changes nothing here, or is only for the decoder of the picture.
    Passed,
    /// One that is not known.
    Unknown,
}

/// The code point of what is not said.
pub(super) const UNSPECIFIED: u8 = 2;

/// How samples become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodePoints {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    pub(super) matrix: u8,
    pub(super) full_range: bool,
}

/// A part in the middle of a picture, but for offsets, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Crop {
    pub(super) width: Fraction,
    pub(super) height: Fraction,
    pub(super) across: Fraction,
    pub(super) down: Fraction,
}

#[derive(Clone, Copy)]
pub(super) struct Fraction {
    pub(super) above: i32,
    /// From 1 on.
    pub(super) below: i32,
}

impl Fraction {
    /// Times 1 or -1.
    pub(super) fn signed(self, sign: i8) -> Self {
        Self { above: self.above.saturating_mul(sign.into()), below: self.below }
    }

    /// Where a part of this length begins in the middle of `whole` pixels, moved by `offset`, and its length, both in whole
    /// pixels; `None` for none.
    pub(super) fn placed(self, whole: u32, offset: Self) -> Option<(u32, u32)> {
        let length = nearest(self.above.into(), self.below.into()).clamp(0, whole.into());
        let (above, below) = (i128::from(offset.above), i128::from(offset.below));
        let room = i128::from(whole) - length;
        let start = nearest(room * below + 2 * above, 2 * below).clamp(0, room);
        let length = u32::try_from(length).ok().filter(|length| *length > 0)?;
        Some((u32::try_from(start).ok()?, length))
    }
}

/// The nearest whole number, a half rounded up.
fn nearest(above: i128, below: i128) -> i128 {
    (2 * above + below).div_euclid(2 * below)
}

impl<'a> Property<'a> {
    /// Reads a property; `None` if it is cut off, or says what cannot be.
    pub(super) fn read(property: Part<'a>) -> Option<Self> {
        let mut cursor = Cursor::new(property.body);
        Some(match &property.kind {
            b"ispe" => {
                cursor.u32_be()?;
                let (width, height) = (cursor.u32_be()?, cursor.u32_be()?);
                Self::Size(width, height)
            }
            b"colr" => match &cursor.array()? {
                b"nclx" => {
                    let mut number = || u8::try_from(cursor.u16_be()?).ok();
                    let [primaries, transfer, matrix] = [number()?, number()?, number()?];
                    let full_range = cursor.u8()? & 0x80 != 0;
                    Self::CodePoints(CodePoints { primaries, transfer, matrix, full_range })
                }
                b"prof" | b"rICC" => Self::Icc(cursor.rest()),
                _ => Self::Passed,
            },
            b"irot" => Self::Rotation(cursor.u8()? & 3),
            b"imir" => Self::Mirror { left_and_right: cursor.u8()? & 1 != 0 },
            b"clap" => {
                let mut fraction = |is_signed: bool| {
                    let [above, below] = [cursor.u32_be()?, cursor.u32_be()?];
                    let above = if is_signed {
                        above.cast_signed()
                    } else {
                        i32::try_from(above).unwrap_or(i32::MAX)
                    };
                    let below = i32::try_from(below).ok().filter(|below| *below > 0)?;
                    Some(Fraction { above, below })
                };
                Self::Crop(Crop {
                    width: fraction(false)?,
                    height: fraction(false)?,
                    across: fraction(true)?,
                    down: fraction(true)?,
                })
            }
            b"auxC" => {
                cursor.u32_be()?;
                let end = memchr::memchr(0, cursor.rest()).unwrap_or(cursor.rest().len());
                Self::Auxiliary(cursor.take(end)?)
            }
            b"pixi" | b"pasp" | b"rloc" | b"clli" | b"mdcv" | b"cclv" | b"amve" | b"altt"
            | b"udes" | b"crtt" | b"mdft" | b"hvcC" | b"av1C" | b"a1lx" | b"a1op" | b"lsel"
            | b"reve" | b"ndwt" => Self::Passed,
            _ => Self::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_placed_in_the_middle_and_within() {
        let whole = |above| Fraction { above, below: 1 };
        assert_eq!(whole(4).placed(10, whole(0)), Some((3, 4)));
        assert_eq!(whole(4).placed(10, whole(9)), Some((6, 4)));
        assert_eq!(whole(4).placed(10, whole(-9)), Some((0, 4)));
        assert_eq!(whole(40).placed(10, whole(1)), Some((0, 10)));
        assert_eq!(whole(3).placed(10, Fraction { above: 1, below: 2 }), Some((4, 3)));
        assert_eq!(Fraction { above: 5, below: 2 }.placed(9, whole(0)), Some((3, 3)));
        assert_eq!(whole(0).placed(10, whole(0)), None);
        let most = Fraction { above: i32::MAX, below: i32::MAX };
        let least = Fraction { above: i32::MIN, below: i32::MAX };
        assert_eq!(most.placed(u32::MAX, least), Some((2_147_483_646, 1)));
    }
}
