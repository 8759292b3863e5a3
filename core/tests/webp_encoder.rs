//! The encoders of WebP: their files against their sources, by this decoder and another one.

use image::{ImageBuffer, Rgb, RgbImage, Rgba, RgbaImage};
use thumbox_core::protocol::{OutputFormat, Target};
use thumbox_core::testing::encode;
use thumbox_core::{Budget, Limits};

use crate::common::*;
use crate::encoders::{
    EFFORTS, difference, encoded, noise, smooth, stays_under_its_charge, written,
};

fn target(quality: u8, effort: u8) -> Target {
    Target { format: OutputFormat::WebP, quality, effort, ..Target::default() }
}

/// The pixels of a file, which this decoder and another one find alike.
fn decoded(file: &[u8]) -> RgbaImage {
    let (.., png) = thumbnail(&ask(0x1_0000, 0x1_0000, 1).v1(file));
    let (ours, theirs) = (pixels(&png).into_rgba8(), pixels(file).into_rgba8());
    assert!(ours == theirs, "the decoders differ by {}", difference(&ours, &theirs));
    ours
}

/// The colours of a file, which is opaque.
fn colors(file: &[u8]) -> RgbImage {
    let found = decoded(file);
    assert!(found.pixels().all(|pixel| pixel.0[3] == 255));
    image::DynamicImage::from(found).into_rgb8()
}

#[test]
fn every_size_is_close_to_its_source() {
    for side in 1..=33 {
        for (width, height) in [(side, side), (side, 34 - side), (34 - side, side + 1)] {
            let picture = smooth(width, height);
            let target = target(92, EFFORTS[(side % 3) as usize]);
            let apart = difference(&colors(&encoded(&picture, &target)), &picture);
            assert!(apart < 4.0, "{width} x {height}, {target:?}: {apart}");
        }
    }
}

#[test]
fn the_longest_sides_are_encoded() {
    for (width, height) in [(1, 16_383), (16_383, 1), (16_383, 17)] {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            let at = (x + y) / 80;
            Rgb([at as u8, 255 - at as u8, 90])
        });
        let apart = difference(&colors(&encoded(&picture, &target(80, 4))), &picture);
        assert!(apart < 3.0, "{width} x {height}: {apart}");
    }
}

#[test]
fn flat_pictures_are_small_and_one_odd_pixel_is_kept() {
    for effort in EFFORTS {
        for color in [[0; 3], [255; 3], [128; 3]] {
            let picture = RgbImage::from_pixel(200, 150, Rgb(color));
            let file = encoded(&picture, &target(85, effort));
            assert!(file.len() < 200, "{} bytes", file.len());
            assert!(difference(&colors(&file), &picture) < 1.01, "{color:?}");
        }
        let mut odd = RgbImage::from_pixel(61, 47, Rgb([30, 90, 160]));
        odd.put_pixel(60, 46, Rgb([255, 255, 255]));
        let found = colors(&encoded(&odd, &target(95, effort)));
        assert!(found.get_pixel(60, 46).0[1] > 200, "{:?}", found.get_pixel(60, 46));
        assert!(difference(&found, &odd) < 1.5);
    }
}

#[test]
fn noise_and_sharp_text_are_neither_refused_nor_lost() {
    let letters = RgbImage::from_fn(97, 41, |x, y| {
        let stroke = (x * 7 + y * 3) % 11 < 2 || (x % 9 == 4 && y % 13 > 3);
        Rgb([if stroke { 0 } else { 255 }; 3])
    });
    for effort in EFFORTS {
        // Chroma of 2 x 2 pixels is one, so that noise of colours is never exact.
        for (quality, bounds) in [(100, (110.0, 3.0)), (75, (120.0, 20.0)), (1, (150.0, 110.0))] {
            let target = target(quality, effort);
            let lost = |picture| difference(&colors(&encoded(picture, &target)), picture);
            let found = (lost(&noise(70, 50)), lost(&letters));
            let within = found.0 < bounds.0 && found.1 < bounds.1;
            assert!(within, "quality {quality}, effort {effort}: {found:?}");
        }
    }
}

/// The alpha of a pixel.
type Alpha = fn(u32, u32) -> u8;

#[test]
fn alpha_is_exact() {
    let alphas: [(&str, Alpha); 5] = [
        ("transparent everywhere", |_, _| 0),
        ("half transparent", |_, _| 128),
        ("a slope", |x, y| (x * 3 + y * 2) as u8),
        (
            "a disc",
            |x, y| if x.abs_diff(20).pow(2) + y.abs_diff(15).pow(2) < 150 { 255 } else { 0 },
        ),
        ("noise", |x, y| ((x * 0x9E37 + y * 0x79B9).wrapping_mul(0x85EB_CA6B) >> 24) as u8),
    ];
    for (name, alpha) in alphas {
        for (width, height) in [(1, 1), (41, 31), (17, 2)] {
            let picture: RgbaImage = ImageBuffer::from_fn(width, height, |x, y| {
                Rgba([(x * 5) as u8, (y * 7) as u8, 90, alpha(x, y)])
            });
            for effort in EFFORTS {
                let file = written(width, height, &picture, &target(90, effort));
                let found = decoded(&file);
                let alphas = found.pixels().zip(picture.pixels()).all(|(a, b)| a.0[3] == b.0[3]);
                assert!(alphas, "{name}, {width} x {height}, effort {effort}");
            }
            let lossless = Target { lossless: true, ..target(90, 4) };
            assert!(decoded(&written(width, height, &picture, &lossless)) == picture, "{name}");
        }
    }
}

#[test]
fn bytes_and_closeness_rise_with_quality() {
    let picture = scene(120, 90);
    for effort in EFFORTS {
        let (mut bytes, mut apart) = (0, f64::MAX);
        for quality in [1, 5, 10, 20, 35, 50, 65, 80, 89, 93, 97, 100] {
            let file = encoded(&picture, &target(quality, effort));
            let found = difference(&colors(&file), &picture);
            assert!(file.len() > bytes && found < apart, "quality {quality}, effort {effort}");
            (bytes, apart) = (file.len(), found);
        }
    }
}

#[test]
fn limits_are_kept() {
    let refused = |limits: Limits| {
        let target = target(90, 6);
        let error = encode(256, 256, &scene(256, 256), &target, &Budget::new(limits)).unwrap_err();
        error.code().number()
    };
    assert_eq!(refused(Limits { max_reply: 3000, ..Limits::DEFAULT }), 302);
    // The pixels themselves, and then too little for their planes.
    assert_eq!(refused(Limits { max_memory: (256 << 10) + (50 << 10), ..Limits::DEFAULT }), 301);
}

#[test]
fn every_effort_stays_under_its_charge() {
    for effort in EFFORTS {
        for quality in [1, 97] {
            stays_under_its_charge(600, 500, &scene(600, 500), &target(quality, effort));
            let alpha = scene_with_alpha(600, 500);
            stays_under_its_charge(600, 500, &alpha, &target(quality, effort));
        }
        stays_under_its_charge(300, 200, &noise(300, 200), &target(100, effort));
    }
}
