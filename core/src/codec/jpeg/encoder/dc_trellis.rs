//! The levels of DC coefficients, which are coded as differences: chosen together along the blocks of a row of MCUs.

use super::frame::Component;
use super::quantisation::Quantiser;
use super::rates::Rates;

const CHOICES: usize = 3;

/// The levels that a block may take, and for each the best way there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    at: usize,
    levels: [i16; CHOICES],
    costs: [f32; CHOICES],
    previous: [u8; CHOICES],
}

/// Chooses the DC levels of a row of MCUs. `last` is the level before it, and then its last one.
pub(super) fn choose_dc(
    component: &mut Component,
    mcu_row: usize,
    quantiser: &Quantiser,
    rates: &Rates,
    last: &mut i16,
    steps: &mut Vec<Step>,
) {
    steps.clear();
    let (step, worth) = (quantiser.step(0), quantiser.worth(0));
    let mut before = Step { levels: [*last; CHOICES], ..Step::default() };
    for (at, shown) in component.coding_order(mcu_row) {
        let value = component.blocks.get(at).and_then(|block| block.first()).copied();
        let value = value.unwrap_or_default();
        let level = quantiser.signed_level(0, value);
        let mut next = Step { at, ..Step::default() };
        // What is not shown costs the least if it takes the level before it.
        next.levels = if shown {
            [level, level - 1, level + 1].map(|level| level.clamp(-1023, 1023))
        } else {
            before.levels
        };
        for ((to, cost), previous) in
            next.levels.iter().zip(&mut next.costs).zip(&mut next.previous)
        {
            let error = (i32::from(*to) * step - i32::from(value)) as f32;
            let distortion = if shown { error * error * worth } else { 0.0 };
            *cost = f32::MAX;
            for ((from, so_far), number) in before.levels.iter().zip(before.costs).zip(0_u8..) {
                let difference = to.abs_diff(*from);
                let size = (16 - difference.leading_zeros()) as usize;
                let all = so_far + distortion + rates.dc(size);
                if all < *cost {
                    (*cost, *previous) = (all, number);
                }
            }
        }
        steps.push(next);
        before = next;
    }
    let mut choice = 0;
    let mut least = f32::MAX;
    for (cost, number) in before.costs.iter().zip(0_u8..) {
        if *cost < least {
            (choice, least) = (number, *cost);
        }
    }
    *last = before.levels.get(usize::from(choice)).copied().unwrap_or_default();
    for step in steps.iter().rev() {
        let number = usize::from(choice);
        let level = step.levels.get(number).copied().unwrap_or_default();
        if let Some([dc, ..]) = component.blocks.get_mut(step.at) {
            *dc = level;
        }
        choice = step.previous.get(number).copied().unwrap_or_default();
    }
}
