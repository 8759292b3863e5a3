//! A filter for each row (W3C PNG, third edition, section 9), by one of several guesses at what compresses best.

use super::image::Image;

/// How the filters are chosen.
#[derive(Clone, Copy)]
pub(super) enum Filter {
    /// Type 0 (None) for every row.
    Plain,
    /// The least sum of magnitudes, with bytes as signed numbers (section 12.7).
    Magnitude,
    /// The least entropy of the row's bytes together with those of the rows above.
    Entropy,
    /// The fewest different pairs of bytes side by side.
    Pairs,
}

/// The filter types 1 to 4; type 0 is None.
const TYPES: usize = 5;

/// Bytes of the rows to choose from, and of what they are compared by.
pub(super) const fn bytes(stride: u64) -> u64 {
    stride.saturating_add(1).saturating_mul(TYPES as u64 + 1).saturating_add(64 << 10)
}

/// The rows, each after the number of its filter type.
pub(super) fn filtered(image: &Image<'_>, filter: Filter) -> Vec<u8> {
    let mut filtered = Vec::with_capacity(image.rows.len() + image.height as usize);
    if matches!(filter, Filter::Plain) {
        for row in image.rows.chunks(image.stride) {
            filtered.push(0);
            filtered.extend(row);
        }
        return filtered;
    }
    let mut candidates: Vec<Vec<u8>> = (0..TYPES).map(|_| vec![0; image.stride]).collect();
    let first = vec![0; image.stride];
    let mut above = first.as_slice();
    let mut history = History::new();
    let mut pairs = if matches!(filter, Filter::Pairs) { vec![0_u64; 1024] } else { Vec::new() };
    for row in image.rows.chunks(image.stride) {
        for (kind, to) in (0..).zip(&mut candidates) {
            apply(kind, image.pixel, row, above, to);
        }
        let best = (0_u8..).zip(&candidates).min_by_key(|(_, bytes)| match filter {
            Filter::Entropy => history.cost(bytes),
            Filter::Pairs => different_pairs(bytes, &mut pairs),
            _ => magnitude(bytes),
        });
        if let Some((kind, bytes)) = best {
            if matches!(filter, Filter::Entropy) {
                history.add(bytes);
            }
            filtered.push(kind);
            filtered.extend(bytes);
        }
        above = row;
    }
    filtered
}

fn apply(kind: u8, pixel: usize, row: &[u8], above: &[u8], to: &mut [u8]) {
    // Left of the row there are zeros.
    let (Some((row_start, row_rest)), Some((above_start, above_rest)), Some((to_start, to_rest))) =
        (row.split_at_checked(pixel), above.split_at_checked(pixel), to.split_at_mut_checked(pixel))
    else {
        return;
    };
    for ((to, byte), above) in to_start.iter_mut().zip(row_start).zip(above_start) {
        *to = byte.wrapping_sub(predicted(kind, 0, *above, 0));
    }
    match kind {
        0 => to.copy_from_slice(row),
        1 => by::<1>(to_rest, row, row_rest, above, above_rest),
        2 => by::<2>(to_rest, row, row_rest, above, above_rest),
        3 => by::<3>(to_rest, row, row_rest, above, above_rest),
        _ => by::<4>(to_rest, row, row_rest, above, above_rest),
    }
}

/// A loop for each filter type, without a branch in it.
fn by<const KIND: u8>(to: &mut [u8], left: &[u8], row: &[u8], left_above: &[u8], above: &[u8]) {
    let before = left.iter().zip(left_above);
    for (((to, byte), above), (left, left_above)) in to.iter_mut().zip(row).zip(above).zip(before) {
        *to = byte.wrapping_sub(predicted(KIND, *left, *above, *left_above));
    }
}

#[inline(always)]
fn predicted(kind: u8, left: u8, above: u8, left_above: u8) -> u8 {
    match kind {
        0 => 0,
        1 => left,
        2 => above,
        3 => left.midpoint(above),
        _ => {
            let (a, b, c) = (i16::from(left), i16::from(above), i16::from(left_above));
            let (from_a, from_b) = ((b - c).abs(), (a - c).abs());
            let from_c = (a + b - 2 * c).abs();
            let of_above = if from_b <= from_c { above } else { left_above };
            if from_a <= from_b && from_a <= from_c { left } else { of_above }
        }
    }
}

fn magnitude(bytes: &[u8]) -> u64 {
    // In pieces whose sums fit into 32 bits.
    let pieces = bytes.chunks(1 << 16);
    pieces
        .map(|piece| {
            u64::from(piece.iter().map(|b| u32::from(b.cast_signed().unsigned_abs())).sum::<u32>())
        })
        .sum()
}

fn different_pairs(bytes: &[u8], seen: &mut [u64]) -> u64 {
    seen.fill(0);
    for pair in bytes.array_windows() {
        let pair = u16::from_be_bytes(*pair);
        if let Some(word) = seen.get_mut(usize::from(pair >> 6)) {
            *word |= 1 << (pair & 63);
        }
    }
    seen.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// How often each byte was there in the rows above, and the nearer ones count more.
struct History {
    counts: [u32; 256],
}

impl History {
    /// What one byte of a row counts.
    const UNIT: u32 = 4;

    fn new() -> Self {
        Self { counts: [1; 256] }
    }

    /// Grows with the bits that an adaptive code would take for the row; only differences mean something.
    fn cost(&self, bytes: &[u8]) -> u64 {
        let row = count(bytes);
        let gains = row.iter().zip(&self.counts).map(|(row, before)| {
            u64::from(*row) * log2(before.saturating_add(Self::UNIT.saturating_mul(*row)))
        });
        u64::MAX - gains.sum::<u64>()
    }

    fn add(&mut self, bytes: &[u8]) {
        for (count, row) in self.counts.iter_mut().zip(count(bytes)) {
            *count = ((*count).saturating_add(Self::UNIT.saturating_mul(row)) / 4 * 3).max(1);
        }
    }
}

fn count(bytes: &[u8]) -> [u32; 256] {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    counts
}

/// 2^16 times the logarithm to the base 2, within 2^16 / 100.
fn log2(value: u32) -> u64 {
    let value = u64::from(value.max(1));
    let whole = u64::from(value.ilog2());
    // log2(1 + x) is about x + 0.344 x (1 - x).
    let x = ((value << 16) >> whole) - (1 << 16);
    let bend = x * ((1 << 16) - x) * 88;
    (whole << 16) + x + (bend >> 24)
}
