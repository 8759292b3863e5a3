//! What headers of all kinds have in common.

use thumbox_protocol::Format;

use crate::error::Error;
use crate::picture::Layout;

/// What a header has, before it is checked.
pub(super) struct Fields {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) samples: u32,
    pub(super) max: u32,
    pub(super) layout: Layout,
}

pub(super) fn cut() -> Error {
    Error::truncated(Format::Pnm, "it ends in its header")
}
