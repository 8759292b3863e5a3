//! The header of a frame (RFC 6386, sections 9 and 19.2).

use thumbox_protocol::Format;

use super::bool_decoder::BoolDecoder;
use super::tables::{AC_FACTORS, COEFFICIENT_UPDATES, COEFFICIENTS, DC_FACTORS, Tables};
use crate::cursor::Cursor;
use crate::error::{Error, Result};

/// Segments of a frame, at the most.
pub(super) const SEGMENTS: usize = 4;

/// What a frame's header says.
pub(super) struct Header<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// The probabilities of a macroblock's segment, where each says which it is in.
    pub(super) segment_probabilities: Option<[u8; 3]>,
    /// By segment.
    pub(super) factors: [Factors; SEGMENTS],
    pub(super) filter: Filter,
    pub(super) tables: Box<Tables>,
    /// The probability that a macroblock has coefficients, where each says whether it does.
    pub(super) skip_probability: Option<u8>,
    /// The first partition, from its modes on.
    pub(super) modes: BoolDecoder<'a>,
    /// The others: coefficients of each row of macroblocks in turn.
    pub(super) partitions: Vec<BoolDecoder<'a>>,
}

/// What coefficients are multiplied by: the first of a block, and the others (section 14.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Factors {
    pub(super) luma: [i32; 2],
    /// Of the block that holds the first coefficients of luma.
    pub(super) luma_dc: [i32; 2],
    pub(super) chroma: [i32; 2],
}

/// The loop filter's parameters (section 9.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) simple: bool,
    pub(super) sharpness: u8,
    /// By segment: the levels of macroblocks predicted as a whole, and by sub-blocks.
    pub(super) levels: [[u8; 2]; SEGMENTS],
}

impl Filter {
    /// Whether there is anything to filter.
    pub(super) fn is_on(&self) -> bool {
        self.levels.iter().flatten().any(|level| *level > 0)
    }
}

/// A frame's dimensions (section 9.1).
pub(in crate::codec::webp) fn dimensions(frame: &[u8]) -> Result<(u32, u32)> {
    let mut cursor = Cursor::new(frame);
    let fields = (|| {
        Some((cursor.array::<3>()?, cursor.array::<3>()?, cursor.u16_le()?, cursor.u16_le()?))
    })();
    let ([tag, ..], start, width, height) = fields.ok_or_else(cut)?;
    if tag & 1 != 0 || start != [0x9D, 0x01, 0x2A] {
        return Err(Error::corrupt(Format::WebP, "its lossy frame does not begin as a key frame"));
    }
    Ok((u32::from(width & 0x3FFF), u32::from(height & 0x3FFF)))
}

fn cut() -> Error {
    Error::truncated(Format::WebP, "it ends in its headers")
}

/// Quantiser indices, and what is added for each kind of coefficient.
#[derive(Clone, Copy)]
pub(super) struct Quantizer {
    pub(super) base: i32,
    pub(super) luma_dc: i32,
    pub(super) y2_dc: i32,
    pub(super) y2_ac: i32,
    pub(super) chroma_dc: i32,
    pub(super) chroma_ac: i32,
}

impl<'a> Header<'a> {
    pub(super) fn read(frame: &'a [u8]) -> Result<Self> {
        let (width, height) = dimensions(frame)?;
        let mut cursor = Cursor::new(frame);
        let tag = cursor.u24_le().ok_or_else(cut)?;
        cursor.take(7).ok_or_else(cut)?;
        let length = (tag >> 5) as usize;
        let first = cursor.take(length).ok_or_else(cut)?;
        let mut bits = BoolDecoder::new(first);
        let _colour_space = bits.flag();
        // Without clamping no value is out of range, says the encoder.
        let _clamping = bits.flag();
        let segments = Segments::read(&mut bits);
        let filter = FilterHeader::read(&mut bits);
        let partitions = partitions(cursor, 1 << bits.number(2));
        let quantizer = Quantizer {
            base: bits.number(7).into(),
            luma_dc: bits.optional_signed(4),
            y2_dc: bits.optional_signed(4),
            y2_ac: bits.optional_signed(4),
            chroma_dc: bits.optional_signed(4),
            chroma_ac: bits.optional_signed(4),
        };
        let _keeps_probabilities = bits.flag();
        let mut coefficients = COEFFICIENTS;
        let probabilities = coefficients.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        let updates = COEFFICIENT_UPDATES.as_flattened().as_flattened().as_flattened();
        for (probability, update) in probabilities.iter_mut().zip(updates) {
            if bits.bit(*update) {
                *probability = bits.number(8);
            }
        }
        let skip_probability = bits.flag().then(|| bits.number(8));
        if bits.has_ended() {
            return Err(cut());
        }
        Ok(Self {
            width,
            height,
            segment_probabilities: segments.probabilities,
            factors: segments.quantizers(quantizer.base).map(|index| quantizer.factors(index)),
            filter: Filter {
                simple: filter.simple,
                sharpness: filter.sharpness,
                levels: filter.levels_of(&segments),
            },
            tables: Tables::new(&coefficients),
            skip_probability,
            modes: bits,
            partitions,
        })
    }
}

