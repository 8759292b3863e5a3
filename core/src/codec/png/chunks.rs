//! The chunks of a PNG (W3C PNG, third edition, sections 5 and 11): what the headers say.

use thumbox_protocol::Format;

use crate::codec::exif;
use crate::codec::info::Info;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

pub(super) fn info(data: &[u8]) -> Result<Info> {
    let mut cursor = Cursor::at(data, SIGNATURE.len());
    let header = chunk(&mut cursor).filter(|chunk| chunk.whole);
    let header = header.ok_or_else(|| Error::truncated(Format::Png, "it ends in its header"))?;
    if header.kind != *b"IHDR" {
        return Err(Error::corrupt(Format::Png, "its first chunk is not IHDR"));
    }
    let mut fields = Cursor::new(header.body);
    let fields = (|| Some((fields.u32_be()?, fields.u32_be()?, fields.array::<5>()?)))();
    let (width, height, [_depth, colour_type, _compression, _filter, interlace]) =
        fields.ok_or_else(|| Error::corrupt(Format::Png, "its header is too short"))?;
    if width == 0
        || height == 0
        || width > i32::MAX.cast_unsigned()
        || height > i32::MAX.cast_unsigned()
    {
        let detail = format!("its dimensions are {width} x {height}; 1 to 2147483647 is allowed");
        return Err(Error::corrupt(Format::Png, detail));
    }
    let mut info = Info {
        format: Format::Png,
        width,
        height,
        orientation: Orientation::UPRIGHT,
        alpha: colour_type & 4 != 0,
        animated: false,
        progressive: interlace != 0,
        icc: false,
    };
    let mut before_data = true;
    while let Some(chunk) = chunk(&mut cursor) {
        match &chunk.kind {
            b"IEND" => break,
            b"IDAT" => before_data = false,
            b"acTL" => info.animated |= before_data,
            b"tRNS" => info.alpha |= before_data,
            b"iCCP" if before_data && chunk.whole => info.icc = true,
            b"eXIf" if chunk.whole => info.orientation = exif::orientation(chunk.body),
            _ => {}
        }
    }
    Ok(info)
}

struct Chunk<'a> {
    kind: [u8; 4],
    body: &'a [u8],
    /// Whether the whole body is there.
    whole: bool,
}

fn chunk<'a>(cursor: &mut Cursor<'a>) -> Option<Chunk<'a>> {
    let length = usize::try_from(cursor.u32_be()?).ok()?;
    let kind = cursor.array()?;
    let body = cursor.take_up_to(length);
    let _checksum = cursor.take_up_to(4);
    Some(Chunk { kind, body, whole: body.len() == length })
}
