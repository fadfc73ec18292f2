//! The process that runs inputs. It tells its parent which one is running, so that an input that kills it is known.

use crate::input::Input;
use crate::input::file_name;
use crate::judge;
use crate::judge::Failure;
use crate::judge::Limits;
use crate::random::Random;
use crate::seeds::Seeds;
use crate::shrink::shrink;
use crate::targets::Target;
use std::fs;
use std::fs::File;
use std::io::Seek;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

/// The work of a process.
pub(crate) struct Work {
    pub(crate) target: &'static Target,
    pub(crate) seed: String,
    pub(crate) from: u64,
    /// One past the last.
    pub(crate) to: u64,
    pub(crate) time: Duration,
    pub(crate) limits: Limits,
    /// A folder with further seeds.
    pub(crate) more: Option<PathBuf>,
    /// Where failures are kept.
    pub(crate) folder: PathBuf,
}

/// The progress of a process, written to its file before each run.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Counts runs, including those that shrink a failure.
    pub(crate) runs: u64,
    /// The current input.
    pub(crate) iteration: u64,
    /// How many were not rejected.
    pub(crate) whole: u64,
}

impl State {
    pub(crate) fn read(path: &Path) -> State {
        let bytes = fs::read(path).unwrap_or_default();
        let number =
            |at: usize| bytes.get(at..at + 8).and_then(|some| some.try_into().ok()).map_or(0, u64::from_le_bytes);
        State { runs: number(0), iteration: number(8), whole: number(16) }
    }

    fn write(self, file: &mut File) {
        let bytes = [self.runs, self.iteration, self.whole].map(u64::to_le_bytes).concat();
        file.rewind().and_then(|()| file.write_all(&bytes)).expect("the state file is writable");
    }
}

pub(crate) fn work(work: &Work, state: &Path) {
    judge::quiet_panics();
    let seeds = Seeds::read(work.more.as_deref());
    let mut file = File::create(state).expect("the state file can be created");
    let mut now = State::default();
    let end = Instant::now() + work.time;
    for iteration in work.from..work.to {
        now = State { runs: now.runs + 1, iteration, ..now };
        now.write(&mut file);
        if Instant::now() > end {
            break;
        }
        let input = make(work.target, &work.seed, iteration, &seeds);
        let before = judge::whole();
        let failure = judge::run(&input, work.limits);
        now.whole += (judge::whole() - before).min(1);
        let Some(failure) = failure else { continue };
        let path = work.folder.join(file_name(work.target.name, &failure.kind));
        if path.exists() {
            continue;
        }
        // Saved unchanged first: shrinking it may end in something worse.
        input.save(&path, &failure.kind).expect("the folder of failures is writable");
        let mut last = failure;
        let small = shrink(input, Duration::from_secs(15), &mut |input| {
            now.runs += 1;
            now.write(&mut file);
            let other = judge::run(input, work.limits).filter(|other| other.kind == last.kind);
            let same = other.is_some();
            last = other.unwrap_or_else(|| std::mem::take(&mut last));
            same
        });
        tell(&small, &last, &path);
    }
    now.iteration = work.to.min(now.iteration + 1);
    now.write(&mut file);
}

/// The input of an iteration.
pub(crate) fn make(target: &'static Target, seed: &str, iteration: u64, seeds: &Seeds) -> Input {
    let mut random = Random::of(seed, target.name, iteration);
    Input { target, parts: (target.make)(&mut random, seeds) }
}

/// Keeps a failure and prints it.
pub(crate) fn tell(input: &Input, failure: &Failure, path: &Path) {
    input.save(path, &failure.kind).expect("the folder of failures is writable");
    println!("FAILED {}: {}", input.target.name, failure.kind);
    let seen: String = failure.seen.chars().take(3000).collect();
    seen.lines().for_each(|line| println!("    {line}"));
    println!("  kept, made smaller: cargo test --test fuzz -- --replay {}", path.display());
}
