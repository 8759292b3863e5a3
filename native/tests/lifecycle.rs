//! States, the log callback, calls at once, and ends: everything that takes time or threads.
#![allow(unsafe_code, reason = "these tests are a C caller")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod support;

use std::ffi::{CStr, c_char};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use support::Plugin;
use thumbox::abi::*;
use thumbox_protocol::{MSG_ECHO, MSG_PANIC, MSG_THUMBNAIL_CREATE};

/// A callback needs its own statics, because C gives it nothing to hold on to: one set for each use.
macro_rules! recorder {
    ($callback:ident, $messages:ident) => {
        static $messages: Mutex<Vec<(u8, String)>> = Mutex::new(Vec::new());
        unsafe extern "C" fn $callback(
            level: u8,
            target: *const c_char,
            message: *const u8,
            len: usize,
        ) {
            // SAFETY: the library promises two texts, each with a NUL at its end.
            let target = unsafe { CStr::from_ptr(target) };
            // SAFETY: as above.
            let message = unsafe { CStr::from_ptr(message.cast()) };
            assert_eq!(target, c"thumbox");
            assert_eq!(message.count_bytes(), len, "a NUL behind the message, and none within");
            $messages.lock().unwrap().push((level, message.to_str().unwrap().to_owned()));
        }
    };
}

#[test]
fn a_handle_goes_through_the_states() {
    let created = Plugin(plugin_create().addr());
    assert_eq!((created.state(), created.raw(MSG_ECHO, b"a").code), (0, 1));
    let plugin = Plugin::start_created(created.handle(), "", None).unwrap();
    assert_eq!(plugin.state(), 2);
    assert_eq!(Plugin::start_created(created.handle(), "", None), None, "started once");
    assert_eq!((plugin.state(), plugin.raw(MSG_ECHO, b"a").code), (2, 0));
    assert!(plugin.shutdown());
    assert_eq!((plugin.state(), plugin.raw(MSG_ECHO, b"a").code), (255, 1));
    assert!(!plugin.shutdown());

    let unwanted = Plugin(plugin_create().addr());
    assert!(unwanted.shutdown());
    assert_eq!((unwanted.state(), Plugin::start_created(unwanted.handle(), "", None)), (255, None));
}

#[test]
fn no_configuration_is_the_default_one() {
    // SAFETY: NULL is allowed, whatever the length.
    let handle = unsafe { plugin_init(plugin_create(), std::ptr::null(), 7, None) };
    assert!(plugin_shutdown(handle));
}

#[test]
fn a_wrong_configuration_is_refused_and_the_log_says_why() {
    recorder!(callback, MESSAGES);
    let wrong = [
        "{",
        "[]",
        "\u{fffd}",
        r#"{"log_level": "loud"}"#,
        r#"{"data": {"max_pixel": 1}}"#,
        r#"{"data": []}"#,
        r#"{"log_level": "INFO"}"#,
        r#"{"log_level": 2}"#,
        r#"{"max_concurrent_ops": -1}"#,
        r#"{"max_concurrent_ops": "many"}"#,
        r#"{"shutdown_timeout_ms": 1.5}"#,
        r#"{"shutdown_timeout_ms": 18446744073709551616}"#,
        "{} {}",
    ];
    for config in wrong {
        let created = Plugin(plugin_create().addr());
        assert_eq!(
            Plugin::start_created(created.handle(), config, Some(callback)),
            None,
            "{config}"
        );
        assert_eq!(created.state(), 255, "it is gone");
    }
    let messages = MESSAGES.lock().unwrap();
    assert_eq!(messages.len(), wrong.len());
    assert!(messages.iter().all(|(level, text)| *level == 4 && text.contains("configuration")));
    assert!(messages[3].1.contains("loud") && messages[4].1.contains("max_pixel"), "{messages:?}");
}

