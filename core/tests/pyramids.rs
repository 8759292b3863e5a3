//! TIFFs with smaller pictures of the page below it: which of them is read.

use jpeg_encoder::ColorType;
use weezl::BitOrder;
use weezl::encode::Encoder;

use crate::common::*;

/// A grey picture of one strip. Its pixels are `left` in the left half and `right` in the right one.
#[derive(Clone, Copy)]
struct Level {
    width: u32,
    height: u32,
    left: u8,
    right: u8,
    /// Tag 254: 1 for a smaller picture of another one.
    subfile: u32,
    photometric: u32,
    /// Rows of its one strip.
    rows: u32,
    /// 1 for none, 5 for LZW, 7 for a JPEG, of which half is missing.
    compression: u32,
}

const PAGE: Level = Level {
    width: 400,
    height: 300,
    left: 10,
    right: 200,
    subfile: 0,
    photometric: 1,
    rows: 300,
    compression: 1,
};

const fn level(width: u32, height: u32, left: u8, right: u8) -> Level {
    Level { width, height, left, right, subfile: 1, photometric: 1, rows: height, compression: 1 }
}

fn pyramid(page: Level, below: &[Level]) -> Vec<u8> {
    let mut file = tiff_data(&[]);
    let below = below.iter().map(|level| {
        let entries = entries(&mut file, level);
        add_directory(&mut file, &entries)
    });
    let below: Vec<u32> = below.collect();
    let mut entries = entries(&mut file, &page);
    if !below.is_empty() {
        entries.push((330, below));
    }
    end_tiff(&mut file, &entries);
    file
}

/// Adds a picture; what its directory says.
fn entries(file: &mut Vec<u8>, level: &Level) -> Vec<(u16, Vec<u32>)> {
    let strip = file.len() as u32;
    let row = (0..level.width).map(|x| if x < level.width / 2 { level.left } else { level.right });
    let row: Vec<u8> = row.collect();
    let plain = row.repeat(level.rows as usize);
    let strip_data = match level.compression {
        1 => plain,
        5 => Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&plain).unwrap(),
        _ => {
            let jpeg = jpeg_of(&plain, level.width, level.rows, ColorType::Luma, BASELINE);
            jpeg[..jpeg.len() / 2].to_vec()
        }
    };
    file.extend(&strip_data);
    let entries = [
        (254, level.subfile),
        (256, level.width),
        (257, level.height),
        (258, 8),
        (259, level.compression),
        (262, level.photometric),
        (273, strip),
        (278, level.rows),
        (279, strip_data.len() as u32),
    ];
    entries.map(|(tag, value)| (tag, vec![value])).to_vec()
}

/// The first and the last pixel of a thumbnail, and its size.
fn shown(file: &[u8], side: u32) -> (u8, u8, (u32, u32)) {
    let (width, height, thumbnail) = thumbnail(&ask(side, side, PNG).v1(file));
    let pixels = pixels(&thumbnail).to_luma8();
    (pixels.get_pixel(0, 0).0[0], pixels.get_pixel(width - 1, height - 1).0[0], (width, height))
}

#[test]
fn the_smallest_picture_that_is_twice_as_large_is_read() {
    let levels = [level(200, 150, 11, 201), level(100, 75, 12, 202), level(50, 38, 13, 203)];
    let file = pyramid(PAGE, &levels);
    for (side, first, last, size) in [
        (400, 10, 200, (400, 300)),
        (101, 10, 200, (101, 76)),
        (100, 11, 201, (100, 75)),
        (51, 11, 201, (51, 38)),
        // Of 75 rows, 38 are more than half.
        (50, 11, 201, (50, 38)),
        (49, 12, 202, (49, 37)),
        (26, 12, 202, (26, 20)),
        (25, 13, 203, (25, 19)),
        (13, 13, 203, (13, 10)),
    ] {
        assert_eq!(shown(&file, side), (first, last, size), "{side}");
    }
}

#[test]
fn what_is_not_a_smaller_picture_of_the_page_is_not_read() {
    let good = level(200, 150, 11, 201);
    for (name, below) in [
        ("not said to be one", Level { subfile: 0, ..good }),
        ("a mask", Level { subfile: 4, ..good }),
        ("of other proportions", level(200, 152, 11, 201)),
        ("of other colours", Level { photometric: 0, ..good }),
        ("not smaller", level(400, 300, 11, 201)),
        ("without its last row", Level { rows: 149, ..good }),
    ] {
        assert_eq!(shown(&pyramid(PAGE, &[below]), 50), (10, 200, (50, 38)), "{name}");
    }
    assert_eq!(shown(&pyramid(PAGE, &[good]), 50).0, 11);
    assert_eq!(shown(&pyramid(PAGE, &[level(201, 150, 11, 201)]), 50).0, 11);
    // A directory that is not there, one in the header, and the page's own.
    let file = pyramid(PAGE, &[good]);
    let place = file.len() - 8;
    let own = u32::from_le_bytes(file[4..8].try_into().unwrap());
    for offset in [u32::MAX, 0, 3, own, own + 1] {
        let mut file = file.clone();
        file[place..place + 4].copy_from_slice(&offset.to_le_bytes());
        assert_eq!(shown(&file, 50), (10, 200, (50, 38)), "{offset}");
    }
}

/// What its work may be is counted anew.
#[test]
fn a_page_is_read_after_a_jpeg_that_cannot_be() {
    let page = Level { width: 1600, height: 1200, rows: 1200, compression: 5, ..PAGE };
    let broken = Level { compression: 7, ..level(200, 150, 11, 201) };
    assert_eq!(shown(&pyramid(page, &[broken]), 50), (10, 200, (50, 38)));
}

/// Crops of the page are the same places of the smaller picture.
#[test]
fn a_crop_shows_the_same_part() {
    let file = pyramid(PAGE, &[level(200, 150, 10, 200)]);
    let alone = pyramid(PAGE, &[]);
    for (width, height) in [(20, 60), (60, 20), (33, 50)] {
        let ask = Ask { fit: 1, ..ask(width, height, PNG) };
        let [found, expected] =
            [&file, &alone].map(|file| pixels(&thumbnail(&ask.v2(0, file)).2).to_luma8());
        assert_eq!(found.dimensions(), (width, height));
        for (found, expected) in found.pixels().zip(expected.pixels()) {
            assert!(found.0[0].abs_diff(expected.0[0]) <= 12, "{width} x {height}");
        }
    }
}
