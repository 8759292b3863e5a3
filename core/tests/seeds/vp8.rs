//! Lossy frames (RFC 6386) of every kind that a header tells apart.
//!
//! Any bits are modes and coefficients: what follows the header are bytes that look random.

/// What a frame's header says.
#[derive(Clone, Copy)]
pub(super) struct Lossy {
    pub(super) width: u16,
    pub(super) height: u16,
    /// The version of the bitstream, 0 to 3.
    pub(super) version: u8,
    pub(super) segments: Segments,
    /// Whether the loop filter is the simple one; its level, 0 to 63, and sharpness, 0 to 7.
    pub(super) simple: bool,
    pub(super) level: u8,
    pub(super) sharpness: u8,
    /// Whether the level depends on how a macroblock is predicted.
    pub(super) deltas: bool,
    /// The base-two logarithm of the number of partitions with coefficients, 0 to 3.
    pub(super) partitions: u8,
    /// The quantiser's index, 0 to 127, and what is added to it for the kinds of coefficients.
    pub(super) quantiser: u8,
    pub(super) added: [i8; 5],
}

/// What segments change.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Segments {
    None,
    /// There are segments, and every macroblock is in the first.
    WithoutMap,
    /// There are segments, and the header does not say what they change.
    WithoutData,
    Absolute,
    Relative,
}

pub(super) const LOSSY: Lossy = Lossy {
    width: 37,
    height: 35,
    version: 0,
    segments: Segments::None,
    simple: false,
    level: 0,
    sharpness: 0,
    deltas: false,
    partitions: 0,
    quantiser: 20,
    added: [0; 5],
};

/// A frame of every kind, each with its name.
pub(super) fn kinds() -> Vec<(String, Vec<u8>)> {
    let mut found = vec![("plain".to_owned(), LOSSY)];
    for version in 1..4 {
        found.push((format!("version-{version}"), Lossy { version, ..LOSSY }));
    }
    for quantiser in [0, 60, 127] {
        found.push((format!("quantiser-{quantiser}"), Lossy { quantiser, ..LOSSY }));
    }
    for (name, simple, level, sharpness, deltas) in [
        ("simple-5-0", true, 5, 0, false),
        ("simple-63-7", true, 63, 7, true),
        ("normal-5-0", false, 5, 0, false),
        ("normal-20-3", false, 20, 3, true),
        ("normal-45-5", false, 45, 5, false),
        ("normal-63-7", false, 63, 7, true),
    ] {
        let quantiser = 2;
        let frame = Lossy { simple, level, sharpness, deltas, quantiser, ..LOSSY };
        found.push((format!("filter-{name}"), frame));
    }
    for partitions in 1..4 {
        found.push((format!("partitions-{}", 1 << partitions), Lossy { partitions, ..LOSSY }));
    }
    for (name, segments) in [
        ("without-map", Segments::WithoutMap),
        ("without-data", Segments::WithoutData),
        ("absolute", Segments::Absolute),
        ("relative", Segments::Relative),
    ] {
        found.push((format!("segments-{name}"), Lossy { segments, level: 9, ..LOSSY }));
    }
    found.push(("deltas".into(), Lossy { added: [-15, 15, -7, 7, 1], quantiser: 9, ..LOSSY }));
    for (width, height) in [(1, 1), (2, 3), (16, 16), (17, 1), (1, 33), (48, 15), (63, 31)] {
        let frame = Lossy { width, height, level: 12, quantiser: 5, ..LOSSY };
        found.push((format!("size-{width}x{height}"), frame));
    }
    let frame = |(name, frame): (String, Lossy)| (name, frame.bytes());
    found.into_iter().map(frame).collect()
}

