//! The binary interface: message ids, layouts, and the one place where both are written down.
//!
//! All integers are little-endian. Reserved bytes are zero on write and refused otherwise on read. Bytes
//! after `payload_size` are refused. A request is checked in this order: version, header length, reserved
//! bytes, each parameter in field order, `payload_size` against what is there; then the image.
//!
//! The tables are [`LAYOUTS`], so that the copies in C, Python and TypeScript can be held against them.
//!
//! **Thumbnail request, version 1** (message 100): 24 bytes, then the image file's bytes.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version = 1 |
//! | 1 | 3 | reserved |
//! | 4 | 4 | target_width, pixels; 0 = in proportion to the height |
//! | 8 | 4 | target_height, pixels; 0 = in proportion to the width |
//! | 12 | 4 | output_format: 0 JPEG, 1 PNG, 2 WebP |
//! | 16 | 4 | quality: 1-100 for JPEG and WebP; ignored for PNG |
//! | 20 | 4 | payload_size: bytes of image data that follow |
//!
//! **Thumbnail request, version 2** (message 100): 40 bytes, then the image. Version 1's fields with
//! version = 2, then:
//!
//! | offset | size | field |
//! |---|---|---|
//! | 24 | 1 | fit: 0 inside, 1 cover, 2 stretch |
//! | 25 | 1 | flags: bit 0 allow enlarging, bit 1 lossless WebP, bit 2 refuse truncated input |
//! | 26 | 2 | reserved |
//! | 28 | 4 | background: R, G, B, A under transparency for formats without alpha; all zero = white, else A = 255 |
//! | 32 | 4 | max_pixels of the source; 0 = the build's limit; it can only lower it |
//! | 36 | 4 | reserved |
//!
//! **Thumbnail response, version 1** (messages 100 and 102): 20 bytes, then the thumbnail file's bytes.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version = 1 |
//! | 1 | 3 | reserved |
//! | 4 | 4 | width, pixels |
//! | 8 | 4 | height, pixels |
//! | 12 | 4 | format: the output_format that was written |
//! | 16 | 4 | payload_size |
//!
//! **Probe request, version 1** (message 101): 8 bytes, then the image.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version = 1 |
//! | 1 | 3 | reserved |
//! | 4 | 4 | payload_size |
//!
//! **Probe response, version 1**: 28 bytes.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version = 1 |
//! | 1 | 1 | orientation, 1-8 as EXIF counts |
//! | 2 | 1 | flags: bit 0 alpha, bit 1 animated, bit 2 has an ICC profile, bit 3 progressive or interlaced |
//! | 3 | 1 | reserved |
//! | 4 | 4 | stored_width, pixels |
//! | 8 | 4 | stored_height, pixels |
//! | 12 | 4 | upright_width, pixels |
//! | 16 | 4 | upright_height, pixels |
//! | 20 | 4 | format: 0 JPEG, 1 PNG, 2 WebP, 3 GIF, 4 BMP, 5 TIFF |
//! | 24 | 4 | reserved |
//!
//! **Set request, version 1** (message 102): 12 bytes, then `count` records, then the image.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version = 1 |
//! | 1 | 3 | reserved |
//! | 4 | 4 | count: 1-32 |
//! | 8 | 4 | payload_size: bytes of image data behind the records |
//!
//! **Set record**: 24 bytes.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | target_width |
//! | 4 | 4 | target_height |
//! | 8 | 4 | output_format |
//! | 12 | 4 | quality |
//! | 16 | 1 | fit |
//! | 17 | 1 | flags |
//! | 18 | 2 | reserved |
//! | 20 | 4 | background |
//!
//! **Set response, version 1**: 8 bytes, then `count` thumbnail response headers, then their payloads in
//! that order.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 1 | version = 1 |
//! | 1 | 3 | reserved |
//! | 4 | 4 | count |

use std::borrow::Cow;

use crate::budget::{Budget, Charge};
use crate::encode::Encoded;
use crate::error::{Error, Result};
use crate::inspect::Info;
use crate::parts::Parts;

