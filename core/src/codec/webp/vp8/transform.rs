//! The inverse transforms (RFC 6386, section 14).

/// The inverse Walsh-Hadamard transform (section 14.3): the first coefficients of 16 blocks of luma.
pub(super) fn inverse_walsh_hadamard(input: &[i16; 16]) -> [i16; 16] {
    let rows = rows(input);
    let columns = butterfly(rows);
    let [a, b, c, d] = butterfly(transposed(columns)).map(|row| row.map(|value| (value + 3) >> 3));
    let mut output = [0; 16];
    for (to, value) in output.iter_mut().zip(transposed([a, b, c, d]).as_flattened()) {
        let [low, high, ..] = value.to_le_bytes();
        *to = i16::from_le_bytes([low, high]);
    }
    output
}

fn rows(values: &[i16; 16]) -> [[i32; 4]; 4] {
    let mut rows = [[0; 4]; 4];
    for (to, value) in rows.as_flattened_mut().iter_mut().zip(values) {
        *to = i32::from(*value);
    }
    rows
}

fn transposed([a, b, c, d]: [[i32; 4]; 4]) -> [[i32; 4]; 4] {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    let ([c0, c1, c2, c3], [d0, d1, d2, d3]) = (c, d);
    [[a0, b0, c0, d0], [a1, b1, c1, d1], [a2, b2, c2, d2], [a3, b3, c3, d3]]
}

#[inline(always)]
fn each(a: [i32; 4], b: [i32; 4], f: impl Fn(i32, i32) -> i32) -> [i32; 4] {
    let mut result = a;
    result.iter_mut().zip(b).for_each(|(a, b)| *a = f(*a, b));
    result
}

#[inline(always)]
fn sum(a: [i32; 4], b: [i32; 4]) -> [i32; 4] {
    each(a, b, |a, b| a + b)
}

#[inline(always)]
fn difference(a: [i32; 4], b: [i32; 4]) -> [i32; 4] {
    each(a, b, |a, b| a - b)
}

/// One dimension of the Walsh-Hadamard transform, of four columns at once.
fn butterfly([i0, i1, i2, i3]: [[i32; 4]; 4]) -> [[i32; 4]; 4] {
    let (a, b) = (sum(i0, i3), sum(i1, i2));
    let (c, d) = (difference(i1, i2), difference(i0, i3));
    [sum(a, b), sum(c, d), difference(a, b), difference(d, c)]
}

/// The inverse DCT (section 14.3), in 1/8: rows of what is added to the prediction.
#[inline(always)]
pub(super) fn inverse_dct(input: &[i16; 16]) -> [[i32; 4]; 4] {
    let columns = dct(rows(input));
    let [first, others @ ..] = transposed(columns);
    let [second, third, fourth] = others;
    // Half of the last digit, for rounding.
    let output = dct([first.map(|value| value + 4), second, third, fourth]);
    transposed(output).map(|row| row.map(|value| value >> 3))
}

/// One dimension, of four columns at once.
#[inline(always)]
fn dct([i0, i1, i2, i3]: [[i32; 4]; 4]) -> [[i32; 4]; 4] {
    // sqrt(2) * cos(pi / 8) and sqrt(2) * sin(pi / 8), with 16 bits of fraction.
    let cosine = |values: [i32; 4]| values.map(|value| value + ((value * 20_091) >> 16));
    let sine = |values: [i32; 4]| values.map(|value| (value * 35_468) >> 16);
    let (a, b) = (sum(i0, i2), difference(i0, i2));
    let c = difference(sine(i1), cosine(i3));
    let d = sum(cosine(i1), sine(i3));
    [sum(a, d), sum(b, c), difference(b, c), difference(a, d)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_coefficient_alone_is_the_same_everywhere() {
        let mut block = [0; 16];
        for value in [-2000, -5, 0, 3, 4, 800] {
            block[0] = value;
            assert_eq!(inverse_dct(&block), [[(i32::from(value) + 4) >> 3; 4]; 4]);
            assert_eq!(inverse_walsh_hadamard(&block), [(value + 3) >> 3; 16]);
        }
    }

    #[test]
    fn the_transforms_are_those_of_the_formulas() {
        for at in 1..16 {
            let mut block = [0; 16];
            block[at] = 1000;
            let (row, column) = (at / 4, at % 4);
            let cosine = |frequency: usize, x: usize| {
                let angle = (2 * x + 1) as f64 * frequency as f64 * std::f64::consts::PI / 8.0;
                angle.cos() * if frequency == 0 { 1.0 } else { std::f64::consts::SQRT_2 }
            };
            for (y, found) in inverse_dct(&block).iter().enumerate() {
                for (x, found) in found.iter().enumerate() {
                    let exact = 1000.0 / 8.0 * cosine(row, y) * cosine(column, x);
                    assert!((f64::from(*found) - exact).abs() < 1.1, "{at}: {found} {exact}");
                }
            }
            // Walsh's functions by the number of their changes of sign.
            let signs = [[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, -1, 1], [1, -1, 1, -1]];
            for (place, found) in inverse_walsh_hadamard(&block).iter().enumerate() {
                let exact = 125 * signs[row][place / 4] * signs[column][place % 4];
                assert!((exact - i32::from(*found)).abs() <= 1, "{at}");
            }
        }
    }
}
