//! The PNG encoder: what it writes is exact, in the smallest form, and by effort; its palettes are close to their pictures.

use std::collections::BTreeSet;

use thumbox_core::protocol::{OutputFormat, Target};
use thumbox_core::testing::encode;
use thumbox_core::{Budget, Limits};

use crate::common::*;

fn target(effort: u8, palette: bool) -> Target {
    Target { format: OutputFormat::Png, effort, palette, ..Target::default() }
}

/// Pixels of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 channels.
struct Pixels {
    width: u32,
    height: u32,
    samples: Vec<u8>,
}

impl Pixels {
    fn new<const N: usize>(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; N]) -> Self {
        let at = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self { width, height, samples: at.flat_map(|(x, y)| pixel(x, y)).collect() }
    }

    fn channels(&self) -> usize {
        self.samples.len() / (self.width * self.height) as usize
    }

    fn rgba(&self) -> Vec<[u8; 4]> {
        let pixel = |samples: &[u8]| match *samples {
            [v] => [v, v, v, 255],
            [v, alpha] => [v, v, v, alpha],
            [r, g, b] => [r, g, b, 255],
            [r, g, b, alpha] => [r, g, b, alpha],
            _ => unreachable!(),
        };
        self.samples.chunks(self.channels()).map(pixel).collect()
    }

    fn encoded(&self, target: &Target) -> Vec<u8> {
        let budget = Budget::new(Limits::DEFAULT);
        let file = encode(self.width, self.height, &self.samples, target, &budget).unwrap();
        let left = budget.left();
        assert_eq!(left, Limits::DEFAULT.max_memory, "all charges are given back");
        file
    }

    /// Encodes it with every effort, with a palette and without, and asks for the same pixels; gives the files without.
    fn exact(&self, name: &str) -> Vec<Vec<u8>> {
        let few = self.rgba().into_iter().collect::<BTreeSet<_>>().len() <= 256;
        for effort in [0, 2, 4, 6] {
            if few {
                let file = self.encoded(&target(effort, true));
                assert_eq!(decoded(&file), self.rgba(), "{name}, effort {effort}, palette");
            }
        }
        let files = (0..=6).map(|effort| {
            let file = self.encoded(&target(effort, false));
            assert_eq!(decoded(&file), self.rgba(), "{name}, effort {effort}");
            file
        });
        files.collect()
    }
}

fn decoded(file: &[u8]) -> Vec<[u8; 4]> {
    pixels(file).into_rgba8().pixels().map(|pixel| pixel.0).collect()
}

/// Colour type and bit depth.
fn form(file: &[u8]) -> (u8, u8) {
    (file[25], file[24])
}

/// The body of a chunk.
fn chunk<'a>(file: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let mut rest = &file[8..];
    while let [a, b, c, d, found @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if found.starts_with(kind) {
            return Some(&found[4..4 + length]);
        }
        rest = &found[4 + length + 4..];
    }
    None
}

/// A value without a pattern.
fn noise(x: u32, y: u32) -> u32 {
    let mixed = (x * 0x9E37 + y * 0x79B9 + 7).wrapping_mul(0x85EB_CA6B);
    (mixed ^ mixed >> 13).wrapping_mul(0xC2B2_AE35) >> 8
}

const GREY: u8 = 0;
const RGB: u8 = 2;
const INDEXED: u8 = 3;
const GREY_ALPHA: u8 = 4;
const RGBA: u8 = 6;

