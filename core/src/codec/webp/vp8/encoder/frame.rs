//! A frame: its macroblocks one after the other, then its partitions.

use super::super::header::SEGMENTS;
use super::super::tables::{COEFFICIENTS, Probabilities};
use super::bool_encoder::BoolEncoder;
use super::coded::{Coded, Context, each_block};
use super::cost::AllCosts;
use super::effort::Effort;
use super::header::first_partition;
use super::macroblock::Chooser;
use super::planes::Planes;
use super::quality::{self, Steps};
use super::row::Row;
use super::segments::Segments;
use super::tokens::{self, Counts};

/// After so many macroblocks costs are made anew, then after twice as many, but never more apart than that.
const FIRST_REFRESH: usize = 16;
const MOST_APART: usize = 256;

/// The first partition has fewer bytes than this: 19 bits say how many (section 9.1).
const FIRST_PARTITION: usize = 1 << 19;

/// The frame of a picture. `quality`: 1 to 100, as cwebp has it; `effort`: 0 to 6. None if its modes alone are too many for a
/// frame, which takes hundreds of megapixels.
pub(in crate::codec::webp) fn encode(
    planes: &Planes,
    size: (u16, u16),
    quality: u8,
    effort: u8,
) -> Option<Vec<u8>> {
    let effort = Effort::of(effort);
    // The modes of sub-blocks may be too many of a picture of 16 megapixels and more.
    encode_with(planes, size, quality, effort, FIRST_PARTITION)
        .or_else(|| encode_with(planes, size, quality, effort.without_subblocks(), FIRST_PARTITION))
}

fn encode_with(
    planes: &Planes,
    size: (u16, u16),
    quality: u8,
    effort: Effort,
    most: usize,
) -> Option<Vec<u8>> {
    let segments = Segments::of(planes);
    let (header, steps) = quality::header(quality, &segments);
    let mut frame = Frame { planes, segments, steps, effort, coded: Vec::new() };
    let mut probabilities = COEFFICIENTS;
    for pass in 0..effort.passes {
        probabilities = frame.pass(&probabilities, pass == 0, |_, _| ());
    }
    let first = first_partition(&header, &probabilities, &frame.coded, planes.wide);
    (first.len() < most).then(|| whole(&first, &frame.coefficients(&probabilities), size))
}

/// Section 9.1: a key frame of version 0 that is shown.
fn whole(first: &[u8], coefficients: &[u8], (width, height): (u16, u16)) -> Vec<u8> {
    let [low, middle, high, _] =
        (u32::try_from(first.len()).unwrap_or(0) << 5 | 0x10).to_le_bytes();
    let mut frame = vec![low, middle, high, 0x9D, 0x01, 0x2A];
    frame.extend(width.to_le_bytes());
    frame.extend(height.to_le_bytes());
    frame.extend(first);
    frame.extend(coefficients);
    frame
}

struct Frame<'a> {
    planes: &'a Planes,
    segments: Segments,
    steps: [Steps; SEGMENTS],
    effort: Effort,
    coded: Vec<Coded>,
}

