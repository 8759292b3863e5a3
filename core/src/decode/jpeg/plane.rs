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
    /// Puts the samples of a block, `x` and `y` counted in blocks.
    #[inline(always)]
    pub(super) fn put<const W: usize, const H: usize>(
        &mut self,
        x: u32,
        y: u32,
        samples: [[u8; W]; H],
    ) {
        let first_row = i64::from(y) * i64::try_from(H).unwrap_or_default();
        let Ok(row) = usize::try_from(first_row - self.first) else { return };
        let start = row * self.stride + x as usize * W;
        let Some(rows) = self.samples.get_mut(start..) else { return };
        for (to, from) in rows.chunks_mut(self.stride).zip(samples) {
            if let Some(to) = to.first_chunk_mut::<W>() {
                *to = from;
            }
        }
    }

    /// Puts a block that becomes `size` samples, across and down: 4 or more of them. There is no coefficient behind
    /// `last`.
    #[inline(never)]
    pub(super) fn put_block(&mut self, x: u32, y: u32, size: (u32, u32), block: &Block, last: u32) {
        match size {
            (4, 4) => self.put(x, y, block.four(last)),
            (6, 6) => self.put(x, y, block.six(last)),
            (6, 3) => self.put(x, y, block.six_by_three()),
            (3, 6) => self.put(x, y, block.three_by_six()),
            _ => self.put(x, y, block.eight(last)),
        }
    }

    /// A row by its number in the whole plane.
    pub(super) fn row(&self, row: u32, width: usize) -> &[u8] {
        let at = usize::try_from(i64::from(row) - self.first).unwrap_or(usize::MAX);
        let start = at.saturating_mul(self.stride);
        self.samples.get(start..start.saturating_add(width)).unwrap_or_default()
    }
}
