//! The loop filter (RFC 6386, section 15): smooths the edges of macroblocks and of sub-blocks, sixteen samples at once:
//! a macroblock's of luma, or those of U and V.

use wide::{bytemuck, i8x16, i16x8, u8x16, u16x8};

use super::super::lanes::{halves, turned};

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

/// A macroblock of P planes that are W samples wide, sixteen in all: a row of them is a row of each.
struct Block<'p, const P: usize, const W: usize>([Samples<'p>; P]);

/// Filters the edges of a macroblock's luma: its own where there are neighbours, and those of sub-blocks. `edges`: whether
/// there is one above it, and to its left.
pub(super) fn filter_luma(luma: Samples<'_>, edges: (bool, bool), strength: Strength) {
    let mut luma = Block::<1, 16>([luma]);
    if strength.subblocks {
        luma.filter::<16>(edges, strength, turned::<16, 4>);
    } else {
        luma.filter_outside(edges, strength);
    }
}

/// Those of its U and V.
pub(super) fn filter_chroma(planes: [Samples<'_>; 2], edges: (bool, bool), strength: Strength) {
    let mut chroma = Block::<2, 8>(planes);
    if strength.subblocks {
        chroma.filter::<8>(edges, strength, turned::<8, 3>);
    } else {
        chroma.filter_outside(edges, strength);
    }
}

impl<const P: usize, const W: usize> Block<'_, P, W> {
    /// Filters all edges of a block of H rows. `back`: makes rows of columns.
    #[inline(always)]
    fn filter<const H: usize>(
        &mut self,
        (has_above, has_left): (bool, bool),
        strength: Strength,
        back: impl Fn([u8x16; H]) -> [u8x16; H],
    ) {
        let mut columns = turned::<H, 4>(self.rows(0));
        if has_left {
            let mut before = self.four_columns(4);
            if filter_outer(&mut before, &mut columns, strength) {
                self.set_four_columns(4, before);
            }
        }
        filter_inner(&mut columns, strength);
        let mut rows = back(columns);
        if has_above {
            let mut before = self.rows(4);
            if filter_outer(&mut before, &mut rows, strength) {
                self.set_rows(4, before);
            }
        }
        filter_inner(&mut rows, strength);
        self.set_rows(0, rows);
    }

    /// Filters the edges to the neighbours alone.
    #[inline(always)]
    fn filter_outside(&mut self, (has_above, has_left): (bool, bool), strength: Strength) {
        if has_left {
            let (mut before, mut after) = (self.four_columns(4), self.four_columns(0));
            if filter_outer(&mut before, &mut after, strength) {
                self.set_four_columns(4, before);
                self.set_four_columns(0, after);
            }
        }
        if has_above {
            let (mut before, mut after) = (self.rows::<4>(4), self.rows::<4>(0));
            if filter_outer(&mut before, &mut after, strength) {
                self.set_rows(4, before);
                self.set_rows(0, after);
            }
        }
    }

    /// Rows, of which the first is so many before the block.
    #[inline(always)]
    fn rows<const N: usize>(&self, before: usize) -> [u8x16; N] {
        let mut rows = [[0; 16]; N];
        for (index, plane) in self.0.iter().enumerate() {
            let mut from = plane.from(before * plane.stride);
            for row in &mut rows {
                let to = row.as_chunks_mut::<W>().0.get_mut(index);
                if let (Some(to), Some(samples)) = (to, from.first_chunk()) {
                    *to = *samples;
                }
                from = from.get(plane.stride..).unwrap_or_default();
            }
        }
        rows.map(u8x16::new)
    }

    #[inline(always)]
    fn set_rows<const N: usize>(&mut self, before: usize, rows: [u8x16; N]) {
        let rows = rows.map(u8x16::to_array);
        for (index, plane) in self.0.iter_mut().enumerate() {
            let stride = plane.stride;
            let mut to = plane.rest_mut(before * stride);
            for row in &rows {
                let samples = row.as_chunks::<W>().0.get(index);
                if let (Some(to), Some(samples)) = (to.first_chunk_mut(), samples) {
                    *to = *samples;
                }
                to = to.get_mut(stride..).unwrap_or_default();
            }
        }
    }

    /// Four columns, of which the first is so many before the block.
    #[inline(always)]
    fn four_columns(&self, before: usize) -> [u8x16; 4] {
        let mut rows = [[0; 4]; 16];
        for (index, plane) in self.0.iter().enumerate() {
            let mut from = plane.from(before);
            for row in rows.iter_mut().skip(index).step_by(P) {
                *row = from.first_chunk().copied().unwrap_or_default();
                from = from.get(plane.stride..).unwrap_or_default();
            }
        }
        turned::<4, 4>(bytemuck::cast(rows))
    }

    #[inline(always)]
    fn set_four_columns(&mut self, before: usize, columns: [u8x16; 4]) {
        let rows: [[u8; 4]; 16] = bytemuck::cast(turned::<4, 2>(columns));
        for (index, plane) in self.0.iter_mut().enumerate() {
            let stride = plane.stride;
            let mut to = plane.rest_mut(before);
            for row in rows.iter().skip(index).step_by(P) {
                if let Some(to) = to.first_chunk_mut() {
                    *to = *row;
                }
                to = to.get_mut(stride..).unwrap_or_default();
            }
        }
    }
}

