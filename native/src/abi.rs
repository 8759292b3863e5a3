//! The C ABI: rustbridge 1.0's symbols, and one of ours. All of this package's `unsafe` is here.
//!
//! Handles are looked up, never followed, so any value may be passed as one. Requests are only read, and
//! only during the call. No panic leaves an entry. What a C ABI cannot see (a wrong length, memory that
//! is not there, a callback that is none) stays the caller's promise, under "Safety".
#![allow(unsafe_code, reason = "a C ABI is pointers; this module turns them into slices and back")]

use std::ffi::{CStr, c_char, c_void};
use std::sync::Arc;
use std::{fmt, ptr, slice};

use thumbox_core::Code;

use crate::failure::{Failure, guarded};
use crate::instance::Instance;
use crate::registry;
use crate::types::{FfiBuffer, LogCallback, RbResponse, ThumboxPart};

/// Makes a plugin, to be given to `plugin_init`; never NULL.
///
/// A plugin that is not wanted after all is ended by `plugin_shutdown`, like any other.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_create() -> *mut c_void {
    guarded(|| Ok(ptr::without_provenance_mut(registry::insert(Instance::installed()))))
        .unwrap_or(ptr::null_mut())
}

/// Starts a plugin with a configuration, and returns the handle for all other functions.
///
/// `config_json` is `len` bytes of JSON, or NULL for the defaults. Every key is optional: `log_level`
/// ("trace", "debug", "info", "warn", "error", "off"; default "info"), `max_concurrent_ops` (1000; 0 =
/// unlimited), `shutdown_timeout_ms` (5000), and `data` with the limits `max_pixels`, `max_memory` and
/// `max_reply`. `callback` may be NULL.
///
/// NULL means that the plugin did not start: `plugin` is none, or was started before, or the
/// configuration is wrong, which the callback has been told. A plugin with a wrong configuration is gone.
///
/// # Safety
/// `config_json` is NULL or readable for `len` bytes. `callback` can be called from any thread until
/// `plugin_shutdown` has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn plugin_init(
    plugin: *mut c_void,
    config_json: *const u8,
    len: usize,
    callback: LogCallback,
) -> *mut c_void {
    guarded(|| {
        let instance = find(plugin)?;
        let config = if config_json.is_null() {
            Ok(Default::default())
        } else {
            // SAFETY: it is not NULL, so the caller has promised `len` readable bytes.
            unsafe { bytes(format_args!("config_json"), config_json.cast(), len) }
        };
        let started = instance.start(config, callback.map(Callback));
        if instance.is_over() {
            registry::remove(plugin.addr());
        }
        started.map(|()| plugin)
    })
    .unwrap_or(ptr::null_mut())
}

/// Answers a JSON request: `type_tag` is a C string that names the message ("echo", "plugin.info", ...),
/// `request` is `len` bytes of JSON.
///
/// The reply is a JSON object in every case, and is given back with `plugin_free_buffer`.
///
/// # Safety
/// `type_tag` is NULL or a C string. `request` is NULL or readable for `len` bytes. Nobody writes to
/// either before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn plugin_call(
    handle: *mut c_void,
    type_tag: *const c_char,
    request: *const u8,
    len: usize,
) -> FfiBuffer {
    FfiBuffer::answer(guarded(|| {
        let instance = find(handle)?;
        // SAFETY: the caller has promised NULL or a C string that stays as it is during this call.
        let tag = unsafe { tag(type_tag) }?;
        // SAFETY: the caller has promised NULL or `len` readable bytes that stay as they are.
        let request = unsafe { bytes(format_args!("request"), request.cast(), len) }?;
        instance.call_json(tag, request)
    }))
}

/// Answers a binary request: `request` is `len` bytes, a header and what it announces.
///
/// The reply, or the error's message, is given back with `rb_response_free`.
///
/// # Safety
/// `request` is NULL or readable for `len` bytes, and nobody writes to it before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn plugin_call_raw(
    handle: *mut c_void,
    message_id: u32,
    request: *const c_void,
    len: usize,
) -> RbResponse {
    RbResponse::answer(guarded(|| {
        let instance = find(handle)?;
        // SAFETY: the caller has promised NULL or `len` readable bytes that stay as they are.
        let request = unsafe { bytes(format_args!("request"), request, len) }?;
        instance.call(message_id, &[request])
    }))
}

