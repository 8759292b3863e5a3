//! Colours as they are compared: multiplied by their alpha, in steps of a 16th.

/// Whether a pixel is seen. Colours of different classes do not stand for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Transparent,
    Translucent,
    Opaque,
}

impl Class {
    pub(super) const ALL: [Self; 3] = [Self::Transparent, Self::Translucent, Self::Opaque];

    pub(super) const fn of(alpha: u8) -> Self {
        match alpha {
            0 => Self::Transparent,
            255 => Self::Opaque,
            _ => Self::Translucent,
        }
    }
}

/// Steps of a level.
pub(super) const STEPS: i32 = 16;

/// Premultiplied R, G and B, and alpha, from 0 to 255 * [`STEPS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour {
    pub(super) class: Class,
    pub(super) at: [i32; 4],
}

impl Colour {
    pub(super) fn of(pixel: [u8; 4]) -> Self {
        let [.., alpha] = pixel;
        let scaled = multiplied(pixel).map(|value| {
            i32::try_from((value * STEPS.unsigned_abs() + 127) / 255).unwrap_or_default()
        });
        Self { class: Class::of(alpha), at: scaled }
    }

    /// The nearest pixel of the same class.
    pub(super) fn straight(&self) -> [u8; 4] {
        let [r, g, b, alpha] = self.at;
        let rounded = (alpha + STEPS / 2) / STEPS;
        let alpha_8 = match self.class {
            Class::Transparent => return [0; 4],
            Class::Translucent => rounded.clamp(1, 254),
            Class::Opaque => 255,
        };
        // What the exact alpha divides rounds less than what its 8 bits do.
        let divisor = alpha.max(1);
        let level = |value: i32| ((value * 255 + divisor / 2) / divisor).clamp(0, 255);
        let byte = |value: i32| u8::try_from(value).unwrap_or(255);
        [byte(level(r)), byte(level(g)), byte(level(b)), byte(alpha_8)]
    }

    /// The square of the distance over black and over white, summed.
    #[inline(always)]
    pub(super) fn distance(&self, other: &Self) -> i32 {
        let ([r, g, b, alpha], [other_r, other_g, other_b, other_alpha]) = (self.at, other.at);
        let alpha = alpha - other_alpha;
        let squares = [r - other_r, g - other_g, b - other_b].map(|over_black| {
            let over_white = over_black - alpha;
            over_black * over_black + over_white * over_white
        });
        squares.iter().sum()
    }

    #[inline(always)]
    pub(super) const fn green(&self) -> i32 {
        let [_, green, ..] = self.at;
        green
    }
}

/// R, G and B multiplied by alpha, and alpha, each 255 times as large as a level.
pub(super) fn multiplied([r, g, b, alpha]: [u8; 4]) -> [u32; 4] {
    [r, g, b, 255].map(|value| u32::from(value) * u32::from(alpha))
}
