//! Writes an output directory, compares with one, and detects an interrupted write.
//!
//! In: the directory and an output. Out: an [`Outcome`], or findings and an unchanged directory.
//!
//! All new files are first written below `.meshtrace-tmp/` inside the directory, so that a full disk is noticed before
//! anything has changed. Then they are moved into place, whole folders at once where none exists yet. The journal
//! exists from before the first move until after the new list is in place.

use crate::disk::LIST;
use crate::disk::Options;
use crate::disk::Outcome;
use crate::disk::act;
use crate::disk::act::WriteError;
use crate::disk::again::again;
use crate::disk::cause::cannot_read;
use crate::disk::cause::cannot_write;
use crate::disk::input::stays_out;
use crate::disk::journal;
use crate::disk::lock;
use crate::disk::lock::Lock;
use crate::disk::name;
use crate::disk::path;
use crate::disk::path::JOURNAL;
use crate::disk::path::STAGING;
use crate::disk::plan;
use crate::disk::plan::Plan;
use crate::disk::plan::Purpose;
use crate::disk::split;
use crate::disk::sync;
use crate::files::Output;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// A directory to write or compare.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The directory.
    pub dir: &'a Path,
    /// Its name in messages, such as `out/dev`.
    pub shown: &'a str,
    /// What it is to hold.
    pub output: &'a Output,
}

impl<'a> Target<'a> {
    fn options<'o: 'a>(&self, options: &Options<'o>) -> Options<'a> {
        Options { shown: self.shown, ..*options }
    }
}

/// Makes `dir` hold exactly `output`, plus any foreign files.
///
/// If there is any error, nothing is changed and the result is `None`, with the errors in `found`; an empty directory
/// that was created for the write is removed again.
pub fn write(dir: &Path, output: &Output, options: &Options, found: &mut Findings) -> Option<Outcome> {
    let target = Target { dir, shown: options.shown, output };
    write_all(&[target], options, &|| {}, found).pop().flatten()
}

/// Does [`write()`] for each of `targets`, which are different directories, independently of the others. `step` is
/// called when one is done, from any thread.
///
/// All journals are saved together, because saving one waits for the disk.
pub fn write_all(
    targets: &[Target],
    options: &Options,
    step: &(dyn Fn() + Sync),
    found: &mut Findings,
) -> Vec<Option<Outcome>> {
    let mut outcomes = Vec::with_capacity(targets.len());
    // Each holds a lock, and so an open file.
    for some in targets.chunks(sync::open_files()) {
        let begun: Vec<Begun> = some.par_iter().map(|target| Begun::new(target, options)).collect();
        let begun = save_journals(begun);
        let end = |begun: Begun| {
            let end = begun.finish();
            step();
            end
        };
        let ended: Vec<(Option<Outcome>, Findings)> = begun.into_par_iter().map(end).collect();
        for (outcome, findings) in ended {
            outcomes.push(outcome);
            found.append(findings);
        }
    }
    outcomes
}

/// Saves the journals of writes that replace or delete something. A directory that only gains files needs that of none:
/// they can be made again, and no other bytes are at stake.
fn save_journals(mut begun: Vec<Begun>) -> Vec<Begun> {
    let needed = |begun: &Begun| match &begun.state {
        State::Staging { plan, .. } => plan.journal.replaces_something(),
        State::Ended(_) => false,
    };
    let journals: Vec<PathBuf> =
        begun.iter().filter(|begun| needed(begun)).map(|begun| begun.target.dir.join(JOURNAL)).collect();
    if let Err(error) = sync::save(&journals) {
        let error = std::sync::Arc::new(error);
        begun = begun.into_par_iter().map(|one| if needed(&one) { one.give_up(&error) } else { one }).collect();
    }
    begun
}

/// Computes what [`write()`] would do. Changes nothing.
///
/// A file that `write` would refuse to replace is a warning here and counts as changed, so that the question whether
/// the directory is up to date has an answer. `None`, with errors, only if it has none.
pub fn compare(dir: &Path, output: &Output, options: &Options, found: &mut Findings) -> Option<Outcome> {
    let errors = found.errors();
    path::check(output.files.keys().map(String::as_str), options.shown, found);
    if let Err(finding) = stays_out(dir, options.shown, output, options.inputs) {
        found.push(finding);
    }
    let missing = missing_folders(dir, options.shown, found);
    if found.errors() > errors {
        return None;
    }
    let _lock = if missing.is_empty() { Some(locked(dir, lock::Kind::Shared, options, found)?) } else { None };
    Some(plan::make(dir, output, options, Purpose::Compare, found)?.outcome())
}

/// Does [`compare()`] for each of `targets`. `step` is called when one is done, from any thread.
pub fn compare_all(
    targets: &[Target],
    options: &Options,
    step: &(dyn Fn() + Sync),
    found: &mut Findings,
) -> Vec<Option<Outcome>> {
    let one = |target: &Target| {
        let mut found = Findings::default();
        let outcome = compare(target.dir, target.output, &target.options(options), &mut found);
        step();
        (outcome, found)
    };
    let compared: Vec<(Option<Outcome>, Findings)> = targets.par_iter().map(one).collect();
    compared
        .into_iter()
        .map(|(outcome, findings)| {
            found.append(findings);
            outcome
        })
        .collect()
}

/// A warning if the last write to `dir` was killed and has not been repaired since.
pub fn interrupted(dir: &Path, shown: &str) -> Option<Finding> {
    let journal = || again(|| fs::symlink_metadata(dir.join(JOURNAL))).ok();
    journal()?;
    // If the lock is held, the write is still running.
    if let Ok(None) = lock::attempt(dir, lock::Kind::Shared) {
        return None;
    }
    journal()?;
    let message = format!("the last render of `{shown}` was interrupted");
    Some(Finding::warning(ids::INTERRUPTED, message).help("run `meshtrace render` again to complete it"))
}

/// A write of which the journal is in place.
struct Begun<'a> {
    target: Target<'a>,
    /// The folders that were made for it, deepest first.
    missing: Vec<PathBuf>,
    found: Findings,
    state: State<'a>,
}

