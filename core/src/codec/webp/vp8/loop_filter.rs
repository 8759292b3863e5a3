//! The loop filter (RFC 6386, section 15): smooths the edges of macroblocks and of sub-blocks, eight samples at once.

use wide::i16x8;

/// How strongly a macroblock's edges are filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strength {
    simple: bool,
    /// The limit on differences across the edges of sub-blocks; those of macroblocks have 4 more.
    edge: i16,
    /// The limit on differences between other neighbours.
    interior: i16,
    /// Differences above this are left sharp.
    variance: i16,
    /// Whether the edges of sub-blocks are filtered, too.
    pub(super) subblocks: bool,
}

impl Strength {
    /// The strength of a level, 1 to 63; `None` for 0 (sections 9.6 and 15.2 to 15.4).
    pub(super) fn of(level: u8, sharpness: u8, simple: bool, subblocks: bool) -> Option<Self> {
        if level == 0 {
            return None;
        }
        let mut interior = i16::from(level);
        if sharpness > 0 {
            interior >>= if sharpness > 4 { 2 } else { 1 };
            interior = interior.min(9 - i16::from(sharpness));
        }
        let interior = interior.max(1);
        let variance = match level {
            40.. => 2,
            15.. => 1,
            _ => 0,
        };
        let edge = 2 * i16::from(level) + interior;
        Some(Self { simple, edge, interior, variance, subblocks })
    }
}

/// Eight samples across an edge, four before it and four after it, each of eight lanes.
type Lanes = [i16x8; 8];

/// A plane of samples.
pub(super) struct Samples<'p> {
    pub(super) samples: &'p mut [u8],
    pub(super) stride: usize,
}

impl Samples<'_> {
    /// Filters the edges of a macroblock with `size` samples a side, whose first sample is at `start`: its own where there
    /// are neighbours, and those of sub-blocks.
    pub(super) fn filter(
        &mut self,
        start: usize,
        size: usize,
        (has_above, has_left): (bool, bool),
        strength: Strength,
    ) {
        // Four samples a sub-block.
        let inner = (4..size).step_by(4).filter(|_| strength.subblocks);
        if has_left {
            self.left_edge(start, size, strength, true);
        }
        inner.clone().for_each(|x| self.left_edge(start + x, size, strength, false));
        if has_above {
            self.upper_edge(start, size, strength, true);
        }
        inner.for_each(|y| self.upper_edge(start + y * self.stride, size, strength, false));
    }

    /// The edge to the left of `start`.
    fn left_edge(&mut self, start: usize, size: usize, strength: Strength, outer: bool) {
        for row in (0..size).step_by(8) {
            let first = start + row * self.stride - 4;
            let Some(rows) = self.samples.get_mut(first..) else { return };
            let mut lanes = [[0_i16; 8]; 8];
            for (lane, row) in rows.chunks(self.stride).take(8).enumerate() {
                for (to, sample) in lanes.iter_mut().zip(row) {
                    if let Some(to) = to.get_mut(lane) {
                        *to = i16::from(*sample);
                    }
                }
            }
            let filtered = filtered(lanes.map(i16x8::new), strength, outer).map(i16x8::to_array);
            for (lane, row) in rows.chunks_mut(self.stride).take(8).enumerate() {
                for (to, samples) in row.iter_mut().zip(filtered) {
                    *to = narrow(samples.get(lane).copied().unwrap_or_default());
                }
            }
        }
    }

    /// The edge above `start`.
    fn upper_edge(&mut self, start: usize, size: usize, strength: Strength, outer: bool) {
        for column in (0..size).step_by(8) {
            let first = start + column - 4 * self.stride;
            let Some(rows) = self.samples.get_mut(first..) else { return };
            let mut lanes = [i16x8::ZERO; 8];
            for (to, row) in lanes.iter_mut().zip(rows.chunks(self.stride)) {
                *to =
                    i16x8::new(row.first_chunk::<8>().copied().unwrap_or_default().map(i16::from));
            }
            let filtered = filtered(lanes, strength, outer);
            // The outermost are never changed.
            for (row, samples) in rows.chunks_mut(self.stride).zip(filtered).skip(1).take(6) {
                if let Some(to) = row.first_chunk_mut::<8>() {
                    *to = samples.to_array().map(narrow);
                }
            }
        }
    }
}

fn narrow(sample: i16) -> u8 {
    let [low, _] = sample.to_le_bytes();
    low
}

#[inline(always)]
fn clamped(values: i16x8, least: i16, most: i16) -> i16x8 {
    values.max(i16x8::splat(least)).min(i16x8::splat(most))
}

/// To the range of a signed byte.
#[inline(always)]
fn signed(values: i16x8) -> i16x8 {
    clamped(values, -128, 127)
}

/// A sample and what is added to it, within a byte.
#[inline(always)]
fn moved(sample: i16x8, by: i16x8) -> i16x8 {
    clamped(sample + by, 0, 255)
}

/// Eighths, rounded by so much, within five bits.
#[inline(always)]
fn eighths(values: i16x8, rounding: i16) -> i16x8 {
    clamped((values + i16x8::splat(rounding)) >> 3, -16, 15)
}

#[inline(always)]
fn filtered(lanes: Lanes, strength: Strength, outer: bool) -> Lanes {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = lanes;
    let edge = strength.edge + if outer { 4 } else { 0 };
    let across: i16x8 = (p0 - q0).abs() * i16x8::splat(4) + (p1 - q1).abs();
    let sharp = across.simd_gt(i16x8::splat(2 * edge + 1));
    let step = (q0 - p0) * i16x8::splat(3);
    if strength.simple {
        let step = step + signed(p1 - q1);
        let (down, up) = (eighths(step, 4), eighths(step, 3));
        let p0 = moved(p0, !sharp & up);
        let q0 = moved(q0, -(!sharp & down));
        return [p3, p2, p1, p0, q0, q1, q2, q3];
    }
    let steepest = (p3 - p2).abs().max((p2 - p1).abs()).max((q3 - q2).abs()).max((q2 - q1).abs());
    let nearest = (p1 - p0).abs().max((q1 - q0).abs());
    let is_smooth = !(sharp | steepest.max(nearest).simd_gt(i16x8::splat(strength.interior)));
    let varies = nearest.simd_gt(i16x8::splat(strength.variance));
    // Where samples vary, the two at the edge alone are changed.
    let narrow_step = step + signed(p1 - q1);
    let (down, up) = (eighths(narrow_step, 4), eighths(narrow_step, 3));
    let two = is_smooth & varies;
    let many = is_smooth & !varies;
    let (p0, q0) = (moved(p0, two & up), moved(q0, -(two & down)));
    if outer {
        let step = signed(step + signed(p1 - q1)) & many;
        let part = |sevenths: i16| (step * i16x8::splat(sevenths) + i16x8::splat(63)) >> 7;
        // Rounding must not change what is not filtered.
        let (a, b, c) = (part(27) & many, part(18) & many, part(9) & many);
        return [
            p3,
            moved(p2, c),
            moved(p1, b),
            moved(p0, a),
            moved(q0, -a),
            moved(q1, -b),
            moved(q2, -c),
            q3,
        ];
    }
    let (down, up) = (eighths(step, 4) & many, eighths(step, 3) & many);
    let outer_step = ((down + i16x8::ONE) >> 1) & many;
    [p3, p2, moved(p1, outer_step), moved(p0, up), moved(q0, -down), moved(q1, -outer_step), q2, q3]
}
