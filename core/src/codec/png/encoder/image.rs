//! A picture in the form that is written: its colour type, bit depth, palette and packed rows (W3C PNG, third edition,
//! sections 7.2 and 11.2).

use std::borrow::Cow;

use super::colours::{Palette, each};
use super::form::{Form, palette_bytes};
use crate::picture::{Layout, Picture};

pub(super) struct Image<'p> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// As IHDR has it.
    pub(super) colour_type: u8,
    /// Bits of a sample or of an index.
    pub(super) depth: u8,
    pub(super) palette: Option<&'p Palette>,
    /// Whether there is a palette that has all the colours of the picture.
    exact: bool,
    /// Bytes of a whole pixel, 1 for less than one.
    pub(super) pixel: usize,
    /// Bytes of a row.
    pub(super) stride: usize,
    pub(super) rows: Cow<'p, [u8]>,
}

impl<'p> Image<'p> {
    pub(super) fn new(picture: &'p Picture<'_>, form: Form<'p>) -> Self {
        let (colour_type, depth, channels, palette) = match form {
            Form::Samples { layout, depth } => {
                let colour_type = match layout {
                    Layout::Grey => 0,
                    Layout::Rgb => 2,
                    Layout::GreyAlpha => 4,
                    Layout::Rgba | Layout::Cmyk => 6,
                };
                (colour_type, depth, layout.channels(), None)
            }
            Form::Exact(palette) => (3, palette.depth(), 1, Some(palette)),
            Form::Indexed(chosen) => (3, chosen.palette.depth(), 1, Some(&chosen.palette)),
        };
        let width = picture.width as usize;
        let rows = match form {
            Form::Samples { layout, depth: 8 } if layout == picture.layout => {
                Cow::Borrowed(picture.pixels.as_slice())
            }
            Form::Samples { layout, .. } => Cow::Owned(samples(picture, layout)),
            Form::Exact(palette) => Cow::Owned(indices(picture, palette)),
            Form::Indexed(chosen) => Cow::Borrowed(chosen.indices.as_slice()),
        };
        let (stride, rows) = match depth {
            8 => (width * channels, rows),
            _ => {
                let down = if palette.is_some() { 0 } else { 8 - depth };
                let stride = (width * usize::from(depth)).div_ceil(8);
                (stride, Cow::Owned(packed(&rows, width, depth, down)))
            }
        };
        let (width, height) = (picture.width, picture.height);
        let exact = matches!(form, Form::Exact(_));
        Self { width, height, colour_type, depth, palette, exact, pixel: channels, stride, rows }
    }

    /// Whether filters can predict much: samples of 8 bits, and indices that were chosen for a picture of many colours.
    pub(super) const fn is_smooth(&self) -> bool {
        self.depth == 8 && !self.exact
    }

    pub(super) fn palette_bytes(&self) -> usize {
        self.palette.map(palette_bytes).unwrap_or_default()
    }
}

/// The picture in a layout that has all that it shows.
fn samples(picture: &Picture<'_>, layout: Layout) -> Vec<u8> {
    let count = picture.width as usize * picture.height as usize;
    let mut samples = Vec::with_capacity(count * layout.channels());
    match layout {
        Layout::Grey => each(picture, |[level, ..]| samples.push(level)),
        Layout::GreyAlpha => each(picture, |[level, .., alpha]| samples.extend([level, alpha])),
        Layout::Rgb => each(picture, |[r, g, b, _]| samples.extend([r, g, b])),
        Layout::Rgba | Layout::Cmyk => each(picture, |pixel| samples.extend(pixel)),
    }
    samples
}

fn indices(picture: &Picture<'_>, palette: &Palette) -> Vec<u8> {
    let mut indices = Vec::with_capacity(picture.width as usize * picture.height as usize);
    let (mut last, mut index) = (None, 0);
    each(picture, |pixel| {
        if last != Some(pixel) {
            last = Some(pixel);
            index = palette.find(pixel).unwrap_or_default();
        }
        indices.push(index);
    });
    indices
}

/// Samples of `depth` bits, the leftmost in the high bits of its byte; each row starts a byte. `down`: how far a sample of 8
/// bits is shifted to have so few.
fn packed(samples: &[u8], width: usize, depth: u8, down: u8) -> Vec<u8> {
    let per_byte = usize::from(8 / depth);
    let rows = samples.chunks(width).flat_map(|row| row.chunks(per_byte));
    let byte = |samples: &[u8]| {
        (1..=8 / depth)
            .zip(samples)
            .fold(0, |byte, (at, sample)| byte | (sample >> down) << (8 - at * depth))
    };
    let count = samples.len() / width.max(1) * width.div_ceil(per_byte);
    let mut packed = Vec::with_capacity(count);
    packed.extend(rows.map(byte));
    packed
}
