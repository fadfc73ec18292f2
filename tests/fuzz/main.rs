//! Random inputs against laws, on stable Rust. `cargo test` runs the inputs that failed in the past and a few new ones
//! with a fixed seed; `just fuzz` and `.ci/run` run more.
//!
//!     CARGO_PROFILE_DEV_OPT_LEVEL=2 cargo test --test fuzz -- --seconds 60 [--target yaml] [--seed WORD] [--iterations N]
//!     cargo test --test fuzz -- --replay FILE...
//!
//! Inputs are made from the repository's own files by changes to their text and to their structure. Each depends only
//! on the seed, the target and its number. They run in a watched process of their own: panics, violated laws, hangs,
//! aborts, and inputs that take too much time or memory are shrunk, kept and printed with the command that reproduces
//! them. One that led to a fix moves to `tests/data/fuzz/`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "starts itself and saves inputs that fail"
)]

mod clock;
mod drive;
mod input;
mod judge;
mod memory;
mod random;
mod seeds;
mod settings;
mod shrink;
mod structure;
mod targets;
mod text;
mod unified;
mod work;

#[path = "../it/common/leak.rs"]
mod leak;
#[path = "../it/common/patch.rs"]
mod patch;
#[path = "../it/common/targets.rs"]
mod profile_targets;

use drive::Run;
use input::Input;
use judge::Limits;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use work::Work;

#[global_allocator]
static MEMORY: memory::Counting = memory::Counting;

/// How many inputs of each target `cargo test` runs.
const SMOKE: u64 = 100;
/// The stack size of the program's threads.
const STACK: usize = 2 << 20;

/// The flags that `cargo test` does not use.
const OWN: &[&str] = &[
    "--target",
    "--seed",
    "--from",
    "--iterations",
    "--seconds",
    "--milliseconds",
    "--slow",
    "--memory",
    "--seeds",
    "--worker",
    "--folder",
    "--quiet",
    "--replay",
];

/// A month.
const FOREVER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const USAGE: &str = "usage: fuzz [--target NAME|all] [--seed WORD] [--seconds S] [--iterations N] [--from N]
            [--slow MILLISECONDS] [--memory MB] [--seeds FOLDER]
       fuzz [--quiet] --replay FILE...";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Options::of(&arguments) {
        Ok(options) => match options.run() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        },
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

struct Options {
    target: String,
    seed: String,
    from: u64,
    iterations: Option<u64>,
    time: Option<Duration>,
    limits: Limits,
    more: Option<PathBuf>,
    worker: Option<PathBuf>,
    folder: PathBuf,
    quiet: bool,
    replay: Vec<PathBuf>,
    /// None of our own flags was given: called by `cargo test`.
    smoke: bool,
    /// As in every test program: run only tests whose name contains one of the words.
    words: Vec<String>,
    list: bool,
}

