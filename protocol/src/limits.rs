//! What a call may take.

use crate::format::Formats;

/// The limits of a call. The defaults are the same constants in every build, because a build that
/// allows less than another would answer the same request with other bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The formats that may be read. Default all.
    pub formats: Formats,
    /// Pixels of the source picture, width times height. Default 2^28, [`Limits::MOST_PIXELS`] at the most.
    pub max_pixels: u64,
    /// Bytes of working memory for one call: everything beside the request itself. Default 256 MiB.
    pub max_memory: u64,
    /// Bytes of a reply. Default 64 MiB.
    pub max_reply: u64,
}

impl Limits {
    /// The limits that hold where nobody set others.
    pub const DEFAULT: Self = Self {
        formats: Formats::ALL,
        max_pixels: 1 << 28,
        max_memory: 256 << 20,
        max_reply: 64 << 20,
    };

    /// The highest limit on pixels: a picture's size in bytes is a 32-bit number in some builds.
    pub const MOST_PIXELS: u64 = 1 << 29;
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What hosts keep to on their side, where nobody set another limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostLimits {
    /// Bytes of a request.
    pub max_request: u64,
    /// Bytes of a sandbox's memory: a guard that the core's own budget reaches first.
    pub memory_limit: u64,
    /// Seconds that a call may run in a sandbox.
    pub timeout: u64,
    /// Seconds that a call waits until fewer others run.
    pub max_wait: u64,
    /// Bytes of memory up to which a pool keeps an instance for the next call.
    pub keep_memory: u64,
}

impl HostLimits {
    /// The limits that hold where nobody set others.
    pub const DEFAULT: Self = Self {
        max_request: 64 << 20,
        memory_limit: 512 << 20,
        timeout: 10,
        max_wait: 60,
        keep_memory: 64 << 20,
    };
}

/// Bytes that a WebAssembly build keeps of a panic's text: see `wit/thumbox.wit`.
pub const PANIC_TEXT: usize = 1020;

/// Bytes of the longest request that the component's module takes from its fixed place: see `wasm/src/short_call.rs`.
pub const SHORT_REQUEST: usize = 1008;
