//! The scans of a progressive file (T.81, annex G).
//!
//! The DC coefficients come first, in one scan. What scans are best for the AC coefficients of a component hangs on the picture,
//! so the symbols of several scripts are counted.

use std::convert::Infallible;

use super::forward_dct::Block;
use super::frame::Component;
use super::markers::Band;
use super::quantisation::beyond;
use super::sequential::{ac_symbol, value};
use super::sink::{Counter, Kind, Sink};

/// Blocks that a run of ends of bands has, at the most (T.81, G.1.2.2).
const LONGEST_RUN: u16 = 0x7FFF;

/// Bits of corrections that wait for the end of a run, at the most.
const WAITING: usize = 1 << 10;

const fn first(start: u8, end: u8, low: u8) -> Band {
    Band { start, end, high: 0, low }
}

const fn refined(low: u8) -> Band {
    Band { start: 1, end: 63, high: low + 1, low }
}

/// Scripts that show the picture coarsely at first and refine it.
const REFINING: [&[Band]; 3] = [
    &[first(1, 5, 1), first(6, 63, 1), refined(0)],
    &[first(1, 63, 1), refined(0)],
    &[first(1, 5, 2), first(6, 63, 2), refined(1), refined(0)],
];

/// Scripts that may be smaller.
const PLAIN: [&[Band]; 3] =
    [&[first(1, 63, 0)], &[first(1, 5, 0), first(6, 63, 0)], &[first(1, 2, 0), first(3, 63, 0)]];

/// The script that makes a component's AC coefficients smallest, and how many bytes they have then.
pub(super) fn script(component: &Component, refining: bool) -> (&'static [Band], u64) {
    let plain: &[&[Band]] = if refining { &[] } else { &PLAIN };
    let bytes = |bands: &[Band]| bands.iter().map(|band| scan_bytes(component, *band)).sum();
    let scripts = REFINING.iter().chain(plain).map(|bands| (*bands, bytes(bands)));
    scripts.min_by_key(|(_, bytes)| *bytes).unwrap_or_default()
}

/// Bytes of a scan with its table and header.
fn scan_bytes(component: &Component, band: Band) -> u64 {
    /// The lengths and markers of DHT and SOS, and the body of SOS.
    const HEADERS: u64 = 4 + 4 + 6;
    HEADERS + count(component, band).bytes()
}

/// The symbols of a scan.
pub(super) fn count(component: &Component, band: Band) -> Counter {
    let mut counter = Counter::new();
    let Ok(()) = scan(component, band, &mut counter) as Result<(), Infallible>;
    counter
}

/// Sends a scan of a component's AC coefficients on.
pub(super) fn scan<S: Sink>(
    component: &Component,
    band: Band,
    sink: &mut S,
) -> Result<(), S::Error> {
    let (waiting, corrections) = (Vec::new(), Vec::new());
    let mut scan = Scan { band, table: component.table, run: 0, waiting, corrections, sink };
    for row in component.blocks.chunks_exact(component.across).take(component.shown.1) {
        for levels in row.iter().take(component.shown.0) {
            if band.high == 0 {
                scan.first(levels);
            } else {
                scan.refine(levels);
            }
            scan.sink.check()?;
        }
    }
    scan.end_run();
    scan.sink.check()
}

struct Scan<'s, S> {
    band: Band,
    table: u8,
    /// Blocks that have ended one after another.
    run: u16,
    /// The corrections of these blocks, a bit each.
    waiting: Vec<u8>,
    /// Those of a block; empty between two.
    corrections: Vec<u8>,
    sink: &'s mut S,
}

impl<S: Sink> Scan<'_, S> {
    /// The places in zigzag order, within the band, of what the scan shows as not 0.
    fn shown(&self, levels: &Block) -> u64 {
        let Band { start, end, low, .. } = self.band;
        let bound = (1_i16 << low) - 1;
        beyond(levels, &[bound; 64]) & u64::MAX << start & u64::MAX >> (63 - end)
    }

    fn symbol(&mut self, symbol: u8, bits: u16, count: u8) {
        self.sink.symbol(Kind::Ac, self.table, symbol, bits, count);
    }

    /// A scan that is the first of its band (T.81, G.1.2.2).
    fn first(&mut self, levels: &Block) {
        let mut left = self.shown(levels);
        let mut next = u32::from(self.band.start);
        while left != 0 {
            self.end_run();
            let at = left.trailing_zeros();
            left &= left - 1;
            let mut run = at.wrapping_sub(next);
            next = at + 1;
            while run > 15 {
                self.symbol(0xF0, 0, 0);
                run -= 16;
            }
            let level = levels.get(at as usize & 63).copied().unwrap_or_default();
            // Towards 0.
            let (size, bits) = value(level / (1 << self.band.low));
            self.symbol(ac_symbol(run, size), bits, size);
        }
        if next <= self.band.end.into() {
            self.block_ends();
        }
    }

    /// A scan that adds a bit to each coefficient of its band (T.81, G.1.2.3).
    fn refine(&mut self, levels: &Block) {
        let mut left = self.shown(levels);
        // What an earlier scan has shown is beyond the next bit.
        let bound = (2_i16 << self.band.low) - 1;
        let new = left & !beyond(levels, &[bound; 64]);
        let last_new = 63 - new.leading_zeros().min(63);
        let mut corrections = std::mem::take(&mut self.corrections);
        let mut next = u32::from(self.band.start);
        let mut run = 0;
        while left != 0 {
            let at = left.trailing_zeros();
            left &= left - 1;
            run += at.wrapping_sub(next);
            next = at + 1;
            // Only where a new coefficient follows.
            while run > 15 && at <= last_new {
                self.end_run();
                self.symbol(0xF0, 0, 0);
                self.correct(&mut corrections);
                run -= 16;
            }
            let level = levels.get(at as usize & 63).copied().unwrap_or_default();
            let magnitude = level.unsigned_abs() >> self.band.low;
            if magnitude > 1 {
                corrections.push((magnitude & 1) as u8);
            } else {
                self.end_run();
                self.symbol(ac_symbol(run, 1), u16::from(level > 0), 1);
                self.correct(&mut corrections);
                run = 0;
            }
        }
        run += (u32::from(self.band.end) + 1).wrapping_sub(next);
        if run > 0 || !corrections.is_empty() {
            self.waiting.append(&mut corrections);
            self.block_ends();
        }
        self.corrections = corrections;
    }

    fn block_ends(&mut self) {
        self.run += 1;
        if self.run == LONGEST_RUN || self.waiting.len() > WAITING {
            self.end_run();
        }
    }

    /// Sends the run of blocks that have ended on, with their corrections.
    fn end_run(&mut self) {
        if self.run > 0 {
            let (size, bits) = value(self.run.cast_signed());
            let size = size - 1;
            self.symbol(size << 4, bits & !(1 << size), size);
            self.run = 0;
            let mut waiting = std::mem::take(&mut self.waiting);
            self.correct(&mut waiting);
            self.waiting = waiting;
        }
    }

    fn correct(&mut self, corrections: &mut Vec<u8>) {
        corrections.drain(..).for_each(|bit| self.sink.raw(bit.into(), 1));
    }
}
