//! ICO and CUR: which picture is shown, bitmaps of every depth with their masks, what is cut off, and directories that lie.

use std::panic::catch_unwind;

use image::{ImageFormat, Rgba, RgbaImage};
use thumbox_core::{Budget, Limits, call};

use crate::broken::{code, shown, strict_code};
use crate::common::*;

/// Sides of which none is a multiple of 8.
const WIDTH: u32 = 21;
const HEIGHT: u32 = 13;

fn bitmap(bits: u16, width: u32, height: u32) -> Bitmap {
    let rows = |bits: u16, by: usize| {
        let bytes = Bitmap::stride(width, bits) * height as usize;
        (0..bytes).map(|at| (at * by % 251) as u8).collect()
    };
    let colours: usize = if bits <= 8 { 4 << bits } else { 0 };
    let palette = (0..colours).map(|at| (at * 59 % 253) as u8).collect();
    Bitmap { width, height, bits, palette, pixels: rows(bits, 37), mask: rows(1, 91) }
}

/// What a bitmap shows.
fn expected(bitmap: &Bitmap) -> RgbaImage {
    let Bitmap { width, height, bits, .. } = *bitmap;
    let has_alpha = bits == 32 && bitmap.pixels.as_chunks::<4>().0.iter().any(|p| p[3] != 0);
    RgbaImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as usize, (height - 1 - y) as usize);
        let row = &bitmap.pixels[y * Bitmap::stride(width, bits)..];
        let (b, g, r) = match bits {
            1 | 4 | 8 => {
                let at = x * usize::from(bits);
                let number = row[at / 8] << (at % 8) >> (8 - bits);
                let colour = &bitmap.palette[usize::from(number) * 4..];
                (colour[0], colour[1], colour[2])
            }
            _ => {
                let pixel = &row[x * usize::from(bits / 8)..];
                (pixel[0], pixel[1], pixel[2])
            }
        };
        let mask = bitmap.mask.get(y * Bitmap::stride(width, 1) + x / 8).copied().unwrap_or(0);
        let alpha = match has_alpha {
            true => row[x * 4 + 3],
            false if mask << (x % 8) & 0x80 != 0 => 0,
            false => 255,
        };
        Rgba([r, g, b, alpha])
    })
}

#[test]
fn bitmaps_of_every_depth_have_their_masks() {
    for bits in [1, 4, 8, 24, 32] {
        let plain = bitmap(bits, WIDTH, HEIGHT);
        let opaque =
            plain.pixels.as_chunks().0.iter().flat_map(|[a, b, c, _]: &[u8; 4]| [*a, *b, *c, 0]);
        let opaque = if bits == 32 { opaque.collect() } else { plain.pixels.clone() };
        for bitmap in [
            plain.clone(),
            Bitmap { pixels: opaque, ..plain.clone() },
            Bitmap { mask: Vec::new(), ..plain.clone() },
            Bitmap { mask: plain.mask[..9].to_vec(), ..plain.clone() },
        ] {
            for kind in [1, 2] {
                let file = icon(kind, &[bitmap.file()]);
                assert!(shown(&file) == expected(&bitmap), "{bits} bits");
                assert_eq!(strict_code(&file), 0);
                let reply = answer(101, &probe(&file)).unwrap();
                let format = if kind == 1 { 10 } else { 16 };
                assert_eq!((u32_at(&reply, 20), reply[2]), (format, 1));
                assert_eq!((u32_at(&reply, 4), u32_at(&reply, 8)), (WIDTH, HEIGHT));
            }
        }
    }
}

fn sides(file: &[u8]) -> (u32, u32) {
    let reply = answer(101, &probe(file)).unwrap();
    (u32_at(&reply, 4), u32_at(&reply, 8))
}

fn plain_png(side: u32, colour: [u8; 4]) -> Vec<u8> {
    file(RgbaImage::from_pixel(side, side, Rgba(colour)), ImageFormat::Png)
}

