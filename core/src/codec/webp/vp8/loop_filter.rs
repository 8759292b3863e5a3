//! The loop filter (RFC 6386, section 15): smooths the edges of macroblocks and of sub-blocks, sixteen samples at once:
//! a macroblock's of luma, or those of U and V.

use wide::{bytemuck, i8x16, i16x8, u8x16, u16x8};

use super::super::lanes;

/// How strongly a macroblock's edges are filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strength {
    simple: bool,
    /// The limit on differences across the edges of sub-blocks; those of macroblocks have 4 more.
    edge: u8,
    /// The limit on differences between other neighbours.
    interior: u8,
    /// Differences above this are left sharp.
    variance: u8,
    /// Whether the edges of sub-blocks are filtered, too.
    subblocks: bool,
}

impl Strength {
    /// The strength of a level, 1 to 63; `None` for 0 (sections 9.6 and 15.2 to 15.4).
    pub(super) fn of(level: u8, sharpness: u8, simple: bool, subblocks: bool) -> Option<Self> {
        if level == 0 {
            return None;
        }
        let mut interior = level;
        if sharpness > 0 {
            interior >>= if sharpness > 4 { 2 } else { 1 };
            interior = interior.min(9 - sharpness.min(8));
        }
        let interior = interior.max(1);
        let variance = match level {
            40.. => 2,
            15.. => 1,
            _ => 0,
        };
        let edge = (2 * level).saturating_add(interior);
        Some(Self { simple, edge, interior, variance, subblocks })
    }
}

/// Samples across an edge, four before it and four after it, each of sixteen lanes.
type Lanes = [u8x16; 8];

/// A macroblock's samples of a plane.
pub(super) struct Samples<'p> {
    /// The plane, with a row after its last.
    pub(super) samples: &'p mut [u8],
    pub(super) stride: usize,
    /// The first one.
    pub(super) start: usize,
}

/// Filters the edges of a macroblock's luma: its own where there are neighbours, and those of sub-blocks.
pub(super) fn filter_luma(luma: &mut Samples<'_>, edges: (bool, bool), strength: Strength) {
    let mut left = |x: usize, outer| {
        let rows = bytemuck::cast([0, 8].map(|y| luma.before_and_after(x, y)));
        let filtered = filtered(lanes::columns(rows), strength, outer);
        let [upper, lower] = bytemuck::cast(lanes::rows(filtered));
        luma.set_before_and_after(x, 0, upper);
        luma.set_before_and_after(x, 8, lower);
    };
    each_edge(edges.1, 16, strength, &mut left);
    let mut above = |y: usize, outer| {
        let lanes = luma.rows::<16>(y).map(u8x16::new);
        luma.set_rows(y, filtered(lanes, strength, outer).map(u8x16::to_array));
    };
    each_edge(edges.0, 16, strength, &mut above);
}

