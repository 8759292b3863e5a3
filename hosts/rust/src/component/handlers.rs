//! Whether a guest can end by a signal here and now: by Wasmtime's own handlers, which another library may have replaced.
//!
//! Fast code ends a guest by SIGILL (`unreachable` and most other traps), SIGSEGV (memory that is not there) and, on
//! x86-64, SIGFPE (a division). With a handler of somebody else's on top the process could die of the guest, and so it
//! does where the thread blocks the signal.

pub(super) use system::{are_installed, in_place, note};

#[cfg(target_os = "linux")]
mod system {
    #![allow(unsafe_code, reason = "the system tells of signals through pointers")]

    use std::ffi::{c_int, c_void};
    use std::mem::MaybeUninit;
    use std::ptr;
    use std::sync::OnceLock;

    /// What a guest raises.
    const SIGNALS: &[c_int] = if cfg!(any(target_arch = "x86_64", target_arch = "s390x")) {
        &[libc::SIGSEGV, libc::SIGILL, libc::SIGFPE]
    } else {
        &[libc::SIGSEGV, libc::SIGILL]
    };

    /// The address of Wasmtime's handler; `None` where another one was found in its place.
    static OURS: OnceLock<Option<usize>> = OnceLock::new();

    /// Called when Wasmtime has installed its handlers, which it does once for a process.
    pub(in super::super) fn note() {
        OURS.get_or_init(|| {
            let found = handler(libc::SIGSEGV)?;
            let ours = ptr::from_ref(&OURS).cast();
            let object = object(ours).filter(|object| *object != 0)?;
            let is_ours = self::object(ptr::without_provenance(found)) == Some(object);
            (is_ours && are_all(found)).then_some(found)
        });
    }

    /// Whether Wasmtime has installed its handlers.
    pub(in super::super) fn are_installed() -> bool {
        OURS.get().is_some()
    }

    /// Whether a guest may end by a signal now, in this thread.
    pub(in super::super) fn in_place() -> bool {
        OURS.get().copied().flatten().is_some_and(|ours| are_all(ours) && !is_any_blocked())
    }

    fn are_all(address: usize) -> bool {
        SIGNALS.iter().all(|signal| handler(*signal) == Some(address))
    }

    /// The address of a signal's handler.
    fn handler(signal: c_int) -> Option<usize> {
        let mut action = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: a null pointer asks without a change; the other one points to room for the answer.
        let failed = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
        if failed != 0 {
            return None;
        }
        // SAFETY: the call has succeeded, and so has filled it.
        Some(unsafe { action.assume_init() }.sa_sigaction)
    }

    /// Whether this thread blocks one of the signals, which would end the process in place of the guest.
    fn is_any_blocked() -> bool {
        let mut blocked = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: a null pointer asks without a change; the other one points to room for the answer.
        let failed =
            unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), blocked.as_mut_ptr()) };
        if failed != 0 {
            return true;
        }
        // SAFETY: the call has succeeded, and so has filled it.
        let blocked = unsafe { blocked.assume_init() };
        // SAFETY: the set is there, and the numbers are those of signals.
        SIGNALS.iter().any(|signal| unsafe { libc::sigismember(&raw const blocked, *signal) } != 0)
    }

    /// Where the library or program begins that an address lies in.
    fn object(address: *const c_void) -> Option<usize> {
        let mut found = MaybeUninit::<libc::Dl_info>::uninit();
        // SAFETY: any address may be asked for; the other pointer points to room for the answer.
        let known = unsafe { libc::dladdr(address, found.as_mut_ptr()) };
        if known == 0 {
            return None;
        }
        // SAFETY: the call has succeeded, and so has filled it.
        Some(unsafe { found.assume_init() }.dli_fbase.addr())
    }
}

/// Elsewhere a guest always ends by checks: nobody has tried signals in other hosts' processes there.
#[cfg(not(target_os = "linux"))]
mod system {
    pub(in super::super) const fn note() {}

    pub(in super::super) const fn are_installed() -> bool {
        true
    }

    pub(in super::super) const fn in_place() -> bool {
        false
    }
}