/// As `plugin_call_raw`, for a request that lies in several places: its parts are read in order, as one
/// request. So nobody has to copy an image behind its header.
///
/// # Safety
/// `parts` is NULL or an array of `count` parts. The `data` of each is NULL or readable for its `len`
/// bytes. Nobody writes to any of it before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn thumbox_call_parts(
    handle: *mut c_void,
    message_id: u32,
    parts: *const ThumboxPart,
    count: usize,
) -> RbResponse {
    RbResponse::answer(guarded(|| {
        let instance = find(handle)?;
        // SAFETY: the caller has promised NULL or `count` parts, each with as many bytes as it says.
        let parts = unsafe { slices(parts, count) }?;
        instance.call(message_id, &parts)
    }))
}

/// Frees a reply of `plugin_call`, and empties the structure, so that a second call does nothing.
///
/// # Safety
/// `buffer` is NULL or a structure that `plugin_call` has filled and nobody has changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn plugin_free_buffer(buffer: *mut FfiBuffer) {
    if buffer.is_null() || !buffer.is_aligned() {
        return;
    }
    // SAFETY: neither NULL nor misaligned, and the caller has promised a structure of its own behind it.
    let buffer = unsafe { &mut *buffer };
    // SAFETY: the caller has promised the fields that `FfiBuffer::answer` or `clear` wrote.
    unsafe { free(buffer.data, buffer.capacity) };
    buffer.clear();
}

/// Frees a reply of `plugin_call_raw` or `thumbox_call_parts`, and empties the structure, so that a
/// second call does nothing.
///
/// # Safety
/// `response` is NULL or a structure that one of the two has filled and nobody has changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rb_response_free(response: *mut RbResponse) {
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

/// Ends a plugin: refuses new calls, waits up to `shutdown_timeout_ms` for those that run, waits for log
/// callbacks to return, and forgets the handle. `false` where there was nothing to end.
///
/// Calls that are still running then are answered as usual, without log messages. Do not call this while
/// you hold a lock that the log callback takes.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_shutdown(handle: *mut c_void) -> bool {
    guarded(|| {
        let ended = find(handle)?.shutdown();
        if ended {
            registry::remove(handle.addr());
        }
        Ok(ended)
    })
    .unwrap_or(false)
}

/// Sets the least severe level that the log callback gets: 0 trace, 1 debug, 2 info, 3 warn, 4 error;
/// anything above is off.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_set_log_level(handle: *mut c_void, level: u8) {
    let _nothing_to_set = guarded(|| {
        find(handle)?.set_log_level(level);
        Ok(())
    });
}

/// Where a plugin is in its life: 0 installed, 1 starting, 2 active, 3 stopping, 4 stopped, 5 failed;
/// 255 where the handle is none, or none any more.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_get_state(handle: *mut c_void) -> u8 {
    guarded(|| Ok(find(handle)?.state() as u8)).unwrap_or(u8::MAX)
}

/// How many calls were refused because `max_concurrent_ops` were running; 0 where the handle is none.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_get_rejected_count(handle: *mut c_void) -> u64 {
    guarded(|| Ok(find(handle)?.rejected())).unwrap_or(0)
}

/// A host's log callback, safe to call: `plugin_init`'s caller has promised that, and [`crate::log::Log`]
/// keeps it to the time that the promise covers.
#[derive(Clone, Copy)]
pub(crate) struct Callback(
    unsafe extern "C" fn(level: u8, target: *const c_char, message: *const u8, len: usize),
);

impl Callback {
    pub(crate) fn send(self, level: u8, message: &str) {
        // Some hosts read the message as a C string, so there is one NUL, and it is at the end.
        let mut text = message.replace('\0', "\\0");
        let len = text.len();
        text.push('\0');
        // SAFETY: callable by `plugin_init`'s contract; both texts live and end in a NUL until it returns.
        unsafe { (self.0)(level, c"thumbox".as_ptr(), text.as_ptr(), len) };
    }
}

fn find(handle: *mut c_void) -> Result<Arc<Instance>, Failure> {
    registry::find(handle.addr()).ok_or_else(|| {
        let message = "the handle is none of this library's, or its plugin was shut down";
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
