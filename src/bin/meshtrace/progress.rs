//! How far a long run is: one line on a terminal, after a second. Nothing where stderr is piped.

use crate::talk::Console;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

/// Shorter runs need no line.
const QUIET: Duration = Duration::from_secs(1);
const BETWEEN: Duration = Duration::from_millis(100);

/// The width of the bar, in characters.
const WIDTH: usize = 30;

/// Counts what is done. The line is erased when the value is dropped.
pub(crate) struct Progress {
    done: Arc<AtomicUsize>,
    shown: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Of `whole` renders, none is `done` yet.
    pub(crate) fn new(console: &Console, done: &'static str, whole: usize) -> Progress {
        let count = Arc::new(AtomicUsize::new(0));
        let shown = if console.is_terminal() && whole > 1 { show(Arc::clone(&count), done, whole) } else { None };
        Progress { done: count, shown }
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Starts the thread that prints; without one there is no line.
fn show(count: Arc<AtomicUsize>, done: &'static str, whole: usize) -> Option<(Sender<()>, JoinHandle<()>)> {
    let (end, ended) = mpsc::channel();
    let watch = move || {
        let mut wait = QUIET;
        let mut printed = false;
        while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            // Nothing can be done if stderr is closed. The cursor stays at the beginning, for an error to come.
            let _ = write!(std::io::stderr(), "\r{}\r", line(count.load(Ordering::Relaxed), done, whole));
            (wait, printed) = (BETWEEN, true);
        }
        if printed {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    };
    std::thread::Builder::new().stack_size(64 << 10).spawn(watch).ok().map(|thread| (end, thread))
}

fn line(count: usize, done: &str, whole: usize) -> String {
    let full = (count * WIDTH).checked_div(whole).unwrap_or(WIDTH).min(WIDTH);
    format!("[{}{}] {count} of {whole} renders {done}", "#".repeat(full), "-".repeat(WIDTH - full))
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.shown.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_line_shows_the_part_that_is_done() {
        assert_eq!(line(0, "rendered", 4), format!("[{}] 0 of 4 renders rendered", "-".repeat(30)));
        assert_eq!(line(2, "rendered", 4), format!("[{}{}] 2 of 4 renders rendered", "#".repeat(15), "-".repeat(15)));
        assert_eq!(line(4, "written", 4), format!("[{}] 4 of 4 renders written", "#".repeat(30)));
    }
}
