//! The thread pool.

use rayon::ThreadBuilder;
use rayon::ThreadPoolBuilder;
use std::num::NonZero;
use std::sync::mpsc;
use std::sync::mpsc::Sender;

/// More threads than this gain nothing, and each costs memory.
const MOST: usize = 64;

/// Starts the pool: one thread per processor, or `RAYON_NUM_THREADS`, up to a limit. If the system provides fewer,
/// fewer do the work, and with none this thread does it: the output is the same.
pub(crate) fn start() {
    let workers: Vec<Sender<ThreadBuilder>> = (0..wanted()).map_while(|_| worker()).collect();
    let mut waiting = workers.into_iter();
    let builder = match waiting.len() {
        0 | 1 => ThreadPoolBuilder::new().num_threads(1).use_current_thread(),
        count => ThreadPoolBuilder::new().num_threads(count),
    };
    let give = |thread: ThreadBuilder| {
        let worker = waiting.next().ok_or(std::io::ErrorKind::WouldBlock)?;
        worker.send(thread).map_err(|_| std::io::ErrorKind::WouldBlock.into())
    };
    // The pool can be built only once; having the threads already rules out a failure here.
    let made = builder.spawn_handler(give).build_global();
    debug_assert!(made.is_ok(), "{made:?}");
}

/// A thread that waits for what to run; `None` if it cannot be started. It ends if it gets nothing to run.
fn worker() -> Option<Sender<ThreadBuilder>> {
    let (sender, receiver) = mpsc::channel::<ThreadBuilder>();
    let run = move || {
        if let Ok(thread) = receiver.recv() {
            thread.run();
        }
    };
    std::thread::Builder::new().spawn(run).ok().map(|_| sender)
}

fn wanted() -> usize {
    let said = std::env::var("RAYON_NUM_THREADS").ok().and_then(|number| number.parse::<usize>().ok());
    let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
    said.filter(|number| *number > 0).unwrap_or_else(processors).min(MOST)
}
