//! What hostile calls leave behind: nothing. Alone in its process, which it measures.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod support;

use std::time::Duration;

use support::*;
use thumbox_host::*;

#[test]
fn hundreds_of_hostile_calls_leave_nothing_behind() {
    let options = SandboxOptions { timeout: Some(Duration::from_millis(20)), ..tight() };
    for options in [options.clone(), pooled(options)] {
        let plugin = ComponentPlugin::compile(&Hostile::default().build(), &options).unwrap();
        let round = || {
            for (name, code, _) in HARMS.iter().filter(|harm| harm.1 != 10) {
                assert_eq!(plugin.call(harm(name), &[b"x"]).unwrap_err().code(), *code);
            }
            assert_eq!(plugin.call(harm("LOOP"), &[b"x"]).unwrap_err().code(), 10);
            assert_eq!(&*plugin.call(MSG_ECHO, &[b"a"]).unwrap(), b"a");
        };
        (0..3).for_each(|_| round());
        let before = held();
        (0..30).for_each(|_| round());
        let after = held();
        assert!(after.0 <= before.0 + 8, "mappings: {before:?}, {after:?}");
        assert!(after.1 <= before.1, "descriptors: {before:?}, {after:?}");
        assert_eq!((plugin.stats().running, plugin.stats().instances <= 4), (0, true));
    }
}

/// Stretches of memory that this process has mapped, and open descriptors.
#[cfg(target_os = "linux")]
fn held() -> (usize, usize) {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
    (maps, std::fs::read_dir("/proc/self/fd").unwrap().count())
}

#[cfg(not(target_os = "linux"))]
fn held() -> (usize, usize) {
    (0, 0)
}