/// Echo: the reply is the request, which has one byte or more.
pub const MSG_ECHO: u32 = 1;
/// One thumbnail of one image.
pub const MSG_THUMBNAIL_CREATE: u32 = 100;
/// What an image's headers say, without decoding pixels.
pub const MSG_IMAGE_PROBE: u32 = 101;
/// Up to 32 thumbnails of one image, decoded once.
pub const MSG_THUMBNAIL_SET: u32 = 102;

/// Members that a set can have at the most.
pub const MAX_SET: u32 = 32;
/// The box when both targets are 0, pixels a side.
pub const DEFAULT_BOX: u32 = 100;

/// One field of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name that every copy of the layout uses.
    pub name: &'static str,
    /// Bytes from the start of the structure.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
}

/// One structure of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The structure's name.
    pub name: &'static str,
    /// Its bytes, all fields and reserved bytes included.
    pub size: usize,
    /// Its fields in order, without the reserved bytes.
    pub fields: &'static [Field],
}

const fn field(name: &'static str, offset: usize, size: usize) -> Field {
    Field { name, offset, size }
}

/// Every structure of the interface, as the tables above give them.
pub const LAYOUTS: &[Layout] = &[
    Layout {
        name: "ThumbnailRequestHeader",
        size: 24,
        fields: &[
            field("version", 0, 1),
            field("target_width", 4, 4),
            field("target_height", 8, 4),
            field("output_format", 12, 4),
            field("quality", 16, 4),
            field("payload_size", 20, 4),
        ],
    },
    Layout {
        name: "ThumbnailRequestHeaderV2",
        size: 40,
        fields: &[
            field("version", 0, 1),
            field("target_width", 4, 4),
            field("target_height", 8, 4),
            field("output_format", 12, 4),
            field("quality", 16, 4),
            field("payload_size", 20, 4),
            field("fit", 24, 1),
            field("flags", 25, 1),
            field("background", 28, 4),
            field("max_pixels", 32, 4),
        ],
    },
    Layout {
        name: "ThumbnailResponseHeader",
        size: 20,
        fields: &[
            field("version", 0, 1),
            field("width", 4, 4),
            field("height", 8, 4),
            field("format", 12, 4),
            field("payload_size", 16, 4),
        ],
    },
    Layout {
        name: "ProbeRequestHeader",
        size: 8,
        fields: &[field("version", 0, 1), field("payload_size", 4, 4)],
    },
    Layout {
        name: "ProbeResponse",
        size: 28,
        fields: &[
            field("version", 0, 1),
            field("orientation", 1, 1),
            field("flags", 2, 1),
            field("stored_width", 4, 4),
            field("stored_height", 8, 4),
            field("upright_width", 12, 4),
            field("upright_height", 16, 4),
            field("format", 20, 4),
        ],
    },
    Layout {
        name: "SetRequestHeader",
        size: 12,
        fields: &[field("version", 0, 1), field("count", 4, 4), field("payload_size", 8, 4)],
    },
    Layout {
        name: "SetRecord",
        size: 24,
        fields: &[
            field("target_width", 0, 4),
            field("target_height", 4, 4),
            field("output_format", 8, 4),
            field("quality", 12, 4),
            field("fit", 16, 1),
            field("flags", 17, 1),
            field("background", 20, 4),
        ],
    },
    Layout {
        name: "SetResponseHeader",
        size: 8,
        fields: &[field("version", 0, 1), field("count", 4, 4)],
    },
];

/// The format of a thumbnail.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// Baseline JPEG: 4:2:0 below quality 90, 4:4:4 from there on; grey stays grey.
    Jpeg = 0,
    /// PNG, 8 bits a channel.
    Png = 1,
    /// WebP: lossy at the request's quality, or lossless where the request says so.
    WebP = 2,
}

/// How the picture meets its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Within the box, in the picture's own proportions.
    Inside,
    /// The box is filled; what stands over is cropped evenly from both ends.
    Cover,
    /// Each side to its target, proportions aside.
    Stretch,
}

