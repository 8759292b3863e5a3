//! Rows of chroma with a sample for each pixel.

use std::ops::Range;

use super::frame::{Chroma, Frame};
use crate::codec::chroma::repeat;

/// A part of a row of the plane 1 or 2. `lines` are overwritten.
pub(super) fn chroma(
    frame: &Frame<'_>,
    plane: usize,
    y: u32,
    x: &Range<u32>,
    lines: &mut [Vec<u16>; 2],
    to: &mut Vec<u16>,
) {
    to.clear();
    let (across, down) = frame.chroma.pixels();
    let count = (x.end - x.start) as usize;
    let [near, far] = lines;
    near.clear();
    match frame.chroma {
        Chroma::None | Chroma::All => frame.planes.read(plane, y, x.clone(), to),
        Chroma::Half | Chroma::Quarter if !frame.is_smooth => {
            repeated(frame, plane, y / down, x, near, to);
        }
        Chroma::Half | Chroma::Quarter => {
            let (columns, rows) = (frame.width.div_ceil(across), frame.height.div_ceil(down));
            // With one sample more on each side, where there is one.
            let first = x.start / across;
            let part =
                first.saturating_sub(1)..x.end.div_ceil(across).saturating_add(1).min(columns);
            let row = y / down;
            frame.planes.read(plane, row, part.clone(), near);
            far.clear();
            if down == 2 {
                let other = if y.is_multiple_of(2) {
                    row.saturating_sub(1)
                } else {
                    (row + 1).min(rows - 1)
                };
                frame.planes.read(plane, other, part.clone(), far);
            } else {
                far.extend(&*near);
            }
            // A pixel lies a quarter of the way from the nearest sample to the next, both across and down.
            for (near, far) in near.iter_mut().zip(&*far) {
                *near = weighted(*near, *far, 0);
            }
            if part.start == first {
                near.insert(0, near.first().copied().unwrap_or_default());
            }
            near.push(near.last().copied().unwrap_or_default());
            let middle = near.iter().skip(1);
            let samples = near.iter().zip(middle.clone()).zip(middle.skip(1));
            let pixels = samples.flat_map(|((before, sample), after)| {
                [before, after].map(|other| weighted(*sample, *other, 8) >> 4)
            });
            to.extend(pixels.skip((x.start % across) as usize).take(count));
        }
    }
}

/// A part of a row of samples of which each stands for two pixels. `line` is overwritten.
pub(super) fn repeated(
    frame: &Frame<'_>,
    plane: usize,
    row: u32,
    x: &Range<u32>,
    line: &mut Vec<u16>,
    to: &mut Vec<u16>,
) {
    line.clear();
    frame.planes.read(plane, row, x.start / 2..x.end.div_ceil(2), line);
    let skipped = (x.start % 2) as usize;
    to.resize((x.end - x.start) as usize + skipped, 0);
    repeat(line, to);
    to.drain(..skipped);
}

/// Three parts of the nearer sample and one of the other. Samples have 12 bits at the most, so that 16 times one fits.
fn weighted(near: u16, far: u16, more: u16) -> u16 {
    near.wrapping_mul(3).wrapping_add(far).wrapping_add(more)
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::super::frame::Planes;
    use super::super::properties::{CodePoints, UNSPECIFIED};
    use super::*;
    use crate::budget::Budget;

    /// Rows of two samples.
    struct Two(Vec<[u16; 2]>);

    impl Planes for Two {
        fn read(&self, _: usize, y: u32, x: Range<u32>, to: &mut Vec<u16>) {
            to.extend(&self.0[y as usize][x.start as usize..x.end as usize]);
        }
    }

    fn row(layout: Chroma, is_smooth: bool, y: u32, x: Range<u32>) -> Vec<u16> {
        let budget = Budget::new(Limits::DEFAULT);
        let code_points = CodePoints {
            primaries: UNSPECIFIED,
            transfer: UNSPECIFIED,
            matrix: UNSPECIFIED,
            full_range: true,
        };
        let frame = Frame {
            width: 3,
            height: 3,
            chroma: layout,
            depth: [12; 2],
            code_points,
            has_limits_of_alpha: false,
            is_smooth,
            planes: Box::new(Two(vec![[0, 160], [4000, 4095], [9, 9]])),
            _charge: budget.charge(0, "a test").unwrap(),
        };
        let mut made = Vec::new();
        chroma(&frame, 1, y, &x, &mut Default::default(), &mut made);
        made
    }

    #[test]
    fn chroma_is_interpolated_by_quarters_or_repeated() {
        assert_eq!(row(Chroma::Half, true, 0, 0..3), [0, 40, 120]);
        assert_eq!(row(Chroma::Half, true, 0, 1..2), [40]);
        assert_eq!(row(Chroma::Half, false, 0, 1..3), [0, 160]);
        assert_eq!(row(Chroma::Quarter, true, 0, 0..3), [0, 40, 120]);
        assert_eq!(row(Chroma::Quarter, true, 1, 0..1), [1000]);
        assert_eq!(row(Chroma::Quarter, true, 2, 0..1), [3000]);
        assert_eq!(row(Chroma::Quarter, false, 2, 0..3), [4000, 4000, 4095]);
        assert_eq!(row(Chroma::All, true, 1, 0..2), [4000, 4095]);
    }
}
