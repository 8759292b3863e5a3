//! Why a call has no reply.

use std::fmt;

use thumbox_protocol::Code;

/// What every call answers.
pub type Result<T> = std::result::Result<T, Error>;

/// A call that was answered with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: u32,
    message: String,
    end: Option<End>,
}

/// Who must act; the groups of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Codes 1 to 99: the plugin is closed, badly configured or busy, a deadline came, or a message is unknown.
    Plugin,
    /// Codes 100 to 199: whoever wrote the request.
    Request,
    /// Codes 200 to 299: whoever sent the image.
    Image,
    /// Codes 300 to 399: raise the limit, or send less.
    Limit,
    /// Code 11, a panic or a trap that was stopped at the boundary, and code 900: a bug of Thumbox.
    Internal,
}

/// How an instance ended whose call this was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Trap,
    Timeout,
}

impl Error {
    /// For programs: see [`Code`] for the numbers of our own, which are never reused. A number of another kind
    /// is what a plugin of another release, or a sandbox that was taken over, has answered.
    #[must_use]
    pub fn code(&self) -> u32 {
        self.code
    }

    /// For people, and never to be parsed: what was wrong, with its value, and what is allowed.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Who must act.
    #[must_use]
    pub fn kind(&self) -> Kind {
        const INTERNAL: u32 = Code::Internal.number();
        const BUG: u32 = Code::Bug.number();
        match self.code {
            INTERNAL | BUG => Kind::Internal,
            100..=199 => Kind::Request,
            200..=299 => Kind::Image,
            300..=399 => Kind::Limit,
            _ => Kind::Plugin,
        }
    }

    /// Code 2, in a host's own words, for a host that is made of this one.
    #[must_use]
    pub fn not_initialised(message: impl Into<String>) -> Self {
        Self::new(Code::InitFailed, message)
    }

    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self::said(code.number(), message)
    }

    /// A plugin's own number and words.
    pub(crate) fn said(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), end: None }
    }

    /// Took its instance with it.
    pub(crate) fn ended(end: End, code: Code, message: impl Into<String>) -> Self {
        Self { end: Some(end), ..Self::new(code, message) }
    }

    pub(crate) fn end(&self) -> Option<End> {
        self.end
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.message, self.code)
    }
}

impl std::error::Error for Error {}
