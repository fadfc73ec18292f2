//! Walks folders.
//!
//! In: a folder, and who named it. Out: the relative and the real path of each regular file, and the links that are not
//! followed. Bounded in the number of entries and in depth; never leaves a project.

use crate::disk::again::again;
use crate::disk::cause::cannot_read;
use crate::disk::escaped;
use crate::disk::name;
use crate::disk::outside::NamedBy;
use crate::disk::outside::is_hidden;
use crate::disk::outside::project_folder;
use crate::disk::outside::what;
use crate::disk::read::Bounds;
use crate::disk::read::is_folder;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use std::ffi::OsString;
use std::fs;
use std::fs::FileType;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// A folder being walked.
struct Frame {
    /// Sorted by name in reverse.
    entries: Vec<(OsString, FileType)>,
    path: PathBuf,
    /// The real path, with links resolved.
    real: PathBuf,
}

/// The walk through a tree.
struct Walk<'a> {
    root: &'a Path,
    shown: &'a str,
    by: NamedBy,
    bounds: Bounds,
    seen: usize,
    paths: Vec<(String, PathBuf)>,
    /// Links in a tree that the user named and that are not followed, with what to say of them.
    links: Vec<Link>,
    found: &'a mut Findings,
}

/// The files and the links of a tree.
pub(super) type Walked = (Vec<(String, PathBuf)>, Vec<Link>);

/// A link that is not followed, or a file that no path can name.
pub(super) struct Link {
    pub(super) path: String,
    pub(super) real: PathBuf,
    pub(super) leads: Leads,
    pub(super) finding: Finding,
}

/// What is not read because a link is not followed, or a file cannot be named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    /// Nothing: its target does not exist, or is a folder that contains it.
    Nowhere,
    /// A single file.
    ToFile,
    /// Any number of files.
    ToFiles,
    /// Nowhere else: it is a regular file whose name is not UTF-8, so no path can name it.
    Itself,
}

/// The relative and the real path of every regular file, sorted by path. `None` if there is nothing to read, which is
/// reported unless a project may omit it.
pub(super) fn walk(root: &Path, shown: &str, by: NamedBy, found: &mut Findings) -> Option<Walked> {
    if by != NamedBy::CommandLine {
        match project_folder(root, shown) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(finding) => {
                found.push(finding);
                return None;
            }
        }
    }
    let top = match again(|| root.canonicalize()) {
        Ok(top) if is_folder(&top) => top,
        Ok(_) => {
            found.push(cannot_read(shown, &io::Error::from(io::ErrorKind::NotADirectory)));
            return None;
        }
        Err(error) => {
            found.push(cannot_read(shown, &error));
            return None;
        }
    };
    let mut walk =
        Walk { root, shown, by, bounds: Bounds::of(by), seen: 0, paths: Vec::new(), links: Vec::new(), found };
    if !walk.down(top) {
        let finding = walk.bounds.too_many(shown);
        found.push(finding);
        return None;
    }
    // The walk sorts within each folder; callers rely on the order of whole paths.
    walk.paths.sort();
    Some((walk.paths, walk.links))
}

