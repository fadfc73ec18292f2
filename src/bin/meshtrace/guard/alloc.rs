//! The system's allocator, watched: what is large is refused before it is made, and what cannot be had ends the run with
//! an error instead of a signal.
//!
//! Small blocks pass with one comparison. What they come to shows in the memory of the process, which the watch thread
//! looks at every few milliseconds: a processor fills some megabytes in that time.

use crate::guard::TOO_MUCH_MEMORY;
use crate::guard::allowed;
use crate::guard::is_ending;
use crate::guard::reserve;
use crate::guard::stop;
use std::alloc::GlobalAlloc;
use std::alloc::Layout;
use std::alloc::System;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// From this size on each block is counted, before it is made.
const LARGE: usize = 1 << 20;

/// What the large blocks that are alive come to.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
/// What the process had when the watch looked last.
static RESIDENT: AtomicUsize = AtomicUsize::new(0);

/// Notes what the process has, and says whether that is too much.
pub(super) fn is_too_much(resident: usize) -> bool {
    RESIDENT.store(resident, Ordering::Relaxed);
    resident > allowed().memory
}

struct Watched;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// Counts a large block that is to be made, of which `new` bytes are not there yet.
#[cold]
fn grow(size: usize, new: usize) {
    let limit = allowed().memory;
    let alive = ALIVE.fetch_add(size, Ordering::Relaxed).saturating_add(size);
    // Pages that nobody has touched yet show in the first sum only, small blocks in the second only.
    if alive > limit || RESIDENT.load(Ordering::Relaxed).saturating_add(new) > limit {
        stop(TOO_MUCH_MEMORY);
    }
}

#[cold]
fn shrink(size: usize) {
    ALIVE.fetch_sub(size, Ordering::Relaxed);
}

/// The system has no more, or a limit of the process was met.
#[cold]
fn none_left(size: usize) {
    if size >= LARGE {
        shrink(size);
    }
    stop(TOO_MUCH_MEMORY);
}

/// Makes a block by `make`, or of the reserve when this is the thread with the last word.
#[inline(always)]
fn made(layout: Layout, make: impl FnOnce() -> *mut u8) -> *mut u8 {
    let size = layout.size();
    if size >= LARGE {
        grow(size, size);
    }
    if is_ending()
        && let Some(block) = reserve::alloc(layout)
    {
        return block;
    }
    let block = make();
    if block.is_null() {
        none_left(size);
    }
    block
}

// SAFETY: every call goes on to the system's allocator as it came, is served by the reserve, or never returns.
unsafe impl GlobalAlloc for Watched {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        made(layout, || unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // The reserve is zero until it is given out, and never given out twice.
        made(layout, || unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.size() >= LARGE {
            shrink(layout.size());
        }
        if is_ending() && reserve::holds(block) {
            return;
        }
        unsafe { System.dealloc(block, layout) };
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if is_ending() && (reserve::is_mine() || reserve::holds(block)) {
            // SAFETY: the caller promises that the size fits a layout of this alignment, and the two blocks are apart.
            return unsafe {
                let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
                if !new.is_null() {
                    std::ptr::copy_nonoverlapping(block, new, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                new
            };
        }
        let before = layout.size();
        if size >= LARGE {
            // Both may exist for a moment.
            grow(size, size.saturating_sub(before));
        }
        let new = unsafe { System.realloc(block, layout, size) };
        if new.is_null() {
            none_left(size);
        } else if before >= LARGE {
            shrink(before);
        }
        new
    }
}
