//! The pixels of a PNG: rows are inflated, their filters undone, expanded and reduced, one after the other, and very wide
//! ones in pieces.

use thumbox_protocol::Format;

use super::adam7::{Pass, passes};
use super::chunks::Headers;
use super::data::Data;
use super::expand::{Expand, Expansion};
use super::filter::{Before, undo};
use crate::budget::{Budget, Charge};
use crate::codec::decoded::Pixels;
use crate::codec::info::Info;
use crate::codec::interface::Need;
use crate::colour::Convertible as _;
use crate::error::{Error, Result};
use crate::picture::{Picture, Sample};
use crate::reduce::{Order, Reducer};

/// The pixels of a picture in its own depth.
///
/// # Errors
/// As [`Codec::decode`](crate::codec::interface::Codec::decode).
pub(super) fn decode<'b>(
    headers: &Headers<'_>,
    need: &Need,
    budget: &'b Budget,
) -> Result<Pixels<'b>> {
    let expansion = Expansion::new(headers);
    Ok(if headers.depth == 16 {
        read::<u16>(headers, &expansion, need, budget)?.into()
    } else {
        read::<u8>(headers, &expansion, need, budget)?.into()
    })
}

/// The pixels of a frame, in 8 bits.
///
/// # Errors
/// As [`decode`].
pub(super) fn read_8<'b>(
    headers: &Headers<'_>,
    need: &Need,
    budget: &'b Budget,
) -> Result<Picture<'b>> {
    let expansion = Expansion::new(headers);
    if headers.depth == 16 {
        return u16::into_8(read(headers, &expansion, need, budget)?, budget);
    }
    read(headers, &expansion, need, budget)
}

/// Pixels that are expanded at once, at the most; a multiple of 8, so that each piece of a row begins with a byte.
const PIECE: u32 = 1 << 18;

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
    let (mut rows, _working) = Rows::new(headers, need.refuse_truncated, budget)?;
    // A byte may hold pixels beyond the last.
    let samples = (width.min(PIECE) as usize + 7) * expansion.layout.channels();
    let _expanded = budget.charge((samples * size_of::<S>()) as u64, "decoding the PNG")?;
    let order = if progressive { Order::Any } else { Order::Down };
    let mut reducer: Reducer<'b, S> = need.reducer(expansion.layout, order, budget)?;
    let mut expanded = Vec::with_capacity(samples);
    let (needed, channels) = (reducer.rows(), expansion.layout.channels());
    let mut is_empty = true;
    for Pass { x, y, x_step, y_step, width, height } in passes(width, height, progressive) {
        rows.begin();
        for y in (0..height).map(|index| y + index * y_step) {
            budget.work(1)?;
            for first in (0..width).step_by(PIECE as usize) {
                let count = PIECE.min(width - first);
                let stored = match rows.next(first, count) {
                    Ok(Some(stored)) => stored,
                    Ok(None) => {
                        need.check_cut(Format::Png, CUT, is_empty)?;
                        return Ok(reducer.finish());
                    }
                    Err(error) => {
                        need.check_damaged(error, is_empty)?;
                        return Ok(reducer.finish());
                    }
                };
                is_empty = false;
                if needed.contains(&y) {
                    let pixels = expansion.row(stored, &mut expanded);
                    let pixels = pixels.get(..count as usize * channels).unwrap_or(pixels);
                    reducer.put(y, x + first * x_step, x_step, pixels);
                }
            }
        }
    }
    if need.refuse_truncated && !rows.data.finish()? {
        need.check_truncated(Format::Png, CUT)?;
    }
    Ok(reducer.finish())
}

/// What is said of a file that is cut off in its pixels.
const CUT: &str = "its image data ends early";

/// The rows of a pass, in pieces.
struct Rows<'a> {
    data: Data<'a>,
    /// Bits of a pixel.
    bits: u64,
    /// The row before, which becomes the current one; a piece where there is only one row.
    row: Vec<u8>,
    is_only: bool,
    /// The current row's filter, and the pixels before its next piece.
    filter: u8,
    before: Before,
}

impl<'a> Rows<'a> {
    fn new<'b>(
        headers: &Headers<'a>,
        checked: bool,
        budget: &'b Budget,
    ) -> Result<(Self, Charge<'b>)> {
        let Info { width, height, .. } = headers.info;
        let bits = headers.colours.channels() as u64 * u64::from(headers.depth);
        // Up to 2^31 pixels of 64 bits: no more than 35 bits.
        let bytes = |pixels: u32| (u64::from(pixels) * bits).div_ceil(8);
        let (longest, piece) = (bytes(width), bytes(width.min(PIECE)));
        let is_only = height == 1;
        let kept = if is_only { piece } else { longest };
        let all = (longest + 1).saturating_mul(height.into());
        let working = Data::working(piece + 1, all) + kept + Expansion::WORKING;
        let charge = budget.charge(working, "decoding the PNG")?;
        let too_wide =
            || Error::Bug(format!("a row of {width} pixels was charged and cannot be addressed"));
        let kept = usize::try_from(kept).map_err(|_| too_wide())?;
        let piece = usize::try_from(piece + 1).map_err(|_| too_wide())?;
        let data = Data::new(headers.data, piece, all, checked);
        let (row, before) = (vec![0; kept], Before::default());
        Ok((Self { data, bits, row, is_only, filter: 0, before }, charge))
    }

    /// Begins a pass.
    fn begin(&mut self) {
        self.row.fill(0);
    }

    /// The next piece of the current row, of which `first` is the first pixel; `None` where the data ends.
    ///
    /// # Errors
    /// 201 for damage.
    fn next(&mut self, first: u32, count: u32) -> Result<Option<&[u8]>> {
        let bits = self.bits;
        let bytes = |pixels: u32| (u64::from(pixels) * bits).div_ceil(8);
        let length = usize::try_from(bytes(count)).unwrap_or(usize::MAX);
        let mut filtered = self.data.next(length.saturating_add(usize::from(first == 0)))?;
        if first == 0
            && let Some((filter, rest)) = filtered.split_first()
        {
            (self.filter, self.before, filtered) = (*filter, Before::default(), rest);
        }
        if filtered.len() < length {
            return self.data.damage().map_or(Ok(None), Err);
        }
        let start = if self.is_only { 0 } else { bytes(first) };
        let row = usize::try_from(start).ok().and_then(|start| self.row.get_mut(start..));
        let row = row.and_then(|row| row.get_mut(..length)).unwrap_or_default();
        if self.is_only {
            row.fill(0);
        }
        let pixel = usize::try_from(bits.div_ceil(8)).unwrap_or(8);
        if undo(self.filter, pixel, filtered, row, &mut self.before).is_none() {
            let detail = format!("a row has filter {}; 0 to 4 are allowed", self.filter);
            return Err(Error::corrupt(Format::Png, detail));
        }
        Ok(Some(row))
    }
}
