//! The units that a stream of AV1 is made of, as far as they say what decoding it takes ("AV1 Bitstream & Decoding Process
//! Specification", version 1.0.0 with errata 1, section 5).

use super::properties::{CodePoints, UNSPECIFIED};
use crate::cursor::Cursor;

/// Types of units (section 6.2.2).
const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const FRAME_HEADER: u8 = 3;
const FRAME: u8 = 6;

/// Frames of a picture, at the most: those of its layers, and those that they are predicted from.
const MOST_FRAMES: u64 = 8;

/// The start of a stream, with all that the first picture needs.
pub(super) struct Start<'a> {
    pub(super) sequence: Sequence,
    pub(super) bytes: &'a [u8],
    /// Frames that are decoded for it.
    pub(super) frames: u64,
}

/// What a sequence header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    /// Pixels of the largest frame.
    pub(super) width: u32,
    pub(super) height: u32,
    is_reduced: bool,
    /// Of the first operating point; 0 without layers.
    layers: u32,
    pub(super) depth: u8,
    pub(super) is_grey: bool,
    /// Columns and rows for a sample of chroma.
    pub(super) halves: [bool; 2],
    pub(super) code_points: CodePoints,
    pub(super) has_super_resolution: bool,
    pub(super) has_film_grain: bool,
}

/// A unit.
struct Unit<'a> {
    kind: u8,
    body: &'a [u8],
    /// Where the next one begins.
    rest: &'a [u8],
}

/// The sequence header of a stream, if it has one that can be read.
pub(super) fn sequence(stream: &[u8]) -> Option<Sequence> {
    units(stream)
        .find(|unit| unit.kind == SEQUENCE_HEADER)
        .and_then(|unit| Sequence::read(&mut Bits::new(unit.body)))
}

/// The start of a stream up to its first picture, or up to the layer `layer` of it.
pub(super) fn start<'a>(
    stream: &'a [u8],
    sequence: Sequence,
    layer: Option<u16>,
) -> Option<Start<'a>> {
    let layers = (sequence.layers >> 8).count_ones().max(1);
    let wanted = layer.map_or(layers, |layer| u32::from(layer) + 1);
    let (mut frames, mut shown, mut length) = (0, 0, 0);
    for unit in units(stream) {
        match unit.kind {
            // What it takes is charged by the first one.
            SEQUENCE_HEADER if Sequence::read(&mut Bits::new(unit.body)) != Some(sequence) => {
                return None;
            }
            TEMPORAL_DELIMITER if shown > 0 => break,
            FRAME_HEADER | FRAME => {
                if shown == wanted {
                    break;
                }
                frames += 1;
                shown += u32::from(is_shown(unit.body, sequence.is_reduced));
            }
            _ => {}
        }
        length = stream.len() - unit.rest.len();
    }
    let bytes = stream.get(..length)?;
    (1..=MOST_FRAMES).contains(&frames).then_some(Start { sequence, bytes, frames })
}

/// Whether a frame is shown by itself, or shows another one (section 5.9.2).
fn is_shown(header: &[u8], is_reduced: bool) -> bool {
    let first = header.first().copied().unwrap_or_default();
    is_reduced || first & 0x80 != 0 || first & 0x10 != 0
}

/// The units of a stream (section 5.3). The last one ends where the stream does, whatever it claims.
fn units(stream: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    let mut cursor = Cursor::new(stream);
    std::iter::from_fn(move || {
        let header = cursor.u8()?;
        if header & 4 != 0 {
            cursor.u8()?;
        }
        let size = if header & 2 == 0 { usize::MAX } else { leb128(&mut cursor)? };
        let body = cursor.take_up_to(size);
        Some(Unit { kind: header >> 3 & 15, body, rest: cursor.rest() })
    })
}

/// A number in groups of 7 bits (section 4.10.5).
fn leb128(cursor: &mut Cursor<'_>) -> Option<usize> {
    let mut value = 0;
    for group in 0..8 {
        let byte = cursor.u8()?;
        value |= u64::from(byte & 0x7F) << (group * 7);
        if byte & 0x80 == 0 {
            return Some(usize::try_from(value).unwrap_or(usize::MAX));
        }
    }
    None
}

impl Sequence {
    /// Section 5.5.
    fn read(bits: &mut Bits<'_>) -> Option<Self> {
        let profile = bits.number(3)?;
        bits.flag()?;
        let is_reduced = bits.flag()?;
        let layers = if is_reduced {
            bits.number(5)?;
            0
        } else {
            operating_points(bits)?
        };
        let sides = [bits.number(4)? + 1, bits.number(4)? + 1];
        let [width, height] = [bits.number(sides[0])? + 1, bits.number(sides[1])? + 1];
        if !is_reduced && bits.flag()? {
            bits.number(7)?;
        }
        bits.number(3)?;
        if !is_reduced {
            tools(bits)?;
        }
        let has_super_resolution = bits.flag()?;
        bits.number(2)?;
        Self {
            width,
            height,
            is_reduced,
            layers,
            depth: 8,
            is_grey: false,
            halves: [true; 2],
            code_points: CodePoints {
                primaries: UNSPECIFIED,
                transfer: UNSPECIFIED,
                matrix: UNSPECIFIED,
                full_range: false,
            },
            has_super_resolution,
            has_film_grain: false,
        }
        .colours(profile, bits)
    }

