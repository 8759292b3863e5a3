//! PNM and PAM: every kind beside what its samples say, what is cut off, and headers that lie.

use image::Rgba;

use crate::broken::{code, shown, strict_code};
use crate::common::*;

const WIDTH: u32 = 21;
const HEIGHT: u32 = 13;

/// Samples that differ from their neighbours, the last few beyond the maximum.
fn samples(count: u32, max: u16) -> Vec<u16> {
    (0..count * WIDTH * HEIGHT)
        .map(|at| ((at * 2_654_435) >> 7) as u16 % max.saturating_add(1).max(1))
        .collect()
}

/// The nearest of 255 parts, by way of 16 bits where there are more than 8.
fn level(sample: u16, max: u16) -> u8 {
    let parts = |most: f64| (f64::from(sample.min(max)) / f64::from(max) * most + 0.5).floor();
    if max < 256 { parts(255.0) as u8 } else { (parts(65_535.0) / 257.0).round() as u8 }
}

fn pam(tuple: &str, depth: u32, max: u16) -> String {
    format!(
        "P7\n# a comment\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\n\nDEPTH {depth}\nMAXVAL {max}\nTUPLTYPE {tuple}\nENDHDR\n"
    )
}

fn is(file: &[u8], expected: impl Iterator<Item = [u8; 4]>, name: &str) {
    let found = shown(file);
    assert_eq!(found.dimensions(), (WIDTH, HEIGHT), "{name}");
    assert!(found.pixels().copied().eq(expected.map(Rgba)), "{name}");
    assert_eq!(strict_code(file), 0, "{name}");
}

#[test]
fn samples_of_every_maximum_are_rounded() {
    for max in [1, 2, 5, 15, 100, 254, 255, 256, 1000, 4095, 32_767, 65_535] {
        let (greys, colours) = (samples(1, max), samples(3, max));
        let sides = format!("{WIDTH} {HEIGHT}\n{max}\n");
        let grey = |sample: &u16| [level(*sample, max); 3];
        let opaque = |[r, g, b]: [u8; 3]| [r, g, b, 255];
        let rgb = |pixel: &[u16; 3]| opaque(pixel.map(|sample| level(sample, max)));
        for file in
            [pnm(&format!("P5\n{sides}"), max, &greys), plain_pnm(&format!("P2 {sides}"), &greys)]
        {
            is(&file, greys.iter().map(|sample| opaque(grey(sample))), &format!("grey, {max}"));
        }
        for file in [
            pnm(&format!("P6\n{sides}"), max, &colours),
            plain_pnm(&format!("P3 {sides}"), &colours),
        ] {
            is(&file, colours.as_chunks().0.iter().map(rgb), &format!("rgb, {max}"));
        }
    }
    // More than the maximum is as much.
    for file in [&b"P5 2 1 10 \x0A\xFF"[..], b"P2 2 1 10 10 255"] {
        assert_eq!(shown(file).get_pixel(1, 0).0, [255; 4]);
    }
}

#[test]
fn bits_are_black_where_they_are_set() {
    let set = |x: u32, y: u32| (x * 5 + y * 3) % 7 < 3;
    let mut bits = Vec::new();
    let mut digits = String::new();
    for y in 0..HEIGHT {
        for first in (0..WIDTH).step_by(8) {
            let byte = (0..8)
                .map(|bit| u8::from(first + bit >= WIDTH || set(first + bit, y)) << (7 - bit));
            bits.push(byte.sum::<u8>());
        }
        digits += &(0..WIDTH).map(|x| if set(x, y) { '1' } else { '0' }).collect::<String>();
        digits += ["", "\n", " ", "#\n"][y as usize % 4];
    }
    let expected = || {
        (0..HEIGHT).flat_map(|y| {
            (0..WIDTH).map(move |x| if set(x, y) { [0, 0, 0, 255] } else { [255; 4] })
        })
    };
    is(&[format!("P4 {WIDTH} {HEIGHT}\n").as_bytes(), &bits].concat(), expected(), "P4");
    is(format!("P1 {WIDTH} {HEIGHT}\n{digits}").as_bytes(), expected(), "P1");
}

#[test]
fn tuples_of_pam_are_what_their_names_say() {
    for max in [1, 255, 999, 65_535] {
        for (tuple, depth) in [
            ("BLACKANDWHITE", 1),
            ("GRAYSCALE", 1),
            ("GRAYSCALE", 3),
            ("", 1),
            ("BLACKANDWHITE_ALPHA", 2),
            ("GRAYSCALE_ALPHA", 2),
            ("", 2),
            ("RGB", 3),
            ("RGB", 5),
            ("RGB", 1),
            ("somewhat", 3),
            ("RGB_ALPHA", 4),
            ("", 4),
        ] {
            let stored = samples(depth, max);
            let expected = stored.chunks(depth as usize).map(|pixel| {
                let at = |at: usize| level(pixel[at], max);
                match (tuple, depth) {
                    ("BLACKANDWHITE" | "GRAYSCALE", _) | (_, 1) => [at(0), at(0), at(0), 255],
                    (_, 2) => [at(0), at(0), at(0), at(1)],
                    (_, 4) => [at(0), at(1), at(2), at(3)],
                    _ => [at(0), at(1), at(2), 255],
                }
            });
            is(
                &pnm(&pam(tuple, depth, max), max, &stored),
                expected,
                &format!("{tuple} of {depth}, {max}"),
            );
        }
    }
    // Inks.
    let inks = pnm(&pam("CMYK", 4, 255), 255, &[0, 255, 255, 0].repeat((WIDTH * HEIGHT) as usize));
    is(&inks, std::iter::repeat_n([255, 0, 0, 255], (WIDTH * HEIGHT) as usize), "CMYK");
}

