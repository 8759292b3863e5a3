//! Reads the scans of a file with several scans into stored coefficients: sequential ones by T.81, F.2, progressive ones by
//! G.2, the inverse of the coding models in G.1.2.

use super::ac_pairs::AcPairs;
use super::bitstream::{Bits, Window};
use super::coefficients::{Coefficients, ComponentCoefficients, KeepAc, StoredAc, narrow};
use super::huffman::{Special, Steps};
use super::idct_2x2::Weights;
use super::scaled::{ScaledComponent, ScaledFrame};
use super::scan::{BlockInMcu, NextMcu, Restarts, Scan};
use super::tables::{Forms, Tables};
use crate::budget::Budget;
use crate::error::Result;

/// Work that each scan costs in addition to its blocks, in blocks.
const SCAN: u64 = 64;

/// Reads a scan into the coefficients. One without anything that the scale needs is not read at all. `data` begins with
/// its entropy-coded data.
pub(super) fn read_scan(
    coefficients: &mut Coefficients<'_>,
    data: &[u8],
    scan: &Scan,
    progressive: bool,
    frame: &ScaledFrame,
    tables: &mut Tables,
    budget: &Budget,
) -> Result<()> {
    budget.work(SCAN)?;
    if progressive {
        scan.check_progressive()?;
    }
    for member in &scan.members {
        if let Some(kept) = coefficients.components.get_mut(member.component) {
            kept.latch(tables)?;
        }
        tables.make_dc(member.dc, Forms::make_steps);
        let make = if progressive { Forms::make_steps } else { Forms::make_pairs };
        tables.make_ac(member.ac, make);
    }
    let mut pass = Pass::new(data, scan, tables, budget);
    // A band of AC coefficients has one component; everything else is read MCU by MCU.
    let ([member], 1.., true) = (scan.members.as_slice(), scan.start, progressive) else {
        return pass.mcus(&mut coefficients.components, progressive, frame);
    };
    let Some(kept) = coefficients.components.get_mut(member.component) else { return Ok(()) };
    let Some(quantisation) = &kept.quantisation else { return Ok(()) };
    match &mut kept.ac {
        StoredAc::None => Ok(()),
        StoredAc::Sums(blocks) => pass.band(blocks, &kept.component, &quantisation.weights),
        StoredAc::Leading(blocks) => pass.band(blocks, &kept.component, &quantisation.weights),
        StoredAc::All(blocks) => pass.band(blocks, &kept.component, &quantisation.weights),
    }
}

/// A scan as it is being read.
struct Pass<'a, 't> {
    window: Window<'a>,
    restarts: Restarts,
    scan: &'t Scan,
    tables: &'t Tables,
    budget: &'t Budget,
}

impl<'a, 't> Pass<'a, 't> {
    fn new(data: &'a [u8], scan: &'t Scan, tables: &'t Tables, budget: &'t Budget) -> Self {
        let (window, restarts) = (Window::new(data), Restarts::new(tables.restart_interval));
        Self { window, restarts, scan, tables, budget }
    }

    /// Reads the band of a progressive scan of one component.
    fn band<B: KeepAc>(
        &mut self,
        blocks: &mut [B],
        component: &ScaledComponent,
        weights: &Weights,
    ) -> Result<()> {
        let Some(member) = self.scan.members.first() else { return Ok(()) };
        let band =
            Band { steps: self.tables.ac(member.ac, Forms::steps)?, weights, scan: self.scan };
        let first = self.scan.high == 0;
        let Self { window, restarts, budget, .. } = self;
        let mut eob_run = 0;
        let rows = blocks.chunks_mut(component.stride_blocks as usize);
        for row in rows.take(component.blocks_high as usize) {
            budget.work(component.blocks_wide.into())?;
            for block in row.iter_mut().take(component.blocks_wide as usize) {
                if restarts.before_mcu(window) == NextMcu::AfterRestart {
                    eob_run = 0;
                }
                // No data is left in this restart interval: skip its blocks.
                if window.overrun() {
                    if restarts.are_over() {
                        return Ok(());
                    }
                    continue;
                }
                let mut bits = window.bits();
                if first {
                    band.first(block, &mut bits, &mut eob_run);
                } else {
                    band.refine(block, &mut bits, &mut eob_run);
                }
                let read = bits.read();
                window.keep(read);
            }
        }
        Ok(())
    }

    /// Reads a DC scan of a progressive file, or a whole scan of a sequential one, of one or more components.
    fn mcus(
        &mut self,
        components: &mut [ComponentCoefficients],
        progressive: bool,
        frame: &ScaledFrame,
    ) -> Result<()> {
        let (mut members, mut blocks) = (Vec::new(), Vec::new());
        for member in &self.scan.members {
            if let Some(component) = frame.components.get(member.component) {
                blocks.extend(BlockInMcu::all(members.len(), component, self.scan.is_alone()));
            }
            let has_dc_codes = !progressive || self.scan.high == 0;
            members.push(McuReader {
                component: member.component,
                dc: has_dc_codes.then(|| self.tables.dc(member.dc, Forms::steps)).transpose()?,
                ac: (!progressive).then(|| self.tables.ac(member.ac, Forms::pairs)).transpose()?,
                low: if progressive { self.scan.low } else { 0 },
                prediction: 0,
            });
        }
        let (mcus, rows) = self.scan.mcus(frame);
        for row in 0..rows {
            self.budget.work(u64::from(mcus) * blocks.len() as u64)?;
            for mcu in 0..mcus {
                if self.restarts.before_mcu(&mut self.window) == NextMcu::AfterRestart {
                    members.iter_mut().for_each(|member| member.prediction = 0);
                }
                // No data is left in this restart interval: skip its blocks.
                if self.window.overrun() {
                    if self.restarts.are_over() {
                        return Ok(());
                    }
                    continue;
                }
                for block in &blocks {
                    let Some(reading) = members.get_mut(block.member) else { continue };
                    let Some(kept) = components.get_mut(reading.component) else { continue };
                    let mut bits = self.window.bits();
                    reading.block(kept, block.at(mcu, row), &mut bits);
                    let read = bits.read();
                    self.window.keep(read);
                }
            }
        }
        Ok(())
    }
}

