//! Baseline and extended sequential scans: each block comes once and in full (T.81, F.2).

use super::bits::Bits;
use super::frame::{Component, Frame, Tables};
use super::huffman::Huffman;
use super::idct::{Block, inverse};
use super::plane::Plane;
use super::scan::{Restarts, Scan, Unit};
use crate::error::{Error, Result};
use crate::inspect::Format;

/// The natural place of each coefficient in zigzag order (T.81, figure A.6).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A scan as it is being read: its bits, its tables, and the last DC values.
pub(super) struct Reader<'a, 't> {
    data: &'a [u8],
    pub(super) bits: Bits<'a>,
    restarts: Restarts,
    members: Vec<Reading<'t>>,
    alone: bool,
}

/// A component of the scan.
struct Reading<'t> {
    index: usize,
    component: Component,
    dc: &'t Huffman,
    ac: &'t Huffman,
    /// In zigzag order.
    quantisation: &'t [u16; 64],
    prediction: i32,
}

impl<'a, 't> Reader<'a, 't> {
    pub(super) fn new(
        data: &'a [u8],
        position: usize,
        scan: &Scan,
        frame: &Frame,
        tables: &'t Tables,
    ) -> Result<Self> {
        let missing =
            |kind: &str| Error::corrupt(Format::Jpeg, format!("a scan without its {kind} table"));
        let mut members = Vec::new();
        for member in &scan.members {
            let Some(component) = frame.components.get(member.component) else { continue };
            let quantisation = tables.quantisation.get(usize::from(component.table));
            members.push(Reading {
                index: member.component,
                component: component.clone(),
                dc: get(&tables.dc, member.dc).ok_or_else(|| missing("DC"))?,
                ac: get(&tables.ac, member.ac).ok_or_else(|| missing("AC"))?,
                quantisation: quantisation
                    .and_then(Option::as_ref)
                    .ok_or_else(|| missing("quantisation"))?,
                prediction: 0,
            });
        }
        Ok(Self {
            data,
            bits: Bits::new(data, position),
            restarts: Restarts::new(tables),
            members,
            alone: scan.is_alone(),
        })
    }

    /// Reads a row of units into planes, of which `first_rows` says which row of samples each begins with.
    /// `unit_row` counts rows of units of this scan.
    pub(super) fn row(&mut self, unit_row: u32, units: u32, planes: &mut [Plane]) {
        for unit in 0..units {
            if self.restarts.before_unit(self.data, &mut self.bits) == Unit::ReadAfresh {
                self.members.iter_mut().for_each(|member| member.prediction = 0);
            }
            if self.bits.overrun() {
                // Nothing more until a restart: blocks that are not there stay neutral.
                continue;
            }
            for member in &mut self.members {
                let Some(plane) = planes.get_mut(member.index) else { continue };
                if self.alone {
                    member.block(&mut self.bits, plane, unit, unit_row);
                    continue;
                }
                let (across, down) = (member.component.horizontal, member.component.vertical);
                for y in 0..down {
                    for x in 0..across {
                        member.block(&mut self.bits, plane, unit * across + x, unit_row * down + y);
                    }
                }
            }
        }
    }
}

fn get(tables: &[Option<Huffman>; 4], number: usize) -> Option<&Huffman> {
    tables.get(number)?.as_ref()
}

impl Reading<'_> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, plane: &mut Plane, x: u32, y: u32) {
        bits.refill();
        let size = u32::from(self.dc.symbol(bits)).min(16);
        self.prediction = self.prediction.wrapping_add(bits.take_signed(size));
        let [dc, ..] = self.quantisation;
        let dc = self.prediction.wrapping_mul(i32::from(*dc));
        let samples = self.component.size;
        if samples == 1 {
            self.ac.skip_block(bits);
            if let Some(sample) = plane.at(x, y) {
                *sample = u8::try_from((dc.wrapping_add(4) >> 3).wrapping_add(128).clamp(0, 255))
                    .unwrap_or_default();
            }
            return;
        }
        let mut block: Block = [0; 64];
        let last = self.ac.block(bits, |at, value| {
            let factor = self.quantisation.get(at as usize);
            let natural = ZIGZAG.get(at as usize).map(|natural| usize::from(*natural));
            let place = natural.and_then(|natural| block.get_mut(natural));
            if let (Some(factor), Some(place)) = (factor, place) {
                *place = value.wrapping_mul(i32::from(*factor));
            }
        });
        let [first, ..] = &mut block;
        *first = dc;
        if !bits.overrun()
            && let Some(place) = plane.block(x, y, samples)
        {
            inverse(samples, &block, last == 0, place);
        }
    }
}
