//! The headers of a JPEG: what its markers say up to the first scan (ITU-T T.81, annex B; JFIF; Exif; ICC.1:2010 annex B.4).

use thumbox_protocol::Format;

use super::markers::{
    APP0, APP1, APP2, APP14, DAC, DHT, DQT, DRI, EOI, JPG, SOF0, SOF2, SOF15, SOS, Segment,
    Segments,
};
use super::tables::Tables;
use crate::codec::exif;
use crate::codec::info::Info;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// Parts of an ICC profile, which number themselves in a byte; of more, none counts.
const MOST_PARTS: usize = 255;

/// What the markers before the first scan say.
#[derive(Clone, Debug)]
pub(super) struct Headers<'a> {
    pub(super) frame: Frame,
    pub(super) orientation: Orientation,
    /// The parts of the ICC profile in their order; empty unless all are there.
    pub(super) icc: Vec<&'a [u8]>,
    pub(super) colours: Colours,
    /// The tables that are defined before the first scan, or what is wrong with one.
    pub(super) tables: Result<Box<Tables>>,
    /// The header of the first scan.
    pub(super) first_scan: &'a [u8],
    /// The walker after that header, where its entropy-coded data begins.
    pub(super) rest: Segments<'a>,
}

/// A frame header (T.81, B.2.2).
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) progressive: bool,
    /// 1, 3 or 4.
    pub(super) components: Vec<Component>,
}

/// A component of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors, 1 to 4.
    pub(super) horizontal: u8,
    pub(super) vertical: u8,
    /// The number of its quantisation table.
    pub(super) table: u8,
}

/// What the components mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    Grey,
    Ycc,
    Rgb,
    /// Stored inverted, as Adobe's applications write it, and everybody since.
    Cmyk,
    /// Not inverted, as in TIFF.
    Inks,
    Ycck,
}

impl Colours {
    /// Told by the markers of JFIF and Adobe, and by the components' ids where there is neither: libjpeg's
    /// rules, which files are made to.
    fn tell(frame: &Frame, jfif: bool, adobe: Option<u8>) -> Self {
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (ids.as_slice(), adobe) {
            ([_], _) => Self::Grey,
            ([_, _, _, _], None | Some(0)) => Self::Cmyk,
            ([_, _, _, _], Some(_)) => Self::Ycck,
            ([..], Some(0)) if !jfif => Self::Rgb,
            (b"RGB", None) if !jfif => Self::Rgb,
            _ => Self::Ycc,
        }
    }
}

impl<'a> Headers<'a> {
    /// Walks the markers up to and with the first start of scan.
    pub(super) fn read(data: &'a [u8]) -> Result<Self> {
        Self::read_with(&Tables::default(), data)
    }

    /// The same where some tables are defined already.
    pub(super) fn read_with(tables: &Tables, data: &'a [u8]) -> Result<Self> {
        let mut segments = Segments::new(data);
        let mut found = Found { tables: Box::new(tables.clone()), ..Found::default() };
        while let Some(Segment { marker, body }) = segments.next() {
            if marker == EOI {
                return Err(Error::truncated(Format::Jpeg, "it ends before its first scan"));
            }
            if marker == SOS {
                return found.finish(body, segments);
            }
            found.take(marker, body)?;
        }
        Err(Error::truncated(Format::Jpeg, "it ends in its headers"))
    }

    /// What a probe tells.
    pub(super) fn info(&self) -> Info {
        Info {
            format: Format::Jpeg,
            width: u32::from(self.frame.width),
            height: u32::from(self.frame.height),
            orientation: self.orientation,
            alpha: false,
            animated: false,
            progressive: self.frame.progressive,
            icc: !self.icc.is_empty(),
        }
    }
}

/// Width and height of a JPEG that can be read, as far as its markers up to the first scan say; no table is looked at.
pub(in crate::codec) fn dimensions(data: &[u8]) -> Option<(u32, u32)> {
    let mut found = None;
    for Segment { marker, body } in Segments::new(data) {
        match marker {
            DHT | JPG | DAC => {}
            SOF0..=SOF15 if found.is_none() => found = Some(frame(marker, body).ok()?),
            SOS => return found.map(|frame| (frame.width.into(), frame.height.into())),
            EOI => return None,
            _ => {}
        }
    }
    None
}

#[derive(Default)]
struct Found<'a> {
    frame: Option<Frame>,
    orientation: Option<Orientation>,
    icc: Vec<IccPart<'a>>,
    jfif: bool,
    /// The colour transform that Adobe's marker names.
    adobe: Option<u8>,
    tables: Box<Tables>,
    /// What is wrong with a table, which is of interest only to who decodes.
    wrong_table: Option<Error>,
}

struct IccPart<'a> {
    number: u8,
    count: u8,
    bytes: &'a [u8],
}

impl<'a> Found<'a> {
    fn take(&mut self, marker: u8, body: &'a [u8]) -> Result<()> {
        match marker {
            DHT | DQT | DRI if self.wrong_table.is_none() => {
                self.wrong_table = self.tables.read(marker, body).err();
            }
            DHT | JPG | DAC => {}
            SOF0..=SOF15 if self.frame.is_none() => self.frame = Some(frame(marker, body)?),
            APP1 if body.starts_with(b"Exif\0\0") => {
                self.orientation.get_or_insert_with(|| exif::orientation(body));
            }
            APP2 if self.icc.len() <= MOST_PARTS => {
                self.icc.extend(body.strip_prefix(b"ICC_PROFILE\0").and_then(icc_part));
            }
            APP0 => self.jfif |= body.starts_with(b"JFIF\0"),
            APP14 if body.starts_with(b"Adobe") => self.adobe = body.get(11).copied(),
            _ => {}
        }
        Ok(())
    }

    fn finish(self, first_scan: &'a [u8], rest: Segments<'a>) -> Result<Headers<'a>> {
        let frame = self
            .frame
            .ok_or_else(|| Error::corrupt(Format::Jpeg, "a scan begins before any frame header"))?;
        Ok(Headers {
            colours: Colours::tell(&frame, self.jfif, self.adobe),
            frame,
            orientation: self.orientation.unwrap_or(Orientation::UPRIGHT),
            icc: in_order(self.icc),
            tables: self.wrong_table.map_or(Ok(self.tables), Err),
            first_scan,
            rest,
        })
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
            "its height is 0, to be defined after the scan",
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
    Ok(Frame { width, height, progressive: marker == SOF2, components })
}

/// The name of a coding process that is not read (T.81, table B.1).
fn unsupported_process(marker: u8) -> Option<&'static str> {
    match marker {
        SOF0..=SOF2 => None,
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
