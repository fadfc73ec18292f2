//! The time in which something worked, without that in which it waited for a busy machine; where the system does not tell,
//! the time that passed.

use std::fs;
use std::sync::OnceLock;
use std::time::Duration;
use std::time::Instant;

/// For how long this thread has worked.
pub(crate) fn worked() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.as_deref().and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// For how long another process has worked, with all its threads (`proc_pid_stat(5)`, `utime` and `stime`).
pub(crate) fn worked_by(process: u32) -> Option<Duration> {
    let told = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = told.rsplit_once(')')?;
    let ticks: Vec<u64> = rest.split_whitespace().skip(11).take(2).filter_map(|word| word.parse().ok()).collect();
    // A tick is 10 ms (`USER_HZ`).
    Some(Duration::from_millis(10) * ticks.iter().sum::<u64>() as u32)
}