/// One thumbnail that a request asks for; every field is in its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The box's width in pixels; 0 = in proportion to the height.
    pub width: u32,
    /// The box's height in pixels; 0 = in proportion to the width.
    pub height: u32,
    /// The format to write.
    pub format: OutputFormat,
    /// 1-100; of no meaning for PNG and lossless WebP.
    pub quality: u8,
    /// How the picture meets its box.
    pub fit: Fit,
    /// Whether the picture may be made larger than it is.
    pub enlarge: bool,
    /// Whether a WebP is lossless.
    pub lossless: bool,
    /// Whether a truncated image is an error instead of a picture with a neutral rest.
    pub refuse_truncated: bool,
    /// R, G, B under transparency for formats without alpha.
    pub background: [u8; 3],
}

/// Message 100, parsed.
#[derive(Debug)]
pub(crate) struct ThumbnailRequest<'a, 'b> {
    pub(crate) target: Target,
    /// 0 = the build's limit.
    pub(crate) max_pixels: u32,
    pub(crate) image: Image<'a, 'b>,
}

/// Message 102, parsed.
#[derive(Debug)]
pub(crate) struct SetRequest<'a, 'b> {
    pub(crate) targets: Vec<Target>,
    pub(crate) image: Image<'a, 'b>,
}

/// The image of a request, with what joining its parts may have cost.
#[derive(Debug)]
pub(crate) struct Image<'a, 'b> {
    pub(crate) bytes: Cow<'a, [u8]>,
    _joined: Option<Charge<'b>>,
}

impl<'a, 'b> Image<'a, 'b> {
    /// An image that came in other than as bytes, with what it cost.
    #[cfg(feature = "json")]
    pub(crate) fn owned(bytes: Vec<u8>, charge: Charge<'b>) -> Self {
        Self { bytes: Cow::Owned(bytes), _joined: Some(charge) }
    }

    /// What is left of the request, which must have exactly the size that the header claims.
    fn parse(payload_size: u32, rest: Parts<'a>, budget: &'b Budget) -> Result<Self> {
        if u64::from(payload_size) != rest.len() {
            let allowed = format!("{} bytes follow the header, and both must be equal", rest.len());
            return Err(Error::header("payload_size", payload_size, allowed));
        }
        let (bytes, joined) = rest.rest(budget)?;
        Ok(Self { bytes, _joined: joined })
    }
}

impl<'a, 'b> ThumbnailRequest<'a, 'b> {
    pub(crate) fn parse(mut parts: Parts<'a>, budget: &'b Budget) -> Result<Self> {
        let version = version(&mut parts, &[1, 2], "versions 1 and 2 are known")?;
        let size = if version == 1 { 24 } else { 40 };
        let mut header = Header::start(&mut parts, version, size)?;
        let reserved = header.bytes::<3>();
        let mut raw = RawTarget {
            width: header.u32(),
            height: header.u32(),
            format: header.u32(),
            quality: header.u32(),
            ..RawTarget::default()
        };
        let payload_size = header.u32();
        let mut max_pixels = 0;
        zero(&reserved)?;
        if version == 2 {
            [raw.fit, raw.flags] = header.bytes();
            let reserved = header.bytes::<2>();
            raw.background = header.bytes();
            max_pixels = header.u32();
            zero(&reserved)?;
            zero(&header.bytes::<4>())?;
        }
        let target = raw.check()?;
        Ok(Self { target, max_pixels, image: Image::parse(payload_size, parts, budget)? })
    }
}

impl<'a, 'b> SetRequest<'a, 'b> {
    pub(crate) fn parse(mut parts: Parts<'a>, budget: &'b Budget) -> Result<Self> {
        let version = version(&mut parts, &[1], "version 1 is known")?;
        let mut header = Header::start(&mut parts, version, 12)?;
        let reserved = header.bytes::<3>();
        let count = header.u32();
        let payload_size = header.u32();
        zero(&reserved)?;
        if !(1..=MAX_SET).contains(&count) {
            return Err(Error::parameter("count", count, format!("1 to {MAX_SET} are allowed")));
        }
        let needed = u64::from(count) * 24;
        if parts.len() < needed {
            let allowed = format!("{count} records of 24 bytes need {needed}");
            return Err(Error::header("length of the records", parts.len(), allowed));
        }
        let mut records = Vec::new();
        for index in 0..count {
            let mut record = Header::read(&mut parts, 24)?;
            let raw = RawTarget {
                width: record.u32(),
                height: record.u32(),
                format: record.u32(),
                quality: record.u32(),
                fit: record.byte(),
                flags: record.byte(),
                ..RawTarget::default()
            };
            zero(&record.bytes::<2>()).map_err(|error| member(index, error))?;
            records.push(RawTarget { background: record.bytes(), ..raw });
        }
        let targets = (0..)
            .zip(records)
            .map(|(index, raw)| raw.check().map_err(|error| member(index, error)));
        let targets = targets.collect::<Result<_>>()?;
        Ok(Self { targets, image: Image::parse(payload_size, parts, budget)? })
    }
}

