//! Whatever a guest does, the host gets an error and the next call works.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod support;

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use support::*;
use thumbox_host::*;

const LATE: Duration = Duration::from_secs(1);

fn load(hostile: &Hostile, options: &SandboxOptions) -> ComponentPlugin {
    ComponentPlugin::compile(&hostile.build(), options).unwrap()
}

fn echo(plugin: &ComponentPlugin) {
    assert_eq!(&*plugin.call(MSG_ECHO, &[b"still", b" here"]).unwrap(), b"still here");
}

fn calls_so_far(plugin: &ComponentPlugin) -> u32 {
    let reply = plugin.call(harm("COUNT_CALLS"), &[b"x"]).unwrap();
    u32::from_le_bytes((*reply).try_into().unwrap())
}

#[test]
fn each_harm_is_an_error_and_the_next_call_works() {
    for options in [tight(), pooled(tight())] {
        let plugin = load(&Hostile::default(), &options);
        for (name, code, words) in HARMS {
            let made = plugin.stats().instances_made;
            let start = Instant::now();
            let error = plugin.call(harm(name), &[b"x"]).unwrap_err();
            assert_eq!(error.code(), *code, "{name}: {error}");
            assert!(error.message().contains(words), "{name}: {error}");
            assert!(start.elapsed() < LATE, "{name}: {:?}", start.elapsed());
            echo(&plugin);
            assert!(plugin.stats().instances_made > made, "{name}: it is not called again");
        }
        let stats = plugin.stats();
        assert_eq!((stats.calls, stats.timeouts), (2 * HARMS.len() as u64, 2));
        assert_eq!((stats.errors, stats.traps), (HARMS.len() as u64, HARMS.len() as u64 - 2));
        assert!(stats.memory_high_water > 30 << 20 && stats.memory_high_water <= 32 << 20);
    }
}

#[test]
fn a_reply_that_overlaps_other_things_is_a_reply() {
    let plugin = load(&Hostile::default(), &tight());
    let overlap = plugin.call(harm("REPLY_OVERLAPS_RESULT"), &[b"x"]).unwrap();
    assert_eq!(&*overlap, [[0; 4], [0; 4], [12, 0, 0, 0]].concat());
    assert_eq!(plugin.call(harm("REPLY_IS_ALL_MEMORY"), &[b"x"]).unwrap().len(), 262_144);
    echo(&plugin);
}

#[test]
fn a_reply_above_max_reply_is_refused() {
    for max_reply in [100, 262_143] {
        let common = Options { max_reply: Some(max_reply), ..Options::default() };
        let options = pooled(SandboxOptions { common, ..SandboxOptions::default() });
        let plugin = load(&Hostile::default(), &options);
        let error = plugin.call(harm("REPLY_IS_ALL_MEMORY"), &[b"x"]).unwrap_err();
        assert_eq!(error.code(), 302, "{error}");
        assert!(error.message().contains(&format!("max_reply allows: {max_reply}")), "{error}");
        echo(&plugin);
    }
}

#[test]
fn an_allocation_elsewhere_is_not_written_to() {
    let plugin = load(&Hostile::default(), &pooled(tight()));
    let length = |name| usize::try_from(harm(name)).unwrap();
    let error = plugin.call(1, &[&vec![0; length("MAGIC_REALLOC_LENGTH")]]).unwrap_err();
    assert_eq!(error.code(), 11, "{error}");
    let error = plugin.call(1, &[&vec![0; length("NEVER_ENDING_REALLOC_LENGTH")]]).unwrap_err();
    assert_eq!(error.code(), 10, "{error}");
    echo(&plugin);
}

#[test]
fn a_panic_text_that_is_elsewhere_is_not_read() {
    for panic_text in [u32::MAX, 262_144, 262_142, 262_140, 262_136] {
        let plugin = load(&Hostile { panic_text, ..Hostile::default() }, &tight());
        assert_eq!(plugin.call(harm("DIE_SILENTLY"), &[b"x"]).unwrap_err().code(), 301);
        echo(&plugin);
    }
}

const LOOP: &str = "(loop $for_ever (br $for_ever))";
const DEEP: &str = "(drop (call $deep (i32.const 0)))";

#[test]
fn a_component_that_does_harm_when_it_starts() {
    for (more, code) in [
        (format!("(func $start {LOOP}) (start $start)"), 10),
        ("(func $start unreachable) (start $start)".to_owned(), 2),
        (format!("(func $start {DEEP}) (start $start)"), 2),
        ("(data (i32.const 0x7fffffff) \"x\")".to_owned(), 2),
        ("(table 1000000 funcref)".to_owned(), 2),
        ("(table 4294967295 funcref)".to_owned(), 2),
    ] {
        for options in [tight(), pooled(tight())] {
            let start = Instant::now();
            let component = Hostile { more: more.clone(), ..Hostile::default() }.build();
            let error = ComponentPlugin::compile(&component, &options).unwrap_err();
            assert_eq!(error.code(), code, "{more}: {error}");
            assert!(start.elapsed() < 5 * LATE);
        }
    }
}