enum State<'a> {
    Staging {
        plan: Plan<'a>,
        _lock: Lock,
    },
    /// Done, or impossible.
    Ended(Option<Outcome>),
}

impl<'a> Begun<'a> {
    fn new(target: &Target<'a>, options: &Options) -> Begun<'a> {
        let mut begun =
            Begun { target: *target, missing: Vec::new(), found: Findings::default(), state: State::Ended(None) };
        if let Some(state) = begun.begin(&target.options(options)) {
            begun.state = state;
        } else {
            remove_made(&begun.missing);
        }
        begun
    }

    fn begin(&mut self, options: &Options) -> Option<State<'a>> {
        let Target { dir, output, shown } = self.target;
        let found = &mut self.found;
        path::check(output.files.keys().map(String::as_str), shown, found);
        if let Err(finding) = stays_out(dir, shown, output, options.inputs) {
            found.push(finding);
        }
        let missing = missing_folders(dir, shown, found);
        if found.errors() > 0 {
            return None;
        }
        if !missing.is_empty() {
            if !output.files.keys().any(|path| options.only.is_none_or(|only| only(path))) {
                return Some(State::Ended(Some(Outcome::default())));
            }
            self.missing = missing;
            if let Err(error) = again(|| fs::create_dir_all(dir)) {
                found.push(cannot_write("create", shown, &error));
                return None;
            }
        }
        let lock = locked(dir, lock::Kind::Alone, options, found)?;
        let plan = plan::make(dir, output, options, Purpose::Write, found)?;
        match prepare(dir, &plan) {
            Ok(true) => Some(State::Staging { plan, _lock: lock }),
            Ok(false) => Some(State::Ended(Some(plan.outcome()))),
            Err(error) => {
                found.push(error.finding(shown));
                None
            }
        }
    }

