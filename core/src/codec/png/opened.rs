//! A PNG as the table of formats has it.

use super::chunks::{Headers, SIGNATURE};
use super::decoder::decode;
use super::frames::{Controls, PngFrames};
use super::profile::profile;
use crate::animation::{Frames, Sequence};
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::error::Result;

/// A PNG whose chunks were walked.
pub(crate) struct Png<'a> {
    headers: Headers<'a>,
}

impl<'a> Codec<'a> for Png<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[SIGNATURE];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { headers: Headers::read(data)? })
    }

    fn info(&self) -> &Info {
        &self.headers.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { headers } = self;
        headers.check()?;
        if need.refuse_truncated {
            headers.check_checksums()?;
        }
        let profile = profile(&headers, budget)?;
        let pixels = decode(&headers, need, budget)?;
        Ok(need.decoded(pixels, profile))
    }

    fn sequence(&self) -> Sequence {
        let mut sequence = Sequence { frames: 0, ..Sequence::still() };
        if self.headers.info.animated {
            for (control, _) in Controls::of(&self.headers) {
                sequence.frames = sequence.frames.saturating_add(1);
                sequence.duration_ms += u64::from(control.duration_ms());
            }
        }
        sequence.of_animation(u16::try_from(self.headers.plays).unwrap_or(u16::MAX))
    }

    fn frames(self, _: &'a Budget) -> Result<Box<dyn Frames<'a> + 'a>> {
        self.headers.check()?;
        Ok(Box::new(PngFrames::new(self.headers)))
    }
}
