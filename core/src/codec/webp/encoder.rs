//! WebP (RFC 9649): lossy VP8 at the request's quality with alpha beside it, or VP8L without loss.

use std::io::{self, Write};

use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageError};
use thumbox_protocol::Target;

use super::vp8::{self, Planes};
use crate::budget::Budget;
use crate::codec::encoded::{Encoded, Writer};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// A macroblock's side in pixels.
const MACROBLOCK: u32 = 16;
/// RIFF, its size, WEBP, and the first chunk's name and size.
const CONTAINER: usize = 20;
/// VP8L's signature, dimensions, alpha bit and version, which alpha goes without (RFC 9649, section 2.7.1.2).
const LOSSLESS_HEADER: usize = 5;

pub(crate) fn encode<'b>(
    picture: &Picture<'_>,
    target: &Target,
    profile: Option<&[u8]>,
    budget: &'b Budget,
) -> Result<Encoded<'b>> {
    let mut out = Writer::new(budget)?;
    let _working = budget.charge(working(picture), "encoding")?;
    let frame = Frame::new(picture, target)?;
    let alpha = frame.alpha.as_deref();
    let has_alpha = alpha.is_some() || target.lossless && picture.layout.has_alpha();
    let flags =
        if profile.is_some() { HAS_PROFILE } else { 0 } | if has_alpha { HAS_ALPHA } else { 0 };
    let header = extended_header(picture.width, picture.height, flags);
    let mut chunks = Vec::new();
    if profile.is_some() || alpha.is_some() {
        chunks.push(Chunk(b"VP8X", &header));
    }
    chunks.extend(profile.map(|profile| Chunk(b"ICCP", profile)));
    chunks.extend(frame.chunks());
    let result = write_file(&mut out, &chunks);
    out.finish(result)
}

/// Bytes that encoding a frame allocates. Lossless: the picture as RGBA, and the frame twice. Lossy: planes, what is known of
/// each macroblock with its levels, the frame twice, and alpha as a lossless picture.
pub(super) fn working(picture: &Picture<'_>) -> u64 {
    let pixels = u64::from(picture.width + MACROBLOCK) * u64::from(picture.height + MACROBLOCK);
    pixels * 16 + (1 << 20)
}

/// The chunks of one frame (RFC 9649, section 2.5 to 2.7).
pub(super) struct Frame {
    alpha: Option<Vec<u8>>,
    kind: &'static [u8; 4],
    data: Vec<u8>,
}

impl Frame {
    pub(super) fn new(picture: &Picture<'_>, target: &Target) -> Result<Self> {
        if target.lossless {
            let data = encoded(|file| lossless(picture, file))?;
            return Ok(Self { alpha: None, kind: b"VP8L", data });
        }
        let data = lossy(picture, target)?;
        let alpha = match alpha(picture) {
            None => None,
            Some(alpha) => {
                let alpha = encoded(|file| grey(&alpha, picture.width, picture.height, file))?;
                // Compressed without loss, not filtered, not reduced.
                Some([&[1], alpha.get(LOSSLESS_HEADER..).unwrap_or_default()].concat())
            }
        };
        Ok(Self { alpha, kind: b"VP8 ", data })
    }

    /// Bytes of its chunks.
    pub(super) fn length(&self) -> usize {
        self.chunks().map(|chunk| chunk.length()).sum()
    }

    pub(super) fn chunks(&self) -> impl Iterator<Item = Chunk<'_>> {
        let alpha = self.alpha.as_deref().map(|alpha| Chunk(b"ALPH", alpha));
        alpha.into_iter().chain([Chunk(self.kind, &self.data)])
    }
}

type Encoding = std::result::Result<(), ImageError>;

fn lossless(picture: &Picture<'_>, file: impl Write) -> Encoding {
    let color = match picture.layout {
        Layout::Grey => ExtendedColorType::L8,
        Layout::GreyAlpha => ExtendedColorType::La8,
        Layout::Rgb | Layout::Cmyk => ExtendedColorType::Rgb8,
        Layout::Rgba => ExtendedColorType::Rgba8,
    };
    WebPEncoder::new_lossless(file).encode(&picture.pixels, picture.width, picture.height, color)
}

fn grey(pixels: &[u8], width: u32, height: u32, file: impl Write) -> Encoding {
    WebPEncoder::new_lossless(file).encode(pixels, width, height, ExtendedColorType::L8)
}

