//! The samples of a row, from their bits.

use super::headers::{Kind, Pixel};
use crate::picture::Sample;

/// A sample that is made of stored ones: `u8` of up to 8 bits, `u16` of more.
pub(super) trait Stored: Sample {
    /// Appends the samples that `stored` holds. `scaled`: whether the highest value becomes full intensity; if not,
    /// values stay as they are.
    fn unpack(pixel: &Pixel, big_endian: bool, scaled: bool, stored: &[u8], to: &mut Vec<Self>);

    /// The same bytes, where they are the samples.
    fn same(stored: &[u8]) -> Option<&[Self]>;

    /// A sample of a palette, of which 8 bits are the upper ones, as in libtiff.
    fn from_palette(value: u16) -> Self;
}

impl Stored for u8 {
    fn unpack(pixel: &Pixel, _: bool, scaled: bool, stored: &[u8], to: &mut Vec<Self>) {
        match (pixel.bits, pixel.kind) {
            // What is below 0 is black; what is above keeps its value, as in libvips.
            (8, Kind::Signed) => {
                to.extend(stored.iter().map(|v| v.cast_signed().max(0).cast_unsigned()))
            }
            (8, _) => to.extend_from_slice(stored),
            (bits, _) => {
                let most = (1_u32 << bits) - 1;
                let value =
                    |value: u32| if scaled { (value * 255 + most / 2) / most } else { value };
                each(bits, stored, |stored| {
                    to.push(u8::try_from(value(stored)).unwrap_or(u8::MAX))
                });
            }
        }
    }

    fn same(stored: &[u8]) -> Option<&[Self]> {
        Some(stored)
    }

    fn from_palette(value: u16) -> Self {
        let [upper, _] = value.to_be_bytes();
        upper
    }
}

impl Stored for u16 {
    fn unpack(pixel: &Pixel, big_endian: bool, scaled: bool, stored: &[u8], to: &mut Vec<Self>) {
        match (pixel.kind, pixel.bits) {
            (Kind::Float, 16) => {
                words(stored, big_endian, to, |bytes| unit(half(u16::from_be_bytes(bytes))));
            }
            (Kind::Float, 32) => {
                words(stored, big_endian, to, |bytes| unit(f32::from_be_bytes(bytes).into()))
            }
            (Kind::Float, _) => {
                words(stored, big_endian, to, |bytes| unit(f64::from_be_bytes(bytes)))
            }
            (Kind::Unsigned, 16) if big_endian => {
                to.extend(stored.as_chunks().0.iter().map(|bytes| u16::from_be_bytes(*bytes)));
            }
            (Kind::Unsigned, 16) => {
                to.extend(stored.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes)));
            }
            // Of whole numbers the upper 16 bits.
            (kind, 16) => words(stored, big_endian, to, |[a, b]| upper([a, b], kind)),
            (kind, 24) => words(stored, big_endian, to, |[a, b, _]| upper([a, b], kind)),
            (kind, 32) => words(stored, big_endian, to, |[a, b, ..]: [u8; 4]| upper([a, b], kind)),
            (kind, 64) => words(stored, big_endian, to, |[a, b, ..]: [u8; 8]| upper([a, b], kind)),
            (_, bits) => {
                let most = (1_u32 << bits) - 1;
                let value =
                    |value: u32| if scaled { (value * 65_535 + most / 2) / most } else { value };
                each(bits, stored, |stored| {
                    to.push(u16::try_from(value(stored)).unwrap_or(u16::MAX))
                });
            }
        }
    }

    fn same(_: &[u8]) -> Option<&[Self]> {
        None
    }

    fn from_palette(value: u16) -> Self {
        value
    }
}

/// Values of up to 16 bits that lie one after the other, the first in the highest bits.
fn each(bits: u32, stored: &[u8], mut take: impl FnMut(u32)) {
    let (mut window, mut there) = (0_u32, 0);
    for byte in stored {
        // Fewer than 16 bits are left of the others.
        window = window << 8 | u32::from(*byte);
        there += 8;
        while there >= bits {
            there -= bits;
            take(window >> there & ((1 << bits) - 1));
        }
    }
}

