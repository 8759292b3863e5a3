//! The picture's colours, similar ones counted together as far as there are too many.

use super::super::colours::each;
use super::space::{Class, Colour, STEPS, multiplied};
use crate::picture::Picture;

/// Similar colours: how many pixels, and their mean.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    pub(super) weight: u64,
    pub(super) mean: Colour,
}

/// The most cells. Photographs of 256 x 256 pixels have some 3000 if 3 bits of a level are left out.
const MOST: usize = 1 << 13;

/// Twice as many, so that few collide.
const SLOTS: usize = 2 * MOST;

/// Bytes of the cells, and of two tables: the smaller one is made from the larger.
pub(super) const BYTES: u64 = (2 * SLOTS * size_of::<Slot>() + MOST * size_of::<Cell>()) as u64;

/// The high bits of premultiplied R, G and B, and of alpha.
type Key = (Class, [u8; 4]);

/// A key, the number of its pixels, and the sums of what [`multiplied`] says of them. Free if there are no pixels.
type Slot = (Key, u64, [u64; 4]);

const FREE: Slot = ((Class::Opaque, [0; 4]), 0, [0; 4]);

pub(super) fn of(picture: &Picture<'_>) -> Vec<Cell> {
    let mut table = Table { slots: vec![FREE; SLOTS], used: 0, shift: 0 };
    each(picture, |pixel| {
        let [.., alpha] = pixel;
        let values = multiplied(pixel);
        let levels = values.map(|value| u8::try_from(value / 255).unwrap_or(u8::MAX));
        table.add((Class::of(alpha), levels), 1, values.map(u64::from));
    });
    let mut cells = Vec::with_capacity(table.used);
    let used = table.slots.iter().filter(|(_, weight, _)| *weight > 0);
    cells.extend(used.map(|((class, _), weight, sums)| {
        let whole = weight * 255;
        let at = sums.map(|sum| {
            let scaled = (sum * u64::from(STEPS.unsigned_abs()) + whole / 2) / whole;
            i32::try_from(scaled).unwrap_or_default()
        });
        Cell { weight: *weight, mean: Colour { class: *class, at } }
    }));
    cells
}

struct Table {
    slots: Vec<Slot>,
    used: usize,
    /// How many bits of each level do not count.
    shift: u32,
}

impl Table {
    fn add(&mut self, (class, levels): Key, weight: u64, sums: [u64; 4]) {
        self.put((class, shifted(levels, self.shift)), weight, sums);
        while self.used > MOST {
            self.coarsen();
        }
    }

    /// Leaves out one more bit of each level.
    fn coarsen(&mut self) {
        let old = std::mem::replace(&mut self.slots, vec![FREE; SLOTS]);
        self.shift += 1;
        self.used = 0;
        for ((class, levels), weight, sums) in old {
            if weight > 0 {
                self.put((class, shifted(levels, 1)), weight, sums);
            }
        }
    }

    fn put(&mut self, key: Key, weight: u64, sums: [u64; 4]) {
        let (before, from) = self.slots.split_at_mut_checked(hash(key)).unwrap_or_default();
        let mut slots = from.iter_mut().chain(before);
        let found = slots.find(|(other, weight, _)| *weight == 0 || *other == key);
        let Some((found, total, totals)) = found else { return };
        if *total == 0 {
            *found = key;
            self.used += 1;
        }
        *total += weight;
        totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }
}

fn shifted(levels: [u8; 4], bits: u32) -> [u8; 4] {
    levels.map(|level| level.checked_shr(bits).unwrap_or_default())
}

/// The slot where the search for a key starts.
fn hash((class, levels): Key) -> usize {
    let key = u64::from(u32::from_le_bytes(levels)) << 2 | class as u64;
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50) as usize % SLOTS
}
