//! The chunks of a WebP file (RFC 9649, section 2): what the headers say.

use thumbox_protocol::Format;

use super::vp8::dimensions;
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
            let (width, height) = dimensions(first.body)?;
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
        // A lossy picture without alpha of its own is opaque, whatever is said before.
        let mut has_alpha = animated;
        while let Some(chunk) = chunk(&mut cursor) {
            match &chunk.kind {
                b"ALPH" | b"VP8L" => has_alpha = true,
                b"ICCP" if chunk.whole => info.icc = true,
                b"EXIF" if chunk.whole => info.orientation = exif::orientation(chunk.body),
                _ => {}
            }
        }
        info.alpha &= has_alpha;
    }
    Ok(info)
}

/// A lossless frame's dimensions and whether it has alpha (RFC 9649, section 3.4).
fn lossless(body: &mut Cursor<'_>) -> Result<(u32, u32, bool)> {
    let (signature, bits) = (|| Some((body.u8()?, body.u32_le()?)))().ok_or_else(cut)?;
    if signature != 0x2F {
        return Err(Error::corrupt(Format::WebP, "its lossless frame has a wrong signature"));
    }
    if bits >> 29 != 0 {
        let detail = format!("its lossless frame has version {}; only 0 is defined", bits >> 29);
        return Err(Error::corrupt(Format::WebP, detail));
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

/// What the first frame is.
pub(super) enum First<'a> {
    Lossy(Frame<'a>),
    /// Says whether all of it is there.
    Lossless(bool),
}

/// A lossy frame.
pub(super) struct Frame<'a> {
    /// Where it lies on its canvas.
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// The body of ALPH.
    pub(super) alpha: Option<&'a [u8]>,
    /// The body of VP8.
    pub(super) data: &'a [u8],
    /// Whether all of it is there.
    pub(super) whole: bool,
}

/// The first frame; the picture itself where nothing is animated.
///
/// # Errors
/// 202 where there is none yet; 201 for a frame that has another size than what was said of it before, or lies beyond its canvas.
pub(super) fn first_frame<'a>(data: &'a [u8], info: &Info) -> Result<First<'a>> {
    let mut cursor = Cursor::at(data, 12);
    let (mut x, mut y, mut width, mut height) = (0, 0, info.width, info.height);
    if info.animated {
        let body = std::iter::from_fn(|| chunk(&mut cursor)).find(|chunk| &chunk.kind == b"ANMF");
        cursor = Cursor::new(body.map_or(&[][..], |chunk| chunk.body));
        // RFC 9649, section 2.7.1.1. After place, size, duration and flags come the frame's own chunks.
        let fields = (|| {
            let [x, y] = [cursor.u24_le()?, cursor.u24_le()?];
            let [width, height] = [cursor.u24_le()?, cursor.u24_le()?];
            cursor.take(4)?;
            Some((2 * x, 2 * y, width + 1, height + 1))
        })();
        (x, y, width, height) = fields.ok_or_else(without_frame)?;
        if x + width > info.width || y + height > info.height {
            let detail = format!(
                "its first frame, {width} x {height} pixels at {x}, {y}, lies beyond its canvas of {} x {}",
                info.width, info.height
            );
            return Err(Error::corrupt(Format::WebP, detail));
        }
    }
    let mut alpha = None;
    while let Some(chunk) = chunk(&mut cursor) {
        match &chunk.kind {
            b"ALPH" => alpha = alpha.or(Some(chunk.body)),
            b"VP8L" => {
                let (found_width, found_height, _) = lossless(&mut Cursor::new(chunk.body))?;
                check_size((found_width, found_height), (width, height))?;
                return Ok(First::Lossless(chunk.whole));
            }
            b"VP8 " => {
                check_size(dimensions(chunk.body)?, (width, height))?;
                let (data, whole) = (chunk.body, chunk.whole);
                return Ok(First::Lossy(Frame { x, y, width, height, alpha, data, whole }));
            }
            _ => {}
        }
    }
    Err(without_frame())
}

/// Refuses a frame that has another size than what was said of it before.
fn check_size(found: (u32, u32), said: (u32, u32)) -> Result<()> {
    if found == said {
        return Ok(());
    }
    let ((found_width, found_height), (width, height)) = (found, said);
    let detail = format!(
        "its frame is of {found_width} x {found_height} pixels instead of {width} x {height}"
    );
    Err(Error::corrupt(Format::WebP, detail))
}

fn without_frame() -> Error {
    Error::truncated(Format::WebP, "it ends before its image data")
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
