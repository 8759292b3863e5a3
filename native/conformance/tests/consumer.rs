//! The crate `rustbridge-consumer`, unmodified, loads the native library and the one with the sandbox inside.
//!
//! `THUMBOX_TESTING_ARTIFACTS` names the folder that `cargo xtask build --testing --sandbox` fills; without it that is
//! `target/artifacts-testing`.

#[path = "../../../testdata/golden.rs"]
mod golden_set;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{env, thread};

use rustbridge_consumer::{
    ConsumerError, LifecycleState, LogCallbackFn, LogLevel, NativePlugin, NativePluginLoader,
    PluginConfig, PluginError,
};
use serde_json::{Value, json};

/// The peer has one log callback for the whole process, so the tests take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn library(name: &str) -> PathBuf {
    let folder = env::var_os("THUMBOX_TESTING_ARTIFACTS")
        .map_or_else(|| root().join("target/artifacts-testing"), PathBuf::from);
    let file = folder.join(format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX));
    assert!(
        file.is_file(),
        "`cargo xtask build --testing --sandbox` has not made {}",
        file.display()
    );
    file
}

/// Each library that has the ABI.
fn libraries() -> [PathBuf; 2] {
    [library("thumbox"), library("thumbox_sandbox")]
}

fn load(library: &Path, config: &PluginConfig, log: Option<LogCallbackFn>) -> NativePlugin {
    NativePluginLoader::load_with_config(library, config, log).unwrap()
}

fn config(more: Value) -> PluginConfig {
    PluginConfig::from_json(more.to_string().as_bytes()).unwrap()
}

/// The peer's own error for a code, with the words that came.
fn refused<T: std::fmt::Debug>(answer: Result<T, ConsumerError>) -> (u32, String) {
    match answer.unwrap_err() {
        ConsumerError::CallFailed(error) => (error.error_code(), error.to_string()),
        other => panic!("{other}"),
    }
}

#[test]
fn the_golden_set_by_call_raw() {
    let _turn = turn();
    let cases = golden_set::cases(&root());
    for library in libraries() {
        let plugin = NativePluginLoader::load(&library).unwrap();
        assert!(plugin.has_binary_transport());
        // The sandbox library has further components, which read what the base answers with 204.
        let of_all = cases.iter().filter(|case| case.code != 204);
        for golden_set::Case { name, message_id, code, request, answer } in of_all {
            match plugin.call_raw(*message_id, request) {
                Ok(reply) => assert!(*code == 0 && reply == *answer, "{name}"),
                Err(ConsumerError::CallFailed(error)) => {
                    let words = str::from_utf8(answer).unwrap();
                    // Of codes that it does not know the peer keeps the words alone.
                    let known = if *code <= 13 { *code } else { 11 };
                    assert_eq!(error.error_code().to_string(), known.to_string());
                    assert!(error.to_string().ends_with(words), "{name}: {error}");
                }
                Err(other) => panic!("{name}: {other}"),
            }
        }
    }
}

