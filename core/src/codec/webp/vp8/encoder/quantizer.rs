//! Coefficients to levels and back (RFC 6386, sections 9.6 and 14.1).

use super::super::coefficients::ZIGZAG;
use super::super::header::Factors;
use super::cost::{Costs, HIGHEST, Place, at};
use super::forward::Coefficients;

/// Bits of fraction of a reciprocal.
const FRACTION: u32 = 17;
/// Where a level is rounded up where nothing else decides, of 256 parts.
const ROUNDING: u32 = 104;

/// The steps of a kind of block.
#[derive(Clone, Copy)]
pub(super) struct Matrix {
    /// By coefficient, in rows.
    steps: [u16; 16],
    reciprocals: [u16; 16],
}

/// A block's levels, and what a decoder makes of them.
#[derive(Clone, Copy, Default)]
pub(super) struct Quantized {
    /// In zigzag order.
    pub(super) levels: [i16; 16],
    /// Levels times steps, in rows.
    pub(super) values: Coefficients,
    /// The squares of what is lost.
    pub(super) error: u64,
}

impl Quantized {
    /// Whether any level is not 0.
    pub(super) fn any(&self) -> bool {
        self.levels != [0; 16]
    }
}

/// The matrices of a segment.
#[derive(Clone, Copy)]
pub(super) struct Matrices {
    pub(super) luma: Matrix,
    pub(super) luma_first: Matrix,
    pub(super) chroma: Matrix,
}

impl Matrices {
    pub(super) fn new(factors: &Factors) -> Self {
        Self {
            luma: Matrix::new(factors.luma),
            luma_first: Matrix::new(factors.luma_dc),
            chroma: Matrix::new(factors.chroma),
        }
    }
}

impl Matrix {
    fn new([first, others]: [i32; 2]) -> Self {
        let [first, others] = [first, others].map(|step| u16::try_from(step).unwrap_or(4).max(4));
        let mut steps = [others; 16];
        let [to, ..] = &mut steps;
        *to = first;
        // A step of 4 or more has a reciprocal of 16 bits.
        let reciprocals =
            steps.map(|step| u16::try_from((1 << FRACTION) / u32::from(step)).unwrap_or(1 << 15));
        Self { steps, reciprocals }
    }

    /// The nearest levels, rather too small. Coefficients before `first` are passed over.
    #[inline]
    pub(super) fn nearest(&self, coefficients: &Coefficients, first: usize) -> Quantized {
        let mut rows = [0_i16; 16];
        let mut values = [0_i16; 16];
        let mut error = 0_u32;
        let steps = self.steps.iter().zip(&self.reciprocals);
        let results = rows.iter_mut().zip(&mut values);
        for ((value, (step, reciprocal)), (level, kept)) in
            coefficients.iter().zip(steps).zip(results)
        {
            let magnitude = value.unsigned_abs();
            let exact = u32::from(magnitude) * u32::from(*reciprocal);
            let whole = ((exact + (ROUNDING << (FRACTION - 8))) >> FRACTION).min(HIGHEST.into());
            let [low, high, ..] = whole.to_le_bytes();
            let whole = i16::from_le_bytes([low, high]);
            let sign = *value >> 15;
            *level = (whole ^ sign) - sign;
            *kept = level.wrapping_mul(step.cast_signed());
            let lost = i32::from(value.wrapping_sub(*kept));
            error = error.wrapping_add((lost * lost).cast_unsigned());
        }
        if first == 1 {
            let ([level, ..], [kept, ..], [value, ..]) = (&mut rows, &mut values, coefficients);
            let lost = i32::from(value.wrapping_sub(*kept));
            error = error.wrapping_sub((lost * lost).cast_unsigned());
            (*level, *kept) = (0, 0);
        }
        let mut levels = [0; 16];
        for (to, place) in levels.iter_mut().zip(ZIGZAG) {
            *to = rows.get(usize::from(place & 15)).copied().unwrap_or(0);
        }
        Quantized { levels, values, error: error.into() }
    }

    /// The levels of the least `score`: of the squares of what is lost, and of `lambda` times what they cost.
    pub(super) fn best(
        &self,
        coefficients: &Coefficients,
        first: usize,
        context: usize,
        costs: &Costs,
        lambda: u64,
    ) -> Quantized {
        let mut found = Quantized::default();
        let mut magnitudes = [Candidate::default(); 16];
        let mut last = None;
        for (position, (to, place)) in magnitudes.iter_mut().zip(ZIGZAG).enumerate().skip(first) {
            let place = usize::from(place & 15);
            let (Some(value), Some(step), Some(reciprocal)) =
                (coefficients.get(place), self.steps.get(place), self.reciprocals.get(place))
            else {
                continue;
            };
            let magnitude = value.unsigned_abs();
            let exact = u32::from(magnitude) * u32::from(*reciprocal) + (1 << (FRACTION - 1));
            let nearest = u16::try_from(exact >> FRACTION).unwrap_or(HIGHEST).min(HIGHEST);
            *to = Candidate { magnitude, step: *step, nearest };
            if nearest > 0 {
                last = Some(position);
            }
            found.error += u64::from(magnitude) * u64::from(magnitude);
        }
        let Some(last) = last else { return found };
        let start = at(costs, first, context);
        let empty = i64::from(start.end) * lambda.cast_signed();
        let levels = Path { costs, lambda: lambda.cast_signed() }.find(
            &magnitudes,
            (first, last),
            start,
            if context == 0 { start.more } else { 0 },
            empty,
        );
        for (position, (level, place)) in levels.iter().zip(ZIGZAG).enumerate().skip(first) {
            let (place, candidate) = (usize::from(place & 15), magnitudes.get(position));
            let (Some(value), Some(candidate)) = (coefficients.get(place), candidate) else {
                continue;
            };
            if *level == 0 {
                continue;
            }
            let sign = *value >> 15;
            let level = (level.cast_signed() ^ sign) - sign;
            let kept = level.wrapping_mul(candidate.step.cast_signed());
            if let Some(to) = found.levels.get_mut(position) {
                *to = level;
            }
            if let Some(to) = found.values.get_mut(place) {
                *to = kept;
            }
            let (all, lost) = (i64::from(*value), i64::from(*value) - i64::from(kept));
            found.error = found.error.wrapping_add_signed(lost * lost - all * all);
        }
        found
    }
}

