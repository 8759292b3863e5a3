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
}

impl<'a> GifFrames<'a> {
    pub(super) fn new(first: Image<'a>, blocks: Blocks<'a>) -> Self {
        Self { first: Some(first), blocks }
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
        let picture = match (image.width, image.height) {
            // Nothing is drawn. Its time passes all the same.
            (0, _) | (_, 0) => None,
            (width, height) => {
                let need = Need::whole((width.into(), height.into()), refuse_truncated);
                let image = Image { left: 0, top: 0, ..image };
                Some(decode(&image, true, &need, budget)?)
            }
        };
        Ok(Some(Frame { x, y, picture, blend: Blend::Over, disposal, duration_ms }))
    }
}
