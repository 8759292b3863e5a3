//! A frame, a row of macroblocks at a time.

use wide::i16x8;

use super::bool_decoder::BoolDecoder;
use super::coefficients::{Block, Coefficients, Context, Kind};
use super::header::{Header, SEGMENTS};
use super::loop_filter::{Samples, Strength, filter_chroma, filter_luma};
use super::modes::{Luma, Macroblock, Neighbours};
use super::predict::{LEFT, STRIDE, Work, add, part, put, subblock, whole};
use super::transform::inverse_dct;
use crate::error::Result;

/// Samples of a macroblock's side: of luma, of U and of V.
const SIZES: [usize; 3] = [16, 8, 8];

/// What lies beyond the picture to the left, and above it (section 12.2).
const BEYOND_LEFT: u8 = 129;
pub(super) const BEYOND_ABOVE: u8 = 127;

/// A frame that is being decoded.
pub(in crate::codec::webp) struct Frame<'a> {
    header: Header<'a>,
    wide: usize,
    high: usize,
    /// The row of macroblocks that comes next.
    next: usize,
    filters: bool,
    modes: Neighbours,
    above: Vec<Context>,
    coefficients: Box<Coefficients>,
    planes: [Plane; 3],
    /// Of each macroblock of the row.
    strengths: Vec<Option<Strength>>,
}

/// A window on the rows of a plane: a row of macroblocks, and the one before it.
pub(in crate::codec::webp) struct Plane {
    samples: Vec<u8>,
    stride: usize,
    /// Rows of a macroblock.
    size: usize,
    /// The last row before the window's lower half as it was predicted.
    above: Vec<u8>,
}

impl Plane {
    fn new(wide: usize, size: usize) -> Self {
        let stride = wide * size;
        Self {
            // One more, so that a row that begins anywhere ends within.
            samples: vec![0; stride * (size * 2 + 1)],
            stride,
            size,
            above: vec![BEYOND_ABOVE; stride],
        }
    }

    /// A row, counted from the window's first.
    fn row(&self, row: usize) -> &[u8] {
        self.samples
            .get(row * self.stride..)
            .and_then(|rows| rows.get(..self.stride))
            .unwrap_or_default()
    }

    /// A macroblock of the lower half.
    fn macroblock(&mut self, x: usize) -> Samples<'_> {
        let start = self.size * self.stride + x * self.size;
        Samples { samples: &mut self.samples, stride: self.stride, start }
    }

    /// The lower half becomes the upper one.
    fn advance(&mut self) {
        let lower = self.stride * self.size;
        self.samples.copy_within(lower..2 * lower, 0);
    }
}

impl<'a> Frame<'a> {
    /// Bytes that a frame of that width allocates.
    pub(in crate::codec::webp) fn working(width: u32) -> u64 {
        let wide = u64::from(width.div_ceil(16));
        // Three planes of 33 rows and what is above them; modes, contexts and strengths of a row.
        wide * (16 * 33 * 3 / 2 + 64) + (16 << 10)
    }

    /// Reads the header. `filters`: whether the loop filter is applied.
    pub(in crate::codec::webp) fn open(frame: &'a [u8], filters: bool) -> Result<Self> {
        let header = Header::read(frame)?;
        let (wide, high) =
            (header.width.div_ceil(16) as usize, header.height.div_ceil(16) as usize);
        Ok(Self {
            wide,
            high,
            next: 0,
            filters: filters && header.filter.is_on(),
            modes: Neighbours::new(wide),
            above: vec![Context::default(); wide],
            coefficients: Box::new(Coefficients::new()),
            planes: SIZES.map(|size| Plane::new(wide, size)),
            strengths: vec![None; wide],
            header,
        })
    }

    /// Decodes the next row of macroblocks; `None` after the last, and where the data ends. The rows of luma that are
    /// finished then: those before them may be forgotten, but for the last 16.
    pub(in crate::codec::webp) fn next_row(&mut self) -> Option<u32> {
        if self.next >= self.high {
            return None;
        }
        if self.next > 0 {
            self.planes.iter_mut().for_each(Plane::advance);
        }
        self.decode_row()?;
        self.next += 1;
        let mut rows = self.next * 16;
        if self.filters {
            self.filter_row();
            // The next row's filter changes three samples above it, of chroma, too.
            rows -= if self.next < self.high { 8 } else { 0 };
        }
        u32::try_from(rows).ok().map(|rows| rows.min(self.header.height))
    }

