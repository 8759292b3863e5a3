//! The header of a PAM (P7): lines of a name and a value.

use thumbox_protocol::Format;

use super::fields::{Fields, cut};
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::picture::Layout;

/// Samples of a pixel, at the most: as in Netpbm's files where the maximum may be any.
const MOST_SAMPLES: u32 = 0xFFFF;

/// Reads the lines; gives the fields, and what lies behind them.
pub(super) fn read(mut cursor: Cursor<'_>) -> Result<(Fields, Cursor<'_>)> {
    let (mut width, mut height, mut samples, mut max) = (0, 0, 0, 0);
    let mut tuple: &[u8] = &[];
    loop {
        let line = line(&mut cursor).ok_or_else(cut)?;
        let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        let (name, value) = line.split_at_checked(end).unwrap_or((line, &[]));
        let value = value.trim_ascii();
        match name {
            b"ENDHDR" => break,
            b"WIDTH" => width = number(value),
            b"HEIGHT" => height = number(value),
            b"DEPTH" => samples = number(value),
            b"MAXVAL" => max = number(value),
            b"TUPLTYPE" => tuple = value,
            // Empty lines, comments, and what nobody knows.
            _ => {}
        }
    }
    if !(1..=MOST_SAMPLES).contains(&samples) {
        let detail = format!("its depth is {samples}; 1 to {MOST_SAMPLES} is allowed");
        return Err(Error::corrupt(Format::Pnm, detail));
    }
    let layout = layout(tuple, samples)?;
    Ok((Fields { width, height, samples, max, layout }, cursor))
}

/// The layout of a pixel of so many samples: by its tuple type if that is known, else by their number.
fn layout(tuple: &[u8], samples: u32) -> Result<Layout> {
    let named = match tuple {
        b"BLACKANDWHITE" | b"GRAYSCALE" => Some(Layout::Grey),
        b"BLACKANDWHITE_ALPHA" | b"GRAYSCALE_ALPHA" => Some(Layout::GreyAlpha),
        b"RGB" => Some(Layout::Rgb),
        b"RGB_ALPHA" => Some(Layout::Rgba),
        b"CMYK" | b"CMYK_ALPHA" => Some(Layout::Cmyk),
        _ => None,
    };
    let named = named.filter(|layout| layout.channels() <= samples as usize);
    let by_number = || match samples {
        1 => Some(Layout::Grey),
        2 => Some(Layout::GreyAlpha),
        3 => Some(Layout::Rgb),
        4 => Some(Layout::Rgba),
        _ => None,
    };
    named.or_else(by_number).ok_or_else(|| {
        let tuple = tuple.get(..32).unwrap_or(tuple).escape_ascii();
        let detail = format!(
            "{samples} samples a pixel with tuple type \"{tuple}\"; up to 4 samples, or grey, RGB and CMYK by name, are read"
        );
        Error::unsupported(Format::Pnm, detail)
    })
}

/// The next line, without spaces around it; `None` where none ends.
fn line<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = memchr::memchr(b'\n', cursor.rest())?;
    let line = cursor.take(length)?;
    cursor.u8()?;
    Some(line.trim_ascii())
}

/// A number, the highest there is for what is higher; 0 for what is none.
fn number(text: &[u8]) -> u32 {
    text.iter()
        .try_fold(0_u32, |value, byte| {
            let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
            Some(value.saturating_mul(10).saturating_add(digit.into()))
        })
        .unwrap_or(0)
}
