//! Rows of pixels to the rows of a thumbnail, while a decoder delivers them from the top: no picture is held whose rows
//! are not the thumbnail's.
//!
//! The resizer goes down the columns first, then along the rows. This is its first pass, to the last bit.

use wide::{bytemuck, i16x8, i32x4, i32x8, u8x16};

use crate::budget::{Budget, Charge};
use crate::error::Result;
use crate::lanczos::{Part, Weights};

/// Takes in rows of 8-bit samples and makes those of the thumbnail.
#[derive(Debug)]
pub(crate) struct Vertical<'b> {
    weights: Weights,
    /// The last rows, each at its number modulo their count.
    window: Vec<Vec<u8>>,
    /// The row that is being put together.
    current: u32,
    /// Rows of the picture.
    stored: u32,
    /// The thumbnail's next row.
    next: usize,
    made: Vec<u8>,
    /// A pixel that was never delivered.
    neutral: Vec<u8>,
    is_begun: bool,
    _charge: Charge<'b>,
}

impl<'b> Vertical<'b> {
    /// For rows of `stride` samples, of which `stored` come and `part` is shown.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover them.
    pub(crate) fn new(
        stored: u32,
        part: &Part,
        stride: usize,
        neutral: &[u8],
        budget: &'b Budget,
    ) -> Result<Self> {
        // No more than there are.
        let high = part.window().min(stored.into()).max(1);
        let rows = (high + 1).saturating_mul(stride as u64).saturating_add(high * 24);
        let charge = budget.charge(rows.saturating_add(Weights::bytes(part)), "resizing")?;
        Ok(Self {
            weights: Weights::new(stored, part),
            window: (0..high).map(|_| vec![0; stride]).collect(),
            current: 0,
            stored,
            next: 0,
            made: vec![0; stride],
            neutral: neutral.to_vec(),
            is_begun: false,
            _charge: charge,
        })
    }

    /// The samples of row `y`, to be set: neutral ones where none were, unless all of them will be. None for a row before
    /// one that came. Rows that are finished then are given to `finished`.
    pub(crate) fn row(&mut self, y: u32, all: bool, finished: impl FnMut(&[u8])) -> &mut [u8] {
        if y < self.current || y >= self.stored {
            return &mut [];
        }
        self.advance(y, finished);
        if !self.is_begun && !all {
            self.clear();
        }
        self.is_begun = true;
        self.slot(self.current)
    }

    /// Makes what is left of the thumbnail.
    pub(crate) fn finish(&mut self, finished: impl FnMut(&[u8])) {
        self.advance(self.stored, finished);
    }

    /// Completes the rows before row `y`.
    fn advance(&mut self, y: u32, mut finished: impl FnMut(&[u8])) {
        while self.current < y {
            if !self.is_begun {
                self.clear();
            }
            while self.make() {
                finished(&self.made);
            }
            self.current += 1;
            self.is_begun = false;
        }
    }

    fn slot(&mut self, y: u32) -> &mut [u8] {
        let at = y as usize % self.window.len().max(1);
        self.window.get_mut(at).map(Vec::as_mut_slice).unwrap_or_default()
    }

    fn clear(&mut self) {
        let neutral = std::mem::take(&mut self.neutral);
        for pixel in self.slot(self.current).chunks_exact_mut(neutral.len().max(1)) {
            pixel.copy_from_slice(&neutral);
        }
        self.neutral = neutral;
    }

    /// Makes the thumbnail's next row, if all that it is made of is there.
    fn make(&mut self) -> bool {
        let Some((first, weights)) = self.weights.of(self.next) else { return false };
        let end = u64::from(first) + weights.len() as u64;
        if end > u64::from(self.current) + 1 {
            return false;
        }
        let high = self.window.len().max(1);
        let rows = self.window.iter().cycle().skip(first as usize % high);
        let mut rows = rows.map(Vec::as_slice).zip(weights.iter().copied());
        let mut pairs = Vec::with_capacity(weights.len().div_ceil(2));
        for _ in 0..weights.len().div_ceil(2) {
            let Some((upper, a)) = rows.next() else { break };
            // The last of an odd number counts once.
            let (lower, b) = if pairs.len() * 2 + 1 < weights.len() {
                rows.next().unwrap_or((upper, 0))
            } else {
                (upper, 0)
            };
            pairs.push(Pair { upper, lower, weights: [a, b] });
        }
        sum(&pairs, self.weights.precision, &mut self.made);
        self.next += 1;
        true
    }
}

