//! A picture coded by AV1 ("AV1 Image File Format", section 2): what the decoder makes of an item's data.

use std::ops::Range;

use rusty_av1d::{
    Decoder, InloopFilterType, Picture, PixelLayout, PlanarImageComponent, Rav1dError, Settings,
};
use thumbox_protocol::Format;

use super::frame::{Chroma, Frame, Planes};
use super::items::{Id, Items};
use super::obu::{self, Sequence, Start};
use super::properties::CodePoints;
use super::tracks::{Samples, Track};
use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// Bytes that the decoder takes whatever the size.
const STATE: u64 = 4 << 20;
/// Bytes that it takes for a pixel of a frame beside its samples.
const PER_PIXEL: u64 = 2;
/// A frame may be as much larger than what is shown of it, in pixels a side: some encoders code whole blocks.
const BORDER: u32 = 64;

/// Frames that a decoder keeps to predict others from (AV1 specification, section 7.20), and those that it works on.
const KEPT_FRAMES: u64 = 8 + 2;
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
    let (sequence, before) =
        sequence(&data.bytes, said.units).ok_or_else(|| wrong("it has no sequence header"))?;
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
    Ok(frame(picture, sequence.code_points, filters, charge))
}

fn frame<'b>(
    picture: Picture,
    code_points: CodePoints,
    is_smooth: bool,
    charge: Charge<'b>,
) -> Frame<'b> {
    let depth = picture.bits_per_component().map_or(8, |bits| bits.0);
    Frame {
        width: picture.width(),
        height: picture.height(),
        chroma: match picture.pixel_layout() {
            PixelLayout::I400 => Chroma::None,
            PixelLayout::I420 => Chroma::Quarter,
            PixelLayout::I422 => Chroma::Half,
            PixelLayout::I444 => Chroma::All,
        },
        depth: [depth; 2],
        code_points,
        // As libavif does.
        has_limits_of_alpha: !code_points.full_range,
        is_smooth,
        planes: Box::new(picture),
        _charge: charge,
    }
}

fn other_size((wide, high): (u32, u32), (width, height): (u32, u32)) -> String {
    format!("it has {wide} x {high} pixels, and its property says {width} x {height}")
}

/// The sequence header of a picture's own units, or else of those that its container has; and the units that the decoder then
/// has to be given before the picture's.
fn sequence<'a>(picture: &[u8], container: &'a [u8]) -> Option<(Sequence, &'a [u8])> {
    match obu::sequence(picture) {
        Some(own) => Some((own, &[])),
        None => Some((obu::sequence(container)?, container)),
    }
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
    let mut settings = settings(pixels);
    settings.set_operating_point(said.operating_point);
    settings.set_all_layers(said.layer.is_some());
    if !filters {
        settings.set_inloop_filters(InloopFilterType::empty());
        settings.set_apply_grain(false);
    }
    let mut decoder = Decoder::with_settings(&settings)?;
    next_picture(&mut decoder, stream, frames, said.layer.unwrap_or(0))
}

/// One thread, no delay, and frames of at most so many pixels.
fn settings(pixels: u64) -> Settings {
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_frame_size_limit(u32::try_from(pixels).unwrap_or(u32::MAX));
    settings
}

/// Decodes up to `frames` frames, and takes the one that is shown after `left` others.
fn next_picture(
    decoder: &mut Decoder,
    stream: Box<[u8]>,
    frames: u64,
    mut left: u16,
) -> std::result::Result<Option<Picture>, Rav1dError> {
    let mut sent = decoder.send_data(stream, None, None, None);
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

/// The pictures of a track, which are predicted from one another.
pub(super) struct Stream<'a> {
    format: Format,
    decoder: Decoder,
    sequence: Sequence,
    /// Units that come before the first picture's.
    before: &'a [u8],
    samples: Samples<'a>,
    size: (u32, u32),
    budget: &'a Budget,
    _charge: Charge<'a>,
}

impl<'a> Stream<'a> {
    /// # Errors
    /// Code 202 for a track without a sequence header, 201 for one with frames of another size than the track's, 301 when the
    /// budget does not cover the frames that others are predicted from.
    pub(super) fn new(format: Format, track: &Track<'a>, budget: &'a Budget) -> Result<Self> {
        let samples = track.samples();
        let first = track.samples().next().map(|(bytes, _)| bytes).unwrap_or_default();
        let (sequence, before) = sequence(first, track.units)
            .ok_or_else(|| Error::truncated(format, "its track has no sequence header"))?;
        let (wide, high) = (sequence.width, sequence.height);
        let fits = |most: u32, side: u32| most >= side && most <= side.saturating_add(BORDER);
        if !fits(wide, track.size.0) || !fits(high, track.size.1) {
            let (width, height) = track.size;
            return Err(Error::corrupt(
                format,
                format!(
                    "its frames have {wide} x {high} pixels, and its track says {width} x {height}"
                ),
            ));
        }
        let pixels = u64::from(wide) * u64::from(high);
        let frames = (frame_memory(&sequence) + pixels * PER_PIXEL) * KEPT_FRAMES;
        let charge = budget.charge(frames + STATE, "decoding an AV1 track")?;
        let decoder = Decoder::with_settings(&settings(pixels))
            .map_err(|error| Error::Bug(format!("the AV1 decoder does not start: {error}")))?;
        let size = track.size;
        Ok(Self { format, decoder, sequence, before, samples, size, budget, _charge: charge })
    }

    /// What the stream says of its colours.
    pub(super) fn code_points(&self) -> CodePoints {
        self.sequence.code_points
    }

    /// The next picture, and for how many milliseconds it is shown.
    ///
    /// # Errors
    /// Codes 201 and 202 for one that cannot be decoded.
    pub(super) fn next(&mut self) -> Result<Option<(Frame<'a>, u32)>> {
        let Some((sample, duration_ms)) = self.samples.next() else { return Ok(None) };
        let start = obu::start(sample, self.sequence, None).ok_or_else(|| {
            Error::truncated(self.format, "a picture of its track has no frame, or too many")
        })?;
        let bytes = (self.before.len() + start.bytes.len()) as u64;
        let _copy = self.budget.charge(bytes, "an AV1 picture")?;
        let stream = [std::mem::take(&mut self.before), start.bytes].concat().into_boxed_slice();
        let wrong = |what: &str| Error::corrupt(self.format, format!("its track: {what}"));
        // One that a broken picture has left.
        if self.decoder.send_pending_data().is_err() {
            return Err(wrong("a picture has more frames than it says"));
        }
        let picture = next_picture(&mut self.decoder, stream, start.frames, 0)
            .map_err(|error| wrong(error.as_str()))?
            .ok_or_else(|| wrong("no frame of a picture is shown"))?;
        if picture.width() < self.size.0 || picture.height() < self.size.1 {
            return Err(wrong(&other_size((picture.width(), picture.height()), self.size)));
        }
        // The decoder's charge covers it.
        let charge = self.budget.charge(0, "a frame")?;
        Ok(Some((frame(picture, self.sequence.code_points, true, charge), duration_ms)))
    }
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
