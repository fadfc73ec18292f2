//! The last line of defence against hostile templates: ends the program when a render takes too much time, memory or
//! stack, with an error that names the template.
//!
//! The library has its own limits, with better messages, for what can be counted: steps, text, the size of values, the
//! depth of sources. The rest happens inside a single step of the engine, which has no hook: two lists that take a week to
//! compare, a text of terabytes, a value that contains itself. Such a step cannot be interrupted, so its thread is left
//! where it is, and another thread reports the error and ends the process. That is sound
//! because nothing has been written, no lock of a directory is held, and no other process has been started. It cannot be
//! got round from a template because it asks for nothing that a template has a say in: every byte comes from the
//! allocator, every frame from the stack, and the clock goes on.

use crate::talk::Talk;
use meshtrace::finding::Finding;
use meshtrace::finding::ids;
use meshtrace::template::running;
use std::alloc::GlobalAlloc;
use std::alloc::Layout;
use std::alloc::System;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::AtomicIsize;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread::Thread;
use std::time::Duration;
use std::time::Instant;

/// How long rendering may take. Ten thousand services take a thirtieth of it.
const TIME: Duration = Duration::from_secs(8);

/// How much memory rendering may ask for, in bytes. With the program, the stack and what the system's allocator keeps,
/// the process stays below 400 MB.
const MEMORY: usize = 256 << 20;

/// Up to how many services these hold; each further one adds to them, and so does each further render.
const SERVICES: usize = 10_000;
const TIME_OF_A_SERVICE: Duration = Duration::from_micros(200);
const TIME_OF_A_RENDER: Duration = Duration::from_millis(20);
/// What a service takes while its render is under way: its values, its objects, their text.
const MEMORY_OF_A_SERVICE: usize = 20 << 10;
/// What is kept of it until everything is written.
const KEPT_OF_A_SERVICE: usize = 4 << 10;
const KEPT_OF_A_RENDER: usize = 256 << 10;

/// How often the watch looks.
const LOOK: Duration = Duration::from_millis(20);

/// How much a thread asks for before it tells the others.
const BATCH: isize = 256 << 10;

/// How many are within [`watched`] now, and [`ENDS`] when the program is being ended.
static WATCHED: AtomicUsize = AtomicUsize::new(0);
const ENDS: usize = 1 << (usize::BITS - 1);
/// What was asked for and not given back while somebody was.
static MEMORY_NOW: Apart<AtomicIsize> = Apart(AtomicIsize::new(0));
static STOPPED: AtomicU8 = AtomicU8::new(RUNS);
static CULPRIT: AtomicUsize = AtomicUsize::new(0);
static TALK: OnceLock<Talk> = OnceLock::new();
static WATCH: OnceLock<Option<Thread>> = OnceLock::new();

const RUNS: u8 = 0;
const TOO_MUCH_MEMORY: u8 = 1;
const TOO_DEEP: u8 = 2;

/// Not in one line of the processor's cache with what every allocation reads.
#[repr(align(128))]
struct Apart<T>(T);

thread_local! {
    static OWN: Cell<isize> = const { Cell::new(0) };
    static IS_WATCH: Cell<bool> = const { Cell::new(false) };
}

/// Says where to print what ends the program.
pub(crate) fn prepare(talk: Talk) {
    let _ = TALK.set(talk);
}

/// Runs `render`, and ends the program when it takes too much. Where the system gives no thread to watch it, the time that
/// it takes has no bound.
pub(crate) fn watched<T>(render: impl FnOnce() -> T) -> T {
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            // Who comes back while the program is being ended must not begin to write.
            if WATCHED.fetch_sub(1, Ordering::AcqRel) & ENDS != 0 {
                forever();
            }
        }
    }
    let watch = WATCH.get_or_init(start);
    if let (0, Some(watch)) = (WATCHED.fetch_add(1, Ordering::AcqRel), watch) {
        watch.unpark();
    }
    let _end = End;
    render()
}

fn start() -> Option<Thread> {
    stack::catch();
    let thread = std::thread::Builder::new().name("watch".to_string()).stack_size(1 << 20).spawn(watch).ok()?;
    Some(thread.thread().clone())
}

/// What is allowed to what this run has been asked for so far.
fn allowed() -> (Duration, usize) {
    let asked = running::asked();
    let more = |services: usize| services.saturating_sub(SERVICES);
    let times = |duration: Duration, count: usize| duration.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    let renders = asked.renders.saturating_sub(1);
    let time = TIME
        .saturating_add(times(TIME_OF_A_SERVICE, more(asked.services)))
        .saturating_add(times(TIME_OF_A_RENDER, renders));
    let memory = MEMORY
        .saturating_add(MEMORY_OF_A_SERVICE.saturating_mul(more(asked.at_once)))
        .saturating_add(KEPT_OF_A_SERVICE.saturating_mul(more(asked.services)))
        .saturating_add(KEPT_OF_A_RENDER.saturating_mul(renders));
    (time, memory)
}

