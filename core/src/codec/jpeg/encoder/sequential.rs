//! The scan of a baseline file (T.81, F.1.2), and the first one of a progressive file, which has DC coefficients alone (G.1.2.1).

use std::convert::Infallible;

use super::forward_dct::Block;
use super::frame::{Component, Frame};
use super::quantisation::beyond;
use super::sink::{Counter, Kind, Sink};

/// Sends a block's levels on, and keeps its DC for the next one.
#[inline(always)]
pub(super) fn block<const AC: bool>(
    levels: &Block,
    last: &mut i16,
    table: u8,
    sink: &mut impl Sink,
) {
    let [dc, ..] = *levels;
    let (size, bits) = value(dc.wrapping_sub(*last));
    *last = dc;
    sink.symbol(Kind::Dc, table, size, bits, size);
    if !AC {
        return;
    }
    let mut left = beyond(levels, &[0; 64]) & !1;
    let mut next = 1;
    while left != 0 {
        let at = left.trailing_zeros();
        left &= left - 1;
        let mut run = at.wrapping_sub(next);
        next = at + 1;
        while run > 15 {
            sink.symbol(Kind::Ac, table, 0xF0, 0, 0);
            run -= 16;
        }
        let (size, bits) = value(levels.get(at as usize & 63).copied().unwrap_or_default());
        sink.symbol(Kind::Ac, table, ac_symbol(run, size), bits, size);
    }
    if next != 64 {
        sink.symbol(Kind::Ac, table, 0, 0, 0);
    }
}

/// The size of a value, and the bits that say which of that size it is (T.81, tables F.1 and F.2).
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "at most 16")]
pub(super) fn value(value: i16) -> (u8, u16) {
    let size = 16 - value.unsigned_abs().leading_zeros();
    // Negative ones are as one less in two's complement.
    let bits = value.wrapping_add(value >> 15).cast_unsigned() & !(u16::MAX.unbounded_shl(size));
    (size as u8, bits)
}

/// The symbol of up to 15 zeros and the size of the value after them.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a run is below 16")]
pub(super) const fn ac_symbol(run: u32, size: u8) -> u8 {
    (run << 4) as u8 | size
}

/// Sends a whole interleaved scan on.
pub(super) fn scan<const AC: bool, S: Sink>(frame: &Frame, sink: &mut S) -> Result<(), S::Error> {
    let mut last = [0; 3];
    for mcu_row in 0..frame.mcus_down {
        for mcu in 0..frame.mcus_across {
            for (component, last) in frame.components.iter().zip(&mut last) {
                let Component { sampling, across, .. } = *component;
                for y in 0..sampling {
                    let start = (mcu_row * sampling + y) * across + mcu * sampling;
                    let blocks = component.blocks.get(start..).unwrap_or_default();
                    for levels in blocks.iter().take(sampling) {
                        block::<AC>(levels, last, component.table, sink);
                    }
                }
            }
            sink.check()?;
        }
    }
    Ok(())
}

/// The symbols of a whole interleaved scan.
pub(super) fn count<const AC: bool>(frame: &Frame) -> Counter {
    let mut counter = Counter::new();
    let Ok(()) = scan::<AC, _>(frame, &mut counter) as Result<(), Infallible>;
    counter
}
