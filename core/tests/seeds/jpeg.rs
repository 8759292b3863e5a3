//! JPEGs.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::super::coder::{Shape, scripts};
use super::super::common::*;
use super::{Seed, icc};

const SAMPLINGS: [(&str, SamplingFactor); 8] = [
    ("444", SamplingFactor::F_1_1),
    ("422", SamplingFactor::F_2_1),
    ("440", SamplingFactor::F_1_2),
    ("420", SamplingFactor::F_2_2),
    ("411", SamplingFactor::F_4_1),
    ("4x2", SamplingFactor::F_4_2),
    ("1x4", SamplingFactor::F_1_4),
    ("2x4", SamplingFactor::F_2_4),
];

/// Factors for which there is every order of scans.
const FACTORS: [&[(u32, u32)]; 4] =
    [&[(1, 1)], &[(2, 2), (1, 1), (1, 1)], &[(1, 1), (2, 2), (2, 1)], &[(3, 2), (1, 2), (3, 1)]];

/// JPEGs of every sampling, colour space, order of scans and restart interval, whole and broken.
pub(super) fn seeds() -> Vec<Seed> {
    let (width, height) = (33, 17);
    let picture = scene(width, height);
    let inks: Vec<u8> = picture.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], 7, 9]).collect();
    let grey = grey(width, height);
    let mut files = Vec::new();
    let mut add = |name: String, file| files.push((name, file));
    for (name, sampling) in SAMPLINGS {
        for (pixels, color, colour) in [
            (picture.as_raw().as_slice(), ColorType::Rgb, "ycc"),
            (&inks, ColorType::Cmyk, "cmyk"),
            (&inks, ColorType::CmykAsYcck, "ycck"),
            (grey.as_raw(), ColorType::Luma, "grey"),
        ] {
            for progressive in [false, true] {
                for restart in [0, 2] {
                    let how = Jpeg { sampling, progressive, restart };
                    let file = jpeg_of(pixels, width, height, color, how);
                    let scans = if progressive { "progressive" } else { "baseline" };
                    add(format!("{colour}-{name}-{scans}-{restart}"), file);
                }
            }
        }
        let mut apart = Vec::new();
        let mut encoder = Encoder::new(&mut apart, 90);
        encoder.set_sampling_factor(sampling);
        encoder.set_optimized_huffman_tables(true);
        encoder.encode(&picture, width as u16, height as u16, ColorType::Rgb).unwrap();
        add(format!("ycc-{name}-apart"), apart);
    }
    for (number, factors) in FACTORS.into_iter().enumerate() {
        for script in scripts(factors.len()) {
            for restart in [0, 2] {
                let (factors, name) = (factors.to_vec(), script.name);
                let script = script.clone();
                let shape = Shape { width: 20, height: 18, factors, restart, script };
                add(format!("factors-{number}-{name}-{restart}"), shape.encode());
            }
        }
    }
    let whole = jpeg(width, height);
    let progressive = Jpeg { progressive: true, ..BASELINE };
    let progressive = jpeg_of(&picture, width, height, ColorType::Rgb, progressive);
    for (name, file) in [("baseline", &whole), ("progressive", &progressive)] {
        for quarter in 1..4 {
            add(format!("cut-{name}-{quarter}"), file[..file.len() * quarter / 4].to_vec());
        }
    }
    let profile = icc::undated(&moxcms::ColorProfile::new_gray_with_gamma(2.2));
    let profile = [b"ICC_PROFILE\0\x01\x01", profile.as_slice()].concat();
    add("orientation".into(), with_orientation(&whole, 6));
    add("profile".into(), with_segment(&whole, 0xE2, &profile));
    add("one-pixel".into(), jpeg(1, 1));
    add("thin".into(), jpeg(200, 1));
    // Without JFIF, Adobe's marker says that they are RGB.
    let app0 = whole.windows(2).position(|pair| pair == [0xFF, 0xE0]).unwrap();
    let plain = [&whole[..app0], &whole[app0 + 18..]].concat();
    add("rgb".into(), with_segment(&plain, 0xEE, b"Adobe\0\x64\0\0\0\0\0"));
    files
}
