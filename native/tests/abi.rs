//! Arguments and replies: what goes through the C ABI, and what it answers to what should not.
#![allow(unsafe_code, reason = "these tests are a C caller")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod support;

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use support::{Plugin, Reply, take, take_json};
use thumbox::abi::*;
use thumbox::{FfiBuffer, RbResponse, ThumboxPart};
use thumbox_protocol::{MSG_ECHO, MSG_PANIC};

fn plugin() -> Plugin {
    Plugin::start("{\"log_level\": \"off\"}", None).unwrap()
}

/// An address that no memory has, and that is aligned for everything.
fn nowhere<T>() -> *const T {
    ptr::without_provenance(1 << 12)
}

#[test]
fn all_three_doors_answer() {
    let plugin = plugin();
    let hello = Reply { code: 0, bytes: b"hello".to_vec() };
    assert_eq!(plugin.raw(MSG_ECHO, b"hello"), hello);
    assert_eq!(plugin.parts(MSG_ECHO, &[b"he", b"", b"llo"]), hello);
    assert_eq!(
        plugin.json("echo", "{\"a\": [1.50]}").text(),
        r#"{"status":"success","payload":{"a": [1.50]}}"#
    );
    assert!(plugin.shutdown());
}

#[test]
fn thumbnails_come_in_json_too() {
    // GIF89a: one white pixel (section 17 and on of its specification).
    let image =
        b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let base64 = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=";
    let plugin = plugin();
    let mut header = vec![1, 0, 0, 0];
    for value in [5, 5, 1, 0, u32::try_from(image.len()).unwrap()] {
        header.extend(value.to_le_bytes());
    }
    let raw = plugin.parts(thumbox_protocol::MSG_THUMBNAIL_CREATE, &[&header, image]);
    assert_eq!(raw.code, 0, "{}", raw.text());
    let request = format!(r#"{{"image": "{base64}", "width": 5, "height": 5, "format": "png"}}"#);
    let made = plugin.json("thumbnail.create", &request).payload();
    assert_eq!((&made["width"], &made["height"]), (&1.into(), &1.into()));
    // Its first bytes, in base64, are those of every PNG.
    let data = made["data"].as_str().unwrap();
    assert!(data.starts_with("iVBORw0KGgo"), "{data}");
    assert_eq!(data.len(), (raw.bytes.len() - 20).div_ceil(3) * 4);
    let probed = plugin.json("image.probe", &format!(r#"{{"image": "{base64}"}}"#)).payload();
    assert_eq!((&probed["format"], &probed["width"]), (&"gif".into(), &1.into()));
    let info = plugin.json("plugin.info", "").payload();
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    let reply = plugin.json("thumbnail.create", &request.replace("width", "witdh"));
    assert_eq!(reply.code, 101);
    assert!(reply.text().contains("witdh"), "{}", reply.text());
    assert!(plugin.shutdown());
}

#[test]
fn large_replies_arrive_whole() {
    let plugin = plugin();
    let large: Vec<u8> = (0..10_000_019_u32).map(|index| index.to_le_bytes()[1]).collect();
    assert!(plugin.raw(MSG_ECHO, &large).bytes == large);
    let (head, tail) = large.split_at(20);
    assert!(plugin.parts(MSG_ECHO, &[head, tail]).bytes == large);
    assert!(plugin.shutdown());
}

#[test]
fn errors_have_a_number_and_a_message() {
    let plugin = plugin();
    for reply in [plugin.raw(77, b"a"), plugin.parts(77, &[b"a"])] {
        assert_eq!(reply.code, 6);
        assert!(reply.text().contains("77"), "{}", reply.text());
    }
    let reply = plugin.json("no \"such\" tag", "{}");
    assert_eq!(reply.code, 6);
    let start = r#"{"status":"error","error_code":6,"error_message":""#;
    assert!(reply.text().starts_with(start), "{}", reply.text());
    assert_eq!(plugin.json("echo", "{").code, 5);
    assert_eq!(plugin.raw(MSG_ECHO, b"").code, 100);
    assert_eq!(plugin.parts(MSG_ECHO, &[]).code, 100);
    assert!(plugin.shutdown());
}

#[test]
fn a_limit_of_the_configuration_reaches_the_calls() {
    let plugin = Plugin::start(r#"{"data": {"max_reply": 10}}"#, None).unwrap();
    assert_eq!(plugin.raw(MSG_ECHO, &[1; 10]).code, 0);
    assert_eq!(plugin.raw(MSG_ECHO, &[1; 11]).code, 302);
    assert!(plugin.shutdown());
}

#[test]
fn a_panic_is_code_11_with_its_words_and_the_next_call_works() {
    let plugin = plugin();
    for reply in [plugin.raw(MSG_PANIC, b"a"), plugin.parts(MSG_PANIC, &[])] {
        assert_eq!(reply.code, 11);
        assert!(reply.text().contains("a panic that a test asked for"), "{}", reply.text());
    }
    assert_eq!((plugin.state(), plugin.raw(MSG_ECHO, b"a").code), (2, 0));
    assert!(plugin.shutdown());
}

#[test]
fn what_is_no_handle_is_answered() {
    let living = plugin();
    let stale = plugin();
    assert!(stale.shutdown());
    let local = 0_u64;
    for handle in [0, 1, 8, usize::MAX, nowhere::<u8>().addr(), (&raw const local).addr(), stale.0]
    {
        let no_plugin = Plugin(handle);
        assert_eq!(no_plugin.raw(MSG_ECHO, b"a").code, 1);
        assert_eq!(no_plugin.parts(MSG_ECHO, &[b"a"]).code, 1);
        assert_eq!(no_plugin.json("echo", "1").code, 1);
        assert_eq!(no_plugin.state(), 255);
        assert_eq!(plugin_get_rejected_count(no_plugin.handle()), 0);
        plugin_set_log_level(no_plugin.handle(), 0);
        assert!(!no_plugin.shutdown());
        assert_eq!(Plugin::start_created(no_plugin.handle(), "", None), None);
    }
    assert_eq!(living.raw(MSG_ECHO, b"a").code, 0);
    assert!(living.shutdown());
}

#[test]
fn a_stale_handle_never_means_a_newer_plugin() {
    let stale = plugin();
    assert!(stale.shutdown());
    for _ in 0..10_000 {
        let newer = plugin();
        assert_ne!(newer, stale);
        assert!(newer.shutdown());
    }
    assert_eq!(stale.state(), 255);
}

#[test]
fn null_requests_and_impossible_lengths_are_code_4() {
    let plugin = plugin();
    let raw = |data: *const c_void, len| {
        // SAFETY: NULL, or a length that is refused before anything is read.
        take(unsafe { plugin_call_raw(plugin.handle(), MSG_ECHO, data, len) })
    };
    let reply = raw(ptr::null(), 5);
    assert_eq!(reply.code, 4);
    assert!(reply.text().contains("NULL") && reply.text().contains('5'), "{}", reply.text());
    assert_eq!(raw(nowhere(), usize::MAX).code, 4);
    assert_eq!(raw(nowhere(), isize::MAX.unsigned_abs() + 1).code, 4);
    assert_eq!(raw(ptr::null(), 0).code, 100);

    let json = |tag: *const c_char, data: *const u8, len| {
        // SAFETY: a C string or NULL; NULL, or a length that is refused before anything is read.
        take_json(unsafe { plugin_call(plugin.handle(), tag, data, len) }).code
    };
    assert_eq!(json(ptr::null(), b"1".as_ptr(), 1), 4);
    assert_eq!(json(c"\xff".as_ptr(), b"1".as_ptr(), 1), 4);
    assert_eq!(json(c"echo".as_ptr(), ptr::null(), 1), 4);
    assert_eq!(json(c"echo".as_ptr(), nowhere(), usize::MAX), 4);
    assert_eq!(json(c"echo".as_ptr(), b"\xff".as_ptr(), 1), 5);
    assert_eq!(json(c"plugin.info".as_ptr(), ptr::null(), 0), 0);
    assert!(plugin.shutdown());
}

#[test]
fn impossible_parts_are_code_4() {
    let plugin = plugin();
    let call = |parts: *const ThumboxPart, count| {
        // SAFETY: NULL, misaligned, or a count or a length that is refused before anything is read.
        take(unsafe { thumbox_call_parts(plugin.handle(), MSG_ECHO, parts, count) })
    };
    let part = |data: *const u8, len| ThumboxPart { data: data.cast(), len };
    let refused = |parts: &[ThumboxPart], named: &str| {
        let reply = call(parts.as_ptr(), parts.len());
        assert_eq!(reply.code, 4, "{}", reply.text());
        assert!(reply.text().contains(named), "{}", reply.text());
    };
    assert_eq!(call(ptr::null(), 1).code, 4);
    assert_eq!(call(ptr::without_provenance(4097), 1).code, 4);
    assert_eq!(call(nowhere(), usize::MAX).code, 4);
    let most = isize::MAX.unsigned_abs() / size_of::<ThumboxPart>();
    assert_eq!(call(nowhere(), most + 1).code, 4);
    assert_eq!(call(ptr::null(), 0).code, 100);
    refused(&[part(b"a".as_ptr(), 1), part(ptr::null(), 1)], "part 1");
    refused(&[part(nowhere(), usize::MAX), part(b"a".as_ptr(), 1)], "add up");
    refused(&[part(nowhere(), isize::MAX.unsigned_abs()), part(nowhere(), 1)], "add up");

    let parts = [part(ptr::null(), 0), part(b"ab".as_ptr(), 2), part(nowhere(), 0)];
    assert_eq!(call(parts.as_ptr(), 3), Reply { code: 0, bytes: b"ab".to_vec() });
    assert!(plugin.shutdown());
}

#[test]
fn freeing_nothing_does_nothing() {
    let mut buffer = MaybeUninit::<[FfiBuffer; 2]>::zeroed();
    let buffer = buffer.as_mut_ptr().cast::<FfiBuffer>();
    for buffer in [ptr::null_mut(), buffer.wrapping_byte_add(1), buffer, buffer] {
        // SAFETY: NULL and misaligned pointers are not followed; all zeros is an empty structure.
        unsafe { plugin_free_buffer(buffer) };
    }
    let mut response = MaybeUninit::<[RbResponse; 2]>::zeroed();
    let response = response.as_mut_ptr().cast::<RbResponse>();
    for response in [ptr::null_mut(), response.wrapping_byte_add(1), response, response] {
        // SAFETY: as above.
        unsafe { rb_response_free(response) };
    }
}

/// What a Java, C# or Rust host of rustbridge does itself instead of calling the plugin.
#[test]
fn a_host_may_free_a_reply_as_a_vec() {
    let plugin = plugin();
    for id in [MSG_ECHO, 77] {
        // SAFETY: the request is a living slice.
        let response = unsafe { plugin_call_raw(plugin.handle(), id, b"abc".as_ptr().cast(), 3) };
        let (len, capacity) = (response.len as usize, response.capacity as usize);
        // SAFETY: every reply is the memory of a `Vec<u8>` of that capacity, with `len` bytes or more.
        drop(unsafe { Vec::from_raw_parts(response.data.cast::<u8>(), len, capacity) });
    }
    assert!(plugin.shutdown());
}

#[test]
fn the_structures_have_rustbridges_layout() {
    use std::mem::offset_of;
    assert_eq!((size_of::<FfiBuffer>(), size_of::<RbResponse>()), (32, 24));
    assert_eq!((offset_of!(FfiBuffer, len), offset_of!(FfiBuffer, capacity)), (8, 16));
    assert_eq!((offset_of!(FfiBuffer, data), offset_of!(FfiBuffer, error_code)), (0, 24));
    assert_eq!((offset_of!(RbResponse, error_code), offset_of!(RbResponse, len)), (0, 4));
    assert_eq!((offset_of!(RbResponse, capacity), offset_of!(RbResponse, data)), (8, 16));
}