/// Those of its U and V.
pub(super) fn filter_chroma(
    planes: &mut [Samples<'_>; 2],
    edges: (bool, bool),
    strength: Strength,
) {
    let mut left = |x: usize, outer| {
        let rows = bytemuck::cast(planes.each_ref().map(|plane| plane.before_and_after(x, 0)));
        let filtered = filtered(lanes::columns(rows), strength, outer);
        let halves: [[[u8; 8]; 8]; 2] = bytemuck::cast(lanes::rows(filtered));
        for (plane, rows) in planes.iter_mut().zip(halves) {
            plane.set_before_and_after(x, 0, rows);
        }
    };
    each_edge(edges.1, 8, strength, &mut left);
    let mut above = |y: usize, outer| {
        let rows = planes.each_ref().map(|plane| plane.rows::<8>(y));
        let rows = halves(filtered(side_by_side(rows), strength, outer));
        for (plane, rows) in planes.iter_mut().zip(rows) {
            plane.set_rows(y, rows);
        }
    };
    each_edge(edges.0, 8, strength, &mut above);
}

/// Calls for the macroblock's own edge, if it has a neighbour, and for those of sub-blocks, of four samples each.
#[inline(always)]
fn each_edge(
    has_neighbour: bool,
    size: usize,
    strength: Strength,
    filter: &mut impl FnMut(usize, bool),
) {
    if has_neighbour {
        filter(0, true);
    }
    if strength.subblocks {
        (4..size).step_by(4).for_each(|at| filter(at, false));
    }
}

impl Samples<'_> {
    /// Four samples before column `x` and four from it on, of eight rows from `y` on.
    #[inline(always)]
    fn before_and_after(&self, x: usize, y: usize) -> [[u8; 8]; 8] {
        let first = (self.start + y * self.stride + x).wrapping_sub(4);
        let rows = self.samples.get(first..).unwrap_or_default().chunks_exact(self.stride);
        let mut samples = [[0; 8]; 8];
        for (to, row) in samples.iter_mut().zip(rows) {
            *to = row.first_chunk().copied().unwrap_or_default();
        }
        samples
    }

    #[inline(always)]
    fn set_before_and_after(&mut self, x: usize, y: usize, samples: [[u8; 8]; 8]) {
        let first = (self.start + y * self.stride + x).wrapping_sub(4);
        let rows = self.samples.get_mut(first..).unwrap_or_default();
        for (row, samples) in rows.chunks_exact_mut(self.stride).zip(samples) {
            if let Some(to) = row.first_chunk_mut() {
                *to = samples;
            }
        }
    }

    /// N samples of the four rows before row `y` and the four from it on.
    #[inline(always)]
    fn rows<const N: usize>(&self, y: usize) -> [[u8; N]; 8] {
        let first = (self.start + y * self.stride).wrapping_sub(4 * self.stride);
        let rows = self.samples.get(first..).unwrap_or_default().chunks_exact(self.stride);
        let mut samples = [[0; N]; 8];
        for (to, row) in samples.iter_mut().zip(rows) {
            *to = row.first_chunk().copied().unwrap_or([0; N]);
        }
        samples
    }

    #[inline(always)]
    fn set_rows<const N: usize>(&mut self, y: usize, rows: [[u8; N]; 8]) {
        let first = (self.start + y * self.stride).wrapping_sub(4 * self.stride);
        let stored =
            self.samples.get_mut(first..).unwrap_or_default().chunks_exact_mut(self.stride);
        // The outermost are never changed.
        for (to, samples) in stored.zip(rows).skip(1).take(6) {
            if let Some(to) = to.first_chunk_mut() {
                *to = samples;
            }
        }
    }
}

#[inline(always)]
fn side_by_side([left, right]: [[[u8; 8]; 8]; 2]) -> Lanes {
    let mut lanes = [u8x16::ZERO; 8];
    for ((to, left), right) in lanes.iter_mut().zip(left).zip(right) {
        *to = bytemuck::cast([left, right]);
    }
    lanes
}

#[inline(always)]
fn halves(lanes: Lanes) -> [[[u8; 8]; 8]; 2] {
    let halves = lanes.map(bytemuck::cast::<u8x16, [[u8; 8]; 2]>);
    [halves.map(|[left, _]| left), halves.map(|[_, right]| right)]
}

/// How far two samples are apart.
#[inline(always)]
fn apart(a: u8x16, b: u8x16) -> u8x16 {
    a.saturating_sub(b) | b.saturating_sub(a)
}

/// All bits where a value is at most so much.
#[inline(always)]
fn at_most(values: u8x16, most: u8) -> u8x16 {
    values.saturating_sub(u8x16::splat(most)).simd_eq(u8x16::ZERO)
}

/// Each shifted by so many bits, of which `mask` says what is left.
#[inline(always)]
fn shifted(values: u8x16, bits: u32, mask: u8) -> u8x16 {
    bytemuck::cast::<u16x8, u8x16>(bytemuck::cast::<u8x16, u16x8>(values) >> bits)
        & u8x16::splat(mask)
}

/// From 0 to 255 to -128 to 127, and back.
#[inline(always)]
fn signed(samples: u8x16) -> i8x16 {
    bytemuck::cast(samples ^ u8x16::splat(128))
}

