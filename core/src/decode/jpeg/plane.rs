//! Samples of a component.

use super::idct::Samples;

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
    pub(super) fn put<const N: usize>(&mut self, x: u32, y: u32, samples: Samples<N>) {
        let first_row = i64::from(y) * i64::try_from(N).unwrap_or_default();
        let Ok(row) = usize::try_from(first_row - self.first) else { return };
        let start = row * self.stride + x as usize * N;
        let Some(rows) = self.samples.get_mut(start..) else { return };
        for (to, from) in rows.chunks_mut(self.stride).zip(samples) {
            if let Some(to) = to.first_chunk_mut::<N>() {
                *to = from;
            }
        }
    }

    /// A row by its number in the whole plane.
    pub(super) fn row(&self, row: u32, width: usize) -> &[u8] {
        let at = usize::try_from(i64::from(row) - self.first).unwrap_or(usize::MAX);
        let start = at.saturating_mul(self.stride);
        self.samples.get(start..start.saturating_add(width)).unwrap_or_default()
    }
}
