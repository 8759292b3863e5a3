//! The sandbox's own limits, through the configuration that the C ABI carries.
#![allow(unsafe_code, reason = "these tests are a C caller")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

extern crate thumbox_sandbox as thumbox;

#[path = "../../../../native/tests/support/mod.rs"]
mod support;

use std::ffi::{CStr, c_char};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use support::{Plugin, Reply};
use thumbox::abi::*;
use thumbox_protocol::{MSG_ECHO, MSG_THUMBNAIL_CREATE};

fn start(config: &str) -> Plugin {
    Plugin::start(config, None).unwrap()
}

/// Asks for a noisy picture in its full size: as PNG it takes most of a second, or more.
fn long(plugin: Plugin, format: u32) -> Reply {
    const SIDE: u32 = 2400;
    static IMAGE: OnceLock<Vec<u8>> = OnceLock::new();
    let image = IMAGE.get_or_init(|| {
        let size = 54 + 3 * SIDE * SIDE;
        let mut image = b"BM".to_vec();
        for value in [size, 0, 54, 40, SIDE, SIDE, 24 << 16 | 1, 0, 0, 0, 0, 0, 0] {
            image.extend(value.to_le_bytes());
        }
        let mut noise = 1_u32;
        image.extend((0..3 * SIDE * SIDE).map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_le_bytes()[3]
        }));
        image
    });
    let mut header = vec![1, 0, 0, 0];
    for value in [SIDE, SIDE, format, 80, u32::try_from(image.len()).unwrap()] {
        header.extend(value.to_le_bytes());
    }
    plugin.parts(MSG_THUMBNAIL_CREATE, &[&header, image])
}

#[test]
fn a_deadline_is_kept_and_the_next_call_works() {
    for isolation in ["call", "pool"] {
        let config = format!(r#"{{"data": {{"timeout": 0.1, "isolation": "{isolation}"}}}}"#);
        let plugin = start(&config);
        for _ in 0..2 {
            let begin = Instant::now();
            // Lossy WebP: no machine makes it in that time.
            let reply = long(plugin, 2);
            assert_eq!(reply.code, 10, "{}", reply.text());
            assert!(reply.text().contains("timeout of 0.1 s"), "{}", reply.text());
            // The request itself takes some time to copy, too.
            assert!(begin.elapsed() < Duration::from_secs(3));
            assert_eq!(plugin.raw(MSG_ECHO, b"a").bytes, b"a");
        }
        assert!(plugin.shutdown());
    }
}

#[test]
fn memory_has_a_limit() {
    let plugin = start(r#"{"data": {"memory_limit": 9437184}}"#);
    assert_eq!(plugin.raw(MSG_ECHO, &[1; 1 << 20]).bytes.len(), 1 << 20);
    let reply = plugin.raw(MSG_ECHO, &vec![1; 9 << 20]);
    assert_eq!(reply.code, 301, "{}", reply.text());
    assert!(reply.text().contains("memory_limit is 9437184 bytes"), "{}", reply.text());
    let reply = plugin.raw(MSG_ECHO, &vec![1; (9 << 20) + 1]);
    assert_eq!(reply.code, 301, "{}", reply.text());
    assert_eq!(plugin.raw(MSG_ECHO, b"a").bytes, b"a");
    assert!(plugin.shutdown());
}

#[test]
fn requests_have_a_limit() {
    let plugin = start(r#"{"data": {"max_request": 10}}"#);
    assert_eq!(plugin.raw(MSG_ECHO, &[1; 10]).code, 0);
    let reply = plugin.parts(MSG_ECHO, &[&[1; 10], &[1]]);
    assert_eq!(reply.code, 100);
    assert!(reply.text().contains("11 bytes; max_request allows 10"), "{}", reply.text());
    assert!(plugin.shutdown());
}

#[test]
fn calls_over_max_concurrent_wait_and_not_for_ever() {
    let plugin = start(r#"{"data": {"max_concurrent": 1, "max_wait": 0, "timeout": 0.5}}"#);
    thread::scope(|scope| {
        let busy = scope.spawn(|| {
            // It may be refused itself, while the other thread is in.
            loop {
                let code = long(plugin, 1).code;
                if code != 13 {
                    break code;
                }
            }
        });
        let refused = loop {
            assert!(!busy.is_finished(), "nothing was refused while it ran");
            thread::sleep(Duration::from_millis(1));
            let reply = plugin.raw(MSG_ECHO, b"a");
            if reply.code != 0 {
                break reply;
            }
        };
        assert_eq!(refused.code, 13);
        assert!(refused.text().contains("max_concurrent = 1)"), "{}", refused.text());
        assert!(plugin_get_rejected_count(plugin.handle()) > 0);
        assert!(matches!(busy.join().unwrap(), 0 | 10));
    });
    assert_eq!(plugin.raw(MSG_ECHO, b"a").code, 0);
    assert!(plugin.shutdown());

    let patient = start(r#"{"data": {"max_concurrent": 2}}"#);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!(patient.raw(MSG_ECHO, b"a").code, 0)));
        }
    });
    assert_eq!(plugin_get_rejected_count(patient.handle()), 0);
    assert!(patient.shutdown());
}

#[test]
fn a_limit_that_would_not_hold_is_refused_and_the_log_says_why() {
    static SAID: Mutex<String> = Mutex::new(String::new());
    unsafe extern "C" fn callback(_: u8, _: *const c_char, message: *const u8, _: usize) {
        // SAFETY: the library promises a text with a NUL at its end.
        let message = unsafe { CStr::from_ptr(message.cast()) };
        *SAID.lock().unwrap() = message.to_str().unwrap().to_owned();
    }
    for (data, words) in [
        (r#"{"memory_limt": 1}"#, "memory_limt"),
        (r#"{"memory_limit": 1}"#, "memory_limit is 1; 65536 to 4294967296 is allowed"),
        (r#"{"memory_limit": 65536}"#, "exceeds the limit of 0x10000 bytes"),
        (r#"{"max_concurrent": 0}"#, "max_concurrent is 0"),
        (r#"{"max_concurrent": 1000000}"#, "max_concurrent is 1000000"),
        (r#"{"timeout": "long"}"#, "long"),
        (r#"{"isolation": "never"}"#, "never"),
    ] {
        let config = format!(r#"{{"data": {data}}}"#);
        assert_eq!(Plugin::start(&config, Some(callback)), None, "{config}");
        let said = SAID.lock().unwrap().clone();
        assert!(said.contains("cannot start") && said.contains(words), "{config}: {said}");
    }
}
