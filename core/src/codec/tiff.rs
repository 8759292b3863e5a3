//! TIFF, through the `image` crate: its decoder reads the headers and the pixels, once the directory was checked.

use image::codecs::tiff::TiffDecoder;
use image::{ImageDecoder, Limits};
use thumbox_protocol::Format;

use super::decoded::Decoded;
use super::image_crate::{self, MOST_CHUNK, from_image_error};
use super::info::Info;
use super::interface::{Codec, Need};
use super::metered::Metered;
use super::{exif, ifd};
use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// Tags of TIFF 6.0 that say how and where the pixels lie.
const COMPRESSION: u16 = 259;
const STRIP_OFFSETS: u16 = 273;
const STRIP_BYTE_COUNTS: u16 = 279;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;

/// Bytes that the decoder may hold for each value of a directory's entry: one of its own, and converted.
const VALUE: u64 = 64;

/// A TIFF whose headers were read.
pub(crate) struct Tiff<'a> {
    decoder: Box<TiffDecoder<Metered<'a, 'a>>>,
    /// Bytes of the file.
    length: u64,
    info: Info,
    _directory: Charge<'a>,
}

impl<'a> Codec<'a> for Tiff<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

    fn open(data: &'a [u8], budget: &'a Budget) -> Result<Self> {
        let directory = charge_directory(data, budget)?;
        check_compression(data)?;
        for (offsets, counts) in
            [(STRIP_OFFSETS, STRIP_BYTE_COUNTS), (TILE_OFFSETS, TILE_BYTE_COUNTS)]
        {
            check_chunks(data, offsets, counts)?;
        }
        let convert = |error| from_image_error(Format::Tiff, &error, budget);
        let mut decoder = TiffDecoder::new(Metered::new(data, budget)).map_err(convert)?;
        let icc = decoder.icc_profile().map_err(convert)?.is_some();
        let info = image_crate::info(Format::Tiff, &decoder, exif::orientation(data), icc)?;
        Ok(Self {
            decoder: Box::new(decoder),
            length: data.len() as u64,
            info,
            _directory: directory,
        })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(mut self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let pixels = u64::from(self.info.width) * u64::from(self.info.height);
        // Everything once more in the decoder's own buffer, CMYK with a channel more than RGB.
        let samples = u64::from(self.decoder.color_type().bytes_per_pixel());
        let whole = pixels.saturating_mul(samples.max(4 * samples / 3));
        let chunk =
            MOST_CHUNK.min(whole.saturating_mul(2)) + self.length.min(MOST_CHUNK) + (64 << 10);
        let _working = budget.charge(whole.saturating_add(chunk), "decoding the TIFF")?;
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(whole.saturating_add(chunk));
        let set = self.decoder.set_limits(limits);
        set.map_err(|error| from_image_error(Format::Tiff, &error, budget))?;
        image_crate::read(*self.decoder, None, &self.info, need, budget)
    }
}

/// Charges for the directory's entries. The decoder allocates what they claim before it can be given a
/// limit, so what a file cannot hold is refused here.
fn charge_directory<'b>(data: &[u8], budget: &'b Budget) -> Result<Charge<'b>> {
    let mut values = 0_u64;
    for entry in ifd::entries(data).into_iter().flatten() {
        if !entry.lies_within(data.len() as u64) {
            let detail =
                format!("tag {} claims {} values, more than there are", entry.tag, entry.count);
            return Err(Error::truncated(Format::Tiff, detail));
        }
        values = values.saturating_add(entry.count);
    }
    budget.charge(values.saturating_mul(VALUE), "the directory of the TIFF")
}

/// Refuses JPEG inside TIFF: its decoder knows nothing of a budget.
fn check_compression(data: &[u8]) -> Result<()> {
    for entry in ifd::entries(data).into_iter().flatten() {
        if entry.tag != COMPRESSION {
            continue;
        }
        match entry.integer() {
            Some(6 | 7) => return Err(Error::unsupported(Format::Tiff, "JPEG compression")),
            Some(_) => {}
            None => {
                let detail = "its compression, tag 259, is not a number of type SHORT or LONG";
                return Err(Error::corrupt(Format::Tiff, detail));
            }
        }
    }
    Ok(())
}

/// Refuses strips or tiles that lie on each other: a file of a few kilobytes would be decompressed thousands of times.
fn check_chunks(data: &[u8], offsets: u16, counts: u16) -> Result<()> {
    let values = |tag| {
        let mut found = None;
        for entry in ifd::entries(data).into_iter().flatten().filter(|entry| entry.tag == tag) {
            found = Some(entry.integers(data).ok_or_else(|| {
                let detail = format!("tag {tag} is not of numbers of type SHORT, LONG or LONG8");
                Error::corrupt(Format::Tiff, detail)
            })?);
        }
        Ok::<_, Error>(found)
    };
    let (Some(offsets), Some(counts)) = (values(offsets)?, values(counts)?) else { return Ok(()) };
    let length = data.len() as u64;
    let chunks = offsets.zip(counts).map(|(offset, count)| {
        // What lies after the end is missing, and no decoder reads it.
        (offset.min(length), offset.saturating_add(count).min(length))
    });
    let mut chunks: Vec<(u64, u64)> = chunks.filter(|(start, end)| start < end).collect();
    chunks.sort_unstable();
    for pair in chunks.windows(2) {
        if let [(_, end), (start, _)] = pair
            && start < end
        {
            let detail = format!("two of its strips or tiles share byte {start} of the file");
            return Err(Error::corrupt(Format::Tiff, detail));
        }
    }
    Ok(())
}
