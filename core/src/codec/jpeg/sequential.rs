//! Baseline and extended sequential scans: each block comes once and in full (T.81, F.2).

use super::ac_pairs::{AcPairs, LeadingAc};
use super::ac_skip::AcSkip;
use super::bitstream::Window;
use super::huffman::Steps;
use super::idct::{Block, Corner, Factors, one};
use super::idct_2x2::{Sums, Weights, two};
use super::plane::Plane;
use super::scaled::{ScaledComponent, ScaledFrame};
use super::scan::{BlockInMcu, NextMcu, Restarts, Scan};
use super::tables::{Forms, Tables};
use crate::error::Result;

/// A scan as it is being read: its bits, its tables, and the last DC values.
pub(super) struct SequentialScan<'a, 't> {
    window: Window<'a>,
    restarts: Restarts,
    members: Vec<ComponentReader<'t>>,
    /// The blocks of an MCU in their order.
    blocks: Vec<BlockInMcu>,
    /// Where their samples go, in the row of MCUs that is being read.
    offsets: Vec<BlockOffset>,
}

/// Where a block of each MCU of a row has its samples. Working it out for each block inside the loop over MCUs
/// costs some hundredths of a small thumbnail's time.
struct BlockOffset {
    /// The component's place in the scan, and in the frame.
    member: usize,
    component: usize,
    /// In the first MCU, and how much further in each that follows.
    start: usize,
    step: usize,
}

/// A component of the scan.
struct ComponentReader<'t> {
    index: usize,
    component: ScaledComponent,
    dc: Steps<'t>,
    dc_factor: i32,
    ac: AcReader<'t>,
    prediction: i32,
}

