//! Coefficients of blocks (RFC 6386, section 13).

use super::bool_decoder::BoolDecoder;
use super::header::Factors;
use super::tables::{ByPlace, Tables};
use super::transform::inverse_walsh_hadamard;

/// The coefficients of a macroblock, multiplied by their factors, in rows.
#[derive(Debug)]
pub(super) struct Coefficients {
    /// 16 blocks of luma, 4 of U and 4 of V.
    pub(super) blocks: [Block; 24],
    /// Whether any block has coefficients.
    pub(super) any: bool,
}

/// A block of 4 x 4 coefficients.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    pub(super) values: [i16; 16],
    pub(super) kind: Kind,
}

/// Which coefficients there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    #[default]
    None,
    /// The first alone.
    Dc,
    All,
}

/// Whether the blocks above a macroblock, or to its left, have coefficients: 4 of luma, 2 of U, 2 of V, and the one that
/// holds luma's first coefficients.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    luma: [bool; 4],
    chroma: [[bool; 2]; 2],
    luma_dc: bool,
}

impl Context {
    /// After a macroblock without coefficients. `whole`: whether its luma was predicted as a whole.
    pub(super) fn clear(&mut self, whole: bool) {
        *self = Self { luma_dc: self.luma_dc && !whole, ..Self::default() };
    }
}

