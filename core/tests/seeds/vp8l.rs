//! Lossless WebP (RFC 9649, section 3), written with prefix codes of one or two symbols.

use super::super::containers::bits::{Bits, First};
use super::texture;

/// A transform, with what it needs to know.
#[derive(Clone, Copy)]
pub(super) enum Transform {
    /// The two modes that the blocks choose from.
    Predictor([u8; 2]),
    Colour,
    SubtractGreen,
    /// The colours of the palette.
    Palette(u32),
}

/// A picture, but for its pixels.
#[derive(Clone, Copy)]
pub(super) struct Lossless<'t> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) alpha: bool,
    pub(super) transforms: &'t [Transform],
    /// Bits of the colour cache.
    pub(super) cache: Option<u32>,
    /// Two groups of prefix codes, and blocks that name them.
    pub(super) groups: bool,
}

/// Of blocks, as the format writes it: 2 to this, times four pixels.
const BLOCK: u32 = 0;

impl Lossless<'_> {
    /// The chunk's content.
    pub(super) fn chunk(&self) -> Vec<u8> {
        let mut bits = Bits::new(First::Low);
        bits.put(0x2F, 8);
        bits.put(self.width - 1, 14);
        bits.put(self.height - 1, 14);
        bits.put(u32::from(self.alpha), 1);
        bits.put(0, 3);
        self.stream(&mut bits);
        bits.bytes
    }

    /// Without what says how large it is, as alpha is written (RFC 9649, 2.7.1.2).
    pub(super) fn headless(&self) -> Vec<u8> {
        let mut bits = Bits::new(First::Low);
        self.stream(&mut bits);
        bits.bytes
    }

    fn stream(&self, bits: &mut Bits) {
        let mut width = self.width;
        for transform in self.transforms {
            bits.put(1, 1);
            let blocks = width.div_ceil(4 << BLOCK) * self.height.div_ceil(4 << BLOCK);
            match *transform {
                Transform::Predictor(modes) => {
                    bits.put(0, 2);
                    bits.put(BLOCK, 3);
                    picture(bits, [modes.as_slice(), &[0], &[0], &[255]], blocks);
                }
                Transform::Colour => {
                    bits.put(1, 2);
                    bits.put(BLOCK, 3);
                    picture(bits, [&[3, 250], &[7, 240], &[1], &[255]], blocks);
                }
                Transform::SubtractGreen => bits.put(2, 2),
                Transform::Palette(colours) => {
                    bits.put(3, 2);
                    bits.put(colours - 1, 8);
                    picture(bits, [&[1, 30], &[60, 255], &[9, 90], &[0, 40]], colours);
                    let packed = match colours {
                        ..=2 => 8,
                        3..=4 => 4,
                        5..=16 => 2,
                        _ => 1,
                    };
                    width = width.div_ceil(packed);
                }
            }
        }
        bits.put(0, 1);
        bits.put(u32::from(self.cache.is_some()), 1);
        if let Some(size) = self.cache {
            bits.put(size, 4);
        }
        bits.put(u32::from(self.groups), 1);
        if self.groups {
            bits.put(BLOCK, 3);
            let blocks = width.div_ceil(4 << BLOCK) * self.height.div_ceil(4 << BLOCK);
            // A block's red and green together are its group's number.
            picture(bits, [&[0, 1], &[0], &[0], &[255]], blocks);
        }
        let alpha: &[u8] = if self.alpha { &[90, 255] } else { &[255] };
        let codes = [&[20, 200], &[10, 250], &[30, 128], alpha];
        for _ in 0..=u32::from(self.groups) {
            prefix_codes(bits, codes);
        }
        pixels(bits, codes, width * self.height);
    }
}

/// A picture inside of the stream, without a colour cache.
fn picture(bits: &mut Bits, codes: [&[u8]; 4], count: u32) {
    bits.put(0, 1);
    prefix_codes(bits, codes);
    pixels(bits, codes, count);
}

/// One or two symbols each of green, red, blue and alpha; distances are not used.
fn prefix_codes(bits: &mut Bits, codes: [&[u8]; 4]) {
    for symbols in codes.into_iter().chain([&[0][..]]) {
        bits.put(1, 1);
        bits.put(symbols.len() as u32 - 1, 1);
        bits.put(1, 1);
        symbols.iter().for_each(|symbol| bits.put(u32::from(*symbol), 8));
    }
}

/// A bit for each channel that has a choice.
fn pixels(bits: &mut Bits, codes: [&[u8]; 4], count: u32) {
    let choices = codes.iter().filter(|symbols| symbols.len() == 2).count();
    for byte in texture(count as usize) {
        bits.put(u32::from(byte), choices);
    }
}
