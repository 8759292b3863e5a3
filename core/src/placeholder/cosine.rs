//! The cosine that a hash's bytes depend on.
//!
//! Where a picture is flat, its frequencies are what is left by the roundings of its cosines. So these are those of the
//! engine that the reference runs in, to the last bit: V8 has fdlibm's. The crate `libm` has FreeBSD's, which differ from
//! them in one value of a hundred, and those of the C library differ between platforms.
//!
//! The polynomials, and how an angle is reduced, are fdlibm 5.3's, of which its files say: "Copyright (C) 1993 by Sun
//! Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy,
//! modify, and distribute this software is freely granted, provided that this notice is preserved."

use std::f64::consts::FRAC_2_PI;

/// Of the cosine: the factors of x^4, x^6, ... x^14.
const COSINE: [f64; 6] = [
    0.041_666_666_666_666_6,
    -0.001_388_888_888_887_411,
    2.480_158_728_947_673e-5,
    -2.755_731_435_139_066_3e-7,
    2.087_572_321_298_175e-9,
    -1.135_964_755_778_819_5e-11,
];
/// Of the sine: the factors of x^3, x^5, ... x^13.
const SINE: [f64; 6] = [
    -0.166_666_666_666_666_32,
    0.008_333_333_333_322_49,
    -0.000_198_412_698_298_579_5,
    2.755_731_370_707_006_8e-6,
    -2.505_076_025_340_686_3e-8,
    1.589_690_995_211_55e-10,
];
/// The first 33 bits of a quarter turn, and what is left of it.
const QUARTER: (f64, f64) = (1.570_796_326_734_125_6, 6.077_100_506_506_192e-11);
/// The next 33 bits, and what is left then.
const QUARTER_REST: (f64, f64) = (6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21);

/// The cosine of an angle from 0 to some turns.
pub(super) fn cosine(x: f64) -> f64 {
    if high(x) <= high(std::f64::consts::FRAC_PI_4) {
        return near_cosine(x, 0.0);
    }
    let (quarters, rest, error) = reduced(x);
    match quarters % 4 {
        0 => near_cosine(rest, error),
        1 => -near_sine(rest, error),
        2 => -near_cosine(rest, error),
        _ => near_sine(rest, error),
    }
}

/// The quarter turns of an angle, the rest, within an eighth of a turn of 0, and what rounding took from it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few quarters, and not below 0"
)]
fn reduced(x: f64) -> (u32, f64, f64) {
    let quarters = (x * FRAC_2_PI + 0.5) as u32;
    let count = f64::from(quarters);
    let (mut rest, mut error) = (x - count * QUARTER.0, count * QUARTER.1);
    let exponent = |x: f64| high(x) >> 20;
    // Where so many bits cancel out that the next ones count.
    if exponent(x) > exponent(rest - error) + 16 {
        let before = rest;
        error = count * QUARTER_REST.0;
        rest = before - error;
        error = count * QUARTER_REST.1 - ((before - rest) - error);
    }
    let difference = rest - error;
    (quarters, difference, (rest - difference) - error)
}

/// The cosine of `x + error`, which is at most an eighth of a turn.
fn near_cosine(x: f64, error: f64) -> f64 {
    let [c1, c2, c3, c4, c5, c6] = COSINE;
    let z = x * x;
    let r = z * (c1 + z * (c2 + z * (c3 + z * (c4 + z * (c5 + z * c6)))));
    let small = z * r - x * error;
    // About a quarter of the angle is taken from both sides of the difference, without a rounding.
    let part = match high(x) {
        ..0x3FD3_3333 => return 1.0 - (0.5 * z - small),
        high @ ..=0x3FE9_0000 => f64::from_bits(u64::from(high - 0x0020_0000) << 32),
        _ => 0.28125,
    };
    (1.0 - part) - ((0.5 * z - part) - small)
}

/// The sine of `x + error`, likewise.
fn near_sine(x: f64, error: f64) -> f64 {
    let [s1, s2, s3, s4, s5, s6] = SINE;
    let z = x * x;
    let v = z * x;
    let r = s2 + z * (s3 + z * (s4 + z * (s5 + z * s6)));
    x - ((z * (0.5 * error - v * r) - error) - v * s1)
}

/// The upper half of a number's bits, without its sign.
fn high(x: f64) -> u32 {
    let [a, b, c, d, ..] = x.abs().to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    #[test]
    fn it_is_a_cosine_to_the_last_places() {
        for step in 0..=60_000_u32 {
            let x = f64::from(step) * (6.0 * PI / 60_000.0);
            assert!((cosine(x) - libm::cos(x)).abs() <= f64::EPSILON, "{x}");
        }
    }

    /// As `Math.cos` has them in Node 20, and `libm::cos` has others.
    #[test]
    fn it_is_v8_s() {
        for (x, bits) in [
            (2.403_318_379_996_192, 0xBFE7_AB0E_D481_35A6),
            (2.403_318_379_996_192, 0xBFE7_AB0E_D481_35A6),
            (8.717_919_613_711_675, 0xBFE8_553E_E43D_EF0E),
            (3.895_574_890_451_343, 0xBFE7_53B6_03D2_B818),
            (0.733_038_285_837_618_3, 0x3FE7_C7D7_A833_BEC2),
            (8.791_770_485_792_33, 0xBFE9_CCD1_0887_60BA),
        ] {
            assert_eq!(cosine(x).to_bits(), bits, "{x}");
            assert_ne!(libm::cos(x).to_bits(), bits, "{x}");
        }
    }
}