    /// A row of the picture's luma, one of those that are finished.
    pub(in crate::codec::webp) fn luma(&self, y: u32) -> &[u8] {
        let [luma, ..] = &self.planes;
        luma.row((y as usize + 32).saturating_sub(self.next * 16))
    }

    /// A row of U and V, likewise, each of half the width.
    pub(in crate::codec::webp) fn chroma(&self, y: u32) -> (&[u8], &[u8]) {
        let [_, u, v] = &self.planes;
        let row = (y as usize + 16).saturating_sub(self.next * 8);
        (u.row(row), v.row(row))
    }

    fn decode_row(&mut self) -> Option<()> {
        let Header { segment_probabilities, skip_probability, .. } = self.header;
        let count = self.header.partitions.len();
        let (mut luma, mut chroma) = ([[0; STRIDE]; 17], [[0; STRIDE]; 17]);
        begin_row(&mut luma, &mut chroma, self.next);
        self.modes.begin_row();
        let mut left = Context::default();
        for x in 0..self.wide {
            let Header { modes, partitions, tables, factors, filter, .. } = &mut self.header;
            let macroblock = self.modes.read(x, modes, segment_probabilities, skip_probability);
            let segment = usize::from(macroblock.segment) % SEGMENTS;
            let partition: &mut BoolDecoder<'_> = partitions.get_mut(self.next % count)?;
            let above = self.above.get_mut(x)?;
            let is_whole = matches!(macroblock.luma, Luma::Whole(_));
            if macroblock.skips {
                above.clear(is_whole);
                left.clear(is_whole);
                self.coefficients.clear();
            } else {
                let factors = factors.get(segment)?;
                self.coefficients.read(partition, tables, factors, is_whole, above, &mut left);
            }
            if partition.has_ended() || modes.has_ended() {
                return None;
            }
            if self.filters {
                let [of_whole, of_subblocks] = *filter.levels.get(segment)?;
                let level = if is_whole { of_whole } else { of_subblocks };
                let subblocks = !is_whole || self.coefficients.any;
                *self.strengths.get_mut(x)? =
                    Strength::of(level, filter.sharpness, filter.simple, subblocks);
            }
            self.predict(x, &macroblock, &mut luma, &mut chroma);
        }
        Some(())
    }

    /// Makes the samples of a macroblock.
    fn predict(&mut self, x: usize, macroblock: &Macroblock, luma: &mut Work, chroma: &mut Work) {
        let edges = (self.next > 0, x > 0);
        let (is_first_row, is_last) = (self.next == 0, x + 1 == self.wide);
        let [y_plane, u_plane, v_plane] = &mut self.planes;
        enter::<16>(y_plane, x, luma, LEFT);
        if let Luma::Subblocks(_) = macroblock.luma {
            let right = if is_first_row {
                [BEYOND_ABOVE; 4]
            } else if is_last {
                let [last] = part(above_row(luma), LEFT + 15);
                [last; 4]
            } else {
                let right = y_plane.above.get((x + 1) * 16..).and_then(|above| above.first_chunk());
                right.copied().unwrap_or_default()
            };
            luma.iter_mut().step_by(4).take(4).for_each(|row| put(row, LEFT + 16, right));
        }
        // By two that are side by side.
        let mut pairs = self.coefficients.blocks.as_chunks::<2>().0.iter().enumerate();
        match &macroblock.luma {
            Luma::Whole(mode) => {
                whole::<16>(luma, LEFT, *mode, edges);
                for (index, pair) in pairs.by_ref().take(8) {
                    if let Some(residue) = residue(pair) {
                        add::<8>(luma, LEFT + index % 2 * 8, index / 2 * 4, residue);
                    }
                }
            }
            Luma::Subblocks(modes) => {
                let modes = modes.as_chunks::<2>().0;
                for ((index, pair), [left, right]) in pairs.by_ref().take(8).zip(modes) {
                    let (x, y) = (LEFT + index % 2 * 8, index / 2 * 4);
                    let residue = residue(pair);
                    subblock(luma, x, y, *left);
                    if let Some(residue) = residue {
                        add::<4>(luma, x, y, residue);
                    }
                    subblock(luma, x + 4, y, *right);
                    if let Some(residue) = residue {
                        add::<4>(luma, x + 4, y, residue.map(swapped));
                    }
                }
            }
        }
        leave::<16>(y_plane, x, luma, LEFT);
        for (plane, at) in [(u_plane, LEFT), (v_plane, LEFT + 16)] {
            enter::<8>(plane, x, chroma, at);
            whole::<8>(chroma, at, macroblock.chroma, edges);
            for (row, (_, pair)) in pairs.by_ref().take(2).enumerate() {
                if let Some(residue) = residue(pair) {
                    add::<8>(chroma, at, row * 4, residue);
                }
            }
            leave::<8>(plane, x, chroma, at);
        }
    }

