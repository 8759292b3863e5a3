//! The pixels of a WebP: lossy frames by our own decoder, lossless ones through the `image` crate.

use image::codecs::webp::WebPDecoder;
use thumbox_protocol::Format;

use super::container::Coded;
use super::frames::WebPFrames;
use super::image_crate::{self, from_image_error};
use super::metered::Metered;
use super::{container, lossless_tables, lossy};
use crate::animation::{Frames, Sequence};
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

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
        let whole = match container::first_frame(data, info)? {
            Coded::Lossy(frame) => {
                let picture = lossy::decode(&frame, info.alpha, need, budget)?;
                let profile = container::profile(data).map(|file| Profile::rebuild(file, budget));
                return Ok(need.decoded(picture, profile.transpose()?.flatten()));
            }
            Coded::Lossless { whole, .. } => whole,
        };
        let _working = budget.charge(working(data, info), "decoding the WebP")?;
        let _tables = lossless_tables::charge(data, info.width, info.height, budget)?;
        // Not by the decoder, which makes room for as much as the chunk claims to have.
        let profile = container::profile(data).unwrap_or_default();
        let decoder = WebPDecoder::new(Metered::new(data, budget))
            .map_err(|error| lossless_error(from_image_error(&error, budget), whole))?;
        image_crate::read(decoder, profile, info, need, budget)
            .map_err(|error| lossless_error(error, whole))
    }

    fn sequence(&self) -> Sequence {
        let mut sequence = Sequence { frames: 0, ..Sequence::still() };
        if self.info.animated {
            for place in container::places(self.data) {
                sequence.frames = sequence.frames.saturating_add(1);
                sequence.duration_ms += u64::from(place.duration_ms);
            }
        }
        sequence.of_animation(container::plays(self.data).unwrap_or(0))
    }

    fn frames(self, _: &'a Budget) -> Result<Box<dyn Frames<'a> + 'a>> {
        Ok(Box::new(WebPFrames::new(self.data, self.info)))
    }
}

/// Decodes a lossless frame by itself, whose size was checked.
pub(super) fn lossless<'b>(
    data: &[u8],
    whole: bool,
    size: (u32, u32),
    need: &Need,
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    let (width, height) = size;
    let info = Info {
        format: Format::WebP,
        width,
        height,
        orientation: Orientation::UPRIGHT,
        alpha: true,
        animated: false,
        progressive: false,
        icc: false,
    };
    let _file = budget.charge(data.len() as u64 + 32, "a frame of the WebP")?;
    let file = container::of_lossless(data);
    let _working = budget.charge(working(&file, &info), "decoding the WebP")?;
    let _tables = lossless_tables::charge(&file, width, height, budget)?;
    let decoder = WebPDecoder::new(Metered::new(&file, budget))
        .map_err(|error| lossless_error(from_image_error(&error, budget), whole))?;
    image_crate::read(decoder, &[], &info, need, budget)
        .map_err(|error| lossless_error(error, whole))
}

/// What is wrong with a lossless frame, of which the decoder says little. `whole`: whether all of it is there. It undoes
/// transforms last, so that of a part of a frame nothing can be shown.
fn lossless_error(error: Error, whole: bool) -> Error {
    let is_cut = match &error {
        // So it says that an animation ends.
        Error::Corrupt { detail, .. } => !whole || detail == "failed to fill whole buffer",
        Error::Truncated { .. } => true,
        _ => false,
    };
    match error {
        _ if is_cut => {
            let detail = "its lossless image data ends early; there is nothing to show yet";
            Error::truncated(Format::WebP, detail)
        }
        Error::Corrupt { format, detail } => {
            let detail = match detail.as_str() {
                "Corrupt bitstream" => {
                    "its lossless image data ends before its last pixel, or refers beyond its first"
                }
                "Invalid Huffman code" => {
                    "its lossless image data has a prefix code that is not complete"
                }
                "Invalid transform" => "its lossless image data has a transform twice",
                _ => return Error::Corrupt { format, detail },
            };
            Error::corrupt(format, detail)
        }
        other => other,
    }
}

/// Bytes that the decoder of a lossless picture allocates beside it.
fn working(data: &[u8], info: &Info) -> u64 {
    let pixels = u64::from(info.width) * u64::from(info.height);
    // An animation's frame is a picture of its own, beside the canvas.
    let frame = if info.animated { 14 * pixels } else { 4 * pixels };
    frame + (256 << 10) + 2 * data.len() as u64
}
