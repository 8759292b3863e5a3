//! The C ABI of a native plugin, from the caller's side. All of this variant's `unsafe` is here.
#![allow(
    unsafe_code,
    reason = "a library's functions are pointers, and so is what they take and give"
)]

use std::cell::RefCell;
use std::ffi::{CString, OsStr, c_char, c_void};
use std::sync::Arc;
use std::{ptr, slice};

use libloading::Library;
use thumbox_protocol::Code;

use crate::error::{Error, Result};

type LogCallback = unsafe extern "C" fn(u8, *const c_char, *const u8, usize);

#[repr(C)]
struct FfiBuffer {
    data: *mut u8,
    len: usize,
    capacity: usize,
    error_code: u32,
}

#[repr(C)]
struct RbResponse {
    error_code: u32,
    len: u32,
    capacity: u32,
    data: *mut c_void,
}

#[repr(C)]
struct Part {
    data: *const c_void,
    len: usize,
}

/// The functions of a library, which lives as long as they do.
struct Symbols {
    create: unsafe extern "C" fn() -> *mut c_void,
    init: unsafe extern "C" fn(*mut c_void, *const u8, usize, Option<LogCallback>) -> *mut c_void,
    call: unsafe extern "C" fn(*mut c_void, *const c_char, *const u8, usize) -> FfiBuffer,
    call_parts: unsafe extern "C" fn(*mut c_void, u32, *const Part, usize) -> RbResponse,
    free_buffer: unsafe extern "C" fn(*mut FfiBuffer),
    free_response: unsafe extern "C" fn(*mut RbResponse),
    shutdown: unsafe extern "C" fn(*mut c_void) -> bool,
    _library: Library,
}

/// A plugin that was started. It is ended with the last reply that is its own buffer.
pub(crate) struct Instance {
    symbols: Symbols,
    /// An address that only the library's own functions look at.
    handle: usize,
}

impl Instance {
    /// Loads the library and starts a plugin of it.
    ///
    /// # Safety
    /// The file is a library that has the C ABI of `thumbox.h`; loading it runs its code.
    pub(crate) unsafe fn start(file: &OsStr, config: &str) -> Result<Self> {
        // SAFETY: this function's own contract.
        let symbols = unsafe { Symbols::load(file) }.map_err(|error| {
            Error::new(Code::InitFailed, format!("the native plugin cannot be loaded: {error}"))
        })?;
        LAST_MESSAGE.take();
        // SAFETY: the signature is that of `plugin_create`.
        let plugin = unsafe { (symbols.create)() };
        // SAFETY: the configuration is a living text, and the callback a function that needs nothing.
        let handle = unsafe { (symbols.init)(plugin, config.as_ptr(), config.len(), Some(on_log)) };
        if handle.is_null() {
            let said = LAST_MESSAGE.take();
            let message =
                if said.is_empty() { "the native plugin cannot be initialised" } else { &said };
            return Err(Error::new(Code::InitFailed, message));
        }
        Ok(Self { symbols, handle: handle.addr() })
    }

    pub(crate) fn call(self: &Arc<Self>, message_id: u32, parts: &[&[u8]]) -> Result<Response> {
        let parts: Vec<_> =
            parts.iter().map(|part| Part { data: part.as_ptr().cast(), len: part.len() }).collect();
        // SAFETY: the parts are living slices, in a living array; the library takes any handle.
        let response = unsafe {
            (self.symbols.call_parts)(self.handle(), message_id, parts.as_ptr(), parts.len())
        };
        let response = Response { response, instance: Arc::clone(self) };
        match response.response.error_code {
            0 => Ok(response),
            code => Err(Error::said(code, String::from_utf8_lossy(response.bytes()))),
        }
    }

    /// The reply's envelope, in JSON.
    pub(crate) fn call_json(&self, tag: &str, request: &str) -> Result<Vec<u8>> {
        let tag = CString::new(tag).map_err(|_| {
            Error::new(Code::Config, format!("the tag is {tag:?}; a text without NUL is allowed"))
        })?;
        // SAFETY: the tag is a living C string and the request a living text.
        let mut buffer = unsafe {
            (self.symbols.call)(self.handle(), tag.as_ptr(), request.as_ptr(), request.len())
        };
        let reply = if buffer.data.is_null() {
            Vec::new()
        } else {
            // SAFETY: a reply has `len` bytes until it is freed.
            unsafe { slice::from_raw_parts(buffer.data, buffer.len) }.to_vec()
        };
        // SAFETY: filled by the library, and freed this once.
        unsafe { (self.symbols.free_buffer)(&raw mut buffer) };
        Ok(reply)
    }

    fn handle(&self) -> *mut c_void {
        ptr::with_exposed_provenance_mut(self.handle)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the signature is that of `plugin_shutdown`, which takes any handle.
        unsafe { (self.symbols.shutdown)(self.handle()) };
    }
}

impl Symbols {
    /// # Safety
    /// As [`Instance::start`].
    unsafe fn load(file: &OsStr) -> std::result::Result<Self, libloading::Error> {
        // SAFETY: the caller has promised a library whose code may run.
        let library = unsafe { Library::new(file) }?;
        Ok(Self {
            // SAFETY: here and below, the caller has promised that the symbols have the types of `thumbox.h`.
            create: *unsafe { library.get(b"plugin_create\0") }?,
            // SAFETY: as above.
            init: *unsafe { library.get(b"plugin_init\0") }?,
            // SAFETY: as above.
            call: *unsafe { library.get(b"plugin_call\0") }?,
            // SAFETY: as above.
            call_parts: *unsafe { library.get(b"thumbox_call_parts\0") }?,
            // SAFETY: as above.
            free_buffer: *unsafe { library.get(b"plugin_free_buffer\0") }?,
            // SAFETY: as above.
            free_response: *unsafe { library.get(b"rb_response_free\0") }?,
            // SAFETY: as above.
            shutdown: *unsafe { library.get(b"plugin_shutdown\0") }?,
            _library: library,
        })
    }
}

/// A reply where the plugin has put it; freed when it is dropped.
pub(crate) struct Response {
    response: RbResponse,
    instance: Arc<Instance>,
}

// SAFETY: the buffer is nobody else's and is only read; it may be freed by any thread.
unsafe impl Send for Response {}
// SAFETY: as above.
unsafe impl Sync for Response {}

impl Response {
    pub(crate) fn bytes(&self) -> &[u8] {
        if self.response.data.is_null() {
            return &[];
        }
        let len = usize::try_from(self.response.len).unwrap_or_default();
        // SAFETY: a reply has `len` bytes until it is freed, which `drop` does.
        unsafe { slice::from_raw_parts(self.response.data.cast(), len) }
    }
}

impl Drop for Response {
    fn drop(&mut self) {
        // SAFETY: filled by the library, which the instance keeps loaded, and freed this once.
        unsafe { (self.instance.symbols.free_response)(&raw mut self.response) };
    }
}

thread_local! {
    /// What the plugin has said on this thread: `plugin_init` tells its log why it returns NULL.
    static LAST_MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

unsafe extern "C" fn on_log(_: u8, _: *const c_char, message: *const u8, len: usize) {
    // SAFETY: the library promises `len` bytes for as long as this runs.
    let message = unsafe { slice::from_raw_parts(message, len) };
    let message = String::from_utf8_lossy(message).into_owned();
    // A thread that is ending has no place for it any more, and nobody who would ask.
    let _ = LAST_MESSAGE.try_with(|last| last.replace(message));
}
