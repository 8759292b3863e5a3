//! A picture coded by HEVC: the parameter sets of its property `hvcC` (ISO/IEC 14496-15, section 8.3.3.1) and its slices, as
//! a byte stream (ITU-T H.265, annex B), and what the decoder makes of them.

use std::ops::Range;

use heifer_hevc_dec::decoder::{DecodeOptions, decode_picture};
use heifer_hevc_dec::recon;

use super::frame::{Chroma, Frame, Planes};
use super::items::{Id, Items};
use super::properties::{CodePoints, UNSPECIFIED};
use crate::budget::Budget;
use crate::cursor::Cursor;
use crate::error::{Error, Result};

/// Bytes that the decoder takes for a pixel: samples of 16 bits, twice where a border is cut off, and what its filters know of
/// each 4 x 4 pixels.
const PER_PIXEL: u64 = 16;
/// Bytes that it takes whatever the size.
const STATE: u64 = 1 << 20;
/// A coded picture is as large as what is shown of it, but for so many pixels a side: its blocks have 64 at the most.
const BORDER: u64 = 64;

/// Decodes an item of `width` x `height` pixels or a few more, with or without the filters that come after the predictions.
pub(super) fn decode<'b>(
    items: &Items<'b>,
    id: Id,
    (width, height): (u32, u32),
    filters: bool,
    budget: &'b Budget,
) -> Result<Frame<'b>> {
    let wrong = |what: &str| Error::corrupt(items.format, format!("the picture {id}: {what}"));
    let sets = items.properties_of(id).find(|(property, _)| property.kind == *b"hvcC");
    let sets = sets
        .map(|(property, _)| property.body)
        .ok_or_else(|| wrong("it has no property \"hvcC\""))?;
    let data = items.bytes(id, budget)?.ok_or_else(|| wrong("it has no data"))?;
    // A tile's sides may be anything.
    let most = (u64::from(width) + BORDER).saturating_mul(u64::from(height) + BORDER);
    // The stream, and the same without the bytes that keep start codes out of it.
    let bytes = (sets.len() + data.bytes.len()) as u64 * 3;
    let needed = most.saturating_mul(PER_PIXEL).saturating_add(bytes + STATE);
    let mut charge = budget.charge(needed, "decoding an HEVC picture")?;
    let stream = stream(sets, &data.bytes).ok_or_else(|| {
        Error::truncated(items.format, format!("the data of the picture {id} is cut off"))
    })?;
    let options =
        DecodeOptions { max_pixels: most, skip_loop_filters: !filters, ..DecodeOptions::default() };
    let frame = decode_picture(&stream, options).map_err(|error| wrong(&error.to_string()))?;
    let ([wide, ..], [high, ..]) = (frame.widths, frame.heights);
    if wide < width || high < height {
        return Err(wrong(&format!(
            "it has {wide} x {high} pixels, and its property says {width} x {height}"
        )));
    }
    charge.shrink_to(frame.planes.iter().map(|plane| plane.capacity() as u64 * 2).sum());
    Ok(Frame {
        width: wide,
        height: high,
        chroma: match frame.chroma_format {
            0 => Chroma::None,
            1 => Chroma::Quarter,
            2 => Chroma::Half,
            _ => Chroma::All,
        },
        depth: frame.bit_depth,
        code_points: CodePoints {
            primaries: UNSPECIFIED,
            transfer: UNSPECIFIED,
            matrix: frame.matrix_coeffs,
            full_range: frame.full_range,
        },
        // As libheif does.
        has_limits_of_alpha: false,
        is_smooth: false,
        planes: Box::new(frame),
        _charge: charge,
    })
}

impl Planes for recon::Frame {
    fn read(&self, plane: usize, y: u32, x: Range<u32>, to: &mut Vec<u16>) {
        let (Some(samples), Some(width)) = (self.planes.get(plane), self.widths.get(plane)) else {
            return;
        };
        let start = y as usize * *width as usize;
        let row = samples.get(start + x.start as usize..start + x.end as usize);
        to.extend(row.unwrap_or_default());
    }
}

/// Units with lengths become units behind start codes.
fn stream(sets: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut stream = Vec::with_capacity(sets.len() + data.len() * 2);
    let mut add = |unit: &[u8]| {
        stream.extend([0, 0, 1]);
        stream.extend(unit);
    };
    let mut cursor = Cursor::at(sets, 21);
    let size = usize::from(cursor.u8()? & 3) + 1;
    for _ in 0..cursor.u8()? {
        cursor.u8()?;
        for _ in 0..cursor.u16_be()? {
            let length = usize::from(cursor.u16_be()?);
            add(cursor.take(length)?);
        }
    }
    let mut cursor = Cursor::new(data);
    while !cursor.rest().is_empty() {
        let length = cursor.take(size)?.iter().fold(0, |all, byte| all << 8 | usize::from(*byte));
        let unit = cursor.take(length)?;
        // Two bytes are a unit's header.
        if unit.len() > 2 {
            add(unit);
        }
    }
    Some(stream)
}
