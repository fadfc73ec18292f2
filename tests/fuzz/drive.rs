//! Starts a process for each target, watches it, and continues with a new one after an input that killed it.

use crate::clock;
use crate::input::Input;
use crate::input::file_name;
use crate::judge::Failure;
use crate::judge::Limits;
use crate::seeds::Seeds;
use crate::shrink::shrink;
use crate::targets::Target;
use crate::work;
use crate::work::State;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// An input that works longer counts as a hang.
const HANG: Duration = Duration::from_secs(30);
/// The limit when such an input runs again on its own, to confirm.
const HANG_ALONE: Duration = Duration::from_secs(30);

pub(crate) struct Run {
    pub(crate) targets: Vec<&'static Target>,
    pub(crate) seed: String,
    pub(crate) from: u64,
    pub(crate) iterations: u64,
    /// The time for each target.
    pub(crate) time: Duration,
    pub(crate) limits: Limits,
    /// A folder with further seeds.
    pub(crate) more: Option<PathBuf>,
}

/// Runs all targets; false if there are failures.
pub(crate) fn drive(run: &Run) -> bool {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz").join(folder_name(&run.seed));
    fs::create_dir_all(&folder).expect("the target folder is writable");
    let ours = |name: &str| run.targets.iter().any(|target| name.starts_with(&format!("{}-", target.name)));
    for name in names(&folder).filter(|name| ours(name)) {
        let _ = fs::remove_file(folder.join(name));
    }
    println!("fuzz: seed {}, failures go to {}", run.seed, folder.display());
    for target in &run.targets {
        let start = Instant::now();
        let (done, whole) = one(run, target, &folder);
        let seconds = start.elapsed().as_secs_f64();
        let rate = done as f64 / seconds.max(0.001);
        let percent = 100.0 * whole as f64 / done.max(1) as f64;
        println!(
            "{:8} {done:9} inputs in {seconds:6.1} s, {rate:7.0} a second, {percent:3.0} % not refused",
            target.name
        );
    }
    let kept = |name: &str| name.ends_with(".json") && ours(name);
    let failures = names(&folder).filter(|name| kept(name)).count();
    if failures > 0 {
        println!("{failures} kinds of failure; `--seed {}` reproduces the inputs", run.seed);
    }
    failures == 0
}

/// The names of the files in a folder.
fn names(folder: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).expect("folders of this repository are readable");
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned())
}

/// Runs every input that failed in the past; false if one fails again.
pub(crate) fn kept() -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz");
    let kept = names(&folder).filter(|name| name.ends_with(".json"));
    let mut paths: Vec<String> = kept.map(|name| folder.join(name).display().to_string()).collect();
    paths.sort();
    let mut fine = true;
    // Each in its own process, so that one that aborts does not hide the others.
    for path in &paths {
        let ended = watch(&["--quiet", "--slow", "20000", "--replay", path].map(str::to_owned), HANG_ALONE * 5, &|| 0);
        if !ended.is_some_and(|status| status.success()) {
            println!("FAILED again: cargo test --test fuzz -- --replay {path}");
            fine = false;
        }
    }
    println!("fuzz: {} inputs that failed in the past", paths.len());
    fine
}

/// The number of inputs that ran, and of those that were not rejected.
fn one(run: &Run, target: &'static Target, folder: &Path) -> (u64, u64) {
    let end = Instant::now() + run.time;
    let to = run.from.saturating_add(run.iterations);
    let state = folder.join(format!("{}.state", target.name));
    let (mut from, mut whole) = (run.from, 0);
    while from < to {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let _ = fs::remove_file(&state);
        let mut arguments = vec![
            "--worker".to_owned(),
            state.display().to_string(),
            "--target".to_owned(),
            target.name.to_owned(),
            "--seed".to_owned(),
            run.seed.clone(),
            "--from".to_owned(),
            from.to_string(),
            "--iterations".to_owned(),
            (to - from).to_string(),
            "--milliseconds".to_owned(),
            left.as_millis().to_string(),
            "--slow".to_owned(),
            run.limits.time.as_millis().to_string(),
            "--memory".to_owned(),
            (run.limits.memory >> 20).to_string(),
            "--folder".to_owned(),
            folder.display().to_string(),
        ];
        if let Some(more) = &run.more {
            arguments.extend(["--seeds".to_owned(), more.display().to_string()]);
        }
        let ended = watch(&arguments, HANG, &|| State::read(&state).runs);
        let State { iteration: last, whole: some, .. } = State::read(&state);
        whole += some;
        match ended.and_then(|status| status.code()) {
            Some(0) => return (last - run.from, whole),
            Some(code) => panic!("the driver itself fails at iteration {last} of {}: exit code {code}", target.name),
            None => {}
        }
        killed(run, target, last, ended, folder);
        from = last + 1;
    }
    (from - run.from, whole)
}

