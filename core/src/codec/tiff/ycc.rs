//! Luma and colour differences to RGB (TIFF 6.0, sections 20 and 21).

use super::tags;
use crate::codec::directory::Directory;

/// Bits after the point.
const POINT: u32 = 16;

/// How luma and colour differences become RGB, each of 8 bits.
pub(super) struct Conversion {
    /// Whether it is that of JPEG files.
    pub(super) is_plain: bool,
    luma: Vec<i32>,
    /// What Cr adds to red, and Cb to blue.
    red: Vec<i32>,
    blue: Vec<i32>,
    /// What Cr and Cb add to green.
    green: [Vec<i32>; 2],
}

impl Conversion {
    /// What a directory says; ITU-R BT.601 over the whole range where it says nothing of use.
    pub(super) fn read(directory: &Directory<'_>) -> Self {
        let weights = directory.fractions(tags::YCBCR_COEFFICIENTS).unwrap_or_default();
        let of_jpeg = [0.299, 0.587, 0.114];
        let weights = match weights.as_slice() {
            [red, green, blue, ..]
                if [red, green, blue].into_iter().all(|weight| (0.01..=1.0).contains(weight)) =>
            {
                [*red, *green, *blue]
            }
            _ => of_jpeg,
        };
        let [red, green, blue] = weights;
        let range = directory.fractions(tags::REFERENCE_BLACK_WHITE).unwrap_or_default();
        let whole = [0.0, 255.0, 128.0, 255.0, 128.0, 255.0];
        let range = match *range.as_slice() {
            [y0, y1, cb0, cb1, cr0, cr1] if y0 < y1 && cb0 < cb1 && cr0 < cr1 => {
                [y0, y1, cb0, cb1, cr0, cr1]
            }
            _ => whole,
        };
        let is_near = |(one, other): (&f64, &f64)| (one - other).abs() < 0.001;
        let is_plain =
            weights.iter().zip(&of_jpeg).all(is_near) && range.iter().zip(&whole).all(is_near);
        let [y0, y1, cb0, cb1, cr0, cr1] = range;
        let scaled = |black: f64, white: f64, most: f64, weight: f64| {
            let values = (0..=u8::MAX).map(|code| {
                let value = (f64::from(code) - black) * most / (white - black) * weight;
                let fixed = value.clamp(-4096.0, 4096.0) * f64::from(1 << POINT);
                #[expect(clippy::cast_possible_truncation, reason = "clamped")]
                {
                    fixed.round() as i32
                }
            });
            values.collect::<Vec<i32>>()
        };
        Self {
            is_plain,
            luma: scaled(y0, y1, 255.0, 1.0),
            red: scaled(cr0, cr1, 127.0, 2.0 - 2.0 * red),
            blue: scaled(cb0, cb1, 127.0, 2.0 - 2.0 * blue),
            green: [
                scaled(cr0, cr1, 127.0, -red * (2.0 - 2.0 * red) / green),
                scaled(cb0, cb1, 127.0, -blue * (2.0 - 2.0 * blue) / green),
            ],
        }
    }

    /// A pixel.
    pub(super) fn rgb(&self, [y, cb, cr]: [u8; 3]) -> [u8; 3] {
        let of = |table: &[i32], code: u8| table.get(usize::from(code)).copied().unwrap_or(0);
        let [green_cr, green_cb] = &self.green;
        let luma = of(&self.luma, y) + (1 << (POINT - 1));
        let sample = |sum: i32| u8::try_from((sum >> POINT).clamp(0, 255)).unwrap_or(0);
        [
            sample(luma + of(&self.red, cr)),
            sample(luma + of(green_cr, cr) + of(green_cb, cb)),
            sample(luma + of(&self.blue, cb)),
        ]
    }

    /// Row `row` of blocks of `across` x `down` lumas and a pair of colour differences, of which `stored` has some.
    pub(super) fn subsampled(
        &self,
        stored: &[u8],
        (across, down): (u32, u32),
        row: usize,
        to: &mut Vec<u8>,
    ) {
        let across = across as usize;
        let lumas = across * down as usize;
        to.clear();
        for block in stored.chunks_exact(lumas + 2) {
            let Some((lumas, [cb, cr])) = block.split_last_chunk::<2>() else { continue };
            let lumas = lumas.get(row * across..).unwrap_or_default().iter().take(across);
            to.extend(lumas.flat_map(|luma| self.rgb([*luma, *cb, *cr])));
        }
    }
}
