//! The JPEG decoder on every sampling, restart interval and order of scans that a file can have: against another
//! decoder, and against itself.

use std::collections::BTreeMap;

use thumbox_core::testing::jpeg_at;
use thumbox_core::{Budget, Limits};

use crate::coder::{Shape, scripts};
use crate::common::{pixels, scene};

fn at(file: &[u8], size: u32) -> (u32, u32, Vec<u8>) {
    jpeg_at(file, size, &Budget::new(Limits::DEFAULT)).unwrap()
}

/// Factors of every kind that both decoders read: of Y, Cb and Cr, and of grey.
const SAMPLINGS: [&[(u32, u32)]; 13] = [
    &[(1, 1)],
    &[(1, 1), (1, 1), (1, 1)],
    &[(2, 1), (1, 1), (1, 1)],
    &[(1, 2), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1)],
    &[(4, 1), (1, 1), (1, 1)],
    &[(1, 4), (1, 1), (1, 1)],
    &[(4, 2), (1, 1), (1, 1)],
    &[(2, 4), (1, 1), (1, 1)],
    &[(2, 2), (2, 1), (2, 1)],
    &[(2, 2), (1, 2), (1, 2)],
    &[(4, 2), (2, 2), (2, 2)],
    &[(2, 2), (2, 2), (2, 2)],
];

/// What the other decoder panics on or mistakes: Y with fewer samples than the rest, and factors of 3.
const RARE: [&[(u32, u32)]; 4] = [
    &[(1, 1), (2, 2), (2, 2)],
    &[(2, 2), (2, 1), (1, 2)],
    &[(3, 1), (1, 1), (1, 1)],
    &[(3, 2), (1, 2), (3, 1)],
];

const SIZES: [(u32, u32); 4] = [(83, 61), (64, 64), (9, 40), (1, 1)];

/// Calls for a file of every order of scans, restart interval and size, with a name for messages.
fn every_shape(factors: &[(u32, u32)], mut see: impl FnMut(&Shape, &[u8], &str)) {
    for script in scripts(factors.len()) {
        for restart in [0, 1, 3] {
            for (width, height) in SIZES {
                let (factors, script) = (factors.to_vec(), script.clone());
                let shape = Shape { width, height, factors, restart, script };
                let Shape { factors, script, .. } = &shape;
                let name = format!("{factors:?} {} {restart} {width} x {height}", script.name);
                see(&shape, &shape.encode(), &name);
            }
        }
    }
}

fn samples(factors: &[(u32, u32)], picture: image::DynamicImage) -> Vec<u8> {
    match factors {
        [_] => picture.into_luma8().into_raw(),
        _ => picture.into_rgb8().into_raw(),
    }
}

/// The largest difference and the mean one.
fn difference(a: &[u8], b: &[u8]) -> (u8, f64) {
    assert_eq!(a.len(), b.len());
    let differences = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = differences.clone().map(u64::from).sum();
    (differences.max().unwrap(), sum as f64 / a.len() as f64)
}

#[test]
fn every_shape_is_what_another_decoder_makes_of_it() {
    for factors in SAMPLINGS {
        // Where nothing is widened only roundings differ; where it is, those of its filter too.
        let whole = factors.iter().all(|factor| *factor == factors[0]);
        let (most, mean_of_all) = if whole { (2, 0.1) } else { (4, 0.5) };
        every_shape(factors, |shape, file, name| {
            // It goes wrong on several sequential scans; that they make the same picture is held below.
            if !shape.script.progressive && shape.script.scans.len() > 1 {
                return;
            }
            let (width, height, found) = at(file, 8);
            assert_eq!((width, height), (shape.width, shape.height), "{name}");
            let (largest, mean) = difference(&found, &samples(factors, pixels(file)));
            assert!(largest <= most && mean <= mean_of_all, "{name}: {largest}, {mean}");
        });
    }
}

/// The order of scans, their bits and their restarts say nothing of the picture: at every scale it is the same.
#[test]
fn every_order_of_scans_makes_the_same_picture() {
    for factors in SAMPLINGS.into_iter().chain(RARE) {
        let mut first = BTreeMap::new();
        every_shape(factors, |shape, file, name| {
            for size in [8, 4, 3, 2, 1] {
                let found = at(file, size);
                let expected =
                    ((shape.width * size).div_ceil(8), (shape.height * size).div_ceil(8));
                assert_eq!((found.0, found.1), expected, "{name}");
                let key = (shape.width, shape.height, size);
                assert!(
                    found == *first.entry(key).or_insert_with(|| found.clone()),
                    "{name} {size}/8"
                );
            }
        });
    }
}

/// What the other decoder cannot say: it looks like the picture that was coded.
#[test]
fn rare_samplings_look_like_their_picture() {
    for factors in SAMPLINGS.into_iter().chain(RARE) {
        let (width, height) = SIZES[0];
        let picture = samples(factors, scene(width, height).into());
        let script = scripts(factors.len()).remove(0);
        let shape = Shape { width, height, factors: factors.to_vec(), restart: 0, script };
        let (_, mean) = difference(&at(&shape.encode(), 8).2, &picture);
        assert!(mean < 9.0, "{factors:?}: {mean}");
    }
}