/// A component of a scan of DC coefficients, or of all.
struct McuReader<'t> {
    component: usize,
    /// `None` in a refinement scan, which has bits without codes.
    dc: Option<Steps<'t>>,
    /// `None` in a progressive file, whose DC scans have no AC coefficients.
    ac: Option<AcPairs<'t>>,
    low: u32,
    prediction: i32,
}

impl McuReader<'_> {
    #[inline(always)]
    fn block(&mut self, kept: &mut ComponentCoefficients, (x, y): (u32, u32), bits: &mut Bits<'_>) {
        let at = y as usize * kept.component.stride_blocks as usize + x as usize;
        let Some(stored) = kept.dc.get_mut(at) else { return };
        bits.refill();
        let Some(dc) = self.dc else {
            // A refinement: one bit without a Huffman code (inverse of T.81, G.1.2.1).
            let bit = bits.take(1) << self.low;
            *stored |= narrow(bit.cast_signed());
            return;
        };
        let step = dc.next(bits);
        self.prediction = self.prediction.wrapping_add(step.value(bits));
        bits.skip(step.bits());
        *stored = narrow(self.prediction.wrapping_shl(self.low));
        let Some(ac) = self.ac else { return };
        let Some(quantisation) = &kept.quantisation else { return };
        match &mut kept.ac {
            StoredAc::None => _ = ac.block(bits, |_, _| {}),
            StoredAc::Sums(blocks) => all(ac, blocks.get_mut(at), &quantisation.weights, bits),
            StoredAc::Leading(blocks) => all(ac, blocks.get_mut(at), &quantisation.weights, bits),
            StoredAc::All(blocks) => all(ac, blocks.get_mut(at), &quantisation.weights, bits),
        }
    }
}

/// Reads all AC coefficients.
#[inline(always)]
fn all<B: KeepAc>(ac: AcPairs<'_>, block: Option<&mut B>, weights: &Weights, bits: &mut Bits<'_>) {
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
    /// The first scan of a band (inverse of T.81, G.1.2.2). `eob_run`: how many of the following blocks have no
    /// coefficient in this band (EOBRUN).
    #[inline(always)]
    fn first<B: KeepAc>(&self, block: &mut B, bits: &mut Bits<'_>, eob_run: &mut u32) {
        if *eob_run > 0 {
            *eob_run -= 1;
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
                Some(Special::Eob(exponent)) => {
                    *eob_run = (1 << exponent) - 1 + bits.take(exponent);
                    return;
                }
                Some(Special::Zrl) => at += 16,
            }
        }
    }

    /// A refinement scan of a band, which adds one bit of precision (inverse of T.81, G.1.2.3).
    #[inline(always)]
    fn refine<B: KeepAc>(&self, block: &mut B, bits: &mut Bits<'_>, eob_run: &mut u32) {
        let Scan { start, end, low, .. } = *self.scan;
        // Those that earlier scans made nonzero. Each gets one correction bit as it is passed.
        let mut nonzero = block.nonzero() & (u64::MAX >> (63 - end)) & (u64::MAX << start);
        if *eob_run == 0 {
            let mut at = start;
            while at <= end {
                bits.refill();
                let step = self.steps.next(bits);
                let value = step.value(bits).signum();
                // A size is 1 here. A damaged one counts as 1, as in libjpeg.
                bits.skip(step.bits() - step.size().saturating_sub(1));
                let (run, value) = match step.special() {
                    None => (step.run(), value),
                    Some(Special::Eob(exponent)) => {
                        // With this block, whose rest is refined below.
                        *eob_run = (1 << exponent) + bits.take(exponent);
                        break;
                    }
                    Some(Special::Zrl) => (15, 0),
                };
                at += run;
                // The run counts only coefficients that are still zero.
                while nonzero != 0 && nonzero.trailing_zeros() <= at {
                    self.refine_one(block, &mut nonzero, bits);
                    at += 1;
                }
                if value != 0 && at <= end {
                    block.set(self.weights, at, value << low);
                }
                at += 1;
            }
        }
        if *eob_run > 0 {
            while nonzero != 0 {
                self.refine_one(block, &mut nonzero, bits);
            }
            *eob_run -= 1;
        }
    }

    /// Reads the correction bit of the lowest of these coefficients and removes it from the set. Without a branch: the bit
    /// cannot be predicted.
    #[inline(always)]
    fn refine_one<B: KeepAc>(&self, block: &mut B, nonzero: &mut u64, bits: &mut Bits<'_>) {
        bits.refill_for_one();
        let by = bits.take(1) << self.scan.low;
        block.refine(self.weights, nonzero.trailing_zeros(), by.cast_signed());
        *nonzero &= *nonzero - 1;
    }
}