#[test]
fn json_by_call_and_call_typed() {
    let _turn = turn();
    for library in libraries() {
        let plugin = NativePluginLoader::load(&library).unwrap();
        assert_eq!(plugin.call("echo", r#"{"a":[1,"ä"]}"#).unwrap(), r#"{"a":[1,"ä"]}"#);
        let image = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=";
        let made: Value = plugin
            .call_typed("thumbnail.create", &json!({"image": image, "format": "png"}))
            .unwrap();
        assert_eq!((&made["width"], &made["format"]), (&json!(1), &json!("png")));
        let probed: Value = plugin.call_typed("image.probe", &json!({ "image": image })).unwrap();
        assert_eq!(probed["format"], "gif");
        let info: Value = plugin.call_typed("plugin.info", &Value::Null).unwrap();
        assert_eq!(info["name"], "thumbox");
        for (tag, request, code, words) in [
            ("thumbnail.make", "{}", 6, "thumbnail.create"),
            ("thumbnail.create", "{", 5, "EOF"),
            ("thumbnail.create", r#"{"image": "", "quality": 0}"#, 11, "quality is 0"),
        ] {
            let (found, text) = refused(plugin.call(tag, request));
            assert_eq!(found, code, "{text}");
            assert!(text.contains(words), "{text}");
        }
    }
}

#[test]
fn the_log_and_the_states() {
    let _turn = turn();
    for library in libraries() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let hear: LogCallbackFn = Arc::new({
            let said = Arc::clone(&said);
            move |level, target, message| {
                said.lock().unwrap().push((level, target.to_owned(), message.to_owned()));
            }
        });
        let heard = || std::mem::take(&mut *said.lock().unwrap());
        let plugin = load(&library, &config(json!({"log_level": "trace"})), Some(hear));
        assert_eq!(plugin.state(), LifecycleState::Active);
        let started = heard();
        assert!(started.len() == 1 && started[0].0 == LogLevel::Info, "{started:?}");
        assert!(started[0].2.starts_with("thumbox ") && started[0].2.ends_with("started"));
        thread::scope(|scope| scope.spawn(|| plugin.call_raw(1, b"a").unwrap()).join().unwrap());
        let calls = heard();
        assert_eq!(
            calls.iter().map(|said| said.0).collect::<Vec<_>>(),
            [LogLevel::Trace, LogLevel::Debug]
        );
        assert!(calls.iter().all(|(_, target, text)| target == "thumbox" && !text.contains('\0')));
        plugin.set_log_level(LogLevel::Off);
        plugin.call("echo", "1").unwrap();
        assert_eq!(heard(), []);
        plugin.set_log_level(LogLevel::Info);
        plugin.shutdown().unwrap();
        assert!(heard().iter().any(|(_, _, text)| text.ends_with("stopped")));
        assert_eq!(plugin.state(), LifecycleState::Stopped);
        for answer in [plugin.call("echo", "1").map(|_| ()), plugin.call_raw(1, b"a").map(|_| ())] {
            let error = answer.unwrap_err();
            assert!(matches!(error, ConsumerError::NotActive(LifecycleState::Stopped)), "{error}");
        }
        plugin.shutdown().unwrap();
    }
}

/// A callback that stops a call as it begins, until it is told to go on.
fn holding() -> (LogCallbackFn, Receiver<()>, SyncSender<()>) {
    let (begun, has_begun) = channel();
    let (may_end, ends) = sync_channel(1);
    let ends = Mutex::new(ends);
    let begun = Mutex::new(begun);
    let hold: LogCallbackFn = Arc::new(move |level, _, message| {
        if level == LogLevel::Trace && message.ends_with("begins") {
            begun.lock().unwrap().send(()).unwrap();
            ends.lock().unwrap().recv().unwrap();
        }
    });
    (hold, has_begun, may_end)
}

#[test]
fn too_many_calls_are_refused_and_counted_on_both_transports() {
    let _turn = turn();
    for library in libraries() {
        let (hold, has_begun, may_end) = holding();
        let limits = config(json!({"log_level": "trace", "max_concurrent_ops": 1}));
        let plugin = load(&library, &limits, Some(hold));
        thread::scope(|scope| {
            let held = scope.spawn(|| plugin.call_raw(1, b"held").unwrap());
            has_begun.recv().unwrap();
            for (count, answer) in (1..)
                .zip([plugin.call_raw(1, b"a").map(|_| ()), plugin.call("echo", "1").map(|_| ())])
            {
                let error = answer.unwrap_err();
                assert!(
                    matches!(error, ConsumerError::CallFailed(PluginError::TooManyRequests)),
                    "{error}"
                );
                assert!(plugin.rejected_request_count() >= count);
            }
            assert_eq!(plugin.rejected_request_count(), 2);
            may_end.send(()).unwrap();
            assert_eq!(held.join().unwrap(), b"held");
        });
        plugin.set_log_level(LogLevel::Info);
        assert_eq!(plugin.call_raw(1, b"again").unwrap(), b"again");
        assert_eq!(plugin.rejected_request_count(), 2);
    }
}

#[test]
fn a_shutdown_waits_for_the_calls_that_run() {
    let _turn = turn();
    for library in libraries() {
        let (hold, has_begun, may_end) = holding();
        let patient = config(json!({"log_level": "trace", "shutdown_timeout_ms": 600_000}));
        let plugin = load(&library, &patient, Some(hold));
        thread::scope(|scope| {
            let held = scope.spawn(|| plugin.call_raw(1, b"held").unwrap());
            has_begun.recv().unwrap();
            let stop = scope.spawn(|| plugin.shutdown().unwrap());
            assert!(!stop.is_finished());
            may_end.send(()).unwrap();
            assert_eq!(held.join().unwrap(), b"held");
            stop.join().unwrap();
        });
        assert_eq!(plugin.state(), LifecycleState::Stopped);
    }
}

#[test]
fn a_configuration_that_would_not_hold_is_refused() {
    let _turn = turn();
    for library in libraries() {
        let wrong = config(json!({"data": {"max_memroy": 5}}));
        let error = NativePluginLoader::load_with_config(&library, &wrong, None).map(|_| ());
        assert!(matches!(error, Err(ConsumerError::NullHandle)), "{error:?}");
        let plugin = load(&library, &config(json!({"data": {"max_reply": 10}})), None);
        assert_eq!(plugin.call_raw(1, &[1; 10]).unwrap(), [1; 10]);
        assert!(refused(plugin.call_raw(1, &[1; 11])).1.contains("max_reply allows 10"));
    }
}

#[test]
fn two_of_each_library_do_not_disturb_each_other() {
    let _turn = turn();
    let default = PluginConfig::default();
    let all = libraries();
    let plugins: Vec<_> =
        all.iter().chain(&all).map(|library| load(library, &default, None)).collect();
    for (ended, plugin) in plugins.iter().enumerate() {
        plugin.shutdown().unwrap();
        for (index, other) in plugins.iter().enumerate() {
            let answer = other.call_raw(1, b"on");
            assert_eq!(answer.is_ok(), index > ended, "{ended} {index}");
        }
    }
    // Its library is unloaded with the last plugin of it, and can be loaded again.
    drop(plugins);
    for library in libraries() {
        assert_eq!(load(&library, &default, None).call_raw(1, b"again").unwrap(), b"again");
    }
}
