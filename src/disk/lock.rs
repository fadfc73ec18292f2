//! One writer at a time.
//!
//! In: an output directory. Out: a lock that ends with its value, or with the process. The tree is left as it is: the
//! lock is on the directory itself, and where a system cannot lock a directory, on a file among its temporary files.

use crate::disk::again::again;
use crate::disk::list::Hash;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Held for as long as the value lives.
pub(crate) struct Lock(#[expect(dead_code, reason = "closing the file ends the lock")] File);

/// Who may hold the lock at the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody else: to write.
    Alone,
    /// Other readers: to compare.
    Shared,
}

/// A writer is done with ten thousand files in less than this.
const WAITS: u32 = 100;
const WAIT: Duration = Duration::from_millis(20);

/// Locks `folder`, after waiting about two seconds for another to finish; `None` when it does not.
pub(crate) fn wait(folder: &Path, kind: Kind) -> io::Result<Option<Lock>> {
    for _ in 0..WAITS {
        if let Some(lock) = attempt(folder, kind)? {
            return Ok(Some(lock));
        }
        sleep(WAIT);
    }
    attempt(folder, kind)
}

/// Locks `folder`; `None` when another holds it.
pub(crate) fn attempt(folder: &Path, kind: Kind) -> io::Result<Option<Lock>> {
    if cfg!(unix) {
        // A network file system may know no locks; then the second way is as good as it gets.
        let file = File::open(folder)?;
        if let Ok(answer) = lock(file, kind) {
            return Ok(answer);
        }
    }
    beside(folder, kind)
}

/// Locks a file of the system's temporary folder that stands for `folder`.
fn beside(folder: &Path, kind: Kind) -> io::Result<Option<Lock>> {
    let folder = again(|| folder.canonicalize())?;
    let hash = Hash::of(folder.as_os_str().as_encoded_bytes()).to_string();
    let path = std::env::temp_dir().join(format!("meshtrace-{}.lock", &hash[..16]));
    lock(OpenOptions::new().create(true).truncate(false).write(true).open(path)?, kind)
}

fn lock(file: File, kind: Kind) -> io::Result<Option<Lock>> {
    let attempt = || {
        let answer = match kind {
            Kind::Alone => file.try_lock(),
            Kind::Shared => file.try_lock_shared(),
        };
        match answer {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    };
    Ok(again(attempt)?.then_some(Lock(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_keeps_writers_apart_and_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        for lock in [attempt, beside] {
            let first = lock(folder.path(), Kind::Alone).unwrap();
            assert!(first.is_some());
            assert!(lock(folder.path(), Kind::Alone).unwrap().is_none());
            assert!(lock(folder.path(), Kind::Shared).unwrap().is_none());
            drop(first);
            let _reader = lock(folder.path(), Kind::Shared).unwrap().unwrap();
            assert!(lock(folder.path(), Kind::Shared).unwrap().is_some());
            assert!(lock(folder.path(), Kind::Alone).unwrap().is_none());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
