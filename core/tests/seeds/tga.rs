//! TGAs: every type and depth, in packets and not, from every corner.

use super::super::common::Tga;
use super::{HEIGHT, Seed, WIDTH, texture};

pub(super) fn seeds() -> Vec<Seed> {
    let (width, height) = (WIDTH as u16, HEIGHT as u16);
    let mut found = Vec::new();
    for (kind, depth, bits) in [
        (1, 8, 15),
        (1, 8, 16),
        (1, 8, 24),
        (1, 8, 32),
        (2, 15, 0),
        (2, 16, 0),
        (2, 24, 0),
        (2, 32, 0),
        (3, 8, 0),
        (3, 16, 0),
    ] {
        let bytes = usize::from(u8::div_ceil(depth, 8));
        let mut data = texture(usize::from(width) * usize::from(height) * bytes);
        // Runs, too.
        data[70..160].fill(7);
        let map = (kind == 1).then(|| (0, bits, texture(256 * usize::from(u8::div_ceil(bits, 8)))));
        let plain = Tga { map, ..Tga::new(kind, depth, width, height, data) };
        for (name, more) in [("plain", 0), ("packets", 8)] {
            for (from, flags) in [("top", 0x20), ("bottom", 0), ("right", 0x10), ("end", 0x30)] {
                // As many bits of alpha as the layout has room for, and as few.
                let room = match (depth, bits) {
                    (32, _) | (8, 32) => 8,
                    (16, _) if kind == 3 => 8,
                    (16, _) | (8, 16) => 1,
                    _ => 0,
                };
                for attributes in [0, room] {
                    let tga = Tga { kind: kind + more, flags: flags | attributes, ..plain.clone() };
                    // Pillow takes what lies beside a colour for alpha, whatever is said of it, and of 16 bits the other
                    // way round.
                    let pillow = attributes == room && room != 1 && depth != 15 && bits != 15;
                    let odd = if pillow { "" } else { "odd-" };
                    found.push((
                        format!("{odd}{name}-{kind}-{depth}-{bits}-{from}-{attributes}"),
                        tga.file(),
                    ));
                    if attributes == 0 && room == 0 {
                        break;
                    }
                }
            }
        }
    }
    let data = texture(usize::from(width) * usize::from(height) * 4);
    let plain = Tga { flags: 0x28, ..Tga::new(2, 32, width, height, data) };
    for attributes in 0..6 {
        let tga = Tga { attributes: Some(attributes), ..plain.clone() };
        found.push((format!("odd-attributes-{attributes}"), tga.file()));
    }
    for (name, tga) in [
        ("id", Tga { id: texture(255), ..plain.clone() }),
        ("odd-map-of-colours", Tga { map: Some((0, 24, texture(30))), ..plain.clone() }),
        ("odd-no-map", Tga::new(1, 8, width, height, texture(999))),
        (
            "odd-late-map",
            Tga { map: Some((9, 24, texture(30))), ..Tga::new(1, 8, width, height, texture(999)) },
        ),
        ("odd-type", Tga { kind: 33, ..plain.clone() }),
        ("odd-depth", Tga { depth: 7, ..plain.clone() }),
        ("odd-largest", Tga { width: u16::MAX, height: u16::MAX, ..plain.clone() }),
        ("odd-nothing", Tga { width: 0, ..plain.clone() }),
    ] {
        found.push((name.into(), tga.file()));
    }
    found.push(("odd-cut".into(), plain.of_data(&plain.data[..300])));
    found.push((
        "odd-cut-packets".into(),
        Tga { kind: 10, ..plain.clone() }.of_data(&[0xFF, 1, 2, 3, 4, 0x80, 1]),
    ));
    found
}
