//! From replies to what people use.
//!
//! A reply may come from a guest that an image has taken over: what is not a reply is an error.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use thumbox_protocol::{
    Code, Format, OutputFormat, PLACEHOLDER_ALPHA, PROBE_ALPHA, PROBE_ANIMATED, PROBE_ICC,
    PROBE_PROGRESSIVE, PlaceholderResponseHeader, ProbeResponseV2, SetResponseHeader,
    ThumbnailResponseHeader,
};

use crate::error::{Error, Result};
use crate::ffi;

/// The bytes of a reply: copied out of the sandbox or, natively, the plugin's own buffer.
pub struct Reply(Bytes);

enum Bytes {
    Copied(Vec<u8>),
    Native(ffi::Response),
}

impl Reply {
    pub(crate) fn copied(bytes: Vec<u8>) -> Self {
        Self(Bytes::Copied(bytes))
    }

    pub(crate) fn native(response: ffi::Response) -> Self {
        Self(Bytes::Native(response))
    }

    /// The bytes, as the caller's own.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Bytes::Copied(bytes) => bytes,
            Bytes::Native(response) => response.bytes().to_vec(),
        }
    }
}

impl Deref for Reply {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Copied(bytes) => bytes,
            Bytes::Native(response) => response.bytes(),
        }
    }
}

impl AsRef<[u8]> for Reply {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply of {} bytes", self.len())
    }
}

/// A finished thumbnail.
#[derive(Clone, Debug)]
pub struct Thumbnail {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// What was written.
    pub format: OutputFormat,
    reply: Arc<Reply>,
    range: Range<usize>,
}

impl Thumbnail {
    /// The file's bytes: a part of the reply, which the thumbnails of one set share.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.reply.get(self.range.clone()).unwrap_or_default()
    }
}

/// What an image's headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// Of the file.
    pub format: Format,
    /// Pixels of the upright picture, as people see it.
    pub width: u32,
    /// Pixels of the upright picture.
    pub height: u32,
    /// Pixels as stored.
    pub stored_width: u32,
    /// Pixels as stored.
    pub stored_height: u32,
    /// 1 to 8, as EXIF counts; 1 is upright as stored.
    pub orientation: u8,
    /// Whether it may be transparent.
    pub alpha: bool,
    /// Whether it has more pictures than one.
    pub animated: bool,
    /// Whether it has a colour profile.
    pub icc: bool,
    /// Progressive or interlaced.
    pub progressive: bool,
    /// Frames of an animation, or pages of a TIFF; 1 for a still.
    pub frames: u32,
    /// Milliseconds of all frames together; 0 for a still.
    pub duration_ms: u32,
}

/// What is shown of a picture until a thumbnail is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// A ThumbHash, of 17 to 25 bytes, as <https://evanw.github.io/thumbhash/> says; every reader of them shows it.
    pub hash: Vec<u8>,
    /// Red, green and blue: the average colour of what is opaque.
    pub average: [u8; 3],
    /// Pixels of the upright source, as people see it.
    pub width: u32,
    /// Pixels of the upright source.
    pub height: u32,
    /// Whether the picture is transparent somewhere, and so is its hash.
    pub has_alpha: bool,
}

/// From a reply to message 103.
pub(crate) fn placeholder(reply: &Reply) -> Result<Placeholder> {
    let parse = || {
        let (header, hash) = reply.split_first_chunk()?;
        let header = PlaceholderResponseHeader::from_bytes(header);
        let right = header.version == PlaceholderResponseHeader::LAYOUT.version
            && usize::from(header.hash_length) == hash.len();
        right.then(|| Placeholder {
            hash: hash.to_vec(),
            average: [header.average_red, header.average_green, header.average_blue],
            width: header.upright_width,
            height: header.upright_height,
            has_alpha: header.flags & PLACEHOLDER_ALPHA != 0,
        })
    };
    parse().ok_or_else(|| malformed(reply))
}

/// From a reply to message 101.
pub(crate) fn probe(reply: &Reply) -> Result<ImageInfo> {
    let parse = || {
        let (bytes, []) = reply.split_first_chunk()? else { return None };
        let reply = ProbeResponseV2::from_bytes(bytes);
        let format = Format::ALL.into_iter().find(|known| *known as u32 == reply.format)?;
        let flag = |bit| reply.flags & bit != 0;
        (reply.version == ProbeResponseV2::LAYOUT.version).then_some(ImageInfo {
            format,
            width: reply.upright_width,
            height: reply.upright_height,
            stored_width: reply.stored_width,
            stored_height: reply.stored_height,
            orientation: reply.orientation,
            alpha: flag(PROBE_ALPHA),
            animated: flag(PROBE_ANIMATED),
            icc: flag(PROBE_ICC),
            progressive: flag(PROBE_PROGRESSIVE),
            frames: reply.frames,
            duration_ms: reply.duration_ms,
        })
    };
    parse().ok_or_else(|| malformed(reply))
}

/// From a reply to message 100.
pub(crate) fn thumbnail(reply: Reply) -> Result<Thumbnail> {
    let reply = Arc::new(reply);
    let mut thumbnails = headers(&reply, 0, 1).ok_or_else(|| malformed(&reply))?;
    thumbnails.pop().ok_or_else(|| malformed(&reply))
}

/// From a reply to message 102 that asked for `count` members.
pub(crate) fn thumbnails(reply: Reply, count: usize) -> Result<Vec<Thumbnail>> {
    let reply = Arc::new(reply);
    let parse = || {
        let (header, _) = reply.split_first_chunk()?;
        let SetResponseHeader { version, count: told, .. } = SetResponseHeader::from_bytes(header);
        let right = version == SetResponseHeader::LAYOUT.version;
        (right && usize::try_from(told) == Ok(count)).then_some(())?;
        headers(&reply, SetResponseHeader::SIZE, count)
    };
    parse().ok_or_else(|| malformed(&reply))
}

/// The thumbnails whose headers begin at `start`, if the files after them fill the reply.
fn headers(reply: &Arc<Reply>, start: usize, count: usize) -> Option<Vec<Thumbnail>> {
    const SIZE: usize = ThumbnailResponseHeader::SIZE;
    let (headers, _) = reply.get(start..)?.as_chunks::<SIZE>();
    let headers = headers.get(..count)?;
    let mut at = start + SIZE * count;
    let mut thumbnails = Vec::with_capacity(count);
    for header in headers {
        let header = ThumbnailResponseHeader::from_bytes(header);
        let format = OutputFormat::from_number(header.format)?;
        let end = at.checked_add(usize::try_from(header.payload_size).ok()?)?;
        let right = header.version == ThumbnailResponseHeader::LAYOUT.version;
        (right && end <= reply.len()).then_some(())?;
        thumbnails.push(Thumbnail {
            width: header.width,
            height: header.height,
            format,
            reply: Arc::clone(reply),
            range: at..end,
        });
        at = end;
    }
    (at == reply.len()).then_some(thumbnails)
}

fn malformed(reply: &Reply) -> Error {
    let start: Vec<_> = reply.iter().take(28).map(|byte| format!("{byte:02x}")).collect();
    Error::new(
        Code::Bug,
        format!(
            "the plugin's reply of {} bytes is malformed; it starts with {}",
            reply.len(),
            start.join(" ")
        ),
    )
}
