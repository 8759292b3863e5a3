//! Where a scan's symbols go: they are counted, and then written.

use std::convert::Infallible;

use super::code::Code;
use super::rates::Statistics;

/// Which of the two tables of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dc,
    Ac,
}

/// What a scan is sent to.
pub(super) trait Sink {
    type Error;

    /// A symbol of a table, and `count` bits after it.
    fn symbol(&mut self, kind: Kind, table: u8, symbol: u8, bits: u16, count: u8);

    /// Bits that no symbol comes before.
    fn raw(&mut self, bits: u16, count: u8);

    /// Called after each MCU.
    fn check(&mut self) -> Result<(), Self::Error>;
}

/// Counts symbols.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) tables: [Statistics; 2],
    /// Those that follow symbols.
    bits: u64,
}

impl Counter {
    pub(super) const fn new() -> Self {
        Self { tables: [Statistics::new(), Statistics::new()], bits: 0 }
    }

    /// The codes for what was counted.
    pub(super) fn codes(&self) -> [Codes; 2] {
        self.tables
            .each_ref()
            .map(|table| Codes { dc: Code::optimal(&table.dc), ac: Code::optimal(&table.ac) })
    }

    /// Bytes of the tables, and of the data but for its stuffing.
    pub(super) fn bytes(&self) -> u64 {
        let codes = self.codes();
        let (mut bytes, mut bits) = (0, self.bits);
        for (codes, table) in codes.iter().zip(&self.tables) {
            for (code, counts) in [(&codes.dc, &table.dc), (&codes.ac, &table.ac)] {
                bits += code.bits(counts);
                bytes += if code.symbols.is_empty() { 0 } else { code.table_bytes() };
            }
        }
        bytes + bits.div_ceil(8)
    }
}

impl Sink for Counter {
    type Error = Infallible;

    #[inline(always)]
    fn symbol(&mut self, kind: Kind, table: u8, symbol: u8, _: u16, count: u8) {
        self.bits += u64::from(count);
        let [luma, chroma] = &mut self.tables;
        let table = if table == 0 { luma } else { chroma };
        let counts = if kind == Kind::Dc { &mut table.dc } else { &mut table.ac };
        if let Some(count) = counts.get_mut(usize::from(symbol)) {
            *count += 1;
        }
    }

    #[inline(always)]
    fn raw(&mut self, _: u16, count: u8) {
        self.bits += u64::from(count);
    }

    #[inline(always)]
    fn check(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The codes of a component's two tables.
#[derive(Debug)]
pub(super) struct Codes {
    pub(super) dc: Code,
    pub(super) ac: Code,
}