/// Message 101: the image.
pub(crate) fn parse_probe<'a, 'b>(
    mut parts: Parts<'a>,
    budget: &'b Budget,
) -> Result<Image<'a, 'b>> {
    let version = version(&mut parts, &[1], "version 1 is known")?;
    let mut header = Header::start(&mut parts, version, 8)?;
    zero(&header.bytes::<3>())?;
    let payload_size = header.u32();
    Image::parse(payload_size, parts, budget)
}

/// A finished thumbnail.
#[derive(Debug)]
pub(crate) struct Thumbnail<'b> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) format: OutputFormat,
    pub(crate) file: Encoded<'b>,
}

impl Thumbnail<'_> {
    fn write_header(&self, reply: &mut Vec<u8>) -> Result<()> {
        let payload_size =
            u32::try_from(self.file.bytes.len()).map_err(|_| too_long(&self.file.bytes))?;
        reply.extend([1, 0, 0, 0]);
        reply.extend(self.width.to_le_bytes());
        reply.extend(self.height.to_le_bytes());
        reply.extend((self.format as u32).to_le_bytes());
        reply.extend(payload_size.to_le_bytes());
        Ok(())
    }
}

fn too_long(file: &[u8]) -> Error {
    Error::ReplySize { needed: file.len() as u64, limit: u64::from(u32::MAX) }
}

/// The reply to message 100.
pub(crate) fn thumbnail_reply(thumbnail: &Thumbnail<'_>, budget: &Budget) -> Result<Vec<u8>> {
    let (mut reply, _charge) = start_reply(20 + thumbnail.file.bytes.len() as u64, budget)?;
    thumbnail.write_header(&mut reply)?;
    reply.extend_from_slice(&thumbnail.file.bytes);
    Ok(reply)
}

/// The reply to message 102.
pub(crate) fn set_reply(thumbnails: &[Thumbnail<'_>], budget: &Budget) -> Result<Vec<u8>> {
    let payloads: u64 =
        thumbnails.iter().map(|thumbnail| 20 + thumbnail.file.bytes.len() as u64).sum();
    let (mut reply, _charge) = start_reply(8 + payloads, budget)?;
    reply.extend([1, 0, 0, 0]);
    reply.extend(u32::try_from(thumbnails.len()).unwrap_or(u32::MAX).to_le_bytes());
    for thumbnail in thumbnails {
        thumbnail.write_header(&mut reply)?;
    }
    thumbnails.iter().for_each(|thumbnail| reply.extend_from_slice(&thumbnail.file.bytes));
    Ok(reply)
}

/// The reply to message 101.
pub(crate) fn probe_reply(info: &Info) -> Vec<u8> {
    let flags = u8::from(info.alpha)
        | u8::from(info.animated) << 1
        | u8::from(info.icc) << 2
        | u8::from(info.progressive) << 3;
    let (upright_width, upright_height) = info.upright();
    let mut reply = vec![1, info.orientation.number(), flags, 0];
    for value in [info.width, info.height, upright_width, upright_height, info.format as u32, 0] {
        reply.extend(value.to_le_bytes());
    }
    reply
}

fn start_reply(length: u64, budget: &Budget) -> Result<(Vec<u8>, Charge<'_>)> {
    budget.check_reply(length)?;
    let charge = budget.charge(length, "the reply")?;
    Ok((Vec::with_capacity(usize::try_from(length).unwrap_or(0)), charge))
}

/// Reads the version byte, before anything is known of the header's length.
fn version(parts: &mut Parts<'_>, known: &[u8], allowed: &str) -> Result<u8> {
    let version = parts
        .byte()
        .ok_or_else(|| Error::header("length", 0_u8, format!("{allowed}; nothing is there")))?;
    if !known.contains(&version) {
        return Err(Error::header("version", version, allowed));
    }
    Ok(version)
}

fn zero(reserved: &[u8]) -> Result<()> {
    match reserved.iter().find(|byte| **byte != 0) {
        None => Ok(()),
        Some(byte) => Err(Error::header("a reserved byte", *byte, "0 is allowed")),
    }
}

fn member(index: u32, error: Error) -> Error {
    Error::Member { index: index as usize, source: Box::new(error) }
}

/// A header that is there in full: reading it cannot fail.
struct Header {
    bytes: std::vec::IntoIter<u8>,
}

impl Header {
    /// The rest of a header of `size` bytes whose first byte, the version, has been read.
    fn start(parts: &mut Parts<'_>, version: u8, size: usize) -> Result<Self> {
        let there = parts.len() + 1;
        if there < size as u64 {
            return Err(Error::header(
                "length",
                there,
                format!("version {version} needs {size} bytes"),
            ));
        }
        Self::read(parts, size - 1)
    }

    fn read(parts: &mut Parts<'_>, size: usize) -> Result<Self> {
        let bytes: Option<Vec<u8>> = (0..size).map(|_| parts.byte()).collect();
        let bytes = bytes
            .ok_or_else(|| Error::Bug("a header ended after its length was checked".into()))?;
        Ok(Self { bytes: bytes.into_iter() })
    }

    fn byte(&mut self) -> u8 {
        let [byte] = self.bytes();
        byte
    }

    /// Zeros past the end, which `read` has ruled out.
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.bytes.next().unwrap_or_default())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }
}

