//! Files whose blocks come in several scans (T.81, G): what the scale needs of their coefficients is kept until the
//! last of them. A scan without anything that is needed is not read at all.

use std::hint;

use thumbox_protocol::Format;

use super::frame::{Component, Frame, Tables};
use super::huffman::Huffman;
use super::idct::{Block, Corner, Factors, Placed, one};
use super::passes::Pass;
use super::plane::Plane;
use super::scan::Scan;
use super::sums::{Sums, Weights, two};
use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// What a scan counts beside its blocks.
const SCAN: u64 = 64;

/// The coefficients of a whole picture, as far as they are kept.
pub(super) struct Coefficients<'b> {
    components: Vec<Kept>,
    _charge: Charge<'b>,
}

/// What is kept of a component.
pub(super) struct Kept {
    pub(super) component: Component,
    /// The first coefficient of each block.
    pub(super) firsts: Vec<i16>,
    pub(super) others: Others,
    /// From the first scan of the component.
    pub(super) quantisation: Option<Box<Quantisation>>,
}

pub(super) struct Quantisation {
    pub(super) weights: Weights,
    factors: Factors,
    first: i32,
}

/// What is kept of the other coefficients of each block: nothing where it becomes one sample, their sums where it
/// becomes 2 x 2, and the first where it becomes 3 x 3.
pub(super) enum Others {
    None,
    Summed(Vec<Summed>),
    Firsts(Vec<Values<FIRSTS>>),
    Whole(Vec<Values<64>>),
}

/// The first coefficients in zigzag order, as many as a [`Corner`] needs and more.
const FIRSTS: usize = 16;

/// What is kept of the coefficients of a block but the first.
pub(super) trait Keep {
    /// Which are not 0, by bits in zigzag order.
    fn nonzero(&self) -> u64;

    /// Sets one that was 0.
    fn set(&mut self, weights: &Weights, at: u32, value: i32);

    /// Takes one that is not 0 further away from 0, if at all.
    fn enlarge(&mut self, weights: &Weights, at: u32, by: i32);
}

/// Their sums. What a refinement asks for is which are not 0, and their signs.
#[derive(Clone, Default)]
pub(super) struct Summed {
    nonzero: u64,
    negative: u64,
    sums: Sums,
}

/// The first of them, in zigzag order. Which of the others are not 0 is what a refinement asks for.
#[derive(Clone)]
pub(super) struct Values<const COUNT: usize> {
    nonzero: u64,
    values: [i16; COUNT],
}

impl Keep for Summed {
    #[inline(always)]
    fn nonzero(&self) -> u64 {
        self.nonzero
    }

    #[inline(always)]
    fn set(&mut self, weights: &Weights, at: u32, value: i32) {
        self.nonzero |= 1_u64.wrapping_shl(at);
        self.negative |= u64::from(value < 0).wrapping_shl(at);
        self.sums.add(weights, at, value);
    }

    #[inline(always)]
    fn enlarge(&mut self, weights: &Weights, at: u32, by: i32) {
        let negative = -i32::from(self.negative.wrapping_shr(at) & 1 == 1);
        self.sums.add(weights, at, (by ^ negative) - negative);
    }
}

impl<const COUNT: usize> Default for Values<COUNT> {
    fn default() -> Self {
        Self { nonzero: 0, values: [0; COUNT] }
    }
}

impl<const COUNT: usize> Keep for Values<COUNT> {
    #[inline(always)]
    fn nonzero(&self) -> u64 {
        self.nonzero
    }

    #[inline(always)]
    fn set(&mut self, _: &Weights, at: u32, value: i32) {
        self.nonzero |= 1_u64.wrapping_shl(at);
        if let Some(place) = self.values.get_mut(at as usize) {
            *place = narrow(value);
        }
    }

    #[inline(always)]
    fn enlarge(&mut self, _: &Weights, at: u32, by: i32) {
        if let Some(place) = self.values.get_mut(at as usize) {
            let (by, negative) = (narrow(by), *place >> 15);
            *place = place.wrapping_add((by ^ negative).wrapping_sub(negative));
        }
    }
}

/// What a valid file's numbers do not exceed.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "of a corrupt file any number will do")]
pub(super) const fn narrow(value: i32) -> i16 {
    value as i16
}

impl<'b> Coefficients<'b> {
    pub(super) fn new(frame: &Frame, budget: &'b Budget) -> Result<Self> {
        let blocks = |component: &Component| {
            u64::from(component.stride_blocks) * u64::from(frame.units_high * component.vertical)
        };
        let bytes = frame.components.iter().map(|component| {
            let others = match component.size {
                (1, 1) => 0,
                (2, 2) => size_of::<Summed>(),
                (3, 3) => size_of::<Values<FIRSTS>>(),
                _ => size_of::<Values<64>>(),
            };
            blocks(component) * (size_of::<i16>() + others) as u64
        });
        let bytes = bytes.sum::<u64>() + (16 << 10);
        let charge = budget.charge(bytes, "the JPEG's coefficients")?;
        make_room(bytes);
        let components = frame.components.iter().map(|component| {
            let count = usize::try_from(blocks(component)).unwrap_or_default();
            let others = match component.size {
                (1, 1) => Others::None,
                (2, 2) => Others::Summed(vec![Summed::default(); count]),
                (3, 3) => Others::Firsts(vec![Values::default(); count]),
                _ => Others::Whole(vec![Values::default(); count]),
            };
            let component = component.clone();
            Kept { component, firsts: vec![0; count], others, quantisation: None }
        });
        Ok(Self { components: components.collect(), _charge: charge })
    }