impl Lossy {
    /// The content of a chunk `VP8 `.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let macroblocks = usize::from(self.width.div_ceil(16) * self.height.div_ceil(16));
        let mut random = Random(u32::from(self.width) << 16 | u32::from(self.quantiser) << 8);
        let mut modes = self.header();
        modes.extend(random.bytes(40 + 16 * macroblocks));
        // A key frame of that version that is shown, and the length of its first partition.
        let tag = modes.len() as u32 * 32 + 16 + u32::from(self.version) * 2;
        let mut frame = tag.to_le_bytes()[..3].to_vec();
        frame.extend([0x9D, 0x01, 0x2A]);
        frame.extend(self.width.to_le_bytes());
        frame.extend(self.height.to_le_bytes());
        frame.extend(modes);
        let count = 1_usize << self.partitions;
        let length = 32 + 160 * macroblocks / count;
        for _ in 1..count {
            frame.extend(&(length as u32).to_le_bytes()[..3]);
        }
        frame.extend(random.bytes(length * count));
        frame
    }

    /// The first partition up to its quantisers.
    fn header(&self) -> Vec<u8> {
        let mut bits = BoolEncoder::default();
        // The colour space, and whether values are clamped.
        bits.number(0, 2);
        self.segments(&mut bits);
        bits.flag(self.simple);
        bits.number(self.level.into(), 6);
        bits.number(self.sharpness.into(), 3);
        bits.flag(self.deltas);
        if self.deltas {
            bits.flag(true);
            [5, 0, -7, 0, -9, 3, 0, 0].into_iter().for_each(|value| bits.optional(value, 6));
        }
        bits.number(self.partitions.into(), 2);
        bits.number(self.quantiser.into(), 7);
        self.added.into_iter().for_each(|value| bits.optional(value.into(), 4));
        bits.finish()
    }

    fn segments(&self, bits: &mut BoolEncoder) {
        let segments = self.segments;
        bits.flag(segments != Segments::None);
        if segments == Segments::None {
            return;
        }
        bits.flag(segments != Segments::WithoutMap);
        bits.flag(segments != Segments::WithoutData);
        if segments != Segments::WithoutData {
            self.segment_data(bits);
        }
        if segments != Segments::WithoutMap {
            [100, 0, 200].into_iter().for_each(|value| {
                bits.flag(value != 0);
                if value != 0 {
                    bits.number(value, 8);
                }
            });
        }
    }

    fn segment_data(&self, bits: &mut BoolEncoder) {
        let segments = self.segments;
        bits.flag(segments == Segments::Absolute);
        let (quantisers, levels) = match segments {
            Segments::Relative => ([-10, 0, 30, 127], [-9, 1, 0, 40]),
            _ => ([3, 40, 0, 127], [0, 2, 30, 63]),
        };
        quantisers.into_iter().for_each(|value| bits.optional(value, 7));
        levels.into_iter().for_each(|value| bits.optional(value, 6));
    }
}

/// RFC 6386, section 7.3, for flags that are as likely set as not.
struct BoolEncoder {
    bytes: Vec<u8>,
    range: u32,
    bottom: u32,
    bits: u32,
}

impl Default for BoolEncoder {
    fn default() -> Self {
        Self { bytes: Vec::new(), range: 255, bottom: 0, bits: 24 }
    }
}

impl BoolEncoder {
    fn flag(&mut self, bit: bool) {
        let split = 1 + (((self.range - 1) * 128) >> 8);
        if bit {
            self.bottom = self.bottom.wrapping_add(split);
            self.range -= split;
        } else {
            self.range = split;
        }
        while self.range < 128 {
            self.range <<= 1;
            if self.bottom >> 31 == 1 {
                let carried = self.bytes.iter().rposition(|byte| *byte != 255).unwrap();
                self.bytes[carried] += 1;
                self.bytes[carried + 1..].fill(0);
            }
            self.bottom <<= 1;
            self.bits -= 1;
            if self.bits == 0 {
                self.bytes.push((self.bottom >> 24) as u8);
                self.bottom &= 0xFF_FFFF;
                self.bits = 8;
            }
        }
    }

    fn number(&mut self, value: u32, bits: u32) {
        (0..bits).rev().for_each(|bit| self.flag(value >> bit & 1 == 1));
    }

    fn optional(&mut self, value: i32, bits: u32) {
        self.flag(value != 0);
        if value != 0 {
            self.number(value.unsigned_abs(), bits);
            self.flag(value < 0);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        (0..32).for_each(|_| self.flag(false));
        self.bytes
    }
}

struct Random(u32);

impl Random {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let next = |_| {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 24) as u8
        };
        (0..count).map(next).collect()
    }
}
