//! GIF (GIF89a specification, sections 18 to 26): the blocks by our own walk, the pixels by the `image` crate.

use thumbox_protocol::Format;

use image::codecs::gif::GifDecoder;

use super::image_crate::{self, from_image_error};
use super::info::Info;
use super::interface::{Codec, Need};
use super::metered::Metered;
use super::sink::Sink;
use crate::budget::Budget;
use crate::colour::Profile;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// A GIF whose headers were read.
pub(crate) struct Gif<'a> {
    data: &'a [u8],
    frame: Frame,
    info: Info,
}

impl<'a> Codec<'a> for Gif<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"GIF87a", b"GIF89a"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        let Headers { width, height, frame, transparent, animated } = headers(data)?;
        let covers =
            frame.left == 0 && frame.top == 0 && frame.width >= width && frame.height >= height;
        let info = Info {
            format: Format::Gif,
            width: u32::from(width),
            height: u32::from(height),
            orientation: Orientation::UPRIGHT,
            alpha: transparent || !covers,
            animated,
            progressive: frame.interlaced,
            icc: false,
        };
        Ok(Self { data, frame, info })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(
        self,
        need: &Need,
        out: &mut Sink<'a>,
        budget: &'a Budget,
    ) -> Result<Option<Profile<'a>>> {
        // The frame's indices and, where it does not cover the screen, its RGBA.
        let frame = u64::from(self.frame.width) * u64::from(self.frame.height);
        let _working = budget.charge(frame * 5 + (256 << 10), "decoding the GIF")?;
        let decoder = GifDecoder::new(Metered::new(self.data, budget))
            .map_err(|error| from_image_error(Format::Gif, &error, budget))?;
        image_crate::read(decoder, None, &self.info, need, out, budget)
    }
}

/// What the blocks up to the second image say.
struct Headers {
    width: u16,
    height: u16,
    /// The first frame.
    frame: Frame,
    transparent: bool,
    animated: bool,
}

/// The place of an image on the screen, in pixels.
struct Frame {
    left: u16,
    top: u16,
    width: u16,
    height: u16,
    interlaced: bool,
}

fn headers(data: &[u8]) -> Result<Headers> {
    let mut cursor = Cursor::at(data, 6);
    let screen = (|| Some((cursor.u16_le()?, cursor.u16_le()?, cursor.array::<3>()?)))();
    let (width, height, [flags, ..]) = screen.ok_or_else(cut)?;
    if width == 0 || height == 0 {
        return Err(Error::corrupt(Format::Gif, format!("its dimensions are {width} x {height}")));
    }
    skip_table(&mut cursor, flags).ok_or_else(cut)?;
    let mut transparent = false;
    let frame = loop {
        match cursor.u8().ok_or_else(cut)? {
            0x2C => break frame(&mut cursor).ok_or_else(cut)?,
            0x21 => transparent = extension(&mut cursor, transparent).ok_or_else(cut)?,
            0x3B => return Err(Error::truncated(Format::Gif, "it ends before its first image")),
            other => {
                let detail = format!("a block begins with byte {other:#04x}");
                return Err(Error::corrupt(Format::Gif, detail));
            }
        }
    };
    Ok(Headers { width, height, frame, transparent, animated: another_image(cursor).is_some() })
}

fn cut() -> Error {
    Error::truncated(Format::Gif, "it ends in its headers")
}

fn skip_table(cursor: &mut Cursor<'_>, flags: u8) -> Option<()> {
    if flags & 0x80 != 0 {
        cursor.take(3 << ((flags & 7) + 1))?;
    }
    Some(())
}

/// An image descriptor with its colour table and the code size of its data.
fn frame(cursor: &mut Cursor<'_>) -> Option<Frame> {
    let (left, top) = (cursor.u16_le()?, cursor.u16_le()?);
    let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
    let flags = cursor.u8()?;
    skip_table(cursor, flags)?;
    cursor.u8()?;
    Some(Frame { left, top, width, height, interlaced: flags & 0x40 != 0 })
}

/// Skips an extension; says whether the next image has a transparent colour.
fn extension(cursor: &mut Cursor<'_>, transparent: bool) -> Option<bool> {
    let label = cursor.u8()?;
    let first = *cursor.rest().get(1)?;
    skip_blocks(cursor)?;
    Some(if label == 0xF9 { first & 1 != 0 } else { transparent })
}

fn skip_blocks(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        match cursor.u8()? {
            0 => return Some(()),
            length => cursor.take(usize::from(length))?,
        };
    }
}

/// Whether a second image follows the data of the first.
fn another_image(mut cursor: Cursor<'_>) -> Option<()> {
    skip_blocks(&mut cursor)?;
    loop {
        match cursor.u8()? {
            0x2C => return Some(()),
            0x21 => extension(&mut cursor, false)?,
            _ => return None,
        };
    }
}