    /// Undoes what was begun, since the journal could not be saved.
    fn give_up(mut self, error: &io::Error) -> Begun<'a> {
        if let State::Staging { plan, .. } = &self.state {
            undo(self.target.dir, plan);
            self.found.push(cannot_write("write to", self.target.shown, error));
            self.state = State::Ended(None);
            remove_made(&self.missing);
        }
        self
    }

    fn finish(mut self) -> (Option<Outcome>, Findings) {
        let outcome = match &self.state {
            State::Staging { plan, .. } => match carry_out(self.target.dir, plan) {
                Ok(()) => Some(plan.outcome()),
                Err(error) => {
                    self.found.push(error.finding(self.target.shown));
                    remove_made(&self.missing);
                    None
                }
            },
            State::Ended(outcome) => return (outcome.clone(), self.found),
        };
        (outcome, self.found)
    }
}

fn locked(dir: &Path, kind: lock::Kind, options: &Options, found: &mut Findings) -> Option<Lock> {
    match lock::wait(dir, kind) {
        Ok(Some(lock)) => return Some(lock),
        Ok(None) => {
            let message = format!("another meshtrace is writing `{}`", options.shown);
            found.push(
                Finding::error(ids::LOCKED, message).help("run the command again when the other one has finished"),
            );
        }
        Err(error) => found.push(cannot_read(options.shown, &error)),
    }
    None
}

/// The folders that have to be created for `dir` to exist, deepest first; empty if it exists.
///
/// `dir` itself may be a symbolic link to a folder, which is the choice of whoever named it. Links inside it are not
/// followed, since they come with the files.
fn missing_folders(dir: &Path, shown: &str, found: &mut Findings) -> Vec<PathBuf> {
    let mut missing = Vec::new();
    for folder in dir.ancestors().filter(|folder| !folder.as_os_str().is_empty()) {
        let what = if folder == dir { format!("`{shown}`") } else { format!("a parent directory of `{shown}`") };
        let mut refuse = |kind, expected| {
            let message = format!("{what} is {kind}, expected {expected}");
            found.push(
                Finding::error(ids::NOT_A_FOLDER, message).help("choose another directory, or move it elsewhere"),
            );
        };
        match again(|| fs::metadata(folder)) {
            Ok(metadata) if metadata.is_dir() => break,
            Ok(_) => {
                refuse("a file", "a directory");
                break;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if again(|| fs::symlink_metadata(folder)).is_ok() {
                    refuse("a symbolic link whose target does not exist", "a folder");
                    break;
                }
                missing.push(folder.to_owned());
            }
            // A folder further up is a file, which is reported when the loop reaches it.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {}
            Err(error) => {
                found.push(cannot_read(shown, &error));
                break;
            }
        }
    }
    missing
}

fn remove_made(missing: &[PathBuf]) {
    for folder in missing {
        // Another process may have put something there in the meantime; then the folder stays.
        let _ = again(|| fs::remove_dir(folder));
    }
}

/// Makes the staging folder and puts the journal in place. False if there is nothing to do.
fn prepare(root: &Path, plan: &Plan) -> Result<bool, WriteError> {
    if plan.littered {
        act::delete_staging(root, STAGING)?;
    }
    let files_change = !plan.writes.is_empty() || !plan.deletes.is_empty();
    if !files_change && plan.list.is_none() && !plan.interrupted {
        return Ok(false);
    }
    let begin = || {
        act::make_folder(root, STAGING, "")?;
        if files_change {
            let draft = format!("{STAGING}/journal");
            act::write_file(root, &draft, "", journal::print(&plan.journal).as_bytes())?;
            act::put_in_place(root, &draft, JOURNAL)?;
        }
        Ok(true)
    };
    begin().inspect_err(|_| undo(root, plan))
}

