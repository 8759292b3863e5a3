//! The encoder of VP8 key frames (RFC 6386).
//!
//! Planes are made of the picture. Each macroblock gets a segment by how much of it is texture, and then its modes and
//! levels by what they lose and what they cost. Costs are of the probabilities that suit what was coded so far. When all
//! levels are known, the probabilities that suit them all are written, and then the levels.

mod bool_encoder;
mod cost;
mod effort;
mod forward;
mod frame;
mod header;
mod macroblock;
mod planes;
mod quality;
mod quantizer;
mod row;
mod segments;
mod tokens;

pub(in crate::codec::webp) use frame::encode;
pub(in crate::codec::webp) use planes::Planes;

/// The kinds of blocks (RFC 6386, section 13.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Luma whose first coefficient is in a block of its own.
    LumaAfterFirst,
    /// The first coefficients of a macroblock's luma.
    LumaFirst,
    Chroma,
    Luma,
}

impl Kind {
    /// Each, in the order of the tables.
    #[cfg(test)]
    const ALL: [Self; 4] = [Self::LumaAfterFirst, Self::LumaFirst, Self::Chroma, Self::Luma];

    /// Its own of something that there is for each kind.
    fn of<T>(self, all: &[T; 4]) -> &T {
        let [luma_after_first, luma_first, chroma, luma] = all;
        match self {
            Self::LumaAfterFirst => luma_after_first,
            Self::LumaFirst => luma_first,
            Self::Chroma => chroma,
            Self::Luma => luma,
        }
    }

    fn of_mut<T>(self, all: &mut [T; 4]) -> &mut T {
        let [luma_after_first, luma_first, chroma, luma] = all;
        match self {
            Self::LumaAfterFirst => luma_after_first,
            Self::LumaFirst => luma_first,
            Self::Chroma => chroma,
            Self::Luma => luma,
        }
    }

    /// The first coefficient that it has.
    const fn first(self) -> usize {
        match self {
            Self::LumaAfterFirst => 1,
            _ => 0,
        }
    }
}
