//! A picture coded by AV1 ("AV1 Image File Format", section 2): what the decoder makes of an item's data.

use std::ops::Range;

use rusty_av1d::{
    Decoder, InloopFilterType, Picture, PixelLayout, PlanarImageComponent, Rav1dError, Settings,
};

use super::frame::{Chroma, Frame, Planes};
use super::items::{Id, Items};
use super::obu::{self, Sequence, Start};
use crate::budget::Budget;
use crate::error::{Error, Result};

/// Bytes that the decoder takes whatever the size.
const STATE: u64 = 4 << 20;
/// Bytes that it takes for a pixel of a frame beside its samples.
const PER_PIXEL: u64 = 2;
/// A frame may be as much larger than what is shown of it, in pixels a side: some encoders code whole blocks.
const BORDER: u32 = 64;

/// Layers, at the most. Larger numbers stand for the largest one.
const LAYERS: u16 = 4;

/// What an item's properties say.
#[derive(Default)]
struct Said<'a> {
    /// The property `av1C`: units that come before the data's (AV1 Codec ISO Media File Format Binding, section 2.3).
    units: &'a [u8],
    /// The property `a1op`: which layers are decoded (AV1 Image File Format, section 2.3.2.1).
    operating_point: u8,
    /// The property `lsel`: which layer is shown, if not the largest.
    layer: Option<u16>,
}

/// Decodes an item of `width` x `height` pixels or a few more, with or without the filters that come after the predictions.
pub(super) fn decode<'b>(
    items: &Items<'b>,
    id: Id,
    (width, height): (u32, u32),
    filters: bool,
    budget: &'b Budget,
) -> Result<Frame<'b>> {
    let wrong = |what: &str| Error::corrupt(items.format, format!("the picture {id}: {what}"));
    let said = Said::of(items, id);
    let data = items.bytes(id, budget)?.ok_or_else(|| wrong("it has no data"))?;
    let own = obu::sequence(&data.bytes);
    let before = if own.is_some() { &[] } else { said.units };
    let sequence = own.or_else(|| obu::sequence(before));
    let sequence = sequence.ok_or_else(|| wrong("it has no sequence header"))?;
    let start = obu::start(&data.bytes, sequence, said.layer).ok_or_else(|| {
        Error::truncated(items.format, format!("the picture {id} has no frame, or too many"))
    })?;
    let Sequence { width: wide, height: high, .. } = sequence;
    // A layer may be smaller than the largest.
    let is_layer = said.layer.is_some() || said.operating_point > 0;
    let fits = |most: u32, side: u32| is_layer || most <= side.saturating_add(BORDER);
    let pixels = u64::from(wide) * u64::from(high);
    if !fits(wide, width) || !fits(high, height) || pixels > budget.limits().max_pixels {
        return Err(wrong(&other_size((wide, high), (width, height))));
    }
    let bytes = (before.len() + start.bytes.len()) as u64;
    let mut charge = budget.charge(memory(&start) + bytes + STATE, "decoding an AV1 picture")?;
    let stream = [before, start.bytes].concat().into_boxed_slice();
    // Frames that others are predicted from need their filters.
    let filters = filters || start.frames > 1;
    let picture = first_picture(stream, &said, pixels, start.frames, filters)
        .map_err(|error| wrong(error.as_str()))?
        .ok_or_else(|| wrong("no frame of it is shown"))?;
    if picture.width() < width || picture.height() < height {
        let found = (picture.width(), picture.height());
        return Err(wrong(&other_size(found, (width, height))));
    }
    charge.shrink_to(frame_memory(&sequence));
    let depth = picture.bits_per_component().map_or(8, |bits| bits.0);
    Ok(Frame {
        width: picture.width(),
        height: picture.height(),
        chroma: match picture.pixel_layout() {
            PixelLayout::I400 => Chroma::None,
            PixelLayout::I420 => Chroma::Quarter,
            PixelLayout::I422 => Chroma::Half,
            PixelLayout::I444 => Chroma::All,
        },
        depth: [depth; 2],
        code_points: sequence.code_points,
        // As libavif does.
        has_limits_of_alpha: !sequence.code_points.full_range,
        is_smooth: filters,
        planes: Box::new(picture),
        _charge: charge,
    })
}

