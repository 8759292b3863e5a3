//! How macroblocks are predicted (RFC 6386, sections 8, 10 and 11).

use super::bool_decoder::BoolDecoder;
use super::tables::SUBBLOCK_MODES;

/// How a macroblock's luma or its chroma is predicted (section 8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Dc,
    Vertical,
    Horizontal,
    TrueMotion,
}

impl Mode {
    /// What the modes of sub-blocks next to such a macroblock are told by (section 11.3).
    pub(super) const fn as_subblock(self) -> SubblockMode {
        match self {
            Self::Dc => SubblockMode::Dc,
            Self::Vertical => SubblockMode::Vertical,
            Self::Horizontal => SubblockMode::Horizontal,
            Self::TrueMotion => SubblockMode::TrueMotion,
        }
    }
}

/// How a sub-block is predicted (section 11.3), in the order of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum SubblockMode {
    #[default]
    Dc,
    TrueMotion,
    Vertical,
    Horizontal,
    LeftDown,
    RightDown,
    VerticalRight,
    VerticalLeft,
    HorizontalDown,
    HorizontalUp,
}

/// What stands in the first partition for a macroblock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Macroblock {
    pub(super) segment: u8,
    /// Whether it has no coefficients.
    pub(super) skips: bool,
    pub(super) luma: Luma,
    pub(super) chroma: Mode,
}

/// How luma is predicted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Luma {
    Whole(Mode),
    /// By sub-blocks, row by row.
    Subblocks([SubblockMode; 16]),
}

/// The modes of the sub-blocks that are next to what is read.
pub(super) struct Neighbours {
    /// Of the row of macroblocks above: four a macroblock.
    above: Vec<[SubblockMode; 4]>,
    left: [SubblockMode; 4],
}

impl Neighbours {
    pub(super) fn new(macroblocks: usize) -> Self {
        Self { above: vec![[SubblockMode::Dc; 4]; macroblocks], left: [SubblockMode::Dc; 4] }
    }

    /// Begins a row.
    pub(super) fn begin_row(&mut self) {
        self.left = [SubblockMode::Dc; 4];
    }

    /// Reads what stands for the macroblock in column `x`.
    pub(super) fn read(
        &mut self,
        x: usize,
        partition: &mut BoolDecoder<'_>,
        segment_probabilities: Option<[u8; 3]>,
        skip_probability: Option<u8>,
    ) -> Macroblock {
        // A copy that the compiler keeps in registers.
        let mut bits = *partition;
        let segment = segment_probabilities.map_or(0, |[first, low, high]| {
            if bits.bit(first) { 2 + u8::from(bits.bit(high)) } else { u8::from(bits.bit(low)) }
        });
        let skips = skip_probability.is_some_and(|probability| bits.bit(probability));
        let mut outside = [SubblockMode::Dc; 4];
        let above = self.above.get_mut(x).unwrap_or(&mut outside);
        let luma = if bits.bit(145) {
            let mode = if bits.bit(156) {
                if bits.bit(128) { Mode::TrueMotion } else { Mode::Horizontal }
            } else if bits.bit(163) {
                Mode::Vertical
            } else {
                Mode::Dc
            };
            *above = [mode.as_subblock(); 4];
            self.left = *above;
            Luma::Whole(mode)
        } else {
            let mut modes = [SubblockMode::Dc; 16];
            for (modes, left) in modes.as_chunks_mut::<4>().0.iter_mut().zip(&mut self.left) {
                for (mode, above) in modes.iter_mut().zip(above.iter_mut()) {
                    *mode = subblock(&mut bits, *above, *left);
                    (*above, *left) = (*mode, *mode);
                }
            }
            Luma::Subblocks(modes)
        };
        let chroma = chroma(&mut bits);
        *partition = bits;
        Macroblock { segment, skips, luma, chroma }
    }
}

#[inline(always)]
fn chroma(bits: &mut BoolDecoder<'_>) -> Mode {
    if !bits.bit(142) {
        Mode::Dc
    } else if !bits.bit(114) {
        Mode::Vertical
    } else if bits.bit(183) {
        Mode::TrueMotion
    } else {
        Mode::Horizontal
    }
}

#[inline(always)]
fn subblock(bits: &mut BoolDecoder<'_>, above: SubblockMode, left: SubblockMode) -> SubblockMode {
    let by_left = SUBBLOCK_MODES.get(above as usize).unwrap_or(&[[128; 9]; 10]);
    let [dc, motion, vertical, kind, horizontal, right, left, turned, down] =
        *by_left.get(left as usize).unwrap_or(&[128; 9]);
    if !bits.bit(dc) {
        SubblockMode::Dc
    } else if !bits.bit(motion) {
        SubblockMode::TrueMotion
    } else if !bits.bit(vertical) {
        SubblockMode::Vertical
    } else if !bits.bit(kind) {
        if !bits.bit(horizontal) {
            SubblockMode::Horizontal
        } else if !bits.bit(right) {
            SubblockMode::RightDown
        } else {
            SubblockMode::VerticalRight
        }
    } else if !bits.bit(left) {
        SubblockMode::LeftDown
    } else if !bits.bit(turned) {
        SubblockMode::VerticalLeft
    } else if !bits.bit(down) {
        SubblockMode::HorizontalDown
    } else {
        SubblockMode::HorizontalUp
    }
}
