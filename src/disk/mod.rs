//! The only module that touches the disk.
//!
//! In: folders of profiles and templates, as [`Files`](crate::files::Files), and the bytes of a render, as
//! [`Output`](crate::files::Output). Out: an output directory that holds exactly that render plus any foreign files in
//! it, and an [`Outcome`] that says what changed. Never writes outside that directory, never deletes a file it does not
//! own, and never prints: problems become findings that name the file as the user knows it.
//!
//! An output directory contains two files for bookkeeping. `render.sha256` lists the owned files in the format of
//! `sha256sum`. `.render.journal` exists only while a write is in progress, or after one was killed: together with the
//! list it says which bytes are ours, so that an unfinished write is never taken for a manual edit, and the next write
//! completes it.
//!
//! Guarantees when a write dies: after the process is killed at any moment (SIGKILL) or fails (a full disk), every file
//! is entirely old or entirely new, foreign files are unchanged, and the next write repairs the rest. After a power
//! loss the same holds for the files that the system had saved; files are not synced one by one, because that would
//! cost seconds for a large render, whose bytes can be made again anyway. An owned file that is found empty is written
//! again.

#![allow(clippy::disallowed_methods, reason = "the only module that may use `std::fs`")]

mod act;
mod again;
mod cause;
mod conflict;
mod git;
mod gone;
mod helm;
mod input;
mod journal;
mod list;
mod lock;
mod merged;
mod outside;
mod path;
mod plan;
mod process;
mod read;
mod replace;
mod snapshot;
mod standing;
mod sync;
mod walk;
mod write;

#[cfg(test)]
mod tests;

pub use crate::disk::act::create;
pub use crate::disk::git::AtRevision;
pub use crate::disk::git::at_revision;
pub use crate::disk::git::prefix as git_prefix;
pub use crate::disk::gone::gone;
pub use crate::disk::gone::remove_emptied;
pub use crate::disk::helm::Charts;
pub use crate::disk::helm::ChartsOf;
pub use crate::disk::helm::Pulled;
pub use crate::disk::helm::pull;
pub use crate::disk::helm::store_lock;
pub use crate::disk::input::InputFolder;
pub use crate::disk::input::stays_out;
pub use crate::disk::outside::NamedBy;
pub use crate::disk::outside::project_output;
pub use crate::disk::outside::stays_inside;
pub use crate::disk::read::SOURCE;
pub use crate::disk::read::find_upward;
pub use crate::disk::read::is_folder;
pub use crate::disk::read::is_there;
pub use crate::disk::read::read_bytes;
pub use crate::disk::read::read_folder;
pub use crate::disk::read::read_folder_lazily;
pub use crate::disk::read::read_folder_of;
pub use crate::disk::read::read_project_text;
pub use crate::disk::read::read_stdin;
pub use crate::disk::read::read_stdin_text;
pub use crate::disk::read::read_text;
pub use crate::disk::read::read_verbatim;
pub use crate::disk::replace::replace;
pub use crate::disk::write::Target;
pub use crate::disk::write::compare;
pub use crate::disk::write::compare_all;
pub use crate::disk::write::interrupted;
pub use crate::disk::write::write;
pub use crate::disk::write::write_all;
pub use crate::files::LIST;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

/// Names at the top of an output directory that are used for files not yet in place.
pub const RESERVED: [&str; 2] = [path::JOURNAL, path::STAGING];

/// How to write an output directory.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Replaces owned files that were edited by hand and foreign files that are in the way, and rebuilds an unreadable
    /// list.
    pub force: bool,
    /// Which paths to handle; the others are neither written nor deleted, and stay in the list. `None` means all.
    pub only: Option<&'a (dyn Fn(&str) -> bool + Sync)>,
    /// The name of the directory in messages, such as `out/dev`.
    pub shown: &'a str,
    /// The folders that renders read; nothing is written into them.
    pub inputs: &'a [InputFolder],
}

/// The paths in the list of `dir`; empty if it has no readable list.
pub fn owned(dir: &std::path::Path) -> Vec<String> {
    let text = snapshot::read_own(&dir.join(LIST), list::LIMIT).ok().flatten().unwrap_or_default();
    list::parse(&String::from_utf8_lossy(&text)).entries.into_iter().map(|(path, _)| path).collect()
}

/// The text of the list for `files`, where the text of the last list is `before`.
pub fn list_text(files: &BTreeMap<String, Vec<u8>>, before: &str) -> String {
    let before: HashMap<String, list::Hash> = list::parse(before).entries.into_iter().collect();
    let hash = |path, bytes| list::Hash::kept(before.get(path).copied(), bytes);
    list::print(&files.iter().map(|(path, bytes)| (path.as_str(), hash(path, bytes))).collect())
}

/// Leaves in the directory of a render, if it has a list that can be read, the list, the files that it owns, also where they
/// were moved to another name, and those that `wanted` names.
pub fn keep_owned(files: &mut BTreeMap<String, Vec<u8>>, wanted: &dyn Fn(&str) -> bool) {
    let Some(text) = files.get(LIST) else { return };
    let read = list::parse(&String::from_utf8_lossy(text));
    if !read.broken.is_empty() {
        return;
    }
    let missing = read.entries.iter().filter(|(path, _)| !files.contains_key(path));
    let missing: BTreeSet<list::Hash> = missing.map(|(_, hash)| *hash).collect();
    let moved = |bytes: &[u8]| !missing.is_empty() && missing.contains(&list::Hash::of(bytes));
    let listed: HashSet<&str> = read.entries.iter().map(|(path, _)| path.as_str()).collect();
    files.retain(|path, bytes| path == LIST || listed.contains(&**path) || wanted(path) || moved(bytes));
}

/// What a write did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Paths of files that did not exist, sorted.
    pub added: Vec<String>,
    /// Paths of files whose bytes were replaced, sorted.
    pub changed: Vec<String>,
    /// Paths of owned files that were deleted, sorted.
    pub removed: Vec<String>,
    /// How many files were up to date and left untouched.
    pub unchanged: usize,
    /// Whether the list was written; also true if only the list was wrong or missing.
    pub listed: bool,
    /// Whether an interrupted write was found and repaired.
    pub repaired: bool,
    /// Whether git had merged the list, so that it was or has to be written anew.
    pub merged: bool,
}

impl Outcome {
    /// Whether the directory was up to date, so that nothing was or has to be written.
    pub fn is_same(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty() && !self.listed && !self.repaired
    }
}

/// The name in messages of a file in a directory.
fn name(shown: &str, path: &str) -> String {
    match shown.trim_end_matches('/') {
        "." | "" if !shown.starts_with('/') => path.to_owned(),
        _ if path.is_empty() => shown.to_owned(),
        shown => format!("{shown}/{path}"),
    }
}

/// A file's name with each byte that is not UTF-8 as `\xNN`, so that different names stay different.
fn escaped(name: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(name) {
        Ok(name) => name.into(),
        Err(_) => (name.utf8_chunks())
            .flat_map(|chunk| {
                let bytes = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
                std::iter::once(chunk.valid().to_owned()).chain(bytes)
            })
            .collect::<String>()
            .into(),
    }
}

/// Whether a path looks like one that [`escaped`] has changed.
pub(crate) fn is_escaped(path: &str) -> bool {
    path.split("\\x").skip(1).any(|rest| {
        rest.len() >= 2
            && rest.as_bytes()[0] >= b'8'
            && rest.bytes().take(2).all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Splits a path into its folder, which is empty at the top, and its last component.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
