//! Requests: their headers become values whose every field is in its range. The image stays behind in the parts.

use crate::choices::{Fit, Frames};
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::layouts::{
    PlaceholderRequestHeader, ProbeRequestHeader, ProbeRequestHeaderV2, SetRecord, SetRecordV2,
    SetRequestHeader, SetRequestHeaderV2, ThumbnailRequestHeader, ThumbnailRequestHeaderV2,
    ThumbnailRequestHeaderV3,
};
use crate::messages::MAX_SET;
use crate::parts::Parts;
use crate::target::{Target, TargetFields, colour, frames};

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
pub struct ProbeRequest {
    /// The version of the request, and of the reply: 1 or 2.
    pub version: u8,
}

/// Message 102. What is left of the parts is the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRequest {
    /// The thumbnails, 1 to 32.
    pub targets: Vec<Target>,
    /// Pixels of the source at the most; 0 = the build's limit.
    pub max_pixels: u32,
}

/// Message 103. What is left of the parts is the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceholderRequest {
    /// Pixels of the source at the most; 0 = the build's limit.
    pub max_pixels: u32,
}

/// What versions of a structure add comes at its end. So each is the start of the last one, and means it with zeros.
const HEADERS: &[Layout] = &[
    ThumbnailRequestHeader::LAYOUT,
    ThumbnailRequestHeaderV2::LAYOUT,
    ThumbnailRequestHeaderV3::LAYOUT,
];
const PROBE_HEADERS: &[Layout] = &[ProbeRequestHeader::LAYOUT, ProbeRequestHeaderV2::LAYOUT];
const SET_HEADERS: &[Layout] = &[SetRequestHeader::LAYOUT, SetRequestHeaderV2::LAYOUT];

/// The target of a header or a record of the last version.
macro_rules! target_of {
    ($from:ident) => {
        TargetFields {
            width: $from.target_width,
            height: $from.target_height,
            format: $from.output_format,
            quality: $from.quality,
            fit: $from.fit,
            flags: $from.flags,
            background: $from.background,
            gravity: $from.gravity,
            colour: $from.colour,
            focal: [$from.focal_x, $from.focal_y],
            frames: $from.frames,
            page: $from.page,
            effort: $from.effort,
            subsampling: $from.subsampling,
            flags2: $from.flags2,
        }
    };
}

/// A header or a record of the last version with a target, and other fields.
macro_rules! with_target {
    ($into:ident, $target:ident $(, $field:ident: $value:expr)*) => {{
        let [focal_x, focal_y] = $target.focal;
        $into {
            target_width: $target.width,
            target_height: $target.height,
            output_format: $target.format,
            quality: $target.quality,
            fit: $target.fit,
            flags: $target.flags,
            background: $target.background,
            gravity: $target.gravity,
            effort: $target.effort,
            frames: $target.frames,
            colour: $target.colour,
            focal_x,
            focal_y,
            subsampling: $target.subsampling,
            flags2: $target.flags2,
            page: $target.page,
            $($field: $value,)*
            ..$into::default()
        }
    }};
}

impl ThumbnailRequest {
    /// Reads the header, of version 1, 2 or 3.
    ///
    /// # Errors
    /// [`Error::Header`] and [`Error::Parameter`], in the order of the crate's documentation.
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let layout = version(parts, HEADERS, "versions 1, 2 and 3 are known")?;
        let header = ThumbnailRequestHeaderV3::from_bytes(&header(parts, layout)?);
        zero(&[&header.reserved, &header.reserved2, &header.reserved3, &header.reserved4])?;
        let target = target_of!(header).check_among(fits(layout.version >= 3))?;
        payload(header.payload_size, parts)?;
        Ok(Self { target, max_pixels: header.max_pixels })
    }

    /// The header of a request for it, with an image of `payload_size` bytes: of the first version that can say it.
    #[must_use]
    pub fn header(fields: &TargetFields, max_pixels: u32, payload_size: u32) -> Vec<u8> {
        let second = (fields.fit, fields.flags, fields.background, max_pixels) != (0, 0, [0; 4], 0);
        let layout = match (fields.needs_version_3(), second) {
            (true, _) => ThumbnailRequestHeaderV3::LAYOUT,
            (false, true) => ThumbnailRequestHeaderV2::LAYOUT,
            (false, false) => ThumbnailRequestHeader::LAYOUT,
        };
        let header = with_target!(
            ThumbnailRequestHeaderV3,
            fields,
            version: layout.version,
            payload_size: payload_size,
            max_pixels: max_pixels
        );
        header.to_bytes().into_iter().take(layout.size).collect()
    }
}

