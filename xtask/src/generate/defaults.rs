//! Defaults and limits, as every copy has them.

use thumbox_protocol::{
    DEFAULT_EFFORT, DEFAULT_QUALITY, HostLimits, Limits, MAX_EFFORT, PANIC_TEXT, SHORT_REQUEST,
};

/// Defaults and limits that are the same in every language: a name, its value, and what it means.
pub(super) fn defaults() -> [(&'static str, u64, &'static str); 10] {
    let (core, host) = (Limits::DEFAULT, HostLimits::DEFAULT);
    [
        ("DEFAULT_QUALITY", DEFAULT_QUALITY.into(), "The quality of a JPEG or WebP."),
        ("DEFAULT_EFFORT", DEFAULT_EFFORT.into(), "The effort of an encoder."),
        ("MAX_EFFORT", MAX_EFFORT.into(), "The highest effort; the lowest is 0."),
        ("MAX_PIXELS", core.max_pixels, "Pixels of a source picture."),
        ("MOST_PIXELS", Limits::MOST_PIXELS, "The most that the limit on pixels may be."),
        ("MAX_MEMORY", core.max_memory, "Bytes of working memory for one call."),
        ("MAX_REPLY", core.max_reply, "Bytes of a reply."),
        ("MAX_REQUEST", host.max_request, "Bytes of a request."),
        ("KEEP_MEMORY", host.keep_memory, "Bytes up to which a pool keeps an instance's memory."),
        ("PANIC_TEXT", PANIC_TEXT as u64, "Bytes of a panic's text that WebAssembly builds keep."),
    ]
}

/// The same for what hosts with Wasmtime alone need.
pub(super) fn sandbox() -> [(&'static str, u64, &'static str); 4] {
    let host = HostLimits::DEFAULT;
    [
        ("MEMORY_LIMIT", host.memory_limit, "Bytes of a sandbox's memory."),
        ("TIMEOUT", host.timeout, "Seconds that a call may run in a sandbox."),
        ("MAX_WAIT", host.max_wait, "Seconds that a call waits until fewer others run."),
        ("SHORT_REQUEST", SHORT_REQUEST as u64, "Bytes of the longest request in its fixed place."),
    ]
}
