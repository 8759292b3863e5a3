//! Profiles for colours that a file describes by numbers: primaries and a transfer function.

use super::hdr::Hdr;
use super::profile::{Profile, Space};
use super::srgb::{inverse, transposed};
use crate::budget::Budget;
use crate::error::Result;

/// The chromaticities of white, red, green and blue, each as x and y of CIE 1931.
pub(crate) type Chromaticities = [[f64; 2]; 4];

const D65: [f64; 2] = [0.3127, 0.3290];

/// BT.709's primaries, which are sRGB's.
pub(crate) const BT709: Chromaticities = [D65, [0.64, 0.33], [0.30, 0.60], [0.15, 0.06]];

/// From samples to light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transfer {
    /// A power.
    Gamma(f64),
    /// sRGB's (IEC 61966-2-1).
    Srgb,
    /// BT.709's, inverted (ITU-R BT.709-6, item 1.2).
    Bt709,
    /// PQ or HLG, down to what a screen that is not HDR shows.
    Hdr(Hdr),
}

/// Code points for colours (ITU-T H.273, tables 2 and 3): primaries and transfer characteristics. `None` for those that
/// are not known.
pub(crate) fn code_points(primaries: u8, transfer: u8) -> Option<(Chromaticities, Transfer)> {
    let primaries = match primaries {
        1 => BT709,
        5 => [D65, [0.64, 0.33], [0.29, 0.60], [0.15, 0.06]],
        6 | 7 => [D65, [0.630, 0.340], [0.310, 0.595], [0.155, 0.070]],
        9 => [D65, [0.708, 0.292], [0.170, 0.797], [0.131, 0.046]],
        11 => [[0.314, 0.351], [0.680, 0.320], [0.265, 0.690], [0.150, 0.060]],
        12 => [D65, [0.680, 0.320], [0.265, 0.690], [0.150, 0.060]],
        _ => return None,
    };
    let transfer = match transfer {
        1 | 6 | 14 | 15 => Transfer::Bt709,
        4 => Transfer::Gamma(2.2),
        5 => Transfer::Gamma(2.8),
        8 => Transfer::Gamma(1.0),
        13 => Transfer::Srgb,
        16 => Transfer::Hdr(Hdr::Pq),
        18 => Transfer::Hdr(Hdr::Hlg),
        _ => return None,
    };
    Some((primaries, transfer))
}

impl<'b> Profile<'b> {
    /// A profile of grey or of RGB; `None` for primaries that span no colours.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(crate) fn made(
        is_grey: bool,
        chromaticities: Chromaticities,
        transfer: Transfer,
        budget: &'b Budget,
    ) -> Result<Option<Self>> {
        let space = if is_grey { Space::Grey } else { Space::Rgb };
        match write(space, chromaticities, transfer) {
            Some(file) => Ok(Self::rebuild(&file, budget)?.map(Self::not_embedded)),
            None => Ok(None),
        }
    }
}

/// A profile's file (ICC.1:2022, sections 7 and 10).
fn write(space: Space, chromaticities: Chromaticities, transfer: Transfer) -> Option<Vec<u8>> {
    let curve = curve(transfer)?;
    let tags: Vec<(&[u8; 4], Vec<u8>)> = match space {
        Space::Grey => vec![(b"kTRC", curve)],
        Space::Rgb => {
            let [red, green, blue] = colorants(chromaticities)?;
            vec![
                (b"rXYZ", xyz(red)?),
                (b"gXYZ", xyz(green)?),
                (b"bXYZ", xyz(blue)?),
                (b"rTRC", curve.clone()),
                (b"gTRC", curve.clone()),
                (b"bTRC", curve),
            ]
        }
        Space::Cmyk => return None,
    };
    let mut file = vec![0; 128];
    file.get_mut(8..12)?.copy_from_slice(&[4, 0x40, 0, 0]);
    file.get_mut(12..24)?.copy_from_slice(match space {
        Space::Grey => b"mntrGRAYXYZ ",
        Space::Rgb | Space::Cmyk => b"mntrRGB XYZ ",
    });
    file.get_mut(36..40)?.copy_from_slice(b"acsp");
    file.get_mut(68..80)?.copy_from_slice(xyz(D50)?.get(8..)?);
    file.extend(u32::try_from(tags.len()).ok()?.to_be_bytes());
    let mut offset = file.len() + tags.len() * 12;
    for (name, tag) in &tags {
        file.extend(*name);
        file.extend(u32::try_from(offset).ok()?.to_be_bytes());
        file.extend(u32::try_from(tag.len()).ok()?.to_be_bytes());
        offset += tag.len();
    }
    tags.iter().for_each(|(_, tag)| file.extend(tag));
    Some(file)
}

/// A signed number with 16 bits after the point; `None` where it has no room.
fn fixed(value: f64) -> Option<[u8; 4]> {
    let scaled = (value * 65_536.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "compared before")]
    let fixed = (scaled.abs() <= f64::from(i32::MAX)).then_some(scaled as i32)?;
    Some(fixed.to_be_bytes())
}

