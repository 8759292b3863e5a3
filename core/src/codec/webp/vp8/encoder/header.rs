//! A frame's header and the modes of its macroblocks: the first partition (RFC 6386, sections 9 and 19.2).

use super::super::header::SEGMENTS;
use super::super::modes::{Luma, SubblockMode};
use super::super::tables::{Probabilities, SUBBLOCK_MODES};
use super::bool_encoder::BoolEncoder;
use super::coded::Coded;
use super::cost::{self, Path};
use super::tokens::{probability, write_probabilities};

/// What holds for a whole frame.
pub(super) struct Header {
    /// Quantiser indices, 0 to 127, and levels of the loop filter, 0 to 63, by segment.
    pub(super) indices: [u8; SEGMENTS],
    pub(super) levels: [u8; SEGMENTS],
}

/// The first partition.
pub(super) fn first_partition(
    header: &Header,
    probabilities: &Probabilities,
    macroblocks: &[Coded],
    wide: usize,
) -> Vec<u8> {
    let mut bits = BoolEncoder::new();
    // YUV, and values that have to be clamped.
    bits.number(0, 2);
    let segments = segment_probabilities(macroblocks);
    bits.flag(segments.is_some());
    if let Some(segments) = segments {
        // A map, and values that stand for themselves.
        bits.number(7, 3);
        for (values, size) in [(&header.indices, 7), (&header.levels, 6)] {
            values.iter().for_each(|value| bits.optional_signed(value.cast_signed(), size));
        }
        for probability in segments {
            bits.flag(probability < 255);
            if probability < 255 {
                bits.number(probability, 8);
            }
        }
    }
    let ([index, ..], [level, ..]) = (header.indices, header.levels);
    // The level of 0 turns the filter off for all segments.
    let level =
        if segments.is_some() { header.levels.into_iter().max().unwrap_or(level) } else { level };
    // The normal filter, whose levels do not depend on modes.
    bits.flag(false);
    bits.number(level, 6);
    // Sharpness.
    bits.number(0, 3);
    bits.flag(false);
    // One partition of coefficients.
    bits.number(0, 2);
    bits.number(index, 7);
    // Each kind of coefficient has the index's own step.
    (0..5).for_each(|_| bits.optional_signed(0, 4));
    // What this frame sets is for no other.
    bits.flag(false);
    write_probabilities(&mut bits, probabilities);
    let empty = u32::try_from(macroblocks.iter().filter(|one| one.is_empty()).count()).unwrap_or(0);
    let all = u32::try_from(macroblocks.len()).unwrap_or(u32::MAX);
    let skips = (empty > 0).then(|| probability([all - empty, empty]));
    bits.flag(skips.is_some());
    skips.into_iter().for_each(|probability| bits.number(probability, 8));
    let mut above = vec![[SubblockMode::Dc; 4]; wide];
    for row in macroblocks.chunks(wide) {
        let mut left = [SubblockMode::Dc; 4];
        for (macroblock, above) in row.iter().zip(&mut above) {
            if let Some([first, low, high]) = segments {
                let segment = macroblock.segment;
                bits.bit(first, segment > 1);
                bits.bit(if segment > 1 { high } else { low }, segment % 2 == 1);
            }
            if let Some(probability) = skips {
                bits.bit(probability, macroblock.is_empty());
            }
            write_modes(&mut bits, macroblock, above, &mut left);
        }
    }
    bits.finish()
}

fn write_modes(
    bits: &mut BoolEncoder,
    macroblock: &Coded,
    above: &mut [SubblockMode; 4],
    left: &mut [SubblockMode; 4],
) {
    let modes = macroblock.modes();
    match &macroblock.luma {
        Luma::Whole(mode) => write(bits, cost::whole_path(*mode)),
        Luma::Subblocks(modes) => {
            write(bits, cost::SUBBLOCKS);
            let mut above = *above;
            for (modes, left) in modes.as_chunks::<4>().0.iter().zip(left.iter()) {
                let mut left = *left;
                for (mode, above) in modes.iter().zip(&mut above) {
                    let by_left = SUBBLOCK_MODES.get(*above as usize).unwrap_or(&[[128; 9]; 10]);
                    let probabilities = by_left.get(left as usize).unwrap_or(&[128; 9]);
                    for (place, value) in cost::subblock_path(*mode) {
                        bits.bit(probabilities.get(*place).copied().unwrap_or(128), *value);
                    }
                    (*above, left) = (*mode, *mode);
                }
            }
        }
    }
    write(bits, cost::chroma_path(macroblock.chroma));
    for (row, left) in modes.as_chunks::<4>().0.iter().zip(left) {
        *above = *row;
        let [.., last] = *row;
        *left = last;
    }
}

fn write(bits: &mut BoolEncoder, path: Path) {
    path.iter().for_each(|(probability, value)| bits.bit(*probability, *value));
}

/// The probabilities of a segment's bits; `None` if all are in the first.
fn segment_probabilities(macroblocks: &[Coded]) -> Option<[u8; 3]> {
    let mut counts = [0_u32; SEGMENTS];
    for macroblock in macroblocks {
        if let Some(count) = counts.get_mut(usize::from(macroblock.segment)) {
            *count += 1;
        }
    }
    let [a, b, c, d] = counts;
    (b + c + d > 0).then(|| {
        [[a + b, c + d], [a, b], [c, d]]
            .map(|counts| if counts == [0, 0] { 255 } else { probability(counts) })
    })
}
