//! Samples of a component.

use super::idct::Place;

/// A window on the rows of a component's samples.
#[derive(Debug, Default)]
pub(super) struct Plane {
    pub(super) samples: Vec<u8>,
    pub(super) stride: usize,
    /// The row that the window begins with.
    pub(super) first: i64,
}

impl Plane {
    pub(super) fn at(&mut self, x: u32, y: u32) -> Option<&mut u8> {
        let row = usize::try_from(i64::from(y) - self.first).ok()?;
        self.samples.get_mut(row * self.stride + x as usize)
    }

    /// Where the samples of a block go, `x` and `y` counted in blocks.
    pub(super) fn block(&mut self, x: u32, y: u32, size: u32) -> Option<Place<'_>> {
        let row = usize::try_from(i64::from(y * size) - self.first).ok()?;
        let samples = self.samples.get_mut(row * self.stride + (x * size) as usize..)?;
        Some(Place { samples, stride: self.stride })
    }

    /// A row by its number in the whole plane.
    pub(super) fn row(&self, row: u32, width: usize) -> &[u8] {
        let at = usize::try_from(i64::from(row) - self.first).unwrap_or(usize::MAX);
        let start = at.saturating_mul(self.stride);
        self.samples.get(start..start.saturating_add(width)).unwrap_or_default()
    }
}
