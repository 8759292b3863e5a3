//! The number by which programs know an error.

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
    /// A JSON request that is not JSON, or not an object where one is needed.
    Serialization = 5,
    /// No message has this id, or no JSON message this tag.
    UnknownMessage = 6,
    /// A handler failed in a way that has no number of its own.
    Handler = 7,
    /// The call ran past its deadline.
    Timeout = 10,
    /// A panic, stopped at the boundary.
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
    /// The image is in a format that other builds read and this one does not: AVIF or HEIC.
    FormatNotInBuild = 204,
    /// More pixels than the limit, or than the output format can hold.
    Pixels = 300,
    /// More working memory than the limit.
    Memory = 301,
    /// A reply longer than the limit.
    ReplySize = 302,
    /// More work than a picture of its size and a file of its length may cost.
    Work = 303,
    /// More frames than the limit, or more pixels in all of them.
    Frames = 304,
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
