//! The choice of a macroblock's modes and levels, by what they lose and what they cost.

use wide::{bytemuck, i16x8};

use super::super::super::lanes::widened;
use super::super::modes::{Luma, Mode, SubblockMode};
use super::super::predict::{self, LEFT, Work, add, part, put, whole};
use super::super::transform::{inverse_dct, inverse_walsh_hadamard};
use super::coded::{Coded, Context};
use super::cost::{self, AllCosts, MODES};
use super::effort::{Effort, Trellis};
use super::forward::{Coefficients, dct, walsh_hadamard};
use super::kind::Kind;
use super::planes::Source;
use super::quality::Steps;
use super::quantizer::{ERROR_WEIGHT, Matrix, Quantized};

/// What is next to a macroblock.
pub(super) struct Neighbours {
    /// Whether there are macroblocks above and to the left.
    pub(super) edges: (bool, bool),
    pub(super) above: Context,
    pub(super) left: Context,
    pub(super) modes_above: [SubblockMode; 4],
    pub(super) modes_left: [SubblockMode; 4],
}

/// What a bit of a level counts, in 16ths of one of a mode: SSIMULACRA2 misses what small levels show more than their
/// squares say.
const LEVEL_BIT: u64 = 5;

/// The modes of luma as a whole, and of chroma.
const WHOLE_MODES: [Mode; 4] = [Mode::Dc, Mode::TrueMotion, Mode::Vertical, Mode::Horizontal];

/// How modes and levels are chosen.
pub(super) struct Chooser<'a> {
    pub(super) steps: &'a Steps,
    pub(super) costs: &'a AllCosts,
    pub(super) effort: Effort,
}

/// Luma that is predicted as a whole.
struct Whole {
    mode: Mode,
    coefficients: [Coefficients; 16],
    score: u64,
}

