//! What crosses the boundary between a host and the core: message ids, layouts, codes, limits, what a request can say,
//! and the configuration. Nothing of pictures: hosts that only carry bytes stand on this crate and compile no decoder.
//!
//! All integers are little-endian. Reserved bytes are zero on write and refused otherwise on read. Bytes after
//! `payload_size` are refused. A request is checked in this order: version, header length, reserved bytes, each
//! parameter in field order, `payload_size` against what is there; then the image.
//!
//! | message | request | reply |
//! |---|---|---|
//! | 1, echo | any bytes, one or more | the same bytes |
//! | 100, thumbnail | [`ThumbnailRequestHeader`], [`ThumbnailRequestHeaderV2`] or [`ThumbnailRequestHeaderV3`], then the image file | [`ThumbnailResponseHeader`], then the thumbnail file |
//! | 101, probe | [`ProbeRequestHeader`] or [`ProbeRequestHeaderV2`], then the image file | [`ProbeResponse`] or [`ProbeResponseV2`] |
//! | 102, set | [`SetRequestHeader`] and [`SetRecord`]s, or [`SetRequestHeaderV2`] and [`SetRecordV2`]s, then the image file | [`SetResponseHeader`], [`ThumbnailResponseHeader`]s, then the thumbnail files |
//! | 103, placeholder | [`PlaceholderRequestHeader`], then the image file | [`PlaceholderResponseHeader`], then the hash |
//!
//! ```
//! use thumbox_protocol::{Parts, ThumbnailRequest, ThumbnailRequestHeader};
//!
//! let image = [0xFF, 0xD8];
//! let header = ThumbnailRequestHeader { target_width: 64, quality: 85, payload_size: 2, ..Default::default() };
//! let request = ThumbnailRequest::parse(&mut Parts::new(&[&header.to_bytes(), &image]))?;
//! assert_eq!((request.target.width, request.target.quality), (64, 85));
//! # Ok::<(), thumbox_protocol::Error>(())
//! ```
#![forbid(unsafe_code)]

mod builder;
mod choices;
mod code;
#[cfg(feature = "config")]
mod config;
mod error;
mod format;
mod layout;
mod layouts;
mod limits;
mod messages;
mod parts;
mod request;
mod target;

pub use choices::{Colour, Fit, Frames, Gravity, OutputFormat, Progressive, Subsampling};
pub use code::Code;
#[cfg(feature = "config")]
pub use config::{Config, Data, LogLevel, Object};
pub use error::{Error, Result};
pub use format::{Format, Formats};
pub use layout::{Field, Kind, Layout};
pub use layouts::*;
pub use limits::{HostLimits, Limits, PANIC_TEXT, SHORT_REQUEST};
pub use messages::*;
pub use parts::Parts;
pub use request::{PlaceholderRequest, ProbeRequest, SetRequest, ThumbnailRequest};
pub use target::{Target, TargetFields};