/// Undoes everything while nothing is in place yet. What goes wrong in doing so is less than what went wrong before.
fn undo(root: &Path, plan: &Plan) {
    let _ = act::delete_staging(root, STAGING);
    if !plan.interrupted {
        let _ = act::delete_file(root, JOURNAL);
    }
}

fn carry_out(root: &Path, plan: &Plan) -> Result<(), WriteError> {
    stage(root, plan).inspect_err(|_| undo(root, plan))?;
    settle(root, plan).inspect_err(|_| {
        let _ = act::delete_staging(root, STAGING);
    })
}

/// Writes everything into the staging folder. The files of a folder are written by one thread: a second one would only
/// wait for the lock that the system holds on the folder, and spin while it waits.
fn stage(root: &Path, plan: &Plan) -> Result<(), WriteError> {
    act::make_folder(root, &format!("{STAGING}/tree"), "")?;
    let mut folders = BTreeSet::new();
    for write in &plan.writes {
        let mut folder = split(write.path).0;
        while !folder.is_empty() && folders.insert(folder) {
            folder = split(folder).0;
        }
    }
    for folder in folders {
        act::make_folder(root, &staged(folder), folder)?;
    }
    by_folder(&plan.writes, |write| write.path).into_par_iter().try_for_each(|writes| {
        writes.iter().try_for_each(|write| act::write_file(root, &staged(write.path), write.path, write.bytes))
    })?;
    match plan.list.as_deref() {
        Some(text) if !text.is_empty() => act::write_file(root, &format!("{STAGING}/list"), LIST, text.as_bytes()),
        _ => Ok(()),
    }
}

/// Splits what is sorted by path where the folder changes.
fn by_folder<T>(all: &[T], path: impl Fn(&T) -> &str) -> Vec<&[T]> {
    all.chunk_by(|one, other| split(path(one)).0 == split(path(other)).0).collect()
}

/// Moves what is staged into place. Deletes first, so that a file can become a folder, a folder a file, and a name can
/// change its case.
fn settle(root: &Path, plan: &Plan) -> Result<(), WriteError> {
    by_folder(&plan.deletes, String::as_str)
        .into_par_iter()
        .try_for_each(|paths| paths.iter().try_for_each(|path| act::delete_file(root, path)))?;
    // Longer paths sort after their folders, so the reverse is deepest first.
    for folder in plan.emptied.iter().rev() {
        act::delete_empty_folder(root, folder)?;
    }
    let mut fates = HashMap::from([("", Fate::There)]);
    let mut alone = Vec::new();
    for write in &plan.writes {
        if place_folder(root, split(write.path).0, &mut fates)? == Fate::There {
            alone.push(write.path);
        }
    }
    by_folder(&alone, |path| path)
        .into_par_iter()
        .try_for_each(|paths| paths.iter().try_for_each(|path| act::put_in_place(root, &staged(path), path)))?;
    match plan.list.as_deref() {
        Some("") => act::delete_file(root, LIST)?,
        Some(_) => act::put_in_place(root, &format!("{STAGING}/list"), LIST)?,
        None => {}
    }
    act::delete_staging(root, STAGING)?;
    act::delete_file(root, JOURNAL)
}

/// What happened to a staged folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It was moved into place with everything in it.
    Moved,
    /// The folder exists already, so its files are moved one by one.
    There,
}

fn place_folder<'a>(root: &Path, folder: &'a str, fates: &mut HashMap<&'a str, Fate>) -> Result<Fate, WriteError> {
    if let Some(fate) = fates.get(folder) {
        return Ok(*fate);
    }
    let fate = match place_folder(root, split(folder).0, fates)? {
        Fate::Moved => Fate::Moved,
        Fate::There if act::is_folder(root, folder)? => Fate::There,
        Fate::There => {
            act::put_in_place(root, &staged(folder), folder)?;
            Fate::Moved
        }
    };
    fates.insert(folder, fate);
    Ok(fate)
}

fn staged(path: &str) -> String {
    name(STAGING, &format!("tree/{path}"))
}