impl Frame<'_> {
    /// Codes all macroblocks. The probabilities that suit them. `refreshes`: whether costs become those of what was coded
    /// so far. `see` is shown each macroblock as a decoder has it before the loop filter.
    fn pass(
        &mut self,
        probabilities: &Probabilities,
        refreshes: bool,
        mut see: impl FnMut((usize, usize), &Row),
    ) -> Probabilities {
        self.coded.clear();
        self.coded.reserve_exact(self.segments.map.len());
        let mut costs = AllCosts::new(probabilities);
        let mut counts = <[Counts; 4]>::default();
        let mut next = FIRST_REFRESH;
        let mut row = Row::new(self.planes.wide);
        for ((x, y), segment) in self.planes.macroblocks().zip(&self.segments.map) {
            if x == 0 {
                row.begin(y);
            }
            let Some(steps) = self.steps.get(usize::from(*segment)) else { continue };
            let chooser = Chooser { steps, costs: &costs, effort: self.effort };
            let source = self.planes.macroblock(x, y);
            let coded = row.code(x, |near, luma, chroma| {
                chooser.choose(&source, near, luma, chroma, *segment)
            });
            let Some(coded) = coded else { continue };
            see((x, y), &row);
            row.leave(x, &coded, &mut counts);
            self.coded.push(coded);
            if refreshes && self.coded.len() == next {
                next += next.min(MOST_APART);
                costs = AllCosts::new(&tokens::probabilities(&counts));
            }
        }
        tokens::probabilities(&counts)
    }

    /// The partition of all levels.
    fn coefficients(&self, probabilities: &Probabilities) -> Vec<u8> {
        let mut bits = BoolEncoder::new();
        let mut above = vec![Context::default(); self.planes.wide];
        for row in self.coded.chunks(self.planes.wide) {
            let mut left = Context::default();
            for (coded, above) in row.iter().zip(&mut above) {
                each_block(coded, (above, &mut left), |kind, levels, context| {
                    let probabilities = kind.of(probabilities);
                    tokens::block(levels, kind.first(), context, probabilities, &mut bits)
                });
            }
        }
        bits.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Frame as Decoder;
    use super::super::super::predict::LEFT;
    use super::super::chance::Chance;
    use super::super::quantizer::ERROR_WEIGHT;
    use super::*;

    /// One colour, slopes, stripes or noise, in patches.
    fn planes(chance: &mut Chance, wide: usize, high: usize) -> Planes {
        let kinds: Vec<u32> = (0..wide * high * 4).map(|_| chance.below(6)).collect();
        let mut planes = Planes::new(wide);
        for y in (0..high * 16).step_by(2) {
            let rows = [y, y + 1].map(|y| {
                let mut pixel = |x: usize| {
                    let value = match kinds[y / 8 * wide * 2 + x / 8] {
                        0 => 200,
                        1 => x * 3,
                        2 => y * 3,
                        3 => x / 2 % 2 * 255,
                        4 => (x + y) / 4 % 2 * 180,
                        _ => chance.byte().into(),
                    };
                    let value = u8::try_from(value).unwrap();
                    [value, value / 2, 255 - value]
                };
                (0..wide * 16).map(&mut pixel).collect::<Vec<_>>()
            });
            planes.push(&rows[0], &rows[1]);
        }
        planes
    }

    /// A picture's samples as the encoder has them at the end: rows of luma, of U and of V.
    fn coded(planes: &Planes, quality: u8, effort: u8) -> [Vec<Vec<u8>>; 3] {
        let (effort, segments) = (Effort::of(effort), Segments::of(planes));
        let (_, steps) = quality::header(quality, &segments);
        let high = segments.map.len() / planes.wide;
        let mut rows = [16, 8, 8].map(|size| vec![vec![0; planes.wide * size]; high * size]);
        let mut frame = Frame { planes, segments, steps, effort, coded: Vec::new() };
        let mut probabilities = COEFFICIENTS;
        for pass in 0..effort.passes {
            probabilities = frame.pass(&probabilities, pass == 0, |(x, y), row| {
                let (luma, chroma) = row.samples();
                let kinds = [(luma, LEFT, 16), (chroma, LEFT, 8), (chroma, LEFT + 16, 8)];
                for (rows, (work, at, size)) in rows.iter_mut().zip(kinds) {
                    for (to, from) in rows[y * size..].iter_mut().zip(&work[1..=size]) {
                        to[x * size..][..size].copy_from_slice(&from[at..at + size]);
                    }
                }
            });
        }
        rows
    }

    #[test]
    fn a_decoder_has_the_samples_that_the_encoder_predicts_from() {
        let mut chance = Chance(1);
        for round in 0..120_u8 {
            let (wide, high) = (1 + chance.byte() % 4, 1 + chance.byte() % 4);
            let planes = planes(&mut chance, wide.into(), high.into());
            let (quality, effort) = (1 + chance.byte() % 100, round % 7);
            let rows = coded(&planes, quality, effort);
            let size = (u16::from(wide) * 16, u16::from(high) * 16);
            let file = encode(&planes, size, quality, effort).unwrap();
            let mut frame = Decoder::open(&file, false).unwrap();
            let mut seen = 0;
            while let Some(ready) = frame.next_row() {
                for y in seen..ready {
                    let (u, v) = frame.chroma(y / 2);
                    let what = format!("round {round}, quality {quality}, row {y}");
                    assert_eq!(frame.luma(y), rows[0][y as usize], "{what}");
                    assert_eq!(
                        [u, v],
                        [&rows[1][y as usize / 2], &rows[2][y as usize / 2]],
                        "{what}"
                    );
                }
                seen = ready;
            }
            assert_eq!(seen, u32::from(high) * 16);
        }
    }

    #[test]
    fn without_sub_blocks_the_first_partition_is_shorter_and_a_longer_one_is_refused() {
        // Stripes, this way and that way.
        let mut planes = Planes::new(24);
        for y in (0..384_usize).step_by(2) {
            let rows = [y, y + 1].map(|y| {
                let stripes = |x: usize| if (x ^ y) & 16 == 0 { x + y } else { x + 384 - y };
                let pixel = |x| [if stripes(x) / 3 % 2 == 0 { 30 } else { 210 }; 3];
                (0..384).map(pixel).collect::<Vec<_>>()
            });
            planes.push(&rows[0], &rows[1]);
        }
        let effort = Effort::of(4);
        let length = |effort, most| {
            let file = encode_with(&planes, (384, 384), 90, effort, most)?;
            let tag = u32::from_le_bytes([file[0], file[1], file[2], 0]);
            let mut frame = Decoder::open(&file, true).unwrap();
            while frame.next_row().is_some() {}
            Some(tag as usize >> 5)
        };
        let all = length(effort, FIRST_PARTITION).unwrap();
        assert_eq!(length(effort, all), None);
        assert!(length(effort.without_subblocks(), all).unwrap() < all);
    }

    /// What is lost and what it costs, as macroblocks weigh it.
    #[test]
    fn the_most_effort_has_the_best_score() {
        let mut chance = Chance(7);
        let mut planes = Planes::new(8);
        let mut luma: Vec<Vec<u8>> = Vec::new();
        for y in (0..128_u32).step_by(2) {
            let rows = [y, y + 1].map(|y| {
                let mut pixel = |x: u32| 40 + x + y / 2 + chance.below(20) + (x / 24 % 2) * 30;
                (0..128).map(|x| [u8::try_from(pixel(x)).unwrap_or(255); 3]).collect::<Vec<_>>()
            });
            planes.push(&rows[0], &rows[1]);
        }
        for y in 0..8 {
            (0..16).for_each(|row| {
                luma.push((0..8).flat_map(|x| planes.macroblock(x, y).luma[row]).collect());
            });
        }
        let (_, steps) = quality::header(60, &Segments::of(&planes));
        let scores = [0, 2, 4, 6].map(|effort| {
            let found: &Vec<Vec<u8>> = &coded(&planes, 60, effort)[0];
            let samples = luma.iter().flatten().zip(found.iter().flatten());
            let lost: u64 = samples.map(|(a, b): (&u8, _)| u64::from(a.abs_diff(*b)).pow(2)).sum();
            let bits = encode(&planes, (128, 128), 60, effort).unwrap().len() as u64 * 8;
            ((4 * lost) << ERROR_WEIGHT) + steps[0].lambda * 256 * bits
        });
        let [.., most] = scores;
        assert_eq!(scores.iter().min(), Some(&most), "{scores:?}");
        assert_eq!(scores.iter().filter(|score| **score == most).count(), 1, "{scores:?}");
    }
}
