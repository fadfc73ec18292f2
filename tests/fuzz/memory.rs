//! Counts allocations, so that an input which takes too much is detected, and ends the process before the machine
//! suffers.

use std::alloc::GlobalAlloc;
use std::alloc::Layout;
use std::alloc::System;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// The limit of a process: an allocation beyond it is refused, which aborts.
const MOST: usize = 1 << 30;

pub(crate) struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: passes every call to the system's allocator unchanged.
#[allow(unsafe_code, reason = "an allocator cannot be implemented without it")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        if now > MOST {
            NOW.fetch_sub(layout.size(), Relaxed);
            return std::ptr::null_mut();
        }
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: as guaranteed by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as guaranteed by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Begins to count; returns the current total.
pub(crate) fn begin() -> usize {
    let now = NOW.load(Relaxed);
    PEAK.store(now, Relaxed);
    now
}

/// The peak above `before`, in bytes.
pub(crate) fn peak_over(before: usize) -> usize {
    PEAK.load(Relaxed).saturating_sub(before)
}
