//! TGA: every kind beside what its bytes say, from every corner, what is cut off, and headers that lie.

use image::{Rgba, RgbaImage};

use crate::broken::{code, shown, strict_code};
use crate::common::*;

const WIDTH: u16 = 21;
const HEIGHT: u16 = 13;

/// Bytes of pixels, with runs in them.
fn texture(bytes: usize) -> Vec<u8> {
    let bytes_of_picture = usize::from(WIDTH) * usize::from(HEIGHT) * bytes;
    let mut data: Vec<u8> = (0..bytes_of_picture).map(|at| (at * 37 % 251) as u8).collect();
    data[60..200].fill(9);
    data
}

/// Five bits in eight.
fn five(bits: u16) -> u8 {
    (f64::from(bits & 31) * 255.0 / 31.0).round() as u8
}

fn fifteen(pair: u16, opaque: u8) -> [u8; 4] {
    [five(pair >> 10), five(pair >> 5), five(pair), opaque]
}

/// The picture that pixels stored from a corner make.
fn placed(pixels: impl Iterator<Item = [u8; 4]>, flags: u8) -> RgbaImage {
    let data = pixels.flatten().collect();
    let mut picture = RgbaImage::from_raw(WIDTH.into(), HEIGHT.into(), data).unwrap();
    if flags & 0x20 == 0 {
        image::imageops::flip_vertical_in_place(&mut picture);
    }
    if flags & 0x10 != 0 {
        image::imageops::flip_horizontal_in_place(&mut picture);
    }
    picture
}

#[test]
fn every_kind_is_what_its_bytes_say() {
    type Expand = fn(&[u8], bool) -> [u8; 4];
    let kinds: [(u8, u8, u8, Expand); 6] = [
        (3, 8, 0, |p, _| [p[0], p[0], p[0], 255]),
        (3, 16, 8, |p, alpha| [p[0], p[0], p[0], if alpha { p[1] } else { 255 }]),
        (2, 15, 0, |p, _| fifteen(u16::from_le_bytes([p[0], p[1]]), 255)),
        (2, 16, 1, |p, alpha| {
            fifteen(u16::from_le_bytes([p[0], p[1]]), if alpha && p[1] < 128 { 0 } else { 255 })
        }),
        (2, 24, 0, |p, _| [p[2], p[1], p[0], 255]),
        (2, 32, 8, |p, alpha| [p[2], p[1], p[0], if alpha { p[3] } else { 255 }]),
    ];
    for (kind, depth, attributes, expand) in kinds {
        let bytes = usize::from(depth.div_ceil(8));
        let plain = Tga::new(kind, depth, WIDTH, HEIGHT, texture(bytes));
        for corner in [0, 0x10, 0x20, 0x30] {
            for alpha in [false, true] {
                let flags = corner | if alpha { attributes } else { 0 };
                let expected = plain.data.chunks(bytes).map(|pixel| expand(pixel, alpha));
                let expected = placed(expected, flags);
                for more in [0, 8] {
                    let tga = Tga { kind: kind + more, flags, ..plain.clone() };
                    for id in [vec![], vec![7; 255]] {
                        let file = Tga { id, ..tga.clone() }.file();
                        assert!(shown(&file) == expected, "{kind} + {more}, {depth} bits, {flags}");
                        assert_eq!(strict_code(&file), 0);
                        let reply = answer(101, &probe(&file)).unwrap();
                        let has_alpha = u8::from(alpha && attributes > 0);
                        assert_eq!((u32_at(&reply, 20), reply[2]), (13, has_alpha));
                    }
                }
            }
        }
    }
}

