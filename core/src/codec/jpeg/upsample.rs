//! Planes to pixels: components with fewer samples than others are upsampled, and rows of all become rows of pixels.

use super::color::convert;
use super::headers::Colours;
use super::plane::Plane;
use super::scaled::{ScaledComponent, ScaledFrame};
use crate::picture::Picture;

/// Turns rows of planes into rows of a picture.
pub(super) struct Output {
    colours: Colours,
    components: Vec<ScaledComponent>,
    /// A row as wide as the picture of each component that has to be upsampled.
    upsampled: Vec<Vec<u8>>,
    /// A row of sums of two rows, while one is upsampled vertically.
    sums: Vec<u16>,
    smooth: bool,
    width: usize,
}

impl Output {
    /// Bytes that it allocates.
    pub(super) fn working(frame: &ScaledFrame) -> u64 {
        u64::from(frame.width + 8) * (frame.components.len() as u64 + 2)
    }

    pub(super) fn new(frame: &ScaledFrame, colours: Colours) -> Self {
        let width = frame.width as usize;
        let upsampled = |component: &ScaledComponent| {
            if component.across * component.down > 1 { vec![0; width + 8] } else { Vec::new() }
        };
        Self {
            colours,
            components: frame.components.clone(),
            upsampled: frame.components.iter().map(upsampled).collect(),
            sums: vec![0; width / 2 + 2],
            // libjpeg's rule: single samples of blocks are too coarse for smoothing to be worth it.
            smooth: frame.components.iter().all(|component| component.size != (1, 1)),
            width,
        }
    }

    /// Whether a row needs the row of samples after its own.
    pub(super) fn looks_ahead(&self) -> bool {
        self.smooth && self.components.iter().any(|component| component.down == 2)
    }

    /// Writes the rows `from` to `to` of the picture.
    pub(super) fn write(&mut self, planes: &[Plane], from: u32, to: u32, out: &mut Picture<'_>) {
        for y in from..to {
            for ((component, plane), row) in
                self.components.iter().zip(planes).zip(&mut self.upsampled)
            {
                if !row.is_empty() {
                    upsample(component, plane, y, self.smooth, &mut self.sums, row);
                }
            }
            let row = |index: usize| -> &[u8] {
                let (Some(component), Some(plane), Some(upsampled)) =
                    (self.components.get(index), planes.get(index), self.upsampled.get(index))
                else {
                    return &[];
                };
                if upsampled.is_empty() {
                    plane.row(y.min(component.height - 1), self.width)
                } else {
                    upsampled.get(..self.width).unwrap_or_default()
                }
            };
            let rows = [row(0), row(1), row(2), row(3)];
            if let Some(pixels) = out.row_mut(y) {
                convert(self.colours, rows, pixels);
            }
        }
    }
}

/// One row of a component at the picture's width, `y` counted in the picture.
fn upsample(
    component: &ScaledComponent,
    plane: &Plane,
    y: u32,
    smooth: bool,
    sums: &mut [u16],
    row: &mut [u8],
) {
    let width = component.width as usize;
    let last = component.height - 1;
    let near = (y / component.down).min(last);
    let samples = plane.row(near, width);
    // libjpeg's rule, too: there is no middle in which to upsample two samples.
    let two_columns = component.across == 2 && width <= 2;
    if !smooth || two_columns || component.across > 2 || component.down > 2 {
        return repeat(samples, component.across as usize, row);
    }
    if component.down == 1 {
        return upsample_h2v1(samples, row);
    }
    // The other row is above for an upper row of the two that share this one, below for a lower.
    let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(last) };
    let far = plane.row(far, width);
    if component.across == 1 {
        let half = if y.is_multiple_of(2) { 1 } else { 2 };
        for ((to, near), far) in row.iter_mut().zip(samples).zip(far) {
            *to = narrow((3 * u16::from(*near) + u16::from(*far) + half) >> 2);
        }
        return;
    }
    for ((sum, near), far) in sums.iter_mut().zip(samples).zip(far) {
        *sum = 3 * u16::from(*near) + u16::from(*far);
    }
    upsample_h2v2(sums.get(..width).unwrap_or_default(), row);
}

fn narrow(value: u16) -> u8 {
    let [low, _] = value.to_le_bytes();
    low
}

fn repeat(samples: &[u8], times: usize, row: &mut [u8]) {
    for (pixels, sample) in row.chunks_mut(times).zip(samples) {
        pixels.fill(*sample);
    }
}

/// Twice as wide, each pixel three parts of its sample and one of the neighbour that it is nearer to.
fn upsample_h2v1(samples: &[u8], row: &mut [u8]) {
    upsample_by(samples, row, |before, sample, after| {
        let three = 3 * u16::from(sample);
        [narrow((three + u16::from(before) + 1) >> 2), narrow((three + u16::from(after) + 2) >> 2)]
    });
}

/// As [`upsample_h2v1`], of sums that are four times a sample.
fn upsample_h2v2(sums: &[u16], row: &mut [u8]) {
    upsample_by(sums, row, |before, sum, after| {
        [narrow((3 * sum + before + 8) >> 4), narrow((3 * sum + after + 7) >> 4)]
    });
}

/// Two pixels for each sample, from it and its neighbours; at an end it is its own.
#[inline(always)]
fn upsample_by<T: Copy>(samples: &[T], row: &mut [u8], two: impl Fn(T, T, T) -> [u8; 2]) {
    let (pairs, _) = row.as_chunks_mut::<2>();
    let (Some(pairs), [start, ..], [.., end]) = (pairs.get_mut(..samples.len()), samples, samples)
    else {
        return;
    };
    let [first, inner @ .., last] = pairs else {
        // One sample.
        return pairs.fill(two(*start, *start, *end));
    };
    let (second, before_end) = (samples.get(1), samples.iter().rev().nth(1));
    *first = two(*start, *start, *second.unwrap_or(end));
    *last = two(*before_end.unwrap_or(start), *end, *end);
    let (middle, after) = (samples.iter().skip(1), samples.iter().skip(2));
    for (((pair, before), sample), after) in inner.iter_mut().zip(samples).zip(middle).zip(after) {
        *pair = two(*before, *sample, *after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upsampling_takes_a_quarter_of_the_nearer_neighbour() {
        for width in 1..40_u8 {
            let samples: Vec<u8> = (0..width).map(|at| at.wrapping_mul(57)).collect();
            let mut row = vec![0; 2 * usize::from(width)];
            upsample_h2v1(&samples, &mut row);
            let sums: Vec<u16> = samples.iter().map(|sample| 4 * u16::from(*sample)).collect();
            let mut row_of_sums = row.clone();
            upsample_h2v2(&sums, &mut row_of_sums);
            for (at, (found, of_sums)) in row.iter().zip(&row_of_sums).enumerate() {
                let near = f64::from(samples[at / 2]);
                let other = if at % 2 == 0 { (at / 2).saturating_sub(1) } else { at / 2 + 1 };
                let other = f64::from(samples[other.min(samples.len() - 1)]);
                let exact = (3.0 * near + other) / 4.0;
                assert!((f64::from(*found) - exact).abs() <= 0.5, "{width} {at}");
                assert!((f64::from(*of_sums) - exact).abs() <= 0.5, "{width} {at}");
            }
        }
    }
}
