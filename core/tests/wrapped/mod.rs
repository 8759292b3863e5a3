//! A colour profile in a picture of a few pixels: nothing is compressed between whoever changes the profile and the code
//! that reads it.
#![allow(dead_code, reason = "each program uses its own part")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: it may fail where it stands, and its numbers are small"
)]

use super::containers::bits::{Bits, First};
use super::containers::{png, riff_chunk, segment, webp, zlib};

/// Kinds of pictures; a recipe's first byte chooses one by its lowest 4 bits.
pub const PICTURES: [(&str, Space); 12] = [
    ("png-rgb", Space::Rgb),
    ("png-grey", Space::Grey),
    ("png-rgba", Space::Rgb),
    ("png-grey-alpha-16", Space::Grey),
    ("png-rgb-16", Space::Rgb),
    ("jpeg-ycc", Space::Rgb),
    ("jpeg-grey", Space::Grey),
    ("jpeg-cmyk", Space::Cmyk),
    ("webp-rgb", Space::Rgb),
    ("webp-rgba", Space::Rgb),
    ("tiff-rgb", Space::Rgb),
    ("tiff-cmyk", Space::Cmyk),
];

/// In a recipe's first byte: the profile's header stays as it is. Otherwise it gets its true length, its signature
/// and the picture's colour space, without which nearly no change of it would be looked at.
pub const AS_IT_IS: u8 = 0x80;

/// A picture's colour space.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Grey,
    Rgb,
    Cmyk,
}

impl Space {
    pub fn signature(self) -> &'static [u8; 4] {
        match self {
            Self::Grey => b"GRAY",
            Self::Rgb => b"RGB ",
            Self::Cmyk => b"CMYK",
        }
    }
}

/// The image file that a recipe describes: a byte, and a profile.
pub fn picture(recipe: &[u8]) -> Vec<u8> {
    let (how, profile) = recipe.split_first().unwrap_or((&0, &[]));
    let (name, space) = PICTURES[usize::from(how & 15) % PICTURES.len()];
    let mut profile = profile.to_vec();
    if how & AS_IT_IS == 0 && profile.len() >= 40 {
        let length = profile.len() as u32;
        profile[..4].copy_from_slice(&length.to_be_bytes());
        profile[16..20].copy_from_slice(space.signature());
        profile[36..40].copy_from_slice(b"acsp");
    }
    match name {
        "png-rgb" => png_of(2, 8, &profile),
        "png-grey" => png_of(0, 8, &profile),
        "png-rgba" => png_of(6, 8, &profile),
        "png-grey-alpha-16" => png_of(4, 16, &profile),
        "png-rgb-16" => png_of(2, 16, &profile),
        "jpeg-ycc" => jpeg_of(3, &profile),
        "jpeg-grey" => jpeg_of(1, &profile),
        "jpeg-cmyk" => jpeg_of(4, &profile),
        "webp-rgb" => webp_of(false, &profile),
        "webp-rgba" => webp_of(true, &profile),
        "tiff-rgb" => tiff_of(3, &profile),
        _ => tiff_of(4, &profile),
    }
}

/// 4 x 2 pixels.
fn png_of(colour: u8, depth: u8, profile: &[u8]) -> Vec<u8> {
    let channels = match colour {
        0 => 1,
        2 => 3,
        4 => 2,
        _ => 4,
    };
    let row = 4 * channels * usize::from(depth) / 8;
    let rows: Vec<u8> = (0..2 * (row + 1))
        .map(|at| if at % (row + 1) == 0 { 0 } else { (at * 29) as u8 })
        .collect();
    png(&[
        (*b"IHDR", vec![0, 0, 0, 4, 0, 0, 0, 2, depth, colour, 0, 0, 0]),
        (*b"iCCP", [b"a\0\0", zlib(profile).as_slice()].concat()),
        (*b"IDAT", zlib(&rows)),
    ])
}

