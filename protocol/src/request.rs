//! Requests: their headers become values whose every field is in its range. The image stays behind in the parts.

use crate::error::{Error, Result};
use crate::layouts::{
    ProbeRequestHeader, SetRecord, SetRecordV2, SetRequestHeader, SetRequestHeaderV2,
    ThumbnailRequestHeader, ThumbnailRequestHeaderV2, ThumbnailRequestHeaderV3,
};
use crate::messages::MAX_SET;
use crate::parts::Parts;
use crate::target::{Target, TargetFields, Unused};

/// Message 100. What is left of the parts is the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThumbnailRequest {
    /// The thumbnail.
    pub target: Target,
    /// Pixels of the source at the most; 0 = the build's limit.
    pub max_pixels: u32,
}

/// Message 101. What is left of the parts is the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeRequest;

/// Message 102. What is left of the parts is the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRequest {
    /// The thumbnails, 1 to 32.
    pub targets: Vec<Target>,
    /// Pixels of the source at the most; 0 = the build's limit.
    pub max_pixels: u32,
}

impl ThumbnailRequest {
    /// Reads the header, of version 1, 2 or 3.
    ///
    /// # Errors
    /// [`Error::Header`] and [`Error::Parameter`], in the order of the crate's documentation.
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let version = version(parts, &[1, 2, 3], "versions 1, 2 and 3 are known")?;
        let header = match version {
            1 => v3(&v2(&ThumbnailRequestHeader::from_bytes(&header(parts, version)?))),
            2 => v3(&ThumbnailRequestHeaderV2::from_bytes(&header(parts, version)?)),
            _ => ThumbnailRequestHeaderV3::from_bytes(&header(parts, version)?),
        };
        zero(&[&header.reserved, &header.reserved2, &header.reserved3, &header.reserved4])?;
        let fields = TargetFields {
            width: header.target_width,
            height: header.target_height,
            format: header.output_format,
            quality: header.quality,
            fit: header.fit,
            flags: header.flags,
            background: header.background,
            unused: Unused {
                gravity: header.gravity,
                frames: header.frames,
                colour: header.colour,
                focal: [header.focal_x, header.focal_y],
                page: header.page,
            },
            effort: header.effort,
            subsampling: header.subsampling,
            flags2: header.flags2,
        };
        let target = fields.check()?;
        payload(header.payload_size, parts)?;
        Ok(Self { target, max_pixels: header.max_pixels })
    }

    /// The header of a request for it, with an image of `payload_size` bytes: of the first version that can say it.
    #[must_use]
    pub fn header(fields: &TargetFields, max_pixels: u32, payload_size: u32) -> Vec<u8> {
        let first = ThumbnailRequestHeader {
            target_width: fields.width,
            target_height: fields.height,
            output_format: fields.format,
            quality: fields.quality,
            payload_size,
            ..ThumbnailRequestHeader::default()
        };
        let second = ThumbnailRequestHeaderV2 {
            version: ThumbnailRequestHeaderV2::LAYOUT.version,
            fit: fields.fit,
            flags: fields.flags,
            background: fields.background,
            max_pixels,
            ..v2(&first)
        };
        if fields.needs_version_3() {
            let Unused { gravity, frames, colour, focal: [focal_x, focal_y], page } = fields.unused;
            let third = ThumbnailRequestHeaderV3 {
                version: ThumbnailRequestHeaderV3::LAYOUT.version,
                gravity,
                effort: fields.effort,
                frames,
                colour,
                focal_x,
                focal_y,
                subsampling: fields.subsampling,
                flags2: fields.flags2,
                page,
                ..v3(&second)
            };
            return third.to_bytes().to_vec();
        }
        let plain = (fields.fit, fields.flags, fields.background, max_pixels) == (0, 0, [0; 4], 0);
        if plain { first.to_bytes().to_vec() } else { second.to_bytes().to_vec() }
    }
}

