//! One writer at a time.
//!
//! In: an output directory. Out: a lock that is released when the value is dropped or the process ends. The tree is not
//! changed: the lock is on the directory itself or, on systems that cannot lock a directory, on a file in the system's
//! temporary folder.

use crate::disk::again::again;
use crate::disk::list::Hash;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Held as long as the value lives.
pub(crate) struct Lock(#[expect(dead_code, reason = "closing the file ends the lock")] File);

/// Who may hold the lock at the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody else: for writing.
    Alone,
    /// Other readers: for comparing.
    Shared,
}

/// A writer needs less than this for ten thousand files.
const WAITS: u32 = 100;
const WAIT: Duration = Duration::from_millis(20);

/// Locks `folder`, waiting about two seconds for another process to finish; `None` if it does not.
pub(crate) fn wait(folder: &Path, kind: Kind) -> io::Result<Option<Lock>> {
    for _ in 0..WAITS {
        if let Some(lock) = attempt(folder, kind)? {
            return Ok(Some(lock));
        }
        sleep(WAIT);
    }
    attempt(folder, kind)
}

/// Locks `folder`; `None` if another process holds the lock.
pub(crate) fn attempt(folder: &Path, kind: Kind) -> io::Result<Option<Lock>> {
    if cfg!(unix) {
        // A network file system may not support locks; then the second way has to do.
        let file = File::open(folder)?;
        if let Ok(answer) = lock(file, kind) {
            return Ok(answer);
        }
    }
    beside(folder, kind)
}

/// Locks a file in the system's temporary folder that represents `folder`.
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
    fn a_lock_excludes_other_writers_and_leaves_no_files() {
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
