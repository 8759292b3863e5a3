//! What the tests of encoders share: pixels to a file, and how far two pictures are apart.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

use image::RgbImage;
use thumbox_core::protocol::Target;
use thumbox_core::testing::encode;
use thumbox_core::{Budget, Limits};

pub const EFFORTS: [u8; 3] = [0, 4, 6];

/// The file of `width * height` pixels of one to four samples. All that was charged for it is given back.
pub fn written(width: u32, height: u32, samples: &[u8], target: &Target) -> Vec<u8> {
    let budget = Budget::new(Limits::DEFAULT);
    let file = encode(width, height, samples, target, &budget).unwrap();
    assert_eq!(budget.left(), Limits::DEFAULT.max_memory, "all charges are given back");
    file
}

/// [`written`], of an RGB picture.
pub fn encoded(picture: &RgbImage, target: &Target) -> Vec<u8> {
    written(picture.width(), picture.height(), picture, target)
}

/// Holds an encoder to its charge.
pub fn stays_under_its_charge(width: u32, height: u32, samples: &[u8], target: &Target) {
    let budget = Budget::new(Limits::DEFAULT);
    let mut file = Vec::new();
    let found = allocation_counter::measure(|| {
        file = encode(width, height, samples, target, &budget).unwrap();
    });
    let (found, charged) = (found.bytes_max, budget.peak());
    assert!(found <= charged, "{target:?}: {found} bytes, {charged} charged");
}

/// The root of the mean square of the differences.
pub fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    (sum as f64 / a.len() as f64).sqrt()
}

/// A picture without edges, which every coding keeps.
pub fn smooth(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(40 + 5 * x) as u8, (200 - 4 * y) as u8, (80 + 2 * x + 3 * y) as u8])
    })
}

/// Extremes, which make the largest coefficients.
pub fn noise(width: u32, height: u32) -> RgbImage {
    let mut random = 9_u32;
    RgbImage::from_fn(width, height, |_, _| {
        image::Rgb([(); 3].map(|()| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if random >> 31 == 0 { 0 } else { 255 }
        }))
    })
}
