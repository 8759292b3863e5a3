//! The alpha of a lossy frame (RFC 9649, section 2.7.1.2).

use image::ImageDecoder;
use image::codecs::webp::WebPDecoder;
use thumbox_protocol::Format;

use super::container;
use super::image_crate::from_image_error;
use super::lossless_tables;
use super::metered::Metered;
use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// Alpha, a row at a time.
pub(super) struct Alpha<'a> {
    stored: Stored<'a>,
    filter: Filter,
    row: Vec<u8>,
    above: Vec<u8>,
    is_first: bool,
    _charge: Charge<'a>,
}

/// Values before their filter is undone.
enum Stored<'a> {
    Plain(&'a [u8]),
    /// The green of a lossless picture of RGB or RGBA; what is left of it, and samples a pixel.
    Lossless {
        pixels: Vec<u8>,
        read: usize,
        channels: usize,
    },
}

/// What a value is predicted from.
#[derive(Clone, Copy)]
enum Filter {
    None,
    Horizontal,
    Vertical,
    Gradient,
}

impl<'a> Alpha<'a> {
    /// Opens the body of an ALPH chunk, for a frame of that size.
    ///
    /// # Errors
    /// As decoding a lossless picture; 200 for an unknown compression.
    pub(super) fn open(
        body: &'a [u8],
        (width, height): (u32, u32),
        budget: &'a Budget,
    ) -> Result<Self> {
        let Some((flags, data)) = body.split_first() else {
            return Err(Error::truncated(Format::WebP, "its alpha is empty"));
        };
        let filter = match flags >> 2 & 3 {
            0 => Filter::None,
            1 => Filter::Horizontal,
            2 => Filter::Vertical,
            _ => Filter::Gradient,
        };
        let pixels = u64::from(width) * u64::from(height);
        let rows = 2 * u64::from(width);
        let (stored, charge) = match flags & 3 {
            0 => (Stored::Plain(data), budget.charge(rows, "alpha")?),
            1 => {
                // The picture, and as much for decoding it; and its file.
                let bytes = pixels.saturating_mul(8).saturating_add(rows + 2 * data.len() as u64);
                let charge = budget.charge(bytes + (256 << 10), "alpha")?;
                (lossless(data, width, height, budget)?, charge)
            }
            other => {
                let detail = format!("alpha with compression {other}");
                return Err(Error::unsupported(Format::WebP, detail));
            }
        };
        let row = vec![0; width as usize];
        let above = row.clone();
        Ok(Self { stored, filter, row, above, is_first: true, _charge: charge })
    }

    /// The next row. What is missing is opaque.
    pub(super) fn next_row(&mut self) -> &[u8] {
        std::mem::swap(&mut self.row, &mut self.above);
        let row = &mut self.row;
        match &mut self.stored {
            Stored::Plain(data) => {
                let (stored, rest) = data.split_at_checked(row.len()).unwrap_or((*data, &[]));
                *data = rest;
                row.iter_mut().zip(stored).for_each(|(to, value)| *to = *value);
                row.iter_mut().skip(stored.len()).for_each(|value| *value = 255);
            }
            Stored::Lossless { pixels, read, channels } => {
                let stored = pixels.get(*read..).unwrap_or_default().chunks_exact(*channels);
                for (to, pixel) in row.iter_mut().zip(stored) {
                    *to = pixel.get(1).copied().unwrap_or(255);
                }
                *read += row.len() * *channels;
            }
        }
        undo(self.filter, self.is_first, &self.above, row);
        self.is_first = false;
        row
    }
}

/// The first pixel of a row is predicted from the one above it, the first row's others from the left.
fn undo(filter: Filter, is_first: bool, above: &[u8], row: &mut [u8]) {
    let corner = above.first().copied().unwrap_or(0);
    match (filter, is_first) {
        (Filter::None, _) => {}
        (Filter::Horizontal, _) | (_, true) => {
            let mut left = if is_first { 0 } else { corner };
            for value in row {
                left = value.wrapping_add(left);
                *value = left;
            }
        }
        (Filter::Vertical, false) => {
            for (value, above) in row.iter_mut().zip(above) {
                *value = value.wrapping_add(*above);
            }
        }
        (Filter::Gradient, false) => {
            let (mut left, mut left_above) = (corner, corner);
            for (value, above) in row.iter_mut().zip(above) {
                let predicted = i16::from(left) + i16::from(*above) - i16::from(left_above);
                let [predicted, _] = predicted.clamp(0, 255).to_le_bytes();
                left = value.wrapping_add(predicted);
                left_above = *above;
                *value = left;
            }
        }
    }
}

/// Decodes a lossless picture without its header, by giving it one.
fn lossless<'a>(data: &[u8], width: u32, height: u32, budget: &Budget) -> Result<Stored<'a>> {
    let size = (width - 1) | (height - 1) << 14;
    let file = container::of_lossless(&[&[0x2F], &size.to_le_bytes(), data]);
    let _tables = lossless_tables::charge(&file, width, height, budget)?;
    let convert = |error| from_image_error(&error, budget);
    let decoder = WebPDecoder::new(Metered::new(&file, budget)).map_err(convert)?;
    let channels = usize::from(decoder.color_type().channel_count());
    let bytes = usize::try_from(decoder.total_bytes()).unwrap_or(0);
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels).map_err(convert)?;
    Ok(Stored::Lossless { pixels, read: 0, channels })
}