#[test]
fn a_component_that_does_harm_when_it_is_configured() {
    let common = Options { max_pixels: Some(100), ..Options::default() };
    let configured = SandboxOptions { common, ..tight() };
    for (configure, code) in
        [(LOOP, 10), ("unreachable", 301), (DEEP, 11), ("(return (i32.const -1))", 11)]
    {
        let component = Hostile { configure, ..Hostile::default() }.build();
        let error = ComponentPlugin::compile(&component, &configured).unwrap_err();
        assert_eq!(error.code(), code, "{configure}: {error}");
        echo(&ComponentPlugin::compile(&component, &tight()).unwrap());
    }
}

#[test]
fn a_component_whose_memory_is_above_the_limit() {
    let options = SandboxOptions { memory_limit: 128 << 10, ..tight() };
    let error = ComponentPlugin::compile(&Hostile::default().build(), &options).unwrap_err();
    assert_eq!(error.code(), 2, "{error}");
    let plugin = load(&Hostile::default(), &SandboxOptions { memory_limit: 256 << 10, ..tight() });
    let error = plugin.call(1, &[&[0; 200 << 10], &[0; 60 << 10]]).unwrap_err();
    assert_eq!(error.code(), 301, "{error}");
    echo(&plugin);
}

#[test]
fn a_component_that_imports_or_exports_something_else_is_refused() {
    let nothing = wat::parse_str("(component)").unwrap();
    let imports = wat::parse_str("(component (import \"wasi:cli/exit@0.2.0\" (func)))").unwrap();
    for component in [nothing, imports] {
        let error = Program::compile(&component, &SandboxOptions::default()).unwrap_err();
        assert_eq!(error.code(), 2);
        assert!(error.message().starts_with("the component cannot be loaded: "), "{error}");
    }
}

#[test]
fn json_that_is_none_is_an_error_of_ours() {
    for json in [
        "(call $answer (i32.const 0) (i32.const 1028) (i32.const 11) (i32.const 0))",
        "(call $answer (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
        "(memory.fill (i32.const 0x10000) (i32.const 0x5b) (i32.const 0x20000)) \
         (call $answer (i32.const 0) (i32.const 0x10000) (i32.const 0x20000) (i32.const 0))",
    ] {
        let plugin = load(&Hostile { json, ..Hostile::default() }, &pooled(tight()));
        let error = plugin.call_json("echo", "1").unwrap_err();
        assert_eq!(error.code(), 900, "{error}");
        assert!(error.message().contains("is not JSON; it starts with"), "{error}");
        echo(&plugin);
    }
}

#[test]
fn errors_that_are_none_are_answers_that_are_none() {
    for (json, words) in [
        (
            "(memory.fill (i32.const 0x10000) (i32.const 0x5b) (i32.const 0x20000)) \
             (call $answer (i32.const 1) (i32.const 201) (i32.const 0x10000) (i32.const 65537))",
            "a message of 65537 bytes",
        ),
        (
            "(call $answer (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0))",
            "an error of code 0",
        ),
    ] {
        let plugin = load(&Hostile { json, ..Hostile::default() }, &pooled(tight()));
        let error = plugin.call_json("echo", "1").unwrap_err();
        assert_eq!(error.code(), 11, "{error}");
        assert!(error.message().contains(words), "{error}");
        echo(&plugin);
        assert_eq!(plugin.stats().instances_made, 2);
    }
}

#[test]
fn replies_that_are_none_are_errors_of_ours() {
    // It echoes: a request is no reply.
    let plugin = load(&Hostile::default(), &tight());
    let target = Target::new(7, 7);
    for error in [
        plugin.thumbnail(b"", &target).unwrap_err(),
        plugin.thumbnail(&[0; 100], &target).unwrap_err(),
        plugin.thumbnails(&[0; 100], &[target]).unwrap_err(),
        plugin.thumbnails(&[0; 100], &[target; 5]).unwrap_err(),
        plugin.probe(&[0; 100]).unwrap_err(),
        plugin.probe(b"").unwrap_err(),
        plugin.placeholder(&[0; 100], 0).unwrap_err(),
        plugin.placeholder(b"", 0).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.code()), (Kind::Internal, 900), "{error}");
        assert!(error.message().contains("is malformed; it starts with"), "{error}");
    }
}

#[test]
fn a_guest_that_was_stopped_or_has_grown_large_is_not_called_again() {
    let roomy = SandboxOptions { memory_limit: 100 << 20, ..tight() };
    let plugin = load(&Hostile::default(), &pooled(roomy));
    for count in 1..4 {
        assert_eq!(calls_so_far(&plugin), count);
    }
    plugin.call(harm("DIE_SILENTLY"), &[b"x"]).unwrap_err();
    assert_eq!(calls_so_far(&plugin), 1);
    plugin.call(harm("GROW_TO_80_MIB"), &[b"x"]).unwrap();
    assert_eq!(calls_so_far(&plugin), 1);
}

