//! The kinds of blocks.

/// The kinds of blocks (RFC 6386, section 13.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
    pub(super) const ALL: [Self; 4] =
        [Self::LumaAfterFirst, Self::LumaFirst, Self::Chroma, Self::Luma];

    /// Its own of something that there is for each kind.
    pub(super) fn of<T>(self, all: &[T; 4]) -> &T {
        let [luma_after_first, luma_first, chroma, luma] = all;
        match self {
            Self::LumaAfterFirst => luma_after_first,
            Self::LumaFirst => luma_first,
            Self::Chroma => chroma,
            Self::Luma => luma,
        }
    }

    pub(super) fn of_mut<T>(self, all: &mut [T; 4]) -> &mut T {
        let [luma_after_first, luma_first, chroma, luma] = all;
        match self {
            Self::LumaAfterFirst => luma_after_first,
            Self::LumaFirst => luma_first,
            Self::Chroma => chroma,
            Self::Luma => luma,
        }
    }

    /// The first coefficient that it has.
    pub(super) const fn first(self) -> usize {
        match self {
            Self::LumaAfterFirst => 1,
            _ => 0,
        }
    }
}
