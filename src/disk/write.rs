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
use crate::disk::act::Durable;
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

/// Makes `dir` hold exactly `output`, plus any foreign files.
///
/// If there is any error, nothing is changed and the result is `None`, with the errors in `found`; an empty directory
/// that was created for the write is removed again.
pub fn write(dir: &Path, output: &Output, options: &Options, found: &mut Findings) -> Option<Outcome> {
    let errors = found.errors();
    path::check(output.files.keys().map(String::as_str), options.shown, found);
    if let Err(finding) = stays_out(dir, options.shown, output, options.inputs) {
        found.push(finding);
    }
    let missing = missing_folders(dir, options.shown, found);
    if found.errors() > errors {
        return None;
    }
    if !missing.is_empty() {
        if !output.files.keys().any(|path| options.only.is_none_or(|only| only(path))) {
            return Some(Outcome::default());
        }
        if let Err(error) = again(|| fs::create_dir_all(dir)) {
            found.push(cannot_write("create", options.shown, &error));
            remove_made(&missing);
            return None;
        }
    }
    let outcome = write_locked(dir, output, options, found);
    if outcome.is_none() {
        remove_made(&missing);
    }
    outcome
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

fn write_locked(dir: &Path, output: &Output, options: &Options, found: &mut Findings) -> Option<Outcome> {
    let _lock = locked(dir, lock::Kind::Alone, options, found)?;
    let plan = plan::make(dir, output, options, Purpose::Write, found)?;
    match carry_out(dir, &plan) {
        Ok(()) => Some(plan.outcome()),
        Err(error) => {
            found.push(error.finding(options.shown));
            None
        }
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

fn carry_out(root: &Path, plan: &Plan) -> Result<(), WriteError> {
    if plan.littered {
        act::delete_staging(root, STAGING)?;
    }
    let files_change = !plan.writes.is_empty() || !plan.deletes.is_empty();
    if !files_change && plan.list.is_none() && !plan.interrupted {
        return Ok(());
    }
    let answer = stage(root, plan, files_change);
    if answer.is_err() {
        // Nothing is in place yet, so this undoes everything; the first error is the one to report.
        let _ = act::delete_staging(root, STAGING);
        if !plan.interrupted {
            let _ = act::delete_file(root, JOURNAL);
        }
        return answer;
    }
    let answer = settle(root, plan);
    if answer.is_err() {
        let _ = act::delete_staging(root, STAGING);
    }
    answer
}

/// Writes everything into the staging folder.
fn stage(root: &Path, plan: &Plan, files_change: bool) -> Result<(), WriteError> {
    act::make_folder(root, STAGING, "")?;
    if files_change {
        let draft = format!("{STAGING}/journal");
        act::write_file(root, &draft, "", journal::print(&plan.journal).as_bytes(), Durable::Yes)?;
        act::put_in_place(root, &draft, JOURNAL)?;
    }
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
    plan.writes
        .par_iter()
        .with_min_len(16)
        .try_for_each(|write| act::write_file(root, &staged(write.path), write.path, write.bytes, Durable::No))?;
    match plan.list.as_deref() {
        Some(text) if !text.is_empty() => {
            act::write_file(root, &format!("{STAGING}/list"), LIST, text.as_bytes(), Durable::No)
        }
        _ => Ok(()),
    }
}

/// Moves what is staged into place. Deletes first, so that a file can become a folder, a folder a file, and a name can
/// change its case.
fn settle(root: &Path, plan: &Plan) -> Result<(), WriteError> {
    plan.deletes.par_iter().with_min_len(16).try_for_each(|path| act::delete_file(root, path))?;
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
    alone.par_iter().with_min_len(16).try_for_each(|path| act::put_in_place(root, &staged(path), path))?;
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
