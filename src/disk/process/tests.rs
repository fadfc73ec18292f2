use crate::disk::process::*;
use std::io::Read;

fn start(line: &str, silence: u64, whole: u64) -> Process {
    let mut command = Command::new("sh");
    let (silence, whole) = (Duration::from_millis(silence), Duration::from_millis(whole));
    let terms = Terms { silence, total: whole, stderr: false };
    Process::start_within(command.args(["-c", line]), Stdio::null(), terms).unwrap()
}

fn text(process: &mut Process) -> String {
    let mut text = String::new();
    process.answer.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_child_succeeds_or_fails() {
    let mut process = start("echo a", 60_000, 60_000);
    assert_eq!((text(&mut process), process.end()), ("a\n".to_owned(), End::Well));
    assert_eq!(start("exit 3", 60_000, 60_000).end(), End::Badly(3));
    assert_eq!(start("kill -TERM $$", 60_000, 60_000).end(), End::Signal(15));
}

#[test]
fn a_child_that_takes_too_long_is_killed_with_what_it_started() {
    // The inner process holds the pipe too: if it survived, reading would go on.
    let mut process = start("echo a; sleep 1000; echo b", 100, 60_000);
    assert_eq!((text(&mut process), process.end()), ("a\n".to_owned(), End::Killed));
    let mut process = start("echo a; (sleep 1000; echo b); echo c", 60_000, 100);
    assert_eq!((text(&mut process), process.end()), ("a\n".to_owned(), End::Killed));
    assert_eq!(start("exec >&-; sleep 1000", 100, 60_000).end(), End::Killed);
}

#[test]
fn what_outlives_the_child_is_killed() {
    let mut process = start("sleep 1000 & echo a; exit 3", 60_000, 100);
    assert_eq!((text(&mut process), process.end()), ("a\n".to_owned(), End::Left));
}

#[test]
fn a_dropped_child_is_killed() {
    drop(start("sleep 1000", 60_000, 60_000));
}
