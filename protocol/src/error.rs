//! What can be wrong with a request or a configuration, apart from the image in it.

use std::fmt;

use crate::code::Code;
use crate::messages::{MESSAGES, TAGS};

/// Why a request or a configuration was refused. Says what was wrong, with its value, and what is allowed.
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
        /// The field's name in the layouts.
        field: &'static str,
        /// What it said.
        value: u64,
        /// What would have been right.
        allowed: String,
    },
    /// A parameter out of its range: code 101.
    Parameter {
        /// The field's name in the layouts, or the key's in JSON.
        field: &'static str,
        /// What it said, as people write such a value.
        value: String,
        /// What would have been right.
        allowed: String,
    },
    /// One member of a set is wrong, and the set with it.
    Member {
        /// The member's place in the request, from 0.
        index: usize,
        /// Why.
        source: Box<Error>,
    },
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
            Self::Member { source, .. } => source.code(),
        }
    }

    /// A [`Error::Header`].
    pub fn header(field: &'static str, value: impl Into<u64>, allowed: impl Into<String>) -> Self {
        Self::Header { field, value: value.into(), allowed: allowed.into() }
    }

    /// A [`Error::Parameter`].
    pub fn parameter(
        field: &'static str,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Parameter { field, value: value.to_string(), allowed: allowed.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMessage(id) => {
                let known = MESSAGES.map(|(id, name)| format!("{id} ({name})")).join(", ");
                write!(f, "message id {id} is unknown; known: {known}")
            }
            Self::UnknownTag(tag) => {
                let known = TAGS.map(|tag| format!("{tag:?}")).join(", ");
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
            Self::Member { index, source } => write!(f, "set member {index}: {source}"),
        }
    }
}

impl std::error::Error for Error {}

/// What reading a request or a configuration gives.
pub type Result<T> = std::result::Result<T, Error>;
