//! Other people's signal handlers, and signals that a thread blocks: a guest's end stays the guest's.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unsafe_code,
    reason = "a test fails by panicking, in its helpers too, and signals are set through pointers"
)]

mod support;

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;
use std::thread;

use support::*;
use thumbox_host::*;

const SIGNALS: [c_int; 3] = [libc::SIGSEGV, libc::SIGILL, libc::SIGFPE];

/// What a crash reporter does: it takes whatever comes for a crash.
extern "C" fn crash(_signal: c_int) {
    // SAFETY: it may be called from a handler, and does not return.
    unsafe { libc::_exit(99) };
}

/// A handler of somebody else, until this is dropped.
struct Handler(c_int, libc::sigaction);

impl Handler {
    fn install(signal: c_int, handler: usize) -> Self {
        let mut new = MaybeUninit::<libc::sigaction>::zeroed();
        let mut old = new;
        // SAFETY: zeros are an action without a mask or flags.
        unsafe { new.assume_init_mut() }.sa_sigaction = handler;
        // SAFETY: both point to actions.
        assert_eq!(unsafe { libc::sigaction(signal, new.as_ptr(), old.as_mut_ptr()) }, 0);
        // SAFETY: the call has filled it.
        Self(signal, unsafe { old.assume_init() })
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        // SAFETY: the action is the one that was there before.
        unsafe { libc::sigaction(self.0, &raw const self.1, ptr::null_mut()) };
    }
}

fn block(how: c_int, signal: c_int) {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is there, and the number is that of a signal.
    assert_eq!(unsafe { libc::sigaddset(set.as_mut_ptr(), signal) }, 0);
    // SAFETY: the set is filled.
    assert_eq!(unsafe { libc::pthread_sigmask(how, set.as_ptr(), ptr::null_mut()) }, 0);
}

/// Every harm is an error of its call; says whether guests ended by signals.
fn harmed(plugin: &ComponentPlugin) -> bool {
    let by_signals = plugin.ends_by_signals().unwrap();
    // Deadlines end a guest without a signal.
    for (name, code, words) in HARMS.iter().filter(|(_, code, _)| *code != 10) {
        let error = plugin.call(harm(name), &[b"x"]).unwrap_err();
        assert_eq!(error.code(), *code, "{name}: {error}");
        assert!(error.message().contains(words), "{name}: {error}");
        assert_eq!(&*plugin.call(MSG_ECHO, &[b"still here"]).unwrap(), b"still here");
    }
    by_signals
}

// One test, since handlers are those of the whole process.
#[test]
fn a_guest_ends_alone_whoever_handles_signals() {
    let code = precompile(&Hostile::default().build(), Level::This).unwrap();
    for options in [tight(), pooled(tight())] {
        // SAFETY: it was compiled above.
        let program = unsafe { Program::precompiled(code.clone(), &options) }.unwrap();
        let plugin = ComponentPlugin::start(&program, &options).unwrap();
        assert!(harmed(&plugin));
        for signal in SIGNALS {
            for handler in [crash as *const () as usize, libc::SIG_DFL, libc::SIG_IGN] {
                let handler = Handler::install(signal, handler);
                assert!(!harmed(&plugin), "{signal}");
                // A plugin that is made while it is there.
                let late = ComponentPlugin::compile(&Hostile::default().build(), &options).unwrap();
                assert!(!harmed(&late), "{signal}");
                drop(handler);
                assert!(plugin.ends_by_signals().unwrap() && late.ends_by_signals().unwrap());
            }
            block(libc::SIG_BLOCK, signal);
            assert!(!harmed(&plugin), "{signal}");
            block(libc::SIG_UNBLOCK, signal);
        }
        assert!(harmed(&plugin));
        // A thread of its own has a stack for signals of its own.
        thread::scope(|scope| assert!(scope.spawn(|| harmed(&plugin)).join().unwrap()));
    }
}

#[test]
fn a_signal_that_is_no_guest_s_reaches_whoever_handled_it_before() {
    let child = std::env::var_os("THUMBOX_RAISE").is_some();
    if !child {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["a_signal_that_is_no_guest_s_reaches_whoever_handled_it_before", "--exact"])
            .env("THUMBOX_RAISE", "1")
            .stdout(std::process::Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(99));
        return;
    }
    let handler = Handler::install(libc::SIGSEGV, crash as *const () as usize);
    let plugin = ComponentPlugin::compile(&Hostile::default().build(), &tight()).unwrap();
    assert!(harmed(&plugin));
    // SAFETY: a signal to this thread.
    unsafe { libc::raise(libc::SIGSEGV) };
    drop(handler);
    panic!("the handler did not run");
}