#[test]
fn the_largest_picture_says_the_size_and_the_best_for_it_is_shown() {
    let [red, green, blue] = [[200, 0, 0, 255], [0, 200, 0, 255], [0, 0, 200, 255]];
    let pictures = [plain_png(32, red), plain_png(256, blue), plain_png(64, green)];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let file = icon(1, &order.map(|at| pictures[at].clone()));
        assert_eq!(sides(&file), (256, 256));
        for (side, colour) in
            [(300, blue), (256, blue), (33, blue), (32, green), (17, green), (16, red), (1, red)]
        {
            let (width, height, thumb) = thumbnail(&ask(side, side, PNG).v1(&file));
            assert_eq!((width, height), (side.min(256), side.min(256)));
            let found = pixels(&thumb).to_rgba8();
            assert!(found.pixels().all(|pixel| pixel.0 == colour), "{side}");
        }
        // A set is decoded at its largest.
        let reply = answer(102, &set(&[ask(8, 8, PNG), ask(100, 100, PNG)], &file)).unwrap();
        let first = &reply[8 + 40..][..u32_at(&reply, 8 + 16) as usize];
        assert_eq!(pixels(first).to_rgba8().get_pixel(1, 1).0, blue);
    }
    // Other proportions are another picture.
    let wide = file(RgbaImage::from_pixel(64, 48, Rgba(red)), ImageFormat::Png);
    let found = thumbnail(&ask(16, 16, PNG).v1(&icon(1, &[wide, plain_png(256, blue)]))).2;
    assert_eq!(pixels(&found).to_rgba8().get_pixel(3, 3).0, blue);
    // Of pictures of a size, the one with most colours.
    let (few, many) = (bitmap(4, 16, 16), bitmap(24, 16, 16));
    for pictures in [[few.file(), many.file()], [many.file(), few.file()]] {
        assert!(shown(&icon(1, &pictures)) == expected(&many));
    }
}

#[test]
fn a_smaller_picture_that_is_broken_is_not_missed() {
    let blue = [0, 0, 200, 255];
    let mut broken = plain_png(64, [0, 200, 0, 255]);
    let data = broken.windows(4).position(|kind| kind == b"IDAT").unwrap();
    broken[data + 4..].fill(7);
    let file = icon(1, &[plain_png(256, blue), broken.clone()]);
    let found = pixels(&thumbnail(&ask(20, 20, PNG).v1(&file)).2).to_rgba8();
    assert_eq!(found.get_pixel(9, 9).0, blue);
    // Nor is the largest, where a smaller one is there.
    let mut largest = plain_png(256, blue);
    let data = largest.windows(4).position(|kind| kind == b"IDAT").unwrap();
    largest[data + 4..].fill(7);
    let file = icon(1, &[largest, plain_png(64, [0, 200, 0, 255])]);
    let (width, _, found) = thumbnail(&ask(200, 200, PNG).v1(&file));
    assert_eq!((width, pixels(&found).to_rgba8().get_pixel(99, 99).0), (200, [0, 200, 0, 255]));
    assert_eq!(strict_code(&icon(1, &[broken])), 201);
}

#[test]
fn a_file_that_is_cut_off_is_shown_or_truncated() {
    let several =
        [bitmap(8, 16, 16).file(), plain_png(64, [1, 2, 3, 255]), bitmap(32, 24, 24).file()];
    for pictures in [&several[..], &several[..1], &several[1..2], &several[2..]] {
        let whole = icon(1, pictures);
        let mut is_shown = false;
        for length in 0..whole.len() {
            let found = code(&whole[..length]);
            assert!(matches!(found, 0 | 202), "{length}: {found}");
            // Once there is something, there always is.
            assert!(found == 0 || !is_shown, "{length}");
            is_shown |= found == 0;
            let strict = strict_code(&whole[..length]);
            // A mask may be missing, and a PNG's end.
            assert!(strict == 202 || length + 40 > whole.len(), "{length}: {strict}");
        }
        assert!(is_shown);
    }
}

