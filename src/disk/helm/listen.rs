//! Hears a process to its end: what it prints to both pipes, within bounds, while it is given its input.
//!
//! Each pipe has a thread that is not waited for. What the process started in a session of its own is not killed with it,
//! and may hold the pipes open for as long as it likes.

use crate::disk::process::Process;
use std::io;
use std::io::Read;
use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// The most that may be printed to each pipe.
pub(super) const MOST: usize = 32 << 20;
/// The most of stderr that is kept: its end, where Helm says why it fails.
const ERRORS: usize = 64 << 10;

/// What a process printed.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// Whether it printed more than [`MOST`]; it was then killed.
    pub(super) too_much: bool,
}

enum Part {
    Stdout(Vec<u8>, bool),
    Stderr(Vec<u8>, bool),
}

/// Hears `process` until both its pipes are closed, or for `time`.
pub(super) fn all(process: &mut Process, stdin: Option<&[u8]>, time: Duration) -> Heard {
    let end = Instant::now() + time;
    let (send, parts) = mpsc::channel();
    if let (Some(mut ask), Some(text)) = (process.ask.take(), stdin.map(<[u8]>::to_vec)) {
        // A program that does not read all of it is heard anyway.
        thread::spawn(move || drop(ask.write_all(&text)));
    }
    if let Some(answer) = process.answer.take() {
        let send = send.clone();
        thread::spawn(move || {
            let (bytes, too_much) = read(answer, MOST);
            send.send(Part::Stdout(bytes, too_much))
        });
    }
    if let Some(errors) = process.errors.take() {
        thread::spawn(move || {
            let (bytes, too_much) = read(errors, ERRORS);
            send.send(Part::Stderr(bytes, too_much))
        });
    }
    let mut heard = Heard::default();
    while let Ok(part) = parts.recv_timeout(end.saturating_duration_since(Instant::now())) {
        let (place, bytes, too_much) = match part {
            Part::Stdout(bytes, too_much) => (&mut heard.stdout, bytes, too_much),
            Part::Stderr(bytes, too_much) => (&mut heard.stderr, bytes, too_much),
        };
        *place = bytes;
        if too_much {
            heard.too_much = true;
            process.kill();
            break;
        }
    }
    heard
}

/// Reads to the end, and keeps the last `kept` bytes. Also whether there are more than [`MOST`], when it stops.
fn read(mut from: impl Read, kept: usize) -> (Vec<u8>, bool) {
    let (mut bytes, mut total) = (Vec::new(), 0);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                total += length;
                bytes.extend(&buffer[..length]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
        if total > MOST {
            break;
        }
        if bytes.len() > kept * 2 {
            bytes.drain(..bytes.len() - kept);
        }
    }
    bytes.drain(..bytes.len().saturating_sub(kept));
    (bytes, total > MOST)
}
