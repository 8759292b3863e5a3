//! What each effort tries.
//!
//! | effort | forms | filters | Deflate |
//! |---|---|---|---|
//! | 0 | the smallest | least magnitude | fixed codes (`fdeflate`) |
//! | 1 | the smallest | least magnitude | level 1, long matches |
//! | 2 | the smallest | least entropy | runs; level 1, long matches |
//! | 3 | the smallest | least entropy | runs; level 1, long matches; level 4 |
//! | 4 | all | least entropy | as 3; and where all matches do best: |
//! |   |     | least entropy, or none | runs; level 6, long matches and all |
//! | 5 | all | what does best at level 1 | runs; level 1; level 9, long matches and all |
//! | 6 | all | each of them with each | runs; level 1; level 9, long matches and all |
//!
//! Rows of exact palettes and of fewer than 8 bits are not filtered below effort 4: they seldom gain, and all matches count.
//! A palette that was made for a picture is sorted by lightness, and its rows are filtered as grey ones are.

use super::deflate::Level;
use super::filters::Filter;
use super::image::Image;

pub(super) struct Effort {
    filters: &'static [Filter],
    levels: &'static [Level],
    number: u8,
}

impl Effort {
    pub(super) const fn of(number: u8) -> Self {
        use Filter::{Entropy, Magnitude, Pairs, Plain};
        use Level::{All, Fixed, Long, Runs};
        let (filters, levels): (&[_], &[_]) = match number {
            0 => (&[Magnitude], &[Fixed]),
            1 => (&[Magnitude], &[Long(1)]),
            2 => (&[Entropy], &[Runs, Long(1)]),
            3 => (&[Entropy], &[Runs, Long(1), All(4)]),
            4 => (&[Entropy, Plain], &[Runs, Long(6), All(6)]),
            _ => (&[Entropy, Pairs, Magnitude, Plain], &[Runs, All(1), Long(9), All(9)]),
        };
        Self { filters, levels, number }
    }

    /// What is tried first: if all matches do not do best there, as in photographs, then more would be slow and gain little.
    pub(super) fn first(&self, image: &Image<'_>) -> Option<(Filter, &'static [Level])> {
        (self.number == 4 && image.is_smooth())
            .then_some((Filter::Entropy, &[Level::Runs, Level::Long(1), Level::All(4)]))
    }

    /// Whether every form that is exact is tried, or only the one with the fewest bytes.
    pub(super) const fn tries_every_form(&self) -> bool {
        self.number >= 4
    }

    /// Whether every filter is compressed at every level, or only the one that does best at level 1.
    pub(super) const fn tries_every_filter(&self) -> bool {
        self.number >= 6
    }

    /// How many copies of the filtered rows, and how many compressed ones, there are at once: the best and the next.
    pub(super) const fn copies(&self) -> (u64, u64) {
        (if self.filters.len() > 1 { 2 } else { 1 }, if self.levels.len() > 1 { 2 } else { 1 })
    }

    /// How often the colours of a palette are moved to the middle of those that they stand for.
    pub(super) const fn rounds(&self) -> u32 {
        match self.number {
            0 => 0,
            1..=3 => 1,
            4 => 3,
            5 => 6,
            _ => 12,
        }
    }

    pub(super) const fn filters(&self, image: &Image<'_>) -> &'static [Filter] {
        if image.is_smooth() || self.number >= 4 { self.filters } else { &[Filter::Plain] }
    }

    pub(super) const fn levels(&self, image: &Image<'_>) -> &'static [Level] {
        match (image.is_smooth(), self.number) {
            // The fixed codes are for bytes near 0.
            (true, 0) if image.palette.is_some() => &[Level::Long(1)],
            (true, _) | (false, 4..) => self.levels,
            (false, 0 | 1) => &[Level::All(1)],
            (false, _) => &[Level::All(4)],
        }
    }
}
