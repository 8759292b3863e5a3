//! An animated WebP, frame by frame (RFC 9649, section 2.7.1).
//!
//! A frame holds the part of the canvas that is not as it was. One in which nothing has changed is a transparent pixel, so that
//! there are as many frames as there were.

use std::io::Write as _;

use thumbox_protocol::Target;

use super::encoder::{Chunk, Frame, HAS_ALPHA, HAS_PROFILE, extended_header, working};
use super::update::{Part, Update, Written};
use crate::budget::Budget;
use crate::codec::encoded::{Encoded, Writer};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture, rgba};

/// In a file's first chunk: it is animated.
const IS_ANIMATED: u8 = 1 << 1;
/// In a frame's flags: it replaces what is there.
const REPLACES: u8 = 1 << 1;
/// Where the file's length and the flags of its first chunk lie.
const LENGTH: usize = 4;
const FLAGS: usize = 20;
/// Bytes of a frame's header.
const FRAME_HEADER: usize = 16;
/// The longest duration that a frame can have.
const LONGEST_MS: u32 = 0x00FF_FFFF;

/// A file that is being written.
pub(crate) struct Animation<'b> {
    out: Writer<'b>,
    target: Target,
    flags: u8,
    /// `None` before the first frame.
    shown: Option<Written<'b>>,
    budget: &'b Budget,
}

impl<'b> Animation<'b> {
    /// Begins a file of `width` x `height` pixels that is played so many times, 0 for ever.
    ///
    /// # Errors
    /// Codes 301 and 302 for the limits.
    pub(crate) fn new(
        (width, height): (u32, u32),
        plays: u16,
        profile: Option<&[u8]>,
        target: &Target,
        budget: &'b Budget,
    ) -> Result<Self> {
        let mut out = Writer::new(budget)?;
        let flags = IS_ANIMATED | if profile.is_some() { HAS_PROFILE } else { 0 };
        let header = extended_header(width, height, flags);
        // The background that no reader shows, and the count.
        let [low, high] = plays.to_le_bytes();
        let count = [0, 0, 0, 0, low, high];
        let chunks = [Some(Chunk(b"VP8X", &header)), profile.map(|body| Chunk(b"ICCP", body))];
        let chunks = chunks.into_iter().flatten().chain([Chunk(b"ANIM", &count)]);
        let result = out
            .write_all(b"RIFF\0\0\0\0WEBP")
            .and_then(|()| chunks.into_iter().try_for_each(|chunk| chunk.write(&mut out)));
        out.check(result)?;
        Ok(Self { out, target: *target, flags, shown: None, budget })
    }

    /// Writes the next frame: the whole picture, as it is then shown.
    ///
    /// # Errors
    /// Codes 300 to 302 for the limits.
    pub(crate) fn add(&mut self, picture: Picture<'b>, duration_ms: u32) -> Result<()> {
        let _working = self.budget.charge(working(&picture), "encoding")?;
        let update = match &mut self.shown {
            None => {
                self.shown = Some(Written::new(&picture, &self.target, self.budget)?);
                let part = Part { x: 0, y: 0, width: picture.width, height: picture.height };
                Some(Update { part, picture, whole: None, replaces: true })
            }
            Some(shown) => shown.update(&picture)?,
        };
        let (part, flags, frame) = match update {
            Some(update) => {
                let (frame, drawn) = self.frame(&update)?;
                self.flags |= if shows_through(drawn) { HAS_ALPHA } else { 0 };
                if let (Some(shown), Some(whole)) = (&mut self.shown, &update.whole)
                    && std::ptr::eq(drawn, whole)
                {
                    shown.drawn(update.part, whole);
                }
                (update.part, if update.replaces { REPLACES } else { 0 }, frame)
            }
            None => {
                self.flags |= HAS_ALPHA;
                (Part { x: 0, y: 0, width: 1, height: 1 }, 0, self.nothing()?)
            }
        };
        let chunks: Vec<_> = frame.chunks().collect();
        let mut header = Vec::with_capacity(FRAME_HEADER);
        let last = [part.width - 1, part.height - 1, duration_ms.min(LONGEST_MS)];
        for value in [part.x / 2, part.y / 2].into_iter().chain(last) {
            header.extend_from_slice(value.to_le_bytes().get(..3).unwrap_or_default());
        }
        header.push(flags);
        let length = FRAME_HEADER + chunks.iter().map(|chunk| chunk.length()).sum::<usize>();
        let result = self.out.write_all(b"ANMF").and_then(|()| {
            self.out.write_all(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes())?;
            self.out.write_all(&header)?;
            chunks.iter().try_for_each(|chunk| chunk.write(&mut self.out))
        });
        self.out.check(result)?;
        Ok(())
    }

    /// The frame of an update, with the picture that it has. A small one is the shortest of what shows the same, but for
    /// effort 0, which is the fastest.
    fn frame<'u>(&self, update: &'u Update<'b>) -> Result<(Frame, &'u Picture<'b>)> {
        let Update { part, picture, whole, .. } = update;
        let exact = Target { lossless: true, ..self.target };
        let tries = part.is_small() && self.target.effort > 0;
        let tries_exact = tries && !self.target.lossless;
        let targets = [Some(&self.target), tries_exact.then_some(&exact)];
        let mut least = None::<(Frame, &Picture<'b>)>;
        for picture in [picture].into_iter().chain(whole.as_ref().filter(|_| tries)) {
            for target in targets.into_iter().flatten() {
                let frame = Frame::new(picture, target)?;
                if least.as_ref().is_none_or(|(least, _)| frame.length() < least.length()) {
                    least = Some((frame, picture));
                }
            }
        }
        least.ok_or_else(|| Error::Bug("an update without a picture".into()))
    }

    /// A frame of one pixel that is not there.
    fn nothing(&self) -> Result<Frame> {
        let pixel = Picture::<u8>::neutral(1, 1, Layout::Rgba, self.budget, "a frame")?;
        Frame::new(&pixel, &Target { lossless: true, ..self.target })
    }

    /// The file.
    ///
    /// # Errors
    /// Only a bug's.
    pub(crate) fn finish(mut self) -> Result<Encoded<'b>> {
        let length = u32::try_from(self.out.len().saturating_sub(8)).unwrap_or(u32::MAX);
        self.out.replace(LENGTH, &length.to_le_bytes());
        self.out.replace(FLAGS, &[self.flags]);
        self.out.finish::<Error>(Ok(()))
    }
}

fn shows_through(picture: &Picture<'_>) -> bool {
    let pixels = picture.pixels.chunks_exact(picture.layout.channels());
    picture.layout.has_alpha() && pixels.map(rgba).any(|[.., alpha]| alpha != u8::MAX)
}
