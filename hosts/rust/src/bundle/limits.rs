//! What a bundle may be at the most.

/// What a bundle may be at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundleLimits {
    /// Bytes of the file, and of all entries unpacked. Default 512 MiB.
    pub bundle: u64,
    /// Bytes of one library or component unpacked. Default 256 MiB.
    pub library: u64,
}

impl Default for BundleLimits {
    fn default() -> Self {
        Self { bundle: 512 << 20, library: 256 << 20 }
    }
}
