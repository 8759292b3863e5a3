//! Whether a profile is sRGB, as far as 8 bits can show (IEC 61966-2-1; ICC.1:2022, annex F.3, for the model of matrix
//! and curves).

use super::profile::{Profile, Space};
use crate::cursor::Cursor;

/// How far a sample may be from where it was, of 255: no more than what rounding to 8 bits can do.
const TOLERANCE: f64 = 0.75;

/// sRGB's colorants, adapted to D50: red, green and blue, each as X, Y and Z.
pub(super) const COLORANTS: [[f64; 3]; 3] = [
    [0.436_065_674, 0.222_488_403, 0.013_916_016],
    [0.385_147_095, 0.716_873_169, 0.097_076_416],
    [0.143_066_406, 0.060_607_910, 0.714_096_069],
];

/// Whether colours that go through the profile come out as they were. Lookup tables are not evaluated: a profile with
/// one counts as different.
pub(super) fn is_srgb(profile: &Profile<'_>) -> bool {
    evaluate(profile).unwrap_or(false)
}

fn evaluate(profile: &Profile<'_>) -> Option<bool> {
    let file = profile.bytes();
    if tag(file, b"A2B0").is_some() {
        return Some(false);
    }
    match profile.space() {
        Space::Grey => {
            let curve = Curve::read(tag(file, b"kTRC")?)?;
            Some((0..=255).all(|grey| is_near(encode(curve.at(f64::from(grey) / 255.0)), grey)))
        }
        Space::Rgb => {
            let read = |names: [&[u8; 4]; 3]| -> Option<[Curve<'_>; 3]> {
                let [red, green, blue] = names.map(|name| Curve::read(tag(file, name)?));
                Some([red?, green?, blue?])
            };
            let curves = read([b"rTRC", b"gTRC", b"bTRC"])?;
            let [red, green, blue] = [b"rXYZ", b"gXYZ", b"bXYZ"].map(|name| xyz(tag(file, name)?));
            let matrix = relative([red?, green?, blue?])?;
            let is_kept = |colour: [i32; 3]| {
                let mut linear = [0.0; 3];
                for ((linear, curve), sample) in linear.iter_mut().zip(&curves).zip(colour) {
                    *linear = curve.at(f64::from(sample) / 255.0);
                }
                let found = matrix.map(|row| {
                    encode(row.iter().zip(linear).map(|(factor, linear)| factor * linear).sum())
                });
                found.into_iter().zip(colour).all(|(found, sample)| is_near(found, sample))
            };
            const STEPS: [i32; 6] = [0, 16, 64, 128, 192, 255];
            let grid = STEPS.into_iter().flat_map(|red| {
                STEPS.into_iter().flat_map(move |green| STEPS.map(|blue| [red, green, blue]))
            });
            Some((0..=255).map(|grey| [grey; 3]).chain(grid).all(is_kept))
        }
        Space::Cmyk => Some(false),
    }
}

fn is_near(encoded: f64, sample: i32) -> bool {
    (encoded * 255.0 - f64::from(sample)).abs() <= TOLERANCE
}

/// A linear sample, encoded as sRGB does; clipped to 0 to 1.
fn encode(linear: f64) -> f64 {
    if linear <= 0.003_130_8 {
        linear.max(0.0) * 12.92
    } else {
        1.055 * libm::pow(linear.min(1.0), 1.0 / 2.4) - 0.055
    }
}

/// The matrix from the linear samples of a profile with these colorants to those of sRGB.
fn relative(colorants: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let inverse = inverse(transposed(COLORANTS))?;
    let to_xyz = transposed(colorants);
    Some(inverse.map(|row| {
        let mut product = [0.0; 3];
        for (factor, column) in row.into_iter().zip(to_xyz) {
            product.iter_mut().zip(column).for_each(|(sum, value)| *sum += factor * value);
        }
        product
    }))
}

pub(super) fn transposed(rows: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let [[a, b, c], [d, e, f], [g, h, i]] = rows;
    [[a, d, g], [b, e, h], [c, f, i]]
}

/// The inverse of a matrix by rows; `None` if it has none.
pub(super) fn inverse(rows: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let [[a, b, c], [d, e, f], [g, h, i]] = rows;
    let determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    let cofactors = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ];
    (determinant.abs() > 1e-9).then(|| cofactors.map(|row| row.map(|value| value / determinant)))
}

/// The data of a tag of a profile that we have written.
fn tag<'p>(file: &'p [u8], name: &[u8; 4]) -> Option<&'p [u8]> {
    let mut table = Cursor::at(file, 128);
    for _ in 0..table.u32_be()? {
        let (found, offset, size) = (table.array::<4>()?, table.u32_be()?, table.u32_be()?);
        if found == *name {
            return file.get(offset as usize..)?.get(..size as usize);
        }
    }
    None
}

/// A number of 16 bits before the point and 16 after it.
fn fixed(cursor: &mut Cursor<'_>) -> Option<f64> {
    Some(f64::from(cursor.u32_be()?.cast_signed()) / 65_536.0)
}

fn xyz(tag: &[u8]) -> Option<[f64; 3]> {
    let mut cursor = Cursor::at(tag, 8);
    Some([fixed(&mut cursor)?, fixed(&mut cursor)?, fixed(&mut cursor)?])
}

/// A curve from samples to light (ICC.1:2022, sections 10.6 and 10.18).
enum Curve<'p> {
    /// Samples of 16 bits, two or more.
    Sampled(&'p [[u8; 2]]),
    /// (a x + b)^g + e from d on, c x + f below.
    Parametric { g: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64 },
}

impl<'p> Curve<'p> {
    const fn power(g: f64) -> Self {
        Self::Parametric { g, a: 1.0, b: 0.0, c: 0.0, d: 0.0, e: 0.0, f: 0.0 }
    }

    fn read(tag: &'p [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(tag);
        let kind = cursor.array::<4>()?;
        cursor.take(4)?;
        if kind == *b"curv" {
            return Some(match cursor.u32_be()? {
                0 => Self::power(1.0),
                1 => Self::power(f64::from(cursor.u16_be()?) / 256.0),
                count => Self::Sampled(cursor.rest().as_chunks().0.get(..count as usize)?),
            });
        }
        let function = cursor.u16_be()?;
        cursor.take(2)?;
        let mut next = || fixed(&mut cursor);
        let g = next()?;
        let (mut a, mut b, mut c, mut d, mut e, mut f) = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        if function >= 1 {
            (a, b) = (next()?, next()?);
            d = -b / a;
        }
        match function {
            0 | 1 => {}
            // The constant is on both sides.
            2 => {
                e = next()?;
                f = e;
            }
            3 => (c, d) = (next()?, next()?),
            4 => {
                (c, d) = (next()?, next()?);
                (e, f) = (next()?, next()?);
            }
            _ => return None,
        }
        Some(Self::Parametric { g, a, b, c, d, e, f })
    }

    fn at(&self, sample: f64) -> f64 {
        match self {
            Self::Sampled(samples) => {
                let place = sample * (samples.len() - 1) as f64;
                let below = place.floor().max(0.0);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "0 or more"
                )]
                let index = below as usize;
                let value = |index: usize| {
                    let bytes = samples.get(index.min(samples.len() - 1)).copied();
                    f64::from(u16::from_be_bytes(bytes.unwrap_or_default())) / 65_535.0
                };
                value(index) + (value(index + 1) - value(index)) * (place - below)
            }
            Self::Parametric { g, a, b, c, d, e, f } => {
                if sample >= *d {
                    libm::pow((a * sample + b).max(0.0), *g) + e
                } else {
                    c * sample + f
                }
            }
        }
    }
}
