//! Files in memory: path to content. Folders on disk, the embedded `profiles/` and `templates/`, and git revisions are
//! all represented this way.

use crate::finding::Finding;
use crate::secrecy::Redactor;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The list of the files that a render owns, at the top of its directory, in the format of sha256sum.
pub const LIST: &str = "render.sha256";

/// Texts by path; paths are relative, with `/` on every system.
#[derive(Clone, Debug, Default)]
pub struct Files {
    texts: BTreeMap<String, File>,
    /// Files that exist but are not text, each with the finding to report when it is needed.
    unreadable: BTreeMap<String, Finding>,
}

/// A text and its name in messages.
#[derive(Clone, Debug)]
pub struct File {
    /// The name in messages: the path from the working directory, or `builtin:profiles/dev.yaml`.
    pub name: Arc<str>,
    /// The content.
    pub text: Arc<str>,
}

impl Files {
    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) {
        self.texts.insert(path.into(), File { name: name.into(), text: text.into() });
    }

    /// Records that the file at `path` cannot be read, which is an error only if it is needed.
    pub fn insert_unreadable(&mut self, path: impl Into<String>, why: Finding) {
        self.unreadable.insert(path.into(), why);
    }

    /// Why the file at `path` cannot be read, if so.
    pub fn unreadable(&self, path: &str) -> Option<&Finding> {
        self.unreadable.get(path)
    }

    /// The files that cannot be read, sorted by path, each with the reason.
    pub fn all_unreadable(&self) -> impl Iterator<Item = (&str, &Finding)> {
        self.unreadable.iter().map(|(path, why)| (path.as_str(), why))
    }

    /// All paths, including those of unreadable files, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let all: std::collections::BTreeSet<&String> = self.texts.keys().chain(self.unreadable.keys()).collect();
        all.into_iter().map(String::as_str)
    }

    /// The file at `path`.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.texts.get(path)
    }

    /// All files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.texts.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// All text files, sorted by path; each can be freed as soon as it has been used.
    pub fn into_texts(self) -> impl Iterator<Item = (String, File)> {
        self.texts.into_iter()
    }

    /// Adds the files of `over`, which replace files of the same path.
    #[must_use]
    pub fn overlay(mut self, over: Files) -> Files {
        for path in over.unreadable.keys() {
            self.texts.remove(path);
        }
        for path in over.texts.keys() {
            self.unreadable.remove(path);
        }
        self.texts.extend(over.texts);
        self.unreadable.extend(over.unreadable);
        self
    }
}

/// The files of a render.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The content by path; paths are relative to the output directory, with `/` on every system. Does not include the
    /// list.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The secrets in the values that it was made from, to be hidden wherever part of the files is shown.
    pub secrets: Redactor,
}
