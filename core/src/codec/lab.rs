//! CIE L*a*b*, of TIFF and PSD, to sRGB (ICC.1:2022, section 6.3.4 and annex E; IEC 61966-2-1).

/// Steps of light between black and white.
const STEPS: usize = 65_535;

/// From XYZ beside D50 to light of sRGB: the inverse of its colorants adapted by Bradford.
const TO_RGB: [[f64; 3]; 3] = [
    [3.133_856_1, -1.616_866_7, -0.490_614_6],
    [-0.978_768_4, 1.916_141_5, 0.033_454_0],
    [0.071_945_3, -0.228_991_4, 1.405_242_7],
];

const D50: [f64; 3] = [0.964_22, 1.0, 0.825_21];

/// How L*, a* and b* are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lab {
    /// TIFF 6.0, section 23: a* and b* are signed.
    Cie,
    /// Adobe's technical note on Photoshop: a* and b* begin at -128.
    Icc,
    /// ICC.1:2022, section 6.3.4.2: the same, with the highest sample for the highest value, as Photoshop's files have it.
    Icc4,
    /// RFC 2301, section 4.3: a* and b* by ranges of their own.
    Itu,
}

/// How L*, a* and b* become samples of sRGB.
pub(super) struct Conversion {
    kind: Lab,
    /// What each step of light is in sRGB, in 16 bits.
    encoded: Vec<u16>,
}

impl Conversion {
    /// Bytes that it allocates.
    pub(super) const WORKING: u64 = 2 * (STEPS as u64 + 1);

    pub(super) fn new(kind: Lab) -> Self {
        let encoded = (0_u16..=u16::MAX).map(|step| {
            let light = f64::from(step) / 65_535.0;
            let encoded = if light <= 0.003_130_8 {
                12.92 * light
            } else {
                1.055 * libm::pow(light, 1.0 / 2.4) - 0.055
            };
            rounded(encoded)
        });
        Self { kind, encoded: encoded.collect() }
    }

    /// A pixel of 16 bits; 8-bit ones have their value twice.
    pub(super) fn rgb16(&self, stored: [u16; 3]) -> [u16; 3] {
        let [l, a, b] = stored.map(f64::from);
        let signed = |value: u16| f64::from(value.cast_signed()) / 256.0;
        let [_, stored_a, stored_b] = stored;
        self.rgb(match self.kind {
            Lab::Cie => [l * 100.0 / 65_535.0, signed(stored_a), signed(stored_b)],
            // ICC.1:2001, annex A.5: FF00 is 100.
            Lab::Icc => [l * 100.0 / 65_280.0, a / 256.0 - 128.0, b / 256.0 - 128.0],
            Lab::Icc4 => [l * 100.0 / 65_535.0, a / 257.0 - 128.0, b / 257.0 - 128.0],
            Lab::Itu => self.itu([l, a, b].map(|value| value / 257.0)),
        })
    }

    /// A pixel of 8 bits.
    pub(super) fn rgb8(&self, stored: [u8; 3]) -> [u16; 3] {
        let [l, a, b] = stored.map(f64::from);
        let [_, stored_a, stored_b] = stored.map(u8::cast_signed);
        self.rgb(match self.kind {
            Lab::Cie => [l * 100.0 / 255.0, f64::from(stored_a), f64::from(stored_b)],
            Lab::Icc | Lab::Icc4 => [l * 100.0 / 255.0, a - 128.0, b - 128.0],
            Lab::Itu => self.itu([l, a, b]),
        })
    }

    /// The default ranges of RFC 2301, section 4.3: 0 to 100, -85 to 85, -75 to 125.
    fn itu(&self, [l, a, b]: [f64; 3]) -> [f64; 3] {
        [l * 100.0 / 255.0, (a - 128.0) * 170.0 / 255.0, (b - 96.0) * 200.0 / 255.0]
    }

    fn rgb(&self, [l, a, b]: [f64; 3]) -> [u16; 3] {
        let y = (l + 16.0) / 116.0;
        let inverse = |f: f64| {
            if f > 6.0 / 29.0 { f * f * f } else { (f - 4.0 / 29.0) * 108.0 / 841.0 }
        };
        let [white_x, white_y, white_z] = D50;
        let xyz = [
            white_x * inverse(y + a / 500.0),
            white_y * inverse(y),
            white_z * inverse(y - b / 200.0),
        ];
        TO_RGB.map(|row| {
            let light: f64 = row.into_iter().zip(xyz).map(|(weight, value)| weight * value).sum();
            self.encoded.get(usize::from(rounded(light))).copied().unwrap_or(u16::MAX)
        })
    }
}

/// A number from 0 to 1, clipped, in 16 bits.
fn rounded(value: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clips")]
    {
        (value * 65_535.0 + 0.5) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_come_out() {
        let cie = Conversion::new(Lab::Cie);
        let near = |found: [u16; 3], expected: [u16; 3]| {
            for (found, expected) in found.into_iter().zip(expected) {
                assert!(found.abs_diff(expected * 257) < 300, "{found} {}", expected * 257);
            }
        };
        near(cie.rgb8([255, 0, 0]), [255; 3]);
        near(cie.rgb8([0, 0, 0]), [0; 3]);
        // sRGB's red is 54.29, 80.81, 69.89 beside D50.
        near(cie.rgb16([35_579, 20_687, 17_892]), [255, 0, 0]);
        near(Conversion::new(Lab::Icc).rgb16([35_441, 53_455, 50_660]), [255, 0, 0]);
        // L* of 53.59 is middle grey.
        near(Conversion::new(Lab::Itu).rgb8([136, 128, 96]), [127; 3]);
    }
}