#[test]
fn each_picture_gets_its_smallest_exact_form() {
    let number = |x: u32, y: u32, count: u32| (x + y * 41) % count;
    // Colours that are not grey.
    let color = |n: u32| [n as u8, 200 - (n / 2) as u8, (n >> 3 & 0xE0) as u8 | 1];
    let colors = |count: u32| Pixels::new(41, 37, move |x, y| color(number(x, y, count)));
    let greys = |levels: &'static [u8]| {
        Pixels::new(41, 37, move |x, y| [levels[noise(x, y) as usize % levels.len()]; 3])
    };
    let smooth = |x: u32, y: u32| [(x * 6) as u8, (y * 6) as u8, (x + y) as u8];
    for (name, picture, expected) in [
        ("one bit", greys(&[0, 255]), (GREY, 1)),
        ("black", greys(&[0]), (GREY, 1)),
        ("two bits", greys(&[0, 85, 255]), (GREY, 2)),
        ("four bits", greys(&[0, 17, 34, 238, 255]), (GREY, 4)),
        ("two greys of no depth", greys(&[1, 254]), (INDEXED, 1)),
        ("grey", Pixels::new(41, 37, |x, y| [(noise(x, y)) as u8]), (GREY, 8)),
        ("grey as RGB", Pixels::new(41, 37, |x, y| [(noise(x, y)) as u8; 3]), (GREY, 8)),
        ("opaque grey with alpha", Pixels::new(41, 37, |x, y| [noise(x, y) as u8, 255]), (GREY, 8)),
        (
            "grey with alpha",
            Pixels::new(41, 37, |x, y| {
                let v = noise(x, y);
                [v as u8, v as u8, v as u8, (v >> 8) as u8]
            }),
            (GREY_ALPHA, 8),
        ),
        ("2 colours", colors(2), (INDEXED, 1)),
        ("3 colours", colors(3), (INDEXED, 2)),
        ("4 colours", colors(4), (INDEXED, 2)),
        ("5 colours", colors(5), (INDEXED, 4)),
        ("16 colours", colors(16), (INDEXED, 4)),
        ("17 colours", colors(17), (INDEXED, 8)),
        ("256 colours", colors(256), (INDEXED, 8)),
        ("257 colours", colors(257), (RGB, 8)),
        ("smooth", Pixels::new(41, 37, smooth), (RGB, 8)),
        (
            "opaque",
            Pixels::new(41, 37, move |x, y| {
                let [r, g, b] = smooth(x, y);
                [r, g, b, 255]
            }),
            (RGB, 8),
        ),
        (
            "one pixel that is not",
            Pixels::new(41, 37, move |x, y| {
                let [r, g, b] = smooth(x, y);
                [r, g, b, if (x, y) == (40, 36) { 254 } else { 255 }]
            }),
            (RGBA, 8),
        ),
    ] {
        let files = picture.exact(name);
        for file in &files[..4] {
            assert_eq!(form(file), expected, "{name}");
        }
        assert!(files[6].len() <= files[0].len(), "{name}");
        assert!(files[6].len() <= files[4].len(), "{name}");
    }
}

#[test]
fn few_colours_win_only_where_the_palette_does_not_cost_more() {
    let picture = Pixels::new(4, 4, |x, y| [(x * 60) as u8, (y * 60) as u8, 9]);
    assert_eq!(form(&picture.exact("16 pixels")[0]), (RGB, 8));
    let picture = Pixels::new(100, 2, |x, _| [(x / 7) as u8, 0, 9]);
    assert_eq!(form(&picture.exact("stripes")[3]), (INDEXED, 4));
}

#[test]
fn every_narrow_size_is_exact() {
    for (width, height) in
        [(1, 1), (1, 9), (9, 1), (2, 3), (7, 5), (8, 5), (9, 5), (700, 1), (1, 700)]
    {
        for count in [2, 16, 200, 1 << 24] {
            let picture = Pixels::new(width, height, |x, y| {
                let [r, g, b, _] = (noise(x, y) % count).wrapping_mul(0x1_0307).to_le_bytes();
                [r, g, b]
            });
            picture.exact(&format!("{width} x {height}, {count} colours"));
            let grey = Pixels::new(width, height, |x, y| [(noise(x, y) % count.min(256)) as u8]);
            grey.exact(&format!("{width} x {height}, {count} levels"));
        }
    }
}

/// The colours with alpha come first: tRNS ends with them.
#[test]
fn a_palette_keeps_alpha_and_hidden_colours() {
    let picture = Pixels::new(40, 30, |x, y| match noise(x, y) % 40 {
        0 => [9, 8, 7, 0],
        1 => [200, 100, 50, 0],
        2 => [1, 2, 3, 128],
        n => [(n * 6) as u8, 30, 255 - n as u8, 255],
    });
    for file in picture.exact("alpha") {
        assert_eq!(form(&file), (INDEXED, 8));
        assert_eq!(chunk(&file, b"PLTE").unwrap().len(), 40 * 3);
        let mut alpha = chunk(&file, b"tRNS").unwrap().to_vec();
        alpha.sort_unstable();
        assert_eq!(alpha, [0, 0, 128]);
    }
    let opaque = Pixels::new(40, 30, |x, y| [(noise(x, y) % 40) as u8, 1, 2]);
    assert_eq!(chunk(&opaque.exact("opaque")[4], b"tRNS"), None);
}

#[test]
fn noise_is_stored_and_flat_pictures_are_small() {
    let noise = Pixels::new(150, 100, |x, y| {
        let [r, g, b, alpha] = noise(x, y).wrapping_mul(0x0101_0101).to_le_bytes();
        [r, g ^ noise(y, x) as u8, b, alpha]
    });
    for file in noise.exact("noise") {
        assert!(file.len() < 150 * 100 * 4 + 100 + 100, "{} bytes", file.len());
    }
    for file in Pixels::new(300, 200, |_, _| [1, 2, 3]).exact("flat") {
        assert!(file.len() < 300, "{} bytes", file.len());
    }
}