impl Quantizer {
    pub(super) fn factors(&self, index: i32) -> Factors {
        let of = |table: &[i32; 128], added: i32| {
            let index = usize::try_from((index + added).clamp(0, 127)).unwrap_or(0);
            table.get(index).copied().unwrap_or(0)
        };
        Factors {
            luma: [of(&DC_FACTORS, self.luma_dc), of(&AC_FACTORS, 0)],
            luma_dc: [
                of(&DC_FACTORS, self.y2_dc) * 2,
                (of(&AC_FACTORS, self.y2_ac) * 155 / 100).max(8),
            ],
            chroma: [of(&DC_FACTORS, self.chroma_dc).min(132), of(&AC_FACTORS, self.chroma_ac)],
        }
    }
}

/// What segments change (section 9.3).
struct Segments {
    /// Whether there are any.
    enabled: bool,
    absolute: bool,
    quantizers: [i32; SEGMENTS],
    levels: [i32; SEGMENTS],
    probabilities: Option<[u8; 3]>,
}

impl Segments {
    fn read(bits: &mut BoolDecoder<'_>) -> Self {
        let mut segments = Self {
            enabled: bits.flag(),
            // Where the header has no values, libwebp's decoder takes 0 for what they replace, not for what they add.
            absolute: true,
            quantizers: [0; SEGMENTS],
            levels: [0; SEGMENTS],
            probabilities: None,
        };
        if !segments.enabled {
            return segments;
        }
        let (has_map, has_data) = (bits.flag(), bits.flag());
        if has_data {
            segments.absolute = bits.flag();
            segments.quantizers = std::array::from_fn(|_| bits.optional_signed(7));
            segments.levels = std::array::from_fn(|_| bits.optional_signed(6));
        }
        if has_map {
            let probability = |_| if bits.flag() { bits.number(8) } else { 255 };
            segments.probabilities = Some(std::array::from_fn(probability));
        }
        segments
    }

    /// The quantiser index of each segment.
    fn quantizers(&self, base: i32) -> [i32; SEGMENTS] {
        self.quantizers.map(|value| self.apply(base, value))
    }

    fn apply(&self, base: i32, value: i32) -> i32 {
        match (self.enabled, self.absolute) {
            (false, _) => base,
            (true, true) => value,
            (true, false) => base + value,
        }
    }
}

struct FilterHeader {
    simple: bool,
    level: i32,
    sharpness: u8,
    /// What is added for every macroblock of a key frame, and for those predicted by sub-blocks.
    added: Option<[i32; 2]>,
}

impl FilterHeader {
    fn read(bits: &mut BoolDecoder<'_>) -> Self {
        let (simple, level, sharpness) = (bits.flag(), bits.number(6).into(), bits.number(3));
        let mut added = None;
        if bits.flag() {
            let mut changes = [[0; 4]; 2];
            if bits.flag() {
                // By reference frame, then by mode.
                changes = std::array::from_fn(|_| std::array::from_fn(|_| bits.optional_signed(6)));
            }
            let [[intra, ..], [subblocks, ..]] = changes;
            added = Some([intra, subblocks]);
        }
        Self { simple, level, sharpness, added }
    }

    /// The levels by segment and by kind of prediction.
    fn levels_of(&self, segments: &Segments) -> [[u8; 2]; SEGMENTS] {
        segments.levels.map(|value| {
            let level = segments.apply(self.level, value);
            let [intra, subblocks] = self.added.unwrap_or_default();
            // 0 turns the filter off, whatever is added.
            let limit = |level: i32| u8::try_from(level.clamp(0, 63)).unwrap_or(0);
            if self.level == 0 {
                [0; 2]
            } else {
                [limit(level + intra), limit(level + intra + subblocks)]
            }
        })
    }
}

/// The partitions after the first, of which all but the last have their lengths before them.
fn partitions(mut cursor: Cursor<'_>, count: usize) -> Vec<BoolDecoder<'_>> {
    let mut lengths = Cursor::new(cursor.take_up_to(3 * (count - 1)));
    let mut partitions = Vec::with_capacity(count);
    for _ in 1..count {
        let length = lengths.u24_le().unwrap_or(0) as usize;
        partitions.push(BoolDecoder::new(cursor.take_up_to(length)));
    }
    partitions.push(BoolDecoder::new(cursor.rest()));
    partitions
}
