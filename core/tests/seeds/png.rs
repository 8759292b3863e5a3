//! PNGs (W3C PNG, third edition).

use image::{DynamicImage, ImageFormat};

use super::super::common::*;
use super::super::containers::{Chunk, png as file_of, zlib};
use super::{HEIGHT, Seed, WIDTH, cuts, icc, texture};

/// A colour type's number, name, channels and depths.
const COLOURS: [(u8, &str, usize, &[u8]); 5] = [
    (0, "grey", 1, &[1, 2, 4, 8, 16]),
    (2, "rgb", 3, &[8, 16]),
    (3, "palette", 1, &[1, 2, 4, 8]),
    (4, "grey-alpha", 2, &[8, 16]),
    (6, "rgba", 4, &[8, 16]),
];

/// Of Adam7's passes: the first column and row, and the steps.
const PASSES: [[u32; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

pub(super) fn seeds() -> Vec<Seed> {
    let mut found = Vec::new();
    for (colour, name, channels, depths) in COLOURS {
        for &depth in depths {
            for interlace in [0, 1] {
                let header = header(WIDTH, HEIGHT, depth, colour, interlace);
                let data = zlib(&rows(channels * usize::from(depth), interlace == 1));
                let palette = palette(colour, depth);
                let chunks = [&[header], palette.as_slice(), &[(*b"IDAT", data)]].concat();
                found.push((format!("{name}-{depth}-{interlace}"), file_of(&chunks)));
                if let Some(mask) = transparent(colour, depth) {
                    let mut masked = chunks;
                    masked.insert(masked.len() - 1, (*b"tRNS", mask));
                    found.push((format!("{name}-{depth}-{interlace}-masked"), file_of(&masked)));
                }
            }
        }
    }
    found.extend(compressed());
    found.extend(with_more());
    found.extend(odd());
    let (rgb, interlaced) =
        (file(scene(WIDTH, HEIGHT), ImageFormat::Png), find(&found, "rgba-8-1"));
    found.extend(cuts("deflated", &rgb));
    found.extend(cuts("interlaced", &interlaced));
    found
}

fn find(seeds: &[Seed], name: &str) -> Vec<u8> {
    seeds.iter().find(|seed| seed.0 == name).unwrap().1.clone()
}

fn header(width: u32, height: u32, depth: u8, colour: u8, interlace: u8) -> Chunk {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    (*b"IHDR", [sides.as_slice(), &[depth, colour, 0, 0, interlace]].concat())
}

/// Rows of every filter in turn.
fn rows(bits: usize, interlaced: bool) -> Vec<u8> {
    let passes: &[[u32; 4]] = if interlaced { &PASSES } else { &[[0, 0, 1, 1]] };
    let mut rows = Vec::new();
    for [left, top, across, down] in passes {
        let width = (WIDTH - left).div_ceil(*across) as usize;
        for y in (*top..HEIGHT).step_by(*down as usize) {
            rows.push((y / down % 5) as u8);
            rows.extend(texture((width * bits).div_ceil(8)));
        }
    }
    rows
}

fn palette(colour: u8, depth: u8) -> Vec<Chunk> {
    match colour {
        3 => vec![(*b"PLTE", texture(3 << depth))],
        _ => Vec::new(),
    }
}

/// What is transparent, for a colour type that has no alpha.
fn transparent(colour: u8, depth: u8) -> Option<Vec<u8>> {
    let value = (37 & ((1_u32 << depth) - 1)) as u16;
    match colour {
        0 => Some(value.to_be_bytes().to_vec()),
        2 => Some([value, 74, 111].iter().flat_map(|value| value.to_be_bytes()).collect()),
        3 => Some(texture((1 << depth) - 1)),
        _ => None,
    }
}

/// Deflate's three kinds of blocks, by an encoder with each filter.
fn compressed() -> Vec<Seed> {
    let picture = scene(WIDTH, HEIGHT);
    let mut found = Vec::new();
    for (level, compression) in [
        ("stored", png::Compression::NoCompression),
        ("fastest", png::Compression::Fastest),
        ("balanced", png::Compression::Balanced),
        ("high", png::Compression::High),
    ] {
        for (name, filter) in [
            ("none", png::Filter::NoFilter),
            ("sub", png::Filter::Sub),
            ("up", png::Filter::Up),
            ("average", png::Filter::Avg),
            ("paeth", png::Filter::Paeth),
            ("adaptive", png::Filter::Adaptive),
        ] {
            let mut file = Vec::new();
            let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_compression(compression);
            encoder.set_filter(filter);
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(&picture).unwrap();
            writer.finish().unwrap();
            found.push((format!("{level}-{name}"), file));
        }
    }
    found
}

/// Files with chunks beside the picture.
fn with_more() -> Vec<Seed> {
    let plain = file(scene(WIDTH, HEIGHT), ImageFormat::Png);
    let profile = [b"a\0\0".as_slice(), &zlib(&icc::srgb())].concat();
    let text = [b"Comment\0\0".as_slice(), &zlib(b"a comment")].concat();
    let translated = b"Comment\0\0\0en\0Comment\0a comment".to_vec();
    let suggested = b"a\0\x08\x01\x02\x03\xFF\0\x01".to_vec();
    let chunks: [(&str, &[u8; 4], Vec<u8>); 18] = [
        ("gamma", b"gAMA", 45455_u32.to_be_bytes().to_vec()),
        ("chromaticities", b"cHRM", [31270_u32; 8].iter().flat_map(|v| v.to_be_bytes()).collect()),
        ("srgb", b"sRGB", vec![0]),
        ("profile", b"iCCP", profile),
        ("cicp-srgb", b"cICP", vec![1, 13, 0, 1]),
        ("cicp-pq", b"cICP", vec![9, 16, 0, 1]),
        ("mastering", b"mDCV", vec![1; 24]),
        ("light", b"cLLI", vec![1; 8]),
        ("orientation", b"eXIf", exif(6)[6..].to_vec()),
        ("background", b"bKGD", vec![0, 1, 0, 2, 0, 3]),
        ("significant", b"sBIT", vec![5, 6, 5]),
        ("physical", b"pHYs", vec![0, 0, 11, 19, 0, 0, 11, 19, 1]),
        ("time", b"tIME", vec![7, 234, 1, 1, 0, 0, 0]),
        ("text", b"tEXt", b"Comment\0a comment".to_vec()),
        ("text-deflated", b"zTXt", text),
        ("text-translated", b"iTXt", translated),
        ("suggested", b"sPLT", suggested),
        ("unknown", b"abCd", vec![1, 2, 3]),
    ];
    let mut found: Vec<Seed> = chunks
        .into_iter()
        .map(|(name, kind, body)| (format!("with-{name}"), with_chunk(&plain, kind, &body)))
        .collect();
    let grey16 = DynamicImage::from(scene(WIDTH, HEIGHT)).to_luma16();
    let grey16 = file(grey16, ImageFormat::Png);
    let profile = [b"a\0\0".as_slice(), &zlib(&icc::grey())].concat();
    found.push(("with-profile-grey".into(), with_chunk(&grey16, b"iCCP", &profile)));
    found.push(("animated".into(), animated()));
    let data = zlib(&rows(24, false));
    let mut parts = vec![header(WIDTH, HEIGHT, 8, 2, 0)];
    parts.extend(data.chunks(7).map(|part| (*b"IDAT", part.to_vec())));
    found.push(("many-data-chunks".into(), file_of(&parts)));
    found
}

/// Two frames, the second of them smaller, blended and disposed of (W3C PNG, 11.3.4).
fn animated() -> Vec<u8> {
    let frame = |number: u32, width: u32, height: u32, at: u32, operations: [u8; 2]| {
        let fields = [number, width, height, at, at].map(u32::to_be_bytes).concat();
        (*b"fcTL", [fields.as_slice(), &[0, 1, 0, 10], &operations].concat())
    };
    let small: Vec<u8> = (0..4).flat_map(|y| [&[y % 5][..], &texture(5 * 3)].concat()).collect();
    let second = [&2_u32.to_be_bytes()[..], &zlib(&small)].concat();
    file_of(&[
        header(WIDTH, HEIGHT, 8, 2, 0),
        (*b"acTL", [2_u32.to_be_bytes(), 0_u32.to_be_bytes()].concat()),
        frame(0, WIDTH, HEIGHT, 0, [0, 0]),
        (*b"IDAT", zlib(&rows(24, false))),
        frame(1, 5, 4, 3, [1, 1]),
        (*b"fdAT", second),
    ])
}

/// What decoders differ about.
fn odd() -> Vec<Seed> {
    let data = || (*b"IDAT", zlib(&rows(8, false)));
    let palette = header(WIDTH, HEIGHT, 8, 3, 0);
    let grey = header(WIDTH, HEIGHT, 8, 0, 0);
    let mut twice = rows(8, false);
    twice.extend(texture(500));
    let filter: Vec<u8> = (0..HEIGHT).flat_map(|_| [&[7][..], &texture(21)].concat()).collect();
    let mut found: Vec<Seed> = [
        ("no-palette", vec![palette.clone(), data()]),
        ("index-beyond-palette", vec![palette.clone(), (*b"PLTE", vec![9; 6]), data()]),
        ("palette-not-of-threes", vec![palette.clone(), (*b"PLTE", vec![9; 7]), data()]),
        ("palette-of-300", vec![palette, (*b"PLTE", vec![9; 900]), data()]),
        ("no-data", vec![grey.clone()]),
        ("two-headers", vec![grey.clone(), grey.clone(), data()]),
        ("more-data-than-rows", vec![grey.clone(), (*b"IDAT", zlib(&twice))]),
        ("fewer-data-than-rows", vec![grey.clone(), (*b"IDAT", zlib(&rows(4, false)))]),
        ("unknown-filter", vec![grey.clone(), (*b"IDAT", zlib(&filter))]),
        ("depth-3", vec![header(WIDTH, HEIGHT, 3, 0, 0), data()]),
        ("colour-5", vec![header(WIDTH, HEIGHT, 8, 5, 0), data()]),
        ("critical", vec![grey.clone(), (*b"ABCD", vec![1]), data()]),
        ("largest", vec![header(u32::MAX >> 1, u32::MAX >> 1, 8, 0, 0), data()]),
        ("flat", vec![header(1 << 18, 1, 8, 0, 0), data()]),
        ("steep", vec![header(1, 1 << 18, 1, 0, 1), data()]),
        ("empty", vec![header(0, 1, 8, 0, 0), data()]),
    ]
    .into_iter()
    .map(|(name, chunks)| (format!("odd-{name}"), file_of(&chunks)))
    .collect();
    let mut wrong = file_of(&[grey, data()]);
    let last = wrong.len() - 13;
    wrong[last] ^= 1;
    found.push(("odd-checksum".into(), wrong));
    found
}
