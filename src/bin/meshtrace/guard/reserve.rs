//! Memory for the last message. The stopped thread may be inside the system's allocator and hold its lock.

use crate::guard::IS_WATCH;
use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

const SIZE: usize = 1 << 20;

#[repr(align(16))]
struct Block(UnsafeCell<[u8; SIZE]>);

// SAFETY: each part is given out once, see `alloc`.
unsafe impl Sync for Block {}

static BLOCK: Block = Block(UnsafeCell::new([0; SIZE]));
static USED: AtomicUsize = AtomicUsize::new(0);

/// A block from the reserve, if this thread is ending the program and there is enough left.
#[cold]
pub(super) fn alloc(layout: Layout) -> Option<*mut u8> {
    if !IS_WATCH.get() || layout.align() > 16 {
        return None;
    }
    let size = layout.size().checked_next_multiple_of(16)?;
    let start = USED
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| used.checked_add(size).filter(|end| *end <= SIZE));
    // SAFETY: `start` and the bytes after it are within the block.
    start.ok().map(|start| unsafe { BLOCK.0.get().cast::<u8>().add(start) })
}

/// Whether this thread is ending the program.
#[cold]
pub(super) fn is_mine() -> bool {
    IS_WATCH.get()
}

/// Whether `block` is from the reserve.
#[cold]
pub(super) fn holds(block: *mut u8) -> bool {
    (block as usize).wrapping_sub(BLOCK.0.get() as usize) < SIZE
}