/// The parameters of one thumbnail as they stand in a request.
#[derive(Clone, Copy, Default)]
struct RawTarget {
    width: u32,
    height: u32,
    format: u32,
    quality: u32,
    fit: u8,
    flags: u8,
    background: [u8; 4],
}

impl RawTarget {
    fn check(self) -> Result<Target> {
        let format = match self.format {
            0 => OutputFormat::Jpeg,
            1 => OutputFormat::Png,
            2 => OutputFormat::WebP,
            other => {
                let allowed = "0 (JPEG), 1 (PNG) and 2 (WebP) are allowed";
                return Err(Error::parameter("output_format", other, allowed));
            }
        };
        let quality = match (format, self.quality) {
            (OutputFormat::Png, _) => 100,
            (_, 1..=100) => self.quality,
            (_, other) => return Err(Error::parameter("quality", other, "1 to 100 is allowed")),
        };
        let fit = match self.fit {
            0 => Fit::Inside,
            1 => Fit::Cover,
            2 => Fit::Stretch,
            other => {
                let allowed = "0 (inside), 1 (cover) and 2 (stretch) are allowed";
                return Err(Error::parameter("fit", other, allowed));
            }
        };
        if fit != Fit::Inside && (self.width == 0 || self.height == 0) {
            let value = format!("{} with a box of {} x {}", self.fit, self.width, self.height);
            return Err(Error::parameter("fit", value, "cover and stretch need both targets"));
        }
        if self.flags & !0b111 != 0 {
            let value = format!("{:#010b}", self.flags);
            return Err(Error::parameter("flags", value, "bits 0, 1 and 2 are allowed"));
        }
        let lossless = self.flags & 0b010 != 0;
        if lossless && format != OutputFormat::WebP {
            let value = format!("{:#010b} with output_format {}", self.flags, self.format);
            return Err(Error::parameter(
                "flags",
                value,
                "bit 1 (lossless) needs output_format 2 (WebP)",
            ));
        }
        let background = match self.background {
            [0, 0, 0, 0] => [255; 3],
            [r, g, b, 255] => [r, g, b],
            [r, g, b, a] => {
                let value = format!("{r}, {g}, {b}, {a}");
                let allowed = "the fourth byte must be 255, or all four 0 for white";
                return Err(Error::parameter("background", value, allowed));
            }
        };
        Ok(Target {
            width: self.width,
            height: self.height,
            format,
            quality: u8::try_from(quality).unwrap_or(100),
            fit,
            enlarge: self.flags & 0b001 != 0,
            lossless,
            refuse_truncated: self.flags & 0b100 != 0,
            background,
        })
    }
}
