//! Camera raw: which preview is shown, and how large it is said to be.

use image::{Rgb, RgbImage};
use jpeg_encoder::ColorType;

use crate::cameras::{Shot, Tiff, Value, cameras, long, lossless, part};
use crate::common::*;
use crate::{cameras, common};

const RAW: u32 = 9;
const LARGE: [u8; 3] = [200, 60, 40];
const SMALL: [u8; 3] = [30, 90, 210];

/// A JPEG of one colour.
fn flat(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let picture = RgbImage::from_pixel(width, height, Rgb(colour));
    jpeg_of(&picture, width, height, ColorType::Rgb, BASELINE)
}

fn pair() -> [Vec<u8>; 2] {
    [flat(120, 80, LARGE), flat(60, 40, SMALL)]
}

/// Format, orientation, and upright sides, as a probe says.
fn probed(file: &[u8]) -> (u32, u8, (u32, u32)) {
    let reply = answer(101, &probe(file)).unwrap();
    (u32_at(&reply, 20), reply[1], (u32_at(&reply, 12), u32_at(&reply, 16)))
}

/// Whether a thumbnail of this width is of the small preview; it is of one of both.
fn is_of_small(file: &[u8], width: u32) -> bool {
    let (_, _, thumbnail) = thumbnail(&ask(width, width, PNG).v1(file));
    let pixels = pixels(&thumbnail).to_rgb8();
    let Rgb(found) = *pixels.get_pixel(pixels.width() / 2, pixels.height() / 2);
    let is = |colour: [u8; 3]| found.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 12);
    assert!(is(LARGE) != is(SMALL), "{found:?}");
    is(SMALL)
}

fn refusal(file: &[u8]) -> (u32, String) {
    let error = answer(100, &ask(24, 24, PNG).v1(file)).unwrap_err();
    (error.code().number(), error.to_string())
}

#[test]
fn the_largest_preview_is_the_picture_and_a_smaller_one_serves_where_it_suffices() {
    let [large, small] = pair();
    for (name, file) in cameras(&Shot { large: &large, small: &small, orientation: 1 }) {
        assert_eq!(probed(&file), (RAW, 1, (120, 80)), "{name}");
        assert!(!is_of_small(&file, 120), "{name}");
        assert!(!is_of_small(&file, 31), "{name}");
        assert_eq!(is_of_small(&file, 30), name != "raf", "{name}");
    }
}

#[test]
fn the_main_directory_s_orientation_counts() {
    let [large, small] = pair();
    let turned = with_orientation(&large, 3);
    for orientation in 1..=8 {
        let sides = if orientation < 5 { (120, 80) } else { (80, 120) };
        for (name, file) in cameras(&Shot { large: &turned, small: &small, orientation }) {
            assert_eq!(probed(&file), (RAW, orientation as u8, sides), "{name}");
            let (width, height, _) = thumbnail(&ask(30, 30, JPEG).v1(&file));
            assert_eq!(
                (width, height),
                if orientation < 5 { (30, 20) } else { (20, 30) },
                "{name}"
            );
        }
    }
    // Where it says none, the preview may.
    let mut file = Tiff::new(false, 0x55);
    let main = file.directory(vec![(0x2E, Value::Bytes(turned))]);
    assert_eq!(probed(&file.end(&[main])), (RAW, 3, (120, 80)));
}

/// The same picture from either preview, crops of it as well.
#[test]
fn a_thumbnail_is_that_of_its_jpeg() {
    let [large, small] = [jpeg(400, 300), jpeg(200, 150)];
    for (name, file) in cameras(&Shot { large: &large, small: &small, orientation: 1 }) {
        let ask = ask(300, 0, PNG);
        assert!(thumbnail(&ask.v1(&file)) == thumbnail(&ask.v1(&large)), "{name}");
        for (fit, width, height) in [(0, 50, 50), (1, 20, 60), (1, 60, 20), (2, 90, 33)] {
            let ask = Ask { fit, ..common::ask(width, height, PNG) };
            let [found, expected] =
                [&file, &large].map(|file| pixels(&thumbnail(&ask.v2(0, file)).2).to_rgb8());
            assert_eq!(found.dimensions(), expected.dimensions());
            let differences =
                found.iter().zip(expected.iter()).map(|(a, b)| u32::from(a.abs_diff(*b)));
            let mean = f64::from(differences.sum::<u32>()) / found.len() as f64;
            assert!(mean < 6.0, "{name} {width} x {height}: {mean}");
        }
    }
}