#[derive(Clone, Copy, Default)]
struct Candidate {
    magnitude: u16,
    step: u16,
    nearest: u16,
}

/// A level at a position, and the best way to it.
#[derive(Clone, Copy)]
struct Node<'c> {
    score: i64,
    level: u16,
    /// Which of the two before it.
    before: usize,
    /// What comes next.
    next: &'c Place,
}

/// A trellis: at each position the nearest level or the one below it.
struct Path<'c> {
    costs: &'c Costs,
    lambda: i64,
}

/// What an error counts beside `lambda` and 256ths of bits.
pub(super) const ERROR_WEIGHT: u32 = 10;

impl<'c> Path<'c> {
    fn find(
        &self,
        candidates: &[Candidate; 16],
        (first, last): (usize, usize),
        start: &'c Place,
        more: u16,
        empty: i64,
    ) -> [u16; 16] {
        const NEVER: i64 = i64::MAX / 4;
        let begin = Node { score: i64::from(more) * self.lambda, level: 0, before: 0, next: start };
        let mut nodes = [begin, Node { score: NEVER, ..begin }];
        let mut history = [[(0_u16, 0_usize); 2]; 16];
        let (mut best, mut end) = (empty, None);
        let positions = candidates.iter().zip(&mut history).enumerate();
        for (position, (candidate, history)) in positions.take(last + 1).skip(first) {
            let all = i64::from(candidate.magnitude);
            let node = |level: u16| {
                let lost = all - i64::from(level) * i64::from(candidate.step);
                let [a, b] =
                    nodes.map(|node| node.score + i64::from(node.next.level(level)) * self.lambda);
                let (score, before) = if b < a { (b, 1) } else { (a, 0) };
                let next = if position < 15 {
                    at(self.costs, position + 1, level.min(2).into())
                } else {
                    start
                };
                Node {
                    score: score + ((lost * lost - all * all) << ERROR_WEIGHT),
                    level,
                    before,
                    next,
                }
            };
            let upper = node(candidate.nearest);
            let lower = match candidate.nearest {
                0 => Node { score: NEVER, ..upper },
                nearest => node(nearest - 1),
            };
            for (which, node) in [upper, lower].iter().enumerate() {
                if node.level > 0 {
                    let ending = if position < 15 { i64::from(node.next.end) } else { 0 };
                    let score = node.score + ending * self.lambda;
                    if score < best {
                        (best, end) = (score, Some((position, which)));
                    }
                }
            }
            *history = [upper, lower].map(|node| (node.level, node.before));
            nodes = [upper, lower];
        }
        let mut levels = [0; 16];
        let Some((end, mut which)) = end else { return levels };
        for (to, history) in levels.iter_mut().zip(&history).take(end + 1).skip(first).rev() {
            let (level, before) = history.get(which).copied().unwrap_or_default();
            *to = level;
            which = before;
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tables::COEFFICIENTS;
    use super::super::chance::Chance;
    use super::super::cost::{self, AllCosts};
    use super::super::kind::Kind;
    use super::*;

    /// Coefficients by chance, the later ones smaller.
    fn coefficients(chance: &mut Chance) -> Coefficients {
        std::array::from_fn(|at| chance.around_zero([2000, 300, 90, 40][at / 4]))
    }

    #[test]
    fn values_are_levels_times_steps_and_errors_what_is_lost() {
        let all = AllCosts::new(&COEFFICIENTS);
        let mut chance = Chance(3);
        for steps in [[4, 4], [17, 20], [157, 284], [314, 440]] {
            let matrix = Matrix::new(steps);
            for round in 0..200 {
                let block = coefficients(&mut chance);
                let first = round % 2;
                let costs = all.of([Kind::Luma, Kind::LumaAfterFirst][first]);
                let lambda = u64::from(steps[1].unsigned_abs()).pow(2);
                let (near, best) =
                    (matrix.nearest(&block, first), matrix.best(&block, first, 1, costs, lambda));
                for found in [&near, &best] {
                    let mut error = 0;
                    for (position, place) in ZIGZAG.iter().enumerate() {
                        let place = usize::from(*place);
                        let (level, step) = (found.levels[position], steps[usize::from(place > 0)]);
                        assert_eq!(i32::from(found.values[place]), i32::from(level) * step);
                        let lost = u64::from(block[place].abs_diff(found.values[place]));
                        if position >= first {
                            error += lost * lost;
                            assert!(lost <= 2 * u64::from(step.unsigned_abs()));
                        } else {
                            assert_eq!(level, 0);
                        }
                    }
                    assert_eq!(found.error, error);
                }
                // The trellis has no worse score than what it may always choose.
                let score = |found: &Quantized| {
                    let cost = cost::block(costs, &found.levels, first, 1);
                    (found.error << ERROR_WEIGHT) + lambda * u64::from(cost)
                };
                assert!(score(&best) <= score(&near), "{block:?}");
            }
        }
    }
}
