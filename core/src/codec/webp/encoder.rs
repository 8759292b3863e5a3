//! WebP (RFC 9649): lossy VP8 at the request's quality with alpha beside it, or VP8L without loss.
//!
//! The lossy encoder leaves out the last row and column of odd dimensions, what pads a picture to whole
//! macroblocks, and the range of grey. So it is given RGB in whole macroblocks, padded with the picture's
//! own edge, and the dimensions in its frame header are set right afterwards: they do not touch the
//! macroblocks, which are all that is coded.

use std::io::Write;

use image_webp::{ColorType, EncoderParams, EncodingError, WebPEncoder};
use thumbox_protocol::Target;

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
    budget: &'b Budget,
) -> Result<Encoded<'b>> {
    let pixels = u64::from(picture.width + MACROBLOCK) * u64::from(picture.height + MACROBLOCK);
    let mut out = Writer::new(budget)?;
    if target.lossless {
        // The picture as RGBA, and the frame twice.
        let _working = budget.charge(pixels * 16 + (1 << 20), "encoding")?;
        let result = lossless(picture, &mut out);
        return out.finish(result);
    }
    // The padded picture, its planes, what is known of each macroblock and its coefficients, the frame
    // twice, and alpha as a lossless picture.
    let _working = budget.charge(pixels * 32 + (1 << 20), "encoding")?;
    let mut frame = encoded(|file| lossy(picture, target.quality, file))?;
    set_dimensions(&mut frame, picture.width, picture.height)?;
    let result = match alpha(picture) {
        None => write_file(&mut out, &[Chunk(b"VP8 ", &[&frame])]),
        Some(alpha) => {
            let alpha = encoded(|file| grey(&alpha, picture.width, picture.height, file))?;
            let alpha = alpha.get(LOSSLESS_HEADER..).unwrap_or_default();
            let header = extended_header(picture.width, picture.height);
            // The byte says: compressed without loss, not filtered, not reduced.
            let alpha = Chunk(b"ALPH", &[&[1], alpha]);
            write_file(&mut out, &[Chunk(b"VP8X", &[&header]), alpha, Chunk(b"VP8 ", &[&frame])])
        }
    };
    out.finish(result)
}

type Encoding = std::result::Result<(), EncodingError>;

fn lossless(picture: &Picture<'_>, file: impl Write) -> Encoding {
    let color = match picture.layout {
        Layout::Grey => ColorType::L8,
        Layout::GreyAlpha => ColorType::La8,
        Layout::Rgb | Layout::Cmyk => ColorType::Rgb8,
        Layout::Rgba => ColorType::Rgba8,
    };
    WebPEncoder::new(file).encode(&picture.pixels, picture.width, picture.height, color)
}

fn grey(pixels: &[u8], width: u32, height: u32, file: impl Write) -> Encoding {
    WebPEncoder::new(file).encode(pixels, width, height, ColorType::L8)
}

fn lossy(picture: &Picture<'_>, quality: u8, file: impl Write) -> Encoding {
    let (width, height) =
        (picture.width.next_multiple_of(MACROBLOCK), picture.height.next_multiple_of(MACROBLOCK));
    let mut params = EncoderParams::default();
    params.use_lossy = true;
    params.lossy_quality = encoder_quality(quality);
    let mut encoder = WebPEncoder::new(file);
    encoder.set_params(params);
    encoder.encode(&padded_rgb(picture, width, height), width, height, ColorType::Rgb8)
}

