//! The codes of runs (ITU-T T.4, tables 2, 3a and 3b).

/// A code: how many bits it has, and the bits.
type Code = (u32, u16);

/// White runs of 0 to 63 pixels, then of 64 to 1728 in steps of 64.
const WHITE: [Code; 91] = [
    (8, 0x35),
    (6, 0x07),
    (4, 0x07),
    (4, 0x08),
    (4, 0x0B),
    (4, 0x0C),
    (4, 0x0E),
    (4, 0x0F),
    (5, 0x13),
    (5, 0x14),
    (5, 0x07),
    (5, 0x08),
    (6, 0x08),
    (6, 0x03),
    (6, 0x34),
    (6, 0x35),
    (6, 0x2A),
    (6, 0x2B),
    (7, 0x27),
    (7, 0x0C),
    (7, 0x08),
    (7, 0x17),
    (7, 0x03),
    (7, 0x04),
    (7, 0x28),
    (7, 0x2B),
    (7, 0x13),
    (7, 0x24),
    (7, 0x18),
    (8, 0x02),
    (8, 0x03),
    (8, 0x1A),
    (8, 0x1B),
    (8, 0x12),
    (8, 0x13),
    (8, 0x14),
    (8, 0x15),
    (8, 0x16),
    (8, 0x17),
    (8, 0x28),
    (8, 0x29),
    (8, 0x2A),
    (8, 0x2B),
    (8, 0x2C),
    (8, 0x2D),
    (8, 0x04),
    (8, 0x05),
    (8, 0x0A),
    (8, 0x0B),
    (8, 0x52),
    (8, 0x53),
    (8, 0x54),
    (8, 0x55),
    (8, 0x24),
    (8, 0x25),
    (8, 0x58),
    (8, 0x59),
    (8, 0x5A),
    (8, 0x5B),
    (8, 0x4A),
    (8, 0x4B),
    (8, 0x32),
    (8, 0x33),
    (8, 0x34),
    (5, 0x1B),
    (5, 0x12),
    (6, 0x17),
    (7, 0x37),
    (8, 0x36),
    (8, 0x37),
    (8, 0x64),
    (8, 0x65),
    (8, 0x68),
    (8, 0x67),
    (9, 0xCC),
    (9, 0xCD),
    (9, 0xD2),
    (9, 0xD3),
    (9, 0xD4),
    (9, 0xD5),
    (9, 0xD6),
    (9, 0xD7),
    (9, 0xD8),
    (9, 0xD9),
    (9, 0xDA),
    (9, 0xDB),
    (9, 0x98),
    (9, 0x99),
    (9, 0x9A),
    (6, 0x18),
    (9, 0x9B),
];

/// Black runs, likewise.
const BLACK: [Code; 91] = [
    (10, 0x37),
    (3, 0x02),
    (2, 0x03),
    (2, 0x02),
    (3, 0x03),
    (4, 0x03),
    (4, 0x02),
    (5, 0x03),
    (6, 0x05),
    (6, 0x04),
    (7, 0x04),
    (7, 0x05),
    (7, 0x07),
    (8, 0x04),
    (8, 0x07),
    (9, 0x18),
    (10, 0x17),
    (10, 0x18),
    (10, 0x08),
    (11, 0x67),
    (11, 0x68),
    (11, 0x6C),
    (11, 0x37),
    (11, 0x28),
    (11, 0x17),
    (11, 0x18),
    (12, 0xCA),
    (12, 0xCB),
    (12, 0xCC),
    (12, 0xCD),
    (12, 0x68),
    (12, 0x69),
    (12, 0x6A),
    (12, 0x6B),
    (12, 0xD2),
    (12, 0xD3),
    (12, 0xD4),
    (12, 0xD5),
    (12, 0xD6),
    (12, 0xD7),
    (12, 0x6C),
    (12, 0x6D),
    (12, 0xDA),
    (12, 0xDB),
    (12, 0x54),
    (12, 0x55),
    (12, 0x56),
    (12, 0x57),
    (12, 0x64),
    (12, 0x65),
    (12, 0x52),
    (12, 0x53),
    (12, 0x24),
    (12, 0x37),
    (12, 0x38),
    (12, 0x27),
    (12, 0x28),
    (12, 0x58),
    (12, 0x59),
    (12, 0x2B),
    (12, 0x2C),
    (12, 0x5A),
    (12, 0x66),
    (12, 0x67),
    (10, 0x0F),
    (12, 0xC8),
    (12, 0xC9),
    (12, 0x5B),
    (12, 0x33),
    (12, 0x34),
    (12, 0x35),
    (13, 0x6C),
    (13, 0x6D),
    (13, 0x4A),
    (13, 0x4B),
    (13, 0x4C),
    (13, 0x4D),
    (13, 0x72),
    (13, 0x73),
    (13, 0x74),
    (13, 0x75),
    (13, 0x76),
    (13, 0x77),
    (13, 0x52),
    (13, 0x53),
    (13, 0x54),
    (13, 0x55),
    (13, 0x5A),
    (13, 0x5B),
    (13, 0x64),
    (13, 0x65),
];

