//! The ids of messages, and numbers that their requests and replies share.

/// Echo: the reply is the request, which has one byte or more.
pub const MSG_ECHO: u32 = 1;
/// One thumbnail of one image.
pub const MSG_THUMBNAIL_CREATE: u32 = 100;
/// What an image's headers say, without decoding pixels.
pub const MSG_IMAGE_PROBE: u32 = 101;
/// Up to 32 thumbnails of one image, decoded once.
pub const MSG_THUMBNAIL_SET: u32 = 102;
/// A ThumbHash of one image, to be shown until a thumbnail is there.
pub const MSG_PLACEHOLDER: u32 = 103;
/// A message that panics, so that every host's boundary can be tested; in no build that ships.
#[cfg(feature = "testing")]
pub const MSG_PANIC: u32 = u32::MAX;

/// Every message that is answered: its id, and what an error calls it.
pub const MESSAGES: [(u32, &str); 5] = [
    (MSG_ECHO, "echo"),
    (MSG_THUMBNAIL_CREATE, "thumbnail"),
    (MSG_IMAGE_PROBE, "probe"),
    (MSG_THUMBNAIL_SET, "thumbnail set"),
    (MSG_PLACEHOLDER, "placeholder"),
];

/// Every tag of the JSON transport.
pub const TAGS: [&str; 5] =
    ["echo", "image.placeholder", "image.probe", "plugin.info", "thumbnail.create"];

/// Members that a set can have at the most.
pub const MAX_SET: u32 = 32;
/// The box when both targets are 0, pixels a side.
pub const DEFAULT_BOX: u32 = 100;

/// The quality of a JPEG or WebP where nobody set another.
pub const DEFAULT_QUALITY: u8 = 85;

/// The effort of an encoder where nobody set another.
pub const DEFAULT_EFFORT: u8 = 4;
/// The highest effort; the lowest is 0.
pub const MAX_EFFORT: u8 = 6;

/// Bit 0 of a request's `flags`: the picture may be made larger than it is.
pub const FLAG_ENLARGE: u8 = 1;
/// Bit 1 of a request's `flags`: a WebP without loss.
pub const FLAG_LOSSLESS: u8 = 1 << 1;
/// Bit 2 of a request's `flags`: a truncated image is an error.
pub const FLAG_REFUSE_TRUNCATED: u8 = 1 << 2;

/// Bit 0 of a request's `flags2`: a PNG gets a palette of at most 256 colours.
pub const FLAG_PALETTE: u8 = 1;
/// Bit 1 of a request's `flags2`: a JPEG is progressive.
pub const FLAG_PROGRESSIVE: u8 = 1 << 1;
/// Bit 2 of a request's `flags2`: a JPEG is not progressive.
pub const FLAG_BASELINE: u8 = 1 << 2;

/// Bit 0 of a probe's `flags`: there is transparency, or a channel for it.
pub const PROBE_ALPHA: u8 = 1;
/// Bit 1 of a probe's `flags`: there are several frames.
pub const PROBE_ANIMATED: u8 = 1 << 1;
/// Bit 2 of a probe's `flags`: there is an ICC profile.
pub const PROBE_ICC: u8 = 1 << 2;
/// Bit 3 of a probe's `flags`: progressive or interlaced.
pub const PROBE_PROGRESSIVE: u8 = 1 << 3;

/// Bit 0 of a placeholder's `flags`: the picture is transparent somewhere.
pub const PLACEHOLDER_ALPHA: u8 = 1;
/// The box whose pixels a placeholder is of, pixels a side.
pub const PLACEHOLDER_BOX: u32 = 100;
