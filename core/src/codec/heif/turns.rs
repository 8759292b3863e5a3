//! What is done to a picture before it is shown: cropping, rotation and mirroring, in the order of an item's properties
//! (ISO/IEC 23008-12, section 6.5).

use super::properties::{Crop, Property};
use crate::orientation::Orientation;

/// A part of the stored picture, and how it is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// From stored to shown: x' = a x + b y, y' = c x + d y, but for where 0 lies.
    turn: [i8; 4],
}

impl View {
    /// All of a picture, as it is stored.
    pub(super) const fn all(width: u32, height: u32) -> Self {
        Self { left: 0, top: 0, width, height, turn: [1, 0, 0, 1] }
    }

    /// The view after a property, or `None` for a crop with nothing in it.
    pub(super) fn after(self, property: &Property<'_>) -> Option<Self> {
        let [a, b, c, d] = self.turn;
        let turn = match property {
            // A quarter turn against the clock: x' = y, y' = -x.
            Property::Rotation(quarters) => (0..*quarters).fold(self.turn, turned),
            Property::Mirror { left_and_right: true } => [-a, -b, c, d],
            Property::Mirror { left_and_right: false } => [a, b, -c, -d],
            Property::Crop(crop) => return self.cropped(crop),
            _ => self.turn,
        };
        Some(Self { turn, ..self })
    }

    /// The part of the part that is in the middle, but for an offset.
    fn cropped(self, crop: &Crop) -> Option<Self> {
        let [a, b, c, d] = self.turn;
        let swaps = a == 0;
        let (width, height) =
            if swaps { (crop.height, crop.width) } else { (crop.width, crop.height) };
        // The offsets' directions, as stored.
        let from = |x: i8, y: i8| match (x, y) {
            (0, sign) => crop.down.signed(sign),
            (sign, _) => crop.across.signed(sign),
        };
        // The inverse of a turn is its transpose.
        let (left, wide) = width.placed(self.width, from(a, c))?;
        let (top, high) = height.placed(self.height, from(b, d))?;
        Some(Self {
            left: self.left + left,
            top: self.top + top,
            width: wide,
            height: high,
            turn: self.turn,
        })
    }

    /// As EXIF counts.
    pub(super) fn orientation(&self) -> Orientation {
        Orientation::from_exif(match self.turn {
            [-1, 0, 0, 1] => 2,
            [-1, 0, 0, -1] => 3,
            [1, 0, 0, -1] => 4,
            [0, 1, 1, 0] => 5,
            [0, -1, 1, 0] => 6,
            [0, -1, -1, 0] => 7,
            [0, 1, -1, 0] => 8,
            _ => 1,
        })
    }
}

fn turned([a, b, c, d]: [i8; 4], _: u8) -> [i8; 4] {
    [c, d, -a, -b]
}

#[cfg(test)]
mod tests {
    use super::super::properties::Fraction;
    use super::*;

    fn number(properties: &[Property<'_>]) -> u8 {
        let view = View::all(5, 3);
        let view = properties.iter().fold(view, |view, property| view.after(property).unwrap());
        view.orientation().number()
    }

    #[test]
    fn turns_are_those_of_exif() {
        let rotations = [0, 1, 2, 3].map(|quarters| number(&[Property::Rotation(quarters)]));
        assert_eq!(rotations, [1, 8, 3, 6]);
        let mirrors =
            [false, true].map(|left_and_right| number(&[Property::Mirror { left_and_right }]));
        assert_eq!(mirrors, [4, 2]);
        let swap = || Property::Mirror { left_and_right: true };
        assert_eq!(number(&[Property::Rotation(1), swap()]), 7);
        assert_eq!(number(&[Property::Rotation(3), swap()]), 5);
        assert_eq!(number(&[swap(), Property::Rotation(1)]), 5);
        assert_eq!(number(&[swap(), swap()]), 1);
    }

    #[test]
    fn crops_are_of_what_is_turned_already() {
        let whole = |value| Fraction { above: value, below: 1 };
        let crop = Property::Crop(Crop {
            width: whole(4),
            height: whole(2),
            across: whole(1),
            down: whole(-2),
        });
        let plain = View::all(10, 8).after(&crop).unwrap();
        assert_eq!((plain.left, plain.top, plain.width, plain.height), (4, 1, 4, 2));
        // Turned against the clock, what is to the right was below, and what is above was to the right.
        let turned = View::all(10, 8).after(&Property::Rotation(1)).unwrap().after(&crop).unwrap();
        assert_eq!((turned.left, turned.top, turned.width, turned.height), (6, 3, 2, 4));
        let outside = Property::Crop(Crop {
            width: whole(0),
            height: whole(2),
            across: whole(0),
            down: whole(0),
        });
        assert_eq!(View::all(10, 8).after(&outside), None);
    }
}