impl Samples<'_> {
    /// From so many samples before the macroblock's first on.
    #[inline(always)]
    fn from(&self, before: usize) -> &[u8] {
        self.samples.get(self.start.saturating_sub(before)..).unwrap_or_default()
    }

    #[inline(always)]
    fn rest_mut(&mut self, before: usize) -> &mut [u8] {
        self.samples.get_mut(self.start.saturating_sub(before)..).unwrap_or_default()
    }
}

/// Filters the edge between a macroblock and the four before it. Says whether anything changed.
#[inline(always)]
fn filter_outer(before: &mut [u8x16; 4], own: &mut [u8x16], strength: Strength) -> bool {
    let Some(after) = own.first_chunk_mut::<4>() else { return false };
    let ([p3, p2, p1, p0], [q0, q1, q2, q3]) = (*before, *after);
    let mut lanes = [p3, p2, p1, p0, q0, q1, q2, q3];
    let changed = filter_lanes(&mut lanes, strength, true);
    let ([a @ .., _, _, _, _], [_, _, _, _, b @ ..]) = (lanes, lanes);
    (*before, *after) = (a, b);
    changed
}

/// Filters the edges between sub-blocks.
#[inline(always)]
fn filter_inner(own: &mut [u8x16], strength: Strength) {
    for at in (0..own.len()).step_by(4) {
        if let Some(lanes) = own.get_mut(at..).and_then(<[_]>::first_chunk_mut) {
            filter_lanes(lanes, strength, false);
        }
    }
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
    let [low, high] = halves(values).map(part);
    signed(u8x16::narrow_i16x8(low, high))
}

/// Filters an edge. Says whether anything changed.
#[inline(never)]
fn filter_lanes(lanes: &mut Lanes, strength: Strength, outer: bool) -> bool {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = *lanes;
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
        return false;
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
        *lanes = [p3, p2, p1, p0, q0, q1, q2, q3];
        return true;
    }
    let step = masked(thrice(masked(before, !many)), smooth);
    let (down, up) = (eighths(step, 4), eighths(step, 3));
    let further = masked(halved(down), many);
    let [p1, p0] = [s1.saturating_add(further), s0.saturating_add(up)].map(unsigned);
    let [q0, q1] = [t0.saturating_sub(down), t1.saturating_sub(further)].map(unsigned);
    *lanes = [p3, p2, p1, p0, q0, q1, q2, q3];
    true
}
