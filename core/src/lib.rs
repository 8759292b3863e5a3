//! The whole job of Thumbox: a request's bytes in, a reply's bytes out.
//!
//! No I/O, no clock, no threads, no globals. Native, component and browser builds are this crate behind
//! three faces, and answer the same request with the same bytes.
//!
//! ```text
//! request bytes -> header -> dispatch -> open (headers, once) -> decode, reduced as it comes -> resize -> colour to sRGB -> orient -> encode -> response bytes
//!                      \_________________________ any Error -> code + message _________________________/
//! ```
//!
//! A request is a header and the image file's bytes; so is the reply:
//!
//! ```
//! use thumbox_core::protocol::{OutputFormat, ThumbnailResponseHeader};
//! use thumbox_core::{Budget, Limits, MSG_THUMBNAIL_CREATE, ThumbnailRequest, call};
//!
//! // A GIF of one pixel. Any file of a format that is read will do.
//! let image: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xFF\xFF\xFF\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
//! let request = ThumbnailRequest::new(256, 256).format(OutputFormat::Png);
//! let header = request.to_header(u32::try_from(image.len())?)?;
//! let reply = call(MSG_THUMBNAIL_CREATE, &[&header, image], &Budget::new(Limits::DEFAULT))?;
//! let (header, thumbnail) = reply.split_at(ThumbnailResponseHeader::SIZE);
//! assert!(thumbnail.starts_with(b"\x89PNG"));
//! # assert_eq!(header.len(), 20);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod animation;
mod attention;
mod budget;
mod codec;
mod colour;
mod cursor;
mod error;
mod film;
mod flatten;
mod geometry;
#[cfg(feature = "json")]
mod json;
mod lanczos;
mod members;
mod orient;
mod orientation;
mod pad;
mod picture;
mod placeholder;
mod reduce;
mod reply;
mod request;
mod resize;
#[cfg(feature = "testing")]
pub mod testing;
mod thumbnail;
mod vertical;
mod work;

pub use budget::{Budget, Charge};
pub use error::{Error, Result};
#[cfg(feature = "schema")]
pub use json::schemas;
#[cfg(feature = "json")]
pub use json::{Build, call_json};
pub use thumbox_protocol as protocol;
pub use thumbox_protocol::{
    Code, Format, Formats, Limits, MSG_ECHO, MSG_IMAGE_PROBE, MSG_PLACEHOLDER,
    MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET, ThumbnailRequest,
};

use request::Image;
use thumbox_protocol::{
    Error as RequestError, Parts, PlaceholderRequest, ProbeRequest, SetRequest,
};

/// This release's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Answers one request. `request` is its bytes, in one part or in several that are read as one.
///
/// # Errors
/// Every error that [`Error`] names; the next call is not affected by any of them.
#[cfg_attr(feature = "testing", allow(clippy::panic))]
pub fn call(message_id: u32, request: &[&[u8]], budget: &Budget) -> Result<Vec<u8>> {
    let mut parts = Parts::new(request);
    match message_id {
        MSG_ECHO => echo(&parts, budget),
        MSG_THUMBNAIL_CREATE => {
            let ThumbnailRequest { target, max_pixels } = ThumbnailRequest::parse(&mut parts)?;
            let image = Image::rest(&parts, budget)?;
            let thumbnail = thumbnail::thumbnail(&image.bytes, &target, max_pixels, budget)?;
            reply::thumbnail(&thumbnail, budget)
        }
        MSG_THUMBNAIL_SET => {
            let request = SetRequest::parse(&mut parts)?;
            let image = Image::rest(&parts, budget)?;
            let SetRequest { targets, max_pixels } = request;
            let made = thumbnail::thumbnails(&image.bytes, &targets, max_pixels, budget)?;
            reply::set(&made, budget)
        }
        MSG_IMAGE_PROBE => {
            let ProbeRequest { version } = ProbeRequest::parse(&mut parts)?;
            let image = Image::rest(&parts, budget)?;
            let opened = codec::open(&image.bytes, budget)?;
            Ok(reply::probe(version, opened.info(), || opened.sequence()))
        }
        MSG_PLACEHOLDER => {
            let PlaceholderRequest { max_pixels } = PlaceholderRequest::parse(&mut parts)?;
            let image = Image::rest(&parts, budget)?;
            let made = placeholder::placeholder(&image.bytes, max_pixels, budget)?;
            reply::placeholder(&made, budget)
        }
        #[cfg(feature = "testing")]
        testing::MSG_PANIC => panic!("a panic that a test asked for"),
        other => Err(RequestError::UnknownMessage(other).into()),
    }
}

/// Answers one request that is the caller's to give away, as [`call`] does. An echo is the request itself, not a
/// copy of it.
///
/// # Errors
/// As [`call`].
pub fn call_owned(message_id: u32, request: Vec<u8>, budget: &Budget) -> Result<Vec<u8>> {
    if message_id == MSG_ECHO && !request.is_empty() {
        budget.check_reply(request.len() as u64)?;
        // As if it were copied: one build must not answer what another refuses.
        let _charge = budget.charge(request.len() as u64, "the reply")?;
        return Ok(request);
    }
    call(message_id, &[&request], budget)
}

/// The request, unchanged. An empty one is refused, because some hosts cannot carry an empty reply.
fn echo(request: &Parts<'_>, budget: &Budget) -> Result<Vec<u8>> {
    if request.is_empty() {
        return Err(RequestError::header("length", 0_u8, "an echo needs 1 byte or more").into());
    }
    budget.check_reply(request.len())?;
    let _charge = budget.charge(request.len(), "the reply")?;
    Ok(request.to_vec())
}
