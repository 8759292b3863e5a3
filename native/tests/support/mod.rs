//! The C ABI as a test likes it: every reply is checked for what all replies promise, and freed.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part of it")]

use std::ffi::{CString, c_void};
use std::{ptr, slice};

use thumbox::abi::*;
use thumbox::{FfiBuffer, LogCallback, RbResponse, ThumboxPart};

/// A handle; an address, so that threads can share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plugin(pub usize);

#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub code: u32,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> &str {
        str::from_utf8(&self.bytes).unwrap()
    }

    /// What a JSON reply's envelope carries.
    pub fn payload(&self) -> serde_json::Value {
        assert_eq!(self.code, 0, "{}", self.text());
        serde_json::from_slice::<serde_json::Value>(&self.bytes).unwrap()["payload"].take()
    }
}

impl Plugin {
    /// `None` where `plugin_init` returns NULL.
    pub fn start(config: &str, callback: LogCallback) -> Option<Self> {
        Self::start_created(plugin_create(), config, callback)
    }

    pub fn start_created(plugin: *mut c_void, config: &str, callback: LogCallback) -> Option<Self> {
        // SAFETY: the configuration is a living string; the callbacks of these tests are static.
        let handle = unsafe { plugin_init(plugin, config.as_ptr(), config.len(), callback) };
        (!handle.is_null()).then(|| Self(handle.addr()))
    }

    pub fn handle(self) -> *mut c_void {
        ptr::without_provenance_mut(self.0)
    }

    pub fn raw(self, message_id: u32, request: &[u8]) -> Reply {
        // SAFETY: the request is a living slice.
        let response = unsafe {
            plugin_call_raw(self.handle(), message_id, request.as_ptr().cast(), request.len())
        };
        take(response)
    }

    pub fn parts(self, message_id: u32, parts: &[&[u8]]) -> Reply {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| ThumboxPart { data: part.as_ptr().cast(), len: part.len() })
            .collect();
        // SAFETY: the parts are living slices, in a living array.
        let response =
            unsafe { thumbox_call_parts(self.handle(), message_id, parts.as_ptr(), parts.len()) };
        take(response)
    }

    pub fn json(self, tag: &str, request: &str) -> Reply {
        let tag = CString::new(tag).unwrap();
        // SAFETY: the tag is a living C string and the request a living string.
        let buffer =
            unsafe { plugin_call(self.handle(), tag.as_ptr(), request.as_ptr(), request.len()) };
        take_json(buffer)
    }

    pub fn state(self) -> u8 {
        plugin_get_state(self.handle())
    }

    pub fn shutdown(self) -> bool {
        plugin_shutdown(self.handle())
    }
}

/// Checks what every binary reply promises, copies it, and frees it twice.
pub fn take(mut response: RbResponse) -> Reply {
    let len = usize::try_from(response.len).unwrap();
    assert!(!response.data.is_null() && len > 0, "{response:?}");
    let behind = u32::from(response.error_code != 0);
    assert_eq!(response.capacity, response.len + behind, "{response:?}");
    // SAFETY: the reply has `capacity` bytes until it is freed.
    let all = unsafe { slice::from_raw_parts(response.data.cast::<u8>(), len + behind as usize) };
    let bytes = all[..len].to_vec();
    if response.error_code != 0 {
        assert_eq!(all[len], 0, "a NUL behind the message");
        assert!(!str::from_utf8(&bytes).unwrap().contains('\0'));
    }
    let code = response.error_code;
    for _ in 0..2 {
        // SAFETY: filled by the library; the second time it is as the first has left it.
        unsafe { rb_response_free(&raw mut response) };
        assert!(response.data.is_null() && response.len == 0 && response.capacity == 0);
    }
    Reply { code, bytes }
}

/// As [`take`], for a JSON reply: it is an envelope that agrees with the structure.
pub fn take_json(mut buffer: FfiBuffer) -> Reply {
    assert!(!buffer.data.is_null() && buffer.capacity == buffer.len, "{buffer:?}");
    // SAFETY: the reply has `len` bytes until it is freed.
    let bytes = unsafe { slice::from_raw_parts(buffer.data, buffer.len) }.to_vec();
    let envelope: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    if buffer.error_code == 0 {
        assert!(envelope["status"] == "success" && envelope.get("payload").is_some(), "{envelope}");
    } else {
        assert!(envelope["status"] == "error" && envelope["error_message"].is_string());
        assert_eq!(envelope["error_code"], buffer.error_code);
    }
    let code = buffer.error_code;
    for _ in 0..2 {
        // SAFETY: filled by the library; the second time it is as the first has left it.
        unsafe { plugin_free_buffer(&raw mut buffer) };
        assert!(buffer.data.is_null() && buffer.len == 0 && buffer.capacity == 0);
    }
    Reply { code, bytes }
}