#[test]
fn what_one_call_writes_another_cannot_read() {
    let secret = |options| {
        let plugin = load(&Hostile::default(), &options);
        plugin.call(harm("KEEP_A_SECRET"), &[b"secret"]).unwrap();
        plugin.call(harm("TELL_THE_SECRET"), &[b"x"]).unwrap().into_vec()
    };
    assert_eq!(secret(tight()), [0; 6]);
    assert_eq!(secret(pooled(tight())), b"secret", "the check of the check");
}

#[test]
fn a_slot_that_was_used_is_clean_again() {
    let plugin = load(&Hostile::default(), &tight());
    for _ in 0..200 {
        plugin.call(harm("KEEP_A_SECRET"), &[b"secret"]).unwrap();
        plugin.call(harm("EAT_MEMORY"), &[b"x"]).unwrap_err();
        assert_eq!(*plugin.call(harm("TELL_THE_SECRET"), &[b"x"]).unwrap(), [0; 6]);
    }
}

#[test]
fn a_slot_is_clean_in_what_stays_resident_and_behind_it() {
    let filled = |options| {
        let plugin = load(&Hostile::default(), &options);
        plugin.call(harm("FILL_20_MIB"), &[b"x"]).unwrap();
        let told = plugin.call(harm("TELL_20_MIB"), &[b"x"]).unwrap();
        assert_eq!(told.len(), 20 << 20);
        told.iter().filter(|byte| **byte != 0).count()
    };
    for _ in 0..20 {
        assert_eq!(filled(tight()), 0);
    }
    assert_eq!(filled(pooled(tight())), 20 << 20, "the check of the check");
}

#[test]
fn a_deadline_is_kept_and_not_early() {
    for timeout in [Duration::from_millis(50), Duration::from_millis(400)] {
        let options = SandboxOptions { timeout: Some(timeout), ..tight() };
        let plugin = load(&Hostile::default(), &options);
        for _ in 0..3 {
            let start = Instant::now();
            let error = plugin.call(harm("LOOP"), &[b"x"]).unwrap_err();
            let took = start.elapsed();
            assert_eq!(error.code(), 10, "{error}");
            assert!(timeout <= took && took < timeout + LATE, "{took:?}");
        }
    }
}

#[test]
fn a_deadline_is_kept_after_a_long_rest() {
    let plugin = load(&Hostile::default(), &tight());
    // Longer than the clock goes on without a call.
    thread::sleep(Duration::from_millis(1500));
    let start = Instant::now();
    assert_eq!(plugin.call(harm("LOOP"), &[b"x"]).unwrap_err().code(), 10);
    assert!(start.elapsed() < 2 * LATE);
}

#[test]
fn a_runaway_does_not_keep_other_threads_from_running() {
    let plugin = load(&Hostile::default(), &tight());
    thread::scope(|scope| {
        let runaway = scope.spawn(|| plugin.call(harm("LOOP"), &[b"x"]).unwrap_err().code());
        let mut calls = 0;
        while !runaway.is_finished() {
            echo(&plugin);
            calls += 1;
        }
        assert_eq!(runaway.join().unwrap(), 10);
        assert!(calls > 50, "{calls}");
    });
}

#[test]
fn a_guest_that_recurses_ends_before_a_small_stack_does() {
    let plugin = load(&Hostile::default(), &tight());
    thread::scope(|scope| {
        let small = thread::Builder::new().stack_size(512 << 10);
        let deep = || plugin.call(harm("OVERFLOW_THE_STACK"), &[b"x"]).unwrap_err();
        let error = small.spawn_scoped(scope, deep).unwrap().join().unwrap();
        assert!(error.message().contains("call stack exhausted"), "{error}");
    });
    echo(&plugin);
}

#[test]
fn without_a_timeout_a_call_may_take_long() {
    let patient = SandboxOptions { timeout: None, ..tight() };
    let plugin = load(&Hostile::default(), &patient);
    assert_eq!(plugin.call(harm("EAT_MEMORY"), &[b"x"]).unwrap_err().code(), 301);
    echo(&plugin);
}

#[test]
fn who_waits_too_long_gets_code_13() {
    let common = Options { max_concurrent: 2, max_wait: Duration::ZERO, ..Options::default() };
    let timeout = Some(Duration::from_secs(1));
    let options = SandboxOptions { common, timeout, ..tight() };
    let plugin = load(&Hostile::default(), &options);
    let begun = Barrier::new(3);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                begun.wait();
                assert_eq!(plugin.call(harm("LOOP"), &[b"x"]).unwrap_err().code(), 10);
            });
        }
        begun.wait();
        while plugin.stats().running < 2 {
            thread::yield_now();
        }
        let error = plugin.call(MSG_ECHO, &[b"x"]).unwrap_err();
        assert_eq!((error.code(), plugin.stats().rejects), (13, 1));
        assert!(error.message().contains("max_concurrent = 2)"), "{error}");
    });
    echo(&plugin);
}