impl Walk<'_> {
    /// Walks the whole tree; false if it is too large.
    fn down(&mut self, top: PathBuf) -> bool {
        let Some(first) = self.list(self.root.to_owned(), top) else { return false };
        let mut frames = vec![first];
        while let Some(frame) = frames.last_mut() {
            let Some((name, kind)) = frame.entries.pop() else {
                frames.pop();
                continue;
            };
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = frame.path.join(&name);
            let (kind, real) = if kind.is_symlink() {
                let Some((kind, real)) = self.follow(&path, &frames) else { continue };
                (kind, Some(real))
            } else {
                (kind, None)
            };
            if kind.is_dir() {
                let real =
                    real.unwrap_or_else(|| frames.last().map_or_else(PathBuf::new, |frame| frame.real.join(&name)));
                let Some(next) = self.list(path, real) else { return false };
                frames.push(next);
            } else if kind.is_file() {
                match slashed(self.root, &path) {
                    Ok(inner) => self.paths.push((inner, path)),
                    Err(escaped) => self.misnamed(escaped, path),
                }
            } else if self.by != NamedBy::CommandLine {
                let message = format!("`{}` is {}, expected a file", self.named(&path), what(kind));
                self.found.push(Finding::error(ids::NOT_A_FILE, message).help("remove it, or move it elsewhere"));
            }
        }
        true
    }

    /// The entries of a folder; empty, with a finding, if it cannot be read. `None` if there are too many.
    fn list(&mut self, path: PathBuf, real: PathBuf) -> Option<Frame> {
        let room = self.bounds.entries.saturating_sub(self.seen);
        let read = || -> io::Result<Option<Vec<(OsString, FileType)>>> {
            let mut entries = Vec::new();
            for entry in again(|| fs::read_dir(&path))? {
                let entry = entry?;
                if entries.len() == room {
                    return Ok(None);
                }
                entries.push((entry.file_name(), again(|| entry.file_type())?));
            }
            Ok(Some(entries))
        };
        let mut entries = match again(read) {
            Ok(entries) => entries?,
            Err(error) => {
                self.found.push(cannot_read(&self.named(&path), &error));
                Vec::new()
            }
        };
        self.seen += entries.len();
        entries.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        Some(Frame { entries, path, real })
    }

    /// The type and the real path of a link's target. `None`, with a finding, if it may not be followed.
    fn follow(&mut self, path: &Path, frames: &[Frame]) -> Option<(FileType, PathBuf)> {
        let top = frames.first().map(|frame| frame.real.as_path())?;
        let target = match again(|| path.canonicalize()) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.refuse(
                    path,
                    Leads::Nowhere,
                    "whose target does not exist",
                    "remove the link, or create its target",
                );
            }
            Err(error) => {
                self.found.push(cannot_read(&self.named(path), &error));
                return None;
            }
        };
        let Ok(inner) = target.strip_prefix(top) else {
            // A folder may have files that are wanted; a file is one by its name.
            let is_file = again(|| fs::symlink_metadata(&target)).is_ok_and(|data| data.is_file());
            return self.refuse(
                path,
                if is_file { Leads::ToFile } else { Leads::ToFiles },
                &format!("that points out of `{}`", self.shown),
                "replace the link with a copy of the file",
            );
        };
        if frames.iter().any(|frame| frame.real == target) {
            return self.refuse(
                path,
                Leads::Nowhere,
                "that points back to a folder that contains it",
                "remove the link",
            );
        }
        let hidden = inner.components().any(|part| is_hidden(&part.as_os_str().to_string_lossy()));
        if hidden && self.by != NamedBy::CommandLine {
            return self.refuse(
                path,
                Leads::ToFiles,
                "to something hidden, which is not read",
                "replace the link with a copy of the file",
            );
        }
        match again(|| fs::symlink_metadata(&target)) {
            Ok(data) => Some((data.file_type(), target)),
            Err(error) => {
                self.found.push(cannot_read(&self.named(path), &error));
                None
            }
        }
    }

    /// Reports a link that may not be followed.
    fn refuse<T>(&mut self, path: &Path, leads: Leads, why: &str, help: &str) -> Option<T> {
        let message = format!("`{}` is a symbolic link {why}", self.named(path));
        let finding = Finding::error(ids::SYMLINK, message).help(help);
        match self.by {
            NamedBy::CommandLine => {
                let path_inside = slashed(self.root, path).unwrap_or_else(|escaped| escaped);
                self.links.push(Link { path: path_inside, real: path.to_owned(), leads, finding });
            }
            _ => self.found.push(finding),
        }
        None
    }

    /// Keeps or reports a file whose name is not UTF-8.
    fn misnamed(&mut self, escaped: String, real: PathBuf) {
        let message = format!("the name of `{}` is not UTF-8", name(self.shown, &escaped));
        let finding = Finding::error(ids::NOT_UTF8, message).help("rename the file");
        // A file that has the escaped name would be mistaken for it.
        if self.by == NamedBy::CommandLine && !self.root.join(&escaped).exists() {
            self.links.push(Link { path: escaped, real, leads: Leads::Itself, finding });
        } else {
            self.found.push(finding);
        }
    }

    fn named(&self, path: &Path) -> String {
        name(self.shown, &slashed(self.root, path).unwrap_or_else(|escaped| escaped))
    }
}

/// The path below `root` with `/`; `Err` holds an escaped one if it is not UTF-8.
fn slashed(root: &Path, path: &Path) -> Result<String, String> {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    let parts: Vec<_> = parts.map(|part| escaped(part.as_os_str().as_encoded_bytes())).collect();
    let joined = parts.join("/");
    if path.to_str().is_some() { Ok(joined) } else { Err(joined) }
}
