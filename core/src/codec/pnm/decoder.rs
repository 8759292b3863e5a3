//! The pixels of a PNM.

use thumbox_protocol::Format;

use super::headers::{Headers, Raster};
use super::tokens::{Token, Tokens};
use crate::budget::Budget;
use crate::codec::decoded::{Decoded, Pixels};
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::packed::Packed;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture, Sample};
use crate::reduce::Order;

/// A PNM whose header was read.
pub(crate) struct Pnm<'a> {
    headers: Headers<'a>,
}

impl<'a> Codec<'a> for Pnm<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { headers: Headers::read(data)? })
    }

    fn info(&self) -> &Info {
        &self.headers.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { headers } = self;
        let Headers { max, samples, layout, mut data, .. } = headers;
        let mut tokens = Tokens::new(data);
        let pixels: Pixels<'_> = match headers.raster {
            Raster::Bits => {
                let _working = budget.charge(Packed::WORKING, "decoding the PNM")?;
                let packed = Packed::new(&[[255; 4], [0; 4]], 1, Layout::Grey);
                read::<u8>(&headers, need, budget, |count, to| {
                    packed.row(data.take_up_to(count.div_ceil(8)), to);
                    to.truncate(count);
                    None
                })?
                .into()
            }
            Raster::Digits => read::<u8>(&headers, need, budget, |count, to| {
                text(count, to, || tokens.digit(), |digit| if digit == 0 { 255 } else { 0 })
            })?
            .into(),
            Raster::Numbers if max < 256 => read::<u8>(&headers, need, budget, |count, to| {
                let count = count * layout.channels();
                text(count, to, || tokens.number(true), |number| scaled(number, max))
            })?
            .into(),
            Raster::Numbers => read::<u16>(&headers, need, budget, |count, to| {
                let count = count * layout.channels();
                text(count, to, || tokens.number(true), |number| scaled(number, max))
            })?
            .into(),
            Raster::Bytes if max < 256 => {
                let levels: Vec<u8> = (0..=255).map(|level| scaled(level, max)).collect();
                let level = |byte: &u8| levels.get(usize::from(*byte)).copied().unwrap_or(255);
                read::<u8>(&headers, need, budget, |count, to| {
                    let stored = data.take_up_to(count.saturating_mul(samples));
                    if max == 255 && samples == layout.channels() {
                        to.extend_from_slice(stored);
                    } else {
                        let pixels = stored.chunks_exact(samples);
                        to.extend(pixels.flat_map(|p| p.iter().take(layout.channels()).map(level)));
                    }
                    None
                })?
                .into()
            }
            Raster::Bytes => read::<u16>(&headers, need, budget, |count, to| {
                let stored = data.take_up_to(count.saturating_mul(samples).saturating_mul(2));
                let stored = stored.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair));
                if max == u16::MAX && samples == layout.channels() {
                    to.extend(stored);
                } else {
                    let shown =
                        stored.enumerate().filter(|(at, _)| at % samples < layout.channels());
                    to.extend(shown.map(|(_, sample)| scaled::<u16>(sample.into(), max)));
                }
                None
            })?
            .into(),
        };
        Ok(need.decoded(pixels, None))
    }
}

/// Pixels that are read at once, at the most; a multiple of 8, so that each piece of a row begins with a byte.
const PIECE: u32 = 1 << 18;

/// Reads all rows. `next` adds the samples of so many pixels, or of fewer where the data ends, and says what is wrong.
fn read<'b, S: Sample>(
    headers: &Headers<'_>,
    need: &Need,
    budget: &'b Budget,
    mut next: impl FnMut(usize, &mut Vec<S>) -> Option<Error>,
) -> Result<Picture<'b, S>> {
    let (Info { width, height, .. }, layout) = (headers.info.clone(), headers.layout);
    // A byte may hold pixels beyond the last.
    let longest = (width.min(PIECE) as usize + 7) * layout.channels();
    let _working = budget.charge((longest * size_of::<S>()) as u64, "decoding the PNM")?;
    let mut reducer = need.reducer::<S>(layout, Order::Down, budget)?;
    let mut samples = Vec::with_capacity(longest);
    for y in 0..height {
        for x in (0..width).step_by(PIECE as usize) {
            let count = PIECE.min(width - x) as usize;
            samples.clear();
            let damage = next(count, &mut samples);
            reducer.put(y, x, 1, &samples);
            let there = samples.len() / layout.channels();
            if there < count {
                let is_empty = x == 0 && y == 0 && there == 0;
                match damage {
                    Some(error) => need.check_damaged(error, is_empty)?,
                    None => need.check_cut(Format::Pnm, "its pixels end early", is_empty)?,
                }
                return Ok(reducer.finish());
            }
        }
    }
    Ok(reducer.finish())
}

/// Adds so many samples out of text.
fn text<S: Sample>(
    count: usize,
    to: &mut Vec<S>,
    mut next: impl FnMut() -> Token,
    sample: impl Fn(u32) -> S,
) -> Option<Error> {
    while to.len() < count {
        match next() {
            Token::Number(number) => to.push(sample(number)),
            Token::End => return None,
            Token::Junk(byte) => {
                let byte = [byte];
                let detail = format!("its pixels have \"{}\" for a number", byte.escape_ascii());
                return Some(Error::corrupt(Format::Pnm, detail));
            }
        }
    }
    None
}

/// A sample of which `max` is full intensity, rounded; full intensity for what is more.
#[inline(always)]
fn scaled<S: Sample>(sample: u32, max: u16) -> S {
    let max = u32::from(max);
    let most = u32::try_from(S::MAX).unwrap_or(u32::MAX);
    // Two numbers of 16 bits.
    S::from_u64(((sample.min(max) * most + max / 2) / max).into())
}
