//! The lowest frequencies of a channel's cosine transform.
//!
//! Every sum is made in the order of the reference implementation, pixel by pixel, and the sums of a row of frequencies
//! beside each other: so vector instructions can make them, and no bit depends on which there are.

use std::f64::consts::PI;

use thumbox_protocol::PLACEHOLDER_BOX;

use super::cosine::cosine;

/// Pixels of a side at the most.
pub(super) const SIDE: usize = PLACEHOLDER_BOX as usize;
/// Frequencies of a side at the most.
pub(super) const MOST: usize = 7;

/// The cosines of one side: of each pixel, those of all frequencies.
pub(super) struct Cosines([[f64; MOST]; SIDE]);

impl Cosines {
    /// Of a side of `length` pixels.
    pub(super) fn new(length: u32) -> Self {
        let mut all = [[0.0; MOST]; SIDE];
        let step = PI / f64::from(length);
        for (pixel, cosines) in (0..length).zip(&mut all) {
            for (frequency, place) in (0_u8..).zip(cosines) {
                *place = cosine(step * f64::from(frequency) * (f64::from(pixel) + 0.5));
            }
        }
        Self(all)
    }

    /// Those of a pixel.
    pub(super) fn at(&self, pixel: usize) -> &[f64; MOST] {
        self.0.get(pixel).unwrap_or(&[0.0; MOST])
    }
}

/// What is left of a channel.
pub(super) struct Frequencies {
    /// The lowest frequency.
    pub(super) mean: f64,
    /// The largest of the others, without its sign.
    pub(super) largest: f64,
    /// 27 at the most.
    pub(super) others: Vec<f64>,
}

/// The sums of a channel's frequencies: those of a triangle, low ones of one side with higher ones of the other.
pub(super) struct Channel {
    /// A row has the frequencies across of one down.
    sums: [[f64; MOST]; MOST],
    /// How many of each row are in the triangle.
    counts: [usize; MOST],
}

impl Channel {
    /// Of `across` x `down` frequencies.
    pub(super) fn new(across: usize, down: usize) -> Self {
        let count = |y: usize| (across * down.saturating_sub(y)).div_ceil(down.max(1));
        Self { sums: [[0.0; MOST]; MOST], counts: std::array::from_fn(count) }
    }

    /// Adds a row of pixels.
    pub(super) fn add(&mut self, values: &[f64], across: &Cosines, down: &[f64; MOST]) {
        for ((sums, count), down) in self.sums.iter_mut().zip(self.counts).zip(down) {
            match count {
                0 => break,
                1 => add(sums.first_chunk_mut::<1>(), values, across, *down),
                2 => add(sums.first_chunk_mut::<2>(), values, across, *down),
                3 | 4 => add(sums.first_chunk_mut::<4>(), values, across, *down),
                5 | 6 => add(sums.first_chunk_mut::<6>(), values, across, *down),
                _ => add(Some(sums), values, across, *down),
            }
        }
    }

    /// What is left of a picture of `area` pixels.
    pub(super) fn frequencies(&self, area: f64) -> Frequencies {
        let rows = self.sums.iter().zip(self.counts);
        let mut all = rows.flat_map(|(sums, count)| sums.iter().take(count)).map(|sum| sum / area);
        let mean = all.next().unwrap_or_default();
        let others: Vec<f64> = all.collect();
        let largest = others.iter().fold(0.0, |largest: f64, other| largest.max(other.abs()));
        Frequencies { mean, largest, others }
    }
}

fn add<const COUNT: usize>(
    sums: Option<&mut [f64; COUNT]>,
    values: &[f64],
    across: &Cosines,
    down: f64,
) {
    let Some(sums) = sums else { return };
    let mut added = *sums;
    for (value, cosines) in values.iter().zip(&across.0) {
        for (sum, cosine) in added.iter_mut().zip(cosines) {
            *sum += value * cosine * down;
        }
    }
    *sums = added;
}