/// The life of the thread that watches.
fn watch() {
    IS_WATCH.set(true);
    let (mut taken, mut worked) = (Duration::ZERO, Duration::ZERO);
    loop {
        if WATCHED.load(Ordering::Relaxed) == 0 {
            std::thread::park();
        }
        let (start, cpu) = (Instant::now(), cpu_time());
        std::thread::park_timeout(LOOK);
        let why = STOPPED.load(Ordering::Acquire);
        if why != RUNS {
            WATCHED.fetch_or(ENDS, Ordering::AcqRel);
            end(why);
        }
        if WATCHED.load(Ordering::Relaxed) > 0 {
            taken += start.elapsed();
            worked += cpu_time().saturating_sub(cpu);
        }
        // On a machine that has no time for this process the clock alone would blame the template.
        let (time, _) = allowed();
        if taken > time && worked > time / 2 {
            if WATCHED.fetch_or(ENDS, Ordering::AcqRel) > 0 {
                end(RUNS);
            }
            WATCHED.fetch_and(!ENDS, Ordering::AcqRel);
        }
    }
}

/// Says what was too much and ends the program.
fn end(why: u8) -> ! {
    let (time, memory) = allowed();
    let place = if why == RUNS { usize::MAX } else { CULPRIT.load(Ordering::Acquire) };
    let at = running::name(place).map(|name| format!("; it was stopped at `{name}`")).unwrap_or_default();
    let finding = match why {
        TOO_MUCH_MEMORY => Finding::error(
            ids::TEMPLATE_TOO_LARGE,
            format!("rendering takes more than {} MiB of memory{at}", memory >> 20),
        )
        .help("look for a text or a list that grows with each turn of a loop"),
        TOO_DEEP => Finding::error(
            ids::TEMPLATE_TOO_DEEP,
            format!("rendering meets values that are nested too deep to work with{at}"),
        )
        .help("look for a list or a namespace that is put into itself, over and over"),
        _ => Finding::error(ids::TEMPLATE_TOO_LONG, format!("rendering takes more than {} s{at}", time.as_secs()))
            .help("look for a loop within a loop, or a list that is put into itself twice, over and over"),
    };
    if let Some(talk) = TALK.get() {
        talk.error(finding);
    }
    exit()
}

#[cfg(unix)]
fn exit() -> ! {
    // SAFETY: nothing comes after it. What `exit` would call first could wait for what the stopped thread holds.
    unsafe { libc::_exit(2) }
}

#[cfg(not(unix))]
fn exit() -> ! {
    std::process::exit(2)
}

/// What this process has worked so far, all threads together.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call fills the struct that it is given.
    let done = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    if done == 0 { Duration::new(time.tv_sec as u64, time.tv_nsec as u32) } else { Duration::ZERO }
}