#[inline(always)]
fn unsigned(samples: i8x16) -> u8x16 {
    bytemuck::cast::<i8x16, u8x16>(samples) ^ u8x16::splat(128)
}

#[inline(always)]
fn masked(values: i8x16, mask: u8x16) -> i8x16 {
    values & bytemuck::cast::<u8x16, i8x16>(mask)
}

/// Eighths, rounded by so much.
#[inline(always)]
fn eighths(values: i8x16, rounding: i8) -> i8x16 {
    let values = unsigned(values.saturating_add(i8x16::splat(rounding)));
    bytemuck::cast::<u8x16, i8x16>(shifted(values, 3, 0x1F)) - i8x16::splat(16)
}

/// Halves, rounded up.
#[inline(always)]
fn halved(values: i8x16) -> i8x16 {
    let values = unsigned(values + i8x16::splat(1));
    bytemuck::cast::<u8x16, i8x16>(shifted(values, 1, 0x7F)) - i8x16::splat(64)
}

/// 128ths of so many times the values, rounded.
#[inline(always)]
fn parts(values: i8x16, factor: i16) -> i8x16 {
    let values = unsigned(values);
    let part = |values: i16x8| {
        let product = (values - i16x8::splat(128)) * i16x8::splat(factor);
        ((product + i16x8::splat(63)) >> 7) + i16x8::splat(128)
    };
    let halves = [i16x8::from_u8x16_low(values), i16x8::from_u8x16_high(values)];
    let [low, high] = halves.map(part);
    signed(u8x16::narrow_i16x8(low, high))
}

#[inline(always)]
fn filtered(lanes: Lanes, strength: Strength, outer: bool) -> Lanes {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = lanes;
    let edge = strength.edge.saturating_add(if outer { 4 } else { 0 });
    let near = apart(p0, q0);
    // Half of what the formula has, which no comparison of whole numbers notices.
    let across = near.saturating_add(near).saturating_add(shifted(apart(p1, q1), 1, 0x7F));
    let mut smooth = at_most(across, edge);
    let nearest = apart(p1, p0).max(apart(q1, q0));
    if !strength.simple {
        let others = [apart(p3, p2), apart(p2, p1), apart(q3, q2), apart(q2, q1)];
        let steepest = others.into_iter().fold(nearest, u8x16::max);
        smooth &= at_most(steepest, strength.interior);
    }
    if !smooth.any() {
        return lanes;
    }
    // Where samples vary, the two at the edge alone are changed.
    let many = if strength.simple { u8x16::ZERO } else { at_most(nearest, strength.variance) };
    let [s2, s1, s0, t0, t1, t2] = [p2, p1, p0, q0, q1, q2].map(signed);
    let (step, before) = (t0.saturating_sub(s0), s1.saturating_sub(t1));
    let thrice =
        |first: i8x16| first.saturating_add(step).saturating_add(step).saturating_add(step);
    if outer {
        let whole = masked(thrice(before), smooth);
        let few = masked(whole, !many);
        let (s0, t0) = (s0.saturating_add(eighths(few, 3)), t0.saturating_sub(eighths(few, 4)));
        let whole = masked(whole, many);
        let [a, b, c] = [27, 18, 9].map(|factor| parts(whole, factor));
        let ps = [s2.saturating_add(c), s1.saturating_add(b), s0.saturating_add(a)];
        let qs = [t0.saturating_sub(a), t1.saturating_sub(b), t2.saturating_sub(c)];
        let ([p2, p1, p0], [q0, q1, q2]) = (ps.map(unsigned), qs.map(unsigned));
        return [p3, p2, p1, p0, q0, q1, q2, q3];
    }
    let step = masked(thrice(masked(before, !many)), smooth);
    let (down, up) = (eighths(step, 4), eighths(step, 3));
    let further = masked(halved(down), many);
    let [p1, p0] = [s1.saturating_add(further), s0.saturating_add(up)].map(unsigned);
    let [q0, q1] = [t0.saturating_sub(down), t1.saturating_sub(further)].map(unsigned);
    [p3, p2, p1, p0, q0, q1, q2, q3]
}
