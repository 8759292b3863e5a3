//! A GIF as the table of formats has it.

use thumbox_protocol::Format;

use super::blocks::{Blocks, Image};
use super::decoder::decode;
use super::frames::GifFrames;
use crate::animation::{Frames, Sequence};
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// A GIF whose headers were read.
pub(crate) struct Gif<'a> {
    image: Image<'a>,
    /// What follows the first image's descriptor.
    blocks: Blocks<'a>,
    info: Info,
}

impl<'a> Codec<'a> for Gif<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"GIF87a", b"GIF89a"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        let (mut blocks, screen) = Blocks::read(data).ok_or_else(cut)?;
        let mut image = blocks.next().ok_or_else(|| {
            if blocks.has_ended() {
                Error::truncated(Format::Gif, "it ends before its first image")
            } else {
                cut()
            }
        })?;
        // As browsers do.
        if image.width == 0 || image.height == 0 {
            (image.width, image.height) = screen;
        }
        if image.width == 0 || image.height == 0 {
            let (width, height) = screen;
            let detail = format!("its screen and its first image have {width} x {height} pixels");
            return Err(Error::corrupt(Format::Gif, detail));
        }
        // As libvips and Pillow do.
        let width = u32::from(screen.0).max(u32::from(image.left) + u32::from(image.width));
        let height = u32::from(screen.1).max(u32::from(image.top) + u32::from(image.height));
        let covers = (u32::from(image.width), u32::from(image.height)) == (width, height);
        let info = Info {
            format: Format::Gif,
            width,
            height,
            orientation: Orientation::UPRIGHT,
            alpha: image.control.transparent.is_some() || !covers,
            animated: blocks.clone().next().is_some(),
            progressive: image.interlaced,
            icc: false,
        };
        Ok(Self { image, blocks, info })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { image, info, .. } = self;
        let picture = decode(&image, info.alpha, need, budget)?;
        Ok(need.decoded(picture, None))
    }

    fn sequence(&self) -> Sequence {
        let mut blocks = self.blocks.clone();
        let mut sequence = Sequence::still();
        sequence.duration_ms = self.image.control.duration_ms().into();
        for image in blocks.by_ref() {
            sequence.frames = sequence.frames.saturating_add(1);
            sequence.duration_ms += u64::from(image.control.duration_ms());
        }
        sequence.of_animation(blocks.plays)
    }

    fn frames(self, _: &'a Budget) -> Result<Box<dyn Frames<'a> + 'a>> {
        Ok(Box::new(GifFrames::new(self.image, self.blocks, (self.info.width, self.info.height))))
    }
}

fn cut() -> Error {
    Error::truncated(Format::Gif, "it ends in its headers")
}
