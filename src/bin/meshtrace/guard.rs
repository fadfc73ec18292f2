//! The last line of defense against hostile repositories: ends the program when a run takes too much time, memory or
//! stack, with an error that names what it was working on.
//!
//! The library has its own limits, with better messages, for what it can count: steps, text, the size of
//! values, the depth of sources. This is for the rest: two lists that take a week to compare within one step of the
//! engine, a value that contains itself, a stage that gets more of something than expected. Such a step cannot be
//! interrupted, so its thread is left as it is, while another thread reports the error and ends the process. That is
//! sound because nothing has been written and no lock on a directory is held: `render` and `init` leave the watch
//! before they write. Input cannot bypass it, because it relies on nothing that the input controls: every large block
//! comes from the allocator, the system counts the total of small ones, every frame is on the stack, and the time of
//! the processor goes on.

mod alloc;
mod reserve;
mod resident;
mod stack;

use crate::talk::Console;
use meshtrace::finding::Finding;
use meshtrace::finding::RuleId;
use meshtrace::finding::ids;
use meshtrace::running;
use meshtrace::running::Task;
use resident::Meter;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread::Thread;
use std::time::Duration;
use std::time::Instant;

/// The time that a run may work. It is the time of the processor, of all threads together, since the clock goes on while
/// other programs have the processor. Ten thousand services take a tenth of it, and half of the memory.
const TIME: Duration = Duration::from_secs(8);
/// Threads that wait for each other work longer than one for the same, so a run may in any case go on until this part of
/// the time has passed by the clock.
const PART: u32 = 4;
/// The memory limit of the process. Allocations between two checks come on top; the total stays below 400 MB.
const MEMORY: usize = 320 << 20;

/// Additional time for each service. This and the following are several times what was measured. Without optimization
/// it takes several times as long.
const TIME_OF_A_SERVICE: Duration = Duration::from_micros(if cfg!(debug_assertions) { 1_000 } else { 200 });
/// A render takes 10 to 20 ms.
const TIME_OF_A_RENDER: Duration = Duration::from_millis(if cfg!(debug_assertions) { 120 } else { 30 });
const TIME_OF_A_MIB: Duration = Duration::from_millis(250);
/// Additional memory for each service while its render is in progress: its values, its objects, their text.
const MEMORY_OF_A_SERVICE: usize = 20 << 10;
/// What is kept of each service until everything is written.
const KEPT_OF_A_SERVICE: usize = 4 << 10;
const KEPT_OF_A_RENDER: usize = 256 << 10;
/// Parsing a text of many small values takes this many times its size.
const MEMORY_OF_A_BYTE: usize = 16;
/// Editing a text takes this many times its size: the objects as read, what is put into them, what they must be read as
/// afterwards.
const MEMORY_OF_AN_EDITED_BYTE: usize = 96;
/// Up to this number of services nothing is added.
const SERVICES: usize = 10_000;
const BYTES: u64 = 8 << 20;

/// The upper limit of a run, whatever it has to do: a few kilobytes of input can cause very much work. The time of the
/// renders that were started comes on top; their number is limited.
const MOST_TIME: Duration = Duration::from_secs(30);
const MOST_MEMORY: usize = 1 << 30;

/// How often the watch checks. In this time a processor can fill about ten megabytes.
const LOOK: Duration = Duration::from_millis(5);

/// Whether a run is watched: [`IDLE`], [`WATCHED`], or [`ENDING`] while the program is being ended.
static STATE: AtomicU8 = AtomicU8::new(IDLE);
const IDLE: u8 = 0;
const WATCHED: u8 = 1;
const ENDING: u8 = 2;

static STOPPED: AtomicU8 = AtomicU8::new(RUNS);
const RUNS: u8 = 0;
const TOO_MUCH_MEMORY: u8 = 1;
const TOO_DEEP: u8 = 2;

static CULPRIT: AtomicUsize = AtomicUsize::new(0);
static CONSOLE: OnceLock<Console> = OnceLock::new();
static WATCH: OnceLock<Option<Thread>> = OnceLock::new();

