//! Chooses the levels of a picture's coefficients.

use super::dc_trellis::{Step, choose_dc};
use super::forward_dct::Block;
use super::frame::{Component, Frame};
use super::quantisation::Quantiser;
use super::rates::Rates;
use super::sequential;
use super::sink::Counter;
use super::trellis::{choose_ac, masking};

/// Bytes that are needed beside a frame's blocks.
pub(super) fn bytes(frame: &Frame) -> u64 {
    let row = frame.components.iter().map(|component| component.across * component.sampling).max();
    row.unwrap_or_default() as u64 * size_of::<Step>() as u64
}

/// Makes levels of all coefficients: the nearest ones, or by rate and distortion in one pass or more. The first pass takes the
/// nearest levels for what symbols cost.
pub(super) fn choose(frame: &mut Frame, quantisers: &[Quantiser], passes: u32) {
    let raw: Vec<Vec<Block>> = if passes > 1 {
        frame.components.iter().map(|component| component.blocks.clone()).collect()
    } else {
        Vec::new()
    };
    let mut counter = Counter::new();
    for (component, quantiser) in with_quantisers(frame, quantisers) {
        let mut last = 0;
        for block in &mut component.blocks {
            let nearest = quantiser.nearest(block);
            if passes == 0 {
                *block = nearest;
            } else {
                sequential::block::<true>(&nearest, &mut last, component.table, &mut counter);
            }
        }
    }
    for pass in 0..passes {
        if pass > 0 {
            counter = sequential::count::<true>(frame);
            for (component, raw) in frame.components.iter_mut().zip(&raw) {
                component.blocks.copy_from_slice(raw);
            }
        }
        let rates = counter.tables.each_ref().map(Rates::new);
        for (component, quantiser) in with_quantisers(frame, quantisers) {
            if let Some(rates) = rates.get(usize::from(component.table)) {
                choose_of_component(component, quantiser, rates);
            }
        }
    }
}

fn with_quantisers<'f>(
    frame: &'f mut Frame,
    quantisers: &'f [Quantiser],
) -> impl Iterator<Item = (&'f mut Component, &'f Quantiser)> {
    frame.components.iter_mut().filter_map(|component| {
        let quantiser = quantisers.get(usize::from(component.table))?;
        Some((component, quantiser))
    })
}

fn choose_of_component(component: &mut Component, quantiser: &Quantiser, rates: &Rates) {
    let mut steps = Vec::with_capacity(component.across * component.sampling);
    let mut last = 0;
    for mcu_row in 0..component.blocks.len() / (component.across * component.sampling) {
        choose_dc(component, mcu_row, quantiser, rates, &mut last, &mut steps);
    }
    let (columns, rows) = component.shown;
    for (y, row) in component.blocks.chunks_exact_mut(component.across).enumerate() {
        for (x, block) in row.iter_mut().enumerate() {
            if x < columns && y < rows {
                let weight = masking(block);
                choose_ac(block, quantiser, rates, weight);
            } else {
                let [_, ac @ ..] = block;
                ac.fill(0);
            }
        }
    }
}