impl ProbeRequest {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::Header`].
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let layout = version(parts, PROBE_HEADERS, "versions 1 and 2 are known")?;
        let header = ProbeRequestHeaderV2::from_bytes(&header(parts, layout)?);
        zero(&[&header.reserved])?;
        payload(header.payload_size, parts)?;
        Ok(Self { version: header.version })
    }

    /// The header of a request with an image of `payload_size` bytes, of the last version.
    #[must_use]
    pub fn header(payload_size: u32) -> Vec<u8> {
        ProbeRequestHeaderV2 { payload_size, ..Default::default() }.to_bytes().to_vec()
    }
}

impl SetRequest {
    /// Reads the header and the records, of version 1 or 2.
    ///
    /// # Errors
    /// [`Error::Header`] and [`Error::Parameter`]; [`Error::Member`] for a record.
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let layout = version(parts, SET_HEADERS, "versions 1 and 2 are known")?;
        let header = SetRequestHeaderV2::from_bytes(&header(parts, layout)?);
        zero(&[&header.reserved, &header.reserved2])?;
        let count = header.count;
        if !(1..=MAX_SET).contains(&count) {
            return Err(Error::parameter("count", count, format!("1 to {MAX_SET} are allowed")));
        }
        let (page, frames) = (header.page, frames(header.frames)?);
        let colour = colour(header.colour)?;
        if frames == Frames::All && page != 0 {
            return Err(Error::parameter("page", page, "with frames all, 0 is allowed"));
        }
        let size = match layout.version {
            1 => SetRecord::SIZE,
            _ => SetRecordV2::SIZE,
        };
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
            let record = parts.padded(size).ok_or_else(|| short(there))?;
            let record = SetRecordV2::from_bytes(&record);
            zero(&[&record.reserved, &record.reserved2]).map_err(|error| member(index, error))?;
            records.push(target_of!(record));
        }
        let fits = fits(layout.version >= 2);
        let target = |fields: TargetFields| {
            let target = fields.check_among(fits)?;
            let common = [
                ("frames", u16::from(fields.frames)),
                ("colour", fields.colour.into()),
                ("page", fields.page),
            ];
            if let Some((name, value)) = common.into_iter().find(|(_, value)| *value != 0) {
                let allowed = "0 is allowed in a member; the set's header has it for all";
                return Err(Error::parameter(name, value, allowed));
            }
            let target = Target { frames, colour, page, ..target };
            target.check()?;
            Ok(target)
        };
        let targets = (0..)
            .zip(records)
            .map(|(index, fields)| target(fields).map_err(|error| member(index, error)));
        let targets = targets.collect::<Result<_>>()?;
        payload(header.payload_size, parts)?;
        Ok(Self { targets, max_pixels: header.max_pixels })
    }

    /// The header of a request with an image of `payload_size` bytes, and its records: of the first version that can say
    /// them. What `frames`, `colour` and `page` of one target say holds for all.
    #[must_use]
    pub fn header(targets: &[TargetFields], max_pixels: u32, payload_size: u32) -> Vec<u8> {
        // More than a u32 counts would not fit a request anyway, and MAX_SET are allowed.
        let count = u32::try_from(targets.len()).unwrap_or(u32::MAX);
        let is_second = max_pixels > 0 || targets.iter().any(TargetFields::needs_version_3);
        let (header, record) = match is_second {
            true => (SetRequestHeaderV2::LAYOUT, SetRecordV2::SIZE),
            false => (SetRequestHeader::LAYOUT, SetRecord::SIZE),
        };
        let first = SetRequestHeaderV2 {
            version: header.version,
            count,
            payload_size,
            max_pixels,
            page: targets.iter().map(|fields| fields.page).max().unwrap_or_default(),
            frames: targets.iter().map(|fields| fields.frames).max().unwrap_or_default(),
            colour: targets.iter().map(|fields| fields.colour).max().unwrap_or_default(),
            ..SetRequestHeaderV2::default()
        };
        let mut bytes: Vec<u8> = first.to_bytes().into_iter().take(header.size).collect();
        for fields in targets {
            let fields = TargetFields { frames: 0, colour: 0, page: 0, ..*fields };
            bytes.extend(with_target!(SetRecordV2, fields).to_bytes().into_iter().take(record));
        }
        bytes
    }
}

impl PlaceholderRequest {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::Header`].
    pub fn parse(parts: &mut Parts<'_>) -> Result<Self> {
        let layout = version(parts, &[PlaceholderRequestHeader::LAYOUT], "version 1 is known")?;
        let header = PlaceholderRequestHeader::from_bytes(&header(parts, layout)?);
        zero(&[&header.reserved])?;
        payload(header.payload_size, parts)?;
        Ok(Self { max_pixels: header.max_pixels })
    }

    /// The header of a request with an image of `payload_size` bytes.
    #[must_use]
    pub fn header(max_pixels: u32, payload_size: u32) -> Vec<u8> {
        let header = PlaceholderRequestHeader { max_pixels, payload_size, ..Default::default() };
        header.to_bytes().to_vec()
    }
}

fn fits(has_contain: bool) -> &'static [Fit] {
    if has_contain { &Fit::ALL } else { &Fit::FIRST }
}

/// Looks at the version byte, before anything is known of the header's length.
fn version<'l>(parts: &Parts<'_>, layouts: &'l [Layout], allowed: &str) -> Result<&'l Layout> {
    let version = parts
        .first()
        .ok_or_else(|| Error::header("length", 0_u8, format!("{allowed}; nothing is there")))?;
    let known = layouts.iter().find(|layout| layout.version == version);
    known.ok_or_else(|| Error::header("version", version, allowed))
}

/// The bytes of a header, and zeros up to the size of its last version.
fn header<const N: usize>(parts: &mut Parts<'_>, layout: &Layout) -> Result<[u8; N]> {
    let (there, Layout { version, size, .. }) = (parts.len(), layout);
    parts.padded(*size).ok_or_else(|| {
        Error::header("length", there, format!("version {version} needs {size} bytes"))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_is_the_start_of_the_next() {
        let records = &[SetRecord::LAYOUT, SetRecordV2::LAYOUT];
        for versions in [HEADERS, PROBE_HEADERS, SET_HEADERS, records] {
            for [before, after] in versions.array_windows() {
                let places = |layout: &Layout| -> Vec<_> {
                    layout.fields.iter().map(|f| (f.name, f.offset, f.size, f.kind)).collect()
                };
                assert!(places(after).starts_with(&places(before)), "{}", after.name);
            }
        }
    }
}
