//! Which formats a build reads: all but those that have a component each, or one of these, or the common ones alone.

use thumbox_protocol::Format;

/// Whether this build reads a format. What it does not read is not linked into it.
#[allow(clippy::match_like_matches_macro, reason = "which arms are alike depends on the features")]
pub(super) const fn is_read(format: Format) -> bool {
    match format {
        Format::Avif => cfg!(feature = "avif"),
        Format::Heic => cfg!(feature = "heic"),
        Format::Jpeg | Format::Png => cfg!(any(feature = "base", feature = "common")),
        _ => cfg!(feature = "base"),
    }
}

/// The formats that this build reads.
#[cfg(feature = "json")]
pub(crate) fn read_here() -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(|format| is_read(*format))
}

/// The formats that a refusal of other files names. A build of the common ones goes before one that reads all, and answers
/// as that would.
pub(super) fn named_here() -> impl Iterator<Item = Format> {
    let is_named = |format| match format {
        Format::Avif | Format::Heic => is_read(format),
        _ => is_read(format) || cfg!(feature = "common"),
    };
    Format::ALL.into_iter().filter(move |format| is_named(*format))
}
