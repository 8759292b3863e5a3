//! QOI (the Quite OK Image format, version 1.0).

use std::iter::repeat_n;

use thumbox_protocol::Format;

use super::decoded::Decoded;
use super::info::Info;
use super::interface::{Codec, Need};
use crate::budget::Budget;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;
use crate::picture::{Layout, Picture};
use crate::reduce::Order;

/// A QOI whose header was read.
pub(crate) struct Qoi<'a> {
    info: Info,
    chunks: Chunks<'a>,
}

impl<'a> Codec<'a> for Qoi<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"qoif"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        let mut cursor = Cursor::at(data, 4);
        // The last of the header says what the colours are, "purely informative".
        let header = (|| Some((cursor.u32_be()?, cursor.u32_be()?, cursor.array()?)))();
        let (width, height, [channels, _]) =
            header.ok_or_else(|| Error::truncated(Format::Qoi, "it ends in its header"))?;
        if width == 0 || height == 0 {
            let detail = format!("its dimensions are {width} x {height}; 1 and more is allowed");
            return Err(Error::corrupt(Format::Qoi, detail));
        }
        if !matches!(channels, 3 | 4) {
            let detail = format!("it has {channels} channels; 3 or 4 is allowed");
            return Err(Error::corrupt(Format::Qoi, detail));
        }
        let info = Info {
            format: Format::Qoi,
            width,
            height,
            orientation: Orientation::UPRIGHT,
            alpha: channels == 4,
            animated: false,
            progressive: false,
            icc: false,
        };
        Ok(Self { info, chunks: Chunks::new(cursor) })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { info, chunks } = self;
        let picture = if info.alpha {
            draw::<4>(chunks, &info, need, budget)?
        } else {
            draw::<3>(chunks, &info, need, budget)?
        };
        Ok(need.decoded(picture, None))
    }
}

/// Pixels that are made at once, at the most.
const PIECE: u32 = 1 << 18;

fn draw<'b, const N: usize>(
    mut chunks: Chunks<'_>,
    info: &Info,
    need: &Need,
    budget: &'b Budget,
) -> Result<Picture<'b>> {
    let Info { width, height, .. } = *info;
    let longest = width.min(PIECE) as usize;
    let _working = budget.charge((longest * N) as u64, "decoding the QOI")?;
    let layout = if N == 4 { Layout::Rgba } else { Layout::Rgb };
    let mut reducer = need.reducer::<u8>(layout, Order::Down, budget)?;
    let mut pixels: Vec<[u8; N]> = Vec::with_capacity(longest);
    for y in 0..height {
        for x in (0..width).step_by(PIECE as usize) {
            let count = PIECE.min(width - x) as usize;
            chunks.read(count, &mut pixels);
            reducer.put(y, x, 1, pixels.as_flattened());
            if pixels.len() < count {
                let is_empty = x == 0 && y == 0 && pixels.is_empty();
                need.check_cut(Format::Qoi, "its pixels end early", is_empty)?;
                return Ok(reducer.finish());
            }
        }
    }
    Ok(reducer.finish())
}

/// Pixels, out of the chunks that stand for them.
struct Chunks<'a> {
    data: Cursor<'a>,
    /// Red, green, blue and alpha of the pixel before.
    pixel: [u8; 4],
    /// Pixels that were seen, each at its hash.
    seen: [[u8; 4]; 64],
    /// How often the pixel comes again.
    run: usize,
}

impl<'a> Chunks<'a> {
    const fn new(data: Cursor<'a>) -> Self {
        Self { data, pixel: [0, 0, 0, 255], seen: [[0; 4]; 64], run: 0 }
    }

    /// Makes the next `count` pixels, or fewer where the data ends.
    fn read<const N: usize>(&mut self, count: usize, pixels: &mut Vec<[u8; N]>) {
        pixels.clear();
        while pixels.len() < count {
            if self.run == 0 && self.next().is_none() {
                return;
            }
            let pixel = *self.pixel.first_chunk::<N>().unwrap_or(&[0; N]);
            if self.run == 1 {
                pixels.push(pixel);
                self.run = 0;
                continue;
            }
            let run = self.run.min(count - pixels.len());
            pixels.extend(repeat_n(pixel, run));
            self.run -= run;
        }
    }

    /// Reads a chunk: a pixel, and how often it comes.
    #[inline(always)]
    fn next(&mut self) -> Option<()> {
        let [red, green, blue, alpha] = self.pixel;
        let first = self.data.u8()?;
        self.run = 1;
        self.pixel = match first {
            0xFF => self.data.array()?,
            0xFE => {
                let [red, green, blue] = self.data.array()?;
                [red, green, blue, alpha]
            }
            0..0x40 => self.seen.get(usize::from(first)).copied().unwrap_or_default(),
            0x40..0x80 => {
                let add = |sample: u8, bits: u8| sample.wrapping_add(bits & 3).wrapping_sub(2);
                [add(red, first >> 4), add(green, first >> 2), add(blue, first), alpha]
            }
            0x80..0xC0 => {
                let second = self.data.u8()?;
                let of_green = (first & 0x3F).wrapping_sub(32);
                let add = |sample: u8, bits: u8| {
                    sample.wrapping_add(of_green).wrapping_add(bits & 15).wrapping_sub(8)
                };
                [add(red, second >> 4), green.wrapping_add(of_green), add(blue, second), alpha]
            }
            0xC0.. => {
                self.run = usize::from(first & 0x3F) + 1;
                self.pixel
            }
        };
        if let Some(seen) = self.seen.get_mut(hash(self.pixel)) {
            *seen = self.pixel;
        }
        Some(())
    }
}

/// The place of a pixel among those that were seen.
fn hash(pixel: [u8; 4]) -> usize {
    let products = pixel.into_iter().zip([3_usize, 5, 7, 11]);
    products.map(|(sample, factor)| usize::from(sample) * factor).sum::<usize>() % 64
}
