//! A child process with a time limit.
//!
//! In: a command. Out: its pipes and how it ended. It is killed, together with everything it started, when it is silent
//! for [`SILENCE`], when it takes longer than [`TOTAL`], or when the value is dropped: a repository may contain pipes
//! without a writer, and histories that take a week to read.

use crate::disk::again::again;
use std::io;
use std::process::Child;
use std::process::ChildStderr;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// How long a child may be silent. Git answers within milliseconds, or from a cold disk within a second or two.
const SILENCE: Duration = Duration::from_secs(5);
/// How long it may take in total. A quarter of a gigabyte takes a few seconds.
const TOTAL: Duration = Duration::from_secs(20);

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With exit code 0.
    Well,
    /// With another exit code.
    Badly(i32),
    /// By a signal, which somebody else sent.
    Signal(i32),
    /// Killed because it took too long.
    Killed,
    /// By itself, but what it had started went on for too long, and was killed.
    Left,
}

impl End {
    fn of(status: ExitStatus) -> End {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return End::Signal(signal);
        }
        match status.code() {
            Some(0) => End::Well,
            code => End::Badly(code.unwrap_or(-1)),
        }
    }
}

/// A running child.
pub(crate) struct Process {
    child: Child,
    watch: Arc<Watch>,
    pub(crate) ask: Option<ChildStdin>,
    pub(crate) answer: Option<ChildStdout>,
    pub(crate) errors: Option<ChildStderr>,
}

/// How long a child may take, and whether what it prints to stderr is read.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) silence: Duration,
    pub(crate) total: Duration,
    pub(crate) stderr: bool,
}

/// State shared between the thread that watches the time and the one that reads.
struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// When the child last answered.
    heard: Instant,
    over: Option<Finished>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Finished {
    /// The owner no longer needs it.
    Done,
    /// It took too long.
    Killed,
}

impl Watch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the end of the child, and kills it if that takes too long.
    fn wait(&self, group: u32, silence: Duration, whole: Duration) {
        let start = Instant::now();
        let mut state = self.state();
        while state.over.is_none() {
            let deadline = (state.heard + silence).min(start + whole);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.over = Some(Finished::Killed);
                // The child has not been waited for yet, so its process id has not been reused.
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
    /// Returns the system's error if the command or the watching thread cannot be started.
    pub(crate) fn start(command: &mut Command, stdin: Stdio) -> io::Result<Process> {
        Process::start_within(command, stdin, Terms { silence: SILENCE, total: TOTAL, stderr: false })
    }

    /// Starts `command`; what it prints to stderr can be read.
    ///
    /// # Errors
    /// As for [`Process::start`].
    pub(crate) fn start_heard(command: &mut Command, stdin: Stdio) -> io::Result<Process> {
        Process::start_within(command, stdin, Terms { silence: SILENCE, total: TOTAL, stderr: true })
    }

    /// Starts `command` on other terms.
    ///
    /// # Errors
    /// As for [`Process::start`].
    pub(crate) fn start_within(command: &mut Command, stdin: Stdio, terms: Terms) -> io::Result<Process> {
        let stderr = if terms.stderr { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(stderr);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut child = command.spawn()?;
        let watch =
            Arc::new(Watch { state: Mutex::new(State { heard: Instant::now(), over: None }), changed: Condvar::new() });
        let (ask, answer, group) = (child.stdin.take(), child.stdout.take(), child.id());
        let errors = child.stderr.take();
        // Created before the thread, so that the child is killed if the thread cannot be started.
        let process = Process { child, watch: Arc::clone(&watch), ask, answer, errors };
        std::thread::Builder::new()
            .stack_size(64 << 10)
            .spawn(move || watch.wait(group, terms.silence, terms.total))?;
        Ok(process)
    }

    /// Records that the child has answered.
    pub(crate) fn goes_on(&self) {
        self.watch.state().heard = Instant::now();
    }

    /// Ends the child.
    pub(crate) fn kill(&self) {
        let state = self.watch.state();
        if state.over.is_none() {
            kill(self.child.id());
        }
    }

    /// Waits for the end of the child; its pipes are closed.
    pub(crate) fn end(mut self) -> End {
        drop((self.ask.take(), self.answer.take(), self.errors.take()));
        loop {
            let state = self.watch.state();
            if state.over == Some(Finished::Killed) {
                drop(state);
                return self.killed();
            }
            // Under the lock, so that the watcher does not kill a process id that has been reused.
            match again(|| self.child.try_wait()) {
                Ok(Some(status)) => {
                    self.finish(state);
                    return End::of(status);
                }
                Ok(None) => drop(state),
                Err(_) => return End::Badly(-1),
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// How the child ended that was killed, or only what it had started.
    fn killed(&mut self) -> End {
        let _ = self.child.kill();
        let end = again(|| self.child.wait()).map(End::of);
        // From here on its process id may be another's.
        self.watch.state().over = Some(Finished::Done);
        match end {
            Ok(End::Well | End::Badly(_)) => End::Left,
            _ => End::Killed,
        }
    }

    fn finish(&self, mut state: MutexGuard<'_, State>) {
        state.over.get_or_insert(Finished::Done);
        self.watch.changed.notify_all();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let state = self.watch.state();
        if state.over != Some(Finished::Done) {
            kill(self.child.id());
            let _ = self.child.kill();
        }
        self.finish(state);
        let _ = again(|| self.child.wait());
    }
}

/// Kills the process group led by a child.
#[cfg(unix)]
fn kill(group: u32) {
    if let Ok(group) = libc::pid_t::try_from(group) {
        // SAFETY: the call takes only numbers; the child leads its own group, which contains only its descendants.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
}

/// On other systems the reading side waits for the child.
#[cfg(not(unix))]
fn kill(_: u32) {}

#[cfg(all(test, unix))]
mod tests;
