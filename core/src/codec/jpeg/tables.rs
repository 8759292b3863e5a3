//! The tables that are in force, which any scan may find changed (T.81, B.2.4).

use thumbox_protocol::Format;

use super::ac_pairs::{AcPairs, LeadingAc, PairEntries};
use super::ac_skip::{AcSkip, SkipEntries};
use super::huffman::{Huffman, Steps};
use super::markers::{DHT, DQT, DRI};
use super::standard::{self, Standard};
use crate::error::{Error, Result};

/// The tables that are in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// In zigzag order.
    quantisation: [Option<[u16; 64]>; 4],
    dc: [Option<Forms>; 4],
    ac: [Option<Forms>; 4],
    /// MCUs between two restarts; 0 for no restarts.
    pub(super) restart_interval: u32,
}

/// A Huffman table in the forms that it is read with. They are made when a scan first asks for them: a file may define
/// many more tables than it uses.
#[derive(Clone, Debug)]
pub(super) struct Forms {
    huffman: Huffman,
    pairs: Option<Box<PairEntries>>,
    skips: Option<Box<SkipEntries>>,
}

/// What gives a form of a table.
type Form<'t, T> = fn(&'t Forms) -> Option<T>;

impl Tables {
    /// Defines the standard's Huffman tables, numbers 0 and 1, where the file has not defined others: encoders of Motion
    /// JPEG take them for granted.
    pub(super) fn fill_standard(&mut self) {
        let fill = |tables: &mut [Option<Forms>], standard: [Standard; 2]| {
            for (table, Standard { counts, symbols }) in tables.iter_mut().zip(standard) {
                if table.is_none() {
                    *table = Huffman::new(&counts, symbols).ok().map(Forms::new);
                }
            }
        };
        fill(&mut self.dc, standard::DC);
        fill(&mut self.ac, standard::AC);
    }

    /// Makes a form of a DC table by its number.
    pub(super) fn make_dc(&mut self, number: usize, make: fn(&mut Forms)) {
        self.dc.get_mut(number).and_then(Option::as_mut).map(make);
    }

    /// Makes a form of an AC table by its number.
    pub(super) fn make_ac(&mut self, number: usize, make: fn(&mut Forms)) {
        self.ac.get_mut(number).and_then(Option::as_mut).map(make);
    }

    /// A form of a DC table, such as [`Forms::steps`], if it was made.
    pub(super) fn dc<'t, T>(&'t self, number: usize, form: Form<'t, T>) -> Result<T> {
        let table = self.dc.get(number).and_then(Option::as_ref);
        table.and_then(form).ok_or_else(|| missing("DC", number))
    }

    /// A form of an AC table, if it was made.
    pub(super) fn ac<'t, T>(&'t self, number: usize, form: Form<'t, T>) -> Result<T> {
        let table = self.ac.get(number).and_then(Option::as_ref);
        table.and_then(form).ok_or_else(|| missing("AC", number))
    }

    /// The quantisation table with this number, in zigzag order.
    pub(super) fn quantisation(&self, number: u8) -> Result<&[u16; 64]> {
        let table = self.quantisation.get(usize::from(number)).and_then(Option::as_ref);
        table.ok_or_else(|| missing("quantisation", number.into()))
    }

    /// Reads a segment of tables; others are ignored. A Huffman table that is wrong is undefined from there on.
    pub(super) fn read(&mut self, marker: u8, body: &[u8]) -> Result<()> {
        match marker {
            DQT => self.read_quantisation(body)?,
            DHT => self.read_huffman(body)?,
            DRI => {
                if let Some(interval) = body.first_chunk::<2>() {
                    self.restart_interval = u16::from_be_bytes(*interval).into();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads the body of a DQT segment (T.81, B.2.4.1).
    fn read_quantisation(&mut self, mut body: &[u8]) -> Result<()> {
        while let [head, rest @ ..] = body {
            let bytes = if head >> 4 == 0 { 64 } else { 128 };
            let Some((values, rest)) = rest.split_at_checked(bytes) else {
                return Err(Error::corrupt(Format::Jpeg, "a quantisation table is too short"));
            };
            let Some(table) = self.quantisation.get_mut(usize::from(head & 15)) else {
                return Err(number(head & 15, "quantisation"));
            };
            let mut found = [0; 64];
            if bytes == 64 {
                found.iter_mut().zip(values).for_each(|(to, from)| *to = u16::from(*from));
            } else {
                let values = values.as_chunks::<2>().0;
                found.iter_mut().zip(values).for_each(|(to, from)| *to = u16::from_be_bytes(*from));
            }
            *table = Some(found);
            body = rest;
        }
        Ok(())
    }

    /// Reads the body of a DHT segment (T.81, B.2.4.2).
    fn read_huffman(&mut self, mut body: &[u8]) -> Result<()> {
        while let Some((head, rest)) = body.split_first_chunk::<17>() {
            let [head, counts @ ..] = head;
            let tables = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let Some(table) = tables.get_mut(usize::from(head & 15)) else {
                return Err(number(head & 15, "Huffman"));
            };
            *table = None;
            let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let Some((symbols, rest)) = rest.split_at_checked(total) else {
                return Err(Error::corrupt(Format::Jpeg, "a Huffman table is too short"));
            };
            *table = Some(Forms::new(Huffman::new(counts, symbols)?));
            body = rest;
        }
        Ok(())
    }
}

impl Forms {
    pub(super) const fn new(huffman: Huffman) -> Self {
        Self { huffman, pairs: None, skips: None }
    }

    /// What single steps are read with, once it was made.
    pub(super) fn steps(&self) -> Option<Steps<'_>> {
        self.huffman.steps()
    }

    /// What AC coefficients are read with, once it was made.
    pub(super) fn pairs(&self) -> Option<AcPairs<'_>> {
        Some(AcPairs::new(self.pairs.as_deref()?, self.steps()?))
    }

    /// What the leading AC coefficients are read with and the others skipped, once [`Forms::pairs`] and
    /// [`Forms::skip`] were made.
    pub(super) fn leading(&self) -> Option<LeadingAc<'_>> {
        Some(LeadingAc::new(self.pairs()?, self.skip()?))
    }

    /// What AC coefficients are skipped with, once it was made.
    pub(super) fn skip(&self) -> Option<AcSkip<'_>> {
        Some(AcSkip::new(self.skips.as_deref()?, self.steps()?))
    }

    /// Makes what [`Forms::steps`] gives.
    pub(super) fn make_steps(&mut self) {
        self.huffman.make_steps();
    }

    /// Makes what [`Forms::pairs`] gives, and [`Forms::steps`].
    pub(super) fn make_pairs(&mut self) {
        self.make_steps();
        if self.pairs.is_none()
            && let Some(steps) = self.huffman.steps()
        {
            self.pairs = Some(AcPairs::entries(steps));
        }
    }

    /// Makes what [`Forms::skip`] gives, and [`Forms::steps`].
    pub(super) fn make_skip(&mut self) {
        self.make_steps();
        if self.skips.is_none()
            && let Some(steps) = self.huffman.steps()
        {
            self.skips = Some(AcSkip::entries(steps));
        }
    }
}

