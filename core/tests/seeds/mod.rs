//! What fuzzing starts from: a tiny file of every kind that the decoders tell apart, and requests around them.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

use image::{DynamicImage, ImageFormat};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::coder::{Shape, scripts};
use super::common::*;

/// A name that is unique in its target, and the bytes.
pub type Seed = (String, Vec<u8>);

/// What each fuzz target starts from.
pub fn seeds(target: &str) -> Vec<Seed> {
    match target {
        "jpeg" => jpegs(),
        "call" => requests(),
        other => unreachable!("there is no fuzz target {other}"),
    }
}

pub const SAMPLINGS: [(&str, SamplingFactor); 8] = [
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
fn jpegs() -> Vec<Seed> {
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
    let profile = moxcms::ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
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

/// Requests behind the byte that tells the target `call` how to make them.
fn requests() -> Vec<Seed> {
    // As `laws::request` reads it.
    let [thumbnail, set_of, probed, echo, unknown] = [0, 3, 5, 6, 7];
    let mut found = Vec::new();
    let mut add = |name: String, how: u8, request: Vec<u8>| {
        found.push((name, [&[how], request.as_slice()].concat()));
    };
    for (name, image) in images() {
        for (number, format) in [JPEG, PNG, WEBP].into_iter().enumerate() {
            let ask = Ask { quality: 60, ..ask(8, 5, format) };
            add(format!("{name}-{number}"), thumbnail, ask.v1(&image));
        }
        add(format!("{name}-probe"), probed, probe(&image));
    }
    let image = palette_png(12, 9);
    let background = [200, 10, 10, 255];
    for fit in 0..3 {
        for flags in 0..8 {
            let format = if flags & 2 == 0 { fit.into() } else { WEBP };
            let ask = Ask { fit, flags, background, ..ask(14, 5, format) };
            add(format!("fit-{fit}-{flags}"), thumbnail, ask.v2(200, &image));
        }
    }
    let asks = [ask(8, 8, JPEG), ask(0, 3, PNG), Ask { fit: 1, ..ask(5, 5, WEBP) }];
    add("set".into(), set_of, set(&asks, &image));
    add("echo".into(), echo, b"hello".to_vec());
    add("unknown".into(), unknown, b"hello".to_vec());
    found
}

/// An image of every format and of every kind of it.
fn images() -> Vec<Seed> {
    let (width, height) = (20, 14);
    let rgb = DynamicImage::from(scene(width, height));
    let rgba = DynamicImage::from(scene_with_alpha(width, height));
    let greys = [
        ("grey", DynamicImage::from(grey(width, height))),
        ("grey-alpha", grey_with_alpha(width, height).into()),
    ];
    let mut found = vec![
        ("gif".into(), gif(width, height, 1)),
        ("gif-animated".into(), gif(width, height, 2)),
        ("png-palette".into(), palette_png(width, height)),
        ("png-16".into(), file(rgba.to_rgba16(), ImageFormat::Png)),
        ("png-grey-16".into(), file(rgb.to_luma16(), ImageFormat::Png)),
        ("tiff-16".into(), file(rgb.to_rgb16(), ImageFormat::Tiff)),
        ("tiff-float".into(), file(rgb.to_rgb32f(), ImageFormat::Tiff)),
    ];
    for (name, sampling, progressive, color) in [
        ("jpeg", SamplingFactor::F_2_2, false, ColorType::Rgb),
        ("jpeg-progressive", SamplingFactor::F_2_1, true, ColorType::Rgb),
    ] {
        let how = Jpeg { sampling, progressive, restart: 0 };
        let file = jpeg_of(rgb.as_bytes(), width, height, color, how);
        found.push((name.into(), with_orientation(&file, 8)));
    }
    for (name, format) in [
        ("png", ImageFormat::Png),
        ("bmp", ImageFormat::Bmp),
        ("tiff", ImageFormat::Tiff),
        ("webp", ImageFormat::WebP),
    ] {
        found.push((name.to_owned(), file(rgb.clone(), format)));
        found.push((format!("{name}-alpha"), file(rgba.clone(), format)));
        if format != ImageFormat::WebP {
            let greys = &greys[..if format == ImageFormat::Png { 2 } else { 1 }];
            found.extend(
                greys
                    .iter()
                    .map(|(kind, grey)| (format!("{name}-{kind}"), file(grey.clone(), format))),
            );
        }
    }
    let lossy = ask(u32::MAX, u32::MAX, WEBP);
    for (name, picture) in [("webp-lossy", rgb), ("webp-lossy-alpha", rgba)] {
        let source = file(picture, ImageFormat::Png);
        found.push((name.into(), thumbnail(&lossy.v1(&source)).2));
    }
    found
}
