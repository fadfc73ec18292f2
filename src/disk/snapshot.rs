//! What stands in an output directory now.
//!
//! In: the directory and the folders inside it that matter. Out: the kind and the content of what stands at a path.
//! Goes down folder by folder and never through a symbolic link.

use crate::disk::cause::cannot_read;
use crate::disk::name;
use crate::disk::split;
use crate::finding::Finding;
use crate::finding::Findings;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::fs::FileType;
use std::io;
use std::io::Read;
use std::path::Path;

/// The folders that were looked at.
pub(crate) struct Snapshot<'a> {
    root: &'a Path,
    shown: &'a str,
    folders: HashMap<String, Folder>,
}

enum Folder {
    Missing,
    There { spelling: Spelling, entries: HashMap<OsString, FileType> },
    Blocked(Block),
}

/// What stands in the way of a folder.
#[derive(Clone)]
pub(crate) struct Block {
    /// Its path.
    pub(crate) at: String,
    /// Whether it is a symbolic link; else it is a file.
    pub(crate) link: bool,
}

/// Whether a path on disk is spelled as it was asked for. It may differ where the file system ignores case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Same,
    Other,
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Missing,
    File(Spelling),
    Folder,
    /// A symbolic link, a pipe, a device.
    Odd,
}

impl<'a> Snapshot<'a> {
    /// Looks at the top folder; one that is missing is an empty one.
    pub(crate) fn new(root: &'a Path, shown: &'a str, found: &mut Findings) -> Snapshot<'a> {
        let mut snapshot = Snapshot { root, shown, folders: HashMap::new() };
        let top = snapshot.list("", Spelling::Same, found);
        snapshot.folders.insert(String::new(), top);
        snapshot
    }

    /// Looks at `folder` and those above it; a second time does nothing.
    pub(crate) fn load(&mut self, folder: &str, found: &mut Findings) {
        if self.folders.contains_key(folder) {
            return;
        }
        let (parent, _) = split(folder);
        self.load(parent, found);
        let state = match self.folders.get(parent) {
            Some(Folder::Blocked(block)) => Folder::Blocked(block.clone()),
            _ => match self.entry(folder) {
                Ok(None) => Folder::Missing,
                Ok(Some((kind, spelling))) if kind.is_dir() => self.list(folder, spelling, found),
                Ok(Some((kind, _))) => Folder::Blocked(Block { at: folder.to_owned(), link: kind.is_symlink() }),
                Err(error) => {
                    found.push(self.cannot_read(folder, &error));
                    Folder::Missing
                }
            },
        };
        self.folders.insert(folder.to_owned(), state);
    }

    /// What stands in the way of a loaded folder.
    pub(crate) fn block(&self, folder: &str) -> Option<&Block> {
        match self.folders.get(folder) {
            Some(Folder::Blocked(block)) => Some(block),
            _ => None,
        }
    }

    /// Whether a loaded folder is there.
    pub(crate) fn is_there(&self, folder: &str) -> bool {
        matches!(self.folders.get(folder), Some(Folder::There { .. }))
    }

    /// What stands at a path whose folder is loaded; what is behind a block is missing.
    pub(crate) fn thing(&self, path: &str) -> io::Result<Thing> {
        Ok(match self.entry(path)? {
            None => Thing::Missing,
            Some((kind, spelling)) if kind.is_file() => Thing::File(spelling),
            Some((kind, _)) if kind.is_dir() => Thing::Folder,
            Some(_) => Thing::Odd,
        })
    }

    /// Reads the file at `path` into `buffer`.
    pub(crate) fn read(&self, path: &str, buffer: &mut Vec<u8>) -> io::Result<()> {
        buffer.clear();
        fs::File::open(self.root.join(path))?.read_to_end(buffer)?;
        Ok(())
    }

    /// The finding for a path that could not be read.
    pub(crate) fn cannot_read(&self, path: &str, error: &io::Error) -> Finding {
        cannot_read(&name(self.shown, path), error)
    }

    fn list(&self, folder: &str, spelling: Spelling, found: &mut Findings) -> Folder {
        let read = || {
            let mut entries = HashMap::new();
            for entry in fs::read_dir(self.root.join(folder))? {
                let entry = entry?;
                entries.insert(entry.file_name(), entry.file_type()?);
            }
            Ok(entries)
        };
        match read() {
            Ok(entries) => Folder::There { spelling, entries },
            Err(error) => {
                let error: io::Error = error;
                if error.kind() != io::ErrorKind::NotFound {
                    found.push(self.cannot_read(folder, &error));
                }
                Folder::Missing
            }
        }
    }

    fn entry(&self, path: &str) -> io::Result<Option<(FileType, Spelling)>> {
        let (folder, last) = split(path);
        let Some(Folder::There { spelling, entries }) = self.folders.get(folder) else { return Ok(None) };
        if let Some(kind) = entries.get(OsStr::new(last)) {
            return Ok(Some((*kind, *spelling)));
        }
        if entries.is_empty() {
            return Ok(None);
        }
        // Not listed under this name, but there all the same where the file system ignores case.
        match fs::symlink_metadata(self.root.join(path)) {
            Ok(metadata) => Ok(Some((metadata.file_type(), Spelling::Other))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