/// Two rows and their weights.
#[derive(Debug)]
struct Pair<'r> {
    upper: &'r [u8],
    lower: &'r [u8],
    weights: [i16; 2],
}

/// As many samples as are summed at once.
type Chunk = [u8; 32];

/// The weighted sums of rows, rounded.
fn sum(pairs: &[Pair<'_>], precision: u32, made: &mut [u8]) {
    let half = (1_i32 << precision) >> 1;
    let (chunks, rest) = made.as_chunks_mut::<{ size_of::<Chunk>() }>();
    let done = chunks.as_flattened().len();
    let in_chunks = pairs.iter().map(|Pair { upper, lower, weights: [a, b] }| {
        let weights = i16x8::new([*a, *b, *a, *b, *a, *b, *a, *b]);
        (upper.as_chunks().0, lower.as_chunks().0, weights)
    });
    let in_chunks: Vec<_> = in_chunks.collect();
    for (at, to) in chunks.iter_mut().enumerate() {
        *to = sum_of_chunks(&in_chunks, at, half, precision);
    }
    for (to, at) in rest.iter_mut().zip(done..) {
        let sum = pairs.iter().fold(half, |sum, Pair { upper, lower, weights: [a, b] }| {
            let sample = |row: &[u8]| i32::from(row.get(at).copied().unwrap_or_default());
            sum + sample(upper) * i32::from(*a) + sample(lower) * i32::from(*b)
        });
        let [low, ..] = (sum >> precision).clamp(0, 255).to_le_bytes();
        *to = low;
    }
}

#[inline(always)]
fn sum_of_chunks(
    pairs: &[(&[Chunk], &[Chunk], i16x8)],
    at: usize,
    half: i32,
    precision: u32,
) -> Chunk {
    // By name, or WebAssembly's compiler keeps them in memory.
    let [mut a, mut b, mut c, mut d] = [i32x4::splat(half); 4];
    let [mut e, mut f, mut g, mut h] = [i32x4::splat(half); 4];
    for (upper, lower, weights) in pairs {
        let (Some(upper), Some(lower)) = (upper.get(at), lower.get(at)) else { continue };
        let [upper, lower]: [[u8x16; 2]; 2] = [bytemuck::cast(*upper), bytemuck::cast(*lower)];
        let ([upper, upper_2], [lower, lower_2]) = (upper, lower);
        let [first, second, third, fourth] = products(upper, lower, *weights);
        a += first;
        b += second;
        c += third;
        d += fourth;
        let [first, second, third, fourth] = products(upper_2, lower_2, *weights);
        e += first;
        f += second;
        g += third;
        h += fourth;
    }
    let narrow = |a: i32x4, b: i32x4| {
        let shifted = [a >> precision, b >> precision];
        i16x8::from_i32x8_saturate(bytemuck::cast::<[i32x4; 2], i32x8>(shifted))
    };
    let halves = [
        u8x16::narrow_i16x8(narrow(a, b), narrow(c, d)),
        u8x16::narrow_i16x8(narrow(e, f), narrow(g, h)),
    ];
    bytemuck::cast(halves)
}

/// The samples of two rows, each times its row's weight, and added.
#[inline(always)]
fn products(upper: u8x16, lower: u8x16, weights: i16x8) -> [i32x4; 4] {
    let (low, high) = (u8x16::unpack_low(upper, lower), u8x16::unpack_high(upper, lower));
    // Between zeros, a byte is a number of 16 bits.
    [
        bytemuck::cast::<u8x16, i16x8>(u8x16::unpack_low(low, u8x16::ZERO)).dot(weights),
        bytemuck::cast::<u8x16, i16x8>(u8x16::unpack_high(low, u8x16::ZERO)).dot(weights),
        bytemuck::cast::<u8x16, i16x8>(u8x16::unpack_low(high, u8x16::ZERO)).dot(weights),
        bytemuck::cast::<u8x16, i16x8>(u8x16::unpack_high(high, u8x16::ZERO)).dot(weights),
    ]
}
