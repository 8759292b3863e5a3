//! What is wrong with strips and tiles, and whether it is shown.

use thumbox_protocol::Format;

use crate::codec::interface::Need;
use crate::error::{Error, Result};

/// Why nothing more of a strip or tile can be decompressed.
pub(super) type Fault = &'static str;

/// What was wrong with chunks.
#[derive(Default)]
pub(super) struct Found {
    /// Whether any row came.
    pub(super) any: bool,
    /// Whether any is missing.
    pub(super) cut: bool,
    pub(super) fault: Option<Fault>,
}

/// Refuses what is not shown.
///
/// # Errors
/// 201 and 202, by [`Need::check_cut`].
pub(super) fn check(found: &Found, need: &Need) -> Result<()> {
    match found.fault {
        Some(fault) if need.refuse_truncated || !found.any => {
            Err(Error::corrupt(Format::Tiff, fault))
        }
        None if found.cut => need.check_cut(Format::Tiff, "its pixels end early", !found.any),
        _ => Ok(()),
    }
}
