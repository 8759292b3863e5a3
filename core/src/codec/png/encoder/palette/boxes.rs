//! Boxes of similar colours, divided until there are as many as the palette has places.

use std::ops::Range;

use super::cells::Cell;
use super::space::{Class, Colour};

/// Cells side by side, and the division that lowers their variance most.
struct Division {
    cells: Range<usize>,
    /// Where the second part starts.
    middle: usize,
    /// By how much the sum of squares falls, 0 if it cannot.
    gain: u64,
}

/// The means of at most `most` boxes, at least one for each class. Puts the cells of a box side by side.
pub(super) fn divide(cells: &mut [Cell], most: usize) -> Vec<Colour> {
    cells.sort_by_key(|cell| cell.mean.class);
    let mut boxes = Vec::with_capacity(most);
    let mut start = 0;
    for class in Class::ALL {
        let end = cells.partition_point(|cell| cell.mean.class <= class);
        if start < end {
            boxes.push(best(cells, start..end));
        }
        start = end;
    }
    while boxes.len() < most {
        // The first of those that gain most.
        let found = boxes.iter_mut().rev().max_by_key(|division| division.gain);
        let Some(found) = found.filter(|division| division.gain > 0) else { break };
        let (first, second) = (found.cells.start..found.middle, found.middle..found.cells.end);
        *found = best(cells, first);
        let second = best(cells, second);
        boxes.push(second);
    }
    boxes
        .into_iter()
        .filter_map(|division| cells.get(division.cells))
        .filter_map(|cells| {
            let class = cells.first()?.mean.class;
            let mut total = Total::default();
            cells.iter().for_each(|cell| total.add(cell));
            Some(Colour { class, at: total.mean() })
        })
        .collect()
}

/// The best division of a box, whose cells become sorted along the axis of the greatest variance.
fn best(cells: &mut [Cell], range: Range<usize>) -> Division {
    let mut division = Division { cells: range.clone(), middle: range.end, gain: 0 };
    let Some(cells) = cells.get_mut(range.clone()) else { return division };
    let mut total = Total::default();
    cells.iter().for_each(|cell| total.add(cell));
    let mean = total.mean();
    let mut variances = [0_u128; 4];
    for cell in cells.iter() {
        for ((variance, value), mean) in variances.iter_mut().zip(cell.mean.at).zip(mean) {
            *variance += u128::from((value - mean).unsigned_abs()).pow(2) * u128::from(cell.weight);
        }
    }
    let axis = (0..4).max_by_key(|axis| variances.get(*axis)).unwrap_or_default();
    cells.sort_by_key(|cell| cell.mean.at.get(axis).copied());
    let mut first = Total::default();
    for (middle, cell) in (range.start + 1..range.end).zip(cells.iter()) {
        first.add(cell);
        let gain = first.gain(&total);
        if gain > division.gain {
            (division.middle, division.gain) = (middle, gain);
        }
    }
    division
}

/// Pixels and the sums of their values.
#[derive(Clone, Copy, Default)]
pub(super) struct Total {
    pub(super) weight: u64,
    sums: [u64; 4],
}

impl Total {
    pub(super) fn add(&mut self, cell: &Cell) {
        self.weight += cell.weight;
        for (sum, value) in self.sums.iter_mut().zip(cell.mean.at) {
            *sum += u64::from(value.unsigned_abs()) * cell.weight;
        }
    }

    pub(super) fn mean(&self) -> [i32; 4] {
        let whole = self.weight.max(1);
        self.sums.map(|sum| i32::try_from((sum + whole / 2) / whole).unwrap_or_default())
    }

    /// By how much the sum of squares falls where this part of `whole` has a mean of its own.
    fn gain(&self, whole: &Self) -> u64 {
        let rest = whole.weight - self.weight;
        let parts = self.sums.iter().zip(whole.sums);
        let apart = parts.map(|(sum, whole)| {
            let (mean, other) = (sum * 8 / self.weight, (whole - sum) * 8 / rest);
            mean.abs_diff(other).pow(2)
        });
        let parts = u128::from(self.weight) * u128::from(rest) * u128::from(apart.sum::<u64>());
        u64::try_from(parts / u128::from(whole.weight)).unwrap_or(u64::MAX)
    }
}
