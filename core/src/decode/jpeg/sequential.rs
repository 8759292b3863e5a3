//! Baseline and extended sequential scans: each block comes once and in full (T.81, F.2).

use super::bits::Window;
use super::frame::{Component, Frame, Tables};
use super::huffman::{Huffman, Steps};
use super::idct::{Block, Corner, Factors, one};
use super::pairs::{Firsts, Pairs};
use super::plane::Plane;
use super::scan::{Place, Restarts, Scan, Unit};
use super::skips::Skips;
use super::sums::{Sums, Weights, two};
use crate::error::Result;

/// A scan as it is being read: its bits, its tables, and the last DC values.
pub(super) struct Reader<'a, 't> {
    window: Window<'a>,
    restarts: Restarts,
    members: Vec<Reading<'t>>,
    /// The blocks of a unit in their order.
    places: Vec<Place>,
    /// Where they are, in the row of units that is being read.
    spots: Vec<Spot>,
}

/// Where a block of each unit of a row has its samples. What the loop over units would else work out for each block is
/// some hundredths of a small thumbnail's time.
struct Spot {
    /// The component's place in the scan, and in the frame.
    member: usize,
    component: usize,
    /// In the first unit, and how much further in each that follows.
    start: usize,
    step: usize,
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
    Corner(Firsts<'t>, Box<Factors>),
    Block(Pairs<'t>, Box<Factors>),
}

impl Spot {
    /// The plane, and where in it.
    #[inline(always)]
    fn of_unit<'p>(&self, unit: usize, planes: &'p mut [Plane]) -> Option<(&'p mut Plane, usize)> {
        Some((planes.get_mut(self.component)?, self.start + unit * self.step))
    }
}

impl<'a, 't> Reader<'a, 't> {
    pub(super) fn new(
        data: &'a [u8],
        scan: &Scan,
        frame: &Frame,
        tables: &'t mut Tables,
    ) -> Result<Self> {
        for member in &scan.members {
            tables.make_dc(*member, Huffman::make_steps);
            let size = frame.components.get(member.component).map(|component| component.size);
            if matches!(size, Some((1, 1) | (3, 3))) {
                tables.make_ac(*member, Huffman::make_skips);
            }
            if size != Some((1, 1)) {
                tables.make_ac(*member, Huffman::make_pairs);
            }
        }
        let tables = &*tables;
        let (mut members, mut places) = (Vec::new(), Vec::new());
        for member in &scan.members {
            let Some(component) = frame.components.get(member.component) else { continue };
            let quantisation = tables.quantisation(component)?;
            let [dc_factor, ..] = *quantisation;
            places.extend(Place::all(members.len(), component, scan.is_alone()));
            let pairs = || tables.ac(*member, Huffman::pairs);
            members.push(Reading {
                index: member.component,
                component: component.clone(),
                dc: tables.dc(*member, Huffman::steps)?,
                dc_factor: dc_factor.into(),
                ac: match component.size {
                    (1, 1) => Ac::Skip(tables.ac(*member, Huffman::skips)?),
                    (2, 2) => Ac::Sum(pairs()?, Box::new(Weights::new(quantisation))),
                    (3, 3) => Ac::Corner(
                        tables.ac(*member, Huffman::firsts)?,
                        Box::new(Factors::of_corner(quantisation)),
                    ),
                    _ => Ac::Block(pairs()?, Box::new(Factors::of_block(quantisation))),
                },
                prediction: 0,
            });
        }
        let (window, restarts) = (Window::new(data), Restarts::new(tables));
        Ok(Self { window, restarts, members, places, spots: Vec::new() })
    }

    pub(super) fn blocks_per_unit(&self) -> u64 {
        self.places.len() as u64
    }

    /// Reads a row of units into planes. `unit_row` counts rows of units of this scan.
    #[inline(never)]
    pub(super) fn row(&mut self, unit_row: u32, units: u32, planes: &mut [Plane]) {
        let Self { window, restarts, members, places, spots } = self;
        spots.clear();
        for place in &*places {
            let Some(Reading { index, component, .. }) = members.get(place.member) else {
                continue;
            };
            let Some(plane) = planes.get(*index) else { continue };
            let start = |unit| {
                let (x, y) = place.at(unit, unit_row);
                plane.start(x, y, component.size)
            };
            let (start, step) = (start(0), start(1) - start(0));
            spots.push(Spot { member: place.member, component: *index, start, step });
        }
        for unit in 0..units as usize {
            if restarts.before_unit(window) == Unit::ReadAfresh {
                members.iter_mut().for_each(|member| member.prediction = 0);
            }
            if window.overrun() {
                // Nothing more until a restart: blocks that are not there stay neutral.
                continue;
            }
            for spot in &*spots {
                let Some(member) = members.get_mut(spot.member) else { continue };
                member.block(window, planes, spot, unit);
            }
        }
    }
}

impl Reading<'_> {
    #[inline(always)]
    fn block(&mut self, window: &mut Window<'_>, planes: &mut [Plane], spot: &Spot, unit: usize) {
        let mut bits = window.bits();
        bits.refill();
        let step = self.dc.next(&bits);
        self.prediction = self.prediction.wrapping_add(step.value(&bits));
        bits.skip(step.bits());
        let first = self.prediction;
        match &self.ac {
            Ac::Skip(skips) => {
                skips.block(&mut bits);
                let read = bits.read();
                window.keep(read);
                if let Some((plane, start)) = spot.of_unit(unit, planes) {
                    plane.put(start, [[one(first.wrapping_mul(self.dc_factor))]]);
                }
            }
            Ac::Sum(pairs, weights) => {
                let mut sums = Sums::default();
                pairs.block(&mut bits, |at, value| sums.add(weights, at, value));
                let read = bits.read();
                window.keep(read);
                if !window.overrun()
                    && let Some((plane, start)) = spot.of_unit(unit, planes)
                {
                    plane.put(start, two(first.wrapping_mul(self.dc_factor), sums));
                }
            }
            Ac::Corner(firsts, factors) => {
                let mut corner = Corner::new();
                firsts.block::<{ Corner::LAST }>(&mut bits, |at, value| {
                    corner.add(factors, at, value);
                });
                let read = bits.read();
                window.keep(read);
                corner.add(factors, 0, first);
                if !window.overrun()
                    && let Some((plane, start)) = spot.of_unit(unit, planes)
                {
                    plane.put(start, corner.three());
                }
            }
            Ac::Block(pairs, factors) => {
                let mut block = Block::new();
                let last = pairs.block(&mut bits, |at, value| block.add(factors, at, value));
                let read = bits.read();
                window.keep(read);
                block.add(factors, 0, first);
                if !window.overrun()
                    && let Some((plane, start)) = spot.of_unit(unit, planes)
                {
                    plane.put_block(start, self.component.size, &block, last);
                }
            }
        }
    }
}
