//! The coefficients of a file whose blocks come in several scans (T.81, G): what the scale needs of them is kept until
//! the last scan.

use std::hint;

use super::idct::{Block, Corner, Factors, Placed, one};
use super::idct_2x2::{Sums, Weights, two};
use super::plane::Plane;
use super::scaled::{ScaledComponent, ScaledFrame};
use super::tables::Tables;
use crate::budget::{Budget, Charge};
use crate::error::Result;

/// The coefficients of a whole picture, as far as they are kept.
pub(super) struct Coefficients<'b> {
    pub(super) components: Vec<ComponentCoefficients>,
    _charge: Charge<'b>,
}

/// What is kept of a component.
pub(super) struct ComponentCoefficients {
    pub(super) component: ScaledComponent,
    /// The DC coefficient of each block.
    pub(super) dc: Vec<i16>,
    pub(super) ac: StoredAc,
    /// From the first scan of the component.
    pub(super) quantisation: Option<Box<Quantisation>>,
}

pub(super) struct Quantisation {
    pub(super) weights: Weights,
    factors: Factors,
    dc: i32,
}

/// What is kept of the AC coefficients of each block: nothing where it becomes one sample, their sums where it
/// becomes 2 x 2, and the leading ones where it becomes 3 x 3.
pub(super) enum StoredAc {
    None,
    Sums(Vec<SummedAc>),
    Leading(Vec<Values<LEADING>>),
    All(Vec<Values<64>>),
}

/// The leading coefficients in zigzag order, as many as a [`Corner`] needs and more.
const LEADING: usize = 16;

/// What is kept of the AC coefficients of a block.
pub(super) trait KeepAc {
    /// Which are not 0, by bits in zigzag order.
    fn nonzero(&self) -> u64;

    /// Sets one that was 0.
    fn set(&mut self, weights: &Weights, at: u32, value: i32);

    /// Refines one that is not 0: takes it further away from 0, if at all (T.81, G.1.2.3).
    fn refine(&mut self, weights: &Weights, at: u32, by: i32);
}

/// Their sums. What a refinement asks for is which are not 0, and their signs.
#[derive(Clone, Default)]
pub(super) struct SummedAc {
    nonzero: u64,
    negative: u64,
    sums: Sums,
}

/// The leading ones, in zigzag order. Which of the others are not 0 is what a refinement asks for.
#[derive(Clone)]
pub(super) struct Values<const COUNT: usize> {
    nonzero: u64,
    values: [i16; COUNT],
}

impl KeepAc for SummedAc {
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
    fn refine(&mut self, weights: &Weights, at: u32, by: i32) {
        let negative = -i32::from(self.negative.wrapping_shr(at) & 1 == 1);
        self.sums.add(weights, at, (by ^ negative) - negative);
    }
}

impl<const COUNT: usize> Default for Values<COUNT> {
    fn default() -> Self {
        Self { nonzero: 0, values: [0; COUNT] }
    }
}

