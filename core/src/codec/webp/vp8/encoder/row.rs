//! A row of macroblocks: what is above each, to its left, and what a decoder has made of them.

use super::super::frame::{BEYOND_ABOVE, begin_row};
use super::super::modes::SubblockMode;
use super::super::predict::{LEFT, STRIDE, Work, part, put};
use super::super::tables::COEFFICIENTS;
use super::coded::{Coded, Context, each_block};
use super::macroblock::Neighbours;
use super::tokens::{self, Counts};

/// What is known of the macroblocks above those of a row and of the one to the left.
pub(super) struct Row {
    above: Vec<Above>,
    left: (Context, [SubblockMode; 4]),
    luma: Work,
    chroma: Work,
    is_first: bool,
}

/// The last row of a macroblock.
#[derive(Clone, Copy)]
struct Above {
    luma: [u8; 16],
    chroma: [[u8; 8]; 2],
    context: Context,
    modes: [SubblockMode; 4],
}

impl Row {
    pub(super) fn new(wide: usize) -> Self {
        let above = Above {
            luma: [BEYOND_ABOVE; 16],
            chroma: [[BEYOND_ABOVE; 8]; 2],
            context: Context::default(),
            modes: [SubblockMode::Dc; 4],
        };
        Self {
            above: vec![above; wide],
            left: Default::default(),
            luma: [[0; STRIDE]; 17],
            chroma: [[0; STRIDE]; 17],
            is_first: true,
        }
    }

    pub(super) fn begin(&mut self, y: usize) {
        begin_row(&mut self.luma, &mut self.chroma, y);
        self.left = Default::default();
        self.is_first = y == 0;
    }

    /// Has a macroblock coded: `choose` gets what is next to it, and leaves there what a decoder makes of it.
    pub(super) fn code(
        &mut self,
        x: usize,
        choose: impl FnOnce(&Neighbours, &mut Work, &mut Work) -> Coded,
    ) -> Option<Coded> {
        let above = self.above.get(x)?;
        for row in &mut self.luma {
            let last: [u8; 1] = part(row, LEFT + 15);
            put(row, LEFT - 1, last);
        }
        for row in &mut self.chroma {
            for at in [LEFT, LEFT + 16] {
                let last: [u8; 1] = part(row, at + 7);
                put(row, at - 1, last);
            }
        }
        let ([luma, ..], [chroma, ..]) = (&mut self.luma, &mut self.chroma);
        put(luma, LEFT, above.luma);
        for (at, samples) in [LEFT, LEFT + 16].into_iter().zip(above.chroma) {
            put(chroma, at, samples);
        }
        // Above and to the right, which the last sub-blocks of the other rows see, too (section 12.3).
        let [.., last] = above.luma;
        let right = match self.above.get(x + 1) {
            _ if self.is_first => [BEYOND_ABOVE; 4],
            Some(next) => next.luma.first_chunk().copied().unwrap_or_default(),
            None => [last; 4],
        };
        self.luma.iter_mut().step_by(4).take(4).for_each(|row| put(row, LEFT + 16, right));
        let near = Neighbours {
            edges: (!self.is_first, x > 0),
            above: above.context,
            left: self.left.0,
            modes_above: above.modes,
            modes_left: self.left.1,
        };
        Some(choose(&near, &mut self.luma, &mut self.chroma))
    }

    /// The last macroblock as a decoder has it, with what is around it: luma and chroma.
    #[cfg(test)]
    pub(super) const fn samples(&self) -> (&Work, &Work) {
        (&self.luma, &self.chroma)
    }

    /// Counts the bits of a macroblock, and keeps what the next ones have to know of it.
    pub(super) fn leave(&mut self, x: usize, coded: &Coded, counts: &mut [Counts; 4]) {
        let Some(above) = self.above.get_mut(x) else { return };
        let (left, modes_left) = &mut self.left;
        each_block(coded, (&mut above.context, left), |kind, levels, context| {
            let probabilities = kind.of(&COEFFICIENTS);
            let counts = kind.of_mut(counts);
            tokens::block(levels, kind.first(), context, probabilities, counts)
        });
        let modes = coded.modes();
        for (row, left) in modes.as_chunks::<4>().0.iter().zip(modes_left) {
            let [.., last] = *row;
            *left = last;
            above.modes = *row;
        }
        let ([.., luma], chroma) = (&self.luma, self.chroma.get(8));
        above.luma = part(luma, LEFT);
        above.chroma = [LEFT, LEFT + 16].map(|at| chroma.map_or([0; 8], |row| part(row, at)));
    }
}
