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

/// What a frame is.
pub(super) enum Coded<'a> {
    Lossy(Frame<'a>),
    Lossless {
        /// The body of VP8L.
        data: &'a [u8],
        /// Whether all of it is there.
        whole: bool,
    },
}

/// What is said of an animation's frame (RFC 9649, section 2.7.1.1).
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) duration_ms: u32,
    /// Bit 0 clears its place afterwards, bit 1 draws it without blending.
    pub(super) flags: u8,
    /// The frame's own chunks.
    chunks: &'a [u8],
}

/// The frames of an animation, as far as they are there.
pub(super) fn places(data: &[u8]) -> impl Iterator<Item = Place<'_>> {
    chunks(data).filter(|chunk| &chunk.kind == b"ANMF").map_while(|chunk| place(chunk.body))
}

fn place(body: &[u8]) -> Option<Place<'_>> {
    let mut cursor = Cursor::new(body);
    let [x, y] = [cursor.u24_le()?, cursor.u24_le()?];
    let [width, height] = [cursor.u24_le()?, cursor.u24_le()?];
    let (duration_ms, flags) = (cursor.u24_le()?, cursor.u8()?);
    let (x, y, width, height) = (2 * x, 2 * y, width + 1, height + 1);
    Some(Place { x, y, width, height, duration_ms, flags, chunks: cursor.rest() })
}

/// How often an animation is played, 0 for ever (RFC 9649, section 2.7.1.1).
pub(super) fn plays(data: &[u8]) -> Option<u16> {
    let chunk = chunks(data).find(|chunk| &chunk.kind == b"ANIM")?;
    Cursor::at(chunk.body, 4).u16_le()
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
pub(super) fn first_frame<'a>(data: &'a [u8], info: &Info) -> Result<Coded<'a>> {
    if info.animated {
        let place = places(data).next().ok_or_else(without_frame)?;
        return frame_of(&place, info);
    }
    let whole = Place {
        x: 0,
        y: 0,
        width: info.width,
        height: info.height,
        duration_ms: 0,
        flags: 0,
        chunks: data.get(12..).unwrap_or_default(),
    };
    coded(&whole)
}

/// A frame of an animation.
///
/// # Errors
/// As [`first_frame`].
pub(super) fn frame_of<'a>(place: &Place<'a>, info: &Info) -> Result<Coded<'a>> {
    let Place { x, y, width, height, .. } = *place;
    if x + width > info.width || y + height > info.height {
        let detail = format!(
            "a frame of {width} x {height} pixels at {x}, {y} lies beyond its canvas of {} x {}",
            info.width, info.height
        );
        return Err(Error::corrupt(Format::WebP, detail));
    }
    coded(place)
}

fn coded<'a>(place: &Place<'a>) -> Result<Coded<'a>> {
    let Place { x, y, width, height, .. } = *place;
    let mut cursor = Cursor::new(place.chunks);
    let mut alpha = None;
    while let Some(chunk) = chunk(&mut cursor) {
        match &chunk.kind {
            b"ALPH" => alpha = alpha.or(Some(chunk.body)),
            b"VP8L" => {
                let (found_width, found_height, _) = lossless(&mut Cursor::new(chunk.body))?;
                check_size((found_width, found_height), (width, height))?;
                return Ok(Coded::Lossless { data: chunk.body, whole: chunk.whole });
            }
            b"VP8 " => {
                check_size(dimensions(chunk.body)?, (width, height))?;
                let (data, whole) = (chunk.body, chunk.whole);
                return Ok(Coded::Lossy(Frame { x, y, width, height, alpha, data, whole }));
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

/// Zeros after lossless image data: libwebp lets the last pixel end beyond it.
const ZEROS: usize = 8;

/// A file of one lossless frame, which may be in parts, with [`ZEROS`] after it: up to 32 bytes more than the frame.
pub(super) fn of_lossless(frame: &[&[u8]]) -> Vec<u8> {
    let length = frame.iter().map(|part| part.len()).sum::<usize>();
    let mut file = Vec::with_capacity(length + 32);
    file.extend(RIFF);
    push(&mut file, *b"VP8L", frame, ZEROS);
    file
}

/// The same file with [`ZEROS`] after its lossless frame: up to 32 bytes more.
pub(super) fn with_zeros(data: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(data.len() + 32);
    file.extend(RIFF);
    for Chunk { kind, body, .. } in chunks(data) {
        push(&mut file, kind, &[body], if &kind == b"VP8L" { ZEROS } else { 0 });
    }
    file
}

/// A file without chunks.
const RIFF: &[u8] = b"RIFF\x04\0\0\0WEBP";

/// Adds a chunk to a file, and to the size in the file's header.
fn push(file: &mut Vec<u8>, kind: [u8; 4], body: &[&[u8]], zeros: usize) {
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let length = body.iter().map(|part| part.len()).sum::<usize>();
    file.extend(kind);
    file.extend(size(length + zeros));
    body.iter().for_each(|part| file.extend(*part));
    file.resize((file.len() + zeros).next_multiple_of(2), 0);
    let total = size(file.len() - 8);
    if let Some(place) = file.get_mut(4..8) {
        place.copy_from_slice(&total);
    }
}
