//! JPEG markers up to the first scan (ITU-T T.81, annex B; JFIF; Exif; ICC.1:2010 annex B.4).

use thumbox_protocol::Format;

use super::cursor::Cursor;
use super::{Info, Orientation, exif};
use crate::error::{Error, Result};

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;

/// Parts of an ICC profile, which number themselves in a byte; of more, none counts.
const MOST_PARTS: usize = 255;

/// What the markers before the first scan say.
#[derive(Clone, Debug)]
pub(crate) struct Headers<'a> {
    pub(crate) frame: Frame,
    pub(crate) orientation: Orientation,
    /// The parts of the ICC profile in their order; empty unless all are there.
    pub(crate) icc: Vec<&'a [u8]>,
    pub(crate) colours: Colours,
    /// Where the first scan's entropy-coded data begins.
    pub(crate) scan_offset: usize,
    /// Components in the first scan.
    pub(crate) first_scan_components: u8,
}

/// A frame header (T.81, B.2.2).
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) progressive: bool,
    /// 1, 3 or 4.
    pub(crate) components: Vec<Component>,
}

/// A component of a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Component {
    pub(crate) id: u8,
    /// Sampling factors, 1 to 4.
    pub(crate) horizontal: u8,
    pub(crate) vertical: u8,
    /// The number of its quantisation table.
    pub(crate) table: u8,
}

/// What the components mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    Grey,
    Ycc,
    Rgb,
    Cmyk { inverted: bool },
    Ycck,
}

impl Colours {
    /// Told by the markers of JFIF and Adobe, and by the components' ids where there is neither: libjpeg's
    /// rules, which files are made to.
    fn tell(frame: &Frame, jfif: bool, adobe: Option<u8>) -> Self {
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (ids.as_slice(), adobe) {
            ([_], _) => Self::Grey,
            ([_, _, _, _], Some(2)) => Self::Ycck,
            ([_, _, _, _], _) => Self::Cmyk { inverted: adobe.is_some() },
            ([..], Some(0)) if !jfif => Self::Rgb,
            (b"RGB", None) if !jfif => Self::Rgb,
            _ => Self::Ycc,
        }
    }
}

pub(super) fn info(data: &[u8]) -> Result<Info> {
    let headers = headers(data)?;
    Ok(Info {
        format: Format::Jpeg,
        width: u32::from(headers.frame.width),
        height: u32::from(headers.frame.height),
        orientation: headers.orientation,
        alpha: false,
        animated: false,
        progressive: headers.frame.progressive,
        icc: !headers.icc.is_empty(),
    })
}

/// Walks the markers up to and with the first start of scan.
pub(crate) fn headers(data: &[u8]) -> Result<Headers<'_>> {
    let mut cursor = Cursor::new(data);
    let mut found = Found::default();
    while let Some(marker) = next_marker(&mut cursor) {
        match marker {
            // Markers that stand alone: TEM, RST0-7, SOI.
            0x01 | 0xD0..=SOI => continue,
            EOI => return Err(Error::truncated(Format::Jpeg, "it ends before its first scan")),
            _ => {}
        }
        let Some(length) = cursor.u16_be() else { break };
        let Some(body_length) = usize::from(length).checked_sub(2) else {
            let detail =
                format!("marker segment FF{marker:02X} has length {length}; 2 is the least");
            return Err(Error::corrupt(Format::Jpeg, detail));
        };
        let Some(body) = cursor.take(body_length) else { break };
        match marker {
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) && found.frame.is_none() => {
                found.frame = Some(frame(marker, body)?);
            }
            APP1 if body.starts_with(b"Exif\0\0") => {
                found.orientation.get_or_insert_with(|| exif::orientation(body));
            }
            APP2 if found.icc.len() <= MOST_PARTS => {
                found.icc.extend(body.strip_prefix(b"ICC_PROFILE\0").and_then(icc_part));
            }
            APP0 => found.jfif |= body.starts_with(b"JFIF\0"),
            APP14 if body.starts_with(b"Adobe") => found.adobe = body.get(11).copied(),
            SOS => return found.finish(body, data.len() - cursor.rest().len()),
            _ => {}
        }
    }
    Err(Error::truncated(Format::Jpeg, "it ends in its headers"))
}

#[derive(Default)]
struct Found<'a> {
    frame: Option<Frame>,
    orientation: Option<Orientation>,
    icc: Vec<IccPart<'a>>,
    jfif: bool,
    /// The colour transform that Adobe's marker names.
    adobe: Option<u8>,
}