fn lossy(picture: &Picture<'_>, target: &Target) -> Result<Vec<u8>> {
    let side = |side| {
        u16::try_from(side).map_err(|_| Error::Bug(format!("a WebP with a side of {side} pixels")))
    };
    let size = (side(picture.width)?, side(picture.height)?);
    vp8::encode(&planes(picture), size, target.quality, target.effort)
        .ok_or_else(|| Error::Pixels {
            what: format!("a lossy WebP of {} x {} pixels", picture.width, picture.height),
            allowed: "its modes take more bytes than the 2^19 - 1 that its header can state; lossless WebP, JPEG and PNG hold it".into(),
        })
}

/// The picture in whole macroblocks: its last column and row are repeated. What cannot be seen has the colour of what is
/// beside it, which costs fewer bits than an edge.
fn planes(picture: &Picture<'_>) -> Planes {
    let wide = picture.width.div_ceil(MACROBLOCK) as usize;
    let mut planes = Planes::new(wide);
    let mut edge = [128; 3];
    let mut row = |pixels: &[u8]| {
        let pixels = || pixels.chunks_exact(picture.layout.channels());
        edge = pixels().find_map(visible).unwrap_or(edge);
        let mut rgb = Vec::with_capacity(wide * MACROBLOCK as usize);
        for pixel in pixels() {
            edge = visible(pixel).unwrap_or(edge);
            rgb.push(edge);
        }
        rgb.resize(rgb.capacity(), edge);
        rgb
    };
    for pair in picture.pixels.chunks(picture.stride() * 2) {
        let (upper, lower) = pair.split_at(picture.stride());
        let upper = row(upper);
        let lower = if lower.is_empty() { upper.clone() } else { row(lower) };
        planes.push(&upper, &lower);
    }
    planes.complete();
    planes
}

/// A pixel's colour, unless it is transparent.
fn visible(pixel: &[u8]) -> Option<[u8; 3]> {
    match pixel {
        [_, 0] | [_, _, _, 0] => None,
        [r, g, b, ..] => Some([*r, *g, *b]),
        [grey, ..] => Some([*grey; 3]),
        [] => None,
    }
}

/// The alpha of a picture that is not opaque throughout.
fn alpha(picture: &Picture<'_>) -> Option<Vec<u8>> {
    if !picture.layout.has_alpha() {
        return None;
    }
    let pixels = picture.pixels.chunks_exact(picture.layout.channels());
    let alpha: Vec<u8> = pixels.filter_map(|pixel| pixel.last().copied()).collect();
    alpha.iter().any(|alpha| *alpha != u8::MAX).then_some(alpha)
}

/// The one frame of a file that an encoder writes, without its container.
fn encoded(write: impl FnOnce(&mut Vec<u8>) -> Encoding) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    write(&mut file).map_err(|error| Error::Bug(format!("the WebP encoder failed: {error}")))?;
    let size = file.get(CONTAINER - 4..).and_then(|rest| rest.first_chunk());
    let size = size.map_or(0, |size| u32::from_le_bytes(*size)) as usize;
    file.drain(..CONTAINER.min(file.len()));
    file.truncate(size);
    Ok(file)
}

/// Bits of an extended header's first byte.
pub(super) const HAS_PROFILE: u8 = 1 << 5;
pub(super) const HAS_ALPHA: u8 = 1 << 4;

/// What a file has beside its frame (RFC 9649, section 2.7).
pub(super) fn extended_header(width: u32, height: u32, flags: u8) -> [u8; 10] {
    let [w0, w1, w2, _] = (width - 1).to_le_bytes();
    let [h0, h1, h2, _] = (height - 1).to_le_bytes();
    [flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}

/// A chunk's name and its body.
pub(super) struct Chunk<'a>(pub(super) &'static [u8; 4], pub(super) &'a [u8]);

impl Chunk<'_> {
    fn size(&self) -> u32 {
        u32::try_from(self.1.len()).unwrap_or(u32::MAX)
    }

    /// Bytes in a file.
    pub(super) fn length(&self) -> usize {
        8 + self.1.len().next_multiple_of(2)
    }

    pub(super) fn write(&self, file: &mut impl Write) -> io::Result<()> {
        file.write_all(self.0)?;
        file.write_all(&self.size().to_le_bytes())?;
        file.write_all(self.1)?;
        file.write_all(if self.1.len().is_multiple_of(2) { &[] } else { &[0] })
    }
}

fn write_file(file: &mut impl Write, chunks: &[Chunk<'_>]) -> io::Result<()> {
    let size = 4 + chunks.iter().map(Chunk::length).sum::<usize>();
    file.write_all(b"RIFF")?;
    file.write_all(&u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes())?;
    file.write_all(b"WEBP")?;
    chunks.iter().try_for_each(|chunk| chunk.write(file))
}
