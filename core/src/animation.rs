//! Animations: frames are drawn one after the other on one canvas, by the rules that GIF, PNG and WebP share.

use crate::budget::Budget;
use crate::colour::Profile;
use crate::error::Result;
use crate::picture::{Layout, Picture, rgba};

/// How many frames or pages a file has, and for how long frames are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// 1 for a still.
    pub(crate) frames: u32,
    /// Of all frames together.
    pub(crate) duration_ms: u64,
    /// How often an animation is played; 0 for ever.
    pub(crate) plays: u16,
    /// Whether there are frames of an animation, and not pages.
    pub(crate) is_animation: bool,
}

impl Sequence {
    /// One picture.
    pub(crate) const fn still() -> Self {
        Self::pages(1)
    }

    /// Pictures that do not follow each other in time.
    pub(crate) const fn pages(frames: u32) -> Self {
        Self { frames, duration_ms: 0, plays: 1, is_animation: false }
    }

    /// The same as an animation, unless it is one picture.
    pub(crate) const fn of_animation(self, plays: u16) -> Self {
        if self.frames > 1 { Self { plays, is_animation: true, ..self } } else { Self::still() }
    }
}

/// The frames of an animation, in their order.
pub(crate) trait Frames<'a> {
    /// Decodes the next frame; `None` after the last.
    ///
    /// # Errors
    /// As decoding a still.
    fn next(&mut self, refuse_truncated: bool, budget: &'a Budget) -> Result<Option<Frame<'a>>>;

    /// The colour profile of all frames.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    fn profile(&self, _budget: &'a Budget) -> Result<Option<Profile<'a>>> {
        Ok(None)
    }
}

/// One frame.
pub(crate) struct Frame<'b> {
    /// Where it lies on the canvas.
    pub(crate) x: u32,
    pub(crate) y: u32,
    /// Its pixels, in any layout but CMYK; `None` for a frame without any.
    pub(crate) picture: Option<Picture<'b>>,
    pub(crate) blend: Blend,
    pub(crate) disposal: Disposal,
    pub(crate) duration_ms: u32,
}

/// How a frame is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blend {
    /// Over what is there, by its alpha.
    Over,
    /// Instead of what is there.
    Replace,
}

/// What becomes of a frame's place once its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disposal {
    /// It stays.
    Leave,
    /// It becomes transparent.
    Clear,
    /// What was there before comes back.
    Restore,
}

/// A part of the canvas.
#[derive(Clone, Copy, Debug)]
struct Place {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// What is shown, and what is to be done before the next frame.
#[derive(Debug)]
pub(crate) struct Canvas<'b> {
    /// Red, green, blue and alpha.
    pub(crate) picture: Picture<'b>,
    clear: Option<Place>,
    restore: Option<(Place, Picture<'b>)>,
    budget: &'b Budget,
}

impl<'b> Canvas<'b> {
    /// A transparent canvas.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(crate) fn new((width, height): (u32, u32), budget: &'b Budget) -> Result<Self> {
        let picture = Picture::neutral(width, height, Layout::Rgba, budget, "the canvas")?;
        Ok(Self { picture, clear: None, restore: None, budget })
    }

    /// Draws a frame; what lies beyond the canvas is not shown.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover a copy of what is to come back.
    pub(crate) fn draw(&mut self, frame: &Frame<'_>) -> Result<()> {
        if let Some(place) = self.clear.take() {
            self.rows(place).for_each(|row| row.fill(0));
        }
        if let Some((place, before)) = self.restore.take() {
            let rows = before.pixels.chunks_exact(before.stride());
            self.rows(place).zip(rows).for_each(|(row, before)| row.copy_from_slice(before));
        }
        let Some(picture) = &frame.picture else { return Ok(()) };
        let (x, y) = (frame.x.min(self.picture.width), frame.y.min(self.picture.height));
        let width = picture.width.min(self.picture.width - x);
        let height = picture.height.min(self.picture.height - y);
        let place = Place { x, y, width, height };
        if width == 0 || height == 0 {
            return Ok(());
        }
        match frame.disposal {
            Disposal::Leave => {}
            Disposal::Clear => self.clear = Some(place),
            Disposal::Restore => {
                let purpose = "what is under a frame";
                let mut before = Picture::empty(width, height, Layout::Rgba, self.budget, purpose)?;
                self.rows(place).for_each(|row| before.pixels.extend_from_slice(row));
                self.restore = Some((place, before));
            }
        }
        let channels = picture.layout.channels();
        let rows = picture.pixels.chunks_exact(picture.stride());
        for (row, shown) in self.rows(place).zip(rows) {
            let pixels = row.as_chunks_mut::<4>().0.iter_mut().zip(shown.chunks_exact(channels));
            for (under, pixel) in pixels {
                let pixel = rgba(pixel);
                *under = match frame.blend {
                    Blend::Replace => pixel,
                    Blend::Over => over(pixel, *under),
                };
            }
        }
        Ok(())
    }