/// 16 x 8 pixels: two blocks of each component, each of one value.
fn jpeg_of(components: u8, profile: &[u8]) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    let parts = profile.chunks(65_519);
    for (number, part) in (1..).zip(parts.clone()) {
        let header = [number, parts.len() as u8];
        file.extend(segment(0xE2, &[b"ICC_PROFILE\0", header.as_slice(), part].concat()));
    }
    if components == 4 {
        file.extend(segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"));
    }
    file.extend(segment(0xDB, &[&[0], [8; 64].as_slice()].concat()));
    let ids = || 1..=components;
    let frame: Vec<u8> = ids().flat_map(|id| [id, 0x11, 0]).collect();
    file.extend(segment(0xC0, &[&[8, 0, 8, 0, 16, components], frame.as_slice()].concat()));
    // Codes 00 and 01 for no difference and one of 6 bits; code 0 for the end of a block.
    let lengths = |first: u8, second: u8| [&[first, second], [0; 14].as_slice()].concat();
    file.extend(segment(0xC4, &[&[0], lengths(0, 2).as_slice(), &[0, 6]].concat()));
    file.extend(segment(0xC4, &[&[0x10], lengths(1, 0).as_slice(), &[0]].concat()));
    let scan: Vec<u8> = ids().flat_map(|id| [id, 0]).collect();
    file.extend(segment(0xDA, &[&[components], scan.as_slice(), &[0, 63, 0]].concat()));
    let mut bits = Bits::new(First::High);
    for at in 0..2 * u32::from(components) {
        bits.put(1, 2);
        bits.put(at * 23 + 7, 6);
        bits.put(0, 1);
    }
    file.extend(bits.bytes.iter().flat_map(|byte| {
        let stuffed: &[u8] = if *byte == 0xFF { &[0xFF, 0] } else { std::slice::from_ref(byte) };
        stuffed.to_vec()
    }));
    file.extend([0xFF, 0xD9]);
    file
}

/// 4 x 2 pixels, lossless, of two values in each channel.
fn webp_of(alpha: bool, profile: &[u8]) -> Vec<u8> {
    let mut bits = Bits::new(First::Low);
    let fields = [(0x2F, 8), (3, 14), (1, 14), (u32::from(alpha), 1), (0, 3), (0, 3)];
    fields.into_iter().for_each(|(value, width)| bits.put(value, width));
    let opaque: &[u32] = if alpha { &[255, 90] } else { &[255] };
    let codes: [&[u32]; 5] = [&[20, 200], &[10, 250], &[128, 30], opaque, &[0]];
    for symbols in codes {
        bits.put(1, 1);
        bits.put(symbols.len() as u32 - 1, 1);
        bits.put(1, 1);
        symbols.iter().for_each(|symbol| bits.put(*symbol, 8));
    }
    bits.put(0xB1E4_6A95, 32);
    let flags = 0x20 | u8::from(alpha) << 4;
    webp(&[
        riff_chunk(b"VP8X", &[flags, 0, 0, 0, 3, 0, 0, 1, 0, 0]),
        riff_chunk(b"ICCP", profile),
        riff_chunk(b"VP8L", &bits.bytes),
    ])
}

/// 4 x 2 pixels.
fn tiff_of(samples: u32, profile: &[u8]) -> Vec<u8> {
    let pixels: Vec<u8> = (0..4 * 2 * samples).map(|at| (at * 29) as u8).collect();
    let (photometric, short, long, bytes) = (if samples == 3 { 2 } else { 5 }, 3, 4, 7);
    let data = 8 + 2 + 10 * 12 + 4;
    let profile_at = data + 8 + pixels.len() as u32;
    let tags = [
        (256, short, 1, 4),
        (257, short, 1, 2),
        (258, short, samples, data),
        (259, short, 1, 1),
        (262, short, 1, photometric),
        (273, long, 1, data + 8),
        (277, short, 1, samples),
        (278, short, 1, 2),
        (279, long, 1, pixels.len() as u32),
        (34675, bytes, profile.len() as u32, profile_at),
    ];
    let mut file = b"II*\0\x08\0\0\0\x0A\0".to_vec();
    for (tag, kind, count, value) in tags {
        file.extend([tag, kind].iter().flat_map(|field: &u16| field.to_le_bytes()));
        file.extend([count, value].iter().flat_map(|field: &u32| field.to_le_bytes()));
    }
    file.extend([0; 4]);
    file.extend([8, 0, 8, 0, 8, 0, 8, 0]);
    file.extend(pixels);
    file.extend(profile);
    file
}