/// What is done with the AC coefficients of a block, by the samples that it becomes.
enum AcReader<'t> {
    Skip(AcSkip<'t>),
    Sums(AcPairs<'t>, Box<Weights>),
    Leading(LeadingAc<'t>, Box<Factors>),
    All(AcPairs<'t>, Box<Factors>),
}

impl BlockOffset {
    /// The plane, and where in it.
    #[inline(always)]
    fn of_mcu<'p>(&self, mcu: usize, planes: &'p mut [Plane]) -> Option<(&'p mut Plane, usize)> {
        Some((planes.get_mut(self.component)?, self.start + mcu * self.step))
    }
}

impl<'a, 't> SequentialScan<'a, 't> {
    pub(super) fn new(
        data: &'a [u8],
        scan: &Scan,
        frame: &ScaledFrame,
        tables: &'t mut Tables,
    ) -> Result<Self> {
        for member in &scan.members {
            tables.make_dc(member.dc, Forms::make_steps);
            let size = frame.components.get(member.component).map(|component| component.size);
            if matches!(size, Some((1, 1) | (3, 3))) {
                tables.make_ac(member.ac, Forms::make_skip);
            }
            if size != Some((1, 1)) {
                tables.make_ac(member.ac, Forms::make_pairs);
            }
        }
        let tables = &*tables;
        let (mut members, mut blocks) = (Vec::new(), Vec::new());
        for member in &scan.members {
            let Some(component) = frame.components.get(member.component) else { continue };
            let quantisation = tables.quantisation(component.table)?;
            let [dc_factor, ..] = *quantisation;
            blocks.extend(BlockInMcu::all(members.len(), component, scan.is_alone()));
            let pairs = || tables.ac(member.ac, Forms::pairs);
            members.push(ComponentReader {
                index: member.component,
                component: component.clone(),
                dc: tables.dc(member.dc, Forms::steps)?,
                dc_factor: dc_factor.into(),
                ac: match component.size {
                    (1, 1) => AcReader::Skip(tables.ac(member.ac, Forms::skip)?),
                    (2, 2) => AcReader::Sums(pairs()?, Box::new(Weights::new(quantisation))),
                    (3, 3) => AcReader::Leading(
                        tables.ac(member.ac, Forms::leading)?,
                        Box::new(Factors::of_corner(quantisation)),
                    ),
                    _ => AcReader::All(pairs()?, Box::new(Factors::of_block(quantisation))),
                },
                prediction: 0,
            });
        }
        let (window, restarts) = (Window::new(data), Restarts::new(tables.restart_interval));
        Ok(Self { window, restarts, members, blocks, offsets: Vec::new() })
    }

    pub(super) fn blocks_per_mcu(&self) -> u64 {
        self.blocks.len() as u64
    }

    /// Reads a row of MCUs into planes. `mcu_row` counts rows of MCUs of this scan.
    #[inline(never)]
    pub(super) fn row(&mut self, mcu_row: u32, mcus: u32, planes: &mut [Plane]) {
        let Self { window, restarts, members, blocks, offsets } = self;
        offsets.clear();
        for block in &*blocks {
            let Some(ComponentReader { index, component, .. }) = members.get(block.member) else {
                continue;
            };
            let Some(plane) = planes.get(*index) else { continue };
            let start = |mcu| {
                let (x, y) = block.at(mcu, mcu_row);
                plane.start(x, y, component.size)
            };
            let (start, step) = (start(0), start(1) - start(0));
            offsets.push(BlockOffset { member: block.member, component: *index, start, step });
        }
        for mcu in 0..mcus as usize {
            if restarts.before_mcu(window) == NextMcu::AfterRestart {
                members.iter_mut().for_each(|member| member.prediction = 0);
            }
            if window.overrun() {
                // Nothing more until a restart: blocks that are not there stay neutral.
                continue;
            }
            for offset in &*offsets {
                let Some(member) = members.get_mut(offset.member) else { continue };
                member.block(window, planes, offset, mcu);
            }
        }
    }
}

impl ComponentReader<'_> {
    #[inline(always)]
    fn block(
        &mut self,
        window: &mut Window<'_>,
        planes: &mut [Plane],
        offset: &BlockOffset,
        mcu: usize,
    ) {
        let mut bits = window.bits();
        bits.refill();
        let step = self.dc.next(&bits);
        self.prediction = self.prediction.wrapping_add(step.value(&bits));
        bits.skip(step.bits());
        let dc = self.prediction;
        match &self.ac {
            AcReader::Skip(skip) => {
                skip.block(&mut bits);
                let read = bits.read();
                window.keep(read);
                if let Some((plane, start)) = offset.of_mcu(mcu, planes) {
                    plane.put(start, [[one(dc.wrapping_mul(self.dc_factor))]]);
                }
            }
            AcReader::Sums(pairs, weights) => {
                let mut sums = Sums::default();
                pairs.block(&mut bits, |at, value| sums.add(weights, at, value));
                let read = bits.read();
                window.keep(read);
                if !window.overrun()
                    && let Some((plane, start)) = offset.of_mcu(mcu, planes)
                {
                    plane.put(start, two(dc.wrapping_mul(self.dc_factor), sums));
                }
            }
            AcReader::Leading(leading, factors) => {
                let mut corner = Corner::new();
                leading.block::<{ Corner::LAST }>(&mut bits, |at, value| {
                    corner.add(factors, at, value);
                });
                let read = bits.read();
                window.keep(read);
                corner.add(factors, 0, dc);
                if !window.overrun()
                    && let Some((plane, start)) = offset.of_mcu(mcu, planes)
                {
                    plane.put(start, corner.three());
                }
            }
            AcReader::All(pairs, factors) => {
                let mut block = Block::new();
                let last = pairs.block(&mut bits, |at, value| block.add(factors, at, value));
                let read = bits.read();
                window.keep(read);
                block.add(factors, 0, dc);
                if !window.overrun()
                    && let Some((plane, start)) = offset.of_mcu(mcu, planes)
                {
                    plane.put_block(start, self.component.size, &block, last);
                }
            }
        }
    }
}
