//! What can go wrong, and the number by which programs know it.
//!
//! An [`Error`] says who must act, with the value and what is allowed; its [`Code`] is the flat number
//! that crosses every interface. Numbers are never reused; messages are for people and are never parsed.

use std::fmt;

use crate::format::{Format, Formats};

/// The number of an error, the same in every build and every host.
///
/// | range | who must act |
/// |---|---|
/// | 1-13 | the transport: rustbridge's numbers, with rustbridge's meanings |
/// | 100-199 | whoever wrote the request |
/// | 200-299 | whoever sent the image |
/// | 300-399 | whoever set the limit, or sends less |
/// | 900 | us: a bug |
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The plugin is not active, or the handle is not one of ours.
    InvalidState = 1,
    /// The plugin could not be initialised.
    InitFailed = 2,
    /// The configuration, or an argument of the interface itself, is wrong.
    Config = 4,
    /// A JSON request that is no JSON, or no object where one is needed.
    Serialization = 5,
    /// No message has this id, or no JSON message this tag.
    UnknownMessage = 6,
    /// A handler failed in a way that has no number of its own.
    Handler = 7,
    /// The call ran past its deadline.
    Timeout = 10,
    /// A panic, stopped at the border.
    Internal = 11,
    /// More calls at once than the limit allows.
    TooManyRequests = 13,
    /// The request's header: its version, length, reserved bytes or payload size.
    Header = 100,
    /// A parameter of the request.
    Parameter = 101,
    /// The data is in no format, or in no variant of a format, that is read.
    UnknownFormat = 200,
    /// The image contradicts its own format.
    Corrupt = 201,
    /// The image ends early: nothing to show yet, or the request refuses truncated images.
    Truncated = 202,
    /// The image is in a format that the host does not allow.
    FormatNotAllowed = 203,
    /// More pixels than the limit, or than the output format can hold.
    Pixels = 300,
    /// More working memory than the limit.
    Memory = 301,
    /// A reply longer than the limit.
    ReplySize = 302,
    /// More work than a picture of its size and a file of its length may cost.
    Work = 303,
    /// An invariant of this crate does not hold: a bug of ours.
    Bug = 900,
}

impl Code {
    /// The number itself.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }
}

