//! Catches stack overflows, which would abort the program.

use crate::guard::TOO_DEEP;
use crate::guard::stop;
use std::mem::MaybeUninit;
use std::sync::OnceLock;

/// The signals sent when a thread reaches the end of its stack.
const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

static BEFORE: [OnceLock<libc::sigaction>; 2] = [const { OnceLock::new() }; 2];

/// Installs the handler for all threads. Threads started by the standard library have their own signal stack.
pub(super) fn catch() {
    for (signal, before) in SIGNALS.into_iter().zip(&BEFORE) {
        let mut old = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: both structs are complete, and the handler only makes calls that are allowed in one.
        unsafe {
            if libc::sigaction(signal, std::ptr::null(), old.as_mut_ptr()) != 0 {
                continue;
            }
            let _ = before.set(old.assume_init());
            let mut new = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            new.sa_sigaction = handle as extern "C" fn(_, _, _) as usize;
            new.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(signal, &raw const new, std::ptr::null_mut());
        }
    }
}

extern "C" fn handle(signal: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    stop(TOO_DEEP);
    // Not a stack overflow: the previous handler gets the fault when it occurs again.
    for (own, before) in SIGNALS.into_iter().zip(&BEFORE) {
        if let (true, Some(before)) = (own == signal, before.get()) {
            // SAFETY: the struct is the one that the system returned.
            unsafe { libc::sigaction(signal, before, std::ptr::null_mut()) };
        }
    }
}
