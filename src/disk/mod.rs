//! The only module that touches the disk.
//!
//! In: folders of profiles and templates, as [`Files`](crate::files::Files), and the bytes of a render, as
//! [`Output`](crate::files::Output). Out: an output directory that holds exactly that render beside whatever else a
//! person keeps there, and an [`Outcome`] that says what changed. Never writes outside that directory, never deletes a
//! file it does not own, and never prints: what goes wrong becomes a finding that names the file as the person knows it.
//!
//! An output directory has two files of its own. `render.sha256` lists the owned files in the format of `sha256sum`.
//! `.render.journal` is there only while a write is under way, or after one was killed: together with the list it
//! says which bytes are ours, so that a half-done write is never taken for an edit, and the next write completes it.
//!
//! What holds when a write dies: after the death of the process at any moment (SIGKILL, a full disk) every file is
//! wholly old or wholly new, no foreign file was touched, and the next write mends the rest. After a power loss the
//! same holds for the files that the system had saved; files are not synced one by one, since that would cost seconds
//! for a large render, whose bytes can be made again anyhow. An owned file that is found empty is written again.

#![allow(clippy::disallowed_methods, reason = "this is the module that the ban of `std::fs` elsewhere points to")]

mod act;
mod again;
mod cause;
mod git;
mod input;
mod journal;
mod list;
mod lock;
mod outside;
mod path;
mod plan;
mod process;
mod read;
mod replace;
mod snapshot;
mod standing;
mod write;

#[cfg(test)]
mod tests;

pub use crate::disk::act::create;
pub use crate::disk::git::AtRevision;
pub use crate::disk::git::at_revision;
pub use crate::disk::git::prefix as git_prefix;
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
pub use crate::disk::write::compare;
pub use crate::disk::write::interrupted;
pub use crate::disk::write::write;

/// The list of owned files, at the top of an output directory.
pub const LIST: &str = "render.sha256";

/// Names at the top of an output directory that hold what is not yet in its place.
pub const RESERVED: [&str; 2] = [path::JOURNAL, path::STAGING];

/// How to write an output directory.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Replaces owned files that were edited by hand and foreign files that stand in the way, and rebuilds a list that
    /// cannot be read.
    pub force: bool,
    /// Which paths are meant; the others are neither written, deleted nor forgotten. `None` means all.
    pub only: Option<&'a dyn Fn(&str) -> bool>,
    /// How messages call the directory, such as `out/dev`.
    pub shown: &'a str,
    /// The folders that renders read: nothing is written into them.
    pub inputs: &'a [InputFolder],
}

/// The paths that the list of `dir` names; none when it has none that can be read.
pub fn owned(dir: &std::path::Path) -> Vec<String> {
    let text = snapshot::read_own(&dir.join(LIST), list::LIMIT).ok().flatten().unwrap_or_default();
    list::parse(&String::from_utf8_lossy(&text)).0.into_iter().map(|(path, _)| path).collect()
}

/// The text of the list of `files`.
pub fn list_text(files: &std::collections::BTreeMap<String, Vec<u8>>) -> String {
    list::print(&files.iter().map(|(path, bytes)| (path.as_str(), list::Hash::of(bytes))).collect())
}

/// What a write did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Paths of files that were not there, sorted.
    pub added: Vec<String>,
    /// Paths of files whose bytes were replaced, sorted.
    pub changed: Vec<String>,
    /// Paths of owned files that were deleted, sorted.
    pub removed: Vec<String>,
    /// How many files were right already, and so left untouched.
    pub unchanged: usize,
    /// Whether the list was written: also true when it alone was wrong or missing.
    pub listed: bool,
    /// Whether an interrupted write was found, and so mended.
    pub mended: bool,
}

impl Outcome {
    /// Whether the directory was right already, so that nothing was, or has to be, written.
    pub fn is_same(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty() && !self.listed && !self.mended
    }
}

/// The name of a file of a directory in messages.
fn name(shown: &str, path: &str) -> String {
    match shown.trim_end_matches('/') {
        "." | "" if !shown.starts_with('/') => path.to_owned(),
        _ if path.is_empty() => shown.to_owned(),
        shown => format!("{shown}/{path}"),
    }
}

/// Splits a path into its folder, empty at the top, and its last component.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
