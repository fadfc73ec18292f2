//! The current state of an output directory.
//!
//! In: the directory and its relevant folders. Out: the type and the content of paths. Descends folder by folder and
//! never through a symbolic link.

use crate::disk::again::again;
use crate::disk::cause::cannot_read;
use crate::disk::list::Hash;
use crate::disk::list::Sums;
use crate::disk::name;
use crate::disk::read::Bounds;
use crate::disk::read::LIMIT;
use crate::disk::read::open_regular;
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

/// The folders read so far.
pub(crate) struct Snapshot<'a> {
    root: &'a Path,
    shown: &'a str,
    folders: HashMap<String, Folder>,
    /// How many entries those folders have.
    seen: usize,
}

/// Limits on the folders of an output directory that are read, foreign files included.
const BOUNDS: Bounds = Bounds { entries: 500_000, bytes: u64::MAX };

/// The largest file that is hashed, in bytes. No render has such a large file, so it is not ours.
const HASHED: u64 = 2 * LIMIT;

/// The largest file that is read into memory to hash it.
const IN_MEMORY: u64 = 1 << 20;

enum Folder {
    Missing,
    There { spelling: Spelling, entries: HashMap<OsString, FileType> },
    Blocked(Block),
}

/// What prevents a folder from existing.
#[derive(Clone)]
pub(crate) struct Block {
    /// Its path.
    pub(crate) at: String,
    /// Whether it is a symbolic link; otherwise it is a file.
    pub(crate) link: bool,
}

/// Whether a path on disk is spelled as requested. It may differ on a case-insensitive file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Same,
    Other,
}

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathKind {
    Missing,
    File(Spelling),
    Folder,
    /// A symbolic link, a pipe, a device.
    Special,
}

impl<'a> Snapshot<'a> {
    /// Reads the top folder; a missing one is treated as empty.
    pub(crate) fn new(root: &'a Path, shown: &'a str, found: &mut Findings) -> Snapshot<'a> {
        let mut snapshot = Snapshot { root, shown, folders: HashMap::new(), seen: 0 };
        let top = snapshot.list("", Spelling::Same, found);
        snapshot.folders.insert(String::new(), top);
        snapshot
    }

    /// Reads `folder` and those above it, unless they were read before.
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

    /// What is in the way of a folder that has been read.
    pub(crate) fn block(&self, folder: &str) -> Option<&Block> {
        match self.folders.get(folder) {
            Some(Folder::Blocked(block)) => Some(block),
            _ => None,
        }
    }

    /// Whether a folder that has been read exists.
    pub(crate) fn is_there(&self, folder: &str) -> bool {
        matches!(self.folders.get(folder), Some(Folder::There { .. }))
    }

    /// What there is at a path whose folder has been read; anything behind a block counts as missing.
    pub(crate) fn kind_at(&self, path: &str) -> io::Result<PathKind> {
        Ok(match self.entry(path)? {
            None => PathKind::Missing,
            Some((kind, spelling)) if kind.is_file() => PathKind::File(spelling),
            Some((kind, _)) if kind.is_dir() => PathKind::Folder,
            Some(_) => PathKind::Special,
        })
    }

    /// Reads as much of the file at `path` as is needed to compare it with the bytes `expected` or to hash it; `buffer`
    /// is scratch space.
    pub(crate) fn read(&self, path: &str, expected: Option<(&[u8], Hash)>, buffer: &mut Vec<u8>) -> io::Result<Bytes> {
        let (file, length) = open_regular(&self.root.join(path))?;
        let like = expected.filter(|(bytes, _)| bytes.len() as u64 == length);
        if like.is_none() && length > IN_MEMORY {
            if length > HASHED {
                return Ok(Bytes::TooMany);
            }
            return Ok(Bytes::of(Sums::of_all(file)?, expected));
        }
        buffer.clear();
        buffer.reserve(usize::try_from(length).unwrap_or(0) + 1);
        file.take(length + 1).read_to_end(buffer)?;
        Ok(match like {
            Some((bytes, hash)) if bytes == buffer.as_slice() => Bytes::Expected { hash },
            _ => Bytes::of(Sums::of(buffer), expected),
        })
    }

    /// Reads one of this program's own files; `None` if it is longer than `limit`.
    pub(crate) fn read_own(&self, path: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        read_own(&self.root.join(path), limit)
    }

    /// The finding for a path that could not be read.
    pub(crate) fn cannot_read(&self, path: &str, error: &io::Error) -> Finding {
        cannot_read(&name(self.shown, path), error)
    }

    fn list(&mut self, folder: &str, spelling: Spelling, found: &mut Findings) -> Folder {
        let room = BOUNDS.entries.saturating_sub(self.seen);
        let read = || {
            let mut entries = HashMap::new();
            for entry in fs::read_dir(self.root.join(folder))? {
                let entry = entry?;
                if entries.len() == room {
                    return Ok(None);
                }
                entries.insert(entry.file_name(), again(|| entry.file_type())?);
            }
            Ok(Some(entries))
        };
        match again(read) {
            Ok(Some(entries)) => {
                self.seen += entries.len();
                Folder::There { spelling, entries }
            }
            Ok(None) => {
                found.push(BOUNDS.too_many(self.shown));
                Folder::Missing
            }
            Err(error) => {
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
        // Not listed under this name, but it may exist nevertheless on a case-insensitive file system.
        match again(|| fs::symlink_metadata(self.root.join(path))) {
            Ok(metadata) => Ok(Some((metadata.file_type(), Spelling::Other))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The content of a file.
pub(crate) enum Bytes {
    /// What was expected, or what git makes of it on checkout.
    Expected { hash: Hash },
    /// Something else.
    Other(Sums),
    /// Too large to be ours.
    TooMany,
}

impl Bytes {
    fn of(sums: Sums, expected: Option<(&[u8], Hash)>) -> Bytes {
        match expected {
            Some((_, hash)) if sums.are_of(hash) => Bytes::Expected { hash: sums.hash },
            _ => Bytes::Other(sums),
        }
    }
}

/// Reads a regular file; `None` if it is longer than `limit`.
pub(crate) fn read_own(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    open_regular(path)?.0.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}
