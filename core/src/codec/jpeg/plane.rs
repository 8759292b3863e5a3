//! Samples of a component.

use super::idct::Block;

/// A window on the rows of a component's samples.
#[derive(Debug, Default)]
pub(super) struct Plane {
    pub(super) samples: Vec<u8>,
    pub(super) stride: usize,
    /// The row that the window begins with.
    pub(super) first: i64,
}

impl Plane {
    /// Where the samples of a block begin that becomes `size` of them; `x` and `y` are counted in blocks. Far after the last
    /// sample if the block is above the window.
    #[inline(always)]
    pub(super) fn start(&self, x: u32, y: u32, (width, height): (u32, u32)) -> usize {
        let row = usize::try_from(i64::from(y) * i64::from(height) - self.first);
        let row_start = row.map_or(usize::MAX / 2, |row| row * self.stride);
        row_start + x as usize * width as usize
    }

    /// Puts the samples of a block that begin there.
    #[inline(always)]
    pub(super) fn put<const W: usize, const H: usize>(
        &mut self,
        start: usize,
        samples: [[u8; W]; H],
    ) {
        let Some(rows) = self.samples.get_mut(start..) else { return };
        // One row is nothing to be cut.
        let stride = if H == 1 { rows.len().max(1) } else { self.stride };
        for (to, from) in rows.chunks_mut(stride).zip(samples) {
            if let Some(to) = to.first_chunk_mut::<W>() {
                *to = from;
            }
        }
    }

    /// Puts a block that becomes `size` samples, across and down: 4 or more of them. There is no coefficient after
    /// `last`.
    #[inline(never)]
    pub(super) fn put_block(&mut self, start: usize, size: (u32, u32), block: &Block, last: u32) {
        match size {
            (4, 4) => self.put(start, block.four(last)),
            (6, 6) => self.put(start, block.six(last)),
            (6, 3) => self.put(start, block.six_by_three()),
            (3, 6) => self.put(start, block.three_by_six()),
            _ => self.put(start, block.eight(last)),
        }
    }

    /// A row by its number in the whole plane.
    pub(super) fn row(&self, row: u32, width: usize) -> &[u8] {
        let at = usize::try_from(i64::from(row) - self.first).unwrap_or(usize::MAX);
        let start = at.saturating_mul(self.stride);
        self.samples.get(start..start.saturating_add(width)).unwrap_or_default()
    }
}