/// Runs of 1792 to 2560 pixels in steps of 64, of both colours.
const LONG: [Code; 13] = [
    (11, 0x08),
    (11, 0x0C),
    (11, 0x0D),
    (12, 0x12),
    (12, 0x13),
    (12, 0x14),
    (12, 0x15),
    (12, 0x16),
    (12, 0x17),
    (12, 0x1C),
    (12, 0x1D),
    (12, 0x1E),
    (12, 0x1F),
];

/// Bits that the longest code has.
pub(super) const LONGEST: u32 = 13;

/// What the next 13 bits begin with: a run's pixels times 16, and the bits of its code; 0 for no code.
pub(super) struct Runs(Vec<u16>);

impl Runs {
    /// Bytes of a table.
    pub(super) const WORKING: u64 = 2 << LONGEST;

    pub(super) fn white() -> Self {
        Self::new(&WHITE)
    }

    pub(super) fn black() -> Self {
        Self::new(&BLACK)
    }

    fn new(codes: &[Code]) -> Self {
        let mut table = vec![0; 1 << LONGEST];
        let short = (0_u16..64).chain((64..=1728).step_by(64));
        let long = (1792..=2560).step_by(64);
        let all = short.zip(codes).chain(long.zip(&LONG));
        for (run, (length, code)) in all {
            let spare = LONGEST - length;
            let first = usize::from(*code) << spare;
            let entries = table.get_mut(first..).unwrap_or_default();
            // At most 13.
            let length = u16::try_from(*length).unwrap_or(0);
            entries.iter_mut().take(1 << spare).for_each(|entry| *entry = run << 4 | length);
        }
        Self(table)
    }

    /// The run that these 13 bits begin with, and the bits of its code.
    pub(super) fn look_up(&self, bits: u32) -> Option<(u32, u32)> {
        let entry = self.0.get(bits as usize).copied().filter(|entry| *entry != 0)?;
        Some((u32::from(entry >> 4), u32::from(entry & 15)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_for_its_run_and_none_begins_another() {
        for (codes, free) in [(WHITE, 1 << 5), (BLACK, 1 << 5)] {
            let runs = Runs::new(&codes);
            let used: usize = codes.iter().chain(&LONG).map(|(length, _)| 1 << (13 - length)).sum();
            // What is not used are the codes that begin with eight zeros: ends of lines, and none.
            assert_eq!((1 << 13) - used, free, "{used}");
            let given = runs.0.iter().filter(|entry| **entry != 0).count();
            assert_eq!(given, used);
        }
        assert_eq!(Runs::white().look_up(0b11011 << 8), Some((64, 5)));
        assert_eq!(Runs::black().look_up(0b11 << 11), Some((2, 2)));
        assert_eq!(Runs::black().look_up(0b1), None);
    }
}
