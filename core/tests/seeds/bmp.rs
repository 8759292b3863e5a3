//! BMPs, of every header that Windows and OS/2 had.

use super::{HEIGHT, Seed, WIDTH, cuts, icc, texture};

const CORE: u32 = 12;
const INFO: u32 = 40;
const V4: u32 = 108;
const V5: u32 = 124;
const HEADERS: [(&str, u32); 7] =
    [("core", CORE), ("info", INFO), ("v2", 52), ("v3", 56), ("os2", 64), ("v4", V4), ("v5", V5)];

const RGB: u32 = 0;
const RLE8: u32 = 1;
const RLE4: u32 = 2;
const FIELDS: u32 = 3;
const ALPHA_FIELDS: u32 = 6;

/// Red, green, blue and alpha.
const MASKS: [(&str, u16, [u32; 4]); 7] = [
    ("565", 16, [0xF800, 0x07E0, 0x001F, 0]),
    ("555", 16, [0x7C00, 0x03E0, 0x001F, 0]),
    ("4444", 16, [0x0F00, 0x00F0, 0x000F, 0xF000]),
    ("888", 32, [0x00FF_0000, 0xFF00, 0xFF, 0]),
    ("8888", 32, [0x00FF_0000, 0xFF00, 0xFF, 0xFF00_0000]),
    ("rgba", 32, [0xFF00_0000, 0x00FF_0000, 0xFF00, 0xFF]),
    ("1010102", 32, [0x3FF0_0000, 0x000F_FC00, 0x03FF, 0xC000_0000]),
];

/// A file, but for its picture.
#[derive(Clone, Copy)]
struct Kind {
    header: u32,
    bits: u16,
    compression: u32,
    masks: [u32; 4],
    /// Colours of the palette.
    colours: usize,
    top_down: bool,
}

const PLAIN: Kind =
    Kind { header: INFO, bits: 24, compression: RGB, masks: [0; 4], colours: 0, top_down: false };

pub(super) fn seeds() -> Vec<Seed> {
    let mut found = Vec::new();
    for (name, header) in HEADERS {
        for bits in [1, 2, 4, 8, 16, 24, 32] {
            for top_down in [false, true] {
                if header == CORE && (top_down || matches!(bits, 16 | 32)) {
                    continue;
                }
                let colours = if bits <= 8 { 1 << bits } else { 0 };
                let kind = Kind { header, bits, top_down, colours, ..PLAIN };
                // Two bits and OS/2's header are rare, and not everybody's.
                let odd = if bits == 2 || header == 64 { "odd-" } else { "" };
                let name = format!("{odd}{name}-{bits}-{}", u8::from(top_down));
                found.push((name, kind.file(&kind.plain())));
            }
        }
    }
    for (name, bits, masks) in MASKS {
        for (version, header) in HEADERS {
            if header != CORE && header != 64 {
                let compression =
                    if header == INFO && masks[3] != 0 { ALPHA_FIELDS } else { FIELDS };
                let kind = Kind { header, bits, compression, masks, ..PLAIN };
                let odd =
                    if compression == ALPHA_FIELDS || name == "1010102" { "odd-" } else { "" };
                found.push((format!("{odd}{version}-fields-{name}"), kind.file(&kind.plain())));
            }
        }
    }
    found.extend(run_lengths());
    let profile = icc::srgb();
    let mut file = Kind { header: V5, ..PLAIN }.file(&PLAIN.plain());
    let place = (file.len() - 14) as u32;
    file[14 + 56..14 + 60].copy_from_slice(b"DEBM");
    file[14 + 112..14 + 116].copy_from_slice(&place.to_le_bytes());
    file[14 + 116..14 + 120].copy_from_slice(&(profile.len() as u32).to_le_bytes());
    file.extend(&profile);
    found.push(("profile".into(), file));
    for (name, height) in [("largest", i32::MIN), ("tall", 1 << 30), ("half", -(1 << 30))] {
        let mut file = PLAIN.file(&PLAIN.plain());
        file[22..26].copy_from_slice(&height.to_le_bytes());
        found.push((format!("odd-{name}"), file));
    }
    for (name, compression) in [("jpeg", 4), ("png", 5), ("cmyk", 11)] {
        let kind = Kind { compression, ..PLAIN };
        found.push((format!("odd-{name}"), kind.file(&kind.plain())));
    }
    let few = Kind { bits: 8, colours: 9, ..PLAIN };
    found.push(("few-colours".into(), few.file(&few.plain())));
    found.extend(cuts("plain", &PLAIN.file(&PLAIN.plain())));
    found
}