#[test]
fn a_preview_of_other_proportions_or_a_broken_one_does_not_serve() {
    let large = flat(120, 80, LARGE);
    let good = flat(60, 40, SMALL);
    for (name, small) in [
        ("other proportions", flat(60, 45, SMALL)),
        ("cut off", good[..good.len() - 2].to_vec()),
        ("no data", [&good[..good.len() - 2], &[0; 2]].concat()),
        ("lossless", lossless(&good)),
    ] {
        for (camera, file) in cameras(&Shot { large: &large, small: &small, orientation: 1 }) {
            assert!(!is_of_small(&file, 20), "{camera}: {name}");
        }
    }
}

#[test]
fn a_raw_file_without_a_preview_is_refused_by_name() {
    let [large, _] = pair();
    let none = lossless(&large);
    for (name, file) in cameras(&Shot { large: &none, small: &none, orientation: 1 }) {
        let (code, message) = refusal(&file);
        assert_eq!(code, 200, "{name}: {message}");
        assert!(
            message.starts_with("unsupported camera raw image: it has no JPEG preview"),
            "{message}"
        );
    }
}

/// `cameras` writes what is refused with 201 or 202 nowhere: what is cut off is.
#[test]
fn a_file_may_end_anywhere() {
    let [large, small] = [flat(24, 16, LARGE), flat(12, 8, SMALL)];
    for (name, file) in cameras(&Shot { large: &large, small: &small, orientation: 6 }) {
        for length in 0..file.len() {
            let cut = &file[..length];
            for (message, request) in [(101, probe(cut)), (100, ask(8, 8, PNG).v1(cut))] {
                if let Err(error) = answer(message, &request) {
                    let code = error.code().number();
                    assert!((200..=202).contains(&code), "{name} of {length} bytes: {error}");
                }
            }
        }
    }
}

/// Whatever is where the file says its previews are.
#[test]
fn any_byte_may_lie() {
    let [large, small] = [flat(24, 16, LARGE), flat(12, 8, SMALL)];
    for (name, file) in cameras(&Shot { large: &large, small: &small, orientation: 6 }) {
        for at in 0..file.len() {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut changed = file.clone();
                changed[at] = value;
                if let Err(error) = answer(101, &probe(&changed)) {
                    let code = error.code().number();
                    assert!((200..=202).contains(&code), "{name}, {value} at {at}: {error}");
                }
            }
        }
    }
}

/// A DNG with these entries in its first directory, beside the one that makes it a DNG.
fn dng_with(entries: impl FnOnce(&mut Tiff) -> cameras::Entries) -> Vec<u8> {
    let mut file = Tiff::new(false, 42);
    let mut entries = entries(&mut file);
    entries.push((50_706, Value::Bytes(vec![1, 4, 0, 0])));
    let main = file.directory(entries);
    file.end(&[main])
}

#[test]
fn directories_that_loop_end() {
    let [large, _] = pair();
    // Each is the other's next, and below itself.
    let mut file = Tiff::new(false, 42);
    let place = file.put(&large);
    let first = file.bytes.len();
    let main = file.directory(vec![
        (254, long(1)),
        (330, Value::Long(vec![first as u32 + 12])),
        (513, long(place)),
        (514, long(large.len())),
        (50_706, Value::Bytes(vec![1, 4, 0, 0])),
    ]);
    let bytes = file.end(&[main, main]);
    assert_eq!(probed(&bytes), (RAW, 1, (120, 80)));
    let many = dng_with(|file| {
        let place = file.put(&large);
        let preview = file.directory(vec![(513, long(place)), (514, long(large.len()))]) as u32;
        let mut below = vec![8; 200_000];
        below[0] = preview;
        vec![(330, Value::Long(below))]
    });
    assert_eq!(probed(&many), (RAW, 1, (120, 80)));
}

