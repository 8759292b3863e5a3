//! Scans of a file that has several, into what is kept of its blocks (T.81, F.2 and G.1.2).

use super::bits::{Bits, Window};
use super::coefficients::{Keep, Kept, Others, narrow};
use super::frame::{Component, Frame, Tables};
use super::huffman::{Huffman, Special, Steps};
use super::pairs::Pairs;
use super::scan::{Place, Restarts, Scan, Unit};
use super::sums::Weights;
use crate::budget::Budget;
use crate::error::Result;

/// A scan as it is being read.
pub(super) struct Pass<'a, 't> {
    window: Window<'a>,
    restarts: Restarts,
    scan: &'t Scan,
    tables: &'t Tables,
    budget: &'t Budget,
}

impl<'a, 't> Pass<'a, 't> {
    pub(super) fn new(
        data: &'a [u8],
        scan: &'t Scan,
        tables: &'t Tables,
        budget: &'t Budget,
    ) -> Self {
        let (window, restarts) = (Window::new(data), Restarts::new(tables));
        Self { window, restarts, scan, tables, budget }
    }

    /// Reads the band of a progressive scan of one component.
    pub(super) fn band<B: Keep>(
        &mut self,
        blocks: &mut [B],
        component: &Component,
        weights: &Weights,
    ) -> Result<()> {
        let Some(member) = self.scan.members.first() else { return Ok(()) };
        let band =
            Band { steps: self.tables.ac(*member, Huffman::steps)?, weights, scan: self.scan };
        let first = self.scan.high == 0;
        let Self { window, restarts, budget, .. } = self;
        let mut ends = 0;
        let rows = blocks.chunks_mut(component.stride_blocks as usize);
        for row in rows.take(component.blocks_high as usize) {
            budget.work(component.blocks_wide.into())?;
            for block in row.iter_mut().take(component.blocks_wide as usize) {
                if restarts.before_unit(window) == Unit::ReadAfresh {
                    ends = 0;
                }
                if window.overrun() {
                    if restarts.are_over() {
                        return Ok(());
                    }
                    continue;
                }
                let mut bits = window.bits();
                if first {
                    band.first(block, &mut bits, &mut ends);
                } else {
                    band.refine(block, &mut bits, &mut ends);
                }
                let read = bits.read();
                window.keep(read);
            }
        }
        Ok(())
    }

    /// Reads a scan of first coefficients, or of all, of any components.
    pub(super) fn units(
        &mut self,
        components: &mut [Kept],
        progressive: bool,
        frame: &Frame,
    ) -> Result<()> {
        let (mut members, mut places) = (Vec::new(), Vec::new());
        for member in &self.scan.members {
            if let Some(component) = frame.components.get(member.component) {
                places.extend(Place::all(members.len(), component, self.scan.is_alone()));
            }
            let needs_dc = !progressive || self.scan.high == 0;
            members.push(Reading {
                component: member.component,
                dc: needs_dc.then(|| self.tables.dc(*member, Huffman::steps)).transpose()?,
                ac: (!progressive).then(|| self.tables.ac(*member, Huffman::pairs)).transpose()?,
                low: if progressive { self.scan.low } else { 0 },
                prediction: 0,
            });
        }
        let (units, rows) = self.scan.units(frame);
        for row in 0..rows {
            self.budget.work(u64::from(units) * places.len() as u64)?;
            for unit in 0..units {
                if self.restarts.before_unit(&mut self.window) == Unit::ReadAfresh {
                    members.iter_mut().for_each(|member| member.prediction = 0);
                }
                if self.window.overrun() {
                    if self.restarts.are_over() {
                        return Ok(());
                    }
                    continue;
                }
                for place in &places {
                    let Some(reading) = members.get_mut(place.member) else { continue };
                    let Some(kept) = components.get_mut(reading.component) else { continue };
                    let mut bits = self.window.bits();
                    reading.block(kept, place.at(unit, row), &mut bits);
                    let read = bits.read();
                    self.window.keep(read);
                }
            }
        }
        Ok(())
    }
}

/// A component of a scan of first coefficients, or of all.
struct Reading<'t> {
    component: usize,
    /// `None` in a refinement.
    dc: Option<Steps<'t>>,
    /// `None` in a progressive file.
    ac: Option<Pairs<'t>>,
    low: u32,
    prediction: i32,
}

