//! A generator of numbers that is the same everywhere.

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random(u64);

impl Random {
    /// The generator of an input by its number: each input can be made by itself.
    pub fn new(seed: u64, number: u64) -> Self {
        let mut random = Self(seed);
        random.0 ^= random.next() ^ number;
        random.0 = random.next();
        random
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`; 0 for 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % (bound as u64).max(1)) as usize
    }

    pub fn one_of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        let at = self.below(values.len());
        &values[at]
    }
}
