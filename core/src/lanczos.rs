//! Lanczos3, and what it makes of the pixels of one side.

use std::f64::consts::PI;

/// How many pixels the kernel reaches to either side.
pub(crate) const REACH: f64 = 3.0;

/// The kernel of the resizer, but with a sine that is the same on every platform: `f64::sin` is the C library's, and these
/// differ in the last place.
pub(crate) fn weight(x: f64) -> f64 {
    if (-REACH..REACH).contains(&x) { sinc(x) * sinc(x / REACH) } else { 0.0 }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { libm::sin(x * PI) / (x * PI) }
}

/// A part of one side of a picture, and how many pixels become of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Part {
    /// Where it begins.
    pub(crate) start: f64,
    /// Pixels of the picture; above 0.
    pub(crate) length: f64,
    /// Pixels of the thumbnail.
    pub(crate) count: u32,
}

impl Part {
    /// Whether pixels have to be made that are not in the picture as they are.
    pub(crate) fn resizes(&self) -> bool {
        self.length != f64::from(self.count) || self.start.fract() != 0.0
    }

    /// Pixels of the picture for one of the thumbnail, by the resizer's own arithmetic.
    fn scale(&self) -> f64 {
        ((self.start + self.length) - self.start) / f64::from(self.count)
    }

    fn radius(&self) -> f64 {
        REACH * self.scale().max(1.0)
    }

    /// How many pixels one is made of, at the most.
    pub(crate) fn window(&self) -> u64 {
        as_u32(self.radius().ceil()).saturating_mul(2).saturating_add(1).into()
    }
}

/// The weights of the pixels that each pixel of a thumbnail is made of: bit for bit those of the crate `fast_image_resize`
/// for 8-bit samples.
#[derive(Debug)]
pub(crate) struct Weights {
    all: Vec<i16>,
    spans: Vec<Span>,
    /// Bits of a weight's fraction.
    pub(crate) precision: u32,
}

/// The pixels that one is made of.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: u32,
    count: u32,
    /// Of its first weight, among all.
    at: usize,
}

impl Weights {
    /// Bytes that weights take, and making them.
    pub(crate) fn bytes(part: &Part) -> u64 {
        // Each as f64, then as i16; and 16 for a span.
        u64::from(part.count).saturating_mul(part.window().saturating_mul(10).saturating_add(16))
    }

    /// Of a part of a side of `stored` pixels.
    pub(crate) fn new(stored: u32, part: &Part) -> Self {
        let most = usize::try_from(part.window() * u64::from(part.count)).unwrap_or(0);
        let mut exact = Vec::with_capacity(most);
        let mut spans = Vec::with_capacity(part.count as usize);
        for index in 0..part.count {
            spans.push(span(stored, part, index, &mut exact));
        }
        let precision = precision(exact.iter().copied().fold(0.0, f64::max));
        let one = f64::from(1_u32 << precision);
        #[expect(clippy::cast_possible_truncation, reason = "`as` stops at the ends of i16")]
        let all = exact.iter().map(|weight| (weight * one).round() as i16).collect();
        Self { all, spans, precision }
    }

    /// The first pixel that pixel `index` of the thumbnail is made of, and the weights of that one and of those after it;
    /// `None` after the last.
    pub(crate) fn of(&self, index: usize) -> Option<(u32, &[i16])> {
        let span = self.spans.get(index)?;
        let weights = self.all.get(span.at..)?.get(..span.count as usize)?;
        Some((span.first, weights))
    }
}

/// Appends the weights of one pixel, of which the sum is 1 and neither the first nor the last is 0.
fn span(stored: u32, part: &Part, index: u32, exact: &mut Vec<f64>) -> Span {
    let (scale, radius) = (part.scale(), part.radius());
    let narrowing = 1.0 / scale.max(1.0);
    let middle = part.start + (f64::from(index) + 0.5) * scale;
    let start = as_u32((middle - radius).floor());
    let end = as_u32((middle + radius).ceil().min(stored.into()));
    let middle = middle - 0.5;
    let at = exact.len();
    let (mut first, mut sum) = (start, 0.0);
    for x in start..end {
        let weight = weight((f64::from(x) - middle) * narrowing);
        if exact.len() == at && weight == 0.0 {
            first = x + 1;
        } else {
            exact.push(weight);
            sum += weight;
        }
    }
    while exact.len() > at && exact.last() == Some(&0.0) {
        exact.pop();
    }
    if sum != 0.0 {
        exact.iter_mut().skip(at).for_each(|weight| *weight /= sum);
    }
    Span { first, count: u32::try_from(exact.len() - at).unwrap_or(0), at }
}

/// As many bits as leave the largest weight within 16 with its sign, but no more than a sum of 32 has room for.
fn precision(largest: f64) -> u32 {
    let fits = |bits: u32| (largest * f64::from(1_u32 << bits)).round() < f64::from(1 << 15);
    (1..22).take_while(|bits| fits(*bits)).last().unwrap_or(0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` stops at the ends of u32"
)]
fn as_u32(value: f64) -> u32 {
    value as u32
}
