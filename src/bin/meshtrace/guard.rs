//! The last line of defence against hostile repositories: ends the program when a run takes too much time, memory or
//! stack, with an error that names what it was working on.
//!
//! The library has its own limits, with better messages, for what can be counted: steps, text, the size of values, the
//! depth of sources. The rest has no place to ask: two lists that take a week to compare within one step of the engine, a
//! value that contains itself, a stage that meets more of something than expected. Such a step cannot be
//! interrupted, so its thread is left where it is, and another thread reports the error and ends the process. That is
//! sound because nothing has been written and no lock of a directory is held: `render` and `init` leave the watch before
//! they write. Input cannot bypass it, because it relies on nothing that the input controls: every large block comes
//! from the allocator, what small ones come to is counted by the system, every frame is on the stack, and the clock goes
//! on.

mod alloc;
mod reserve;
mod resident;
mod stack;

use crate::talk::Talk;
use meshtrace::finding::Finding;
use meshtrace::finding::RuleId;
use meshtrace::finding::ids;
use meshtrace::running;
use meshtrace::running::What;
use resident::Meter;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread::Thread;
use std::time::Duration;
use std::time::Instant;

/// What a run may take. Ten thousand services take a tenth of this time, and half of the memory.
const TIME: Duration = Duration::from_secs(8);
/// Of the whole process. What is taken between two looks comes on top: it stays below 400 MB.
const MEMORY: usize = 320 << 20;

/// What is added for more of what people have much of. Each is several times what was measured.
/// A build without optimization takes several times as long.
const TIME_OF_A_SERVICE: Duration = Duration::from_micros(if cfg!(debug_assertions) { 1_000 } else { 200 });
const TIME_OF_A_RENDER: Duration = Duration::from_millis(5);
const TIME_OF_A_MIB: Duration = Duration::from_millis(250);
/// What a service takes while its render is under way: its values, its objects, their text.
const MEMORY_OF_A_SERVICE: usize = 20 << 10;
/// What is kept of it until everything is written.
const KEPT_OF_A_SERVICE: usize = 4 << 10;
const KEPT_OF_A_RENDER: usize = 256 << 10;
/// A text of many small values takes so many times its size as a tree.
const MEMORY_OF_A_BYTE: usize = 16;
/// Up to here nothing is added.
const SERVICES: usize = 10_000;
const BYTES: u64 = 8 << 20;

/// What a run may take in the end, whatever it was asked for: a few kilobytes can ask for very much.
const MOST_TIME: Duration = Duration::from_secs(30);
const MOST_MEMORY: usize = 1 << 30;

/// How often the watch looks. In this time a processor can fill about ten megabytes.
const LOOK: Duration = Duration::from_millis(5);

/// Whether a run is watched: [`IDLE`], [`WATCHED`], or [`ENDING`] when the program is being ended.
static STATE: AtomicU8 = AtomicU8::new(IDLE);
const IDLE: u8 = 0;
const WATCHED: u8 = 1;
const ENDING: u8 = 2;

static STOPPED: AtomicU8 = AtomicU8::new(RUNS);
const RUNS: u8 = 0;
const TOO_MUCH_MEMORY: u8 = 1;
const TOO_DEEP: u8 = 2;

static CULPRIT: AtomicUsize = AtomicUsize::new(0);
static TALK: OnceLock<Talk> = OnceLock::new();
static WATCH: OnceLock<Option<Thread>> = OnceLock::new();

