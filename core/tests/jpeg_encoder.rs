//! The JPEG encoder: its files against their sources, by this decoder and another one, and against what was asked for.

use image::{DynamicImage, RgbImage};
use thumbox_core::protocol::{Progressive, Subsampling, Target};
use thumbox_core::testing::{encode, jpeg_at};
use thumbox_core::{Budget, Limits};

use crate::common::*;
use crate::encoders::{EFFORTS, difference, encoded, noise, smooth, stays_under_its_charge};

fn target(quality: u8, effort: u8) -> Target {
    Target { quality, effort, ..Target::default() }
}

/// The pixels of a file, which this decoder and another one find alike.
fn decoded(file: &[u8], width: u32, height: u32) -> Vec<u8> {
    let (w, h, ours) = jpeg_at(file, 8, &Budget::new(Limits::DEFAULT)).unwrap();
    assert_eq!((w, h), (width, height));
    let theirs = match pixels(file) {
        DynamicImage::ImageLuma8(grey) => grey.into_raw(),
        color => color.into_rgb8().into_raw(),
    };
    // Chroma is not widened in the same way by both.
    let apart = difference(&ours, &theirs);
    assert!(apart < 3.0, "the decoders are {apart} apart");
    ours
}

/// The frame's header: its marker, number of components, and the first one's sampling.
fn frame(file: &[u8]) -> (u8, u8, u8) {
    let at = file.windows(2).position(|pair| matches!(pair, [0xFF, 0xC0..=0xC2])).unwrap();
    (file[at + 1], file[at + 9], file[at + 11])
}

#[test]
fn every_odd_size_is_close_to_its_source() {
    for side in (1..=33).step_by(2) {
        for (width, height) in [(side, side), (side, 34 - side), (34 - side, side + 1)] {
            let picture = smooth(width, height);
            for (number, effort) in EFFORTS.into_iter().enumerate() {
                for subsampling in [Subsampling::Quarter, Subsampling::Full] {
                    let progressive = [Progressive::Never, Progressive::Always][number % 2];
                    let target = Target { subsampling, progressive, ..target(92, effort) };
                    let file = encoded(&picture, &target);
                    let apart = difference(&decoded(&file, width, height), &picture);
                    assert!(apart < 3.0, "{width} x {height}, {target:?}: {apart}");
                }
            }
        }
    }
}

#[test]
fn the_longest_sides_are_encoded() {
    for (width, height) in [(1, 65_535), (65_535, 1), (65_535, 17)] {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            let at = (x + y) / 300;
            image::Rgb([at as u8, 255 - at as u8, 90])
        });
        let file = encoded(&picture, &target(80, 4));
        let apart = difference(&decoded(&file, width, height), &picture);
        assert!(apart < 2.0, "{width} x {height}: {apart}");
    }
}

#[test]
fn flat_pictures_are_exact_and_small_and_noise_is_neither_refused_nor_lost() {
    for effort in EFFORTS {
        for color in [[0; 3], [255; 3], [128; 3]] {
            let picture = RgbImage::from_pixel(200, 150, image::Rgb(color));
            let file = encoded(&picture, &target(85, effort));
            assert!(file.len() < 700, "{} bytes", file.len());
            assert!(difference(&decoded(&file, 200, 150), &picture) < 1.01);
        }
        let mut odd = RgbImage::from_pixel(61, 47, image::Rgb([30, 90, 160]));
        odd.put_pixel(60, 46, image::Rgb([255, 0, 0]));
        let file = encoded(&odd, &target(95, effort));
        let found = decoded(&file, 61, 47);
        assert!(found[found.len() - 3] > 200, "the odd pixel is there at effort {effort}");
        assert!(difference(&found, &odd) < 1.5);
        let noise = noise(70, 50);
        for (quality, bound) in [(100, 2.0), (75, 50.0), (1, 140.0)] {
            let how = Target { subsampling: Subsampling::Full, ..target(quality, effort) };
            let apart = difference(&decoded(&encoded(&noise, &how), 70, 50), &noise);
            assert!(apart < bound, "quality {quality}, effort {effort}: {apart}");
        }
    }
}

