//! Files whose blocks come in several scans (T.81, G): coefficients are kept until the last, but only those
//! that the scale needs. A scan without any of these is not read at all.

use super::bits::Bits;
use super::frame::{Component, Frame, Tables};
use super::huffman::Huffman;
use super::idct::{Block, inverse};
use super::plane::Plane;
use super::scan::{Member, Restarts, Scan, Unit};
use super::sequential::ZIGZAG;
use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};
use crate::inspect::Format;

/// The coefficients of a whole picture, as far as they are kept.
pub(super) struct Coefficients<'b> {
    components: Vec<Kept>,
    _charge: Charge<'b>,
}

/// The coefficients of a component.
struct Kept {
    component: Component,
    /// The place of each kept coefficient in a block's storage, by its place in zigzag order.
    places: [Option<u8>; 64],
    /// The natural places of the kept ones.
    naturals: Vec<u8>,
    values: Vec<i16>,
    /// Which coefficients of a block are not 0, by bits in zigzag order: a refinement has a bit for each,
    /// also for those that are not kept. Empty where no scan of AC coefficients is read.
    nonzero: Vec<u64>,
    /// In zigzag order; from the first scan of the component.
    quantisation: Option<[u16; 64]>,
}

/// Units from which on a component that is decoded finer than the others keeps less: some 33 megapixels of
/// 4:2:0, of which the colours would take more memory than the rest.
const FINE_UP_TO: u64 = 1 << 17;

/// Whether a coefficient in this row or column counts for samples of this size; see the inverse DCTs.
fn counts(side: u8, size: u32, coarse: bool) -> bool {
    match size {
        1 => side == 0,
        // What lies higher is hardly ever there in a component with fewer samples than the picture.
        2 if coarse => matches!(side, 0 | 1 | 3),
        2 => matches!(side, 0 | 1 | 3 | 5 | 7),
        4 => side != 4,
        _ => true,
    }
}

impl<'b> Coefficients<'b> {
    pub(super) fn new(frame: &Frame, budget: &'b Budget) -> Result<Self> {
        let blocks_of_frame = u64::from(frame.units_wide) * u64::from(frame.units_high);
        let coarse = |component: &Component| {
            blocks_of_frame > FINE_UP_TO
                && frame.components.iter().any(|other| other.size < component.size)
        };
        let naturals = |component: &Component| -> Vec<u8> {
            let coarse = coarse(component);
            let kept = |natural: &u8| {
                counts(natural / 8, component.size, coarse)
                    && counts(natural % 8, component.size, coarse)
            };
            ZIGZAG.into_iter().filter(kept).collect()
        };
        let blocks = |component: &Component| {
            u64::from(component.stride_blocks) * u64::from(frame.units_high * component.vertical)
        };
        let bytes = frame.components.iter().map(|component| {
            let mask = if component.size > 1 { 8 } else { 0 };
            blocks(component) * (naturals(component).len() as u64 * 2 + mask)
        });
        let charge = budget.charge(bytes.sum::<u64>() + (16 << 10), "the JPEG's coefficients")?;
        let components = frame.components.iter().map(|component| {
            let naturals = naturals(component);
            let places = ZIGZAG.map(|natural| {
                let place = naturals.iter().position(|kept| *kept == natural);
                place.and_then(|place| u8::try_from(place).ok())
            });
            let blocks = usize::try_from(blocks(component)).unwrap_or_default();
            Kept {
                component: component.clone(),
                places,
                values: vec![0; blocks * naturals.len()],
                nonzero: if component.size > 1 { vec![0; blocks] } else { Vec::new() },
                naturals,
                quantisation: None,
            }
        });
        Ok(Self { components: components.collect(), _charge: charge })
    }

    /// Reads a scan, or passes it by. `position` is where its entropy-coded data begins.
    pub(super) fn read(
        &mut self,
        data: &[u8],
        position: usize,
        scan: &Scan,
        progressive: bool,
        frame: &Frame,
        tables: &Tables,
    ) -> Result<()> {
        for member in &scan.members {
            if let Some(kept) = self.components.get_mut(member.component)
                && kept.quantisation.is_none()
            {
                let table = tables.quantisation.get(usize::from(kept.component.table));
                kept.quantisation = table.copied().flatten();
            }
        }
        if progressive {
            scan.check_progressive()?;
            if scan.start > 0 && !self.needs(scan) {
                return Ok(());
            }
        }
        let mut pass = Pass { scan, tables, progressive, predictions: [0; 4], ends: 0 };
        pass.check()?;
        let mut bits = Bits::new(data, position);
        let mut restarts = Restarts::new(tables);
        let (units, rows) = scan.units(frame);
        for row in 0..rows {
            for unit in 0..units {
                if restarts.before_unit(data, &mut bits) == Unit::ReadAfresh {
                    (pass.predictions, pass.ends) = ([0; 4], 0);
                }
                if bits.overrun() {
                    if tables.restart_interval == 0 {
                        return Ok(());
                    }
                    continue;
                }
                self.unit(&mut pass, &mut bits, unit, row);
            }
        }
        Ok(())
    }