struct IccPart<'a> {
    number: u8,
    count: u8,
    bytes: &'a [u8],
}

impl<'a> Found<'a> {
    fn finish(self, scan: &[u8], scan_offset: usize) -> Result<Headers<'a>> {
        let frame = self
            .frame
            .ok_or_else(|| Error::corrupt(Format::Jpeg, "a scan begins before any frame header"))?;
        Ok(Headers {
            colours: Colours::tell(&frame, self.jfif, self.adobe),
            frame,
            orientation: self.orientation.unwrap_or(Orientation::UPRIGHT),
            icc: in_order(self.icc),
            scan_offset,
            first_scan_components: scan.first().copied().unwrap_or(0),
        })
    }
}

/// The byte behind the next FF that is neither fill nor stuffing. What stands between segments is skipped,
/// as every other decoder does.
fn next_marker(cursor: &mut Cursor<'_>) -> Option<u8> {
    loop {
        while cursor.u8()? != 0xFF {}
        let marker = loop {
            match cursor.u8()? {
                0xFF => {}
                other => break other,
            }
        };
        if marker != 0 {
            return Some(marker);
        }
    }
}

fn frame(marker: u8, body: &[u8]) -> Result<Frame> {
    let mut cursor = Cursor::new(body);
    let fields = (|| Some((cursor.u8()?, cursor.u16_be()?, cursor.u16_be()?, cursor.u8()?)))();
    let (precision, height, width, count) =
        fields.ok_or_else(|| Error::corrupt(Format::Jpeg, "its frame header is too short"))?;
    if let Some(process) = unsupported_process(marker) {
        return Err(Error::unsupported(Format::Jpeg, process));
    }
    if precision != 8 {
        return Err(Error::unsupported(
            Format::Jpeg,
            format!("{precision}-bit samples; only 8-bit samples are supported"),
        ));
    }
    if width == 0 {
        return Err(Error::corrupt(Format::Jpeg, "its width is 0"));
    }
    if height == 0 {
        return Err(Error::unsupported(
            Format::Jpeg,
            "its height is 0, to be defined behind the scan",
        ));
    }
    let mut components = Vec::new();
    for _ in 0..count {
        let Some([id, factors, table]) = cursor.array::<3>() else {
            return Err(Error::corrupt(Format::Jpeg, "its frame header is too short"));
        };
        let (horizontal, vertical) = (factors >> 4, factors & 15);
        if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) {
            let detail = format!("sampling factors {horizontal} x {vertical}; 1 to 4 is allowed");
            return Err(Error::corrupt(Format::Jpeg, detail));
        }
        components.push(Component { id, horizontal, vertical, table });
    }
    if !matches!(components.len(), 1 | 3 | 4) {
        let detail = format!("{count} components; only 1, 3 and 4 are supported");
        return Err(Error::unsupported(Format::Jpeg, detail));
    }
    Ok(Frame { width, height, progressive: marker == 0xC2, components })
}

/// The name of a coding process that is not read (T.81, table B.1).
fn unsupported_process(marker: u8) -> Option<&'static str> {
    match marker {
        0xC0..=0xC2 => None,
        0xC3 => Some("lossless"),
        0xC5..=0xC7 => Some("hierarchical"),
        _ => Some("arithmetic coding"),
    }
}

fn icc_part(body: &[u8]) -> Option<IccPart<'_>> {
    let [number, count, bytes @ ..] = body else { return None };
    Some(IccPart { number: *number, count: *count, bytes })
}

/// The parts in order, or none at all when one is missing: half a profile says nothing.
fn in_order(mut parts: Vec<IccPart<'_>>) -> Vec<&[u8]> {
    parts.sort_by_key(|part| part.number);
    let complete = (1..).zip(&parts).all(|(number, part): (usize, _)| {
        usize::from(part.number) == number && usize::from(part.count) == parts.len()
    });
    if complete { parts.into_iter().map(|part| part.bytes).collect() } else { Vec::new() }
}

/// Whether the entropy-coded data ends with its end marker, as a whole file does. Markers inside the data
/// are restarts, further scans and their tables.
pub(crate) fn is_whole(data: &[u8]) -> bool {
    let mut cursor = Cursor::new(data);
    while let Some(marker) = next_marker(&mut cursor) {
        match marker {
            EOI => return true,
            0x01 | 0xD0..=SOI => {}
            _ => {
                let Some(length) = cursor.u16_be() else { return false };
                if cursor.take(usize::from(length).saturating_sub(2)).is_none() {
                    return false;
                }
            }
        }
    }
    false
}