/// Why a call was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No message has this id.
    UnknownMessage(u32),
    /// No JSON message has this tag.
    UnknownTag(String),
    /// A JSON request that cannot be read; says why.
    Json(String),
    /// A configuration that cannot be read; says why.
    Config(String),
    /// A field of the request's header that does not frame the request: code 100.
    Header {
        /// The field's name in the layout tables of [`crate::wire`].
        field: &'static str,
        /// What it said.
        value: u64,
        /// What would have been right.
        allowed: String,
    },
    /// A parameter out of its range: code 101.
    Parameter {
        /// The field's name in the layout tables of [`crate::wire`].
        field: &'static str,
        /// What it said, as people write such a value.
        value: String,
        /// What would have been right.
        allowed: String,
    },
    /// The data is in no format, or no variant of a format, that is read; says what it is.
    UnknownFormat(String),
    /// The image contradicts its own format.
    Corrupt {
        /// Whose rules it breaks.
        format: Format,
        /// What is wrong.
        detail: String,
    },
    /// The image ends early.
    Truncated {
        /// What the data began as, where that much is there.
        format: Option<Format>,
        /// What is missing.
        detail: String,
    },
    /// The image is in a format that the host's `formats` leaves out.
    FormatNotAllowed {
        /// What the image is.
        format: Format,
        /// What may be read.
        allowed: Formats,
    },
    /// A limit on pixels or sides.
    Pixels {
        /// What is too large, with its dimensions.
        what: String,
        /// What is allowed.
        allowed: String,
    },
    /// The budget of working memory does not cover the next step.
    Memory {
        /// What the memory was for.
        purpose: &'static str,
        /// Bytes that the step needs.
        needed: u64,
        /// Bytes that are left of the limit.
        left: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The reply would be longer than its limit.
    ReplySize {
        /// Bytes of the reply.
        needed: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// Decoding would cost more than any honest file of this size does.
    Work {
        /// What the image is.
        format: Format,
        /// Steps of work that are allowed; they grow with its pixels and its bytes.
        allowed: u64,
    },
    /// One member of a set failed, and the set with it.
    Member {
        /// The member's place in the request, from 0.
        index: usize,
        /// Why.
        source: Box<Error>,
    },
    /// An invariant of this crate does not hold.
    Bug(String),
}

impl Error {
    /// The number by which programs know this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::UnknownMessage(_) | Self::UnknownTag(_) => Code::UnknownMessage,
            Self::Json(_) => Code::Serialization,
            Self::Config(_) => Code::Config,
            Self::Header { .. } => Code::Header,
            Self::Parameter { .. } => Code::Parameter,
            Self::UnknownFormat(_) => Code::UnknownFormat,
            Self::Corrupt { .. } => Code::Corrupt,
            Self::Truncated { .. } => Code::Truncated,
            Self::FormatNotAllowed { .. } => Code::FormatNotAllowed,
            Self::Pixels { .. } => Code::Pixels,
            Self::Memory { .. } => Code::Memory,
            Self::ReplySize { .. } => Code::ReplySize,
            Self::Work { .. } => Code::Work,
            Self::Member { source, .. } => source.code(),
            Self::Bug(_) => Code::Bug,
        }
    }

    pub(crate) fn header(
        field: &'static str,
        value: impl Into<u64>,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Header { field, value: value.into(), allowed: allowed.into() }
    }

    pub(crate) fn parameter(
        field: &'static str,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Parameter { field, value: value.to_string(), allowed: allowed.into() }
    }

    pub(crate) fn corrupt(format: Format, detail: impl Into<String>) -> Self {
        Self::Corrupt { format, detail: detail.into() }
    }

    pub(crate) fn truncated(format: Format, detail: impl Into<String>) -> Self {
        Self::Truncated { format: Some(format), detail: detail.into() }
    }

    pub(crate) fn unsupported(format: Format, detail: impl fmt::Display) -> Self {
        Self::UnknownFormat(format!(
            "the image is a {format} of a kind that is not supported: {detail}"
        ))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMessage(id) => write!(
                f,
                "message id {id} is unknown; known: 1 (echo), 100 (thumbnail), 101 (probe), 102 (thumbnail set)"
            ),
            Self::UnknownTag(tag) => {
                let known = "\"echo\", \"image.probe\", \"plugin.info\", \"thumbnail.create\"";
                write!(f, "message tag {tag:?} is unknown; known: {known}")
            }
            Self::Json(detail) => write!(f, "the JSON request cannot be read: {detail}"),
            Self::Config(detail) => write!(f, "the configuration cannot be read: {detail}"),
            Self::Header { field, value, allowed } => {
                write!(f, "request header: {field} is {value}; {allowed}")
            }
            Self::Parameter { field, value, allowed } => {
                write!(f, "request: {field} is {value}; {allowed}")
            }
            Self::UnknownFormat(detail) => f.write_str(detail),
            Self::Corrupt { format, detail } => {
                write!(f, "the {format} image is corrupt: {detail}")
            }
            Self::Truncated { format: Some(format), detail } => {
                write!(f, "the {format} image is truncated: {detail}")
            }
            Self::Truncated { format: None, detail } => {
                write!(f, "the image is truncated: {detail}")
            }
            Self::FormatNotAllowed { format, allowed } => {
                write!(f, "the image is a {format}; the formats that are allowed: {allowed}")
            }
            Self::Pixels { what, allowed } => write!(f, "{what}; {allowed}"),
            Self::Memory { purpose, needed, left, limit } => write!(
                f,
                "{purpose} needs {needed} bytes of working memory; {left} of the limit of {limit} bytes are left"
            ),
            Self::ReplySize { needed, limit } => {
                write!(f, "the reply has {needed} bytes; the limit is {limit}")
            }
            Self::Work { format, allowed } => write!(
                f,
                "the {format} image takes more than {allowed} steps to decode, which is the limit for its pixels and bytes"
            ),
            Self::Member { index, source } => write!(f, "set member {index}: {source}"),
            Self::Bug(detail) => write!(f, "a bug in thumbox, please report it: {detail}"),
        }
    }
}

impl std::error::Error for Error {}

/// What every step of the pipeline answers.
pub type Result<T> = std::result::Result<T, Error>;
