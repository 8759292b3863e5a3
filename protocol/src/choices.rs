//! The choices that a request makes by number, with their names in JSON and on command lines.

use std::fmt;

/// The format of a thumbnail.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// JPEG: 4:2:0 below quality 90, 4:4:4 from there on; grey stays grey. Baseline, or progressive where that is asked for or, at
    /// the highest effort, smaller.
    #[default]
    Jpeg = 0,
    /// PNG in the smallest form that is exact: grey or RGB of 8 bits, with alpha where there is any, grey of fewer bits, or a
    /// palette.
    Png = 1,
    /// WebP: lossy at the request's quality, or lossless where the request says so.
    WebP = 2,
}

/// How the picture meets its box.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Fits the picture inside the box and keeps its proportions. It is not enlarged unless `enlarge` is set.
    #[default]
    Inside = 0,
    /// Fills the box, keeps the proportions, and crops the excess as the [`Gravity`] says. Both sides must be set.
    /// Without `enlarge`, a side is never larger than the picture's.
    Cover = 1,
    /// Scales each side to the box and ignores the proportions. Both sides must be set. Without `enlarge`, each side
    /// is at most the picture's.
    Stretch = 2,
    /// Fits the picture inside the box as [`Fit::Inside`] does, then pads it to the box with the background: transparent
    /// if none is set and the format has alpha, else white. Both sides must be set.
    Contain = 3,
}

/// The part of the picture that [`Fit::Cover`] keeps. Directions are the upright picture's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gravity {
    /// The middle.
    #[default]
    Centre,
    /// The top.
    North,
    /// The top right corner.
    NorthEast,
    /// The right side.
    East,
    /// The bottom right corner.
    SouthEast,
    /// The bottom.
    South,
    /// The bottom left corner.
    SouthWest,
    /// The left side.
    West,
    /// The top left corner.
    NorthWest,
    /// The crop's centre is this point, or as near to it as the picture's edges allow.
    Focal {
        /// From the left edge, of 65,535 parts of the width.
        x: u16,
        /// From the top edge, of 65,535 parts of the height.
        y: u16,
    },
    /// The crop with the most to look at: edges, strong colours, skin.
    Attention,
}

/// The colour space of a thumbnail.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Colour {
    /// sRGB.
    #[default]
    Srgb = 0,
    /// The picture's own, if it is RGB or grey with an ICC profile, which the thumbnail then carries; else sRGB.
    Keep = 1,
}

/// The frames of an animation that a thumbnail has.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Frames {
    /// One, as a still.
    #[default]
    First = 0,
    /// All: an animated WebP. A still stays one.
    All = 1,
}

/// How many samples of colour a JPEG has.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subsampling {
    /// 4:2:0 below quality 90, 4:4:4 from there on.
    #[default]
    ByQuality = 0,
    /// 4:2:0: one for four pixels.
    Quarter = 1,
    /// 4:4:4: one for each pixel.
    Full = 2,
}

/// Whether a JPEG is progressive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Progressive {
    /// Where that makes the file smaller.
    #[default]
    IfSmaller,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Subsampling {
    /// Every choice, in the order of the numbers.
    pub const ALL: [Self; 3] = [Self::ByQuality, Self::Quarter, Self::Full];

    /// The name in JSON and on command lines: `"auto"`, `"4:2:0"` or `"4:4:4"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByQuality => "auto",
            Self::Quarter => "4:2:0",
            Self::Full => "4:4:4",
        }
    }

    /// The choice with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| *choice as u8 == number)
    }
}

impl OutputFormat {
    /// Every format that is written, in the order of the numbers.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// The name in JSON and on command lines: `"jpeg"`, `"png"` or `"webp"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    /// The format with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|format| *format as u32 == number)
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        })
    }
}

impl Fit {
    /// Every fit, in the order of the numbers.
    pub const ALL: [Self; 4] = [Self::Inside, Self::Cover, Self::Stretch, Self::Contain];

    /// Those that message 100 knows before version 3, and message 102 before version 2.
    pub(crate) const FIRST: [Self; 3] = [Self::Inside, Self::Cover, Self::Stretch];

    /// The name in JSON and on command lines: `"inside"`, `"cover"`, `"stretch"` or `"contain"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Cover => "cover",
            Self::Stretch => "stretch",
            Self::Contain => "contain",
        }
    }

    /// The fit with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|fit| *fit as u8 == number)
    }
}

impl Gravity {
    /// Those that are told by their number alone, in the order of the numbers.
    const COMPASS: [Self; 9] = [
        Self::Centre,
        Self::North,
        Self::NorthEast,
        Self::East,
        Self::SouthEast,
        Self::South,
        Self::SouthWest,
        Self::West,
        Self::NorthWest,
    ];
    /// The number of [`Gravity::Focal`].
    const FOCAL: u8 = 9;
    /// The number of [`Gravity::Attention`].
    const ATTENTION: u8 = 10;

