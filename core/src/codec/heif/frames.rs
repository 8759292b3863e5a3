//! The frames of an animated AVIF ("AV1 Image File Format", section 3).

use super::av1::Stream;
use super::decoder::{Decoder, Still};
use super::tracks::Tracks;
use crate::animation::{Blend, Disposal, Frame, Frames};
use crate::budget::Budget;
use crate::codec::interface::Need;
use crate::colour::Profile;
use crate::error::Result;

/// The pictures of a track, each of them all of the canvas.
pub(super) struct AvifFrames<'a> {
    /// What the primary item says of turns, crops and colours holds for the track, too.
    still: Still<'a>,
    colour: Stream<'a>,
    alpha: Option<Stream<'a>>,
}

impl<'a> AvifFrames<'a> {
    /// # Errors
    /// Codes 200 and 202 for a track without a sequence header, 301 for a decoder that the budget does not cover.
    pub(super) fn new(
        still: Still<'a>,
        Tracks { colour, alpha }: &Tracks<'a>,
        budget: &'a Budget,
    ) -> Result<Self> {
        let stream = |track| Stream::new(still.info.format, track, budget);
        let (colour, alpha) = (stream(colour)?, alpha.as_ref().map(stream).transpose()?);
        Ok(Self { still, colour, alpha })
    }
}

impl<'a> Frames<'a> for AvifFrames<'a> {
    fn next(&mut self, refuse_truncated: bool, budget: &'a Budget) -> Result<Option<Frame<'a>>> {
        let Some((coded, duration_ms)) = self.colour.next()? else { return Ok(None) };
        let Still { items, shown, info } = &self.still;
        let need = Need::whole((info.width, info.height), refuse_truncated);
        let decoder = Decoder { items, shown, need: &need, budget };
        let alpha = match &mut self.alpha {
            Some(stream) => stream.next()?,
            None => None,
        };
        // A coded picture of alpha has the sides of the one that it belongs to.
        let alpha =
            alpha.map(|(alpha, _)| decoder.alpha(&shown.picture, Some(alpha))).transpose()?;
        let picture = Some(decoder.picture(coded, alpha)?);
        let (blend, disposal) = (Blend::Replace, Disposal::Leave);
        Ok(Some(Frame { x: 0, y: 0, picture, blend, disposal, duration_ms }))
    }

    fn profile(&self, budget: &'a Budget) -> Result<Option<Profile<'a>>> {
        self.still.shown.profile(false, self.colour.code_points(), budget)
    }
}
