//! The blocks of a picture, component by component (T.81, A.1 and A.2).

use super::forward_dct::{Block, forward};
use super::planes::{Plane, Strip};
use crate::picture::Picture;

/// A picture's blocks.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) mcus_across: usize,
    pub(super) mcus_down: usize,
    pub(super) components: Vec<Component>,
}

/// The blocks of one component, row by row, for whole MCUs.
#[derive(Debug)]
pub(super) struct Component {
    /// Coefficients in parts of [`super::forward_dct::SCALE`], and levels once they are chosen.
    pub(super) blocks: Vec<Block>,
    /// Blocks of a row, for whole MCUs.
    pub(super) across: usize,
    /// Blocks of a row and rows of blocks that show something of the picture.
    pub(super) shown: (usize, usize),
    /// Blocks of an MCU, in a row and in a column: 1 or 2.
    pub(super) sampling: usize,
    /// The number of its tables: 0 for luma, 1 for chroma.
    pub(super) table: u8,
}

impl Frame {
    /// A frame without blocks yet. With `halved` chroma a sample of it stands for 2 x 2 pixels.
    pub(super) fn new(width: u16, height: u16, components: usize, halved: bool) -> Self {
        let mcu = if halved { 16 } else { 8 };
        let (across, down) = (usize::from(width).div_ceil(mcu), usize::from(height).div_ceil(mcu));
        let component = |number: usize| {
            let sampling = if number == 0 { mcu / 8 } else { 1 };
            let pixels = mcu / sampling;
            Component {
                blocks: Vec::new(),
                across: across * sampling,
                shown: (usize::from(width).div_ceil(pixels), usize::from(height).div_ceil(pixels)),
                sampling,
                table: u8::from(number > 0),
            }
        };
        let components = (0..components).map(component).collect();
        Self { width, height, mcus_across: across, mcus_down: down, components }
    }

    /// Columns of pixels of whole MCUs.
    pub(super) fn columns(&self) -> usize {
        self.components.first().map_or(0, |luma| luma.across * 8)
    }

    /// Bytes of the blocks of all components.
    pub(super) fn bytes(&self) -> u64 {
        let blocks = |component: &Component| (component.across * component.sampling) as u64;
        let blocks = self.components.iter().map(blocks).sum::<u64>() * self.mcus_down as u64;
        blocks * size_of::<Block>() as u64
    }

    /// Fills the blocks with a picture's coefficients.
    pub(super) fn transform(&mut self, picture: &Picture<'_>, halved: bool) {
        let mut strip = Strip::new(self.columns(), self.components.len(), halved);
        for component in &mut self.components {
            let blocks = component.across * component.sampling * self.mcus_down;
            component.blocks.reserve_exact(blocks);
        }
        for top in (0..picture.height).step_by(strip.height as usize) {
            strip.fill(picture, top);
            for (component, plane) in self.components.iter_mut().zip(&strip.planes) {
                component.add(plane);
            }
        }
    }
}

impl Component {
    /// Adds the blocks of a row of MCUs.
    pub(super) fn add(&mut self, plane: &Plane) {
        for rows in plane.samples.chunks_exact(plane.stride * 8) {
            for column in 0..self.across {
                let mut samples = [[0.0; 8]; 8];
                for (to, row) in samples.iter_mut().zip(rows.chunks_exact(plane.stride)) {
                    let (eights, _) = row.as_chunks::<8>();
                    *to = eights.get(column).copied().unwrap_or_default();
                }
                self.blocks.push(forward(samples));
            }
        }
    }

    /// The places of the blocks of a row of MCUs, in the order of an interleaved scan, and whether each shows something of
    /// the picture.
    pub(super) fn coding_order(&self, mcu_row: usize) -> impl Iterator<Item = (usize, bool)> {
        let (sampling, across, shown) = (self.sampling, self.across, self.shown);
        (0..across / sampling).flat_map(move |mcu| {
            (0..sampling * sampling).map(move |block| {
                let (x, y) =
                    (mcu * sampling + block % sampling, mcu_row * sampling + block / sampling);
                (y * across + x, x < shown.0 && y < shown.1)
            })
        })
    }
}
