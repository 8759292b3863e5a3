//! What the tables of a lossless WebP picture take (RFC 9649, section 3), found before its decoder makes them.
//!
//! A picture may name up to 65,536 groups of prefix codes, and 5 bits of a code may make a table of 4 KiB: no bound that
//! follows from the file's length or the picture's dimensions would leave honest pictures through. So this reads the file
//! as the decoder will, up to the pixels: the pictures of the transforms, the picture that says which group holds
//! where, and the lengths of every code of every group. It stops where the decoder would, and as soon as the budget ends.

use thumbox_protocol::Format;

use super::container::{Chunk, chunks, chunks_in};
use super::prefix_code::{Bits, Lengths, PrefixCode, Stop, Walk};
use crate::budget::{Budget, Charge};
use crate::cursor::Cursor;
use crate::error::{Error, Result};

const PURPOSE: &str = "decoding the WebP's tables";

/// What a decoder holds for a group beside its tables, thrice: a vector that grows holds its old place, too.
const GROUP: u64 = 3 * 5 * 56;
/// The tables of the codes that are dropped before the picture's own are read, and a palette's.
const CONSTANT: u64 = 256 << 10;

const GREEN: usize = 256 + 24;
const LITERALS: usize = 256;
const DISTANCES: usize = 40;

/// Charges for the tables of every lossless picture that a WebP file's decoder reads.
///
/// # Errors
/// 201 for invalid codes, 301 where the tables take more than is left.
pub(super) fn charge<'b>(
    data: &[u8],
    width: u32,
    height: u32,
    budget: &'b Budget,
) -> Result<Option<Charge<'b>>> {
    let mut most = 0;
    for chunk in chunks(data) {
        if &chunk.kind == b"ANMF" {
            let mut frame = Cursor::new(chunk.body);
            let size =
                (|| Some((frame.take(6)?, frame.u24_le()?, frame.u24_le()?, frame.take(4)?)))();
            let Some((_, width, height, _)) = size else { break };
            for chunk in chunks_in(frame.rest()) {
                most = most.max(of_chunk(&chunk, width + 1, height + 1, budget)?);
            }
            break; // The first frame is the only one that is shown.
        }
        most = most.max(of_chunk(&chunk, width, height, budget)?);
    }
    if most == 0 { Ok(None) } else { budget.charge(most, PURPOSE).map(Some) }
}

fn of_chunk(chunk: &Chunk<'_>, width: u32, height: u32, budget: &Budget) -> Result<u64> {
    let body = match (&chunk.kind, chunk.body) {
        // A signature, the dimensions and a version, in 5 bytes.
        (b"VP8L", [_, _, _, _, _, body @ ..]) => body,
        // Its first byte says how alpha is stored: 1 is a lossless picture.
        (b"ALPH", [how, body @ ..]) if how & 3 == 1 => body,
        _ => return Ok(0),
    };
    let mut walker = Walker { bits: Bits::new(body), total: CONSTANT, budget };
    match walker.picture(width, height) {
        Ok(()) | Err(Stop::Ended) => Ok(walker.total),
        Err(Stop::Invalid) => {
            let detail = "its lossless image data has invalid prefix codes, or a transform twice";
            Err(Error::corrupt(Format::WebP, detail))
        }
        Err(Stop::Budget(error)) => Err(error),
    }
}

struct Walker<'a, 'b> {
    bits: Bits<'a>,
    total: u64,
    budget: &'b Budget,
}