/// Version 2 means version 3 with zeros.
fn v3(header: &ThumbnailRequestHeaderV2) -> ThumbnailRequestHeaderV3 {
    ThumbnailRequestHeaderV3 {
        version: header.version,
        reserved: header.reserved,
        target_width: header.target_width,
        target_height: header.target_height,
        output_format: header.output_format,
        quality: header.quality,
        payload_size: header.payload_size,
        fit: header.fit,
        flags: header.flags,
        reserved2: header.reserved2,
        background: header.background,
        max_pixels: header.max_pixels,
        reserved3: header.reserved3,
        ..ThumbnailRequestHeaderV3::default()
    }
}

/// Version 1 means version 2 with zeros.
fn v2(header: &ThumbnailRequestHeader) -> ThumbnailRequestHeaderV2 {
    ThumbnailRequestHeaderV2 {
        version: header.version,
        reserved: header.reserved,
        target_width: header.target_width,
        target_height: header.target_height,
        output_format: header.output_format,
        quality: header.quality,
        payload_size: header.payload_size,
        ..ThumbnailRequestHeaderV2::default()
    }
}

impl ProbeRequest {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::Header`].
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let version = version(parts, &[1], "version 1 is known")?;
        let header = ProbeRequestHeader::from_bytes(&header(parts, version)?);
        zero(&[&header.reserved])?;
        payload(header.payload_size, parts)?;
        Ok(Self)
    }

    /// The header of a request with an image of `payload_size` bytes.
    #[must_use]
    pub fn header(payload_size: u32) -> Vec<u8> {
        ProbeRequestHeader { payload_size, ..Default::default() }.to_bytes().to_vec()
    }
}

impl SetRequest {
    /// Reads the header and the records, of version 1 or 2.
    ///
    /// # Errors
    /// [`Error::Header`] and [`Error::Parameter`]; [`Error::Member`] for a record.
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let version = version(parts, &[1, 2], "versions 1 and 2 are known")?;
        let (header, size) = if version == 1 {
            (set_v2(&SetRequestHeader::from_bytes(&header(parts, version)?)), SetRecord::SIZE)
        } else {
            (SetRequestHeaderV2::from_bytes(&header(parts, version)?), SetRecordV2::SIZE)
        };
        zero(&[&header.reserved, &header.reserved2])?;
        let count = header.count;
        if !(1..=MAX_SET).contains(&count) {
            return Err(Error::parameter("count", count, format!("1 to {MAX_SET} are allowed")));
        }
        let common = Unused {
            page: header.page,
            frames: header.frames,
            colour: header.colour,
            ..Unused::default()
        };
        common.check_all()?;
        let needed = u64::from(count) * size as u64;
        let short = |there: u64| {
            let allowed = format!("{count} records of {size} bytes need {needed}");
            Error::header("length of the records", there, allowed)
        };
        let there = parts.len();
        if there < needed {
            return Err(short(there));
        }
        let mut records = Vec::new();
        for index in 0..count {
            let record = if version == 1 {
                record_v2(&SetRecord::from_bytes(&parts.array().ok_or_else(|| short(there))?))
            } else {
                SetRecordV2::from_bytes(&parts.array().ok_or_else(|| short(there))?)
            };
            zero(&[&record.reserved, &record.reserved2]).map_err(|error| member(index, error))?;
            records.push(TargetFields {
                width: record.target_width,
                height: record.target_height,
                format: record.output_format,
                quality: record.quality,
                fit: record.fit,
                flags: record.flags,
                background: record.background,
                unused: Unused {
                    gravity: record.gravity,
                    frames: record.frames,
                    colour: record.colour,
                    focal: [record.focal_x, record.focal_y],
                    page: record.page,
                },
                effort: record.effort,
                subsampling: record.subsampling,
                flags2: record.flags2,
            });
        }
        let targets = (0..)
            .zip(records)
            .map(|(index, fields)| fields.check().map_err(|error| member(index, error)));
        let targets = targets.collect::<Result<_>>()?;
        payload(header.payload_size, parts)?;
        Ok(Self { targets, max_pixels: header.max_pixels })
    }

    /// The header of a request with an image of `payload_size` bytes, and its records: of the first version that can say
    /// them.
    #[must_use]
    pub fn header(targets: &[TargetFields], max_pixels: u32, payload_size: u32) -> Vec<u8> {
        // More than a u32 counts would not fit a request anyway, and MAX_SET are allowed.
        let count = u32::try_from(targets.len()).unwrap_or(u32::MAX);
        let first = SetRequestHeader { count, payload_size, ..Default::default() };
        let is_second = max_pixels > 0 || targets.iter().any(TargetFields::needs_version_3);
        let mut bytes = if is_second {
            let version = SetRequestHeaderV2::LAYOUT.version;
            SetRequestHeaderV2 { version, max_pixels, ..set_v2(&first) }.to_bytes().to_vec()
        } else {
            first.to_bytes().to_vec()
        };
        for fields in targets {
            let record = SetRecord {
                target_width: fields.width,
                target_height: fields.height,
                output_format: fields.format,
                quality: fields.quality,
                fit: fields.fit,
                flags: fields.flags,
                reserved: [0; 2],
                background: fields.background,
            };
            if is_second {
                let Unused { gravity, frames, colour, focal: [focal_x, focal_y], page } =
                    fields.unused;
                let record = SetRecordV2 {
                    gravity,
                    effort: fields.effort,
                    frames,
                    colour,
                    focal_x,
                    focal_y,
                    subsampling: fields.subsampling,
                    flags2: fields.flags2,
                    page,
                    ..record_v2(&record)
                };
                bytes.extend(record.to_bytes());
            } else {
                bytes.extend(record.to_bytes());
            }
        }
        bytes
    }
}

/// Version 1 means version 2 with zeros.
fn set_v2(header: &SetRequestHeader) -> SetRequestHeaderV2 {
    SetRequestHeaderV2 {
        version: header.version,
        reserved: header.reserved,
        count: header.count,
        payload_size: header.payload_size,
        ..SetRequestHeaderV2::default()
    }
}

/// Of a record, too.
fn record_v2(record: &SetRecord) -> SetRecordV2 {
    SetRecordV2 {
        target_width: record.target_width,
        target_height: record.target_height,
        output_format: record.output_format,
        quality: record.quality,
        fit: record.fit,
        flags: record.flags,
        reserved: record.reserved,
        background: record.background,
        ..SetRecordV2::default()
    }
}

/// Looks at the version byte, before anything is known of the header's length.
fn version(parts: &Parts<'_>, known: &[u8], allowed: &str) -> Result<u8> {
    let version = parts
        .first()
        .ok_or_else(|| Error::header("length", 0_u8, format!("{allowed}; nothing is there")))?;
    if !known.contains(&version) {
        return Err(Error::header("version", version, allowed));
    }
    Ok(version)
}

fn header<const N: usize>(parts: &mut Parts<'_>, version: u8) -> Result<[u8; N]> {
    let there = parts.len();
    parts
        .array()
        .ok_or_else(|| Error::header("length", there, format!("version {version} needs {N} bytes")))
}

fn zero(reserved: &[&[u8]]) -> Result<()> {
    match reserved.iter().copied().flatten().find(|byte| **byte != 0) {
        None => Ok(()),
        Some(byte) => Err(Error::header("a reserved byte", *byte, "0 is allowed")),
    }
}

/// What is left of the request must have exactly the size that the header claims.
fn payload(payload_size: u32, rest: &Parts<'_>) -> Result<()> {
    if u64::from(payload_size) == rest.len() {
        return Ok(());
    }
    let allowed = format!("{} bytes follow the header, and both must be equal", rest.len());
    Err(Error::header("payload_size", payload_size, allowed))
}

fn member(index: u32, error: Error) -> Error {
    Error::Member { index: index as usize, source: Box::new(error) }
}
