//! QOI: its pixels to the last bit, what is cut off, and headers that claim what is not there.

use image::Rgba;

use crate::broken::{code, shown, strict_code};
use crate::common::*;

/// A file whose chunks are written here.
fn of_chunks(width: u32, height: u32, channels: u8, chunks: &[u8]) -> Vec<u8> {
    let sides = [width, height].map(u32::to_be_bytes).concat();
    [b"qoif", sides.as_slice(), &[channels, 0], chunks].concat()
}

#[test]
fn every_chunk_is_what_the_specification_says() {
    let chunks = [
        &[0xFE, 10, 20, 30][..],  // red, green and blue
        &[0xFF, 11, 21, 31, 128], // and alpha
        &[0b0111_0001],           // red 1 more, green 2 less, blue 1 less
        &[0x80 | 42, 7 << 4 | 9], // green 10 more, red 9, blue 11
        &[(10 * 3 + 20 * 5 + 30 * 7 + 255 * 11) as u8 % 64],
        &[0xC0 | 2],                   // three more of it
        &[0x40 | 1 << 4 | 1 << 2 | 1], // each 1 less
    ]
    .concat();
    let found = shown(&of_chunks(3, 3, 4, &chunks));
    let expected = [
        [10, 20, 30, 255],
        [11, 21, 31, 128],
        [12, 19, 30, 128],
        [21, 29, 41, 128],
        [10, 20, 30, 255],
        [10, 20, 30, 255],
        [10, 20, 30, 255],
        [10, 20, 30, 255],
        [9, 19, 29, 255],
    ];
    assert!(found.pixels().copied().eq(expected.map(Rgba)), "{found:?}");
    // Sums wrap; the first pixel's predecessor is black.
    let wrapped = shown(&of_chunks(1, 2, 3, &[0x40, 0x80, 0x00]));
    assert_eq!(wrapped.get_pixel(0, 0).0, [254, 254, 254, 255]);
    assert_eq!(wrapped.get_pixel(0, 1).0, [214, 222, 214, 255]);
}

#[test]
fn pictures_come_out_as_they_were() {
    let alpha = scene_with_alpha(61, 43);
    assert!(shown(&qoi(alpha.as_chunks().0, 61, 43, 4)) == alpha);
    let opaque = scene(61, 43);
    assert!(pixels(&thumbnail(&ask(99, 99, PNG).v1(&qoi_of(&opaque))).2).to_rgb8() == opaque);
    // Three channels are three, whatever the chunks say.
    let without = shown(&qoi(alpha.as_chunks().0, 61, 43, 3));
    for (found, expected) in without.pixels().zip(alpha.pixels()) {
        assert_eq!((&found.0[..3], found.0[3]), (&expected.0[..3], 255));
    }
    let reply = answer(101, &probe(&qoi_of(&opaque))).unwrap();
    assert_eq!(
        (u32_at(&reply, 4), u32_at(&reply, 8), u32_at(&reply, 20), reply[2]),
        (61, 43, 11, 0)
    );
}

/// A thumbnail is that of the same picture in another format.
#[test]
fn a_thumbnail_is_the_png_s() {
    let picture = scene(300, 200);
    for side in [37, 90, 250] {
        let [ours, png] = [qoi_of(&picture), png(300, 200)]
            .map(|file| thumbnail(&ask(side, side, PNG).v1(&file)).2);
        assert!(ours == png, "{side}");
    }
}

/// A row of more pixels than are made at once.
#[test]
fn a_wide_picture_is_taken_in_pieces() {
    let width = (1 << 18) + 77;
    let pixels_of_row: Vec<_> = (0..width).map(|x| [(x >> 10).min(255) as u8, 7, 9, 255]).collect();
    let both = [pixels_of_row.as_slice(), &pixels_of_row].concat();
    let found = pixels(&thumbnail(&ask(64, 2, PNG).v1(&qoi(&both, width, 2, 3))).2).to_rgb8();
    assert_eq!(found.dimensions(), (64, 1));
    let steps = found.pixels().zip(0..64).map(|(pixel, x)| pixel.0[0].abs_diff((x * 4) as u8 + 2));
    assert!(steps.max() <= Some(2), "{found:?}");
}

#[test]
fn what_is_there_of_a_cut_file_is_shown() {
    let picture = scene(40, 30);
    let whole = qoi_of(&picture);
    for length in 0..whole.len() {
        let cut = &whole[..length];
        let expected = if length < 15 { 202 } else { 0 };
        assert!(code(cut) == expected || length < 18 && code(cut) == 202, "{length}");
        assert_eq!(strict_code(cut), if length < whole.len() - 8 { 202 } else { 0 }, "{length}");
    }
    let found = shown(&whole[..whole.len() / 2]);
    let same = found.pixels().zip(picture.pixels()).take_while(|(a, b)| a.0[..3] == b.0).count();
    assert!(same > 300, "{same}");
    let neutral = Rgba([128, 128, 128, 255]);
    assert!(found.pixels().skip(same + 1).all(|pixel| *pixel == neutral));
}

#[test]
fn headers_may_lie() {
    for (file, expected, words) in [
        (of_chunks(0, 3, 4, &[]), 201, "0 x 3"),
        (of_chunks(3, 0, 4, &[]), 201, "3 x 0"),
        (of_chunks(3, 3, 5, &[0xFD]), 201, "5 channels; 3 or 4"),
        (of_chunks(u32::MAX, u32::MAX, 4, &[0xFD; 9]), 300, "4294967295 x 4294967295"),
        (of_chunks(1 << 29, 1, 4, &[0xFD; 9]), 300, "536870912 x 1"),
        (of_chunks(9, 9, 4, &[]), 202, "nothing to show"),
    ] {
        let error = answer(100, &ask(8, 8, PNG).v1(&file)).unwrap_err();
        assert!(error.code().number() == expected && error.to_string().contains(words), "{error}");
    }
    // As many pixels as are allowed, of which few are there.
    assert_eq!(code(&of_chunks(1 << 28, 1, 4, &[0xFD; 9])), 0);
    assert_eq!(code(&of_chunks(1, 1 << 28, 4, &[0xFD; 9])), 0);
}