impl Walker<'_, '_> {
    /// Everything before the pixels (sections 4 and 6.2).
    fn picture(&mut self, mut width: u32, height: u32) -> Walk<()> {
        let mut seen = [false; 4];
        while self.bits.read(1)? == 1 {
            let kind = self.bits.read(2)?;
            let Some(seen) = usize::try_from(kind).ok().and_then(|kind| seen.get_mut(kind)) else {
                return Err(Stop::Invalid);
            };
            if std::mem::replace(seen, true) {
                return Err(Stop::Invalid);
            }
            match kind {
                0 | 1 => {
                    let block = self.bits.read(3)? + 2;
                    let (width, height) = (blocks(width, block), blocks(height, block));
                    self.take(4 * u64::from(width) * u64::from(height))?;
                    self.small_picture(width, height, None)?;
                }
                2 => {}
                _ => {
                    let colours = self.bits.read(8)? + 1;
                    self.small_picture(colours, 1, None)?;
                    width = blocks(
                        width,
                        match colours {
                            1..=2 => 3,
                            3..=4 => 2,
                            5..=16 => 1,
                            _ => 0,
                        },
                    );
                }
            }
        }
        let cache = self.cache()?;
        let mut groups = 1;
        if self.bits.read(1)? == 1 {
            let block = self.bits.read(3)? + 2;
            let (width, height) = (blocks(width, block), blocks(height, block));
            // As four bytes of each, and as the two that count.
            self.take(6 * u64::from(width) * u64::from(height))?;
            let mut highest = 0;
            self.small_picture(width, height, Some(&mut highest))?;
            groups = highest + 1;
        }
        for _ in 0..groups {
            self.take(GROUP)?;
            for alphabet in [GREEN + cache.size(), LITERALS, LITERALS, LITERALS, DISTANCES] {
                let bytes = Lengths::read(&mut self.bits, alphabet)?.table_bytes();
                self.take(bytes)?;
            }
        }
        Ok(())
    }

    /// Counts bytes that the decoder will hold.
    fn take(&mut self, bytes: u64) -> Walk<()> {
        self.total += bytes;
        drop(self.budget.charge(self.total, PURPOSE).map_err(Stop::Budget)?);
        Ok(())
    }

    fn cache(&mut self) -> Walk<Cache> {
        let bits =
            if self.bits.read(1)? == 1 { self.bits.read(4)? } else { return Ok(Cache::NONE) };
        if (1..=11).contains(&bits) { Ok(Cache::new(bits)) } else { Err(Stop::Invalid) }
    }

    /// Reads a picture of one group of codes past. `highest`: the greatest number of a group that its pixels name, in
    /// their red and green.
    fn small_picture(&mut self, width: u32, height: u32, highest: Option<&mut u32>) -> Walk<()> {
        let mut cache = self.cache()?;
        let mut codes = Vec::with_capacity(5);
        for alphabet in [GREEN + cache.size(), LITERALS, LITERALS, LITERALS, DISTANCES] {
            codes.push(PrefixCode::new(&Lengths::read(&mut self.bits, alphabet)?));
        }
        let [green, red, blue, alpha, distance] = codes.as_slice() else {
            return Err(Stop::Invalid);
        };
        let count =
            usize::try_from(u64::from(width) * u64::from(height)).map_err(|_| Stop::Invalid)?;
        let _held = self.budget.charge(4 * count as u64, PURPOSE).map_err(Stop::Budget)?;
        let mut pixels: Vec<u32> = Vec::with_capacity(count);
        while pixels.len() < count {
            let symbol = green.read(&mut self.bits)?;
            if let Some(length) = symbol.checked_sub(256).filter(|length| *length < 24) {
                let length = self.bits.extended(length)?;
                let far = distance.read(&mut self.bits)?;
                let far = far_back(self.bits.extended(far)?, width);
                let Some(mut from) = pixels.len().checked_sub(far) else {
                    return Err(Stop::Invalid);
                };
                if length > count - pixels.len() {
                    return Err(Stop::Invalid);
                }
                for _ in 0..length {
                    let Some(&pixel) = pixels.get(from) else { return Err(Stop::Invalid) };
                    pixels.push(pixel);
                    cache.insert(pixel);
                    from += 1;
                }
            } else if let Some(index) = symbol.checked_sub(280) {
                pixels.push(cache.find(index).ok_or(Stop::Invalid)?);
            } else {
                let [red, blue, alpha] = [
                    red.read(&mut self.bits)?,
                    blue.read(&mut self.bits)?,
                    alpha.read(&mut self.bits)?,
                ];
                let pixel = alpha << 24 | red << 16 | symbol << 8 | blue;
                pixels.push(pixel);
                cache.insert(pixel);
            }
        }
        if let Some(highest) = highest {
            *highest = pixels.iter().map(|pixel| pixel >> 8 & 0xFFFF).max().unwrap_or(0);
        }
        Ok(())
    }
}