#[test]
fn counts_and_places_that_lie_are_met_with_an_error() {
    let [large, _] = pair();
    let with = |offset: usize, length: usize| {
        dng_with(|file| {
            let place = file.put(&large);
            let offset = if offset == 0 { place } else { offset };
            vec![(513, long(offset)), (514, long(length))]
        })
    };
    // Longer than the file: what there is.
    assert_eq!(probed(&with(0, u32::MAX as usize)), (RAW, 1, (120, 80)));
    for (file, expected) in [
        (with(u32::MAX as usize, u32::MAX as usize), 202),
        (with(u32::MAX as usize, 0), 200),
        (with(0, 0), 200),
        (with(0, 20), 200),
        (with(4, 2000), 200),
    ] {
        let (code, message) = refusal(&file);
        assert_eq!(code, expected, "{message}");
    }
    // As many directories below as can be claimed.
    let mut file = dng_with(|_| vec![(330, long(8))]);
    let entry = file.windows(4).position(|bytes| bytes == [0x4A, 1, 4, 0]).unwrap();
    file[entry + 4..entry + 8].fill(0xFF);
    assert_eq!(refusal(&file).0, 200);
}

/// Headers without end are looked at as far as is sensible, and each place once.
#[test]
fn work_is_bounded() {
    let endless = [&[0xFF, 0xD8][..], &[0xFF, 0xFE, 0, 2].repeat(2 << 20)].concat();
    let file = dng_with(|file| {
        let place = file.put(&endless);
        let below = (0..2000).map(|at| {
            let entries = vec![(513, long(place + 4 * at)), (514, long(endless.len()))];
            file.directory(entries) as u32
        });
        let below = below.collect();
        vec![(330, Value::Long(below))]
    });
    assert_eq!(refusal(&file).0, 200);
}

#[test]
fn boxes_that_lie_are_met_with_an_error() {
    let brands = part(b"ftyp", &[b"crx \0\0\0\x01crx "]);
    let deep = (0..2000).fold(Vec::new(), |body, _| part(b"moov", &[&body]));
    let claims = [&[0, 0, 0, 1][..], b"moov", &[0x80], &[0; 7], &part(b"trak", &[])].concat();
    for rest in [deep, claims, part(b"moov", &[&[0, 0, 0, 7][..], b"trak"]), vec![0; 4096]] {
        let (code, message) = refusal(&[brands.as_slice(), &rest].concat());
        assert!(matches!(code, 200..=202), "{message}");
    }
    assert_eq!(refusal(&brands).0, 202);
}

/// What makes a TIFF camera raw is missing from these.
#[test]
fn an_ordinary_tiff_stays_one() {
    let tiff = |kind: usize, below: u16, with_note: bool| {
        let mut file = Tiff::new(false, 42);
        let place = file.put(&[90; 36]);
        let below = file.directory(vec![(254, long(0)), (262, Value::Short(below))]);
        let note = vec![(37_500, Value::Bytes(b"a maker's note".to_vec()))];
        let exif = file.directory(if with_note { note } else { Vec::new() });
        let mut main = vec![
            (254, long(kind)),
            (256, Value::Short(4)),
            (257, Value::Short(3)),
            (258, Value::Short(8)),
            (259, Value::Short(1)),
            (262, Value::Short(2)),
            (273, long(place)),
            (277, Value::Short(3)),
            (278, Value::Short(3)),
            (279, long(36)),
            (330, long(below)),
        ];
        main.push((34_665, long(exif)));
        let main = file.directory(main);
        file.end(&[main])
    };
    assert_eq!(probed(&tiff(0, 2, true)), (5, 1, (4, 3)));
    assert_eq!(probed(&tiff(0, 32_803, true)), (5, 1, (4, 3)));
    assert_eq!(probed(&tiff(1, 2, false)), (5, 1, (4, 3)));
    for raw in [tiff(1, 32_803, false), tiff(1, 34_892, false), tiff(1, 2, true)] {
        let (code, message) = refusal(&raw);
        assert!(code == 200 && message.contains("camera raw"), "{message}");
    }
}
