//! What is written of a macroblock, and what those next to it have to know.

use super::super::modes::{Luma, Mode, SubblockMode};
use super::kind::Kind;

/// Levels of a block, in zigzag order.
pub(super) type Levels = [i16; 16];

/// What is written of a macroblock.
#[derive(Clone)]
pub(super) struct Coded {
    pub(super) segment: u8,
    pub(super) luma: Luma,
    pub(super) chroma: Mode,
    /// Of the block that holds luma's first coefficients, where luma is predicted as a whole.
    pub(super) luma_first: Levels,
    /// 16 blocks of luma, 4 of U and 4 of V.
    pub(super) blocks: [Levels; 24],
}

impl Coded {
    /// The modes of its sub-blocks, for those next to it.
    pub(super) fn modes(&self) -> [SubblockMode; 16] {
        match &self.luma {
            Luma::Whole(mode) => [mode.as_subblock(); 16],
            Luma::Subblocks(modes) => *modes,
        }
    }

    /// Whether it has no coefficients.
    pub(super) fn is_empty(&self) -> bool {
        self.luma_first == [0; 16] && self.blocks.iter().all(|levels| *levels == [0; 16])
    }
}

/// Whether the blocks above a macroblock, or to its left, have levels: 4 of luma, 2 of U, 2 of V, and the one that holds
/// luma's first coefficients.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    pub(super) luma: [bool; 4],
    pub(super) chroma: [[bool; 2]; 2],
    pub(super) luma_first: bool,
}

/// Gives a macroblock's blocks to `code` in their order, each with how many of its neighbours have levels; it says whether
/// the block has. Keeps what the next ones have to know of those above and to the left.
pub(super) fn each_block(
    coded: &Coded,
    (above, left): (&mut Context, &mut Context),
    mut code: impl FnMut(Kind, &Levels, usize) -> bool,
) {
    let is_whole = matches!(coded.luma, Luma::Whole(_));
    if coded.is_empty() {
        for context in [above, left] {
            *context =
                Context { luma_first: context.luma_first && !is_whole, ..Context::default() };
        }
        return;
    }
    let mut one = |kind, levels, above: &mut bool, left: &mut bool| {
        let any = code(kind, levels, usize::from(*above) + usize::from(*left));
        (*above, *left) = (any, any);
    };
    let kind = if is_whole {
        one(Kind::LumaFirst, &coded.luma_first, &mut above.luma_first, &mut left.luma_first);
        Kind::LumaAfterFirst
    } else {
        Kind::Luma
    };
    let mut levels = coded.blocks.iter();
    for left in &mut left.luma {
        for above in &mut above.luma {
            levels.next().into_iter().for_each(|levels| one(kind, levels, above, left));
        }
    }
    for (above, left) in above.chroma.iter_mut().zip(&mut left.chroma) {
        for left in left {
            for above in above.iter_mut() {
                levels.next().into_iter().for_each(|levels| one(Kind::Chroma, levels, above, left));
            }
        }
    }
}