/// Where there is no such clock, the one on the wall stands for it.
#[cfg(not(unix))]
fn cpu_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Stops this thread for good and lets the watch say why. Safe in the allocator and in the handler of a signal: it takes
/// no lock and asks for no memory.
fn stop(why: u8) {
    if IS_WATCH.get() {
        return;
    }
    if STOPPED.load(Ordering::Acquire) == RUNS {
        CULPRIT.store(running::here(), Ordering::Release);
        let first = STOPPED.compare_exchange(RUNS, why, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if first && WATCH.get().is_some_and(Option::is_none) {
            // Nobody else is there to say it.
            IS_WATCH.set(true);
            WATCHED.fetch_or(ENDS, Ordering::AcqRel);
            end(why);
        }
    }
    forever();
}

fn forever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// The system's allocator, counted.
struct Counted;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

impl Counted {
    /// Adds to what this thread has asked for. On the way of every allocation.
    #[inline(always)]
    fn count(change: isize) {
        OWN.with(|cell| {
            let own = cell.get().wrapping_add(change);
            if -BATCH < own && own < BATCH {
                cell.set(own);
            } else {
                Counted::tell(own);
            }
        });
    }

    #[cold]
    fn tell(own: isize) {
        let limit = isize::try_from(allowed().1).unwrap_or(isize::MAX);
        OWN.set(0);
        // What is too much alone is not added, or the sum could turn over, as the thread's own may have.
        let alone = own > limit || own < isize::MIN / 2;
        if alone || MEMORY_NOW.0.fetch_add(own, Ordering::Relaxed).saturating_add(own) > limit && own > 0 {
            stop(TOO_MUCH_MEMORY);
        }
    }
}

/// From this size on each block is counted, before it is made.
const LARGE: usize = 16 << 10;
/// Of smaller blocks one in so many is counted, for all of them. Which one is a matter of its address, so that what is
/// given back is counted as it was when it was made; millions of blocks make it exact enough.
const ONE_IN: isize = 8;

/// Whether a small block is one of those that are counted.
#[inline(always)]
fn is_sample(block: *mut u8) -> bool {
    // The upper bits of this product depend on all bits of the address, whatever the distance between blocks.
    (block as usize as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61 == 0
}

/// What a block adds; no layout is larger than `isize::MAX`.
#[inline(always)]
fn weight(block: *mut u8, size: usize) -> isize {
    match size >= LARGE {
        true => size as isize,
        false if is_sample(block) => size as isize * ONE_IN,
        false => 0,
    }
}

impl Counted {
    /// Makes a block by `make`, or of the reserve when this is the thread with the last word.
    #[inline(always)]
    fn made(layout: Layout, make: impl FnOnce() -> *mut u8) -> *mut u8 {
        let watched = WATCHED.load(Ordering::Relaxed);
        if watched == 0 {
            return make();
        }
        if layout.size() >= LARGE {
            Counted::count(layout.size() as isize);
        }
        if watched & ENDS != 0
            && let Some(block) = reserve::alloc(layout)
        {
            return block;
        }
        let block = make();
        if layout.size() < LARGE && is_sample(block) {
            Counted::count(layout.size() as isize * ONE_IN);
        }
        block
    }
}

// SAFETY: every call goes on to the system's allocator as it came, is served by the reserve, or never returns.
unsafe impl GlobalAlloc for Counted {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Counted::made(layout, || unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // The reserve is zero until it is given out, and never given out twice.
        Counted::made(layout, || unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let watched = WATCHED.load(Ordering::Relaxed);
        if watched != 0 {
            let weight = weight(block, layout.size());
            if weight != 0 {
                Counted::count(-weight);
            }
            if watched & ENDS != 0 && reserve::holds(block) {
                return;
            }
        }
        unsafe { System.dealloc(block, layout) };
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let watched = WATCHED.load(Ordering::Relaxed);
        if watched == 0 {
            return unsafe { System.realloc(block, layout, size) };
        }
        if watched & ENDS != 0 && (IS_WATCH.get() || reserve::holds(block)) {
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
        let before = weight(block, layout.size());
        if size >= LARGE {
            // Both may exist for a moment.
            Counted::count(size as isize);
        }
        let new = unsafe { System.realloc(block, layout, size) };
        let after = if size >= LARGE { 0 } else { weight(new, size) };
        if !new.is_null() && before != after {
            Counted::count(after - before);
        }
        new
    }
}

/// Memory for the last words. The stopped thread may stand within the system's allocator and hold its lock.
mod reserve {
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

    /// A block of the reserve, when this is the thread that has the last word and one is left.
    #[cold]
    pub(super) fn alloc(layout: Layout) -> Option<*mut u8> {
        if !IS_WATCH.get() || layout.align() > 16 {
            return None;
        }
        let size = layout.size().checked_next_multiple_of(16)?;
        let start = USED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(size).filter(|end| *end <= SIZE)
        });
        // SAFETY: `start` and what follows are within the block.
        start.ok().map(|start| unsafe { BLOCK.0.get().cast::<u8>().add(start) })
    }

    /// Whether `block` came from here.
    #[cold]
    pub(super) fn holds(block: *mut u8) -> bool {
        (block as usize).wrapping_sub(BLOCK.0.get() as usize) < SIZE
    }
}

/// An overflow of the stack, which would abort the program.
#[cfg(unix)]
mod stack {
    use crate::guard::TOO_DEEP;
    use crate::guard::WATCHED;
    use crate::guard::stop;
    use std::mem::MaybeUninit;
    use std::sync::OnceLock;
    use std::sync::atomic::Ordering;

    /// What the system sends when a thread runs into the end of its stack.
    const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

    static BEFORE: [OnceLock<libc::sigaction>; 2] = [const { OnceLock::new() }; 2];

    /// Catches it in every thread. Each that the standard library starts has a stack of its own for signals.
    pub(super) fn catch() {
        for (signal, before) in SIGNALS.into_iter().zip(&BEFORE) {
            let mut old = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: both structs are whole, and the handler does only what a handler may.
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
        if WATCHED.load(Ordering::Relaxed) > 0 {
            stop(TOO_DEEP);
        }
        // Not ours: whoever handled it before does so when the fault comes again.
        for (own, before) in SIGNALS.into_iter().zip(&BEFORE) {
            if let (true, Some(before)) = (own == signal, before.get()) {
                // SAFETY: the struct is what the system gave.
                unsafe { libc::sigaction(signal, before, std::ptr::null_mut()) };
            }
        }
    }
}

/// Elsewhere the standard library says that the stack is full and the system ends the process; nothing is written then.
#[cfg(not(unix))]
mod stack {
    pub(super) fn catch() {}
}