#[test]
fn colours_are_looked_up() {
    for (bits, first) in [(15, 0), (16, 0), (24, 0), (24, 40), (32, 0)] {
        let bytes = usize::from(u8::div_ceil(bits, 8));
        let colours: Vec<u8> = (0..(256 - first) * bytes).map(|at| (at * 59 % 253) as u8).collect();
        for (flags, alpha) in [(0x20, false), (0x28, true)] {
            let plain = Tga::new(1, 8, WIDTH, HEIGHT, texture(1));
            let tga = Tga { map: Some((first as u16, bits, colours.clone())), flags, ..plain };
            let expected = tga.data.iter().map(|number| {
                let Some(at) = usize::from(*number).checked_sub(first) else {
                    return [0, 0, 0, 255];
                };
                let c = &colours[at * bytes..];
                match bits {
                    24 => [c[2], c[1], c[0], 255],
                    32 => [c[2], c[1], c[0], if alpha { c[3] } else { 255 }],
                    _ => {
                        let clear = bits == 16 && alpha && c[1] < 128;
                        fifteen(u16::from_le_bytes([c[0], c[1]]), if clear { 0 } else { 255 })
                    }
                }
            });
            let expected = placed(expected, flags);
            for kind in [1, 9] {
                let file = Tga { kind, ..tga.clone() }.file();
                assert!(shown(&file) == expected, "{bits} bits from {first}, {alpha}");
            }
        }
    }
    // A map that nothing uses is skipped; without one, numbers are greys.
    let plain = Tga::new(2, 24, WIDTH, HEIGHT, texture(3));
    let mapped = Tga { map: Some((0, 24, vec![1; 300])), ..plain.clone() };
    assert!(shown(&mapped.file()) == shown(&plain.file()));
    let [numbers, greys] =
        [1, 3].map(|kind| shown(&Tga::new(kind, 8, WIDTH, HEIGHT, texture(1)).file()));
    assert!(numbers == greys);
}

/// Some writers count attribute bits that they leave at 0.
#[test]
fn attribute_bits_that_are_all_zero_are_no_alpha() {
    for (depth, kinds, last) in [(16, [2, 10], 1), (32, [2, 10], 3), (16, [3, 11], 1)] {
        let bytes = usize::from(depth / 8);
        let mut data = texture(bytes);
        for pixel in data.chunks_exact_mut(bytes) {
            pixel[last] &= if kinds[0] == 2 && depth == 16 { 0x7F } else { 0 };
        }
        let zero = Tga { flags: 0x28, ..Tga::new(kinds[0], depth, WIDTH, HEIGHT, data.clone()) };
        *data.last_mut().unwrap() |= 0x80;
        let one = Tga { data, ..zero.clone() };
        for kind in kinds {
            let [zero, one] = [&zero, &one].map(|tga| shown(&Tga { kind, ..tga.clone() }.file()));
            assert!(zero.pixels().all(|pixel| pixel[3] == 255), "{kind}, {depth} bits");
            assert_eq!(one.pixels().filter(|pixel| pixel[3] > 0).count(), 1);
            let said = Tga {
                kind,
                attributes: Some(3),
                ..Tga::new(kind, depth, WIDTH, HEIGHT, vec![0; texture(bytes).len()])
            };
            assert!(shown(&said.file()).pixels().all(|pixel| pixel[3] == 0));
        }
    }
}

/// The attributes type of the extension area counts before the bits of the header do.
#[test]
fn alpha_is_what_the_extension_says() {
    let plain = Tga::new(2, 32, WIDTH, HEIGHT, texture(4));
    for (flags, attributes, has_alpha) in [
        (0x20, None, false),
        (0x28, None, true),
        (0x28, Some(0), false),
        (0x28, Some(1), false),
        (0x28, Some(2), false),
        (0x20, Some(3), true),
        (0x28, Some(3), true),
        (0x28, Some(9), true),
    ] {
        let file = Tga { flags, attributes, ..plain.clone() }.file();
        let expected = plain.data.as_chunks::<4>().0.iter();
        let expected = expected.map(|[b, g, r, a]| [*r, *g, *b, if has_alpha { *a } else { 255 }]);
        assert!(shown(&file) == placed(expected, flags), "{flags:#x} {attributes:?}");
    }
    let premultiplied = Tga { flags: 0x28, attributes: Some(4), ..plain.clone() };
    let expected = plain.data.as_chunks::<4>().0.iter().map(|[b, g, r, a]| {
        let divided = |sample: u8| match a {
            0 => 0,
            _ => (f64::from(sample) * 255.0 / f64::from(*a) + 0.5).floor().min(255.0) as u8,
        };
        [divided(*r), divided(*g), divided(*b), *a]
    });
    assert!(shown(&premultiplied.file()) == placed(expected, 0x28));
}

#[test]
fn a_thumbnail_is_the_png_s() {
    let picture = scene(300, 200);
    for side in [37, 90, 250] {
        let [ours, png] = [tga_of(&picture), png(300, 200)]
            .map(|file| thumbnail(&ask(side, side, PNG).v1(&file)).2);
        assert!(ours == png, "{side}");
    }
}

