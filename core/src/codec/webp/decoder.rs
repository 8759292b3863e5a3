//! The pixels of a WebP, through the `image` crate.

use image::codecs::webp::WebPDecoder;
use thumbox_protocol::Format;

use super::container::{self, chunks};
use super::lossless_tables;
use crate::budget::Budget;
use crate::codec::image_crate::{self, from_image_error};
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::metered::Metered;
use crate::codec::sink::Sink;
use crate::colour::Profile;
use crate::error::Result;

/// A WebP whose chunks were walked.
pub(crate) struct WebP<'a> {
    data: &'a [u8],
    info: Info,
}

impl<'a> Codec<'a> for WebP<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"RIFF????WEBP"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { data, info: container::info(data)? })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(
        self,
        need: &Need,
        out: &mut Sink<'a>,
        budget: &'a Budget,
    ) -> Result<Option<Profile<'a>>> {
        let Self { data, info } = &self;
        container::check_frame(data, info)?;
        let _working = budget.charge(working(data, info), "decoding the WebP")?;
        let _tables = lossless_tables::charge(data, info.width, info.height, budget)?;
        // Not by the decoder, which makes room for as much as the chunk claims to have.
        let profile = container::profile(data).unwrap_or_default();
        let decoder = WebPDecoder::new(Metered::new(data, budget))
            .map_err(|error| from_image_error(Format::WebP, &error, budget))?;
        image_crate::read(decoder, Some(profile), info, need, out, budget)
    }
}

/// Bytes that the decoder allocates beside the picture.
fn working(data: &[u8], info: &Info) -> u64 {
    let pixels = u64::from(info.width) * u64::from(info.height);
    // A frame's planes have whole macroblocks of 16 x 16 pixels.
    let padded = u64::from(info.width + 15) * u64::from(info.height + 15);
    let lossless = chunks(data).any(|chunk| &chunk.kind == b"VP8L");
    let frame = match (info.animated, info.alpha, lossless) {
        // The frame as RGBA, the canvas, and the planes or the alpha that the frame is made from.
        (true, ..) => 4 * pixels + 4 * pixels + 6 * padded,
        (_, _, true) => 4 * pixels,
        // Three planes of 4:2:0; alpha is a lossless picture of its own.
        (_, true, _) => 2 * padded + 6 * pixels,
        (..) => 2 * padded,
    };
    // A partition of a lossy frame is allocated by a length of 24 bits that nobody has checked.
    let partitions = if lossless { 0 } else { 16 << 20 };
    frame + partitions + (256 << 10) + 2 * data.len() as u64
}
