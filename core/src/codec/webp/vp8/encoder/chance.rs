//! Numbers by chance, the same in each run, for the tests.

/// A linear congruential generator.
pub(super) struct Chance(pub(super) u32);

impl Chance {
    /// 0 to `end` - 1.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % end
    }

    /// 0 to 255.
    pub(super) fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// -`most` to `most`.
    pub(super) fn around_zero(&mut self, most: i16) -> i16 {
        let count = 2 * u32::from(most.unsigned_abs()) + 1;
        i16::try_from(self.below(count)).unwrap() - most
    }
}