/// The colours of a picture, its last column and row repeated up to the given size. What cannot be seen has
/// the colour of what is beside it, which costs fewer bits than an edge.
fn padded_rgb(picture: &Picture<'_>, width: u32, height: u32) -> Vec<u8> {
    let (width, height) = (width as usize, height as usize);
    let mut rgb = Vec::with_capacity(width * height * 3);
    let mut edge = [128; 3];
    for row in picture.pixels.chunks_exact(picture.stride()) {
        let start = rgb.len();
        let pixels = || row.chunks_exact(picture.layout.channels());
        edge = pixels().find_map(visible).unwrap_or(edge);
        for pixel in pixels() {
            edge = visible(pixel).unwrap_or(edge);
            rgb.extend(edge);
        }
        while rgb.len() < start + width * 3 {
            rgb.extend(edge);
        }
    }
    let last_row = rgb.len().saturating_sub(width * 3);
    while rgb.len() < width * height * 3 {
        rgb.extend_from_within(last_row..last_row + width * 3);
    }
    rgb
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

/// Writes a frame's dimensions where a key frame has them (RFC 6386, section 9.1), unscaled.
fn set_dimensions(frame: &mut [u8], width: u32, height: u32) -> Result<()> {
    let bug = || Error::Bug("the WebP encoder wrote no key frame".to_owned());
    let [_, _, _, 0x9D, 0x01, 0x2A, dimensions @ ..] = frame else { return Err(bug()) };
    let side = |side| u16::try_from(side).map(u16::to_le_bytes).map_err(|_| bug());
    let value = [side(width)?, side(height)?];
    dimensions.first_chunk_mut::<4>().ok_or_else(bug)?.copy_from_slice(value.as_flattened());
    Ok(())
}

/// A file with alpha and nothing else that needs naming (RFC 9649, section 2.7).
fn extended_header(width: u32, height: u32) -> [u8; 10] {
    let [w0, w1, w2, _] = (width - 1).to_le_bytes();
    let [h0, h1, h2, _] = (height - 1).to_le_bytes();
    [0x10, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}

/// A chunk's name and its body in parts.
struct Chunk<'a>(&'static [u8; 4], &'a [&'a [u8]]);

impl Chunk<'_> {
    fn size(&self) -> u32 {
        let size: usize = self.1.iter().map(|part| part.len()).sum();
        u32::try_from(size).unwrap_or(u32::MAX)
    }
}

fn write_file(file: &mut impl Write, chunks: &[Chunk<'_>]) -> Encoding {
    let size: u32 = chunks.iter().map(|chunk| 8 + chunk.size().next_multiple_of(2)).sum();
    file.write_all(b"RIFF")?;
    file.write_all(&(4 + size).to_le_bytes())?;
    file.write_all(b"WEBP")?;
    for chunk in chunks {
        file.write_all(chunk.0)?;
        file.write_all(&chunk.size().to_le_bytes())?;
        chunk.1.iter().try_for_each(|part| file.write_all(part))?;
        if chunk.size() % 2 == 1 {
            file.write_all(&[0])?;
        }
    }
    Ok(())
}

/// Pairs of a quality as cwebp means it and the encoder's own number with the same PSNR: the medians of nine
/// photographs at 256 and 512 pixels, decoded by libwebp, against libwebp at method 4. The encoder's finest
/// is what libwebp reaches at 90.
const QUALITIES: [(u8, u8); 13] = [
    (1, 44),
    (10, 58),
    (20, 67),
    (30, 75),
    (40, 80),
    (50, 84),
    (60, 87),
    (70, 90),
    (75, 91),
    (80, 94),
    (85, 97),
    (90, 100),
    (100, 100),
];

/// The encoder's quality number for what people know from cwebp, between the measured pairs in a line.
fn encoder_quality(quality: u8) -> u8 {
    let pairs = QUALITIES.iter().zip(QUALITIES.iter().skip(1));
    for (&(from, low), &(to, high)) in pairs {
        if quality <= to {
            let (run, rise) = (u32::from(to - from), u32::from(high - low));
            let along = u32::from(quality.max(from) - from);
            return low + u8::try_from((rise * along + run / 2) / run).unwrap_or(0);
        }
    }
    100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_rise_and_meet_the_measured_pairs() {
        let all: Vec<u8> = (1..=100).map(encoder_quality).collect();
        assert!(all.is_sorted());
        for (quality, expected) in QUALITIES {
            assert_eq!(encoder_quality(quality), expected, "quality {quality}");
        }
    }

    /// The encoder weighs bits with `f64::log2`, which is the C library's, and C libraries differ in the last
    /// place. That changes a file only where two choices cost the same to 15 digits; here is that it is no
    /// more than the last place, for all the values that the encoder can ask for.
    #[test]
    fn this_platform_has_the_logarithms_of_the_others_but_for_the_last_place() {
        for probability in 1..=255_u8 {
            let p = f64::from(probability) / 256.0;
            assert!(p.log2().to_bits().abs_diff(libm::log2(p).to_bits()) <= 1, "log2({p})");
        }
    }
}