impl Options {
    fn of(arguments: &[String]) -> Result<Options, String> {
        let mut options = Options {
            target: "all".into(),
            seed: "smoke".into(),
            from: 0,
            iterations: None,
            time: None,
            limits: Limits { time: Duration::from_secs(2), memory: 256 << 20 },
            more: None,
            worker: None,
            folder: PathBuf::new(),
            quiet: false,
            replay: Vec::new(),
            smoke: true,
            words: Vec::new(),
            list: false,
        };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("`{flag}` needs a value"));
            let number = |text: &String| text.parse::<u64>().map_err(|_| format!("`{flag} {text}`: expected a number"));
            match flag.as_str() {
                // Flags of `cargo test -- ...` for all test programs.
                "--test-threads" | "--format" | "--skip" | "--color" => drop(value()?),
                "--nocapture" | "--show-output" | "--exact" | "--ignored" | "--include-ignored" | "--list" | "-q" => {
                    options.list |= flag == "--list";
                }
                word if !word.starts_with('-') => options.words.push(word.to_owned()),
                "--target" => options.target = value()?.clone(),
                "--seed" => options.seed = value()?.clone(),
                "--from" => options.from = number(value()?)?,
                "--iterations" => options.iterations = Some(number(value()?)?),
                "--seconds" => options.time = Some(Duration::from_secs(number(value()?)?)),
                "--milliseconds" => options.time = Some(Duration::from_millis(number(value()?)?)),
                "--slow" => options.limits.time = Duration::from_millis(number(value()?)?),
                "--memory" => options.limits.memory = number(value()?)? as usize * (1 << 20),
                "--seeds" => options.more = Some(value()?.into()),
                "--worker" => options.worker = Some(value()?.into()),
                "--folder" => options.folder = value()?.into(),
                "--quiet" => options.quiet = true,
                "--replay" => options.replay.extend(rest.by_ref().map(PathBuf::from)),
                other => return Err(format!("unknown argument `{other}`")),
            }
            options.smoke &= !OWN.contains(&flag.as_str());
        }
        Ok(options)
    }

    fn run(self) -> bool {
        if self.list {
            println!("fuzz: test");
            return true;
        }
        if self.worker.is_some() || !self.replay.is_empty() {
            return in_thread(move || self.within());
        }
        let targets = match self.target.as_str() {
            "all" => targets::ALL.iter().collect(),
            name => match targets::find(name) {
                Some(target) => vec![target],
                None => {
                    let names: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
                    eprintln!("there is no target `{name}`: {}", names.join(", "));
                    return false;
                }
            },
        };
        if self.smoke {
            if !self.words.is_empty() && !self.words.iter().any(|word| "fuzz".contains(word.as_str())) {
                return true;
            }
            // An unoptimized build on a machine that is busy with the other tests: only hangs count.
            let limits = Limits { time: Duration::from_secs(60), ..self.limits };
            let run = Run { targets, seed: self.seed, from: 0, iterations: SMOKE, time: FOREVER, limits, more: None };
            return drive::kept() & drive::drive(&run);
        }
        let time = match (self.time, self.iterations) {
            (Some(time), _) => time / targets.len() as u32,
            (None, Some(_)) => FOREVER,
            (None, None) => Duration::from_secs(60) / targets.len() as u32,
        };
        let iterations = self.iterations.unwrap_or(u64::MAX);
        drive::drive(&Run {
            targets,
            seed: self.seed,
            from: self.from,
            iterations,
            time,
            limits: self.limits,
            more: self.more,
        })
    }

    /// The work of a child process.
    fn within(self) -> bool {
        if let (Some(state), Some(target)) = (&self.worker, targets::find(&self.target)) {
            let work = Work {
                target,
                seed: self.seed,
                from: self.from,
                to: self.from.saturating_add(self.iterations.unwrap_or(u64::MAX)),
                time: self.time.unwrap_or(Duration::from_secs(60)),
                limits: self.limits,
                more: self.more,
                folder: self.folder,
            };
            work::work(&work, state);
            return true;
        }
        judge::quiet_panics();
        let mut fine = true;
        for path in &self.replay {
            fine &= replay(path, self.limits, self.quiet);
        }
        fine
    }
}

fn replay(path: &Path, limits: Limits, quiet: bool) -> bool {
    let failure = match Input::load(path) {
        Ok(input) => judge::run(&input, limits).map(|failure| format!("{}\n{}", failure.kind, failure.seen)),
        Err(problem) => Some(problem),
    };
    match &failure {
        Some(failure) if !quiet => println!("FAILED {}: {failure}", path.display()),
        None if !quiet => println!("{}: fine", path.display()),
        _ => {}
    }
    failure.is_none()
}

/// Runs `act` on a thread with the program's stack size, the only one in rayon's pool: nothing else is measured, and a
/// panic is where it happened.
fn in_thread(act: impl FnOnce() -> bool + Send + 'static) -> bool {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
        pool.expect("the thread pool has not been used before");
        act()
    });
    thread.expect("a thread can be started").join().unwrap_or(false)
}
