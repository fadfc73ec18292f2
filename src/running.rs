//! What each thread is working on, to be able to name what does not end: a template, a file, a stage of a render. Also
//! what the run has started so far. No output depends on either.
//!
//! A run that takes too long or too much is ended from outside, while its threads are still working: names are
//! therefore kept in a fixed array, and no lock is held while memory is allocated.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// How many threads are distinguished; further ones share slots.
const PLACES: usize = 256;

static PLACE: [Mutex<Option<Now>>; PLACES] = [const { Mutex::new(None) }; PLACES];
static THREADS: AtomicUsize = AtomicUsize::new(0);
static TURN: AtomicU64 = AtomicU64::new(0);
static RENDERS: AtomicUsize = AtomicUsize::new(0);
static SERVICES: AtomicUsize = AtomicUsize::new(0);
static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
static MOST_AT_ONCE: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static EDITED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static OWN: Cell<usize> = const { Cell::new(NOWHERE) };
}

/// The slot of a thread that has not done anything yet.
const NOWHERE: usize = usize::MAX;

/// What a thread is working on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// A template, by its name in messages.
    Template(Arc<str>),
    /// Anything else: its kind, such as `the profiles of`, and its name, which may be empty.
    Stage(&'static str, Arc<str>),
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Task::Template(name) => write!(f, "`{name}`"),
            Task::Stage(kind, name) if name.is_empty() => f.write_str(kind),
            Task::Stage(kind, name) => write!(f, "{kind} `{name}`"),
        }
    }
}

/// What a thread is working on, and since when.
#[derive(Clone)]
struct Now {
    turn: u64,
    what: Task,
}

/// While this value lives, the thread is working on something.
pub struct At {
    place: usize,
    before: Option<Now>,
}

/// While this value lives, a render of so many services is in progress.
pub(crate) struct Render(usize);

/// Records that this thread is now working on the template that messages call `name`.
pub(crate) fn at(name: &Arc<str>) -> At {
    now_at(Task::Template(Arc::clone(name)))
}

/// Records that this thread is now in a stage: its kind, such as `the profiles of`, and the name of what it works on.
pub fn stage(kind: &'static str, name: impl Into<Arc<str>>) -> At {
    now_at(Task::Stage(kind, name.into()))
}

fn now_at(what: Task) -> At {
    let place = match OWN.get() {
        NOWHERE => THREADS.fetch_add(1, Ordering::Relaxed) % PLACES,
        place => place,
    };
    OWN.set(place);
    let now = Now { turn: TURN.fetch_add(1, Ordering::Relaxed), what };
    At { place, before: put(place, Some(now)) }
}

/// Records that so many bytes were read from paths on the command line or from earlier renders.
pub(crate) fn read(bytes: u64) {
    BYTES.fetch_add(bytes, Ordering::Relaxed);
}

/// Records that a text of so many bytes is edited.
pub(crate) fn edit(bytes: u64) {
    EDITED.fetch_add(bytes, Ordering::Relaxed);
}

/// Records that a render of so many services begins.
pub(crate) fn render(services: usize) -> Render {
    RENDERS.fetch_add(1, Ordering::Relaxed);
    SERVICES.fetch_add(services, Ordering::Relaxed);
    let now = AT_ONCE.fetch_add(services, Ordering::Relaxed) + services;
    MOST_AT_ONCE.fetch_max(now, Ordering::Relaxed);
    Render(services)
}

fn put(place: usize, now: Option<Now>) -> Option<Now> {
    std::mem::replace(&mut *PLACE[place].lock().unwrap_or_else(PoisonError::into_inner), now)
}

impl Drop for At {
    fn drop(&mut self) {
        drop(put(self.place, self.before.take()));
    }
}

impl Drop for Render {
    fn drop(&mut self) {
        AT_ONCE.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// What a run has to do, as far as known.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Renders started so far.
    pub renders: usize,
    /// Their services.
    pub services: usize,
    /// The most services in simultaneous renders: the allocator keeps the memory they took.
    pub at_once: usize,
    /// Bytes read from paths on the command line and from earlier renders; not those of profiles and templates.
    pub bytes: u64,
    /// Bytes of the texts that are edited.
    pub edited: u64,
}

/// What this run has had to do so far. Allocates no memory.
pub fn asked() -> Asked {
    Asked {
        renders: RENDERS.load(Ordering::Relaxed),
        services: SERVICES.load(Ordering::Relaxed),
        at_once: MOST_AT_ONCE.load(Ordering::Relaxed),
        bytes: BYTES.load(Ordering::Relaxed),
        edited: EDITED.load(Ordering::Relaxed),
    }
}

/// This thread's slot. Allocates no memory and takes no lock.
pub fn here() -> usize {
    OWN.get()
}

/// What the thread in the slot `place` is working on; if nothing, what some thread has been working on for longest.
/// `None` if no thread is working on anything. Never blocks.
pub fn what(place: usize) -> Option<Task> {
    let now = |place: &Mutex<Option<Now>>| place.try_lock().ok()?.clone();
    let own = PLACE.get(place).and_then(now);
    own.or_else(|| PLACE.iter().filter_map(now).min_by_key(|now| now.turn)).map(|now| now.what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_at_its_innermost_stage() {
        let said = || what(here()).map(|what| what.to_string());
        let name: Arc<str> = "x.yaml".into();
        let first = stage("the profiles of", "dev");
        assert_eq!(said().as_deref(), Some("the profiles of `dev`"));
        let second = at(&name);
        assert_eq!(said().as_deref(), Some("`x.yaml`"));
        drop(second);
        assert_eq!(said().as_deref(), Some("the profiles of `dev`"));
        drop(first);
        let _third = stage("the report", "");
        assert_eq!(said().as_deref(), Some("the report"));
    }
}