/// How many blocks of 2^`bits` there are in a length.
const fn blocks(length: u32, bits: u32) -> u32 {
    (length + (1 << bits) - 1) >> bits
}

/// A distance code as a number of pixels (section 5.2.2).
fn far_back(code: usize, width: u32) -> usize {
    // Columns to the left and rows up, for the nearest places in the order of their distance.
    #[rustfmt::skip]
    const NEAR: [(i8, u8); 120] = [
        (0, 1),  (1, 0),  (1, 1),  (-1, 1), (0, 2),  (2, 0),  (1, 2),  (-1, 2),
        (2, 1),  (-2, 1), (2, 2),  (-2, 2), (0, 3),  (3, 0),  (1, 3),  (-1, 3),
        (3, 1),  (-3, 1), (2, 3),  (-2, 3), (3, 2),  (-3, 2), (0, 4),  (4, 0),
        (1, 4),  (-1, 4), (4, 1),  (-4, 1), (3, 3),  (-3, 3), (2, 4),  (-2, 4),
        (4, 2),  (-4, 2), (0, 5),  (3, 4),  (-3, 4), (4, 3),  (-4, 3), (5, 0),
        (1, 5),  (-1, 5), (5, 1),  (-5, 1), (2, 5),  (-2, 5), (5, 2),  (-5, 2),
        (4, 4),  (-4, 4), (3, 5),  (-3, 5), (5, 3),  (-5, 3), (0, 6),  (6, 0),
        (1, 6),  (-1, 6), (6, 1),  (-6, 1), (2, 6),  (-2, 6), (6, 2),  (-6, 2),
        (4, 5),  (-4, 5), (5, 4),  (-5, 4), (3, 6),  (-3, 6), (6, 3),  (-6, 3),
        (0, 7),  (7, 0),  (1, 7),  (-1, 7), (5, 5),  (-5, 5), (7, 1),  (-7, 1),
        (4, 6),  (-4, 6), (6, 4),  (-6, 4), (2, 7),  (-2, 7), (7, 2),  (-7, 2),
        (3, 7),  (-3, 7), (7, 3),  (-7, 3), (5, 6),  (-5, 6), (6, 5),  (-6, 5),
        (8, 0),  (4, 7),  (-4, 7), (7, 4),  (-7, 4), (8, 1),  (8, 2),  (6, 6),
        (-6, 6), (8, 3),  (5, 7),  (-5, 7), (7, 5),  (-7, 5), (8, 4),  (6, 7),
        (-6, 7), (7, 6),  (-7, 6), (8, 5),  (7, 7),  (-7, 7), (8, 6),  (8, 7),
    ];
    match code.checked_sub(1).and_then(|index| NEAR.get(index)) {
        Some(&(left, up)) => {
            let far = i64::from(left) + i64::from(up) * i64::from(width);
            usize::try_from(far.max(1)).unwrap_or(1)
        }
        None => code.saturating_sub(NEAR.len()).max(1),
    }
}

/// The colours that were seen last (section 5.2.3).
struct Cache {
    bits: u32,
    colours: Vec<u32>,
}

impl Cache {
    const NONE: Self = Self { bits: 0, colours: Vec::new() };

    fn new(bits: u32) -> Self {
        Self { bits, colours: vec![0; 1 << bits] }
    }

    fn size(&self) -> usize {
        self.colours.len()
    }

    fn insert(&mut self, pixel: u32) {
        if self.bits > 0 {
            let index = pixel.wrapping_mul(0x1E35_A7BD) >> (32 - self.bits);
            if let Some(colour) = self.colours.get_mut(index as usize) {
                *colour = pixel;
            }
        }
    }

    fn find(&self, index: u32) -> Option<u32> {
        self.colours.get(index as usize).copied()
    }
}
