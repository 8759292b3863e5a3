//! The hash of a file.

use sha2::{Digest as _, Sha256};

/// A SHA-256 in hex.
pub(super) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
