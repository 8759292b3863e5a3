//! What is behind each symbol: pointers become slices, panics become code 11. All of this package's `unsafe` is here,
//! but for the call of the host's log callback.
//!
//! Handles are looked up, never followed, so any value may be passed as one. Requests are only read, and
//! only during the call. No panic leaves a function. What a C ABI cannot see (a wrong length, memory that
//! is not there, a callback that is not a function) stays the caller's promise: each "Safety" is that of the symbol.
#![allow(unsafe_code, reason = "a C ABI is pointers; this module turns them into slices and back")]

use std::ffi::{CStr, c_char, c_void};
use std::sync::Arc;
use std::{fmt, ptr, slice};

use thumbox_protocol::Code;

use crate::callback::Callback;
use crate::failure::{Failure, guarded};
use crate::instance::Instance;
use crate::plugin::Plugin;
use crate::registry::Registry;
use crate::types::{FfiBuffer, LogCallback, RbResponse, ThumboxPart};

/// `plugin_create`.
pub fn create<P: Plugin>(registry: &Registry<P>) -> *mut c_void {
    guarded(|| Ok(ptr::without_provenance_mut(registry.insert(Instance::installed()))))
        .unwrap_or(ptr::null_mut())
}

/// `plugin_init`.
///
/// # Safety
/// `config_json` is NULL or readable for `len` bytes. `callback` can be called from any thread until
/// [`shutdown`] has returned.
pub unsafe fn init<P: Plugin>(
    registry: &Registry<P>,
    plugin: *mut c_void,
    config_json: *const u8,
    len: usize,
    callback: LogCallback,
) -> *mut c_void {
    guarded(|| {
        let instance = find(registry, plugin)?;
        let config = if config_json.is_null() {
            Ok(Default::default())
        } else {
            // SAFETY: it is not NULL, so the caller has promised `len` readable bytes.
            unsafe { bytes(format_args!("config_json"), config_json.cast(), len) }
        };
        let started = instance.start(config, callback.map(Callback::new));
        // It is over also where the callback has shut it down at its first word.
        if instance.is_over() {
            registry.remove(plugin.addr());
            return Ok(ptr::null_mut());
        }
        started.map(|()| plugin)
    })
    .unwrap_or(ptr::null_mut())
}

/// `plugin_call`.
///
/// # Safety
/// `type_tag` is NULL or a C string. `request` is NULL or readable for `len` bytes. Nobody writes to
/// either before this returns.
pub unsafe fn call_json<P: Plugin>(
    registry: &Registry<P>,
    handle: *mut c_void,
    type_tag: *const c_char,
    request: *const u8,
    len: usize,
) -> FfiBuffer {
    FfiBuffer::answer(guarded(|| {
        let instance = find(registry, handle)?;
        // SAFETY: the caller has promised NULL or a C string that stays as it is during this call.
        let tag = unsafe { tag(type_tag) }?;
        // SAFETY: the caller has promised NULL or `len` readable bytes that stay as they are.
        let request = unsafe { bytes(format_args!("request"), request.cast(), len) }?;
        instance.call_json(tag, request)
    }))
}

/// `plugin_call_raw`.
///
/// # Safety
/// `request` is NULL or readable for `len` bytes, and nobody writes to it before this returns.
pub unsafe fn call_raw<P: Plugin>(
    registry: &Registry<P>,
    handle: *mut c_void,
    message_id: u32,
    request: *const c_void,
    len: usize,
) -> RbResponse {
    RbResponse::answer(guarded(|| {
        let instance = find(registry, handle)?;
        // SAFETY: the caller has promised NULL or `len` readable bytes that stay as they are.
        let request = unsafe { bytes(format_args!("request"), request, len) }?;
        instance.call(message_id, &[request])
    }))
}

/// `thumbox_call_parts`.
///
/// # Safety
/// `parts` is NULL or an array of `count` parts. The `data` of each is NULL or readable for its `len`
/// bytes. Nobody writes to any of it before this returns.
pub unsafe fn call_parts<P: Plugin>(
    registry: &Registry<P>,
    handle: *mut c_void,
    message_id: u32,
    parts: *const ThumboxPart,
    count: usize,
) -> RbResponse {
    RbResponse::answer(guarded(|| {
        let instance = find(registry, handle)?;
        // SAFETY: the caller has promised NULL or `count` parts, each with as many bytes as it says.
        let parts = unsafe { slices(parts, count) }?;
        instance.call(message_id, &parts)
    }))
}

/// `plugin_free_buffer`.
///
/// # Safety
/// `buffer` is NULL or a structure that `plugin_call` has filled and nobody has changed.
pub unsafe fn free_buffer(buffer: *mut FfiBuffer) {
    if buffer.is_null() || !buffer.is_aligned() {
        return;
    }
    // SAFETY: neither NULL nor misaligned, and the caller has promised a structure of its own behind it.
    let buffer = unsafe { &mut *buffer };
    // SAFETY: the caller has promised the fields that `FfiBuffer::answer` or `clear` wrote.
    unsafe { free(buffer.data, buffer.capacity) };
    buffer.clear();
}

