//! Runs one input and reports what went wrong.

use crate::clock;
use crate::input::Input;
use crate::memory;
use std::cell::RefCell;
use std::panic;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// A violated law.
pub(crate) struct Broken {
    /// Its name.
    pub(crate) law: &'static str,
    /// What was observed.
    pub(crate) seen: String,
}

/// `Ok` if `holds`.
pub(crate) fn law(holds: bool, law: &'static str, seen: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { law, seen: seen() }) }
}

static WHOLE: AtomicU64 = AtomicU64::new(0);

/// Counts an input that was not rejected on the way: if few are, inputs are worth little.
pub(crate) fn went_all_the_way() {
    WHOLE.fetch_add(1, Relaxed);
}

/// How many inputs were not rejected.
pub(crate) fn whole() -> u64 {
    WHOLE.load(Relaxed)
}

/// A failure.
#[derive(Default)]
pub(crate) struct Failure {
    /// Identifies the kind of failure: the law, or where it panicked.
    pub(crate) kind: String,
    pub(crate) seen: String,
}

/// The limits for an input.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    /// In bytes.
    pub(crate) memory: usize,
}

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Suppresses the output of panics: [`run`] reports them.
pub(crate) fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or_default();
        PANIC.with_borrow_mut(|panic| *panic = format!("{place}\n{text}"));
    }));
}

/// Runs an input. If it takes too long, it is timed again before that counts: memory and caches may have been busy.
pub(crate) fn run(input: &Input, limits: Limits) -> Option<Failure> {
    let most = match input.is_program() {
        true => Limits { time: Duration::MAX, memory: usize::MAX },
        // Large files may take longer in proportion to their size. Many small documents of values take longest: each is
        // judged by all charts.
        false => Limits { time: limits.time + Duration::from_micros(100) * input.size() as u32, ..limits },
    };
    let before = memory::begin();
    let start = clock::worked();
    let result = panic::catch_unwind(|| (input.target.run)(&input.parts));
    let time = clock::worked() - start;
    let memory = memory::peak_over(before);
    match result {
        Err(_) => {
            let told = PANIC.take();
            let (place, text) = told.split_once('\n').unwrap_or((&told, ""));
            Some(Failure { kind: format!("panic at {place}"), seen: text.to_owned() })
        }
        Ok(Err(Broken { law, seen })) => Some(Failure { kind: law.to_owned(), seen }),
        Ok(Ok(())) if memory > most.memory => {
            Some(Failure { kind: "memory".into(), seen: format!("{} MB for {} bytes", memory >> 20, input.size()) })
        }
        Ok(Ok(())) if time > most.time => {
            let again = || {
                let start = clock::worked();
                let _ = panic::catch_unwind(|| (input.target.run)(&input.parts));
                clock::worked() - start
            };
            let time = time.min(again()).min(again());
            let seen = || format!("{} ms for {} bytes", time.as_millis(), input.size());
            (time > most.time).then(|| Failure { kind: "slow".into(), seen: seen() })
        }
        Ok(Ok(())) => None,
    }
}
