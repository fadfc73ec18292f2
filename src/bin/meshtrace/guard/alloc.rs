//! The system's allocator with limits: large blocks are refused before they are allocated, and running out of memory
//! ends the run with an error instead of a signal.
//!
//! Small blocks cost only one comparison. Their total shows in the memory of the process, which the watch thread checks
//! every few milliseconds: a processor fills some megabytes in that time.

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

/// Blocks of at least this size are counted before they are allocated.
const LARGE: usize = 1 << 20;

/// The total size of the live large blocks.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
/// The memory of the process at the last check.
static RESIDENT: AtomicUsize = AtomicUsize::new(0);

/// Records the memory of the process, and returns whether it is too much.
pub(super) fn is_too_much(resident: usize) -> bool {
    RESIDENT.store(resident, Ordering::Relaxed);
    resident > allowed().memory
}

struct LimitedAllocator;

#[global_allocator]
static ALLOCATOR: LimitedAllocator = LimitedAllocator;

/// Counts a large block to be allocated, of which `new` bytes are additional.
#[cold]
fn grow(size: usize, new: usize) {
    let limit = allowed().memory;
    let alive = ALIVE.fetch_add(size, Ordering::Relaxed).saturating_add(size);
    // Pages not touched yet are only in the first sum, small blocks only in the second.
    if alive > limit || RESIDENT.load(Ordering::Relaxed).saturating_add(new) > limit {
        stop(TOO_MUCH_MEMORY);
    }
}

#[cold]
fn shrink(size: usize) {
    ALIVE.fetch_sub(size, Ordering::Relaxed);
}

/// The system is out of memory, or a limit of the process was reached.
#[cold]
fn none_left(size: usize) {
    if size >= LARGE {
        shrink(size);
    }
    stop(TOO_MUCH_MEMORY);
}

/// Allocates a block with `make`, or from the reserve if this thread is ending the program.
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

// SAFETY: every call is passed on to the system's allocator unchanged, is served from the reserve, or never returns.
unsafe impl GlobalAlloc for LimitedAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        made(layout, || unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // The reserve is zeroed until it is given out, and no part of it is given out twice.
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
            // SAFETY: the caller guarantees that the size is valid for a layout with this alignment, and the two blocks
            // do not overlap.
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
            // Both blocks may exist for a moment.
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