#[test]
fn directories_may_lie() {
    let one = icon(1, &[bitmap(24, 16, 16).file()]);
    let with = |changes: &[(usize, u32)]| {
        let mut file = one.clone();
        for (at, value) in changes {
            file[*at..*at + 4].copy_from_slice(&value.to_le_bytes());
        }
        file
    };
    let many = |count: u16| {
        let mut file = one.clone();
        file[4..6].copy_from_slice(&count.to_le_bytes());
        file
    };
    for (file, expected, words) in [
        (icon(1, &[]), 200, "its directory has no pictures"),
        (icon(2, &[]), 200, "unsupported CUR image"),
        (icon(2, &[]), 200, "If it is a TGA"),
        (with(&[(18, u32::MAX)]), 202, "ends before its pictures"),
        (with(&[(18, 1 << 31)]), 202, "ends before its pictures"),
        (with(&[(22, 40), (26, 0)]), 201, "none of the 1 pictures"),
        (with(&[(26, u32::MAX)]), 201, "none of the 1 pictures"),
        (with(&[(26, u32::MAX), (30, u32::MAX)]), 201, "none of the 1 pictures"),
        (with(&[(26, u32::MAX >> 1), (34, u32::MAX)]), 200, "65535 bits"),
        (with(&[(26, u32::MAX >> 1)]), 300, "2147483647 x 16"),
        (icon(1, &[png_claiming(65_535, 65_535)]), 300, "65535 x 65535"),
        (icon(1, &[b"\x89PNG\r\n\x1a\n".to_vec()]), 201, "none of the 1 pictures"),
    ] {
        let error = answer(100, &ask(8, 8, PNG).v1(&file)).unwrap_err();
        assert!(error.code().number() == expected && error.to_string().contains(words), "{error}");
    }
    // Lengths of 0 and beyond the end, an entry that is the directory itself, and more entries than there are.
    let expected = shown(&one);
    for file in [with(&[(14, 0)]), with(&[(14, u32::MAX)]), many(65_535), many(2)] {
        assert!(shown(&file) == expected);
    }
    assert!(matches!(code(&with(&[(18, 0)])), 200..300));
    assert!(matches!(code(&with(&[(18, 6)])), 200..300));
}

/// As many entries as there can be, all of one picture, are looked at in no time.
#[test]
fn entries_may_be_many_and_all_alike() {
    let picture = bitmap(24, 16, 16).file();
    let mut file = icon(1, &[]);
    file[4..6].copy_from_slice(&[0xFF; 2]);
    let place = 6 + 16 * 65_535_u32;
    for _ in 0..65_535 {
        file.extend([0; 8]);
        file.extend([picture.len() as u32, place].map(u32::to_le_bytes).concat());
    }
    file.extend(&picture);
    let budget = Budget::new(Limits::DEFAULT);
    let request = ask(4, 4, PNG).v1(&file);
    assert!(call(100, &[&request], &budget).is_ok());
    assert!(budget.peak() < 1 << 20, "{}", budget.peak());
    // Of broken ones, too.
    let mut broken = file.clone();
    let at = file.len() - picture.len();
    broken[at + 14..at + 16].copy_from_slice(&[7, 0]);
    assert_eq!(code(&broken), 200);
    assert!(catch_unwind(|| code(&broken[..place as usize])).is_ok());
}

/// What PNGs carry does not turn or move an icon.
#[test]
fn an_icon_is_upright_and_still() {
    let turned = with_chunk(&png(64, 48), b"eXIf", &exif(6)[6..]);
    let moving = with_chunk(&turned, b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]);
    let reply = answer(101, &probe(&icon(1, &[moving]))).unwrap();
    assert_eq!((reply[1], reply[2] & 2, u32_at(&reply, 12)), (1, 0, 64));
}