/// Nothing but its end tells a TGA: cut off it is nothing that is known. What lacks pixels before the end is shown.
#[test]
fn a_tga_needs_its_footer_and_not_all_of_its_pixels() {
    let file = tga_of(&scene(20, 14));
    for length in 0..file.len() {
        let code = code(&file[..length]);
        assert!(matches!(code, 200 | 202), "{length}: {code}");
    }
    for (kind, corner) in [(2, 0x20), (2, 0), (2, 0x30), (10, 0x20), (10, 0)] {
        let tga = Tga { flags: corner, ..Tga::new(kind, 24, WIDTH, HEIGHT, vec![50; 3000]) };
        let data = if kind == 2 {
            vec![50; 3 * (21 * 4 + 5)]
        } else {
            vec![0xD3, 50, 50, 50, 0x84, 50, 50, 50]
        };
        for length in 0..=data.len() {
            let file = tga.of_data(&data[..length]);
            let expected = if length < if kind == 2 { 3 } else { 4 } { 202 } else { 0 };
            assert_eq!((code(&file), strict_code(&file)), (expected, 202), "{length}");
        }
        let found = shown(&tga.of_data(&data));
        let there = found.pixels().filter(|pixel| pixel.0 == [50, 50, 50, 255]).count();
        let neutral = found.pixels().filter(|pixel| pixel.0 == [128, 128, 128, 255]).count();
        assert_eq!((there, neutral), (21 * 4 + 5, 21 * 13 - 21 * 4 - 5), "{kind} {corner:#x}");
        let x = if corner & 0x10 != 0 { 20 } else { 0 };
        let y = if corner & 0x20 != 0 { 4 } else { 8 };
        assert_eq!(*found.get_pixel(x, y), Rgba([50, 50, 50, 255]), "{kind} {corner:#x}");
    }
}

#[test]
fn headers_may_lie() {
    let plain = Tga::new(2, 24, WIDTH, HEIGHT, texture(3));
    let coloured =
        Tga { map: Some((0, 24, vec![1; 768])), ..Tga::new(1, 8, WIDTH, HEIGHT, texture(1)) };
    let mut no_colours = coloured.file();
    no_colours[5..7].copy_from_slice(&[0xFF; 2]);
    let mut far = Tga { flags: 0x28, depth: 32, attributes: Some(0), ..plain.clone() }.file();
    let at = far.len() - 26;
    far[at..at + 4].copy_from_slice(&[0xFF; 4]);
    for (file, expected, words) in [
        (Tga { kind: 0, ..plain.clone() }.file(), 200, "image type 0"),
        (Tga { kind: 32, ..plain.clone() }.file(), 200, "image type 32"),
        (Tga { depth: 17, ..plain.clone() }.file(), 200, "17 bits a pixel"),
        (
            Tga { depth: 16, ..coloured.clone() }.file(),
            200,
            "of 16 bits a pixel, with colours of 24 bits",
        ),
        (Tga { map: Some((0, 9, vec![1; 512])), ..coloured }.file(), 200, "with colours of 9 bits"),
        (Tga { width: 0, ..plain.clone() }.file(), 201, "0 x 13"),
        (Tga { height: 0, ..plain.clone() }.file(), 201, "21 x 0"),
        (no_colours, 202, "ends in its headers"),
        (Tga { width: 65_535, height: 65_535, ..plain.clone() }.file(), 300, "65535 x 65535"),
        (plain.file()[plain.file().len() - 26..].to_vec(), 202, "ends in its headers"),
        (b"TRUEVISION-XFILE.\0".to_vec(), 202, "ends in its headers"),
    ] {
        let error = answer(100, &ask(8, 8, PNG).v1(&file)).unwrap_err();
        assert!(error.code().number() == expected && error.to_string().contains(words), "{error}");
    }
    // An extension that is not there says nothing.
    assert_eq!(answer(101, &probe(&far)).unwrap()[2], 1);
    // What other signatures say comes first; a bare TGA may begin as a CUR does.
    let cursor = plain.file();
    assert_eq!(cursor[..4], [0, 0, 2, 0]);
    assert_eq!(u32_at(&answer(101, &probe(&cursor)).unwrap(), 20), 13);
    let bare = answer(101, &probe(&cursor[..cursor.len() - 26])).unwrap_err();
    assert_eq!(bare.code().number(), 200, "{bare}");
    let both = [jpeg(20, 10), b"TRUEVISION-XFILE.\0".to_vec()].concat();
    assert_eq!(u32_at(&answer(101, &probe(&both)).unwrap(), 20), 0);
}
