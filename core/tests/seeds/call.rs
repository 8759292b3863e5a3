//! Requests of every message.

use image::{DynamicImage, ImageFormat};
use jpeg_encoder::{ColorType, SamplingFactor};

use super::super::common::*;
use super::Seed;

/// Requests behind the byte that tells the target `call` how to make them.
pub(super) fn seeds() -> Vec<Seed> {
    // As `laws::request` reads it.
    let [thumbnail, set_of, probed, echo, unknown, placed] = [0, 3, 5, 6, 7, 103];
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
        add(format!("{name}-placeholder"), placed, placeholder(0, &image));
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
    for gravity in 0..=10 {
        let third =
            Third { gravity, focal: [if gravity == 9 { 9000 } else { 0 }; 2], ..Third::default() };
        let ask = Ask { fit: 1, ..ask(4, 9, PNG) };
        add(format!("gravity-{gravity}"), thumbnail, ask.v3(third, &image));
    }
    for format in [JPEG, PNG, WEBP] {
        let third = Third { colour: 1, ..Third::default() };
        let ask = Ask { fit: 3, background, ..ask(14, 15, format) };
        add(format!("contain-{format}"), thumbnail, ask.v3(third, &image));
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