    /// The rows of a place that lies on the canvas and is not empty.
    fn rows(&mut self, place: Place) -> impl Iterator<Item = &mut [u8]> {
        let stride = self.picture.stride();
        let start = place.x as usize * 4;
        let rows = self.picture.pixels.chunks_exact_mut(stride).skip(place.y as usize);
        rows.take(place.height as usize).map(move |row| {
            row.get_mut(start..start + place.width as usize * 4).unwrap_or_default()
        })
    }
}

/// A pixel over another, both with straight alpha (W3C PNG, third edition, section 13.16).
fn over(pixel: [u8; 4], under: [u8; 4]) -> [u8; 4] {
    let ([red, green, blue, alpha], [under_red, under_green, under_blue, under_alpha]) =
        (pixel, under);
    match (alpha, under_alpha) {
        (255, _) | (_, 0) => return pixel,
        (0, _) => return under,
        _ => {}
    }
    let alpha = u32::from(alpha);
    // Of 255 x 255 parts.
    let left = u32::from(under_alpha) * (255 - alpha);
    let both = alpha * 255 + left;
    let mixed = |sample: u8, under: u8| {
        let sum = u32::from(sample) * alpha * 255 + u32::from(under) * left;
        u8::try_from((sum + both / 2) / both).unwrap_or(u8::MAX)
    };
    let opacity = u8::try_from((both + 127) / 255).unwrap_or(u8::MAX);
    [mixed(red, under_red), mixed(green, under_green), mixed(blue, under_blue), opacity]
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::*;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];
    const NOTHING: [u8; 4] = [0; 4];

    fn frame<'b>(
        (x, y, width): (u32, u32, u32),
        pixels: &[[u8; 4]],
        (blend, disposal): (Blend, Disposal),
        budget: &'b Budget,
    ) -> Frame<'b> {
        let height = u32::try_from(pixels.len()).unwrap() / width;
        let mut picture =
            Picture::<u8>::empty(width, height, Layout::Rgba, budget, "a test").unwrap();
        picture.pixels.extend(pixels.as_flattened());
        Frame { x, y, picture: Some(picture), blend, disposal, duration_ms: 10 }
    }

    #[test]
    fn frames_stay_are_cleared_or_give_back_what_was_there() {
        let budget = Budget::new(Limits::DEFAULT);
        let mut canvas = Canvas::new((3, 1), &budget).unwrap();
        let mut shown = |place, pixels: &[[u8; 4]], how| {
            canvas.draw(&frame(place, pixels, how, &budget)).unwrap();
            canvas.picture.pixels.as_chunks::<4>().0.to_vec()
        };
        let (over, replace) = (Blend::Over, Blend::Replace);
        assert_eq!(shown((0, 0, 3), &[RED; 3], (over, Disposal::Leave)), [RED; 3]);
        assert_eq!(shown((1, 0, 1), &[BLUE], (over, Disposal::Restore)), [RED, BLUE, RED]);
        assert_eq!(shown((2, 0, 1), &[NOTHING], (over, Disposal::Leave)), [RED; 3]);
        // It reaches beyond the canvas.
        assert_eq!(shown((2, 0, 2), &[BLUE; 2], (over, Disposal::Clear)), [RED, RED, BLUE]);
        let last = shown((0, 0, 1), &[NOTHING], (replace, Disposal::Leave));
        assert_eq!(last, [NOTHING, RED, NOTHING]);
        let beyond = shown((7, 9, 1), &[BLUE], (replace, Disposal::Clear));
        assert_eq!(beyond, [NOTHING, RED, NOTHING]);
    }

    #[test]
    fn what_is_half_transparent_is_mixed() {
        assert_eq!(over([255, 0, 0, 128], BLUE), [128, 0, 127, 255]);
        assert_eq!(over([255, 0, 0, 128], [0, 0, 255, 128]), [170, 0, 85, 192]);
        assert_eq!(over([9, 8, 7, 0], BLUE), BLUE);
        assert_eq!(over([9, 8, 7, 3], NOTHING), [9, 8, 7, 3]);
    }
}