/// Values of whole bytes, which are given from the highest byte on.
fn words<const N: usize>(
    stored: &[u8],
    big_endian: bool,
    to: &mut Vec<u16>,
    value: impl Fn([u8; N]) -> u16,
) {
    to.extend(stored.as_chunks::<N>().0.iter().map(|bytes| {
        let mut bytes = *bytes;
        if !big_endian {
            bytes.reverse();
        }
        value(bytes)
    }));
}

/// The upper two bytes of a number, from the highest on.
fn upper(bytes: [u8; 2], kind: Kind) -> u16 {
    match kind {
        Kind::Signed => i16::from_be_bytes(bytes).max(0).cast_unsigned(),
        _ => u16::from_be_bytes(bytes),
    }
}

/// A number from 0 to 1, clipped, in 16 bits; 0 for one that is not a number.
fn unit(value: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clips")]
    {
        (value * 65_535.0 + 0.5) as u16
    }
}

/// A number of 16 bits (IEEE 754, binary16).
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let power = |exponent: i32| f64::from_bits(u64::from((1023 + exponent).unsigned_abs()) << 52);
    let size = match exponent {
        0 => fraction * power(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * power(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::super::colours::Colours;
    use super::*;

    fn pixel(bits: u32, kind: Kind) -> Pixel {
        Pixel { colours: Colours::Grey { inverted: false }, samples: 1, bits, kind, alpha: None }
    }

    fn unpacked<S: Stored>(bits: u32, kind: Kind, big_endian: bool, stored: &[u8]) -> Vec<S> {
        let mut to = Vec::new();
        S::unpack(&pixel(bits, kind), big_endian, true, stored, &mut to);
        to
    }

    #[test]
    fn any_number_of_bits_is_scaled_to_the_full_range() {
        assert_eq!(unpacked::<u8>(3, Kind::Unsigned, false, &[0b1110_0001, 0]), [255, 0, 73, 0, 0]);
        assert_eq!(unpacked::<u8>(6, Kind::Unsigned, true, &[0xFF, 0, 1]), [255, 194, 0, 4]);
        let twelve = unpacked::<u16>(12, Kind::Unsigned, false, &[0xFF, 0xF8, 0x00]);
        assert_eq!(twelve, [65_535, 32_776]);
        assert_eq!(unpacked::<u16>(16, Kind::Unsigned, false, &[1, 2]), [0x0201]);
        assert_eq!(unpacked::<u16>(32, Kind::Unsigned, false, &[1, 2, 3, 4]), [0x0403]);
        assert_eq!(unpacked::<u16>(24, Kind::Unsigned, true, &[1, 2, 3]), [0x0102]);
        assert_eq!(unpacked::<u8>(8, Kind::Signed, true, &[0x7F, 0x80, 5]), [127, 0, 5]);
        assert_eq!(unpacked::<u16>(16, Kind::Signed, true, &[0x7F, 0xFF, 0x80, 0]), [32_767, 0]);
    }

    #[test]
    fn floats_are_clipped_to_one() {
        let floats = [0.0_f32, 0.5, 1.0, 2.0, -1.0, f32::NAN, f32::INFINITY];
        let expected = [0, 32_768, 65_535, 65_535, 0, 0, 65_535];
        let stored: Vec<u8> = floats.iter().flat_map(|float| float.to_le_bytes()).collect();
        assert_eq!(unpacked::<u16>(32, Kind::Float, false, &stored), expected);
        let stored: Vec<u8> =
            floats.iter().flat_map(|float| f64::from(*float).to_be_bytes()).collect();
        assert_eq!(unpacked::<u16>(64, Kind::Float, true, &stored), expected);
        let halves = [0, 0x3800, 0x3C00, 0x4000, 0xBC00, 0x7E00, 0x7C00_u16];
        let stored: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        assert_eq!(unpacked::<u16>(16, Kind::Float, false, &stored), expected);
        assert_eq!(half(1), f64::from(2.0_f32.powi(-24)));
        assert_eq!(half(0x3555), 0.333_251_953_125);
    }
}