/// The root of the mean square of the differences over black and over white.
fn difference(a: &[[u8; 4]], b: &[[u8; 4]]) -> f64 {
    assert_eq!(a.len(), b.len());
    let shown = |[r, g, b, alpha]: [u8; 4], under: f64| {
        let alpha = f64::from(alpha) / 255.0;
        [r, g, b].map(|level| f64::from(level) * alpha + under * (1.0 - alpha))
    };
    let squares = a.iter().zip(b).flat_map(|(a, b)| {
        [0.0, 255.0].into_iter().flat_map(move |under| {
            shown(*a, under).into_iter().zip(shown(*b, under)).map(|(a, b)| (a - b).powi(2))
        })
    });
    (squares.sum::<f64>() / (a.len() * 6) as f64).sqrt()
}

#[test]
fn a_chosen_palette_is_close_to_its_picture() {
    let smooth = |x: u32, y: u32| [(x * 2) as u8, (y * 2) as u8, (x + y) as u8];
    let opaque = Pixels::new(120, 110, smooth);
    let translucent = Pixels::new(120, 110, move |x, y| {
        let [r, g, b] = smooth(x, y);
        [r, g, b, (y * 3).min(255) as u8]
    });
    let grey = Pixels::new(120, 110, |x, y| [(x * 2) as u8, (y * 2) as u8]);
    // All within a few levels of each other, but for one pixel.
    let narrow = Pixels::new(120, 110, |x, y| match noise(x, y) {
        _ if (x, y) == (7, 9) => [255, 0, 250],
        n => [100 + (n & 7) as u8, 90 + (n >> 3 & 7) as u8, 80 + (n >> 6 & 7) as u8],
    });
    for (name, picture, bound) in [
        ("opaque", opaque, 5.0),
        ("translucent", translucent, 6.0),
        ("grey", grey, 4.0),
        ("narrow", narrow, 0.8),
    ] {
        let source = picture.rgba();
        let mut last = f64::MAX;
        for effort in [0, 2, 4, 6] {
            let file = picture.encoded(&target(effort, true));
            assert_eq!(form(&file), (INDEXED, 8), "{name}");
            let found = decoded(&file);
            assert!(found.iter().collect::<BTreeSet<_>>().len() <= 256);
            let apart = difference(&found, &source);
            assert!(apart < bound, "{name}, effort {effort}: {apart}");
            assert!(apart < last * 1.01, "{name}, effort {effort}: {apart}, {last} before");
            last = apart;
            for (found, source) in found.iter().zip(&source) {
                for edge in [0, 255] {
                    assert_eq!(found[3] == edge, source[3] == edge, "{name}: {found:?} {source:?}");
                }
            }
        }
    }
}

/// A colour that few pixels have is not averaged away.
#[test]
fn a_rare_colour_keeps_a_place() {
    let picture = Pixels::new(120, 110, |x, y| match (x, y) {
        (60..64, 50..54) => [255, 0, 0],
        _ => [(x / 2) as u8, (y + x / 3) as u8, 150],
    });
    let found = decoded(&picture.encoded(&target(4, true)));
    let [r, g, b, _] = found[52 * 120 + 62];
    assert!(r > 240 && g < 15 && b < 15, "{r} {g} {b}");
}

#[test]
fn every_effort_stays_under_its_charge() {
    let smooth = |x: u32, y: u32| [x as u8, y as u8, (x + y) as u8, (x ^ y) as u8 | 1];
    let pictures = [
        ("grey", Pixels::new(260, 190, |x, y| [noise(x, y) as u8])),
        ("bits", Pixels::new(260, 190, |x, y| [noise(x, y) as u8 & 1; 4])),
        ("grey with alpha", Pixels::new(260, 190, |x, y| [noise(x, y) as u8, x as u8])),
        (
            "RGB",
            Pixels::new(260, 190, |x, y| {
                let [r, g, b, _] = noise(x, y).to_le_bytes();
                [r, g, b]
            }),
        ),
        ("RGBA", Pixels::new(260, 190, smooth)),
        ("one column", Pixels::new(1, 20_000, |_, y| [y as u8, (y >> 8) as u8, 7])),
        ("one row", Pixels::new(20_000, 1, |x, _| [x as u8, (x >> 8) as u8, 7])),
    ];
    for (name, picture) in pictures {
        for (effort, palette) in
            [0, 2, 4, 6].into_iter().flat_map(|effort| [(effort, false), (effort, true)])
        {
            let target = target(effort, palette);
            let budget = Budget::new(Limits::DEFAULT);
            let mut file = Vec::new();
            let held = allocation_counter::measure(|| {
                file = encode(picture.width, picture.height, &picture.samples, &target, &budget)
                    .unwrap();
            });
            let (found, charged) = (held.bytes_max, budget.peak());
            assert!(found <= charged, "{name}, {target:?}: {found} bytes, {charged} charged");
            assert!(charged < found * 3 + (2 << 20), "{name}: {found} bytes, {charged} charged");
        }
    }
}