/// Runs, absolute runs, jumps and ends of lines, with and without the end of the picture.
fn run_lengths() -> Vec<Seed> {
    let mut found = Vec::new();
    for (name, bits, compression) in [("rle8", 8, RLE8), ("rle4", 4, RLE4)] {
        let kind = Kind { bits, compression, colours: 1 << bits, ..PLAIN };
        let absolute: Vec<u8> = match bits {
            8 => [&[0, 5][..], &texture(5), &[0]].concat(),
            _ => [&[0, 5][..], &texture(3), &[0]].concat(),
        };
        let mut lines = Vec::new();
        for y in 0..HEIGHT as u8 {
            lines.extend([9, y * 16 + 3]);
            lines.extend(&absolute);
            lines.extend([7, 0x52, 0, 0]);
        }
        let jumps = [3, 0x12, 0, 2, 5, 2, 4, 0x34, 0, 0, 0, 2, 1, 3, 6, 0x77, 0, 1];
        let end = [lines.as_slice(), &[0, 1]].concat();
        for (rows, data) in [("lines", &end), ("odd-no-end", &lines), ("jumps", &jumps.to_vec())] {
            let (odd, rows) = rows.split_once('-').map_or(("", rows), |(_, rows)| ("odd-", rows));
            found.push((format!("{odd}{name}-{rows}"), kind.file(data)));
        }
        let upside = Kind { top_down: true, ..kind };
        found.push((format!("odd-{name}-top-down"), upside.file(&end)));
        found.push((format!("odd-{name}-beyond"), kind.file(&[255, 1, 255, 2, 0, 1])));
        let core = Kind { header: V4, ..kind };
        found.push((format!("{name}-v4"), core.file(&end)));
        let file = kind.file(&end);
        found.extend(cuts(name, &file));
    }
    found
}

impl Kind {
    /// A picture that is not compressed.
    fn plain(&self) -> Vec<u8> {
        let row = (WIDTH as usize * usize::from(self.bits)).div_ceil(32) * 4;
        texture(row * HEIGHT as usize)
    }

    fn file(&self, data: &[u8]) -> Vec<u8> {
        let mut header = self.header.to_le_bytes().to_vec();
        if self.header == CORE {
            for field in [WIDTH as u16, HEIGHT as u16, 1, self.bits] {
                header.extend(field.to_le_bytes());
            }
        } else {
            let height = HEIGHT.cast_signed() * if self.top_down { -1 } else { 1 };
            let fields = [WIDTH, height.cast_unsigned(), u32::from(self.bits) << 16 | 1];
            let more = [self.compression, data.len() as u32, 2835, 2835, self.colours as u32, 0];
            header.extend([fields.as_slice(), &more].concat().iter().flat_map(|v| v.to_le_bytes()));
            let masks = self.masks.iter().flat_map(|mask| mask.to_le_bytes());
            header.extend(masks);
            if self.header >= V4 {
                header.extend(b"BGRs");
            }
            let length = match (self.header, self.compression) {
                (INFO, FIELDS) => 52,
                (INFO, ALPHA_FIELDS) => 56,
                (length, _) => length as usize,
            };
            header.resize(length, 0);
        }
        let colour = if self.header == CORE { 3 } else { 4 };
        let palette = texture(self.colours * colour);
        let offset = 14 + header.len() + palette.len();
        let mut file = b"BM".to_vec();
        for field in [(offset + data.len()) as u32, 0, offset as u32] {
            file.extend(field.to_le_bytes());
        }
        [file.as_slice(), &header, &palette, data].concat()
    }
}