impl Chooser<'_> {
    fn score(&self, error: u64, cost: u32) -> u64 {
        (error << ERROR_WEIGHT) + self.steps.lambda * u64::from(cost)
    }

    /// Chooses, and puts what a decoder makes of it into `luma` and `chroma`, which have what is above and to the left.
    pub(super) fn choose(
        &self,
        source: &Source,
        near: &Neighbours,
        luma: &mut Work,
        chroma: &mut Work,
        segment: u8,
    ) -> Coded {
        let mut coded = Coded {
            segment,
            luma: Luma::Whole(Mode::Dc),
            chroma: Mode::Dc,
            luma_first: [0; 16],
            blocks: [[0; 16]; 24],
        };
        let whole = self.best_whole(source, near, luma);
        if self.effort.modes == 0 || !self.subblocks(source, near, luma, whole.score, &mut coded) {
            self.put_whole(&whole, near, luma, &mut coded);
        }
        self.chroma(source, near, chroma, &mut coded);
        coded
    }

    /// The best mode of luma as a whole.
    fn best_whole(&self, source: &Source, near: &Neighbours, work: &mut Work) -> Whole {
        let mut best = Whole { mode: Mode::Dc, coefficients: [[0; 16]; 16], score: u64::MAX };
        for mode in WHOLE_MODES {
            whole::<16>(work, LEFT, mode, near.edges);
            let mut coefficients = [[0; 16]; 16];
            for (index, to) in coefficients.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                let (x, y) = (index % 2 * 8, index / 2 * 4);
                *to = dct(differences(&source.luma, x, work, LEFT + x, y));
            }
            let (first, blocks) = self.quantize_whole(
                &coefficients,
                near,
                self.effort.trellis == Trellis::Everywhere,
            );
            let mut cost = cost::path(cost::whole_path(mode)) + first.1;
            let mut error = first.2;
            for (block, bits) in &blocks {
                error += block.error;
                cost += bits;
            }
            let score = self.score(error, cost);
            if score < best.score {
                best = Whole { mode, coefficients, score };
            }
        }
        best
    }

    /// The levels of luma as a whole: of the block of first coefficients with their cost and error, and of the others with
    /// their costs.
    fn quantize_whole(
        &self,
        coefficients: &[Coefficients; 16],
        near: &Neighbours,
        trellis: bool,
    ) -> ((Quantized, u32, u64), [(Quantized, u32); 16]) {
        let firsts = coefficients.map(|[first, ..]| first);
        let context = usize::from(near.above.luma_first) + usize::from(near.left.luma_first);
        let transformed = walsh_hadamard(&firsts);
        let (first, cost) = self.quantize(
            &self.steps.matrices.luma_first,
            &transformed,
            Kind::LumaFirst,
            context,
            trellis,
        );
        let restored = inverse_walsh_hadamard(&first.values);
        let lost = firsts.iter().zip(restored).map(|(a, b)| i64::from(*a) - i64::from(b));
        let error = lost.map(|lost| (lost * lost).cast_unsigned()).sum();
        let (mut above, mut left) = (near.above.luma, near.left.luma);
        let mut blocks = [(Quantized::default(), 0); 16];
        for (index, (to, block)) in blocks.iter_mut().zip(coefficients).enumerate() {
            let (Some(above), Some(left)) = (above.get_mut(index % 4), left.get_mut(index / 4))
            else {
                continue;
            };
            let context = usize::from(*above) + usize::from(*left);
            let matrix = &self.steps.matrices.luma;
            *to = self.quantize(matrix, block, Kind::LumaAfterFirst, context, trellis);
            (*above, *left) = (to.0.any(), to.0.any());
        }
        for ((block, _), value) in blocks.iter_mut().zip(restored) {
            let [to, ..] = &mut block.values;
            *to = value;
        }
        ((first, cost, error), blocks)
    }

    /// The levels of a block, and what they cost.
    #[inline]
    fn quantize(
        &self,
        matrix: &Matrix,
        coefficients: &Coefficients,
        kind: Kind,
        context: usize,
        trellis: bool,
    ) -> (Quantized, u32) {
        let (costs, first) = (self.costs.of(kind), kind.first());
        let found = if trellis {
            matrix.best(coefficients, first, context, costs, self.steps.lambda * LEVEL_BIT / 16)
        } else {
            matrix.nearest(coefficients, first)
        };
        (found, cost::block(costs, &found.levels, first, context))
    }

    /// As [`Chooser::quantize`], of a sub-block; `None` if its error and its mode alone are no better than `limit`.
    #[inline]
    fn quantize_below(
        &self,
        coefficients: &Coefficients,
        context: usize,
        mode_cost: u32,
        limit: u64,
    ) -> Option<(Quantized, u32)> {
        let matrix = &self.steps.matrices.luma;
        if self.effort.trellis == Trellis::Everywhere {
            return Some(self.quantize(matrix, coefficients, Kind::Luma, context, true));
        }
        let found = matrix.nearest(coefficients, 0);
        if self.score(found.error, mode_cost) >= limit {
            return None;
        }
        let cost = cost::block(self.costs.of(Kind::Luma), &found.levels, 0, context);
        Some((found, cost))
    }

    fn put_whole(&self, best: &Whole, near: &Neighbours, work: &mut Work, coded: &mut Coded) {
        let ((first, ..), blocks) =
            self.quantize_whole(&best.coefficients, near, self.effort.trellis > Trellis::Nowhere);
        coded.luma = Luma::Whole(best.mode);
        coded.luma_first = first.levels;
        whole::<16>(work, LEFT, best.mode, near.edges);
        for (index, [left, right]) in blocks.as_chunks::<2>().0.iter().enumerate() {
            let residue = inverse_dct(&left.0.values, &right.0.values);
            add::<8>(work, LEFT + index % 2 * 8, index / 2 * 4, residue);
        }
        for (to, (block, _)) in coded.blocks.iter_mut().zip(blocks) {
            *to = block.levels;
        }
    }

    /// Chooses sub-blocks' modes as long as they are better than `limit`. Says whether they are; else the blocks are those
    /// of another choice.
    fn subblocks(
        &self,
        source: &Source,
        near: &Neighbours,
        work: &mut Work,
        limit: u64,
        coded: &mut Coded,
    ) -> bool {
        let mut score = self.score(0, cost::path(cost::SUBBLOCKS));
        let mut modes = [SubblockMode::Dc; 16];
        let (mut modes_above, mut modes_left) = (near.modes_above, near.modes_left);
        let (mut above, mut left) = (near.above.luma, near.left.luma);
        let blocks = coded.blocks.iter_mut().zip(&mut modes).enumerate();
        for (index, (levels, chosen)) in blocks.take(16) {
            let (column, row) = (index % 4, index / 4);
            let (Some(mode_above), Some(mode_left), Some(above), Some(left)) = (
                modes_above.get_mut(column),
                modes_left.get_mut(row),
                above.get_mut(column),
                left.get_mut(row),
            ) else {
                continue;
            };
            let context = usize::from(*above) + usize::from(*left);
            let mode_costs = cost::subblock_modes(*mode_above, *mode_left);
            let (x, y) = (column * 4, row * 4);
            let Some(rows) = source.luma.get(y..).and_then(<[_]>::first_chunk::<4>) else {
                continue;
            };
            let rows = rows.map(|row| {
                row.get(x..).and_then(|row| row.first_chunk::<4>()).copied().unwrap_or_default()
            });
            let best = self.best_subblock(rows, work, (LEFT + x, y), mode_costs, context);
            let (quantized, bits) = if self.effort.trellis == Trellis::Chosen {
                self.quantize(
                    &self.steps.matrices.luma,
                    &best.coefficients,
                    Kind::Luma,
                    context,
                    true,
                )
            } else {
                (best.quantized, best.cost)
            };
            score += self.score(quantized.error, bits + best.mode_cost);
            if score >= limit {
                return false;
            }
            *chosen = best.mode;
            *levels = quantized.levels;
            (*mode_above, *mode_left) = (best.mode, best.mode);
            (*above, *left) = (quantized.any(), quantized.any());
            for (row, samples) in work.iter_mut().skip(y + 1).zip(best.predicted) {
                put(row, LEFT + x, samples);
            }
            if quantized.any() {
                add::<4>(work, LEFT + x, y, inverse_dct(&quantized.values, &[0; 16]));
            }
        }
        coded.luma = Luma::Subblocks(modes);
        true
    }

    /// The best mode of a sub-block.
    fn best_subblock(
        &self,
        source: [[u8; 4]; 4],
        work: &Work,
        (x, y): (usize, usize),
        mode_costs: &[u16; 10],
        context: usize,
    ) -> Subblock {
        let around = predict::around(work, x, y);
        let source = source.map(|row| twice(row, row));
        let mut best = Subblock { score: u64::MAX, ..Subblock::default() };
        let pairs = MODES.as_chunks::<2>().0.iter().zip(mode_costs.as_chunks::<2>().0);
        for (modes, mode_costs) in pairs.take(self.effort.modes / 2) {
            let [a, b] = modes.map(|mode| around.predict(mode));
            let mut rows = source;
            for (row, (a, b)) in rows.iter_mut().zip(a.iter().zip(&b)) {
                *row -= twice(*a, *b);
            }
            let candidates = modes.iter().zip(mode_costs).zip([a, b]).zip(dct(rows));
            for (((mode, mode_cost), predicted), coefficients) in candidates {
                let mode_cost = u32::from(*mode_cost);
                let Some((quantized, cost)) =
                    self.quantize_below(&coefficients, context, mode_cost, best.score)
                else {
                    continue;
                };
                let score = self.score(quantized.error, cost + mode_cost);
                if score < best.score {
                    let mode = *mode;
                    best = Subblock {
                        score,
                        mode,
                        mode_cost,
                        predicted,
                        coefficients,
                        quantized,
                        cost,
                    };
                }
            }
        }
        best
    }

    /// Chooses the mode of chroma.
    fn chroma(&self, source: &Source, near: &Neighbours, work: &mut Work, coded: &mut Coded) {
        let mut best = (u64::MAX, Mode::Dc, [[0; 16]; 8]);
        for mode in WHOLE_MODES {
            let mut coefficients = [[0; 16]; 8];
            for (at, from) in [(LEFT, 0), (LEFT + 16, 8)] {
                whole::<8>(work, at, mode, near.edges);
                let pairs = coefficients.as_chunks_mut::<2>().0.iter_mut().skip(from / 4);
                for (row, to) in pairs.take(2).enumerate() {
                    *to = dct(differences(&source.chroma, from, work, at, row * 4));
                }
            }
            let blocks = self.quantize_chroma(
                &coefficients,
                near,
                self.effort.trellis == Trellis::Everywhere,
            );
            let error = blocks.iter().map(|(block, _)| block.error).sum();
            let cost = blocks.iter().map(|(_, cost)| cost).sum::<u32>();
            let score = self.score(error, cost + cost::path(cost::chroma_path(mode)));
            if score < best.0 {
                best = (score, mode, coefficients);
            }
        }
        let (_, mode, coefficients) = best;
        let blocks =
            self.quantize_chroma(&coefficients, near, self.effort.trellis > Trellis::Nowhere);
        coded.chroma = mode;
        for (at, from) in [(LEFT, 0), (LEFT + 16, 2)] {
            whole::<8>(work, at, mode, near.edges);
            let pairs = blocks.as_chunks::<2>().0.iter().skip(from).take(2);
            for (row, [left, right]) in pairs.enumerate() {
                add::<8>(work, at, row * 4, inverse_dct(&left.0.values, &right.0.values));
            }
        }
        for (to, (block, _)) in coded.blocks.iter_mut().skip(16).zip(blocks) {
            *to = block.levels;
        }
    }

    fn quantize_chroma(
        &self,
        coefficients: &[Coefficients; 8],
        near: &Neighbours,
        trellis: bool,
    ) -> [(Quantized, u32); 8] {
        let mut blocks = [(Quantized::default(), 0); 8];
        let (mut above, mut left) = (near.above.chroma, near.left.chroma);
        for (index, (to, block)) in blocks.iter_mut().zip(coefficients).enumerate() {
            let above = above.get_mut(index / 4).and_then(|plane| plane.get_mut(index % 2));
            let left = left.get_mut(index / 4).and_then(|plane| plane.get_mut(index / 2 % 2));
            let (Some(above), Some(left)) = (above, left) else { continue };
            let context = usize::from(*above) + usize::from(*left);
            *to = self.quantize(&self.steps.matrices.chroma, block, Kind::Chroma, context, trellis);
            (*above, *left) = (to.0.any(), to.0.any());
        }
        blocks
    }
}

/// A sub-block's prediction and its levels.
#[derive(Default)]
struct Subblock {
    score: u64,
    mode: SubblockMode,
    mode_cost: u32,
    predicted: [[u8; 4]; 4],
    coefficients: Coefficients,
    quantized: Quantized,
    cost: u32,
}

/// Two rows of four samples side by side.
#[inline(always)]
fn twice(left: [u8; 4], right: [u8; 4]) -> i16x8 {
    widened(bytemuck::cast([left, right]))
}

/// Four rows of eight samples less their predictions.
#[inline(always)]
fn differences(source: &[[u8; 16]], from: usize, work: &Work, at: usize, y: usize) -> [i16x8; 4] {
    let mut rows = [i16x8::ZERO; 4];
    let pairs = source.iter().skip(y).zip(work.iter().skip(y + 1));
    for (to, (source, predicted)) in rows.iter_mut().zip(pairs) {
        let source = source.get(from..).and_then(|row| row.first_chunk()).copied();
        *to = widened(source.unwrap_or_default()) - widened(part(predicted, at));
    }
    rows
}
