//! What an animation shows, frame by frame.

use crate::animation::{Canvas, Frames};
use crate::budget::Budget;
use crate::codec::{Info, Need, Opened};
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};
use crate::reduce::Order;

/// The frames of an animation, reduced as thumbnails need them.
pub(crate) struct Film<'a> {
    frames: Box<dyn Frames<'a> + 'a>,
    canvas: Canvas<'a>,
    need: Need,
    /// Frames so far.
    shown: u32,
    budget: &'a Budget,
}

impl<'a> Film<'a> {
    /// The frames of an animation.
    ///
    /// # Errors
    /// As decoding a still.
    pub(crate) fn new(
        source: Opened<'a>,
        info: &Info,
        need: Need,
        budget: &'a Budget,
    ) -> Result<Self> {
        let frames = source.frames(budget)?;
        let canvas = Canvas::new((info.width, info.height), budget)?;
        Ok(Self { frames, canvas, need, shown: 0, budget })
    }

    /// The colour profile of all frames.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(crate) fn profile(&self) -> Result<Option<Profile<'a>>> {
        self.frames.profile(self.budget)
    }

    /// Draws the next frame, and says for how many milliseconds it is shown; `None` after the last frame, and where the file is
    /// broken or ends, if that is no error.
    ///
    /// # Errors
    /// As decoding a still.
    pub(crate) fn advance(&mut self) -> Result<Option<u32>> {
        let frame = match self.frames.next(self.need.refuse_truncated, self.budget) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(None),
            Err(Error::Corrupt { .. } | Error::Truncated { .. })
                if self.shown > 0 && !self.need.refuse_truncated =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.shown += 1;
        self.canvas.draw(&frame)?;
        Ok(Some(frame.duration_ms))
    }

    /// What is shown, reduced.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(crate) fn picture(&self) -> Result<Picture<'a>> {
        let mut reducer = self.need.reducer::<u8>(Layout::Rgba, Order::Down, self.budget)?;
        let rows = reducer.rows();
        let canvas = &self.canvas.picture;
        let stored = (0..canvas.height).zip(canvas.pixels.chunks_exact(canvas.stride()));
        for (y, row) in stored.filter(|(y, _)| rows.contains(y)) {
            reducer.put(y, 0, 1, row);
        }
        Ok(reducer.finish())
    }
}
