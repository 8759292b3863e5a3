//! JPEG through zune-jpeg: baseline, extended sequential and progressive Huffman, in full size.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::Decoded;
use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};
use crate::inspect::Format;
use crate::inspect::jpeg::{Frame, Headers, headers, is_whole};
use crate::picture::{Layout, Picture};

pub(super) fn decode<'b>(data: &[u8], budget: &'b Budget) -> Result<Decoded<'b>> {
    let headers = headers(data)?;
    if headers.scan_offset >= data.len() {
        let detail = "its first scan has no data: there is nothing to show yet";
        return Err(Error::truncated(Format::Jpeg, detail));
    }
    let _working = charge(data, &headers, budget)?;
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().map_err(|error| from_zune(data, error))?;
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::Unknown);
    let (layout, delivered) = match stored {
        ColorSpace::Luma => (Layout::Grey, ColorSpace::Luma),
        ColorSpace::YCbCr | ColorSpace::RGB => (Layout::Rgb, ColorSpace::RGB),
        ColorSpace::CMYK | ColorSpace::YCCK => (Layout::Cmyk, stored),
        other => return Err(Error::unsupported(Format::Jpeg, format!("colour space {other:?}"))),
    };
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(delivered));
    let Frame { width, height, .. } = headers.frame;
    let (width, height) = (u32::from(width), u32::from(height));
    let mut picture = Picture::neutral(width, height, layout, budget, "the decoded picture")?;
    if decoder.output_buffer_size() != Some(picture.pixels.len()) {
        return Err(Error::corrupt(Format::Jpeg, "it has several frame headers that differ"));
    }
    decoder.decode_into(&mut picture.pixels).map_err(|error| from_zune(data, error))?;
    to_inks(stored, headers.adobe, &mut picture.pixels);
    Ok(Decoded {
        picture,
        profile: (!headers.icc.is_empty()).then(|| headers.icc.concat()),
        truncated: (!is_whole(data)).then(|| "its end marker is missing".to_owned()),
    })
}

/// Charges for what zune-jpeg allocates beside the picture: copies of the metadata, rows of every component
/// while they are upsampled and, in files that are decoded scan by scan, all coefficients.
fn charge<'b>(data: &[u8], headers: &Headers<'_>, budget: &'b Budget) -> Result<Charge<'b>> {
    let Frame { width, height, progressive, sampling } = &headers.frame;
    let most = |pick: fn(&(u8, u8)) -> u8| sampling.iter().map(pick).max().map_or(1, u64::from);
    let (most_horizontal, most_vertical) = (most(|factors| factors.0), most(|factors| factors.1));
    let columns = u64::from(*width).div_ceil(8 * most_horizontal);
    let rows = u64::from(*height).div_ceil(8 * most_vertical);
    let components = sampling.len() as u64;
    // An MCU row of every component as i16: raw, upsampled (twice that for odd samplings), and scratch.
    let strips = columns * most_horizontal * most_vertical * 64 * components * 2 * 4;
    let in_one_scan = usize::from(headers.first_scan_components) == sampling.len();
    let coefficients = if *progressive || !in_one_scan {
        let blocks: u64 = sampling.iter().map(|(h, v)| u64::from(*h) * u64::from(*v)).sum();
        // Twice where one component alone is sampled: the decoder counts its blocks both ways.
        columns * most_horizontal * rows * most_vertical * 64 * 2 * components.min(blocks)
    } else {
        0
    };
    let metadata = 3 * headers.scan_offset.min(data.len()) as u64;
    budget.charge(strips + coefficients + metadata + (64 << 10), "decoding the JPEG")
}

/// Inverts what Adobe stores inverted, and turns YCCK into inks (Adobe Technical Note 5116, section 18;
/// the conversion of T.871, section 7).
fn to_inks(stored: ColorSpace, adobe: bool, pixels: &mut [u8]) {
    match (stored, adobe) {
        (ColorSpace::CMYK, true) => pixels.iter_mut().for_each(|ink| *ink = 255 - *ink),
        (ColorSpace::YCCK, _) => {
            for pixel in pixels.as_chunks_mut::<4>().0 {
                let [y, cb, cr, k] = *pixel;
                let [r, g, b] = ycc_to_rgb(y, cb, cr);
                // Stored inverted, so that what reads as RGB are the inks themselves.
                *pixel = [r, g, b, 255 - k];
            }
        }
        _ => {}
    }
}

fn ycc_to_rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    // 1.402, 0.344136, 0.714136 and 1.772 in 16 bits of fraction.
    [y + 91_881 * cr, y - 22_554 * cb - 46_802 * cr, y + 116_130 * cb]
        .map(|value| u8::try_from(((value + (1 << 15)) >> 16).clamp(0, 255)).unwrap_or_default())
}

fn from_zune(data: &[u8], error: DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(kind) => Error::unsupported(Format::Jpeg, format!("{kind:?}")),
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) if !is_whole(data) => {
            Error::truncated(Format::Jpeg, "it ends before anything could be decoded")
        }
        other => Error::corrupt(Format::Jpeg, format!("{other:?}").trim_matches('"')),
    }
}
