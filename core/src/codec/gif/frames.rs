//! The frames of an animated GIF (GIF89a specification, section 23).

use super::blocks::{Blocks, Image};
use super::decoder::decode;
use crate::animation::{Blend, Disposal, Frame, Frames};
use crate::budget::Budget;
use crate::codec::interface::Need;
use crate::error::Result;

/// The images of a GIF as frames.
pub(super) struct GifFrames<'a> {
    first: Option<Image<'a>>,
    blocks: Blocks<'a>,
    canvas: (u32, u32),
}

impl<'a> GifFrames<'a> {
    pub(super) fn new(first: Image<'a>, blocks: Blocks<'a>, canvas: (u32, u32)) -> Self {
        Self { first: Some(first), blocks, canvas }
    }
}

impl<'a> Frames<'a> for GifFrames<'a> {
    fn next(&mut self, refuse_truncated: bool, budget: &'a Budget) -> Result<Option<Frame<'a>>> {
        let next = self.first.take().or_else(|| self.blocks.next());
        let Some(image) = next else { return Ok(None) };
        let (x, y) = (image.left.into(), image.top.into());
        let duration_ms = image.control.duration_ms();
        let disposal = match image.control.disposal {
            2 => Disposal::Clear,
            3 => Disposal::Restore,
            _ => Disposal::Leave,
        };
        // An image may claim to reach far beyond the canvas.
        let width = self.canvas.0.saturating_sub(x).min(image.width.into());
        let height = self.canvas.1.saturating_sub(y).min(image.height.into());
        let picture = if width == 0 || height == 0 {
            // Nothing is drawn. Its time passes all the same.
            None
        } else {
            let need = Need::whole((width, height), refuse_truncated);
            let image = Image { left: 0, top: 0, ..image };
            Some(decode(&image, true, &need, budget)?)
        };
        Ok(Some(Frame { x, y, picture, blend: Blend::Over, disposal, duration_ms }))
    }
}
