//! The passes of a PNG: the whole picture, or Adam7's seven (W3C PNG, third edition, section 8.2).

/// Pixels that are stored together: of each row and column from a first on, every so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) x_step: u32,
    pub(super) y_step: u32,
    /// Pixels of a row; never 0.
    pub(super) width: u32,
    /// Rows; never 0.
    pub(super) height: u32,
}

/// First column and row, and the steps to the next.
const ADAM7: [[u32; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

/// The passes that have pixels.
pub(super) fn passes(width: u32, height: u32, interlaced: bool) -> impl Iterator<Item = Pass> {
    let passes: &[[u32; 4]] = if interlaced { &ADAM7 } else { &[[0, 0, 1, 1]] };
    passes.iter().filter_map(move |[x, y, x_step, y_step]| {
        Some(Pass {
            x: *x,
            y: *y,
            x_step: *x_step,
            y_step: *y_step,
            width: width.checked_sub(*x).filter(|left| *left > 0)?.div_ceil(*x_step),
            height: height.checked_sub(*y).filter(|left| *left > 0)?.div_ceil(*y_step),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_in_one_pass() {
        for (width, height) in [(1, 1), (2, 3), (5, 1), (1, 9), (8, 8), (13, 11)] {
            for interlaced in [false, true] {
                let mut seen = vec![0; (width * height) as usize];
                for pass in passes(width, height, interlaced) {
                    for row in 0..pass.height {
                        for column in 0..pass.width {
                            let (x, y) =
                                (pass.x + column * pass.x_step, pass.y + row * pass.y_step);
                            seen[(y * width + x) as usize] += 1;
                        }
                    }
                }
                assert!(seen.iter().all(|times| *times == 1), "{width} x {height}");
            }
        }
    }
}
