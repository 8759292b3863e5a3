//! What a frame of an animated WebP has to draw: pixels that stay as they are are not written again (RFC 9649, section 2.7.1.1).

use std::ops::Range;

use thumbox_protocol::Target;

use crate::budget::Budget;
use crate::error::Result;
use crate::picture::{Layout, Picture, rgba};

/// Where alpha changes in a lossy frame: each edge costs bytes, so that small areas are written again.
const LOSSY_BLOCK: usize = 8;

/// Pixels of a part that is small.
const SMALL: u32 = 64 * 64;

/// A part of the canvas, at even coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Part {
    /// Whether headers take much of what it costs, and trying several ways takes little time.
    pub(super) const fn is_small(self) -> bool {
        self.width <= SMALL / self.height
    }

    fn columns(self) -> Range<usize> {
        self.x as usize..(self.x + self.width) as usize
    }
}

/// What changes the canvas into the next picture.
#[derive(Debug)]
pub(super) struct Update<'b> {
    pub(super) part: Part,
    /// Pixels of that part. Those that stay are transparent.
    pub(super) picture: Picture<'b>,
    /// The same with those that stay, of a small part that is opaque: alpha may cost more than they do. Where it is drawn,
    /// [`Written::drawn`] has to be told.
    pub(super) whole: Option<Picture<'b>>,
    /// Whether they replace what is there; else they are drawn over it.
    pub(super) replaces: bool,
}

/// The pictures that were written, as they are shown one over the other.
#[derive(Debug)]
pub(super) struct Written<'b> {
    picture: Picture<'b>,
    /// How far a sample may be off before it is written again. Comparing with what was written and not with the last picture
    /// keeps slow changes from adding up.
    tolerance: u8,
    /// Pixels are kept in blocks of this side.
    block: usize,
    budget: &'b Budget,
}

impl<'b> Written<'b> {
    /// The first picture.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(super) fn new(first: &Picture<'_>, target: &Target, budget: &'b Budget) -> Result<Self> {
        let (tolerance, block) =
            if target.lossless { (0, 1) } else { (tolerance(target.quality), LOSSY_BLOCK) };
        Ok(Self { picture: with_alpha(first, budget)?, tolerance, block, budget })
    }

    /// What has to be drawn to show the next picture, which has the first one's size; `None` where nothing changes.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(super) fn update(&mut self, next: &Picture<'_>) -> Result<Option<Update<'b>>> {
        let next = with_alpha(next, self.budget)?;
        let Some(part) = self.changed(&next) else { return Ok(None) };
        let Part { width, height, .. } = part;
        let blocks_across = (width as usize).div_ceil(self.block);
        let mut changed = vec![false; blocks_across * (height as usize).div_ceil(self.block)];
        let mut replaces = false;
        let both = rows(&self.picture, part).zip(rows(&next, part));
        for (y, (shown, next)) in both.enumerate() {
            let blocks = changed.iter_mut().skip(y / self.block * blocks_across);
            let pixels = shown.chunks(self.block).zip(next.chunks(self.block));
            for (changed, (shown, next)) in blocks.zip(pixels) {
                for (shown, next) in shown.iter().zip(next) {
                    let differs = self.differs(*shown, *next);
                    *changed |= differs;
                    // Nothing that is drawn over a pixel makes it more transparent.
                    replaces |= differs && next[3] != u8::MAX;
                }
            }
        }
        let mut picture = Picture::neutral(width, height, Layout::Rgba, self.budget, "a frame")?;
        let block = self.block;
        let cut = picture.pixels.chunks_exact_mut(width as usize * 4);
        let all = rows_mut(&mut self.picture, part).zip(rows(&next, part)).zip(cut);
        for (y, ((shown, next), cut)) in all.enumerate() {
            let blocks = changed.iter().skip(y / block * blocks_across);
            let pixels = shown.chunks_mut(block).zip(next.chunks(block));
            let pixels = pixels.zip(cut.as_chunks_mut().0.chunks_mut(block));
            for (changed, ((shown, next), cut)) in blocks.zip(pixels) {
                for ((shown, next), cut) in shown.iter_mut().zip(next).zip(cut) {
                    if replaces || *changed && next[3] == u8::MAX {
                        (*shown, *cut) = (*next, *next);
                    }
                }
            }
        }
        // What shows through would be drawn over itself.
        let is_opaque = || rows(&next, part).flatten().all(|pixel| pixel[3] == u8::MAX);
        let leaves_some = !replaces && changed.contains(&false);
        let whole = if leaves_some && part.is_small() && is_opaque() {
            let mut whole = Picture::empty(width, height, Layout::Rgba, self.budget, "a frame")?;
            whole.pixels.extend(rows(&next, part).flatten().flatten());
            Some(whole)
        } else {
            None
        };
        Ok(Some(Update { part, picture, whole, replaces }))
    }

    /// A part was drawn whole.
    pub(super) fn drawn(&mut self, part: Part, whole: &Picture<'_>) {
        let pixels = whole.pixels.chunks_exact(part.width as usize * 4);
        for (shown, drawn) in rows_mut(&mut self.picture, part).zip(pixels) {
            shown.copy_from_slice(drawn.as_chunks().0);
        }
    }

    /// The least part that holds all pixels that differ.
    fn changed(&self, next: &Picture<'_>) -> Option<Part> {
        let (mut across, mut down) = (None, None);
        let grown = |range: Option<(u32, u32)>, at: u32| {
            Some(range.map_or((at, at), |(first, last): (u32, u32)| (first.min(at), last.max(at))))
        };
        let whole = Part { x: 0, y: 0, width: next.width, height: next.height };
        for (y, (shown, next)) in (0..).zip(rows(&self.picture, whole).zip(rows(next, whole))) {
            for (x, (shown, next)) in (0..).zip(shown.iter().zip(next)) {
                if self.differs(*shown, *next) {
                    (across, down) = (grown(across, x), grown(down, y));
                }
            }
        }
        let ((left, right), (top, bottom)) = (across?, down?);
        let (x, y) = (left & !1, top & !1);
        Some(Part { x, y, width: right - x + 1, height: bottom - y + 1 })
    }

    fn differs(&self, shown: [u8; 4], next: [u8; 4]) -> bool {
        let off = |(shown, next): (&u8, &u8)| shown.abs_diff(*next) > self.tolerance;
        // What is transparent has no colour.
        shown[3] != next[3] || next[3] != 0 && shown.iter().zip(&next).any(off)
    }
}