    /// Section 5.5.2, and the flag after it.
    fn colours(mut self, profile: u32, bits: &mut Bits<'_>) -> Option<Self> {
        let points = &mut self.code_points;
        let is_high = bits.flag()?;
        self.depth = match (is_high, profile) {
            (false, _) => 8,
            (true, 2) if bits.flag()? => 12,
            (true, _) => 10,
        };
        self.is_grey = profile != 1 && bits.flag()?;
        if bits.flag()? {
            let mut byte = || u8::try_from(bits.number(8)?).ok();
            (points.primaries, points.transfer, points.matrix) = (byte()?, byte()?, byte()?);
        }
        let is_srgb = (points.primaries, points.transfer, points.matrix) == (1, 13, 0);
        if self.is_grey {
            points.full_range = bits.flag()?;
            self.halves = [true; 2];
        } else if is_srgb {
            points.full_range = true;
            self.halves = [false; 2];
        } else {
            points.full_range = bits.flag()?;
            self.halves = match (profile, self.depth) {
                (0, _) => [true; 2],
                (1, _) => [false; 2],
                (_, 12) => {
                    let across = bits.flag()?;
                    [across, across && bits.flag()?]
                }
                _ => [true, false],
            };
            if self.halves == [true; 2] {
                bits.number(2)?;
            }
        }
        if !self.is_grey {
            bits.flag()?;
        }
        self.has_film_grain = bits.flag()?;
        Some(self)
    }
}

/// The layers of the first operating point; what the others say is passed over.
fn operating_points(bits: &mut Bits<'_>) -> Option<u32> {
    let mut delay = None;
    if bits.flag()? {
        bits.number(32)?;
        bits.number(32)?;
        if bits.flag()? {
            bits.variable()?;
        }
        if bits.flag()? {
            delay = Some(bits.number(5)? + 1);
            bits.number(32)?;
            bits.number(10)?;
        }
    }
    let has_display_delay = bits.flag()?;
    let mut first = None;
    for _ in 0..=bits.number(5)? {
        let layers = bits.number(12)?;
        first.get_or_insert(layers);
        if bits.number(5)? > 7 {
            bits.flag()?;
        }
        if let Some(length) = delay
            && bits.flag()?
        {
            bits.number(length)?;
            bits.number(length)?;
            bits.flag()?;
        }
        if has_display_delay && bits.flag()? {
            bits.number(4)?;
        }
    }
    first
}

/// Which tools frames may use that are predicted from others.
fn tools(bits: &mut Bits<'_>) -> Option<()> {
    bits.number(4)?;
    let has_order = bits.flag()?;
    if has_order {
        bits.number(2)?;
    }
    let forces_screen_content = if bits.flag()? { true } else { bits.flag()? };
    if forces_screen_content && !bits.flag()? {
        bits.flag()?;
    }
    if has_order {
        bits.number(3)?;
    }
    Some(())
}

/// Reads bits, from the highest of a byte on.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    fn flag(&mut self) -> Option<bool> {
        let byte = self.data.get(self.at / 8)?;
        let flag = byte << (self.at % 8) & 0x80 != 0;
        self.at += 1;
        Some(flag)
    }

    /// A number of up to 32 bits.
    fn number(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u32::from(self.flag()?)))
    }

    /// A number of a length that it says itself (section 4.10.3).
    fn variable(&mut self) -> Option<()> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        if zeros < 32 {
            self.number(zeros)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of a still picture, of 1280 x 720 pixels in grey.
    const HEADER: &[u8] = b"\x0A\x0A\x19\x6A\x67\xFD\x9F\xDB\x01\x01\x01\x20";

    #[test]
    fn a_sequence_header_is_read() {
        let found = sequence(&[b"\x12\0", HEADER].concat()).unwrap();
        assert_eq!((found.width, found.height, found.depth, found.is_grey), (1280, 720, 8, true));
        let points = CodePoints { primaries: 1, transfer: 1, matrix: 1, full_range: false };
        assert_eq!(found.code_points, points);
        assert!(found.is_reduced && !found.has_film_grain && !found.has_super_resolution);
        assert_eq!(sequence(&HEADER[..8]), None);
        assert_eq!(sequence(b"\x12\0"), None);
    }

    #[test]
    fn a_stream_is_cut_after_its_first_picture() {
        let sequence = sequence(HEADER).unwrap();
        let (frame, next) = (&b"\x32\x02\x80\0"[..], &b"\x12\0"[..]);
        let one = [HEADER, frame].concat();
        for more in [&[][..], frame, next, b"\x32"] {
            let stream = [&one, more].concat();
            let start = start(&stream, sequence, None).unwrap();
            assert_eq!((start.bytes, start.frames), (one.as_slice(), 1), "{more:?}");
        }
        // A second sequence may take more than what the first one says.
        let mut other = HEADER.to_vec();
        other[4] ^= 1;
        assert!(start(&[HEADER, &other, frame].concat(), sequence, None).is_none());
        assert!(start(HEADER, sequence, None).is_none());
    }

    #[test]
    fn frames_that_are_not_shown_are_counted_up_to_a_limit() {
        let sequence = Sequence { is_reduced: false, ..sequence(HEADER).unwrap() };
        let hidden = b"\x32\x01\0".repeat(7);
        let shown = b"\x1A\x01\x80";
        let stream = [&hidden[..], shown].concat();
        assert_eq!(start(&stream, sequence, None).unwrap().frames, 8);
        assert!(start(&[&hidden[..3], &stream].concat(), sequence, None).is_none());
    }
}
