//! What can go wrong.
//!
//! An [`Error`] says who must act, with the value and what is allowed; its [`Code`] is the flat number
//! that crosses every interface. Numbers are never reused; messages are for people and are never parsed.

use std::fmt;

use thumbox_protocol::{Code, Error as RequestError, Format, Formats};

/// Why a call was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The request or the configuration is wrong, whatever the image is.
    Request(RequestError),
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
    /// The image is in a format that this build does not read, and others do: AVIF or HEIC, or in the browser's first module
    /// all but the common ones.
    FormatNotInBuild(Format),
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
    /// An animation has more frames than are allowed, or more pixels in all of them.
    Frames {
        /// How many there are, of how many pixels.
        what: String,
        /// What is allowed.
        allowed: String,
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
    /// Whether the image is to blame, and not a limit that it exceeds, the request, or a bug.
    pub(crate) fn is_of_image(&self) -> bool {
        matches!(self.code().number(), 200..300)
    }

    /// The number by which programs know this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Request(error) => error.code(),
            Self::UnknownFormat(_) => Code::UnknownFormat,
            Self::Corrupt { .. } => Code::Corrupt,
            Self::Truncated { .. } => Code::Truncated,
            Self::FormatNotAllowed { .. } => Code::FormatNotAllowed,
            Self::FormatNotInBuild(_) => Code::FormatNotInBuild,
            Self::Pixels { .. } => Code::Pixels,
            Self::Memory { .. } => Code::Memory,
            Self::ReplySize { .. } => Code::ReplySize,
            Self::Work { .. } => Code::Work,
            Self::Frames { .. } => Code::Frames,
            Self::Member { source, .. } => source.code(),
            Self::Bug(_) => Code::Bug,
        }
    }

    /// The image's format, where this build does not read it and others do: in code 204.
    #[must_use]
    pub fn unread(&self) -> Option<Format> {
        match self {
            Self::FormatNotInBuild(format) => Some(*format),
            Self::Member { source, .. } => source.unread(),
            _ => None,
        }
    }

    #[cfg(feature = "json")]
    pub(crate) fn parameter(
        field: &'static str,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> Self {
        RequestError::parameter(field, value, allowed).into()
    }

    pub(crate) fn corrupt(format: Format, detail: impl Into<String>) -> Self {
        Self::Corrupt { format, detail: detail.into() }
    }

    pub(crate) fn truncated(format: Format, detail: impl Into<String>) -> Self {
        Self::Truncated { format: Some(format), detail: detail.into() }
    }

    pub(crate) fn unsupported(format: Format, detail: impl fmt::Display) -> Self {
        Self::UnknownFormat(format!("unsupported {format} image: {detail}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
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
                write!(f, "the image is a {format}; allowed formats: {allowed}")
            }
            Self::FormatNotInBuild(format) => write!(
                f,
                "the image is in the format {format}, which this build does not read; the component thumbox-{} does, in a sandboxed host",
                format.name()
            ),
            Self::Pixels { what, allowed } | Self::Frames { what, allowed } => {
                write!(f, "{what}; {allowed}")
            }
            Self::Memory { purpose, needed, left, limit } => write!(
                f,
                "{purpose} needs {needed} bytes of working memory; {left} of the {limit} that max_memory allows are left"
            ),
            Self::ReplySize { needed, limit } => {
                write!(f, "the reply has {needed} bytes; max_reply allows {limit}")
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

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

/// What every step of the pipeline answers.
pub type Result<T> = std::result::Result<T, Error>;
