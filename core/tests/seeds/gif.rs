//! GIFs (GIF89a specification).

use super::super::common;
use super::super::containers::bits::First;
use super::lzw::lzw;
use super::{HEIGHT, Seed, WIDTH, cuts, texture};

/// One image of a file.
#[derive(Clone, Copy)]
struct Image {
    /// Left, top, width, height.
    place: [u16; 4],
    interlaced: bool,
    /// Bits of an index.
    depth: u8,
    local: bool,
    /// Disposal, and the transparent index.
    control: Option<(u8, Option<u8>)>,
}

const WHOLE: Image = Image {
    place: [0, 0, WIDTH as u16, HEIGHT as u16],
    interlaced: false,
    depth: 4,
    local: false,
    control: None,
};

pub(super) fn seeds() -> Vec<Seed> {
    let mut found = Vec::new();
    let mut add = |name: String, images: &[Image]| found.push((name, file(4, true, &[], images)));
    for depth in 1..=8 {
        for interlaced in [false, true] {
            for local in [false, true] {
                let image = Image { depth, interlaced, local, ..WHOLE };
                if local || depth <= 4 {
                    add(format!("depth-{depth}-{interlaced}-{local}"), &[image]);
                }
            }
        }
    }
    let clear = Some((0, Some(3)));
    add("transparent".into(), &[Image { control: clear, ..WHOLE }]);
    add("transparent-interlaced".into(), &[Image { control: clear, interlaced: true, ..WHOLE }]);
    for (name, place) in [
        ("small", [3, 2, 9, 7]),
        ("top", [0, 0, 21, 5]),
        ("beyond", [15, 9, 21, 13]),
        ("elsewhere", [40, 40, 5, 5]),
        ("larger", [0, 0, 30, 20]),
    ] {
        for control in [None, clear] {
            let name = format!("partial-{name}-{}", control.is_some());
            add(name, &[Image { place, control, ..WHOLE }]);
        }
    }
    for disposal in 0..=7 {
        let first = Image { control: Some((disposal, None)), ..WHOLE };
        let second = Image { place: [4, 4, 6, 5], control: Some((disposal, Some(1))), ..WHOLE };
        add(format!("animated-{disposal}"), &[first, second, first]);
    }
    for (name, depth, table) in [("odd-no-table", 4, false), ("small-table", 1, true)] {
        found.push((name.into(), file(depth, table, &[], &[Image { depth: 2, ..WHOLE }])));
    }
    let extensions: [(&str, &[u8]); 6] = [
        ("comment", b"\x21\xFE\x05hello\0"),
        ("loops", b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0"),
        ("profile", b"\x21\xFF\x0BICCRGBG1012\x04abcd\0"),
        ("xmp", b"\x21\xFF\x0BXMP DataXMP\x02<x\0"),
        ("text", b"\x21\x01\x0C\0\0\0\0\x08\0\x08\0\x08\x08\x01\0\x02hi\0"),
        ("unknown", b"\x21\x99\x01a\0"),
    ];
    for (name, bytes) in extensions {
        let name = if name == "unknown" { "odd-extension".into() } else { format!("with-{name}") };
        found.push((name, file(4, true, bytes, &[WHOLE])));
    }
    found.push(("encoded".into(), common::gif(WIDTH, HEIGHT, 1)));
    found.push(("encoded-animated".into(), common::gif(WIDTH, HEIGHT, 2)));
    let mut old = file(4, true, &[], &[WHOLE]);
    old[4] = b'7';
    found.push(("version-87".into(), old));
    for (name, offset, value) in
        [("code-size-9", 13 + 48 + 10, 9), ("code-size-0", 13 + 48 + 10, 0), ("no-trailer", 0, 0)]
    {
        let mut odd = file(4, true, &[], &[WHOLE]);
        match name {
            "no-trailer" => odd.truncate(odd.len() - 1),
            _ => odd[offset] = value,
        }
        found.push((format!("odd-{name}"), odd));
    }
    let whole = common::gif(WIDTH, HEIGHT, 1);
    let interlaced = file(4, true, &[], &[Image { interlaced: true, ..WHOLE }]);
    found.extend(cuts("encoded", &whole));
    found.extend(cuts("interlaced", &interlaced));
    found
}

fn file(depth: u8, table: bool, extensions: &[u8], images: &[Image]) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend([WIDTH as u16, HEIGHT as u16].iter().flat_map(|side| side.to_le_bytes()));
    file.extend([u8::from(table) << 7 | (depth - 1), 2, 0]);
    if table {
        file.extend(texture(3 << depth));
    }
    file.extend(extensions);
    for image in images {
        if let Some((disposal, transparent)) = image.control {
            let flags = disposal << 2 | u8::from(transparent.is_some());
            file.extend([0x21, 0xF9, 4, flags, 5, 0, transparent.unwrap_or(0), 0]);
        }
        file.push(0x2C);
        file.extend(image.place.iter().flat_map(|value| value.to_le_bytes()));
        let local = if image.local { 0x80 | (image.depth - 1) } else { 0 };
        file.push(local | u8::from(image.interlaced) << 6);
        if image.local {
            file.extend(texture(3 << image.depth));
        }
        let size = image.depth.max(2);
        let count = usize::from(image.place[2]) * usize::from(image.place[3]);
        let mask = ((1_u16 << image.depth) - 1) as u8;
        let indices: Vec<u8> = texture(count).iter().map(|value| value & mask).collect();
        file.push(size);
        for block in lzw(&indices, size.into(), First::Low).chunks(255) {
            file.push(block.len() as u8);
            file.extend(block);
        }
        file.push(0);
    }
    file.push(0x3B);
    file
}
