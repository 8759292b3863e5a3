//! Y, U and V of a picture: BT.601 in the video range, and one sample of U and V for four pixels (RFC 6386, section 9.2).

/// The pixels of a macroblock.
pub(super) struct Source {
    pub(super) luma: [[u8; 16]; 16],
    /// Rows of U, and beside them those of V.
    pub(super) chroma: [[u8; 16]; 8],
}

/// A picture's planes, in whole macroblocks.
pub(in crate::codec::webp) struct Planes {
    luma: Vec<u8>,
    /// Rows of U, and beside each the same of V.
    chroma: Vec<u8>,
    /// Macroblocks across.
    pub(super) wide: usize,
}

impl Planes {
    /// Planes of so many macroblocks across, without rows yet.
    pub(in crate::codec::webp) const fn new(wide: usize) -> Self {
        Self { luma: Vec::new(), chroma: Vec::new(), wide }
    }

    /// Adds two rows of RGB pixels, in whole macroblocks.
    pub(in crate::codec::webp) fn push(&mut self, upper: &[[u8; 3]], lower: &[[u8; 3]]) {
        self.luma.extend(upper.iter().chain(lower).map(|pixel| light(*pixel)));
        for factors in [[-9714, -19_071, 28_785], [28_785, -24_104, -4681]] {
            let fours = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            self.chroma.extend(fours.map(|(upper, lower)| {
                let mut sum = [0; 3];
                for pixel in upper.iter().chain(lower) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += i32::from(*value));
                }
                colour(sum, factors)
            }));
        }
    }

    /// Repeats the last rows until macroblocks are whole.
    pub(in crate::codec::webp) fn complete(&mut self) {
        let stride = self.wide * 16;
        for (plane, size) in [(&mut self.luma, stride * 16), (&mut self.chroma, stride * 8)] {
            let last = plane.len().saturating_sub(stride)..plane.len();
            while !plane.len().is_multiple_of(size.max(1)) {
                plane.extend_from_within(last.clone());
            }
        }
    }

    /// The places of all macroblocks, row by row.
    pub(super) fn macroblocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let wide = self.wide.max(1);
        (0..self.luma.len() / 256).map(move |index| (index % wide, index / wide))
    }

    /// The pixels of a macroblock.
    pub(super) fn macroblock(&self, x: usize, y: usize) -> Source {
        let stride = self.wide * 16;
        let mut source = Source { luma: [[0; 16]; 16], chroma: [[0; 16]; 8] };
        let rows = self.luma.get(y * 16 * stride..).unwrap_or_default().chunks_exact(stride);
        for (to, row) in source.luma.iter_mut().zip(rows) {
            *to = row.as_chunks().0.get(x).copied().unwrap_or_default();
        }
        let rows = self.chroma.get(y * 8 * stride..).unwrap_or_default().chunks_exact(stride);
        for (to, row) in source.chroma.iter_mut().zip(rows) {
            let eights = row.as_chunks::<8>().0;
            let (u, v) = (eights.get(x), eights.get(x + self.wide));
            let halves = to.as_chunks_mut::<8>().0.iter_mut();
            halves.zip([u, v]).for_each(|(to, half)| *to = half.copied().unwrap_or_default());
        }
        source
    }
}

/// 16 bits of fraction.
fn light([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 16_829 * i32::from(red) + 33_039 * i32::from(green) + 6_416 * i32::from(blue);
    narrow((sum + (16 << 16) + (1 << 15)) >> 16)
}

/// From the sums of four pixels: 18 bits of fraction.
fn colour(sum: [i32; 3], factors: [i32; 3]) -> u8 {
    let sum: i32 = sum.into_iter().zip(factors).map(|(sum, factor)| sum * factor).sum();
    narrow((sum + (128 << 18) + (1 << 17)) >> 18)
}

fn narrow(value: i32) -> u8 {
    let [low, ..] = value.clamp(0, 255).to_le_bytes();
    low
}
