//! The pixels of a WebP: lossy frames by our own decoder, lossless ones through the `image` crate.

use image::codecs::webp::WebPDecoder;
use thumbox_protocol::Format;

use super::{container, lossless_tables, lossy};
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::image_crate::{self, from_image_error};
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::metered::Metered;
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

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { data, info } = &self;
        if let Some(frame) = container::lossy_frame(data, info)? {
            let picture = lossy::decode(&frame, info.alpha, need, budget)?;
            let profile = container::profile(data).map(|file| Profile::rebuild(file, budget));
            return Ok(need.decoded(picture, profile.transpose()?.flatten()));
        }
        let _working = budget.charge(working(data, info), "decoding the WebP")?;
        let _tables = lossless_tables::charge(data, info.width, info.height, budget)?;
        // Not by the decoder, which makes room for as much as the chunk claims to have.
        let profile = container::profile(data).unwrap_or_default();
        let decoder = WebPDecoder::new(Metered::new(data, budget))
            .map_err(|error| from_image_error(Format::WebP, &error, budget))?;
        image_crate::read(decoder, Some(profile), info, need, budget)
    }
}

/// Bytes that the decoder of a lossless picture allocates beside it.
fn working(data: &[u8], info: &Info) -> u64 {
    let pixels = u64::from(info.width) * u64::from(info.height);
    // An animation's frame is a picture of its own, beside the canvas.
    let frame = if info.animated { 14 * pixels } else { 4 * pixels };
    frame + (256 << 10) + 2 * data.len() as u64
}