#[test]
fn what_a_configuration_may_leave_out_and_how_far_its_numbers_go() {
    for config in [
        "null",
        "{}",
        r#"{"data": null, "init_params": {"any": "thing"}, "worker_threads": 4, "log_level": null,
            "max_concurrent_ops": null, "shutdown_timeout_ms": null, "the_hosts_own": []}"#,
        r#"{"max_concurrent_ops": 18446744073709551615, "shutdown_timeout_ms": 18446744073709551615}"#,
        r#"{"max_concurrent_ops": 0, "shutdown_timeout_ms": 0}"#,
    ] {
        let plugin = Plugin::start(config, None).unwrap_or_else(|| panic!("{config}"));
        assert_eq!((plugin.state(), plugin.raw(MSG_ECHO, b"a").code), (2, 0), "{config}");
        assert!(plugin.shutdown());
    }
}

#[test]
fn limits_beside_data_are_refused_and_other_keys_are_told() {
    recorder!(callback, MESSAGES);
    let messages = || std::mem::take(&mut *MESSAGES.lock().unwrap());
    for limit in ["formats", "max_pixels", "max_memory", "max_reply"] {
        let config = format!("{{\"{limit}\": 1, \"data\": {{}}}}");
        assert!(Plugin::start(&config, Some(callback)).is_none(), "{config}");
        let messages = messages();
        let [(4, text)] = messages.as_slice() else { panic!("{messages:?}") };
        assert!(text.contains(&format!("{limit} is outside data")), "{text}");
    }
    let config = r#"{"worker_threads": 4, "theirs": 5, "data": {"formats": ["png"]}}"#;
    let plugin = Plugin::start(config, Some(callback)).unwrap();
    let told = messages();
    assert!(told[0].0 == 3 && told[0].1.contains("\"theirs\""), "{told:?}");
    let jpeg = [&[1, 0, 0, 0, 4, 0, 0, 0][..], &[0xFF, 0xD8, 0xFF, 0xE0]].concat();
    assert_eq!(plugin.raw(101, &jpeg).code, 203);
    assert!(plugin.shutdown());
}

#[test]
fn the_log_has_levels() {
    recorder!(callback, MESSAGES);
    let levels = || std::mem::take(&mut *MESSAGES.lock().unwrap());
    let plugin = Plugin::start("", Some(callback)).unwrap();
    plugin.raw(MSG_ECHO, b"a");
    let messages = levels();
    assert_eq!(messages.len(), 1, "at info a call says nothing: {messages:?}");
    assert!(messages[0].0 == 2 && messages[0].1.contains("started"));

    plugin_set_log_level(plugin.handle(), 0);
    plugin.json("echo", "1");
    let messages = levels();
    assert_eq!(messages.iter().map(|(level, _)| *level).collect::<Vec<_>>(), [0, 1]);
    assert!(messages.iter().all(|(_, text)| text.contains("echo")), "{messages:?}");

    plugin_set_log_level(plugin.handle(), 1);
    plugin.raw(77, b"a");
    let messages = levels();
    assert!(messages.len() == 1 && messages[0].0 == 1 && messages[0].1.contains("error 6"));

    plugin_set_log_level(plugin.handle(), 4);
    plugin.raw(MSG_PANIC, b"a");
    let messages = levels();
    assert!(messages.len() == 1 && messages[0].0 == 4 && messages[0].1.contains("panic"));

    for off in [5, 6, 255] {
        plugin_set_log_level(plugin.handle(), off);
        plugin.raw(MSG_PANIC, b"a");
        assert_eq!(levels(), []);
    }

    plugin_set_log_level(plugin.handle(), 2);
    assert!(plugin.shutdown());
    let messages = levels();
    assert!(messages.len() == 1 && messages[0].0 == 2 && messages[0].1.contains("stopped"));
}

