//! The memory of the process as counted by the system, read without allocating.

use std::mem::MaybeUninit;

/// Reads it repeatedly.
pub(super) struct Meter {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    file: Option<std::fs::File>,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Meter {
    pub(super) fn new() -> Meter {
        Meter { file: std::fs::File::open("/proc/self/statm").ok() }
    }

    /// The resident memory in bytes: proc_pid_statm(5), the second number, in pages.
    pub(super) fn read(&self) -> usize {
        let mut text = [0; 128];
        let read = self.file.as_ref().and_then(|file| std::os::unix::fs::FileExt::read_at(file, &mut text, 0).ok());
        let number = |length: usize| std::str::from_utf8(&text[..length]).ok()?.split(' ').nth(1)?.parse().ok();
        match read.and_then(number) {
            Some(pages) => page_size().saturating_mul(pages),
            None => peak(),
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn page_size() -> usize {
    // SAFETY: the call only returns a value.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
impl Meter {
    pub(super) fn new() -> Meter {
        Meter {}
    }

    /// The peak resident memory in bytes.
    pub(super) fn read(&self) -> usize {
        peak()
    }
}

/// getrusage(2): in bytes on macOS, in kilobytes elsewhere. Zero if the system does not provide it.
#[cfg(unix)]
fn peak() -> usize {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the call fills the given struct, for which zeros are valid too.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    usize::try_from(usage.ru_maxrss).unwrap_or(0).saturating_mul(unit)
}

#[cfg(windows)]
impl Meter {
    pub(super) fn new() -> Meter {
        Meter {}
    }

    /// The memory committed to the process, in bytes: `PagefileUsage` of `PROCESS_MEMORY_COUNTERS` (psapi.h).
    pub(super) fn read(&self) -> usize {
        let mut counters = MaybeUninit::<Counters>::zeroed();
        // SAFETY: the call fills the struct, whose size it is given and for which zeros are valid too.
        unsafe {
            K32GetProcessMemoryInfo(GetCurrentProcess(), counters.as_mut_ptr(), size_of::<Counters>() as u32);
            counters.assume_init().pagefile_usage
        }
    }
}

#[cfg(windows)]
#[repr(C)]
struct Counters {
    size: u32,
    page_faults: u32,
    /// Peak and current working set, quotas of paged and non-paged pool.
    others: [usize; 6],
    pagefile_usage: usize,
    peak_pagefile_usage: usize,
}

#[cfg(windows)]
#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentProcess() -> *mut std::ffi::c_void;
    fn K32GetProcessMemoryInfo(process: *mut std::ffi::c_void, counters: *mut Counters, size: u32) -> i32;
}

#[cfg(not(any(unix, windows)))]
impl Meter {
    pub(super) fn new() -> Meter {
        Meter {}
    }

    pub(super) fn read(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touched_memory_is_measured() {
        let meter = Meter::new();
        let before = meter.read();
        let block = vec![1_u8; 64 << 20];
        assert!(meter.read() > before + (32 << 20) || cfg!(not(any(unix, windows))), "{before} {}", meter.read());
        assert!(std::hint::black_box(block)[7] == 1 && before > 0);
    }
}
