//! What is known of a placeholder.

use super::hash::Hash;

/// A hash with the size of its source.
#[derive(Debug)]
pub(crate) struct Placeholder {
    /// Of the upright source, in pixels.
    pub(crate) width: u32,
    /// Of the upright source, in pixels.
    pub(crate) height: u32,
    /// Of the source's pixels inside the box.
    pub(crate) hash: Hash,
}