    /// The number in a request.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Centre => 0,
            Self::North => 1,
            Self::NorthEast => 2,
            Self::East => 3,
            Self::SouthEast => 4,
            Self::South => 5,
            Self::SouthWest => 6,
            Self::West => 7,
            Self::NorthWest => 8,
            Self::Focal { .. } => Self::FOCAL,
            Self::Attention => Self::ATTENTION,
        }
    }

    /// The point in a request; zeros for all but a focal one.
    #[must_use]
    pub const fn focal(self) -> [u16; 2] {
        match self {
            Self::Focal { x, y } => [x, y],
            _ => [0; 2],
        }
    }

    /// What a request says. The point counts only for number 9.
    #[must_use]
    pub fn from_number(number: u8, [x, y]: [u16; 2]) -> Option<Self> {
        match number {
            Self::FOCAL => Some(Self::Focal { x, y }),
            Self::ATTENTION => Some(Self::Attention),
            _ => Self::COMPASS.get(usize::from(number)).copied(),
        }
    }

    /// What a position's words say, which are those of CSS and of sharp: `"top"`, `"right top"`, `"centre"`, `"northeast"`,
    /// `"attention"`. Of two words, one is `left` or `right` and the other `top` or `bottom`, in either order; `centre`
    /// (or `center`) may stand for either.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        let named = Self::COMPASS.into_iter().chain([Self::Attention]);
        if let Some(found) = named.into_iter().find(|gravity| gravity.name() == Some(words)) {
            return Some(found);
        }
        let (mut across, mut down) = (None, None);
        let mut count = 0;
        for word in words.split(' ') {
            count += 1;
            let place = match word {
                "left" => across.replace(0),
                "right" => across.replace(2),
                "top" => down.replace(0),
                "bottom" => down.replace(2),
                "centre" | "center" => None,
                _ => return None,
            };
            if place.is_some() || count > 2 {
                return None;
            }
        }
        Some(match (across.unwrap_or(1), down.unwrap_or(1)) {
            (0, 0) => Self::NorthWest,
            (1, 0) => Self::North,
            (2, 0) => Self::NorthEast,
            (0, 1) => Self::West,
            (1, 1) => Self::Centre,
            (2, 1) => Self::East,
            (0, _) => Self::SouthWest,
            (1, _) => Self::South,
            _ => Self::SouthEast,
        })
    }

    /// Every text of [`Gravity::from_words`], in the order of the alphabet.
    #[must_use]
    pub fn words() -> Vec<(String, Self)> {
        let sides = ["left", "right", "top", "bottom", "centre", "center"];
        let pairs = sides.map(|one| sides.map(|other| format!("{one} {other}")));
        let names = Self::COMPASS.into_iter().chain([Self::Attention]).filter_map(Self::name);
        let texts = names.chain(sides).map(str::to_owned).chain(pairs.into_iter().flatten());
        let mut words: Vec<_> = texts
            .filter_map(|text| Self::from_words(&text).map(|gravity| (text, gravity)))
            .collect();
        words.sort_by(|(one, _), (other, _)| one.cmp(other));
        words.dedup();
        words
    }

    /// The name of one word; `None` for a focal point.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Centre => "centre",
            Self::North => "north",
            Self::NorthEast => "northeast",
            Self::East => "east",
            Self::SouthEast => "southeast",
            Self::South => "south",
            Self::SouthWest => "southwest",
            Self::West => "west",
            Self::NorthWest => "northwest",
            Self::Focal { .. } => return None,
            Self::Attention => "attention",
        })
    }
}

impl Frames {
    /// Every choice, in the order of the numbers.
    pub const ALL: [Self; 2] = [Self::First, Self::All];

    /// The name in JSON and on command lines: `"first"` or `"all"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::All => "all",
        }
    }

    /// The choice with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| *choice as u8 == number)
    }
}

impl Colour {
    /// Every choice, in the order of the numbers.
    pub const ALL: [Self; 2] = [Self::Srgb, Self::Keep];

    /// The name in JSON and on command lines: `"srgb"` or `"keep"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Srgb => "srgb",
            Self::Keep => "keep",
        }
    }

    /// The choice with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| *choice as u8 == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_in_order() {
        for (number, format) in (0..).zip(OutputFormat::ALL) {
            assert_eq!(OutputFormat::from_number(number), Some(format));
        }
        for (number, fit) in (0..).zip(Fit::ALL) {
            assert_eq!(Fit::from_number(number), Some(fit));
        }
        for (number, choice) in (0..).zip(Subsampling::ALL) {
            assert_eq!(Subsampling::from_number(number), Some(choice));
        }
        for (number, choice) in (0..).zip(Colour::ALL) {
            assert_eq!(Colour::from_number(number), Some(choice));
        }
        for (number, choice) in (0..).zip(Frames::ALL) {
            assert_eq!(Frames::from_number(number), Some(choice));
        }
        assert_eq!((OutputFormat::from_number(3), Fit::from_number(4)), (None, None));
    }

    #[test]
    fn gravities_are_their_numbers_and_words() {
        for number in 0..=10 {
            let gravity = Gravity::from_number(number, [3, 4]).unwrap();
            assert_eq!(gravity.number(), number);
            assert_eq!(gravity.focal(), if number == 9 { [3, 4] } else { [0; 2] });
            if let Some(name) = gravity.name() {
                assert_eq!(Gravity::from_words(name), Some(gravity));
            }
        }
        assert_eq!(Gravity::from_number(11, [0; 2]), None);
        for (words, gravity) in [
            ("top", Gravity::North),
            ("right top", Gravity::NorthEast),
            ("top right", Gravity::NorthEast),
            ("left", Gravity::West),
            ("left centre", Gravity::West),
            ("center bottom", Gravity::South),
            ("center", Gravity::Centre),
            ("center center", Gravity::Centre),
            ("bottom left", Gravity::SouthWest),
            ("right bottom", Gravity::SouthEast),
        ] {
            assert_eq!(Gravity::from_words(words), Some(gravity), "{words}");
        }
        for words in
            ["", "top top", "left right", "top left centre", "Top", "north east", "entropy"]
        {
            assert_eq!(Gravity::from_words(words), None, "{words}");
        }
    }
}