#[test]
fn a_thumbnail_is_the_png_s() {
    let picture = scene(300, 200);
    for side in [37, 90, 250] {
        let [ours, png] = [ppm_of(&picture), png(300, 200)]
            .map(|file| thumbnail(&ask(side, side, PNG).v1(&file)).2);
        assert!(ours == png, "{side}");
    }
    // A row of more pixels than are read at once.
    let width = (1 << 18) + 77;
    let row: Vec<u16> = (0..width)
        .map(|x| (x >> 10).min(255))
        .collect::<Vec<u32>>()
        .iter()
        .map(|x| *x as u16)
        .collect();
    let found =
        pixels(&thumbnail(&ask(64, 1, PNG).v1(&pnm(&format!("P5 {width} 1 255\n"), 255, &row))).2);
    let steps =
        found.to_luma8().pixels().zip(0..).map(|(pixel, x)| pixel.0[0].abs_diff(x * 4 + 2)).max();
    assert!(steps <= Some(2), "{steps:?}");
}

#[test]
fn what_is_there_of_a_cut_file_is_shown() {
    let max = 9;
    let greys = samples(1, max);
    let sides = format!("{WIDTH} {HEIGHT}\n{max}\n");
    for (whole, header) in [
        (pnm(&format!("P5\n{sides}"), max, &greys), 2),
        (plain_pnm(&format!("P2\n{sides}"), &greys), 2),
        (pnm(&pam("GRAYSCALE", 1, max), max, &greys), 0),
    ] {
        let header = if header == 0 { pam("GRAYSCALE", 1, max).len() } else { sides.len() + 3 };
        for length in 0..whole.len() {
            let expected = if length <= header { 202 } else { 0 };
            assert_eq!(code(&whole[..length]), expected, "{length}");
        }
        assert_eq!(strict_code(&whole[..whole.len() - 3]), 202);
        let found = shown(&whole[..header + 2 * 50]);
        assert_eq!(found.get_pixel(7, 2).0[0], level(greys[49], max));
        assert_eq!(found.get_pixel(20, 12).0, [128, 128, 128, 255]);
    }
    // What cannot be read on is shown up to there.
    let junk = b"P2 3 2 9 9 9 9 x 9 9";
    assert_eq!((code(junk), strict_code(junk), code(b"P2 3 2 9 x")), (0, 201, 201));
    assert_eq!(shown(junk).get_pixel(2, 0).0, [255; 4]);
    assert_eq!(shown(junk).get_pixel(0, 1).0, [128, 128, 128, 255]);
}

#[test]
fn headers_may_lie() {
    for (file, expected, words) in [
        ("P5 0 3 255 x", 201, "0 x 3"),
        ("P5 3 3 0 x", 201, "its maximum is 0; 1 to 65535"),
        ("P5 3 3 65536 x", 201, "its maximum is 65536"),
        ("P5 3 -3 255 x", 201, "\"-\" for a number"),
        ("P6 4294967295 4294967295 255 x", 300, "4294967295 x 4294967295"),
        ("P6 99999999999999999999 1 255 x", 300, "4294967295 x 1"),
        ("P7\nWIDTH 3\nHEIGHT 3\nDEPTH 0\nMAXVAL 1\nENDHDR\n", 201, "its depth is 0"),
        ("P7\nWIDTH 3\nHEIGHT 3\nDEPTH 99999\nMAXVAL 1\nENDHDR\n", 201, "its depth is 99999"),
        (
            "P7\nWIDTH 3\nHEIGHT 3\nDEPTH 9\nMAXVAL 1\nTUPLTYPE X\nENDHDR\n",
            200,
            "9 samples a pixel with tuple type \"X\"",
        ),
        ("P7\nWIDTH 3\nHEIGHT 3\nDEPTH 1\nENDHDR\nxxx", 201, "its maximum is 0"),
        (
            "P7\nWIDTH 3\nHEIGHT 3\nDEPTH 65535\nMAXVAL 65535\nTUPLTYPE RGB\nENDHDR\nx",
            202,
            "nothing to show",
        ),
        ("P4 9 9", 202, "ends in its header"),
    ] {
        let error = answer(100, &ask(8, 8, PNG).v1(file.as_bytes())).unwrap_err();
        assert!(error.code().number() == expected && error.to_string().contains(words), "{error}");
    }
    assert_eq!(code(b"P5 268435456 1 255 x"), 0);
    assert_eq!(code(b"P2 1 268435456 255 1"), 0);
}

#[test]
fn the_probe_knows_alpha() {
    for (file, expected) in
        [(ppm_of(&scene(9, 5)), 0), (pnm(&pam("RGB_ALPHA", 4, 255), 255, &samples(4, 255)), 1)]
    {
        let reply = answer(101, &probe(&file)).unwrap();
        assert_eq!((u32_at(&reply, 20), reply[2]), (12, expected));
    }
}