#[test]
fn a_message_has_no_nul_within() {
    recorder!(callback, MESSAGES);
    let plugin = Plugin::start(r#"{"log_level": "trace"}"#, Some(callback)).unwrap();
    plugin.json("tag \u{1} \u{7f} 猫", "\0");
    assert!(plugin.shutdown());
    assert!(MESSAGES.lock().unwrap().len() >= 4);
}

#[test]
fn two_instances_do_not_disturb_each_other() {
    recorder!(one, ONE);
    recorder!(other, OTHER);
    let first = Plugin::start(r#"{"log_level": "trace", "max_concurrent_ops": 1}"#, Some(one));
    let second = Plugin::start(r#"{"log_level": "error"}"#, Some(other));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.raw(MSG_ECHO, b"a").code, 0);
    assert!(first.shutdown());
    let told_one = ONE.lock().unwrap().len();
    assert_eq!((first.state(), second.state()), (255, 2));
    assert_eq!(second.raw(MSG_ECHO, b"a").code, 0);
    assert_eq!(second.json("echo", "1").code, 0);
    second.raw(MSG_PANIC, b"a");
    assert_eq!(OTHER.lock().unwrap().len(), 1, "its own level, and its log lives on");
    assert_eq!(ONE.lock().unwrap().len(), told_one, "nothing after the end");
    assert!(second.shutdown());
}

#[test]
fn limits_and_counts_are_each_instances_own() {
    static BEGUN: Barrier = Barrier::new(2);
    static MAY_END: Barrier = Barrier::new(2);
    unsafe extern "C" fn callback(level: u8, _: *const c_char, _: *const u8, _: usize) {
        if level == 0 {
            BEGUN.wait();
            MAY_END.wait();
        }
    }
    let narrow = r#"{"log_level": "trace", "max_concurrent_ops": 1, "data": {"max_reply": 10}}"#;
    let narrow = Plugin::start(narrow, Some(callback)).unwrap();
    let wide = Plugin::start("", None).unwrap();
    thread::scope(|scope| {
        let held = scope.spawn(|| narrow.raw(MSG_ECHO, b"a").code);
        BEGUN.wait();
        assert_eq!(narrow.raw(MSG_ECHO, b"a").code, 13);
        assert_eq!(wide.raw(MSG_ECHO, &[1; 11]).code, 0);
        MAY_END.wait();
        assert_eq!(held.join().unwrap(), 0);
    });
    plugin_set_log_level(narrow.handle(), 5);
    assert_eq!(narrow.raw(MSG_ECHO, &[1; 11]).code, 302);
    assert_eq!(plugin_get_rejected_count(narrow.handle()), 1);
    assert_eq!(plugin_get_rejected_count(wide.handle()), 0);
    assert!(narrow.shutdown() && wide.shutdown());
}

#[test]
fn a_call_that_outlasts_a_shutdown_is_answered() {
    static BEGUN: Barrier = Barrier::new(2);
    static STATES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    static HANDLE: AtomicUsize = AtomicUsize::new(0);
    recorder!(record, MESSAGES);
    unsafe extern "C" fn callback(
        level: u8,
        target: *const c_char,
        message: *const u8,
        len: usize,
    ) {
        match level {
            0 => drop(BEGUN.wait()),
            3 => STATES.lock().unwrap().push(Plugin(HANDLE.load(SeqCst)).state()),
            _ => {}
        }
        // SAFETY: what this one was promised.
        unsafe { record(level, target, message, len) };
    }
    // 1200 x 1200 pixels of noise as PNG: no machine makes that before a shutdown that does not wait.
    const SIDE: u32 = 1200;
    let mut image = b"BM".to_vec();
    for value in [54 + 3 * SIDE * SIDE, 0, 54, 40, SIDE, SIDE, 24 << 16 | 1, 0, 0, 0, 0, 0, 0] {
        image.extend(value.to_le_bytes());
    }
    let mut noise = 1_u32;
    image.extend((0..3 * SIDE * SIDE).map(|_| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_le_bytes()[3]
    }));
    let mut header = vec![1, 0, 0, 0];
    for value in [SIDE, SIDE, 1, 0, u32::try_from(image.len()).unwrap()] {
        header.extend(value.to_le_bytes());
    }
    let config = r#"{"log_level": "trace", "shutdown_timeout_ms": 0}"#;
    let plugin = Plugin::start(config, Some(callback)).unwrap();
    HANDLE.store(plugin.0, SeqCst);
    thread::scope(|scope| {
        let outlasts = scope.spawn(|| plugin.parts(MSG_THUMBNAIL_CREATE, &[&header, &image]));
        BEGUN.wait();
        assert!(plugin.shutdown());
        assert_eq!((plugin.state(), plugin.raw(MSG_ECHO, b"a").code), (255, 1));
        assert_eq!(*STATES.lock().unwrap(), [3], "it was stopping");
        let told = MESSAGES.lock().unwrap().clone();
        assert!(told.iter().any(|(level, text)| *level == 3 && text.contains(": 1;")), "{told:?}");
        let reply = outlasts.join().unwrap();
        assert_eq!(reply.code, 0, "{}", reply.text());
        assert_eq!(MESSAGES.lock().unwrap().len(), told.len(), "nothing after the end");
    });
}

#[test]
fn a_shutdown_waits_for_a_call_that_is_in_its_callback() {
    static BEGUN: Barrier = Barrier::new(2);
    static MAY_END: Barrier = Barrier::new(2);
    unsafe extern "C" fn callback(level: u8, _: *const c_char, _: *const u8, _: usize) {
        if level == 0 {
            BEGUN.wait();
            MAY_END.wait();
        }
    }
    let config = r#"{"log_level": "trace", "shutdown_timeout_ms": 3600000}"#;
    let plugin = Plugin::start(config, Some(callback)).unwrap();
    thread::scope(|scope| {
        let held = scope.spawn(|| plugin.raw(MSG_ECHO, b"a").code);
        BEGUN.wait();
        let ending = scope.spawn(|| plugin.shutdown());
        while plugin.state() == 2 {
            thread::yield_now();
        }
        thread::sleep(Duration::from_millis(20));
        let state = plugin.state();
        MAY_END.wait();
        assert_eq!(state, 3, "stopping, and not stopped");
        assert_eq!(held.join().unwrap(), 0);
        assert!(ending.join().unwrap());
    });
}

#[test]
fn calls_over_the_limit_are_refused_at_every_door() {
    static BEGUN: Barrier = Barrier::new(2);
    static MAY_END: Barrier = Barrier::new(2);
    unsafe extern "C" fn callback(level: u8, _: *const c_char, _: *const u8, _: usize) {
        if level == 0 {
            BEGUN.wait();
            MAY_END.wait();
        }
    }
    let config = r#"{"log_level": "trace", "max_concurrent_ops": 1}"#;
    let plugin = Plugin::start(config, Some(callback)).unwrap();
    let held: [fn(Plugin) -> u32; 3] = [
        |plugin| plugin.raw(MSG_ECHO, b"a").code,
        |plugin| plugin.parts(MSG_ECHO, &[b"a"]).code,
        |plugin| plugin.json("echo", "1").code,
    ];
    for (round, call) in (1..).zip(held) {
        thread::scope(|scope| {
            let running = scope.spawn(move || call(plugin));
            BEGUN.wait();
            assert_eq!(plugin.raw(MSG_ECHO, b"a").code, 13);
            assert_eq!(plugin.parts(MSG_ECHO, &[b"a"]).code, 13);
            assert_eq!(plugin.json("echo", "1").code, 13);
            assert_eq!(plugin_get_rejected_count(plugin.handle()), round * 3);
            MAY_END.wait();
            assert_eq!(running.join().unwrap(), 0);
        });
    }
    assert!(plugin.shutdown());
}

#[test]
fn a_callback_may_call_the_plugin() {
    static HANDLE: AtomicUsize = AtomicUsize::new(0);
    static WITHIN: AtomicBool = AtomicBool::new(false);
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C" fn callback(_: u8, _: *const c_char, _: *const u8, _: usize) {
        let plugin = Plugin(HANDLE.load(SeqCst));
        if plugin.0 != 0 && !WITHIN.swap(true, SeqCst) {
            plugin_set_log_level(plugin.handle(), 0);
            assert!(plugin.state() < 5);
            let code = plugin.raw(MSG_ECHO, b"a").code;
            assert!(code == 0 || code == 1, "{code}");
            let other = Plugin::start("", Some(callback)).unwrap();
            assert!(other.shutdown());
            CALLS.fetch_add(1, SeqCst);
            WITHIN.store(false, SeqCst);
        }
    }
    let created = plugin_create();
    HANDLE.store(created.addr(), SeqCst);
    let plugin =
        Plugin::start_created(created, r#"{"log_level": "trace"}"#, Some(callback)).unwrap();
    assert_eq!(plugin.raw(MSG_ECHO, b"a").code, 0);
    assert!(plugin.shutdown());
    assert_eq!(CALLS.load(SeqCst), 4, "started, begins, ends, stopped");
}

#[test]
fn a_callback_may_end_the_plugin_without_waiting_for_itself() {
    static HANDLE: AtomicUsize = AtomicUsize::new(0);
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C" fn callback(level: u8, _: *const c_char, _: *const u8, _: usize) {
        if level == 0 {
            ENDED.fetch_add(
                usize::from(plugin_shutdown(Plugin(HANDLE.load(SeqCst)).handle())),
                SeqCst,
            );
        }
    }
    let config = r#"{"log_level": "trace", "shutdown_timeout_ms": 3600000}"#;
    let plugin = Plugin::start(config, Some(callback)).unwrap();
    HANDLE.store(plugin.0, SeqCst);
    assert_eq!(plugin.raw(MSG_ECHO, b"a").code, 0, "the call itself is answered");
    assert_eq!((ENDED.load(SeqCst), plugin.state()), (1, 255));
}

#[test]
fn a_callback_that_ends_the_plugin_at_its_start_leaves_no_handle() {
    static HANDLE: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C" fn callback(_: u8, _: *const c_char, _: *const u8, _: usize) {
        plugin_shutdown(Plugin(HANDLE.load(SeqCst)).handle());
    }
    let created = plugin_create();
    HANDLE.store(created.addr(), SeqCst);
    assert!(Plugin::start_created(created, "", Some(callback)).is_none());
    assert_eq!(Plugin(created.addr()).state(), 255);
}

