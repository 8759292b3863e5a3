//! A WebP as the table of formats has it: lossy frames are decoded by our own decoder, lossless ones through the `image`
//! crate.

use super::container::Coded;
use super::frames::WebPFrames;
use super::{container, lossless, lossy};
use crate::animation::{Frames, Sequence};
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
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
        match container::first_frame(data, info)? {
            Coded::Lossy(frame) => {
                let picture = lossy::decode(&frame, info.alpha, need, budget)?;
                let profile = container::profile(data).map(|file| Profile::rebuild(file, budget));
                Ok(need.decoded(picture, profile.transpose()?.flatten()))
            }
            Coded::Lossless { whole, .. } => lossless::first(data, whole, info, need, budget),
        }
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
