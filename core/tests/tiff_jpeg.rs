//! JPEG inside TIFF, of any way: the same scans, put into strips whole, by planes, or without their markers.

use image::RgbImage;
use jpeg_encoder::{ColorType, SamplingFactor};

use crate::common::*;

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;
/// Rows of a strip.
const ROWS: u32 = 32;

const FULL: Jpeg = Jpeg { sampling: SamplingFactor::F_1_1, ..BASELINE };

/// The picture's strips, as JPEGs.
fn strips(picture: &[u8], samples: u32, colour: ColorType, how: Jpeg) -> Vec<Vec<u8>> {
    let strips = picture.chunks((WIDTH * ROWS * samples) as usize);
    strips
        .map(|strip| {
            let rows = strip.len() as u32 / (WIDTH * samples);
            jpeg_of(strip, WIDTH, rows, colour, how)
        })
        .collect()
}

/// A TIFF of RGB or grey of these strips.
fn tiff(strips: &[Vec<u8>], samples: u32, photometric: u32, more: &[(u16, Vec<u32>)]) -> Vec<u8> {
    let mut file = tiff_data(&[]);
    tiff_behind(&mut file, strips, samples, photometric, more);
    file
}

fn tiff_behind(
    file: &mut Vec<u8>,
    strips: &[Vec<u8>],
    samples: u32,
    photometric: u32,
    more: &[(u16, Vec<u32>)],
) {
    let mut offsets = Vec::new();
    for strip in strips {
        offsets.push(file.len() as u32);
        file.extend(strip);
    }
    let mut entries = vec![
        (256, vec![WIDTH]),
        (257, vec![HEIGHT]),
        (258, vec![8; samples as usize]),
        (262, vec![photometric]),
        (273, offsets),
        (277, vec![samples]),
        (278, vec![ROWS]),
        (279, strips.iter().map(|strip| strip.len() as u32).collect()),
    ];
    entries.extend_from_slice(more);
    end_tiff(file, &entries);
}

fn shown(file: &[u8]) -> RgbImage {
    pixels(&thumbnail(&ask(WIDTH, HEIGHT, PNG).v1(file)).2).to_rgb8()
}

fn farthest(one: &RgbImage, other: &RgbImage) -> u8 {
    let pairs = one.as_raw().iter().zip(other.as_raw());
    pairs.map(|(one, other)| one.abs_diff(*other)).max().unwrap()
}

fn mean(one: &RgbImage, other: &RgbImage) -> u32 {
    let pairs = one.as_raw().iter().zip(other.as_raw());
    let sum: u32 = pairs.map(|(one, other)| u32::from(one.abs_diff(*other))).sum();
    sum / one.as_raw().len() as u32
}

#[test]
fn planes_may_have_jpegs_of_their_own() {
    let picture = scene(WIDTH, HEIGHT);
    let planes: Vec<Vec<u8>> = (0..3)
        .flat_map(|plane| {
            let samples: Vec<u8> = picture.iter().skip(plane).step_by(3).copied().collect();
            strips(&samples, 1, ColorType::Luma, FULL)
        })
        .collect();
    let file = tiff(&planes, 3, 2, &[(259, vec![7]), (284, vec![2])]);
    assert!(farthest(&shown(&file), &picture) < 40);
    // The last plane's last strip is not there: that strip is neutral.
    let mut cut = planes;
    cut[5].truncate(100);
    let found = shown(&tiff(&cut, 3, 2, &[(259, vec![7]), (284, vec![2])]));
    assert_eq!(found.get_pixel(9, ROWS).0, [128; 3]);
    assert_eq!(found.get_pixel(9, ROWS - 1), shown(&file).get_pixel(9, ROWS - 1));
}

/// The bodies of a JPEG's segments with this marker, and its scan's data.
fn parts(jpeg: &[u8], wanted: u8) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut at, mut bodies) = (2, Vec::new());
    loop {
        let marker = jpeg[at + 1];
        let length = usize::from(jpeg[at + 2]) << 8 | usize::from(jpeg[at + 3]);
        let body = &jpeg[at + 4..at + 2 + length];
        if marker == wanted {
            bodies.push(body.to_vec());
        }
        at += 2 + length;
        if marker == 0xDA {
            return (bodies, jpeg[at..jpeg.len() - 2].to_vec());
        }
    }
}

