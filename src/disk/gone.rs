//! Directories that a render wrote and that no render writes any more.
//!
//! In: the folder of all renders, and which of its folders are renders. Out: the others that have a list, and the means
//! to delete one that is empty. Never follows a link, and never enters another project: what it rendered is its own.

use crate::component;
use crate::disk::act;
use crate::disk::again::again;
use crate::disk::split;
use crate::files::LIST;
use crate::finding::Finding;
use crate::project::FILE;
use std::fs;
use std::io;
use std::path::Path;

/// How many entries are looked at: `out` may be the root of a large repository.
const SEEN: usize = 200_000;

/// The folders below `out` that hold a list and are not renders, by their path in `out`, sorted. `skip` says which
/// folders are not entered: those of renders, and those that only have a name in common with one. `is_top`: `out` is the
/// folder of the project.
pub fn gone(out: &Path, is_top: bool, skip: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut gone = Vec::new();
    let mut seen = 0;
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let Ok(Entries { folders: inner, listed, is_project, count }) = entries(&out.join(&folder)) else { continue };
        seen += count;
        if seen > SEEN {
            break;
        }
        if is_project && !(is_top && folder.is_empty()) {
            continue;
        }
        if listed && !folder.is_empty() {
            gone.push(folder);
            continue;
        }
        let path = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
        folders.extend(inner.into_iter().map(path).filter(|path| !skip(path)));
    }
    gone.sort_unstable();
    gone
}

struct Entries {
    /// The names of the folders that a render may have.
    folders: Vec<String>,
    /// Whether there is a list.
    listed: bool,
    /// Whether there is a `meshtrace.yaml`.
    is_project: bool,
    count: usize,
}

fn entries(folder: &Path) -> io::Result<Entries> {
    let mut entries = Entries { folders: Vec::new(), listed: false, is_project: false, count: 0 };
    for entry in again(|| fs::read_dir(folder))?.take(SEEN) {
        let entry = entry?;
        entries.count += 1;
        let kind = again(|| entry.file_type())?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        entries.listed |= kind.is_file() && name == LIST;
        entries.is_project |= !kind.is_dir() && name == FILE;
        if kind.is_dir() && component::refusal(&name).is_none() {
            entries.folders.push(name);
        }
    }
    Ok(entries)
}

/// Deletes the folder `name` of `out`, and those above it in `out`, as far as they are empty. True if it is gone.
///
/// # Errors
/// Returns the finding to report, in which the folder is called `shown`.
pub fn remove_emptied(out: &Path, name: &str, shown: &str) -> Result<bool, Finding> {
    let mut folder = name;
    while !folder.is_empty() {
        act::delete_empty_folder(out, folder).map_err(|error| error.finding(shown))?;
        folder = split(folder).0;
    }
    Ok(again(|| fs::symlink_metadata(out.join(name))).is_err())
}
