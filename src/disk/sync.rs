//! Saving files so that they survive a loss of power, and how many may be open meanwhile.

use crate::disk::again::again;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::thread;

/// How many files are saved at the same time. Each waits for the disk, and file systems save together what waits
/// together: two hundred journals took 300 ms one by one, 24 ms with sixteen threads, and 550 ms with `syncfs`, which
/// also saves what other programs wrote.
const THREADS: usize = 16;

/// How many directories are written at once if the system does not say how many files may be open.
const FEW: usize = 100;
/// How many files may be open for other reasons.
#[cfg(unix)]
const OTHERS: usize = 100;

/// Saves the files.
pub(crate) fn save(paths: &[PathBuf]) -> io::Result<()> {
    let some = |paths: &[PathBuf]| {
        paths.iter().try_for_each(|path| {
            let file = again(|| File::open(path))?;
            again(|| file.sync_data())
        })
    };
    if paths.len() < 2 {
        return some(paths);
    }
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for part in paths.chunks(paths.len().div_ceil(THREADS)) {
            match thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, move || some(part)) {
                Ok(thread) => threads.push(thread),
                // Without a thread, this one does it.
                Err(_) => some(part)?,
            }
        }
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })
}

/// How many directories can be locked at once. Asks the system for more open files if it allows more.
#[cfg(unix)]
pub(crate) fn open_files() -> usize {
    /// More are never needed at once.
    const MOST: libc::rlim_t = 6_000;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the call writes to the struct, which lives until it returns.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return FEW;
    }
    let wanted = limit.rlim_max.min(MOST);
    if limit.rlim_cur < wanted {
        let more = libc::rlimit { rlim_cur: wanted, ..limit };
        // SAFETY: the call reads the struct, which lives until it returns.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const more) } == 0 {
            limit = more;
        }
    }
    let open = usize::try_from(limit.rlim_cur.min(MOST)).unwrap_or(FEW);
    open.saturating_sub(OTHERS).max(1)
}

#[cfg(not(unix))]
pub(crate) fn open_files() -> usize {
    FEW
}
