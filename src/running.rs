//! What each thread is at, for whoever has to name what does not end: a template, a file, a stage of a render. And what
//! the run has taken on so far. No output depends on either.
//!
//! The program ends a run that takes too long or too much from outside, while the thread that took it stands where it
//! stands: names are therefore kept in fixed places, and no lock is held while memory is asked for.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// How many threads are told apart; more share places.
const PLACES: usize = 256;

static PLACE: [Mutex<Option<Now>>; PLACES] = [const { Mutex::new(None) }; PLACES];
static THREADS: AtomicUsize = AtomicUsize::new(0);
static TURN: AtomicU64 = AtomicU64::new(0);
static RENDERS: AtomicUsize = AtomicUsize::new(0);
static SERVICES: AtomicUsize = AtomicUsize::new(0);
static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
static MOST_AT_ONCE: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static OWN: Cell<usize> = const { Cell::new(NOWHERE) };
}

/// The place of a thread that has been at nothing yet.
const NOWHERE: usize = usize::MAX;

/// What a thread is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A template, by the name that messages use.
    Template(Arc<str>),
    /// Anything else: its kind, such as `the profiles of`, and its name, which may be empty.
    Stage(&'static str, Arc<str>),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Template(name) => write!(f, "`{name}`"),
            What::Stage(kind, name) if name.is_empty() => f.write_str(kind),
            What::Stage(kind, name) => write!(f, "{kind} `{name}`"),
        }
    }
}

/// What a thread is at, and since when.
#[derive(Clone)]
struct Now {
    turn: u64,
    what: What,
}

/// While it lives, this thread is at something.
pub struct At {
    place: usize,
    before: Option<Now>,
}

/// While it lives, a render of so many services is under way.
pub(crate) struct Render(usize);

/// Notes that this thread is now at the template that messages call `name`.
pub(crate) fn at(name: &Arc<str>) -> At {
    now_at(What::Template(Arc::clone(name)))
}

/// Notes that this thread is now at a stage: its kind, such as `the profiles of`, and the name of what it works on.
pub fn stage(kind: &'static str, name: impl Into<Arc<str>>) -> At {
    now_at(What::Stage(kind, name.into()))
}

fn now_at(what: What) -> At {
    let place = match OWN.get() {
        NOWHERE => THREADS.fetch_add(1, Ordering::Relaxed) % PLACES,
        place => place,
    };
    OWN.set(place);
    let now = Now { turn: TURN.fetch_add(1, Ordering::Relaxed), what };
    At { place, before: put(place, Some(now)) }
}

/// Notes that so many bytes were read because of what the command line names, or from where renders are written.
pub(crate) fn read(bytes: u64) {
    BYTES.fetch_add(bytes, Ordering::Relaxed);
}

/// Notes that a render of so many services begins.
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

/// What a run has been asked for so far.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Renders that have begun.
    pub renders: usize,
    /// Their services.
    pub services: usize,
    /// The most services of renders that were under way at once: what they took, the allocator keeps.
    pub at_once: usize,
    /// Bytes that were read of what the command line names and of earlier renders; not those of profiles and templates.
    pub bytes: u64,
}

/// What this run has been asked for so far. Asks for no memory.
pub fn asked() -> Asked {
    Asked {
        renders: RENDERS.load(Ordering::Relaxed),
        services: SERVICES.load(Ordering::Relaxed),
        at_once: MOST_AT_ONCE.load(Ordering::Relaxed),
        bytes: BYTES.load(Ordering::Relaxed),
    }
}

/// This thread's place. Asks for no memory and takes no lock.
pub fn here() -> usize {
    OWN.get()
}

/// What the thread at `place` is at; where that is nothing, what some thread has been at for longest. `None` when no
/// thread is at anything. Never waits.
pub fn what(place: usize) -> Option<What> {
    let now = |place: &Mutex<Option<Now>>| place.try_lock().ok()?.clone();
    let own = PLACE.get(place).and_then(now);
    own.or_else(|| PLACE.iter().filter_map(now).min_by_key(|now| now.turn)).map(|now| now.what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_at_what_began_last_until_it_ends() {
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
