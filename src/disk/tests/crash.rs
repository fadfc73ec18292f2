//! Kills a writing process at every change it makes to the disk, and at random moments, and checks that the next write
//! repairs the directory.

use super::*;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The number of changes until the process ends.
static LEFT: AtomicI64 = AtomicI64::new(i64::MAX);
const CRASHED: i32 = 99;

/// Called before each change to the disk, and in the middle of writing a file.
pub(crate) fn point() {
    if LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::exit(CRASHED);
    }
}

/// Renders that differ in every way: additions, deletions, changes, files that become folders and back.
fn render(name: &str) -> Output {
    match name {
        "a" => output(&[
            ("kustomization.yaml", "a"),
            ("manifests/10/x.yaml", "ax"),
            ("manifests/10/y.yaml", "ay"),
            ("manifests/20/z.yaml", "az"),
            ("turn", "file"),
            ("back/inner/file", "folder"),
            ("same/s.yaml", "s"),
        ]),
        "b" => output(&[
            ("kustomization.yaml", "b"),
            ("manifests/10/x.yaml", "bx"),
            ("manifests/10/new.yaml", "bn"),
            ("manifests/30/w.yaml", "bw"),
            ("turn/inner", "folder"),
            ("back", "file"),
            ("same/s.yaml", "s"),
            ("same/added/t.yaml", "t"),
        ]),
        _ => output(&[("kustomization.yaml", "c"), ("manifests/10/y.yaml", "cy"), ("other/v.yaml", "v")]),
    }
}

const FOREIGN: &[(&str, &str)] =
    &[("README.md", "mine"), ("manifests/10/mine.yaml", "mine"), ("manifests/20/.keep", ""), ("empty/.keep", "")];

fn fresh(folder: &Path) -> PathBuf {
    let root = folder.join("out");
    put(&root, FOREIGN);
    root
}

fn child(root: &Path, what: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "disk::tests::crash::writes_in_another_process"]);
    command.env("MESHTRACE_TEST_WRITES", what).env("MESHTRACE_TEST_ROOT", root);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The child process of the tests below; does nothing when run as a test.
#[test]
fn writes_in_another_process() {
    let Ok(what) = std::env::var("MESHTRACE_TEST_WRITES") else { return };
    let root = PathBuf::from(std::env::var_os("MESHTRACE_TEST_ROOT").unwrap());
    if let Some(point) = std::env::var("MESHTRACE_TEST_CRASH").ok().and_then(|point| point.parse().ok()) {
        LEFT.store(point, Ordering::SeqCst);
    }
    if what == "forever" {
        for name in ["a", "b", "c"].iter().cycle() {
            write(&root, &render(name), &options(), &mut Findings::default());
        }
    }
    if what == "force" {
        let options = Options { force: true, ..options() };
        write(&root, &render("b"), &options, &mut Findings::default()).unwrap();
    } else {
        write(&root, &render(&what), &options(), &mut Findings::default()).unwrap();
    }
}

/// Writes in another process that ends at `point`; returns whether it got that far.
fn crash(root: &Path, what: &str, point: usize) -> bool {
    match child(root, what).env("MESHTRACE_TEST_CRASH", point.to_string()).status().unwrap().code() {
        Some(CRASHED) => true,
        Some(0) => false,
        other => panic!("the writing process ended with {other:?} at point {point}"),
    }
}

/// Checks that every file is entirely old or new, that foreign files are unchanged, and that `next` repairs the
/// directory.
fn assert_repaired(root: &Path, next: &str, context: &str) {
    for (path, bytes) in tree(root) {
        let ours = ["a", "b", "c"].iter().any(|name| render(name).files.get(&path) == Some(&bytes));
        let foreign = FOREIGN.contains(&(path.as_str(), std::str::from_utf8(&bytes).unwrap_or("?")));
        let own = path == LIST || path.starts_with(".render.journal") || path.starts_with(".meshtrace-tmp/");
        assert!(ours || foreign || own, "{context}: `{path}` has neither old nor new bytes");
    }
    let journal = root.join(".render.journal").exists();
    assert_eq!(interrupted(root, "out").is_some(), journal, "{context}");
    let compared = compare(root, &render(next), &options(), &mut Findings::default()).unwrap();
    let mut found = Findings::default();
    let outcome = write(root, &render(next), &options(), &mut found);
    assert!(found.is_empty(), "{context}: {found:?}");
    let outcome = outcome.unwrap();
    assert_eq!(outcome.repaired, journal, "{context}");
    assert_eq!(compared, outcome, "{context}");
    assert_eq!(interrupted(root, "out"), None, "{context}");
    holds(root, &render(next), FOREIGN, context);
}

