//! JPEGs that other decoders read although they break the rules: what encoders leave out, and what damage does. A damage
//! costs what it hits, and nothing after it that can still be found.

use jpeg_encoder::{ColorType, SamplingFactor};
use thumbox_core::testing::jpeg_at;
use thumbox_core::{Budget, Code, Error, Limits};

use crate::coder::{AC_CODES, Shape, scripts};
use crate::common::*;

/// Markers that damage makes of entropy-coded data, with what comes after them: reserved ones, and segments of which the
/// lengths reach far.
const STRAY: [&[u8]; 8] = [
    &[0xFF, 0xAE, 0x00],
    &[0xFF, 0x01, 0x00],
    &[0xFF, 0xC4, 0x01, 0x00],
    &[0xFF, 0xDB, 0x00, 0x10],
    &[0xFF, 0xDD, 0x00, 0x01],
    &[0xFF, 0xE5, 0xF0, 0x00],
    &[0xFF, 0xDA, 0x03, 0x00],
    &[0xFF, 0xC0, 0x00, 0x00],
];

fn at(data: &[u8], size: u32) -> Result<(u32, u32, Vec<u8>), Error> {
    jpeg_at(data, size, &Budget::new(Limits::DEFAULT))
}

fn shown(data: &[u8]) -> Vec<u8> {
    at(data, 8).unwrap().2
}

fn find(file: &[u8], marker: u8) -> usize {
    file.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

/// Without the segments of a marker of which the body begins with one of these.
fn without(file: &[u8], marker: u8, first: &[u8]) -> Vec<u8> {
    let (mut left, mut place) = (file[..2].to_vec(), 2);
    while file[place + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([file[place + 2], file[place + 3]])) + 2;
        if file[place + 1] != marker || !first.contains(&file[place + 4]) {
            left.extend(&file[place..place + length]);
        }
        place += length;
    }
    left.extend(&file[place..]);
    assert!(left.len() < file.len());
    left
}

/// A file of the test's own encoder, in the order of scans that has this name.
fn coded(factors: &[(u32, u32)], (width, height): (u32, u32), restart: u32, name: &str) -> Vec<u8> {
    let script = scripts(factors.len()).into_iter().find(|script| script.name == name).unwrap();
    Shape { width, height, factors: factors.to_vec(), restart, script }.encode()
}

/// Where the data of each scan begins.
fn scans(file: &[u8]) -> Vec<usize> {
    let headers = (0..file.len() - 4).filter(|at| file[*at..].starts_with(&[0xFF, 0xDA, 0]));
    headers.map(|at| at + 2 + usize::from(file[at + 3])).collect()
}

fn with(file: &[u8], offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
    file
}

#[test]
fn huffman_tables_that_no_segment_defines_are_the_standard_s() {
    let (width, height) = (70, 50);
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_2] {
        let how = Jpeg { sampling, ..BASELINE };
        let file = jpeg_of(&scene(width, height), width, height, ColorType::Rgb, how);
        for left_out in [&[0x00, 0x01, 0x10, 0x11][..], &[0x01], &[0x10], &[0x00, 0x11]] {
            let bare = without(&file, 0xC4, left_out);
            for size in [8, 3, 2, 1] {
                assert_eq!(at(&bare, size).unwrap(), at(&file, size).unwrap(), "{left_out:x?}");
            }
        }
    }
    let grey = jpeg_of(&grey(width, height), width, height, ColorType::Luma, BASELINE);
    assert_eq!(shown(&without(&grey, 0xC4, &[0x00, 0x10])), shown(&grey));
}

#[test]
fn four_components_are_inverted_with_and_without_adobe_s_marker() {
    let inks: Vec<u8> = scene(40, 24).pixels().flat_map(|p| [p.0[0], p.0[1], p.0[2], 40]).collect();
    let how = Jpeg { sampling: SamplingFactor::F_1_1, ..BASELINE };
    let file = jpeg_of(&inks, 40, 24, ColorType::Cmyk, how);
    let far = shown(&file).iter().zip(&inks).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(far < 40, "{far}");
    assert_eq!(shown(&without(&file, 0xEE, b"A")), shown(&file));
    // Any transform but 0 is YCCK.
    let file = jpeg_of(&inks, 40, 24, ColorType::CmykAsYcck, how);
    let adobe = find(&file, 0xEE);
    assert_eq!(file[adobe + 15], 2);
    assert_eq!(shown(&with(&file, adobe + 15, &[1])), shown(&file));
}