    fn needs(&self, scan: &Scan) -> bool {
        let band = scan.start as usize..=scan.end as usize;
        scan.members.iter().filter_map(|member| self.components.get(member.component)).any(|kept| {
            kept.places.get(band.clone()).is_some_and(|band| band.iter().any(Option::is_some))
        })
    }

    fn unit(&mut self, pass: &mut Pass<'_>, bits: &mut Bits<'_>, unit: u32, row: u32) {
        let scan = pass.scan;
        for (index, member) in scan.members.iter().enumerate() {
            let Some(kept) = self.components.get_mut(member.component) else { continue };
            if scan.is_alone() {
                kept.read_block(pass, bits, index, *member, unit, row);
                continue;
            }
            let (across, down) = (kept.component.horizontal, kept.component.vertical);
            for y in 0..down {
                for x in 0..across {
                    kept.read_block(pass, bits, index, *member, unit * across + x, row * down + y);
                }
            }
        }
    }

    /// Makes samples of a row of units of the frame.
    pub(super) fn row(&self, unit_row: u32, planes: &mut [Plane]) -> Result<()> {
        for (kept, plane) in self.components.iter().zip(planes) {
            let quantisation = kept.quantisation.as_ref();
            let quantisation = quantisation.ok_or_else(|| missing("quantisation"))?;
            let Component { size, stride_blocks, vertical, .. } = kept.component;
            let factors: Vec<i32> = kept
                .places
                .iter()
                .zip(quantisation)
                .filter(|(place, _)| place.is_some())
                .map(|(_, factor)| i32::from(*factor))
                .collect();
            for y in unit_row * vertical..(unit_row + 1) * vertical {
                let first = y as usize * stride_blocks as usize;
                let count = kept.naturals.len();
                let blocks =
                    kept.values.chunks_exact(count).skip(first).take(stride_blocks as usize);
                for (x, values) in (0..).zip(blocks) {
                    let mut block: Block = [0; 64];
                    let mut any = 0;
                    for (at, ((value, factor), natural)) in
                        values.iter().zip(&factors).zip(&kept.naturals).enumerate()
                    {
                        any |= if at > 0 { *value } else { 0 };
                        if let Some(coefficient) = block.get_mut(usize::from(*natural)) {
                            *coefficient = i32::from(*value).wrapping_mul(*factor);
                        }
                    }
                    if let Some(place) = plane.block(x, y, size) {
                        inverse(size, &block, any == 0, place);
                    }
                }
            }
        }
        Ok(())
    }
}

fn missing(kind: &str) -> Error {
    Error::corrupt(Format::Jpeg, format!("a scan without its {kind} table"))
}

/// A scan as it is being read.
struct Pass<'s> {
    scan: &'s Scan,
    tables: &'s Tables,
    progressive: bool,
    predictions: [i32; 4],
    /// Blocks to come in which the band is at its end.
    ends: u32,
}

impl Pass<'_> {
    fn check(&self) -> Result<()> {
        let needs_dc = !self.progressive || self.scan.start == 0 && self.scan.high == 0;
        let needs_ac = !self.progressive || self.scan.start > 0;
        for member in &self.scan.members {
            if needs_dc && self.dc(*member).is_none() {
                return Err(missing("DC"));
            }
            if needs_ac && self.ac(*member).is_none() {
                return Err(missing("AC"));
            }
        }
        Ok(())
    }

    fn dc(&self, member: Member) -> Option<&Huffman> {
        self.tables.dc.get(member.dc)?.as_ref()
    }

    fn ac(&self, member: Member) -> Option<&Huffman> {
        self.tables.ac.get(member.ac)?.as_ref()
    }
}

impl Kept {
    fn read_block(
        &mut self,
        pass: &mut Pass<'_>,
        bits: &mut Bits<'_>,
        index: usize,
        member: Member,
        x: u32,
        y: u32,
    ) {
        let block = y as usize * self.component.stride_blocks as usize + x as usize;
        let count = self.naturals.len();
        let Some(values) = self.values.get_mut(block * count..(block + 1) * count) else { return };
        let mut unused = 0;
        let nonzero = self.nonzero.get_mut(block).unwrap_or(&mut unused);
        let mut target = Target { places: &self.places, values, nonzero };
        if !pass.progressive || pass.scan.start == 0 {
            target.dc(pass, bits, index, member);
        }
        let band = (pass.scan.start, pass.scan.end);
        match (pass.progressive, pass.scan.start, pass.scan.high) {
            (false, ..) => {
                if let Some(ac) = pass.ac(member) {
                    ac.block(bits, |at, value| target.set(at, value));
                }
            }
            (true, 0, _) => {}
            (true, _, 0) => target.first(pass, bits, member, band),
            (true, ..) => target.refine(pass, bits, member, band),
        }
    }
}

