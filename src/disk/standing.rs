//! Which bytes are ours, and what is on disk.
//!
//! In: the list, the journal and a [`Snapshot`]. Out: what is [`Known`] about a path, and its [`Content`]. Makes no
//! decisions.

use crate::disk::again::again;
use crate::disk::journal;
use crate::disk::journal::Journal;
use crate::disk::list::Hash;
use crate::disk::list::Sums;
use crate::disk::snapshot::Bytes;
use crate::disk::snapshot::PathKind;
use crate::disk::snapshot::Snapshot;
use crate::disk::snapshot::Spelling;
use crate::finding::Finding;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// The hashes known for a file.
#[derive(Default)]
pub(crate) struct Known {
    /// From the list; several if a broken list has several.
    pub(crate) listed: Vec<Hash>,
    /// Ours, from the journal.
    pub(crate) journaled: Vec<Hash>,
    /// Foreign bytes that the user allowed to be replaced.
    pub(crate) foreign: Vec<Hash>,
}

impl Known {
    pub(crate) fn is_owned(&self) -> bool {
        !self.listed.is_empty() || !self.journaled.is_empty()
    }

    pub(crate) fn is_ours(&self, sums: Sums) -> bool {
        self.ours(sums).is_some()
    }

    /// Which of our hashes a file with these sums has.
    pub(crate) fn ours(&self, sums: Sums) -> Option<Hash> {
        self.listed.iter().chain(&self.journaled).copied().find(|hash| sums.are_of(*hash))
    }
}

/// What there is at a path.
pub(crate) enum Content {
    Missing,
    File {
        sums: Sums,
        same: bool,
        spelling: Spelling,
    },
    Folder,
    /// A link, a pipe, a device, or a file too large to be ours.
    Special,
    Unreadable(Finding),
}

/// The entries of the list and the journal by path.
pub(crate) fn known(entries: Vec<(String, Hash)>, journal: Option<&str>) -> BTreeMap<String, Known> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    for (path, hash) in entries {
        known.entry(path).or_default().listed.push(hash);
    }
    let Journal { before, foreign, after } = journal.map(journal::parse).unwrap_or_default();
    for (path, hash) in before.into_iter().chain(after) {
        known.entry(path).or_default().journaled.push(hash);
    }
    for (path, hash) in foreign {
        known.entry(path).or_default().foreign.push(hash);
    }
    known
}

/// What is at `path`, compared with the expected bytes, whose hash is known already.
pub(crate) fn content(
    snapshot: &Snapshot,
    path: &str,
    expected: Option<(&[u8], Hash)>,
    buffer: &mut Vec<u8>,
) -> Content {
    match snapshot.kind_at(path) {
        Ok(PathKind::Missing) => Content::Missing,
        Ok(PathKind::Folder) => Content::Folder,
        Ok(PathKind::Special) => Content::Special,
        Ok(PathKind::File(spelling)) => match snapshot.read(path, expected, buffer) {
            Ok(Bytes::Expected { hash }) => {
                let sums = Sums { hash, undone: None, empty: false };
                Content::File { sums, same: true, spelling }
            }
            Ok(Bytes::Other(sums)) => Content::File { sums, same: false, spelling },
            Ok(Bytes::TooMany) => Content::Special,
            Err(error) => Content::Unreadable(snapshot.cannot_read(path, &error)),
        },
        Err(error) => Content::Unreadable(snapshot.cannot_read(path, &error)),
    }
}

/// Whether the folder at `path` is empty after the deletions; also false if that cannot be determined.
pub(crate) fn is_emptied(root: &Path, path: &str, deletes: &[String], emptied: &BTreeSet<String>) -> bool {
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        if !emptied.contains(&folder) {
            return false;
        }
        let mut read = || -> io::Result<bool> {
            for entry in fs::read_dir(root.join(&folder))? {
                let entry = entry?;
                let Some(inner) = entry.file_name().to_str().map(|name| format!("{folder}/{name}")) else {
                    return Ok(false);
                };
                if again(|| entry.file_type())?.is_dir() {
                    folders.push(inner);
                } else if deletes.binary_search(&inner).is_err() {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        if !again(&mut read).unwrap_or(false) {
            return false;
        }
    }
    true
}
