//! The chunks of a WebP file (RFC 9649, section 2): what the headers say.

use thumbox_protocol::Format;

use crate::codec::exif;
use crate::codec::info::Info;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

pub(super) fn info(data: &[u8]) -> Result<Info> {
    let mut cursor = Cursor::at(data, 12);
    let first = chunk(&mut cursor).ok_or_else(cut)?;
    let mut body = Cursor::new(first.body);
    let (width, height, alpha, animated) = match &first.kind {
        b"VP8 " => {
            let (width, height) = lossy(&mut body)?;
            (width, height, false, false)
        }
        b"VP8L" => {
            let (width, height, alpha) = lossless(&mut body)?;
            (width, height, alpha, false)
        }
        b"VP8X" => {
            let fields = (|| Some((body.u8()?, body.u24_le()?, body.u24_le()?, body.u24_le()?)))();
            let (flags, _reserved, width, height) = fields.ok_or_else(cut)?;
            (width + 1, height + 1, flags & 0x10 != 0, flags & 0x02 != 0)
        }
        other => {
            let detail = format!("its first chunk is {:?}", other.escape_ascii().to_string());
            return Err(Error::corrupt(Format::WebP, detail));
        }
    };
    if width == 0 || height == 0 {
        return Err(Error::corrupt(Format::WebP, format!("its dimensions are {width} x {height}")));
    }
    let mut info = Info {
        format: Format::WebP,
        width,
        height,
        orientation: Orientation::UPRIGHT,
        alpha,
        animated,
        progressive: false,
        icc: false,
    };
    if first.kind == *b"VP8X" {
        while let Some(chunk) = chunk(&mut cursor) {
            match &chunk.kind {
                b"ICCP" if chunk.whole => info.icc = true,
                b"EXIF" if chunk.whole => info.orientation = exif::orientation(chunk.body),
                _ => {}
            }
        }
    }
    Ok(info)
}

/// A lossy frame's dimensions (RFC 6386, section 9.1).
fn lossy(body: &mut Cursor<'_>) -> Result<(u32, u32)> {
    let fields =
        (|| Some((body.array::<3>()?, body.array::<3>()?, body.u16_le()?, body.u16_le()?)))();
    let ([tag, ..], start, width, height) = fields.ok_or_else(cut)?;
    if tag & 1 != 0 || start != [0x9D, 0x01, 0x2A] {
        return Err(Error::corrupt(Format::WebP, "its lossy frame does not begin as a key frame"));
    }
    Ok((u32::from(width & 0x3FFF), u32::from(height & 0x3FFF)))
}

/// A lossless frame's dimensions and whether it has alpha (RFC 9649, section 3.4).
fn lossless(body: &mut Cursor<'_>) -> Result<(u32, u32, bool)> {
    let (signature, bits) = (|| Some((body.u8()?, body.u32_le()?)))().ok_or_else(cut)?;
    if signature != 0x2F {
        return Err(Error::corrupt(Format::WebP, "its lossless frame has a wrong signature"));
    }
    Ok(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bits >> 28 & 1 != 0))
}

/// The colour profile as it is stored, where the file may have one and all of it is there.
pub(super) fn profile(data: &[u8]) -> Option<&[u8]> {
    let mut chunks = chunks(data);
    chunks.next().filter(|first| &first.kind == b"VP8X")?;
    let profile = chunks.find(|chunk| &chunk.kind == b"ICCP")?;
    profile.whole.then_some(profile.body)
}

/// Refuses a lossy frame that has another size than what was said of it before: a decoder makes room for it by its
/// own word, and only then compares.
pub(super) fn check_frame(data: &[u8], info: &Info) -> Result<()> {
    let (mut chunks, mut claimed) = (Cursor::at(data, 12), Some((info.width, info.height)));
    if info.animated {
        // RFC 9649, section 2.7.1.1. Behind place, size, duration and flags come the frame's own chunks.
        chunks = Cursor::new(first(&mut chunks, b"ANMF").unwrap_or_default());
        claimed = (|| {
            chunks.take(6)?;
            let (width, height) = (chunks.u24_le()?, chunks.u24_le()?);
            chunks.take(4)?;
            Some((width + 1, height + 1))
        })();
    }
    let frame = first(&mut chunks, b"VP8 ").map(|body| lossy(&mut Cursor::new(body)));
    match (frame, claimed) {
        (Some(Ok((width, height))), Some(claimed)) if (width, height) != claimed => {
            let detail = format!(
                "its frame is of {width} x {height} pixels instead of {} x {}",
                claimed.0, claimed.1
            );
            Err(Error::corrupt(Format::WebP, detail))
        }
        _ => Ok(()),
    }
}

/// The next chunk of a kind.
fn first<'a>(chunks: &mut Cursor<'a>, kind: &[u8; 4]) -> Option<&'a [u8]> {
    let found = std::iter::from_fn(|| chunk(chunks)).find(|chunk| chunk.kind == *kind);
    found.map(|chunk| chunk.body)
}

fn cut() -> Error {
    Error::truncated(Format::WebP, "it ends in its headers")
}

pub(super) struct Chunk<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
    pub(super) whole: bool,
}

fn chunk<'a>(cursor: &mut Cursor<'a>) -> Option<Chunk<'a>> {
    let kind = cursor.array()?;
    let length = usize::try_from(cursor.u32_le()?).ok()?;
    let body = cursor.take_up_to(length);
    cursor.take_up_to(length & 1);
    Some(Chunk { kind, body, whole: body.len() == length })
}

/// The chunks of a WebP file, from its first.
pub(super) fn chunks(data: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    chunks_in(data.get(12..).unwrap_or_default())
}

/// The chunks of a chunk that holds others, from its first.
pub(super) fn chunks_in(data: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut cursor = Cursor::new(data);
    std::iter::from_fn(move || chunk(&mut cursor))
}