thread_local! {
    static IS_WATCH: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, and ends the program when that takes too much, which `talk` then tells. Where the system gives no thread
/// to watch it, the time that it takes has no bound.
pub(crate) fn watched<T>(talk: Talk, work: impl FnOnce() -> T) -> T {
    let _ = TALK.set(talk);
    let watch = WATCH.get_or_init(start);
    STATE.store(WATCHED, Ordering::Release);
    match watch {
        Some(watch) => watch.unpark(),
        None => limit(MEMORY),
    }
    let done = work();
    leave();
    done
}

/// Ends the watch of this run: from here on it may write, and is not stopped halfway.
pub(crate) fn leave() {
    // A run that finishes while the program is being ended must not begin to write.
    let left = STATE.compare_exchange(WATCHED, IDLE, Ordering::AcqRel, Ordering::Acquire);
    if left == Err(ENDING) || STOPPED.load(Ordering::Acquire) != RUNS {
        forever();
    }
    limit(usize::MAX);
}

fn start() -> Option<Thread> {
    stack::catch();
    limit(MOST_MEMORY + STACKS);
    let thread = std::thread::Builder::new().name("watch".to_string()).stack_size(1 << 20).spawn(watch).ok()?;
    Some(thread.thread().clone())
}

/// Whether the thread with the last word is at it.
#[inline(always)]
fn is_ending() -> bool {
    STATE.load(Ordering::Relaxed) == ENDING
}

/// What a run may take.
struct Allowed {
    time: Duration,
    memory: usize,
}

/// What is allowed to what this run has been asked for so far.
fn allowed() -> Allowed {
    let asked = running::asked();
    let more = |services: usize| services.saturating_sub(SERVICES);
    let times = |duration: Duration, count: usize| duration.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    let renders = asked.renders.saturating_sub(1);
    let bytes = usize::try_from(asked.bytes.saturating_sub(BYTES)).unwrap_or(usize::MAX);
    let time = TIME
        .saturating_add(times(TIME_OF_A_SERVICE, more(asked.services)))
        .saturating_add(times(TIME_OF_A_RENDER, renders))
        .saturating_add(times(TIME_OF_A_MIB, bytes >> 20));
    let memory = MEMORY
        .saturating_add(MEMORY_OF_A_SERVICE.saturating_mul(more(asked.at_once)))
        .saturating_add(KEPT_OF_A_SERVICE.saturating_mul(more(asked.services)))
        .saturating_add(KEPT_OF_A_RENDER.saturating_mul(renders))
        .saturating_add(MEMORY_OF_A_BYTE.saturating_mul(bytes));
    Allowed { time: time.min(MOST_TIME), memory: memory.min(MOST_MEMORY) }
}

/// The life of the thread that watches.
fn watch() {
    IS_WATCH.set(true);
    let meter = Meter::new();
    let (mut taken, mut worked) = (Duration::ZERO, Duration::ZERO);
    let (mut clock, mut cpu) = (Instant::now(), cpu_time());
    loop {
        if STATE.load(Ordering::Relaxed) == IDLE {
            std::thread::park();
            (clock, cpu) = (Instant::now(), cpu_time());
        }
        std::thread::park_timeout(LOOK);
        let why = STOPPED.load(Ordering::Acquire);
        if why != RUNS {
            end_if_watched(why);
        }
        if alloc::is_too_much(meter.read()) {
            end_if_watched(TOO_MUCH_MEMORY);
        }
        let (passed, work) = (clock.elapsed(), cpu_time().saturating_sub(cpu));
        (clock, cpu) = (clock + passed, cpu + work);
        // Who waits for a slow pipe or a pager does no work.
        if work > passed / 16 {
            taken += passed;
            worked += work;
        }
        // On a machine that has no time for this process the clock alone would blame the input.
        let time = allowed().time;
        if taken > time && worked > time / 2 {
            end_if_watched(RUNS);
        }
    }
}

/// Ends the program, unless nobody is watched any more.
fn end_if_watched(why: u8) {
    if STATE.compare_exchange(WATCHED, ENDING, Ordering::AcqRel, Ordering::Acquire).is_ok() {
        end(why);
    }
}

/// Says what was too much and ends the program.
fn end(why: u8) -> ! {
    last_chance();
    let allowed = allowed();
    let stopped = STOPPED.load(Ordering::Acquire) != RUNS;
    let place = if stopped { CULPRIT.load(Ordering::Acquire) } else { usize::MAX };
    if let Some(talk) = TALK.get() {
        talk.error(finding(why, &allowed, running::what(place)));
    }
    exit()
}

fn finding(why: u8, allowed: &Allowed, what: Option<What>) -> Finding {
    let template = matches!(what, Some(What::Template(_)));
    let who = if template { "rendering" } else { "the run" };
    let at = what.map(|what| format!("; it was stopped at {what}")).unwrap_or_default();
    let rule = |template_rule: RuleId, rule: RuleId| if template { template_rule } else { rule };
    match why {
        TOO_MUCH_MEMORY => Finding::error(
            rule(ids::TEMPLATE_TOO_LARGE, ids::TOO_LARGE),
            format!("{who} takes more than {} MiB of memory{at}", allowed.memory >> 20),
        )
        .help(match template {
            true => "look for a string or a list that grows in every iteration of a loop",
            false => "give it less at once, such as fewer files or one render at a time",
        }),
        TOO_DEEP => Finding::error(
            rule(ids::TEMPLATE_TOO_DEEP, ids::TOO_DEEP),
            format!("{who} meets values that are nested too deeply{at}"),
        )
        .help(match template {
            true => "look for a list or a namespace that is added to itself repeatedly",
            false => "look for deeply nested lists or maps",
        }),
        _ => Finding::error(
            rule(ids::TEMPLATE_TOO_LONG, ids::TOO_LONG),
            format!("{who} takes more than {} s{at}", allowed.time.as_secs()),
        )
        .help(match template {
            true => "look for nested loops, or a list that is repeatedly added to itself",
            false => "give it less at once, such as fewer files or one render at a time",
        }),
    }
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

/// Sees to it that the program ends even where the last words have to wait for what a stopped thread holds.
#[cfg(unix)]
fn last_chance() {
    extern "C" fn ends(_: libc::c_int) {
        const WORDS: &[u8] = b"error: the run takes too much time or memory\n";
        // SAFETY: both calls are allowed in the handler of a signal. A second alarm finds the default, which ends it all.
        unsafe {
            libc::signal(libc::SIGALRM, libc::SIG_DFL);
            libc::alarm(1);
            libc::write(2, WORDS.as_ptr().cast(), WORDS.len());
            libc::_exit(2)
        }
    }
    // SAFETY: the handler does only what a handler may.
    unsafe {
        libc::signal(libc::SIGALRM, ends as extern "C" fn(_) as libc::sighandler_t);
        libc::alarm(2);
    }
}

#[cfg(not(unix))]
fn last_chance() {}

/// What the stacks of all threads may come to: the system counts them as data.
const STACKS: usize = 512 << 20;

/// Lets the system refuse what is beyond `bytes` of data in all; `usize::MAX` takes the limit back. The watch stops a run
/// long before; this holds where it gets no time to look, and for memory that was swapped out.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn limit(bytes: usize) {
    static FOUND: OnceLock<libc::rlimit> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: the call only fills the struct that it is given.
        unsafe { libc::getrlimit(libc::RLIMIT_DATA, &raw mut limit) };
        limit
    });
    let wanted = libc::rlim_t::try_from(bytes).unwrap_or(libc::RLIM_INFINITY);
    let limit = libc::rlimit { rlim_cur: wanted.min(found.rlim_cur), rlim_max: found.rlim_max };
    // SAFETY: the call only reads the struct that it is given.
    unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const limit) };
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn limit(_: usize) {}

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

/// Stops this thread for good and lets the watch say why, while somebody is watched. Safe in the allocator and in the
/// handler of a signal: it takes no lock and asks for no memory.
fn stop(why: u8) {
    if IS_WATCH.get() || STATE.load(Ordering::Acquire) == IDLE {
        return;
    }
    if STOPPED.load(Ordering::Acquire) == RUNS {
        CULPRIT.store(running::here(), Ordering::Release);
        let first = STOPPED.compare_exchange(RUNS, why, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if first && WATCH.get().is_some_and(Option::is_none) {
            // No other thread can report it.
            IS_WATCH.set(true);
            end_if_watched(why);
        }
    }
    forever();
}

fn forever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}
