//! Inverse DCTs from 8 x 8 coefficients to 8 x 8, 4 x 4, 2 x 2 and 1 x 1 samples.
//!
//! The full one is Loeffler, Ligtenberg and Moschytz's (ICASSP 1989) with 11 multiplications, in integers with 13
//! bits of fraction. The reduced ones leave out of it the outputs that are not wanted: what they compute is
//! the mean of the samples that a smaller sample stands for, so that coefficients above the smaller size
//! still count. All are done a column at a time for eight columns side by side, then transposed.
#![allow(clippy::indexing_slicing, reason = "lanes of arrays whose lengths are the loops' bounds")]

/// Bits of fraction of the constants.
const FRACTION: u32 = 13;
/// Bits of fraction that are kept between the passes.
const BETWEEN: u32 = 2;

/// A row of eight, one for each column.
type Row = [i32; 8];

/// Dequantised coefficients in their natural order.
pub(super) type Block = [i32; 64];

const fn fixed(value: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "at compile time, of constants below 4")]
    let fixed = (value * (1 << FRACTION) as f64 + 0.5) as i32;
    fixed
}

// What a corrupt file's coefficients give is of no interest, but it must not panic.
#[inline(always)]
fn add(a: Row, b: Row) -> Row {
    std::array::from_fn(|at| a[at].wrapping_add(b[at]))
}

#[inline(always)]
fn sub(a: Row, b: Row) -> Row {
    std::array::from_fn(|at| a[at].wrapping_sub(b[at]))
}

#[inline(always)]
fn mul(a: Row, factor: i32) -> Row {
    a.map(|value| value.wrapping_mul(factor))
}

#[inline(always)]
fn shl(a: Row, bits: u32) -> Row {
    a.map(|value| value.wrapping_shl(bits))
}

/// Divides by a power of two, rounded.
#[inline(always)]
fn descale(a: Row, bits: u32) -> Row {
    a.map(|value| value.wrapping_add(1 << (bits - 1)) >> bits)
}

#[inline(always)]
fn pass_8(c: [Row; 8], bits: u32) -> [Row; 8] {
    let z1 = mul(add(c[2], c[6]), fixed(0.541_196_100));
    let even_2 = sub(z1, mul(c[6], fixed(1.847_759_065)));
    let even_3 = add(z1, mul(c[2], fixed(0.765_366_865)));
    let even_0 = shl(add(c[0], c[4]), FRACTION);
    let even_1 = shl(sub(c[0], c[4]), FRACTION);
    let (e0, e3) = (add(even_0, even_3), sub(even_0, even_3));
    let (e1, e2) = (add(even_1, even_2), sub(even_1, even_2));

    let z3 = add(c[7], c[3]);
    let z4 = add(c[5], c[1]);
    let z5 = mul(add(z3, z4), fixed(1.175_875_602));
    let z1 = mul(add(c[7], c[1]), -fixed(0.899_976_223));
    let z2 = mul(add(c[5], c[3]), -fixed(2.562_915_447));
    let z3 = add(mul(z3, -fixed(1.961_570_560)), z5);
    let z4 = add(mul(z4, -fixed(0.390_180_644)), z5);
    let o0 = add(add(mul(c[7], fixed(0.298_631_336)), z1), z3);
    let o1 = add(add(mul(c[5], fixed(2.053_119_869)), z2), z4);
    let o2 = add(add(mul(c[3], fixed(3.072_711_026)), z2), z3);
    let o3 = add(add(mul(c[1], fixed(1.501_321_110)), z1), z4);
    [
        add(e0, o3),
        add(e1, o2),
        add(e2, o1),
        add(e3, o0),
        sub(e3, o0),
        sub(e2, o1),
        sub(e1, o2),
        sub(e0, o3),
    ]
    .map(|row| descale(row, bits))
}

#[inline(always)]
fn pass_4(c: [Row; 8], bits: u32) -> [Row; 4] {
    let even = shl(c[0], FRACTION + 1);
    let odd = sub(mul(c[2], fixed(1.847_759_065)), mul(c[6], fixed(0.765_366_865)));
    let (e0, e1) = (add(even, odd), sub(even, odd));
    let o1 = add(
        sub(mul(c[5], fixed(1.451_774_981)), mul(c[7], fixed(0.211_164_243))),
        sub(mul(c[1], fixed(1.061_594_337)), mul(c[3], fixed(2.172_734_803))),
    );
    let o0 = add(
        sub(mul(c[3], fixed(0.899_976_223)), mul(c[5], fixed(0.601_344_887))),
        sub(mul(c[1], fixed(2.562_915_447)), mul(c[7], fixed(0.509_795_579))),
    );
    [add(e0, o0), add(e1, o1), sub(e1, o1), sub(e0, o0)].map(|row| descale(row, bits + 1))
}

#[inline(always)]
fn pass_2(c: [Row; 8], bits: u32) -> [Row; 2] {
    let even = shl(c[0], FRACTION + 2);
    let odd = add(
        sub(mul(c[5], fixed(0.850_430_095)), mul(c[7], fixed(0.720_959_822))),
        sub(mul(c[1], fixed(3.624_509_785)), mul(c[3], fixed(1.272_758_580))),
    );
    [add(even, odd), sub(even, odd)].map(|row| descale(row, bits + 2))
}

#[inline(always)]
fn rows(block: &Block) -> [Row; 8] {
    let rows = block.as_chunks::<8>().0;
    std::array::from_fn(|at| rows[at])
}

/// Rows of columns to columns of rows, the missing ones 0.
#[inline(always)]
fn transposed<const N: usize>(rows: [Row; N]) -> [Row; 8] {
    std::array::from_fn(|row| {
        std::array::from_fn(|column| if column < N { rows[column][row] } else { 0 })
    })
}

#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn sample(value: i32) -> u8 {
    value.wrapping_add(128).clamp(0, 255) as u8
}

/// Where a block's samples go: the plane from the block's first sample, and the plane's width.
pub(super) struct Place<'p> {
    pub(super) samples: &'p mut [u8],
    pub(super) stride: usize,
}

impl Place<'_> {
    #[inline(always)]
    fn put<const N: usize>(self, columns: [Row; N]) {
        // `columns[x][y]`: the last pass leaves the picture transposed.
        for (y, row) in self.samples.chunks_mut(self.stride).take(N).enumerate() {
            if let Some(row) = row.first_chunk_mut::<N>() {
                *row = std::array::from_fn(|x| sample(columns[x][y]));
            }
        }
    }
}

/// `SIZE` x `SIZE` samples of a block: 8, 4, 2 or 1. Where only the first coefficient is not 0, `flat`.
#[inline(always)]
pub(super) fn inverse(size: u32, block: &Block, flat: bool, place: Place<'_>) {
    const FIRST: u32 = FRACTION - BETWEEN;
    const SECOND: u32 = FRACTION + BETWEEN + 3;
    if flat || size == 1 {
        let value = sample(block[0].wrapping_add(4) >> 3);
        for row in place.samples.chunks_mut(place.stride).take(size as usize) {
            row.iter_mut().take(size as usize).for_each(|sample| *sample = value);
        }
        return;
    }
    match size {
        8 => place.put(pass_8(transposed(pass_8(rows(block), FIRST)), SECOND)),
        4 => place.put(pass_4(transposed(pass_4(rows(block), FIRST)), SECOND)),
        _ => place.put(pass_2(transposed(pass_2(rows(block), FIRST)), SECOND)),
    }
}