/// How far a sample may be off at a lossy quality: less than what quantising changes.
const fn tolerance(quality: u8) -> u8 {
    (100 - if quality > 100 { 100 } else { quality }) / 6 + 1
}

/// A copy as RGBA.
fn with_alpha<'b>(picture: &Picture<'_>, budget: &'b Budget) -> Result<Picture<'b>> {
    let (width, height) = (picture.width, picture.height);
    let mut copy = Picture::empty(width, height, Layout::Rgba, budget, "a frame")?;
    let pixels = picture.pixels.chunks_exact(picture.layout.channels());
    copy.pixels.extend(pixels.flat_map(rgba));
    Ok(copy)
}

/// The rows of a part of an RGBA picture.
fn rows<'p>(picture: &'p Picture<'_>, part: Part) -> impl Iterator<Item = &'p [[u8; 4]]> {
    let rows = picture.pixels.chunks_exact(picture.stride()).skip(part.y as usize);
    rows.take(part.height as usize).map(move |row| {
        let pixels = row.as_chunks().0.get(part.columns());
        pixels.unwrap_or_default()
    })
}

/// The same to be written.
fn rows_mut<'p>(
    picture: &'p mut Picture<'_>,
    part: Part,
) -> impl Iterator<Item = &'p mut [[u8; 4]]> {
    let stride = picture.stride();
    let rows = picture.pixels.chunks_exact_mut(stride).skip(part.y as usize);
    rows.take(part.height as usize).map(move |row| {
        let pixels = row.as_chunks_mut().0.get_mut(part.columns());
        pixels.unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::*;

    const WIDTH: u32 = 40;

    fn picture<'b>(budget: &'b Budget, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Picture<'b> {
        let mut picture = Picture::neutral(WIDTH, 30, Layout::Rgba, budget, "a test").unwrap();
        let pixels = picture.pixels.as_chunks_mut().0.iter_mut();
        (0..).zip(pixels).for_each(|(at, shown)| *shown = pixel(at % WIDTH, at / WIDTH));
        picture
    }

    fn grey(value: u8) -> [u8; 4] {
        [value, value, value, 255]
    }

    fn shown<'b>(lossless: bool, first: &Picture<'_>, budget: &'b Budget) -> Written<'b> {
        let target = Target { lossless, quality: 80, ..Target::default() };
        Written::new(first, &target, budget).unwrap()
    }

    #[test]
    fn blocks_that_stay_are_transparent() {
        let budget = Budget::new(Limits::DEFAULT);
        let first = picture(&budget, |_, _| grey(100));
        let next = picture(&budget, |x, y| match (x, y) {
            (5, 3) | (30, 21) => grey(200),
            // Within the tolerance of a lossy frame.
            (38, 29) => grey(104),
            _ => grey(100),
        });
        for (lossless, last, opaque) in [(false, (30, 21), 8 * 8 + 3 * 4), (true, (38, 29), 3)] {
            let mut shown = shown(lossless, &first, &budget);
            let update = shown.update(&next).unwrap().unwrap();
            assert!(!update.replaces);
            let part = Part { x: 4, y: 3, width: last.0 - 3, height: last.1 - 2 };
            assert_eq!(update.part, Part { y: 2, height: part.height + 1, ..part });
            let is_opaque = |pixel: &&[u8; 4]| pixel[3] == 255;
            let pixels = update.picture.pixels.as_chunks().0;
            assert_eq!(pixels.iter().filter(is_opaque).count(), opaque, "lossless: {lossless}");
            assert!(pixels.iter().all(|pixel| pixel[3] == 255 || *pixel == [0; 4]));
            let whole = update.whole.unwrap();
            let pixels = whole.pixels.as_chunks::<4>().0;
            assert!(pixels.len() > opaque && pixels.iter().all(|pixel| pixel[3] == 255));
            assert!(shown.update(&next).unwrap().is_none());
        }
    }

    #[test]
    fn a_part_that_is_drawn_whole_leaves_nothing_off() {
        let budget = Budget::new(Limits::DEFAULT);
        let first = picture(&budget, |_, _| grey(100));
        let next = picture(&budget, |x, y| match (x, y) {
            (5, 3) => grey(200),
            (..20, _) => grey(100),
            _ => grey(101),
        });
        let mut shown = shown(false, &first, &budget);
        let far =
            picture(&budget, |x, y| grey(if x == 5 || (x, y) == (30, 3) { 200 } else { 101 }));
        assert!(shown.update(&next).unwrap().unwrap().whole.is_none(), "one block, which changes");
        let update = shown.update(&far).unwrap().unwrap();
        let pixel =
            |shown: &Written<'_>, x: usize| shown.picture.pixels.as_chunks::<4>().0[20 * 40 + x];
        assert_eq!((pixel(&shown, 5), pixel(&shown, 20)), (grey(200), grey(100)));
        shown.drawn(update.part, &update.whole.unwrap());
        assert_eq!((pixel(&shown, 5), pixel(&shown, 20)), (grey(200), grey(101)));
        // One pixel that shows through would be drawn over itself.
        let through = picture(&budget, |x, y| match (x, y) {
            (9, 9) => [7, 7, 7, 128],
            (5 | 30, _) => grey(0),
            _ => grey(101),
        });
        shown.update(&through).unwrap();
        let update = shown.update(&picture(&budget, |x, y| match (x, y) {
            (9, 9) => [7, 7, 7, 128],
            (5 | 30, _) => grey(50),
            _ => grey(101),
        }));
        let update = update.unwrap().unwrap();
        assert!(!update.replaces && update.whole.is_none());
    }

    #[test]
    fn what_becomes_transparent_replaces_its_part() {
        let budget = Budget::new(Limits::DEFAULT);
        let first = picture(&budget, |_, _| grey(100));
        let next = picture(&budget, |x, _| if x == 7 { [0; 4] } else { grey(100) });
        let mut shown = shown(false, &first, &budget);
        let update = shown.update(&next).unwrap().unwrap();
        assert!(update.replaces);
        assert_eq!(update.part, Part { x: 6, y: 0, width: 2, height: 30 });
        // And over what is transparent an opaque pixel is drawn.
        let update = shown.update(&first).unwrap().unwrap();
        assert!(!update.replaces);
        assert_eq!(update.part, Part { x: 6, y: 0, width: 2, height: 30 });
    }

    #[test]
    fn slow_changes_do_not_add_up() {
        let budget = Budget::new(Limits::DEFAULT);
        let mut shown = shown(false, &picture(&budget, |_, _| grey(0)), &budget);
        for value in 0..=255 {
            shown.update(&picture(&budget, |_, _| grey(value))).unwrap();
            let pixels = shown.picture.pixels.as_chunks::<4>().0;
            assert!(pixels.iter().all(|pixel| pixel[0].abs_diff(value) <= 4), "{value}");
        }
    }
}