fn xyz(value: [f64; 3]) -> Option<Vec<u8>> {
    let [x, y, z] = value.map(fixed);
    Some([&b"XYZ \0\0\0\0"[..], &x?, &y?, &z?].concat())
}

/// A curve: a sampled one for HDR, else a parametric one. All are of 4 bytes' multiples.
fn curve(transfer: Transfer) -> Option<Vec<u8>> {
    let (function, parameters): (u8, &[f64]) = match transfer {
        Transfer::Gamma(gamma) => (0, &[gamma]),
        Transfer::Srgb => (3, &[2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045]),
        Transfer::Hdr(hdr) => return Some(sampled(hdr)),
        Transfer::Bt709 => (3, &[1.0 / 0.45, 1.0 / 1.099, 0.099 / 1.099, 1.0 / 4.5, 0.081]),
    };
    let mut tag = [&b"para\0\0\0\0\0"[..], &[function, 0, 0]].concat();
    for parameter in parameters {
        tag.extend(fixed(*parameter)?);
    }
    Some(tag)
}

/// Entries of a sampled curve.
const ENTRIES: u16 = 4096;

/// A curve as it is sampled (section 10.6).
fn sampled(hdr: Hdr) -> Vec<u8> {
    let mut tag = [&b"curv\0\0\0\0"[..], &u32::from(ENTRIES).to_be_bytes()].concat();
    for entry in 0..ENTRIES {
        let light = hdr.light(f64::from(entry) / f64::from(ENTRIES - 1));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 65535")]
        tag.extend(((light * 65_535.0).round() as u16).to_be_bytes());
    }
    tag
}

/// The white that profiles are adapted to (ICC.1:2022, section 7.2.16).
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];

/// Bradford's cone responses (ICC.1:2022, annex E).
const BRADFORD: [[f64; 3]; 3] =
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];

/// Red, green and blue at full intensity as X, Y and Z, adapted to D50.
fn colorants(chromaticities: Chromaticities) -> Option<[[f64; 3]; 3]> {
    let [white, red, green, blue] =
        chromaticities.map(|[x, y]| (y > 1e-6).then(|| [x / y, 1.0, (1.0 - x - y) / y]));
    let white = white?;
    let primaries = [red?, green?, blue?];
    // As much of each as makes white.
    let intensities = times(inverse(transposed(primaries))?, white);
    let response = times(BRADFORD, white);
    let mut adapted = [[0.0; 3]; 3];
    for ((adapted, primary), intensity) in adapted.iter_mut().zip(primaries).zip(intensities) {
        let mut cones = times(BRADFORD, primary.map(|value| value * intensity));
        for ((cone, from), to) in cones.iter_mut().zip(response).zip(times(BRADFORD, D50)) {
            *cone *= to / from;
        }
        *adapted = times(inverse(BRADFORD)?, cones);
    }
    adapted.iter().flatten().all(|value| value.is_finite()).then_some(adapted)
}

/// A matrix by rows times a column.
fn times(rows: [[f64; 3]; 3], column: [f64; 3]) -> [f64; 3] {
    rows.map(|row| row.into_iter().zip(column).map(|(a, b)| a * b).sum())
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Limits;

    use super::super::srgb::{COLORANTS, is_srgb};
    use super::*;

    #[test]
    fn bt709_with_srgbs_curve_is_srgb_and_nothing_else_is() {
        let budget = Budget::new(Limits::DEFAULT);
        let profile = |is_grey, chromaticities, transfer| {
            Profile::made(is_grey, chromaticities, transfer, &budget).unwrap().unwrap()
        };
        assert!(is_srgb(&profile(false, BT709, Transfer::Srgb)));
        assert!(is_srgb(&profile(true, BT709, Transfer::Srgb)));
        for (primaries, transfer) in [(1, 4), (1, 8), (1, 1), (9, 13), (12, 13), (5, 13)] {
            let (chromaticities, transfer) = code_points(primaries, transfer).unwrap();
            assert!(
                !is_srgb(&profile(false, chromaticities, transfer)),
                "{primaries} {transfer:?}"
            );
        }
        assert!(!is_srgb(&profile(true, BT709, Transfer::Gamma(2.2))));
        let found = colorants(BT709).unwrap();
        for (found, known) in found.iter().flatten().zip(COLORANTS.iter().flatten()) {
            assert!((found - known).abs() < 5e-4, "{found} {known}");
        }
    }

    #[test]
    fn primaries_on_a_line_span_nothing() {
        let line = [D65, [0.1, 0.1], [0.2, 0.2], [0.3, 0.3]];
        assert_eq!(write(Space::Rgb, line, Transfer::Srgb), None);
        assert_eq!(write(Space::Rgb, [D65, [0.1, 0.0], D65, D65], Transfer::Srgb), None);
        assert_eq!(write(Space::Grey, BT709, Transfer::Gamma(1e9)), None);
        assert_eq!(code_points(1, 17), None);
    }
}