/// The block that is being read.
struct Target<'k> {
    places: &'k [Option<u8>; 64],
    values: &'k mut [i16],
    nonzero: &'k mut u64,
}

impl Target<'_> {
    fn value(&mut self, at: u32) -> Option<&mut i16> {
        let place = *self.places.get(at as usize)?;
        self.values.get_mut(usize::from(place?))
    }

    fn set(&mut self, at: u32, value: i32) {
        *self.nonzero |= 1_u64.wrapping_shl(at);
        if let Some(place) = self.value(at) {
            *place = clamped(value);
        }
    }

    /// T.81, G.1.2.1.
    fn dc(&mut self, pass: &mut Pass<'_>, bits: &mut Bits<'_>, index: usize, member: Member) {
        bits.refill();
        if pass.progressive && pass.scan.high > 0 {
            let bit = bits.take(1) << pass.scan.low;
            if let Some(value) = self.value(0) {
                *value |= clamped(bit.cast_signed());
            }
            return;
        }
        let Some(dc) = pass.dc(member) else { return };
        let size = u32::from(dc.symbol(bits)).min(16);
        let difference = bits.take_signed(size);
        let Some(prediction) = pass.predictions.get_mut(index) else { return };
        *prediction = prediction.wrapping_add(difference);
        let low = if pass.progressive { pass.scan.low } else { 0 };
        let found = clamped(prediction.wrapping_shl(low));
        if let Some(value) = self.value(0) {
            *value = found;
        }
    }

    /// T.81, G.1.2.2.
    fn first(
        &mut self,
        pass: &mut Pass<'_>,
        bits: &mut Bits<'_>,
        member: Member,
        band: (u32, u32),
    ) {
        if pass.ends > 0 {
            pass.ends -= 1;
            return;
        }
        let low = pass.scan.low;
        let (mut at, end) = band;
        while at <= end {
            bits.refill();
            let Some(ac) = pass.ac(member) else { return };
            let symbol = ac.symbol(bits);
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if run < 15 {
                    pass.ends = (1 << run) - 1 + bits.take(run);
                    return;
                }
                at += 16;
                continue;
            }
            at += run;
            let value = bits.take_signed(size).wrapping_shl(low);
            if at <= end {
                self.set(at, value);
            }
            at += 1;
        }
    }

    /// T.81, G.1.2.3.
    fn refine(
        &mut self,
        pass: &mut Pass<'_>,
        bits: &mut Bits<'_>,
        member: Member,
        band: (u32, u32),
    ) {
        let (mut at, end) = band;
        let bit = 1_i32.wrapping_shl(pass.scan.low);
        if pass.ends == 0 {
            while at <= end {
                bits.refill();
                let Some(ac) = pass.ac(member) else { return };
                let symbol = ac.symbol(bits);
                let (mut run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                let mut value = 0;
                if size == 0 {
                    if run < 15 {
                        pass.ends = (1 << run) + bits.take(run);
                        break;
                    }
                } else {
                    value = if bits.take(1) == 1 { bit } else { -bit };
                }
                // Over coefficients that are 0, as many as the run says, and over all others.
                while at <= end {
                    if *self.nonzero >> at & 1 == 1 {
                        self.correct(at, bit, bits);
                    } else if run == 0 {
                        break;
                    } else {
                        run -= 1;
                    }
                    at += 1;
                }
                if value != 0 && at <= end {
                    self.set(at, value);
                }
                at += 1;
                if bits.overrun() {
                    return;
                }
            }
        }
        if pass.ends > 0 {
            for at in at..=end {
                if *self.nonzero >> at & 1 == 1 {
                    self.correct(at, bit, bits);
                }
            }
            pass.ends -= 1;
        }
    }

    /// One more bit of a coefficient that is not 0.
    fn correct(&mut self, at: u32, bit: i32, bits: &mut Bits<'_>) {
        bits.refill();
        if bits.take(1) == 0 {
            return;
        }
        if let Some(value) = self.value(at) {
            let found = i32::from(*value);
            if found & bit == 0 {
                *value = clamped(if found < 0 { found - bit } else { found + bit });
            }
        }
    }
}

/// What no valid file exceeds.
fn clamped(value: i32) -> i16 {
    i16::try_from(value.clamp(i16::MIN.into(), i16::MAX.into())).unwrap_or_default()
}