#[test]
fn a_crash_at_any_change_loses_nothing_and_the_next_write_repairs_it() {
    for start in ["", "a"] {
        let mut points = 0;
        for point in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let root = fresh(folder.path());
            if !start.is_empty() {
                write(&root, &render(start), &options(), &mut Findings::default()).unwrap();
            }
            if !crash(&root, "b", point) {
                break;
            }
            points = point;
            assert_repaired(&root, ["a", "b", "c"][point % 3], &format!("from {start:?}, point {point}"));
        }
        assert!(points > 25, "only {points} points");
    }
}

#[test]
fn a_crash_while_repairing_a_crash_loses_nothing() {
    for first in (3..45).step_by(3) {
        for second in (1..45).step_by(4) {
            let folder = tempfile::tempdir().unwrap();
            let root = fresh(folder.path());
            write(&root, &render("a"), &options(), &mut Findings::default()).unwrap();
            crash(&root, "b", first);
            crash(&root, "c", second);
            assert_repaired(&root, ["a", "b", "c"][(first + second) % 3], &format!("points {first} and {second}"));
        }
    }
}

#[test]
fn repairing_only_some_files_keeps_the_others_owned() {
    let only = |path: &str| path.starts_with("manifests/");
    for point in (1..60).step_by(2) {
        let folder = tempfile::tempdir().unwrap();
        let root = fresh(folder.path());
        write(&root, &render("a"), &options(), &mut Findings::default()).unwrap();
        crash(&root, "b", point);
        let mut found = Findings::default();
        let outcome = write(&root, &render("c"), &Options { only: Some(&only), ..options() }, &mut found);
        assert!(outcome.is_some() && found.is_empty(), "point {point}: {found:?}");
        assert_repaired(&root, ["a", "b", "c"][point % 3], &format!("point {point}"));
    }
}

#[test]
fn a_crash_of_a_forced_write_never_costs_a_foreign_file() {
    for point in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let root = fresh(folder.path());
        put(&root, &[("same/s.yaml", "mine")]);
        if !crash(&root, "force", point) {
            break;
        }
        let replaced = fs::read(root.join("same/s.yaml")).unwrap() == b"s";
        // `c` has no such file: ours is deleted, the foreign one stays.
        let mut found = Findings::default();
        write(&root, &render("c"), &options(), &mut found).unwrap();
        assert_eq!(root.join("same/s.yaml").exists(), !replaced, "point {point}");
        assert!(found.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn a_kill_at_any_moment_loses_nothing() {
    let rounds = std::env::var("MESHTRACE_TEST_KILLS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(40);
    let folder = tempfile::tempdir().unwrap();
    let root = fresh(folder.path());
    let mut seed = 88_172_645_463_325_252_u64;
    let mut journals = 0;
    for round in 0..rounds {
        let mut process = child(&root, "forever").spawn().unwrap();
        // The same delays in every run, as far as the scheduler allows.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        std::thread::sleep(Duration::from_micros(4_000 + seed % 20_000));
        process.kill().unwrap();
        process.wait().unwrap();
        journals += usize::from(root.join(".render.journal").exists());
        assert_repaired(&root, ["a", "b", "c"][round % 3], &format!("round {round}"));
    }
    if rounds > 100 {
        assert!(journals > rounds / 10, "only {journals} of {rounds} kills hit a write");
    }
}

#[test]
fn concurrent_processes_leave_one_complete_render() {
    let folder = tempfile::tempdir().unwrap();
    let root = fresh(folder.path());
    let processes: Vec<_> = (0..12).map(|number| child(&root, ["a", "b", "c"][number % 3]).spawn().unwrap()).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let clean = |name: &&str| compare(&root, &render(name), &options(), &mut Findings::default()).unwrap().is_same();
    let winners: Vec<_> = ["a", "b", "c"].into_iter().filter(|name| clean(name)).collect();
    assert_eq!(winners.len(), 1);
    holds(&root, &render(winners[0]), FOREIGN, "at once");
}
