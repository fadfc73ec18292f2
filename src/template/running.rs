//! Which template each thread is at, for whoever has to name the one that does not end. Nothing that is rendered depends
//! on it.
//!
//! The program ends a run that takes too long or too much from outside, while the thread that took it stands where it
//! stands: names are therefore kept in fixed places, and no lock is held while memory is asked for.

use std::cell::Cell;
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
static LARGEST: Mutex<Option<(usize, Arc<str>)>> = Mutex::new(None);
static RENDERS: AtomicUsize = AtomicUsize::new(0);
static SERVICES: AtomicUsize = AtomicUsize::new(0);
static AT_ONCE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OWN: Cell<usize> = const { Cell::new(NOWHERE) };
}

/// The place of a thread that renders nothing.
const NOWHERE: usize = usize::MAX;

/// A template that a thread is at.
#[derive(Clone)]
struct Now {
    turn: u64,
    name: Arc<str>,
}

/// While it lives, this thread is at a template.
pub(crate) struct At {
    place: usize,
    before: Option<Now>,
}

/// While it lives, a render of so many services is under way.
pub(crate) struct Render(usize);

/// Notes that this thread is now at the template that messages call `name`.
pub(crate) fn at(name: &Arc<str>) -> At {
    let place = match OWN.get() {
        NOWHERE => THREADS.fetch_add(1, Ordering::Relaxed) % PLACES,
        place => place,
    };
    OWN.set(place);
    let now = Now { turn: TURN.fetch_add(1, Ordering::Relaxed), name: Arc::clone(name) };
    At { place, before: put(place, Some(now)) }
}

/// Notes how much the template that messages call `name` printed.
pub(crate) fn printed(name: &Arc<str>, bytes: usize) {
    let larger = (bytes, Arc::clone(name));
    let mut largest = LARGEST.lock().unwrap_or_else(PoisonError::into_inner);
    let old = match &*largest {
        Some((most, _)) if *most >= bytes => return,
        _ => largest.replace(larger),
    };
    drop(largest);
    drop(old);
}

/// Notes that a render of so many services begins.
pub(crate) fn render(services: usize) -> Render {
    RENDERS.fetch_add(1, Ordering::Relaxed);
    SERVICES.fetch_add(services, Ordering::Relaxed);
    AT_ONCE.fetch_add(services, Ordering::Relaxed);
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
    /// The services of those that have not ended.
    pub at_once: usize,
}

/// What this run has been asked for so far. Asks for no memory.
pub fn asked() -> Asked {
    Asked {
        renders: RENDERS.load(Ordering::Relaxed),
        services: SERVICES.load(Ordering::Relaxed),
        at_once: AT_ONCE.load(Ordering::Relaxed),
    }
}

/// This thread's place. Asks for no memory and takes no lock.
pub fn here() -> usize {
    OWN.get()
}

/// What messages call the template at `place`; where there is none, the one that some thread has been at for longest,
/// and where no thread is at any, the one that printed most. `None` before the first. Never waits.
pub fn name(place: usize) -> Option<Arc<str>> {
    let now = |place: &Mutex<Option<Now>>| place.try_lock().ok()?.clone();
    let own = PLACE.get(place).and_then(now);
    let longest = || PLACE.iter().filter_map(now).min_by_key(|now| now.turn);
    let largest = || LARGEST.try_lock().ok()?.as_ref().map(|(_, name)| Arc::clone(name));
    own.or_else(longest).map(|now| now.name).or_else(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_at_the_template_that_began_last_until_it_ends() {
        let (outer, inner): (Arc<str>, Arc<str>) = ("outer".into(), "inner".into());
        let first = at(&outer);
        assert_eq!(name(here()), Some(Arc::clone(&outer)));
        let second = at(&inner);
        assert_eq!(name(here()), Some(inner));
        drop(second);
        assert_eq!(name(here()), Some(outer));
        drop(first);
    }
}