impl Reading<'_> {
    #[inline(always)]
    fn block(&mut self, kept: &mut Kept, (x, y): (u32, u32), bits: &mut Bits<'_>) {
        let at = y as usize * kept.component.stride_blocks as usize + x as usize;
        let Some(first) = kept.firsts.get_mut(at) else { return };
        bits.refill();
        let Some(dc) = self.dc else {
            // T.81, G.1.2.1.
            let bit = bits.take(1) << self.low;
            *first |= narrow(bit.cast_signed());
            return;
        };
        let step = dc.next(bits);
        self.prediction = self.prediction.wrapping_add(step.value(bits));
        bits.skip(step.bits());
        *first = narrow(self.prediction.wrapping_shl(self.low));
        let Some(ac) = self.ac else { return };
        let Some(quantisation) = &kept.quantisation else { return };
        match &mut kept.others {
            Others::None => _ = ac.block(bits, |_, _| {}),
            Others::Summed(blocks) => all(ac, blocks.get_mut(at), &quantisation.weights, bits),
            Others::Firsts(blocks) => all(ac, blocks.get_mut(at), &quantisation.weights, bits),
            Others::Whole(blocks) => all(ac, blocks.get_mut(at), &quantisation.weights, bits),
        }
    }
}

/// Reads all coefficients but the first.
#[inline(always)]
fn all<B: Keep>(ac: Pairs<'_>, block: Option<&mut B>, weights: &Weights, bits: &mut Bits<'_>) {
    let Some(block) = block else { return };
    ac.block(bits, |at, value| {
        if value != 0 && at < 64 {
            block.set(weights, at, value);
        }
    });
}

/// The band of a progressive scan.
struct Band<'t> {
    steps: Steps<'t>,
    weights: &'t Weights,
    scan: &'t Scan,
}

impl Band<'_> {
    /// T.81, G.1.2.2. `ends`: blocks to come in which the band is at its end.
    #[inline(always)]
    fn first<B: Keep>(&self, block: &mut B, bits: &mut Bits<'_>, ends: &mut u32) {
        if *ends > 0 {
            *ends -= 1;
            return;
        }
        let mut at = self.scan.start;
        while at <= self.scan.end {
            bits.refill();
            let step = self.steps.next(bits);
            let special = step.special();
            let value = step.value(bits);
            bits.skip(step.bits());
            match special {
                None => {
                    at += step.run();
                    if at <= self.scan.end {
                        block.set(self.weights, at, value.wrapping_shl(self.scan.low));
                    }
                    at += 1;
                }
                Some(Special::End(exponent)) => {
                    *ends = (1 << exponent) - 1 + bits.take(exponent);
                    return;
                }
                Some(Special::SixteenZeros) => at += 16,
            }
        }
    }

    /// T.81, G.1.2.3.
    #[inline(always)]
    fn refine<B: Keep>(&self, block: &mut B, bits: &mut Bits<'_>, ends: &mut u32) {
        let Scan { start, end, low, .. } = *self.scan;
        // Coefficients of the band that get one more bit on the way.
        let mut nonzero = block.nonzero() & (u64::MAX >> (63 - end)) & (u64::MAX << start);
        if *ends == 0 {
            let mut at = start;
            while at <= end {
                bits.refill();
                let step = self.steps.next(bits);
                let value = step.value(bits);
                bits.skip(step.bits());
                let (run, value) = match step.special() {
                    None => (step.run(), value.signum()),
                    Some(Special::End(exponent)) => {
                        *ends = (1 << exponent) + bits.take(exponent);
                        break;
                    }
                    Some(Special::SixteenZeros) => (15, 0),
                };
                at += run;
                // The run is of zeros only.
                while nonzero != 0 && nonzero.trailing_zeros() <= at {
                    self.enlarge(block, &mut nonzero, bits);
                    at += 1;
                }
                if value != 0 && at <= end {
                    block.set(self.weights, at, value << low);
                }
                at += 1;
            }
        }
        if *ends > 0 {
            while nonzero != 0 {
                self.enlarge(block, &mut nonzero, bits);
            }
            *ends -= 1;
        }
    }

    /// One more bit of the first of these coefficients. No branch asks for it: nobody can tell what it is.
    #[inline(always)]
    fn enlarge<B: Keep>(&self, block: &mut B, nonzero: &mut u64, bits: &mut Bits<'_>) {
        bits.refill_for_one();
        let by = bits.take(1) << self.scan.low;
        block.enlarge(self.weights, nonzero.trailing_zeros(), by.cast_signed());
        *nonzero &= *nonzero - 1;
    }
}
