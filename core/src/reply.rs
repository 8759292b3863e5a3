//! Replies: what was made becomes bytes.

use thumbox_protocol::{
    OutputFormat, PLACEHOLDER_ALPHA, PROBE_ALPHA, PROBE_ANIMATED, PROBE_ICC, PROBE_PROGRESSIVE,
    PlaceholderResponseHeader, ProbeResponse, ProbeResponseV2, SetResponseHeader,
    ThumbnailResponseHeader,
};

use crate::animation::Sequence;
use crate::budget::{Budget, Charge};
use crate::codec::{Encoded, Info};
use crate::error::{Error, Result};
use crate::placeholder::made::Placeholder;

/// A finished thumbnail.
#[derive(Debug)]
pub(crate) struct Thumbnail<'b> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) format: OutputFormat,
    pub(crate) file: Encoded<'b>,
}

impl Thumbnail<'_> {
    fn header(&self) -> Result<[u8; ThumbnailResponseHeader::SIZE]> {
        let length = self.file.bytes.len() as u64;
        let payload_size = u32::try_from(length)
            .map_err(|_| Error::ReplySize { needed: length, limit: u64::from(u32::MAX) })?;
        let header = ThumbnailResponseHeader {
            width: self.width,
            height: self.height,
            format: self.format as u32,
            payload_size,
            ..Default::default()
        };
        Ok(header.to_bytes())
    }

    /// Bytes in a reply.
    fn length(&self) -> u64 {
        ThumbnailResponseHeader::SIZE as u64 + self.file.bytes.len() as u64
    }
}

/// The reply to message 100.
pub(crate) fn thumbnail(thumbnail: &Thumbnail<'_>, budget: &Budget) -> Result<Vec<u8>> {
    let (mut reply, _charge) = start(thumbnail.length(), budget)?;
    reply.extend(thumbnail.header()?);
    reply.extend_from_slice(&thumbnail.file.bytes);
    Ok(reply)
}

/// The reply to message 102.
pub(crate) fn set(thumbnails: &[Thumbnail<'_>], budget: &Budget) -> Result<Vec<u8>> {
    let members: u64 = thumbnails.iter().map(Thumbnail::length).sum();
    let (mut reply, _charge) = start(SetResponseHeader::SIZE as u64 + members, budget)?;
    let count = u32::try_from(thumbnails.len()).unwrap_or(u32::MAX);
    reply.extend(SetResponseHeader { count, ..Default::default() }.to_bytes());
    for thumbnail in thumbnails {
        reply.extend(thumbnail.header()?);
    }
    thumbnails.iter().for_each(|thumbnail| reply.extend_from_slice(&thumbnail.file.bytes));
    Ok(reply)
}

/// The reply to message 101, of a version. `sequence` is asked for from version 2 on.
pub(crate) fn probe(version: u8, info: &Info, sequence: impl FnOnce() -> Sequence) -> Vec<u8> {
    let flags = [
        (info.alpha, PROBE_ALPHA),
        (info.animated, PROBE_ANIMATED),
        (info.icc, PROBE_ICC),
        (info.progressive, PROBE_PROGRESSIVE),
    ];
    let flags = flags.into_iter().filter(|(set, _)| *set).fold(0, |flags, (_, bit)| flags | bit);
    let (upright_width, upright_height) = info.upright();
    let sequence = if version > 1 { sequence() } else { Sequence::still() };
    let reply = ProbeResponseV2 {
        version,
        orientation: info.orientation.number(),
        flags,
        stored_width: info.width,
        stored_height: info.height,
        upright_width,
        upright_height,
        format: info.format as u32,
        frames: sequence.frames,
        duration_ms: u32::try_from(sequence.duration_ms).unwrap_or(u32::MAX),
        ..Default::default()
    };
    let size = if version > 1 { ProbeResponseV2::SIZE } else { ProbeResponse::SIZE };
    reply.to_bytes().into_iter().take(size).collect()
}

/// The reply to message 103.
pub(crate) fn placeholder(placeholder: &Placeholder, budget: &Budget) -> Result<Vec<u8>> {
    let Placeholder { width, height, hash } = placeholder;
    let bytes = hash.bytes();
    let [average_red, average_green, average_blue] = hash.average;
    let header = PlaceholderResponseHeader {
        flags: if hash.has_alpha { PLACEHOLDER_ALPHA } else { 0 },
        upright_width: *width,
        upright_height: *height,
        hash_length: u8::try_from(bytes.len()).unwrap_or(u8::MAX),
        average_red,
        average_green,
        average_blue,
        ..Default::default()
    };
    let length = PlaceholderResponseHeader::SIZE + bytes.len();
    let (mut reply, _charge) = start(length as u64, budget)?;
    reply.extend(header.to_bytes());
    reply.extend_from_slice(bytes);
    Ok(reply)
}

fn start(length: u64, budget: &Budget) -> Result<(Vec<u8>, Charge<'_>)> {
    budget.check_reply(length)?;
    let charge = budget.charge(length, "the reply")?;
    Ok((Vec::with_capacity(usize::try_from(length).unwrap_or(0)), charge))
}
