//! The headers of PBM, PGM and PPM, and what they and PAM's have in common.

use thumbox_protocol::Format;

use super::fields::{Fields, cut};
use super::pam;
use super::tokens::{Token, Tokens};
use crate::codec::info::Info;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;
use crate::picture::Layout;

/// What the headers say.
pub(super) struct Headers<'a> {
    pub(super) info: Info,
    pub(super) layout: Layout,
    /// Samples of a stored pixel: those of the layout, and maybe more behind them.
    pub(super) samples: usize,
    /// The sample of full intensity.
    pub(super) max: u16,
    pub(super) raster: Raster,
    /// The pixels, as they are stored.
    pub(super) data: Cursor<'a>,
}

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raster {
    /// As digits 0 and 1, of which 1 is black.
    Digits,
    /// As numbers in text.
    Numbers,
    /// As bits, of which 1 is black.
    Bits,
    /// In a byte each, or in two where the maximum does not fit one.
    Bytes,
}

impl<'a> Headers<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor::at(file, 1);
        let kind = cursor.u8().ok_or_else(cut)?;
        let (raster, layout) = match kind {
            b'1' => (Raster::Digits, Layout::Grey),
            b'2' => (Raster::Numbers, Layout::Grey),
            b'3' => (Raster::Numbers, Layout::Rgb),
            b'4' => (Raster::Bits, Layout::Grey),
            b'5' => (Raster::Bytes, Layout::Grey),
            b'6' => (Raster::Bytes, Layout::Rgb),
            _ => (Raster::Bytes, Layout::Rgb),
        };
        let (fields, data) = match kind {
            b'7' => pam::read(cursor)?,
            _ => numbers(cursor, raster, layout)?,
        };
        let Fields { width, height, samples, max, layout } = fields;
        if width == 0 || height == 0 {
            let detail = format!("its dimensions are {width} x {height}; 1 and more is allowed");
            return Err(Error::corrupt(Format::Pnm, detail));
        }
        let max = u16::try_from(max).ok().filter(|max| *max > 0).ok_or_else(|| {
            let detail = format!("its maximum is {max}; 1 to 65535 is allowed");
            Error::corrupt(Format::Pnm, detail)
        })?;
        let info = Info {
            format: Format::Pnm,
            width,
            height,
            orientation: Orientation::UPRIGHT,
            alpha: layout.has_alpha(),
            animated: false,
            progressive: false,
            icc: false,
        };
        Ok(Self { info, layout, samples: samples as usize, max, raster, data })
    }
}

/// The header of a PBM, PGM or PPM: its dimensions and, but for bits, its maximum.
fn numbers(cursor: Cursor<'_>, raster: Raster, layout: Layout) -> Result<(Fields, Cursor<'_>)> {
    let mut tokens = Tokens::new(cursor);
    let mut next = || match tokens.number(false) {
        Token::Number(number) => Ok(number),
        Token::End => Err(cut()),
        Token::Junk(byte) => {
            let byte = [byte];
            let detail = format!("its header has \"{}\" for a number", byte.escape_ascii());
            Err(Error::corrupt(Format::Pnm, detail))
        }
    };
    let (width, height) = (next()?, next()?);
    let max = if matches!(raster, Raster::Digits | Raster::Bits) { 1 } else { next()? };
    let samples = if layout == Layout::Grey { 1 } else { 3 };
    Ok((Fields { width, height, samples, max, layout }, tokens.rest()))
}
