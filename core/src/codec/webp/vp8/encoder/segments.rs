//! Segments: macroblocks of like texture. Noise is seen less in texture than in flat parts, so each segment has steps of
//! its own.

use super::super::header::SEGMENTS;
use super::planes::Planes;

/// Bits of fraction of a logarithm.
pub(super) const FRACTION: u32 = 6;
/// Rounds of moving the centres. They hardly move after these.
const ROUNDS: usize = 8;
/// Added to a variance: what is below it is flat.
const FLAT: u32 = 64;

/// The segment of each macroblock, and how much texture the segments have against the average of the picture: binary
/// logarithms of variances, with [`FRACTION`] bits of fraction.
pub(super) struct Segments {
    pub(super) map: Vec<u8>,
    pub(super) textures: [i32; SEGMENTS],
}

impl Segments {
    pub(super) fn of(planes: &Planes) -> Self {
        let places = planes.macroblocks();
        let textures: Vec<u32> =
            places.map(|(x, y)| texture(&planes.macroblock(x, y).luma)).collect();
        let (least, most) =
            textures.iter().fold((u32::MAX, 0), |(a, b), one| (a.min(*one), b.max(*one)));
        let spread = most.saturating_sub(least);
        let mut centres = [1, 3, 5, 7].map(|eighths| least.saturating_add(spread * eighths / 8));
        // k-means.
        for _ in 0..ROUNDS {
            let mut sums = [(0_u64, 0_u64); SEGMENTS];
            for texture in &textures {
                if let Some((sum, count)) = sums.get_mut(usize::from(nearest(&centres, *texture))) {
                    *sum += u64::from(*texture);
                    *count += 1;
                }
            }
            for (centre, (sum, count)) in centres.iter_mut().zip(sums) {
                if let Some(mean) = sum.checked_div(count) {
                    *centre = u32::try_from(mean).unwrap_or(*centre);
                }
            }
        }
        let sum: u64 = textures.iter().copied().map(u64::from).sum();
        let mean = sum.checked_div(textures.len() as u64).unwrap_or(0);
        let against = |centre| i32::try_from(i64::from(centre) - mean.cast_signed()).unwrap_or(0);
        Self {
            map: textures.iter().map(|texture| nearest(&centres, *texture)).collect(),
            textures: centres.map(against),
        }
    }
}

/// The first of the nearest centres.
fn nearest(centres: &[u32; SEGMENTS], value: u32) -> u8 {
    let distances = (0..).zip(centres.iter().map(|centre| centre.abs_diff(value)));
    distances.min_by_key(|(_, distance)| *distance).map_or(0, |(segment, _)| segment)
}

/// How much texture a macroblock has: the mean of the logarithms of the variances of its quarters.
fn texture(luma: &[[u8; 16]; 16]) -> u32 {
    let mut sum = 0;
    for rows in luma.as_chunks::<8>().0 {
        let mut halves = [(0_u32, 0_u32); 2];
        for row in rows {
            for ((total, squares), samples) in halves.iter_mut().zip(row.as_chunks::<8>().0) {
                *total += samples.iter().map(|sample| u32::from(*sample)).sum::<u32>();
                *squares += samples
                    .iter()
                    .map(|sample| u32::from(*sample) * u32::from(*sample))
                    .sum::<u32>();
            }
        }
        for (total, squares) in halves {
            // 64 samples; 16 times their variance.
            let variance = (squares * 64 - total * total) / (64 * 64 / 16);
            sum += logarithm(variance + FLAT);
        }
    }
    sum / 4
}

/// The binary logarithm of a number from 1 on, with [`FRACTION`] bits of fraction, in straight lines between powers of 2.
fn logarithm(value: u32) -> u32 {
    let whole = value.ilog2();
    let mantissa = u64::from(value) << FRACTION >> whole;
    (whole << FRACTION) + u32::try_from(mantissa).unwrap_or(0) - (1 << FRACTION)
}

#[cfg(test)]
mod tests {
    use super::super::chance::Chance;
    use super::*;

    fn planes(pixels: &[[u8; 3]], width: usize) -> Planes {
        let mut planes = Planes::new(width / 16);
        for rows in pixels.chunks(width * 2) {
            let (upper, lower) = rows.split_at(width);
            planes.push(upper, lower);
        }
        planes
    }

    #[test]
    fn flat_parts_and_texture_are_in_different_segments() {
        // Left grey, right noise.
        let mut chance = Chance(1);
        let pixels = (0..64 * 32).map(|at| [if at % 64 < 32 { 128 } else { chance.byte() }; 3]);
        let planes = planes(&pixels.collect::<Vec<_>>(), 64);
        let Segments { map, textures } = Segments::of(&planes);
        let (flat, noise) = (map[0], map[3]);
        assert_eq!(map, [flat, flat, noise, noise, flat, flat, noise, noise]);
        assert!(textures[usize::from(flat)] < -100 && textures[usize::from(noise)] > 100);
    }

    #[test]
    fn one_colour_is_one_segment_without_a_difference() {
        let Segments { map, textures } = Segments::of(&planes(&[[9; 3]; 32 * 16], 32));
        assert_eq!(map[0], map[1]);
        assert_eq!(textures[usize::from(map[0])], 0);
    }

    #[test]
    fn logarithms_rise() {
        let all: Vec<u32> = (1..5000).map(logarithm).collect();
        assert!(all.is_sorted());
        assert_eq!((all[0], all[1], all[2], all[1023]), (0, 64, 96, 640));
    }
}