/// `rb_response_free`.
///
/// # Safety
/// `response` is NULL or a structure that `plugin_call_raw` or `thumbox_call_parts` has filled and nobody has changed.
pub unsafe fn free_response(response: *mut RbResponse) {
    if response.is_null() || !response.is_aligned() {
        return;
    }
    // SAFETY: neither NULL nor misaligned, and the caller has promised a structure of its own behind it.
    let response = unsafe { &mut *response };
    // u32 fits usize wherever this library has 32 or 64 bits; elsewhere nothing could have been made.
    let capacity = usize::try_from(response.capacity).unwrap_or_default();
    // SAFETY: the caller has promised the fields that `RbResponse::answer` or `clear` wrote.
    unsafe { free(response.data.cast(), capacity) };
    response.clear();
}

/// `plugin_shutdown`.
pub fn shutdown<P: Plugin>(registry: &Registry<P>, handle: *mut c_void) -> bool {
    guarded(|| {
        let ended = find(registry, handle)?.shutdown();
        if ended {
            registry.remove(handle.addr());
        }
        Ok(ended)
    })
    .unwrap_or(false)
}

/// `plugin_set_log_level`.
pub fn set_log_level<P: Plugin>(registry: &Registry<P>, handle: *mut c_void, level: u8) {
    let _nothing_to_set = guarded(|| {
        find(registry, handle)?.set_log_level(level);
        Ok(())
    });
}

/// `plugin_get_state`.
pub fn state<P: Plugin>(registry: &Registry<P>, handle: *mut c_void) -> u8 {
    guarded(|| Ok(find(registry, handle)?.state() as u8)).unwrap_or(u8::MAX)
}

/// `plugin_get_rejected_count`.
pub fn rejected_count<P: Plugin>(registry: &Registry<P>, handle: *mut c_void) -> u64 {
    guarded(|| Ok(find(registry, handle)?.rejected())).unwrap_or(0)
}

fn find<P: Plugin>(
    registry: &Registry<P>,
    handle: *mut c_void,
) -> Result<Arc<Instance<P>>, Failure> {
    registry.find(handle.addr()).ok_or_else(|| {
        let message = "unknown handle, or its plugin was shut down";
        Failure::new(Code::InvalidState, message)
    })
}

fn bad_argument(message: String) -> Failure {
    Failure::new(Code::Config, message)
}

/// The longest run of bytes that Rust, and any allocator, knows.
const MAX_LEN: usize = isize::MAX.unsigned_abs();

/// # Safety
/// `data` is NULL or readable for `len` bytes, which nobody writes to during `'a`.
unsafe fn bytes<'a>(
    name: fmt::Arguments<'_>,
    data: *const c_void,
    len: usize,
) -> Result<&'a [u8], Failure> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(bad_argument(format!("{name} is NULL, and its length is {len} instead of 0")));
    }
    if len > MAX_LEN {
        return Err(bad_argument(format!(
            "the length of {name} is {len}; at most {MAX_LEN} is allowed"
        )));
    }
    // SAFETY: not NULL, u8 has no alignment, `len` is in range; the rest is this function's contract.
    Ok(unsafe { slice::from_raw_parts(data.cast(), len) })
}

/// # Safety
/// `parts` is NULL or an array of `count` parts, each as [`bytes`] needs it, during `'a`.
unsafe fn slices<'a>(parts: *const ThumboxPart, count: usize) -> Result<Vec<&'a [u8]>, Failure> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if parts.is_null() || !parts.is_aligned() {
        return Err(bad_argument(format!(
            "parts is {parts:?}, NULL or misaligned, and its count is {count} instead of 0"
        )));
    }
    let max_count = MAX_LEN / size_of::<ThumboxPart>();
    if count > max_count {
        return Err(bad_argument(format!(
            "the count of parts is {count}; at most {max_count} is allowed"
        )));
    }
    // SAFETY: not NULL, aligned, and `count` parts are in range; the rest is this function's contract.
    let parts = unsafe { slice::from_raw_parts(parts, count) };
    let total = parts.iter().try_fold(0_usize, |total, part| total.checked_add(part.len));
    if total.is_none_or(|total| total > MAX_LEN) {
        return Err(bad_argument(format!(
            "the lengths of the {count} parts add up to more than {MAX_LEN}"
        )));
    }
    let slice = |(index, part): (usize, &ThumboxPart)| {
        // SAFETY: this function's contract holds for each part.
        unsafe { bytes(format_args!("part {index}"), part.data, part.len) }
    };
    parts.iter().enumerate().map(slice).collect()
}

/// # Safety
/// `tag` is NULL or a C string, which nobody writes to during `'a`.
unsafe fn tag<'a>(tag: *const c_char) -> Result<&'a str, Failure> {
    if tag.is_null() {
        return Err(bad_argument("type_tag is NULL; a C string is needed".into()));
    }
    // SAFETY: not NULL; the rest is this function's contract.
    let tag = unsafe { CStr::from_ptr(tag) };
    tag.to_str().map_err(|error| bad_argument(format!("type_tag is not UTF-8: {error}")))
}

/// # Safety
/// `data` is NULL, or came from a `Vec<u8>` of exactly this capacity that nobody has freed.
unsafe fn free(data: *mut u8, capacity: usize) {
    if !data.is_null() && capacity > 0 {
        // SAFETY: this function's contract; of the bytes none needs to be initialised to be freed.
        drop(unsafe { Vec::from_raw_parts(data, 0, capacity) });
    }
}
