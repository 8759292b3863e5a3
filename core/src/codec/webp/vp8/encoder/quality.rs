//! From a quality to what a frame's header says.

use super::super::header::{Quantizer, SEGMENTS};
use super::super::tables::AC_FACTORS;
use super::header::Header;
use super::quantizer::Matrices;
use super::segments::{FRACTION, Segments};

/// How much larger steps become with texture: their logarithm for one of the variance. Of 0 to 0.2 it made the smallest
/// files of thirteen photographs at equal SSIMULACRA2.
const TEXTURE: f64 = 0.15;
/// The loop filter's level for a step of luma, in 256ths: what smooths an edge between flat blocks that are half a step
/// apart, and the smallest files at equal SSIMULACRA2.
const FILTER: u32 = 54;
/// What a bit counts against the square of an error, in steps: the smallest files at equal SSIMULACRA2 and PSNR.
const BIT: u64 = 12;

/// How a segment's coefficients become levels.
pub(super) struct Steps {
    pub(super) matrices: Matrices,
    /// What 256ths of a bit count; see [`super::quantizer::ERROR_WEIGHT`].
    pub(super) lambda: u64,
}

/// The header for a quality of 1 to 100, and the steps of its segments.
pub(super) fn header(quality: u8, segments: &Segments) -> (Header, [Steps; SEGMENTS]) {
    let base = factor(index(quality));
    let indices = segments.textures.map(|texture| {
        let doublings = f64::from(texture) / f64::from(1 << FRACTION) * TEXTURE;
        nearest(f64::from(base) * libm::exp2(doublings))
    });
    let steps = indices.map(|index| {
        let quantizer = Quantizer {
            base: index.into(),
            luma_dc: 0,
            y2_dc: 0,
            y2_ac: 0,
            chroma_dc: 0,
            chroma_ac: 0,
        };
        let step = u64::from(factor(index));
        let matrices = Matrices::new(&quantizer.factors(index.into()));
        Steps { matrices, lambda: (BIT * step * step) >> 5 }
    });
    (Header { indices, levels: indices.map(filter_level) }, steps)
}

/// Below this quality steps are finer than cwebp's, by [`FINER`] of the distance: of few bits, ours lose more that is seen.
const LOW: f64 = 24.0;
/// From 10 on the median of the scores (SSIMULACRA2) is then within 2 points of libwebp's at the same number.
const FINER: f64 = 0.125;

/// The index of a quality as cwebp has it: 2/3 of the way up to 75, where most pictures are, and the cube root of that.
fn index(quality: u8) -> u8 {
    let quality = f64::from(quality);
    let part = (quality + (LOW - quality).max(0.0) * FINER) / 100.0;
    let part = if part < 0.75 { part * (2.0 / 3.0) } else { 2.0 * part - 1.0 };
    let index = 127.0 * (1.0 - libm::cbrt(part));
    (0..=127).rev().find(|whole| f64::from(*whole) <= index).unwrap_or(0)
}

/// The step of an index.
fn factor(index: u8) -> u32 {
    AC_FACTORS.get(usize::from(index)).map_or(4, |factor| factor.unsigned_abs())
}

/// The index whose step is nearest.
fn nearest(step: f64) -> u8 {
    let next = (0..=127).find(|index| f64::from(factor(*index)) >= step).unwrap_or(127);
    let before = next.saturating_sub(1);
    let [above, below] = [next, before].map(|index| (f64::from(factor(index)) - step).abs());
    if below < above { before } else { next }
}

/// The loop filter's level of an index: none where it would hardly change anything.
fn filter_level(index: u8) -> u8 {
    match (factor(index) * FILTER) >> 8 {
        0 | 1 => 0,
        level => u8::try_from(level.min(63)).unwrap_or(63),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_fall_with_quality() {
        let all: Vec<u8> = (1..=100).map(index).collect();
        assert!(all.is_sorted_by(|a, b| a >= b));
        assert_eq!((all[0], all[49], all[74], all[99]), (89, 38, 26, 0));
    }

    #[test]
    fn the_nearest_index_is_that_of_its_own_step() {
        for index in 0..=127 {
            let step = f64::from(factor(index));
            assert_eq!(factor(nearest(step)), factor(index));
            assert_eq!(factor(nearest(step + 0.1)), factor(index));
        }
        assert_eq!((nearest(0.0), nearest(1e9)), (0, 127));
    }

    #[test]
    fn texture_has_larger_steps_and_flat_parts_smaller_ones() {
        let segments = Segments { map: Vec::new(), textures: [-128, 0, 64, 256] };
        let (header, _) = header(75, &segments);
        assert!(header.indices.is_sorted_by(|a, b| a < b), "{:?}", header.indices);
        assert_eq!(header.indices[1], index(75));
        assert!(header.levels.is_sorted());
    }
}