    fn filter_row(&mut self) {
        let simple = self.header.filter.simple;
        let [luma, u, v] = &mut self.planes;
        for (x, strength) in self.strengths.iter().enumerate() {
            let Some(strength) = strength else { continue };
            let edges = (self.next > 1, x > 0);
            filter_luma(luma.macroblock(x), edges, *strength);
            if !simple {
                filter_chroma([u.macroblock(x), v.macroblock(x)], edges, *strength);
            }
        }
    }
}

fn above_row(work: &Work) -> &[u8; STRIDE] {
    let [above, ..] = work;
    above
}

/// Sets what is to the left of a row's first macroblock.
pub(super) fn begin_row(luma: &mut Work, chroma: &mut Work, row: usize) {
    let corner = if row == 0 { BEYOND_ABOVE } else { BEYOND_LEFT };
    for (work, last) in [(luma, &[LEFT + 15][..]), (chroma, &[LEFT + 7, LEFT + 23])] {
        // As if there were a macroblock before the first.
        for at in last {
            work.iter_mut().for_each(|row| put(row, *at, [BEYOND_LEFT]));
            let [above, ..] = work;
            put(above, *at, [corner]);
        }
    }
}

/// Takes in what is above a macroblock and to its left. `at`: where its samples begin in a row.
fn enter<const N: usize>(plane: &Plane, x: usize, work: &mut Work, at: usize) {
    for row in work.iter_mut() {
        let last: [u8; 1] = part(row, at + N - 1);
        put(row, at - 1, last);
    }
    if let Some(above) = plane.above.get(x * N..).and_then(|above| above.first_chunk::<N>()) {
        let [row, ..] = work;
        put(row, at, *above);
    }
}

/// Puts a macroblock's samples into the plane, and its last row to what is above the next ones.
fn leave<const N: usize>(plane: &mut Plane, x: usize, work: &Work, at: usize) {
    let stride = plane.stride;
    // Not in chunks, whose number would be a division.
    let mut to = plane.samples.get_mut(N * stride + x * N..).unwrap_or_default();
    for row in work.iter().skip(1).take(N) {
        if let Some(to) = to.first_chunk_mut::<N>() {
            *to = part(row, at);
        }
        to = to.get_mut(stride..).unwrap_or_default();
    }
    if let Some(above) = plane.above.get_mut(x * N..).and_then(|to| to.first_chunk_mut::<N>()) {
        *above = work.get(N).map_or([0; N], |row| part(row, at));
    }
}

/// What two blocks side by side add to their prediction, if anything.
#[inline(always)]
fn residue([left, right]: &[Block; 2]) -> Option<[i16x8; 4]> {
    match left.kind.max(right.kind) {
        Kind::None => None,
        Kind::Dc => {
            let [[l, ..], [r, ..]] = [left.values, right.values];
            let row = i16x8::new([l, l, l, l, r, r, r, r]);
            // Eighths, rounded, also of the largest.
            Some([((row >> 2) + i16x8::splat(1)) >> 1; 4])
        }
        Kind::All => Some(inverse_dct(&left.values, &right.values)),
    }
}

/// The second half first.
#[inline(always)]
fn swapped(row: i16x8) -> i16x8 {
    let [a, b, c, d, e, f, g, h] = row.to_array();
    i16x8::new([e, f, g, h, a, b, c, d])
}
