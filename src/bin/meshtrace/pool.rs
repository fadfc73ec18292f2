//! The threads that share the work.

use rayon::ThreadBuilder;
use rayon::ThreadPoolBuilder;
use std::num::NonZero;
use std::sync::mpsc;
use std::sync::mpsc::Sender;

/// More threads than this gain nothing, and each of them costs memory.
const MOST: usize = 64;

/// Starts the threads: one for each processor, or as many as `RAYON_NUM_THREADS` says, up to a bound. Where the system
/// gives fewer, fewer do the work, and with none it is done by this one: the output is the same bytes.
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
    // The pool can be made once, so a failure here has been ruled out by having the threads at hand already.
    let made = builder.spawn_handler(give).build_global();
    debug_assert!(made.is_ok(), "{made:?}");
}

/// A thread that waits to be told what to run; `None` when the system gives none. When it is told nothing, it ends.
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