fn missing(kind: &str, number: usize) -> Error {
    let detail = format!("a scan needs {kind} table {number}, which is not defined");
    Error::corrupt(Format::Jpeg, detail)
}

fn number(number: u8, kind: &str) -> Error {
    Error::corrupt(Format::Jpeg, format!("{kind} table number {number}; 0 to 3 is allowed"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "test code")]
mod tests {
    use super::super::bitstream::{Bits, Window};
    use super::super::huffman::Special;
    use super::*;

    struct Random(u32);

    impl Random {
        fn next(&mut self, below: u32) -> u32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 16) % below
        }
    }

    /// A table as encoders make them, or of any lengths, in all its forms.
    fn table(random: &mut Random) -> Forms {
        let mut counts = [0_u8; 16];
        let mut symbols = Vec::new();
        let mut room = 1_u32;
        for count in &mut counts {
            room *= 2;
            // The code of ones alone stands for nothing.
            *count = random.next(room.min(24)) as u8;
            room -= u32::from(*count);
        }
        for _ in 0..counts.iter().map(|count| u32::from(*count)).sum() {
            let common = [0x00, 0x01, 0x02, 0x03, 0x11, 0x12, 0x21, 0xF0, 0x04, 0x31];
            symbols.push(match random.next(3) {
                0 => random.next(256) as u8,
                _ => common[random.next(10) as usize],
            });
        }
        let mut table = Forms::new(Huffman::new(&counts, &symbols).unwrap());
        table.make_pairs();
        table.make_skip();
        table
    }

    /// The coefficients of a block, step by step (T.81, F.2.2.2), and where it ends.
    fn by_steps(steps: Steps<'_>, bits: &mut Bits<'_>) -> Vec<(u32, i32)> {
        let mut found = Vec::new();
        let mut at = 1;
        while at < 64 {
            bits.refill();
            let step = steps.next(bits);
            let value = step.value(bits);
            bits.skip(step.bits());
            match step.special() {
                Some(Special::Eob(_)) => break,
                Some(Special::Zrl) => at += 16,
                None => {
                    found.push((at + step.run(), value));
                    at += step.run() + 1;
                }
            }
        }
        found
    }

    #[test]
    fn pairs_and_skips_read_what_single_steps_read() {
        let mut random = Random(1);
        for _ in 0..200 {
            let table = table(&mut random);
            let data: Vec<u8> = (0..4000).map(|_| random.next(255) as u8).collect();
            let mut windows = [(); 4].map(|()| Window::new(&data));
            for block in 0..100 {
                let mut bits = windows.each_mut().map(|window| window.bits());
                let [single, paired, skipped, mixed] = &mut bits;
                let expected = by_steps(table.steps().unwrap(), single);
                let mut found = Vec::new();
                table.pairs().unwrap().block(paired, |at, value| {
                    if value != 0 {
                        found.push((at, value));
                    }
                });
                table.skip().unwrap().block(skipped);
                assert_eq!(found, expected, "block {block} of {table:?}");
                found.retain(|(at, _)| *at <= 12);
                let mut leading = Vec::new();
                table.leading().unwrap().block::<12>(mixed, |at, value| {
                    if value != 0 && at <= 12 {
                        leading.push((at, value));
                    }
                });
                assert_eq!(leading, found, "block {block} of {table:?}");
                let [single, others @ ..] = bits.map(|bits| bits.position());
                assert_eq!([single; 3], others, "block {block}");
                let read = bits.map(|bits| bits.read());
                windows.iter_mut().zip(read).for_each(|(window, read)| window.keep(read));
            }
        }
    }
}