thread_local! {
    static IS_WATCH: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, and ends the program with a message through `console` if it takes too much. If no thread can be started
/// to watch it, its time is not limited.
pub(crate) fn watched<T>(console: Console, work: impl FnOnce() -> T) -> T {
    let _ = CONSOLE.set(console);
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

/// Whether this is the thread that ends the program.
#[inline(always)]
fn is_ending() -> bool {
    STATE.load(Ordering::Relaxed) == ENDING
}

/// The limits of a run.
struct Allowed {
    time: Duration,
    memory: usize,
}

/// The limits given what this run has had to do so far.
fn allowed() -> Allowed {
    let asked = running::asked();
    let more = |services: usize| services.saturating_sub(SERVICES);
    let times = |duration: Duration, count: usize| duration.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    let renders = asked.renders.saturating_sub(1);
    let bytes = usize::try_from(asked.bytes.saturating_sub(BYTES)).unwrap_or(usize::MAX);
    let time = TIME
        .saturating_add(times(TIME_OF_A_SERVICE, more(asked.services)))
        .saturating_add(times(TIME_OF_A_MIB, bytes >> 20));
    let time = time.min(MOST_TIME).saturating_add(times(TIME_OF_A_RENDER, renders));
    let memory = MEMORY
        .saturating_add(MEMORY_OF_A_SERVICE.saturating_mul(more(asked.at_once)))
        .saturating_add(KEPT_OF_A_SERVICE.saturating_mul(more(asked.services)))
        .saturating_add(KEPT_OF_A_RENDER.saturating_mul(renders))
        .saturating_add(MEMORY_OF_A_BYTE.saturating_mul(bytes))
        .saturating_add(MEMORY_OF_AN_EDITED_BYTE.saturating_mul(usize::try_from(asked.edited).unwrap_or(usize::MAX)));
    Allowed { time, memory: memory.min(MOST_MEMORY) }
}

/// The body of the watching thread.
fn watch() {
    IS_WATCH.set(true);
    let meter = Meter::new();
    let (mut begun, mut before) = (Instant::now(), cpu_time());
    loop {
        if STATE.load(Ordering::Relaxed) == IDLE {
            std::thread::park();
            (begun, before) = (Instant::now(), cpu_time());
        }
        std::thread::park_timeout(LOOK);
        let why = STOPPED.load(Ordering::Acquire);
        if why != RUNS {
            end_if_watched(why);
        }
        if alloc::is_too_much(meter.read()) {
            end_if_watched(TOO_MUCH_MEMORY);
        }
        let time = allowed().time;
        if cpu_time().saturating_sub(before) > time && begun.elapsed() > time / PART {
            end_if_watched(RUNS);
        }
    }
}

/// Ends the program, unless the watch has ended.
fn end_if_watched(why: u8) {
    if STATE.compare_exchange(WATCHED, ENDING, Ordering::AcqRel, Ordering::Acquire).is_ok() {
        end(why);
    }
}

/// Reports which limit was exceeded and ends the program.
fn end(why: u8) -> ! {
    last_chance();
    let allowed = allowed();
    let stopped = STOPPED.load(Ordering::Acquire) != RUNS;
    let place = if stopped { CULPRIT.load(Ordering::Acquire) } else { usize::MAX };
    if let Some(console) = CONSOLE.get() {
        console.error(finding(why, &allowed, running::what(place)));
    }
    exit()
}

fn finding(why: u8, allowed: &Allowed, what: Option<Task>) -> Finding {
    let template = matches!(what, Some(Task::Template(_)));
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
            format!("{who} takes more than {} s of processor time{at}", allowed.time.as_secs()),
        )
        .help(match template {
            true => "look for nested loops, or a list that is repeatedly added to itself",
            false => "give it less at once, such as fewer files or one render at a time",
        }),
    }
}

#[cfg(unix)]
fn exit() -> ! {
    // SAFETY: nothing runs after it. The handlers that `exit` would run could block on locks of the stopped thread.
    unsafe { libc::_exit(2) }
}

#[cfg(not(unix))]
fn exit() -> ! {
    std::process::exit(2)
}

/// Makes sure that the program ends even if its last message blocks on a lock of a stopped thread.
#[cfg(unix)]
fn last_chance() {
    extern "C" fn ends(_: libc::c_int) {
        const WORDS: &[u8] = b"error: the run takes too much time or memory\n";
        // SAFETY: both calls are allowed in a signal handler. A second alarm gets the default action, which ends the
        // process.
        unsafe {
            libc::signal(libc::SIGALRM, libc::SIG_DFL);
            libc::alarm(1);
            libc::write(2, WORDS.as_ptr().cast(), WORDS.len());
            libc::_exit(2)
        }
    }
    // SAFETY: the handler only makes calls that are allowed in one.
    unsafe {
        libc::signal(libc::SIGALRM, ends as extern "C" fn(_) as libc::sighandler_t);
        libc::alarm(2);
    }
}

#[cfg(not(unix))]
fn last_chance() {}

/// The maximum size of all thread stacks, which the system counts as data.
const STACKS: usize = 512 << 20;

/// Makes the system refuse more than `bytes` of data in total; `usize::MAX` removes the limit. The watch stops a run
/// long before; this is for when it gets no processor time, and for memory that was swapped out.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn limit(bytes: usize) {
    static FOUND: OnceLock<libc::rlimit> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: the call only fills the given struct.
        unsafe { libc::getrlimit(libc::RLIMIT_DATA, &raw mut limit) };
        limit
    });
    let wanted = libc::rlim_t::try_from(bytes).unwrap_or(libc::RLIM_INFINITY);
    let limit = libc::rlimit { rlim_cur: wanted.min(found.rlim_cur), rlim_max: found.rlim_max };
    // SAFETY: the call only reads the given struct.
    unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const limit) };
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn limit(_: usize) {}

/// The processor time of this process so far, of all threads together.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call only fills the given struct.
    let done = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    if done == 0 { Duration::new(time.tv_sec as u64, time.tv_nsec as u32) } else { elapsed() }
}

#[cfg(not(unix))]
fn cpu_time() -> Duration {
    elapsed()
}

/// Used instead on systems without such a clock.
fn elapsed() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Stops this thread for good and lets the watch report why, if a run is being watched. Safe in the allocator and in a
/// signal handler: takes no lock and allocates no memory.
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