/// A TIFF of the first kind: scans without markers, and tables by components.
fn old(jpegs: &[Vec<u8>], samples: u32, photometric: u32, more: &[(u16, Vec<u32>)]) -> Vec<u8> {
    let mut file = tiff_data(&[]);
    let mut places = |marker: u8, class: u8| {
        // Of each, the first is for luma, and the second for both of the others.
        let tables: Vec<u32> = parts(&jpegs[0], marker)
            .0
            .iter()
            .filter(|body| body[0] >> 4 == class)
            .map(|body| {
                let place = file.len() as u32;
                file.extend(&body[1..]);
                place
            })
            .collect();
        let of = |component: u32| tables[(component.min(1) as usize).min(tables.len() - 1)];
        (0..samples).map(of).collect::<Vec<u32>>()
    };
    let tables = [(519, places(0xDB, 0)), (520, places(0xC4, 0)), (521, places(0xC4, 1))];
    let scans: Vec<Vec<u8>> = jpegs.iter().map(|jpeg| parts(jpeg, 0xDA).1).collect();
    let all = [&[(259, vec![6]), (512, vec![1])], &tables[..], more].concat();
    // What is given later counts.
    let mut entries: Vec<(u16, Vec<u32>)> = Vec::new();
    for (tag, values) in all {
        entries.retain(|(known, _)| *known != tag);
        entries.push((tag, values));
    }
    tiff_behind(&mut file, &scans, samples, photometric, &entries);
    file
}

#[test]
fn scans_without_markers_are_read_by_the_tables_of_the_file() {
    let picture = scene(WIDTH, HEIGHT);
    let subsampled = Jpeg { sampling: SamplingFactor::F_2_2, ..BASELINE };
    for (how, subsampling) in [(FULL, [1, 1]), (subsampled, [2, 2])] {
        for restart in [0, 3] {
            let jpegs = strips(&picture, 3, ColorType::Rgb, Jpeg { restart, ..how });
            let more = [(515, vec![restart.into()]), (530, subsampling.to_vec())];
            let new = tiff(&jpegs, 3, 6, &[(259, vec![7]), (530, subsampling.to_vec())]);
            let found = shown(&old(&jpegs, 3, 6, &more));
            assert_eq!(farthest(&found, &shown(&new)), 0, "{subsampling:?} {restart}");
            assert!(mean(&found, &picture) < 16, "{subsampling:?} {restart}");
        }
    }
    let luma = grey(WIDTH, HEIGHT);
    let jpegs = strips(&luma, 1, ColorType::Luma, FULL);
    let new = shown(&tiff(&jpegs, 1, 1, &[(259, vec![7])]));
    assert_eq!(farthest(&shown(&old(&jpegs, 1, 1, &[])), &new), 0);
    // Whole JPEGs in strips need nothing else.
    assert_eq!(farthest(&shown(&tiff(&jpegs, 1, 1, &[(259, vec![6])])), &new), 0);
}

#[test]
fn what_scans_without_markers_need_is_named() {
    let jpegs = strips(&grey(WIDTH, HEIGHT), 1, ColorType::Luma, FULL);
    for (more, code, says) in [
        ((512, vec![14]), 200, "lossless JPEG compression of TIFF 6.0 (6)"),
        ((519, vec![]), 201, "without its tables (tag 519)"),
        ((520, vec![u32::MAX]), 201, "without its tables (tag 520)"),
        ((521, vec![]), 201, "without its tables (tag 521)"),
    ] {
        let tag = more.0;
        let request = ask(8, 8, PNG).v1(&old(&jpegs, 1, 1, &[more]));
        let error = answer(100, &request).unwrap_err();
        assert_eq!(error.code().number(), code, "{tag}: {error}");
        assert!(error.to_string().contains(says), "{tag}: {error}");
    }
}