/// A segment of the table of AC symbols, with codes as the test's encoder has them.
fn ac_table(symbol: impl Fn(u8) -> u8) -> Vec<u8> {
    let body = [&[0x10][..], &AC_CODES, &(0..=255).map(symbol).collect::<Vec<u8>>()].concat();
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&[0xFF, 0xC4], &length[..], &body].concat()
}

#[test]
fn a_new_coefficient_of_a_refinement_has_one_bit_whatever_its_size_says() {
    let file = coded(&[(1, 1)], (64, 48), 0, "libjpeg");
    for size in [2, 3, 15] {
        let wrong = ac_table(|symbol| if symbol & 15 == 1 { symbol - 1 + size } else { symbol });
        let right = ac_table(|symbol| symbol);
        let mut damaged = Vec::new();
        let mut copied = 0;
        for data in scans(&file) {
            // A header has ten bytes for a component: start, end and the bits at its end.
            let (start, bits) = (file[data - 3], file[data - 1]);
            damaged.extend(&file[copied..data - 10]);
            damaged.extend(if start > 0 && bits >> 4 > 0 { &wrong } else { &right });
            copied = data - 10;
        }
        damaged.extend(&file[copied..]);
        assert_eq!(shown(&damaged), shown(&file), "{size}");
    }
}

#[test]
fn components_of_one_id_are_meant_in_their_order() {
    let file = coded(&[(2, 2), (1, 1), (1, 1)], (40, 24), 0, "together");
    let (frame, scan) = (find(&file, 0xC0), find(&file, 0xDA));
    let mut alike = file.clone();
    for component in 0..3 {
        alike[frame + 10 + 3 * component] = 1;
        alike[scan + 5 + 2 * component] = 1;
    }
    assert_eq!(shown(&alike), shown(&file));
}

#[test]
fn a_segment_that_is_shorter_than_its_own_length_has_nothing() {
    let file = jpeg(40, 24);
    for marker in [0xE3, 0xFE, 0xDD, 0xC4, 0xDB] {
        for length in [0, 1] {
            let mut short = file.clone();
            short.splice(2..2, [0xFF, marker, 0, length]);
            assert_eq!(shown(&short), shown(&file), "FF{marker:02X} {length}");
        }
    }
}

#[test]
fn a_stray_marker_between_restarts_costs_its_interval() {
    for (factors, name, rows) in [
        (&[(1, 1)][..], "together", 8),
        (&[(2, 2), (1, 1), (1, 1)], "together", 16),
        (&[(1, 1), (1, 1), (1, 1)], "apart", 8),
        (&[(1, 1), (1, 1), (1, 1)], "bands", 8),
        (&[(1, 1), (1, 1), (1, 1)], "libjpeg", 8),
    ] {
        // An interval is a row of MCUs.
        let (width, height) = (10 * rows, 12 * rows);
        let file = coded(factors, (width, height), 10, name);
        let whole = shown(&file);
        let row = (width * rows) as usize * factors.len();
        for scan in scans(&file) {
            let data = || scan..file.len() - 1;
            let restart = |number| data().find(|at| file[*at..].starts_with(&[0xFF, number]));
            let third = restart(0xD2).unwrap();
            for stray in STRAY {
                let mut broken = file.clone();
                broken.splice(third + 3..third + 3, stray.iter().copied());
                let found = shown(&broken);
                let intervals = found.chunks(row).zip(whole.chunks(row)).map(|(a, b)| a == b);
                let wrong: Vec<usize> =
                    (0..).zip(intervals).filter(|(_, same)| !same).map(|(at, _)| at).collect();
                // With chroma that is widened its neighbours, too.
                assert!(
                    wrong.iter().all(|at| (2..5).contains(at)),
                    "{factors:?} {name} {stray:02x?}: {wrong:?}"
                );
            }
        }
    }
}