/// A process that waits for so many times as long as it may work, stands still.
const STILL: u32 = 30;

/// Starts this program again, and waits for it as [`until`] does.
fn watch(arguments: &[String], most: Duration, ticks: &dyn Fn() -> u64) -> Option<ExitStatus> {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    if arguments.iter().any(|argument| argument == "--quiet") {
        command.stderr(Stdio::null());
    }
    until(&mut command.spawn().expect("it can be started"), most, ticks)
}

/// Waits for a child; kills it and returns `None` if `ticks` does not change while it works for longer than `most`.
fn until(child: &mut Child, most: Duration, ticks: &dyn Fn() -> u64) -> Option<ExitStatus> {
    let worked = |child: &Child| clock::worked_by(child.id());
    let (mut seen, mut since, mut before) = (0, Instant::now(), worked(child));
    // Short at first, because shrinking a failure starts many processes.
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        let now = ticks();
        if now != seen {
            (seen, since, before) = (now, Instant::now(), worked(child));
        } else if since.elapsed() > most
            && (since.elapsed() > most * STILL
                || worked(child).zip(before).is_none_or(|(after, before)| after.saturating_sub(before) > most))
        {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// Finds out how the input of an iteration kills a process, and shrinks it.
fn killed(run: &Run, target: &'static Target, iteration: u64, ended: Option<ExitStatus>, folder: &Path) {
    let input = work::make(target, &run.seed, iteration, &Seeds::read(run.more.as_deref()));
    let trial = folder.join("trial");
    let Some(kind) = kill_kind(&input, &trial, HANG_ALONE) else {
        let how = ended.map_or("stood still".to_owned(), |status| status.to_string());
        println!("{}: iteration {iteration} did not fail again on its own ({how})", target.name);
        return;
    };
    if input.is_program() && is_ended(&input, &folder.join("program")) {
        println!("{}: iteration {iteration} ({kind}) is ended by the program's guard, as expected", target.name);
        return;
    }
    let path = folder.join(file_name(target.name, &kind));
    if path.exists() {
        return;
    }
    input.save(&path, &kind).expect("the folder of failures is writable");
    let small = shrink(input, Duration::from_secs(90), &mut |input| {
        kill_kind(input, &trial, HANG / 2).is_some_and(|other| other == kind)
    });
    let seen = format!("iteration {iteration} of seed {}", run.seed);
    work::tell(&small, &Failure { kind, seen }, &path);
    let _ = fs::remove_file(trial);
}

/// Whether the program ends itself in time, with an exit code, on the files of an input.
fn is_ended(input: &Input, folder: &Path) -> bool {
    let _ = fs::remove_dir_all(folder);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        let parent = path.parent().expect("it is in the folder");
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, text)).expect("the folder is writable");
    };
    write("meshtrace.yaml", "requires: \"0.1\"\nrenders: {x: [x]}\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshtrace"));
    command.args(["render", "-p", "x", "-o", "out"]).current_dir(folder);
    for (name, text) in &input.parts {
        match name.split_once(" --") {
            Some((_, flag)) => drop(command.args([&format!("--{flag}"), text])),
            None if name.contains('/') => write(name, text),
            None => {}
        }
    }
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let ended = until(&mut child.expect("the program can be started"), HANG_ALONE, &|| 0);
    let _ = fs::remove_dir_all(folder);
    ended.is_some_and(|status| status.code().is_some())
}

fn kill_kind(input: &Input, trial: &Path, most: Duration) -> Option<String> {
    input.save(trial, "").expect("the folder of failures is writable");
    let arguments = ["--quiet".to_owned(), "--replay".to_owned(), trial.display().to_string()];
    match watch(&arguments, most, &|| 0) {
        None => Some("hang".to_owned()),
        Some(status) if status.code().is_some() => None,
        Some(status) => Some(format!("killed by {status}")),
    }
}

fn folder_name(seed: &str) -> PathBuf {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    PathBuf::from(seed.chars().map(word).take(40).collect::<String>())
}