impl<const COUNT: usize> KeepAc for Values<COUNT> {
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
    fn refine(&mut self, _: &Weights, at: u32, by: i32) {
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
    pub(super) fn new(frame: &ScaledFrame, budget: &'b Budget) -> Result<Self> {
        let blocks = |component: &ScaledComponent| {
            u64::from(component.stride_blocks) * u64::from(frame.mcus_high * component.vertical)
        };
        let bytes = frame.components.iter().map(|component| {
            let ac = match component.size {
                (1, 1) => 0,
                (2, 2) => size_of::<SummedAc>(),
                (3, 3) => size_of::<Values<LEADING>>(),
                _ => size_of::<Values<64>>(),
            };
            blocks(component) * (size_of::<i16>() + ac) as u64
        });
        let bytes = bytes.sum::<u64>() + (16 << 10);
        let charge = budget.charge(bytes, "the JPEG's coefficients")?;
        make_room(bytes);
        let components = frame.components.iter().map(|component| {
            let count = usize::try_from(blocks(component)).unwrap_or_default();
            let ac = match component.size {
                (1, 1) => StoredAc::None,
                (2, 2) => StoredAc::Sums(vec![SummedAc::default(); count]),
                (3, 3) => StoredAc::Leading(vec![Values::default(); count]),
                _ => StoredAc::All(vec![Values::default(); count]),
            };
            let component = component.clone();
            ComponentCoefficients { component, dc: vec![0; count], ac, quantisation: None }
        });
        Ok(Self { components: components.collect(), _charge: charge })
    }

    /// Whether each component has had a scan.
    pub(super) fn are_of_all_components(&self) -> bool {
        self.components.iter().all(|kept| kept.quantisation.is_some())
    }

    /// Makes samples of a row of MCUs of the frame.
    pub(super) fn row(&self, mcu_row: u32, planes: &mut [Plane]) {
        for (kept, plane) in self.components.iter().zip(planes) {
            // Without a scan it stays neutral.
            let Some(quantisation) = &kept.quantisation else { continue };
            for y in mcu_row * kept.component.vertical..(mcu_row + 1) * kept.component.vertical {
                kept.row(y, quantisation, plane);
            }
        }
    }
}

/// Grows the heap once for all components, not once for each: what a growth leaves at its end costs page faults, and
/// an allocator that gives memory back, as glibc's does, keeps more of it after one large release.
fn make_room(bytes: u64) {
    let mut room = Vec::<u8>::new();
    // If there is too little, it is for those who come next to say so.
    if usize::try_from(bytes).is_ok_and(|bytes| room.try_reserve_exact(bytes).is_ok()) {
        // Else the compiler would see that nobody needs it.
        hint::black_box(&mut room);
    }
}

impl ComponentCoefficients {
    /// Takes the quantisation table that is in force at the component's first scan, which is the one that counts.
    pub(super) fn latch(&mut self, tables: &Tables) -> Result<()> {
        if self.quantisation.is_none() {
            let table = tables.quantisation(self.component.table)?;
            let [dc, ..] = *table;
            let weights = Weights::new(table);
            let factors = match self.component.size {
                (3, 3) => Factors::of_corner(table),
                _ => Factors::of_block(table),
            };
            let found = Quantisation { weights, factors, dc: dc.into() };
            self.quantisation = Some(Box::new(found));
        }
        Ok(())
    }

    /// Makes samples of a row of blocks.
    fn row(&self, y: u32, quantisation: &Quantisation, plane: &mut Plane) {
        let stride = self.component.stride_blocks as usize;
        let blocks = y as usize * stride..(y as usize + 1) * stride;
        let dc = self.dc.get(blocks.clone()).unwrap_or_default().iter();
        let size = self.component.size;
        let starts = (plane.start(0, y, size)..).step_by(size.0 as usize);
        let dc = starts.zip(dc.map(|dc| i32::from(*dc)));
        let dequantised = |dc: i32| dc.wrapping_mul(quantisation.dc);
        match &self.ac {
            StoredAc::None => {
                for (start, dc) in dc {
                    plane.put(start, [[one(dequantised(dc))]]);
                }
            }
            StoredAc::Sums(all) => {
                for ((start, dc), block) in dc.zip(all.get(blocks).unwrap_or_default()) {
                    plane.put(start, two(dequantised(dc), block.sums));
                }
            }
            StoredAc::Leading(all) => {
                for ((start, dc), values) in dc.zip(all.get(blocks).unwrap_or_default()) {
                    let corner: Corner = values.placed(dc, &quantisation.factors);
                    plane.put(start, corner.three());
                }
            }
            StoredAc::All(all) => {
                for ((start, dc), values) in dc.zip(all.get(blocks).unwrap_or_default()) {
                    let block: Block = values.placed(dc, &quantisation.factors);
                    plane.put_block(start, size, &block, values.last());
                }
            }
        }
    }
}

impl<const COUNT: usize> Values<COUNT> {
    /// Those that are kept, and DC, as the inverse transforms want them.
    #[inline(always)]
    fn placed<const N: usize>(&self, dc: i32, factors: &Factors) -> Placed<N> {
        let mut placed = Placed::new();
        let mut left = self.nonzero & (u64::MAX >> (64 - COUNT));
        while left != 0 {
            let at = left.trailing_zeros();
            left &= left - 1;
            let value = self.values.get(at as usize).copied().unwrap_or_default();
            placed.add(factors, at, value.into());
        }
        placed.add(factors, 0, dc);
        placed
    }

    /// The last place of one that is not 0.
    fn last(&self) -> u32 {
        63 - (self.nonzero | 1).leading_zeros()
    }
}