/// What RGB shows of a component: G of Cb and Cr together, R of Cr, and B of Cb.
#[test]
fn a_stray_marker_in_one_scan_leaves_the_others() {
    let file = coded(&[(1, 1); 3], (80, 48), 0, "apart");
    let whole = shown(&file);
    let [luma, cb, cr] = scans(&file)[..] else { panic!("not three scans") };
    for stray in STRAY {
        for (scan, channel) in [(cb, 0), (cr, 2)] {
            let mut broken = file.clone();
            broken.splice(scan + 20..scan + 20, stray.iter().copied());
            let found = shown(&broken);
            assert_ne!(found, whole);
            let same = found.iter().zip(&whole).skip(channel).step_by(3).all(|(a, b)| a == b);
            assert!(same, "{stray:02x?} {channel}");
        }
        let mut broken = file.clone();
        broken.splice(luma + 20..luma + 20, stray.iter().copied());
        let found = shown(&broken);
        let last = &found[found.len() - 3..];
        assert_ne!(last, [128; 3], "chroma is there: {stray:02x?}");
    }
}

#[test]
fn a_file_cut_in_the_first_of_its_scans_is_shown() {
    let file = coded(&[(1, 1); 3], (80, 48), 0, "apart");
    let [luma, cb, _] = scans(&file)[..] else { panic!("not three scans") };
    for size in [8, 3, 2, 1] {
        let (width, _, whole) = at(&file, size).unwrap();
        for cut in [luma + 1, (luma + cb) / 2, cb - 10, cb] {
            let (_, _, found) = at(&file[..cut], size).unwrap();
            assert!(found.as_chunks::<3>().0.iter().all(|[r, g, b]| r == g && g == b));
            if cut < cb - 10 {
                assert_eq!(found.last(), Some(&128), "what is missing is neutral");
            }
            if cut == cb {
                let [r, g, b] = [0, 1, 2].map(|at| f64::from(whole[3 * width as usize + at]));
                let luma = f64::from(found[3 * width as usize]);
                assert!(
                    (0.299 * r + 0.587 * g + 0.114 * b - luma).abs() < 2.0,
                    "{r} {g} {b} {luma}"
                );
            }
        }
    }
    let error = answer(100, &ask(8, 8, PNG).v1(&file[..luma])).unwrap_err();
    assert_eq!(error.code(), Code::Truncated, "nothing is there yet: {error}");
    refused(&file[..cb], "a component is missing from its scans");
}

/// Where the request does not want what is damaged.
fn refused(file: &[u8], says: &str) {
    let error = answer(100, &Ask { flags: 4, ..ask(8, 8, PNG) }.v2(0, file)).unwrap_err();
    assert!(error.to_string().contains(says), "{error}");
}

#[test]
fn a_scan_that_cannot_be_read_is_left_out() {
    let file = coded(&[(1, 1); 3], (40, 24), 0, "bands");
    let header = file.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    let before = shown(&file[..header]);
    assert_ne!(before, shown(&file));
    // A component that is not there, a band that ends beyond the last coefficient, one that begins after its end.
    for (offset, value) in [(5, 9), (8, 64), (7, 64), (9, 14)] {
        let broken = with(&file, header + offset, &[value]);
        assert_eq!(shown(&broken), before, "{offset}");
        refused(&broken, "scan");
    }
    // A table that is wrong is not read with.
    let mut broken = file.clone();
    let table = [&[0xFF, 0xC4, 0, 20, 0x10, 3][..], &[0; 16]].concat();
    broken.splice(header..header, table);
    assert_eq!(shown(&broken), before);
    refused(&broken, "needs AC table 0, which is not defined");
    let apart = coded(&[(1, 1); 3], (40, 24), 0, "apart");
    let mut broken = apart.clone();
    for (left, start) in (0..3).rev().zip(scans(&apart)) {
        broken[start - 5] = 9;
        let answer = at(&broken, 8).map_err(|error| error.to_string());
        assert_eq!(answer.is_ok(), left > 0, "{answer:?}");
        if let Err(says) = answer {
            assert!(says.contains("selects a component that the frame does not have"), "{says}");
        }
    }
}