/// Coefficients in zigzag order, as places in rows (section 13, figure).
pub(super) const ZIGZAG: [u8; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

impl Coefficients {
    pub(super) const fn new() -> Self {
        Self { blocks: [Block { values: [0; 16], kind: Kind::None }; 24], any: false }
    }

    /// Reads a macroblock's coefficients. `whole`: whether its luma is predicted as a whole, so that luma's first
    /// coefficients are in a block of their own.
    pub(super) fn read(
        &mut self,
        partition: &mut BoolDecoder<'_>,
        Tables([without_dc, luma_dc, chroma, with_dc]): &Tables,
        factors: &Factors,
        whole: bool,
        above: &mut Context,
        left: &mut Context,
    ) {
        self.clear();
        // A copy that the compiler keeps in registers.
        let mut local = *partition;
        let bits = &mut local;
        let (luma, first) = if whole {
            let mut block = Block::default();
            let context = usize::from(above.luma_dc) + usize::from(left.luma_dc);
            let end = read_block(bits, luma_dc, context, factors.luma_dc, 0, &mut block);
            (above.luma_dc, left.luma_dc) = (end > 0, end > 0);
            if end > 0 {
                let firsts = inverse_walsh_hadamard(&block.values);
                for (block, first) in self.blocks.iter_mut().zip(firsts) {
                    if let Some(value) = block.values.first_mut() {
                        *value = first;
                    }
                    block.kind = if first == 0 { Kind::None } else { Kind::Dc };
                }
            }
            (without_dc, 1)
        } else {
            (with_dc, 0)
        };
        let (luma_blocks, chroma_blocks) = self.blocks.split_at_mut(16);
        for (row, left) in luma_blocks.chunks_exact_mut(4).zip(&mut left.luma) {
            for (block, above) in row.iter_mut().zip(&mut above.luma) {
                let context = usize::from(*above) + usize::from(*left);
                let end = read_block(bits, luma, context, factors.luma, first, block);
                (*above, *left) = (end > first, end > first);
            }
        }
        let planes = chroma_blocks.chunks_exact_mut(4).zip(&mut above.chroma).zip(&mut left.chroma);
        for ((plane, above), left) in planes {
            for (row, left) in plane.chunks_exact_mut(2).zip(left) {
                for (block, above) in row.iter_mut().zip(above.iter_mut()) {
                    let context = usize::from(*above) + usize::from(*left);
                    let end = read_block(bits, chroma, context, factors.chroma, 0, block);
                    (*above, *left) = (end > 0, end > 0);
                }
            }
        }
        *partition = local;
        self.any = self.blocks.iter().any(|block| block.kind != Kind::None);
    }

    /// Sets all to 0.
    pub(super) fn clear(&mut self) {
        for block in &mut self.blocks {
            if block.kind != Kind::None {
                *block = Block::default();
            }
        }
        self.any = false;
    }
}

/// Reads a block from coefficient `first` on, in zigzag order; gives the number of the one after the last. The context
/// says how many of its neighbours have coefficients.
#[inline(always)]
fn read_block(
    bits: &mut BoolDecoder<'_>,
    probabilities: &ByPlace,
    context: usize,
    factors: [i32; 2],
    first: usize,
    block: &mut Block,
) -> usize {
    let contexts = probabilities.get(first & 15).unwrap_or(&[[0; 16]; 4]);
    let [end, ..] = *contexts.get(context & 3).unwrap_or(&[0; 16]);
    // Most blocks of a photograph are empty.
    if bits.bit(end) {
        read_values(bits, probabilities, context, factors, first, block)
    } else {
        first
    }
}

/// Reads a block that is not empty.
#[inline(never)]
fn read_values(
    bits: &mut BoolDecoder<'_>,
    probabilities: &ByPlace,
    context: usize,
    [dc, ac]: [i32; 2],
    first: usize,
    block: &mut Block,
) -> usize {
    let of = |at: usize, context: usize| -> &[u8; 16] {
        let contexts = probabilities.get(at & 15).unwrap_or(&[[0; 16]; 4]);
        contexts.get(context & 3).unwrap_or(&[0; 16])
    };
    // A copy that the compiler keeps in registers.
    let mut local = *bits;
    let mut at = first;
    let mut p = of(at, context);
    'block: loop {
        let [_, mut zero, mut one, ..] = *p;
        while !local.bit(zero) {
            at += 1;
            if at == 16 {
                break 'block;
            }
            p = of(at, 0);
            [_, zero, one, ..] = *p;
        }
        let (value, context) = if local.bit(one) { (large(&mut local, p), 2) } else { (1, 1) };
        let value = value * if at == 0 { dc } else { ac };
        let value = if local.sign() { -value } else { value };
        let place = ZIGZAG.get(at).copied().unwrap_or(0);
        if let Some(to) = block.values.get_mut(usize::from(place & 15)) {
            // A value that no encoder writes loses its upper bits, as in libwebp.
            let [low, high, ..] = value.to_le_bytes();
            *to = i16::from_le_bytes([low, high]);
        }
        at += 1;
        if at == 16 {
            break;
        }
        p = of(at, context);
        let [end, ..] = *p;
        if !local.bit(end) {
            break;
        }
    }
    *bits = local;
    block.kind = if at == 1 { Kind::Dc } else { Kind::All };
    at
}

/// A value of 2 or more (section 13.2).
#[inline(always)]
fn large(bits: &mut BoolDecoder<'_>, probabilities: &[u8; 16]) -> i32 {
    const LONG: [&[u8]; 4] = [
        &[173, 148, 140],
        &[176, 155, 140, 135],
        &[180, 157, 141, 134, 130],
        &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129],
    ];
    let [_, _, _, p3, p4, p5, p6, p7, p8, p9, p10, ..] = *probabilities;
    if !bits.bit(p3) {
        if !bits.bit(p4) { 2 } else { 3 + i32::from(bits.bit(p5)) }
    } else if !bits.bit(p6) {
        if !bits.bit(p7) {
            5 + i32::from(bits.bit(159))
        } else {
            let high = i32::from(bits.bit(165));
            7 + 2 * high + i32::from(bits.bit(145))
        }
    } else {
        let high = bits.bit(p8);
        let low = bits.bit(if high { p10 } else { p9 });
        let category = 2 * usize::from(high) + usize::from(low);
        let extra = LONG.get(category).copied().unwrap_or_default();
        let extra = extra.iter().fold(0, |value, p| value << 1 | i32::from(bits.bit(*p)));
        3 + (8 << category) + extra
    }
}
