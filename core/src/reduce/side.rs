//! One side of a picture, divided into boxes.

use std::ops::Range;

/// A side of a stored picture: how it is divided, and which part of it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    /// Stored pixels; never 0.
    stored: u32,
    /// Stored pixels of a box, 1 or more.
    pub(crate) per_box: u32,
    /// The first box that is read.
    from: u32,
    /// Boxes that are read, 1 or more.
    pub(crate) count: u32,
}

impl Side {
    /// A side of `stored` pixels of which boxes of `per_box` become one, and of which at least the pixels `needed` are
    /// read.
    pub(crate) fn new(stored: u32, per_box: u32, needed: Range<u32>) -> Self {
        let (stored, per_box) = (stored.max(1), per_box.max(1));
        let from = needed.start.min(stored - 1) / per_box;
        let to = needed.end.clamp(1, stored).div_ceil(per_box).max(from + 1);
        Self { stored, per_box, from, count: to - from }
    }

    /// The same boxes where every two stored pixels, from the first on, are one; `None` where that cuts one in two.
    pub(crate) fn halved(self) -> Option<Self> {
        let Self { stored, per_box, .. } = self;
        let is_even = stored.is_multiple_of(2) && per_box.is_multiple_of(2);
        is_even.then_some(Self { stored: stored / 2, per_box: per_box / 2, ..self })
    }

    /// The same side of a picture that shows the same in fewer pixels, `smaller` for `stored` ones; at the largest
    /// thumbnail's scale it has `whole` pixels.
    pub(crate) fn of_smaller(self, (smaller, stored): (u32, u32), whole: u32) -> Self {
        let per_box = per_box(smaller, whole);
        let on_it = |at: u32| u64::from(at) * u64::from(smaller) / u64::from(stored.max(1));
        let Range { start, end } = self.stored();
        // What a resizer reads beyond what is shown, which was of the stored picture's boxes.
        let reach = 4 * u64::from(per_box);
        let start = on_it(start).saturating_sub(reach);
        let end = (on_it(end) + 1 + reach).min(smaller.into());
        let [start, end] = [start, end].map(|at| u32::try_from(at).unwrap_or(smaller));
        Self::new(smaller, per_box, start..end)
    }

    /// The first stored pixel that is read.
    pub(crate) const fn first(&self) -> u32 {
        self.from * self.per_box
    }

    /// The first box that is read.
    pub(crate) const fn first_box(&self) -> u32 {
        self.from
    }

    /// The stored pixels that are read.
    pub(crate) fn stored(&self) -> Range<u32> {
        let end = u64::from(self.from + self.count) * u64::from(self.per_box);
        self.first()..u32::try_from(end).unwrap_or(u32::MAX).min(self.stored)
    }

    /// How many stored pixels are read.
    pub(super) fn length(&self) -> usize {
        self.stored().len()
    }

    /// The box that a stored pixel is in, counted from the first that is read. The pixel is one that is read.
    pub(super) const fn box_of(&self, at: u32) -> u32 {
        at / self.per_box - self.from
    }

    /// Stored pixels of a box, counted from the first that is read.
    pub(super) fn in_box(&self, index: usize) -> u32 {
        let start = (u64::from(self.from) + index as u64) * u64::from(self.per_box);
        let left = u64::from(self.stored).saturating_sub(start).min(self.per_box.into());
        u32::try_from(left).unwrap_or(self.per_box)
    }

    /// Of pixels that lie at `at` and each next one `step` further on, those that are read, and where their first is.
    #[inline]
    pub(super) fn within<'p, P>(
        &self,
        at: u32,
        step: u32,
        pixels: &'p [P],
    ) -> Option<(u32, &'p [P])> {
        let Range { start, end } = self.stored();
        let skipped = start.saturating_sub(at).div_ceil(step);
        let first = at.checked_add(skipped.checked_mul(step)?).filter(|first| *first < end)?;
        let pixels = pixels.get(skipped as usize..)?;
        let fitting = (end - first).div_ceil(step) as usize;
        let pixels = pixels.get(..fitting).unwrap_or(pixels);
        (!pixels.is_empty()).then_some((first, pixels))
    }
}

/// Boxes as large as leave a resizer twice the pixels of `whole`, which is the side at the largest thumbnail's scale.
pub(crate) fn per_box(stored: u32, whole: u32) -> u32 {
    let per_box = u64::from(stored) / (2 * u64::from(whole).max(1));
    u32::try_from(per_box.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_begin_at_the_first_stored_pixel_and_the_last_has_the_rest() {
        let whole = Side::new(10, 4, 0..10);
        assert_eq!((whole.count, whole.stored(), whole.length()), (3, 0..10, 10));
        assert_eq!([0, 1, 2].map(|index| whole.in_box(index)), [4, 4, 2]);
        let part = Side::new(10, 4, 5..6);
        assert_eq!((part.first_box(), part.count, part.stored()), (1, 1, 4..8));
        assert_eq!((part.box_of(7), part.in_box(0)), (0, 4));
        assert_eq!(Side::new(10, 4, 9..99).stored(), 8..10);
        assert_eq!(Side::new(10, 4, 99..99).stored(), 8..10);
        assert_eq!(Side::new(u32::MAX, 1 << 31, 0..u32::MAX).stored(), 0..u32::MAX);
    }

    #[test]
    fn a_side_of_half_the_pixels_has_the_same_boxes() {
        let side = Side::new(22, 4, 5..99);
        let half = side.halved().unwrap();
        assert_eq!((half.count, half.stored()), (side.count, 2..11));
        assert!((0..5).all(|index| side.in_box(index) == 2 * half.in_box(index)));
        assert_eq!(Side::new(21, 4, 0..21).halved(), None);
        assert_eq!(Side::new(22, 3, 0..22).halved(), None);
    }

    #[test]
    fn of_pixels_with_a_step_only_those_within_are_taken() {
        let side = Side::new(20, 4, 5..11);
        assert_eq!(side.stored(), 4..12);
        let pixels: Vec<u32> = (0..20).collect();
        assert_eq!(side.within(0, 1, &pixels), Some((4, &pixels[4..12])));
        assert_eq!(side.within(1, 8, &pixels), Some((9, &pixels[1..2])));
        assert_eq!(side.within(4, 8, &pixels), Some((4, &pixels[..1])));
        assert_eq!(side.within(12, 1, &pixels), None);
        assert_eq!(side.within(0, 1, &pixels[..4]), None);
        assert_eq!(side.within(2, u32::MAX, &pixels), None);
    }
}
