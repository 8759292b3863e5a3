//! Which formats a build reads: all but those that have a component each, or one of these.

use thumbox_protocol::Format;

/// Whether this build reads a format. What it does not read is not linked into it.
#[allow(clippy::match_like_matches_macro, reason = "which arms are alike depends on the features")]
pub(super) const fn is_read(format: Format) -> bool {
    match format {
        Format::Avif => cfg!(feature = "avif"),
        Format::Heic => cfg!(feature = "heic"),
        _ => cfg!(feature = "base"),
    }
}

/// The formats that this build reads.
pub(crate) fn read_here() -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(|format| is_read(*format))
}
