//! A child process with a time limit.
//!
//! In: a command. Out: its pipes and how it ended. It is killed, with whatever it started, when it answers nothing for
//! [`SILENCE`], when it takes longer than [`WHOLE`], and when the value is dropped: a repository may hold pipes that
//! nobody writes to, and histories that take a week to read.

use crate::disk::again::again;
use std::io;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// How long a child may say nothing. Git answers within milliseconds, from a cold disk within a second or two.
const SILENCE: Duration = Duration::from_secs(5);
/// How long it may take in all. A quarter of a gigabyte takes it a few seconds.
const WHOLE: Duration = Duration::from_secs(20);

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With exit code 0.
    Well,
    /// With another.
    Badly,
    /// It was killed since it took too long.
    Killed,
}

/// A running child.
pub(crate) struct Process {
    child: Child,
    watch: Arc<Watch>,
    pub(crate) ask: Option<ChildStdin>,
    pub(crate) answer: Option<ChildStdout>,
}

/// What the thread that waits for too much time shares with the one that reads.
struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// When it said something last.
    heard: Instant,
    over: Option<Over>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    /// Whoever started it wants no more of it.
    Done,
    /// It took too long.
    Killed,
}

impl Watch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is over, and kills the child when that takes too long.
    fn wait(&self, group: u32, silence: Duration, whole: Duration) {
        let start = Instant::now();
        let mut state = self.state();
        while state.over.is_none() {
            let deadline = (state.heard + silence).min(start + whole);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.over = Some(Over::Killed);
                // The child has not been waited for, or it would be over, so the number is still its own.
                kill(group);
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Process {
    /// Starts `command`.
    ///
    /// # Errors
    /// What the system says when it cannot be started, or no thread is to be had that would watch it.
    pub(crate) fn start(command: &mut Command, stdin: Stdio) -> io::Result<Process> {
        Process::start_within(command, stdin, SILENCE, WHOLE)
    }

    fn start_within(command: &mut Command, stdin: Stdio, silence: Duration, whole: Duration) -> io::Result<Process> {
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut child = command.spawn()?;
        let watch =
            Arc::new(Watch { state: Mutex::new(State { heard: Instant::now(), over: None }), changed: Condvar::new() });
        let (ask, answer, group) = (child.stdin.take(), child.stdout.take(), child.id());
        // Made before the thread, so that the child is killed when there is none.
        let process = Process { child, watch: Arc::clone(&watch), ask, answer };
        std::thread::Builder::new().stack_size(64 << 10).spawn(move || watch.wait(group, silence, whole))?;
        Ok(process)
    }

    /// Notes that the child has said something.
    pub(crate) fn goes_on(&self) {
        self.watch.state().heard = Instant::now();
    }

    /// Waits for the end of the child, which no one asks or hears any more.
    pub(crate) fn end(mut self) -> End {
        drop((self.ask.take(), self.answer.take()));
        loop {
            let state = self.watch.state();
            if state.over == Some(Over::Killed) {
                return End::Killed;
            }
            // Under the lock, so that it is not killed by a number that the system has given to another by then.
            match again(|| self.child.try_wait()) {
                Ok(Some(status)) => {
                    self.finish(state);
                    return if status.success() { End::Well } else { End::Badly };
                }
                Ok(None) => drop(state),
                Err(_) => return End::Badly,
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    fn finish(&self, mut state: MutexGuard<'_, State>) {
        state.over.get_or_insert(Over::Done);
        self.watch.changed.notify_all();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let state = self.watch.state();
        if state.over != Some(Over::Done) {
            kill(self.child.id());
            let _ = self.child.kill();
        }
        self.finish(state);
        let _ = again(|| self.child.wait());
    }
}

/// Kills the group of processes that a child leads.
#[cfg(unix)]
fn kill(group: u32) {
    if let Ok(group) = libc::pid_t::try_from(group) {
        // SAFETY: the call takes numbers only; the child leads a group of its own, so nobody else is in it.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
}

/// Elsewhere the one who reads from the child waits for it.
#[cfg(not(unix))]
fn kill(_: u32) {}

#[cfg(all(test, unix))]
mod tests;
