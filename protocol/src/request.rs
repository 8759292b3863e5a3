//! Requests: their headers become values whose every field is in its range. The image stays behind in the parts.

use crate::error::{Error, Result};
use crate::layouts::{
    ProbeRequestHeader, SetRecord, SetRequestHeader, ThumbnailRequestHeader,
    ThumbnailRequestHeaderV2,
};
use crate::messages::MAX_SET;
use crate::parts::Parts;
use crate::target::{Target, TargetFields};

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
}

impl ThumbnailRequest {
    /// Reads the header, of version 1 or 2.
    ///
    /// # Errors
    /// [`Error::Header`] and [`Error::Parameter`], in the order of the crate's documentation.
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let version = version(parts, &[1, 2], "versions 1 and 2 are known")?;
        let header = if version == 1 {
            v2(&ThumbnailRequestHeader::from_bytes(&header(parts, version)?))
        } else {
            ThumbnailRequestHeaderV2::from_bytes(&header(parts, version)?)
        };
        zero(&[&header.reserved, &header.reserved2, &header.reserved3])?;
        let fields = TargetFields {
            width: header.target_width,
            height: header.target_height,
            format: header.output_format,
            quality: header.quality,
            fit: header.fit,
            flags: header.flags,
            background: header.background,
        };
        let target = fields.check()?;
        payload(header.payload_size, parts)?;
        Ok(Self { target, max_pixels: header.max_pixels })
    }

    /// The header of a request for it, with an image of `payload_size` bytes: version 1 where that can say it, else
    /// version 2.
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
        let plain = (fields.fit, fields.flags, fields.background, max_pixels) == (0, 0, [0; 4], 0);
        if plain {
            return first.to_bytes().to_vec();
        }
        let second = ThumbnailRequestHeaderV2 {
            version: ThumbnailRequestHeaderV2::LAYOUT.version,
            fit: fields.fit,
            flags: fields.flags,
            background: fields.background,
            max_pixels,
            ..v2(&first)
        };
        second.to_bytes().to_vec()
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
    /// Reads the header and the records.
    ///
    /// # Errors
    /// [`Error::Header`] and [`Error::Parameter`]; [`Error::Member`] for a record.
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let version = version(parts, &[1], "version 1 is known")?;
        let header = SetRequestHeader::from_bytes(&header(parts, version)?);
        zero(&[&header.reserved])?;
        let count = header.count;
        if !(1..=MAX_SET).contains(&count) {
            return Err(Error::parameter("count", count, format!("1 to {MAX_SET} are allowed")));
        }
        let needed = u64::from(count) * SetRecord::SIZE as u64;
        let short = |there: u64| {
            let allowed = format!("{count} records of {} bytes need {needed}", SetRecord::SIZE);
            Error::header("length of the records", there, allowed)
        };
        let there = parts.len();
        if there < needed {
            return Err(short(there));
        }
        let mut records = Vec::new();
        for index in 0..count {
            let record = parts.array().ok_or_else(|| short(there))?;
            let record = SetRecord::from_bytes(&record);
            zero(&[&record.reserved]).map_err(|error| member(index, error))?;
            records.push(TargetFields {
                width: record.target_width,
                height: record.target_height,
                format: record.output_format,
                quality: record.quality,
                fit: record.fit,
                flags: record.flags,
                background: record.background,
            });
        }
        let targets = (0..)
            .zip(records)
            .map(|(index, fields)| fields.check().map_err(|error| member(index, error)));
        let targets = targets.collect::<Result<_>>()?;
        payload(header.payload_size, parts)?;
        Ok(Self { targets })
    }

    /// The header of a request with an image of `payload_size` bytes, and its records.
    #[must_use]
    pub fn header(targets: &[TargetFields], payload_size: u32) -> Vec<u8> {
        // More than a u32 counts would not fit a request anyway, and MAX_SET are allowed.
        let count = u32::try_from(targets.len()).unwrap_or(u32::MAX);
        let header = SetRequestHeader { count, payload_size, ..Default::default() };
        let mut bytes = header.to_bytes().to_vec();
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
            bytes.extend(record.to_bytes());
        }
        bytes
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
