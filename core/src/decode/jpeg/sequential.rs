//! Baseline and extended sequential scans: each block comes once and in full (T.81, F.2).

use super::bits::Bits;
use super::frame::{Component, Frame, Tables};
use super::huffman::{Huffman, Pairs, Skips, Steps};
use super::idct::{Block, Factors, Sums, Weights, one, two};
use super::plane::Plane;
use super::scan::{Restarts, Scan, Unit};
use crate::error::Result;

/// A scan as it is being read: its bits, its tables, and the last DC values.
pub(super) struct Reader<'a, 't> {
    data: &'a [u8],
    bits: Bits<'a>,
    restarts: Restarts,
    members: Vec<Reading<'t>>,
    alone: bool,
}

/// A component of the scan.
struct Reading<'t> {
    index: usize,
    component: Component,
    dc: Steps<'t>,
    dc_factor: i32,
    ac: Ac<'t>,
    prediction: i32,
}

/// What is done with the coefficients behind a block's first, by the samples that it becomes.
enum Ac<'t> {
    Skip(Skips<'t>),
    Sum(Pairs<'t>, Box<Weights>),
    Four(Pairs<'t>, Box<Factors>),
    Eight(Pairs<'t>, Box<Factors>),
}

impl<'a, 't> Reader<'a, 't> {
    pub(super) fn new(
        data: &'a [u8],
        position: usize,
        scan: &Scan,
        frame: &Frame,
        tables: &'t mut Tables,
    ) -> Result<Self> {
        for member in &scan.members {
            tables.make_dc(*member, Huffman::make_steps);
            match frame.components.get(member.component) {
                Some(Component { size: 1, .. }) => tables.make_ac(*member, Huffman::make_skips),
                _ => tables.make_ac(*member, Huffman::make_pairs),
            }
        }
        let tables = &*tables;
        let mut members = Vec::new();
        for member in &scan.members {
            let Some(component) = frame.components.get(member.component) else { continue };
            let quantisation = tables.quantisation(component)?;
            let [dc_factor, ..] = *quantisation;
            let pairs = || tables.ac(*member, Huffman::pairs);
            members.push(Reading {
                index: member.component,
                component: component.clone(),
                dc: tables.dc(*member, Huffman::steps)?,
                dc_factor: dc_factor.into(),
                ac: match component.size {
                    1 => Ac::Skip(tables.ac(*member, Huffman::skips)?),
                    2 => Ac::Sum(pairs()?, Box::new(Weights::new(quantisation))),
                    4 => Ac::Four(pairs()?, Box::new(Factors::new(quantisation))),
                    _ => Ac::Eight(pairs()?, Box::new(Factors::new(quantisation))),
                },
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

    /// Reads a row of units into planes. `unit_row` counts rows of units of this scan.
    pub(super) fn row(&mut self, unit_row: u32, units: u32, planes: &mut [Plane]) {
        let mut bits = self.bits;
        for unit in 0..units {
            if self.restarts.before_unit(self.data, &mut bits) == Unit::ReadAfresh {
                self.members.iter_mut().for_each(|member| member.prediction = 0);
            }
            if bits.overrun() {
                // Nothing more until a restart: blocks that are not there stay neutral.
                continue;
            }
            for member in &mut self.members {
                let Some(plane) = planes.get_mut(member.index) else { continue };
                let (across, down) = match self.alone {
                    true => (1, 1),
                    false => (member.component.horizontal, member.component.vertical),
                };
                for y in 0..down {
                    for x in 0..across {
                        member.block(&mut bits, plane, unit * across + x, unit_row * down + y);
                    }
                }
            }
        }
        self.bits = bits;
    }
}

impl Reading<'_> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, plane: &mut Plane, x: u32, y: u32) {
        bits.refill();
        let step = self.dc.next(bits);
        self.prediction = self.prediction.wrapping_add(step.difference(bits));
        bits.skip(step.bits());
        let first = self.prediction;
        match &self.ac {
            Ac::Skip(skips) => {
                skips.block(bits);
                plane.put(x, y, [[one(first.wrapping_mul(self.dc_factor))]]);
            }
            Ac::Sum(pairs, weights) => {
                let mut sums = Sums::default();
                pairs.block(bits, |at, value| sums.add(weights, at, value));
                if !bits.overrun() {
                    plane.put(x, y, two(first.wrapping_mul(self.dc_factor), sums));
                }
            }
            Ac::Four(pairs, factors) => {
                let mut block = Block::new();
                let last = pairs.block(bits, |at, value| block.add(factors, at, value));
                block.add(factors, 0, first);
                if !bits.overrun() {
                    plane.put(x, y, block.four(last));
                }
            }
            Ac::Eight(pairs, factors) => {
                let mut block = Block::new();
                let last = pairs.block(bits, |at, value| block.add(factors, at, value));
                block.add(factors, 0, first);
                if !bits.overrun() {
                    plane.put(x, y, block.eight(last));
                }
            }
        }
    }
}