#[test]
fn no_callback_runs_after_shutdown_has_returned() {
    static OVER: AtomicBool = AtomicBool::new(false);
    static WITHIN: AtomicUsize = AtomicUsize::new(0);
    static LATE: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C" fn callback(_: u8, _: *const c_char, _: *const u8, _: usize) {
        WITHIN.fetch_add(1, SeqCst);
        thread::sleep(Duration::from_millis(1));
        LATE.fetch_add(usize::from(OVER.load(SeqCst)), SeqCst);
        WITHIN.fetch_sub(1, SeqCst);
    }
    let large = vec![1; 8 << 20];
    for _ in 0..20 {
        OVER.store(false, SeqCst);
        let config = r#"{"log_level": "trace", "shutdown_timeout_ms": 0}"#;
        let plugin = Plugin::start(config, Some(callback)).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| while plugin.raw(MSG_ECHO, &large).code == 0 {});
            }
            thread::sleep(Duration::from_millis(5));
            assert!(plugin.shutdown());
            OVER.store(true, SeqCst);
            assert_eq!(WITHIN.load(SeqCst), 0);
        });
    }
    assert_eq!(LATE.load(SeqCst), 0);
}

#[test]
fn many_threads_and_instances_at_once() {
    recorder!(callback, MESSAGES);
    let shared = Plugin::start(r#"{"max_concurrent_ops": 3}"#, Some(callback)).unwrap();
    let refused = AtomicUsize::new(0);
    thread::scope(|scope| {
        for worker in 0..8_u8 {
            let refused = &refused;
            scope.spawn(move || {
                for round in 0..200_u8 {
                    let own = Plugin::start(r#"{"log_level": "warn"}"#, Some(callback)).unwrap();
                    let request = [worker, round];
                    assert_eq!(own.raw(MSG_ECHO, &request).bytes, request);
                    for plugin in [shared, own] {
                        let reply = plugin.parts(MSG_ECHO, &[&request[..1], &request[1..]]);
                        match reply.code {
                            0 => assert_eq!(reply.bytes, request),
                            code => {
                                assert_eq!((code, plugin), (13, shared));
                                refused.fetch_add(1, SeqCst);
                            }
                        }
                    }
                    assert!(own.shutdown());
                }
            });
        }
    });
    let counted = plugin_get_rejected_count(shared.handle());
    assert_eq!(counted, refused.load(SeqCst) as u64);
    assert!(shared.shutdown());
    assert_eq!(MESSAGES.lock().unwrap().len(), 2);
}