#[test]
fn grey_has_one_component() {
    let picture = grey(61, 43);
    for effort in EFFORTS {
        for progressive in [Progressive::Never, Progressive::Always] {
            let target = Target { progressive, ..target(90, effort) };
            let file = encode(61, 43, &picture, &target, &Budget::new(Limits::DEFAULT)).unwrap();
            assert_eq!((frame(&file).1, frame(&file).2), (1, 0x11));
            let apart = difference(&decoded(&file, 61, 43), &picture);
            assert!(apart < 4.0, "{target:?}: {apart}");
        }
    }
}

#[test]
fn headers_say_what_was_asked_for() {
    let picture = scene(64, 48);
    for effort in EFFORTS {
        for (quality, subsampling, sampling) in [
            (89, Subsampling::ByQuality, 0x22),
            (90, Subsampling::ByQuality, 0x11),
            (90, Subsampling::Quarter, 0x22),
            (89, Subsampling::Full, 0x11),
        ] {
            for (progressive, marker) in [(Progressive::Never, 0xC0), (Progressive::Always, 0xC2)] {
                let target = Target { subsampling, progressive, ..target(quality, effort) };
                assert_eq!(frame(&encoded(&picture, &target)), (marker, 3, sampling), "{target:?}");
            }
        }
    }
    let how = |effort, progressive| Target { progressive, ..target(85, effort) };
    let smaller = encoded(&scene(300, 200), &how(6, Progressive::IfSmaller));
    let baseline = encoded(&scene(300, 200), &how(6, Progressive::Never));
    assert_eq!(frame(&smaller).0, 0xC2);
    assert!(smaller.len() < baseline.len());
    assert_eq!(frame(&encoded(&picture, &how(4, Progressive::IfSmaller))).0, 0xC0);
    let tiny = encoded(&scene(8, 8), &how(6, Progressive::IfSmaller));
    assert_eq!(tiny, encoded(&scene(8, 8), &how(6, Progressive::Never)));
}

/// The same levels, in the scans of a progressive file and in one.
#[test]
fn progressive_files_show_the_same_pixels() {
    for effort in EFFORTS {
        for quality in [5, 60, 98] {
            let how = |progressive| Target { progressive, ..target(quality, effort) };
            let files = [Progressive::Never, Progressive::Always, Progressive::IfSmaller]
                .map(|progressive| encoded(&scene(203, 117), &how(progressive)));
            let [baseline, others @ ..] = files.map(|file| decoded(&file, 203, 117));
            assert!(others.iter().all(|other| *other == baseline), "{quality} {effort}");
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
            let found = difference(&decoded(&file, 120, 90), &picture);
            assert!(file.len() > bytes && found < apart, "quality {quality}, effort {effort}");
            (bytes, apart) = (file.len(), found);
        }
        assert!(apart < 0.9, "quality 100: {apart}");
    }
}

#[test]
fn limits_are_kept() {
    let refused = |limits: Limits| {
        let target = target(90, 6);
        let error = encode(256, 256, &scene(256, 256), &target, &Budget::new(limits)).unwrap_err();
        error.code().number()
    };
    assert_eq!(refused(Limits { max_reply: 5000, ..Limits::DEFAULT }), 302);
    // The pixels themselves, and then too little for their coefficients.
    assert_eq!(refused(Limits { max_memory: (256 << 10) + (300 << 10), ..Limits::DEFAULT }), 301);
}

#[test]
fn every_effort_stays_under_its_charge() {
    let picture = scene(600, 500);
    for effort in EFFORTS {
        for subsampling in [Subsampling::Quarter, Subsampling::Full] {
            let progressive = Progressive::Always;
            let target = Target { subsampling, progressive, ..target(97, effort) };
            stays_under_its_charge(600, 500, &picture, &target);
        }
    }
}