fn other_size((wide, high): (u32, u32), (width, height): (u32, u32)) -> String {
    format!("it has {wide} x {high} pixels, and its property says {width} x {height}")
}

/// Bytes that decoding takes.
fn memory(start: &Start<'_>) -> u64 {
    let Sequence { width, height, has_super_resolution, has_film_grain, .. } = start.sequence;
    let frames = start.frames + u64::from(has_super_resolution) + u64::from(has_film_grain);
    (frame_memory(&start.sequence) + u64::from(width) * u64::from(height) * PER_PIXEL) * frames
}

/// Bytes of a frame's samples: its sides are multiples of 128, and each row has 64 more at the most.
fn frame_memory(sequence: &Sequence) -> u64 {
    let side = |pixels: u32| u64::from(pixels).next_multiple_of(128);
    let size = if sequence.depth > 8 { 2 } else { 1 };
    let quarters = match (sequence.is_grey, sequence.halves) {
        (true, _) => 4,
        (false, [true, true]) => 6,
        (false, [true, false]) => 8,
        (false, _) => 12,
    };
    (side(sequence.width) * size + 64) * side(sequence.height) * quarters / 4
}

/// The picture of the largest layer, or of the wanted one.
fn first_picture(
    stream: Box<[u8]>,
    said: &Said<'_>,
    pixels: u64,
    frames: u64,
    filters: bool,
) -> std::result::Result<Option<Picture>, Rav1dError> {
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_operating_point(said.operating_point);
    settings.set_all_layers(said.layer.is_some());
    if !filters {
        settings.set_inloop_filters(InloopFilterType::empty());
        settings.set_apply_grain(false);
    }
    settings.set_frame_size_limit(u32::try_from(pixels).unwrap_or(u32::MAX));
    let mut decoder = Decoder::with_settings(&settings)?;
    let mut sent = decoder.send_data(stream, None, None, None);
    let mut left = said.layer.unwrap_or(0);
    // Each round gives a frame or takes one.
    for _ in 0..=frames * 2 {
        match decoder.get_picture() {
            Ok(picture) if left == 0 => return Ok(Some(picture)),
            Ok(_) => left -= 1,
            Err(Rav1dError::TryAgain) => match sent {
                Ok(()) => return Ok(None),
                Err(Rav1dError::TryAgain) => sent = decoder.send_pending_data(),
                Err(error) => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

impl<'a> Said<'a> {
    fn of(items: &Items<'a>, id: Id) -> Self {
        let mut said = Self::default();
        for (property, _) in items.properties_of(id) {
            match &property.kind {
                b"av1C" => said.units = property.body.get(4..).unwrap_or_default(),
                b"a1op" => {
                    said.operating_point = property.body.first().map_or(0, |point| point & 31)
                }
                b"lsel" => {
                    let layer = property.body.first_chunk().copied().map(u16::from_be_bytes);
                    said.layer = layer.filter(|layer| *layer < LAYERS);
                }
                _ => {}
            }
        }
        said
    }
}

impl Planes for Picture {
    fn read(&self, plane: usize, y: u32, x: Range<u32>, to: &mut Vec<u16>) {
        let plane = match plane {
            0 => PlanarImageComponent::Y,
            1 => PlanarImageComponent::U,
            _ => PlanarImageComponent::V,
        };
        let size = if self.bit_depth() > 8 { 2 } else { 1 };
        let start = y as usize * self.stride(plane) as usize;
        let [from, end] = [x.start, x.end].map(|x| start + x as usize * size);
        let row = self.plane(plane).get(from..end).unwrap_or_default();
        if size == 1 {
            to.extend(row.iter().map(|sample| u16::from(*sample)));
        } else {
            to.extend(row.as_chunks().0.iter().map(|sample| u16::from_ne_bytes(*sample)));
        }
    }
}