    /// Reads a scan, or passes it by. `data` begins with its entropy-coded data.
    pub(super) fn read(
        &mut self,
        data: &[u8],
        scan: &Scan,
        progressive: bool,
        frame: &Frame,
        tables: &mut Tables,
        budget: &Budget,
    ) -> Result<()> {
        budget.work(SCAN)?;
        if progressive {
            scan.check_progressive()?;
        }
        for member in &scan.members {
            if let Some(kept) = self.components.get_mut(member.component) {
                kept.latch(tables)?;
            }
            tables.make_dc(*member, Huffman::make_steps);
            let make = if progressive { Huffman::make_steps } else { Huffman::make_pairs };
            tables.make_ac(*member, make);
        }
        let mut pass = Pass::new(data, scan, tables, budget);
        let ([member], 1.., true) = (scan.members.as_slice(), scan.start, progressive) else {
            return pass.units(&mut self.components, progressive, frame);
        };
        let Some(kept) = self.components.get_mut(member.component) else { return Ok(()) };
        let Some(quantisation) = &kept.quantisation else { return Ok(()) };
        match &mut kept.others {
            Others::None => Ok(()),
            Others::Summed(blocks) => pass.band(blocks, &kept.component, &quantisation.weights),
            Others::Firsts(blocks) => pass.band(blocks, &kept.component, &quantisation.weights),
            Others::Whole(blocks) => pass.band(blocks, &kept.component, &quantisation.weights),
        }
    }

    /// Makes samples of a row of units of the frame.
    pub(super) fn row(&self, unit_row: u32, planes: &mut [Plane]) -> Result<()> {
        for (kept, plane) in self.components.iter().zip(planes) {
            let quantisation = kept.quantisation.as_ref();
            let quantisation = quantisation.ok_or_else(|| {
                Error::corrupt(Format::Jpeg, "a component is missing from its scans")
            })?;
            for y in unit_row * kept.component.vertical..(unit_row + 1) * kept.component.vertical {
                kept.row(y, quantisation, plane);
            }
        }
        Ok(())
    }
}

/// Has the heap grow once for all components, not once for each: what a growth leaves at its end costs page faults, and
/// an allocator that gives memory back, as glibc's does, keeps more of it when so much was let go at once.
fn make_room(bytes: u64) {
    let mut room = Vec::<u8>::new();
    // If there is too little, it is for those who come next to say so.
    if usize::try_from(bytes).is_ok_and(|bytes| room.try_reserve_exact(bytes).is_ok()) {
        // Else the compiler would see that nobody needs it.
        hint::black_box(&mut room);
    }
}

impl Kept {
    /// Takes the quantisation table that is in force at the component's first scan, which is the one that counts.
    fn latch(&mut self, tables: &Tables) -> Result<()> {
        if self.quantisation.is_none() {
            let table = tables.quantisation(&self.component)?;
            let [first, ..] = *table;
            let weights = Weights::new(table);
            let factors = match self.component.size {
                (3, 3) => Factors::of_corner(table),
                _ => Factors::of_block(table),
            };
            let found = Quantisation { weights, factors, first: first.into() };
            self.quantisation = Some(Box::new(found));
        }
        Ok(())
    }

    /// Makes samples of a row of blocks.
    fn row(&self, y: u32, quantisation: &Quantisation, plane: &mut Plane) {
        let stride = self.component.stride_blocks as usize;
        let blocks = y as usize * stride..(y as usize + 1) * stride;
        let firsts = self.firsts.get(blocks.clone()).unwrap_or_default().iter();
        let size = self.component.size;
        let starts = (plane.start(0, y, size)..).step_by(size.0 as usize);
        let firsts = starts.zip(firsts.map(|first| i32::from(*first)));
        let dequantised = |first: i32| first.wrapping_mul(quantisation.first);
        match &self.others {
            Others::None => {
                for (start, first) in firsts {
                    plane.put(start, [[one(dequantised(first))]]);
                }
            }
            Others::Summed(all) => {
                for ((start, first), block) in firsts.zip(all.get(blocks).unwrap_or_default()) {
                    plane.put(start, two(dequantised(first), block.sums));
                }
            }
            Others::Firsts(all) => {
                for ((start, first), values) in firsts.zip(all.get(blocks).unwrap_or_default()) {
                    let corner: Corner = values.placed(first, &quantisation.factors);
                    plane.put(start, corner.three());
                }
            }
            Others::Whole(all) => {
                for ((start, first), values) in firsts.zip(all.get(blocks).unwrap_or_default()) {
                    let block: Block = values.placed(first, &quantisation.factors);
                    plane.put_block(start, size, &block, values.last());
                }
            }
        }
    }
}

impl<const COUNT: usize> Values<COUNT> {
    /// Those that are kept, and the first of all, as the inverse transforms want them.
    #[inline(always)]
    fn placed<const N: usize>(&self, first: i32, factors: &Factors) -> Placed<N> {
        let mut placed = Placed::new();
        let mut left = self.nonzero & (u64::MAX >> (64 - COUNT));
        while left != 0 {
            let at = left.trailing_zeros();
            left &= left - 1;
            let value = self.values.get(at as usize).copied().unwrap_or_default();
            placed.add(factors, at, value.into());
        }
        placed.add(factors, 0, first);
        placed
    }

    /// The last place of one that is not 0.
    fn last(&self) -> u32 {
        63 - (self.nonzero | 1).leading_zeros()
    }
}
