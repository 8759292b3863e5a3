//! The pixels of a PNG: rows are inflated, their filters undone, expanded and reduced, one after the other.

use thumbox_protocol::Format;

use super::adam7::{Pass, passes};
use super::chunks::{Headers, SIGNATURE};
use super::data::Data;
use super::expand::{Expand, Expansion};
use super::filter::undo;
use super::profile::profile;
use crate::budget::Budget;
use crate::codec::decoded::{Decoded, Pixels};
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::error::{Error, Result};
use crate::picture::{Picture, Sample};
use crate::reduce::{Order, Reducer};

/// A PNG whose chunks were walked.
pub(crate) struct Png<'a> {
    headers: Headers<'a>,
}

impl<'a> Codec<'a> for Png<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[SIGNATURE];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { headers: Headers::read(data)? })
    }

    fn info(&self) -> &Info {
        &self.headers.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { headers } = self;
        headers.check()?;
        if need.refuse_truncated {
            headers.check_checksums()?;
        }
        let profile = profile(&headers, budget)?;
        let expansion = Expansion::new(&headers);
        let pixels: Pixels<'_> = if headers.depth == 16 {
            read::<u16>(&headers, &expansion, need, budget)?.into()
        } else {
            read::<u8>(&headers, &expansion, need, budget)?.into()
        };
        Ok(need.decoded(pixels, profile))
    }
}

/// Reads all passes.
fn read<'b, S: Sample>(
    headers: &Headers<'_>,
    expansion: &Expansion,
    need: &Need,
    budget: &'b Budget,
) -> Result<Picture<'b, S>>
where
    Expansion: Expand<S>,
{
    let Info { width, height, progressive, .. } = headers.info;
    let bits = headers.colours.channels() * usize::from(headers.depth);
    // Up to 2^31 pixels of 64 bits: no more than 35 bits.
    let row_bytes = |width: u32| (u64::from(width) * bits as u64).div_ceil(8);
    let (pixel, longest) = (bits.div_ceil(8), row_bytes(width));
    // A byte may hold pixels beyond the last.
    let samples = (u64::from(width) + 7) * (expansion.layout.channels() * size_of::<S>()) as u64;
    let all = (longest + 1).saturating_mul(height.into());
    let working = Data::working(longest + 1, all) + 2 * longest + samples + Expansion::WORKING;
    let _working = budget.charge(working, "decoding the PNG")?;
    let longest = usize::try_from(longest).map_err(|_| too_wide(width))?;
    let order = if progressive { Order::Any } else { Order::Rows };
    let mut reducer: Reducer<'b, S> = need.reducer(expansion.layout, order, budget)?;
    let mut data = Data::new(headers.data, longest + 1, all, need.refuse_truncated);
    let (mut row, mut before) = (vec![0; longest], vec![0; longest]);
    let mut expanded = Vec::with_capacity(usize::try_from(samples).unwrap_or(0) / size_of::<S>());
    let (needed, channels) = (reducer.rows(), expansion.layout.channels());
    let mut is_empty = true;
    for pass in passes(width, height, progressive) {
        let Pass { x, y, x_step, y_step, width, height } = pass;
        let length = usize::try_from(row_bytes(width)).unwrap_or(usize::MAX);
        let (Some(mut row), Some(mut before)) = (row.get_mut(..length), before.get_mut(..length))
        else {
            return Err(too_wide(width));
        };
        before.fill(0);
        for y in (0..height).map(|index| y + index * y_step) {
            let stored = data.next(length + 1)?;
            let Some((kind, filtered)) = stored.split_first().filter(|_| stored.len() > length)
            else {
                return end(reducer, is_empty, need);
            };
            is_empty = false;
            undo(*kind, pixel, filtered, before, row).ok_or_else(|| unknown_filter(*kind))?;
            if needed.contains(&y) {
                let pixels = expansion.row(row, &mut expanded);
                reducer.put(
                    y,
                    x,
                    x_step,
                    pixels.get(..width as usize * channels).unwrap_or(pixels),
                );
            }
            std::mem::swap(&mut row, &mut before);
        }
    }
    if need.refuse_truncated && !data.finish()? {
        need.check_truncated(Format::Png, CUT)?;
    }
    Ok(reducer.finish())
}

/// What is said of a file that is cut off in its pixels.
const CUT: &str = "its image data ends early";

/// Shows what there is of a picture that is cut off.
fn end<'b, S: Sample>(
    reducer: Reducer<'b, S>,
    is_empty: bool,
    need: &Need,
) -> Result<Picture<'b, S>> {
    need.check_cut(Format::Png, CUT, is_empty)?;
    Ok(reducer.finish())
}

fn unknown_filter(kind: u8) -> Error {
    Error::corrupt(Format::Png, format!("a row has filter {kind}; 0 to 4 are allowed"))
}

fn too_wide(width: u32) -> Error {
    Error::Bug(format!("a row of {width} pixels was charged and cannot be addressed"))
}
