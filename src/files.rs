//! Files in memory: path to content. What a folder on disk, the embedded `profiles/` and `templates/`, and a git
//! revision all look like to the rest.

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
    /// Files that are there and hold no text, each with what to say when it is asked for.
    unreadable: BTreeMap<String, Finding>,
}

/// One text and the name to show for it.
#[derive(Clone, Debug)]
pub struct File {
    /// What messages call it: the path from the working directory, or `builtin:profiles/dev.yaml`.
    pub name: Arc<str>,
    /// The content.
    pub text: Arc<str>,
}

impl Files {
    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) {
        self.texts.insert(path.into(), File { name: name.into(), text: text.into() });
    }

    /// Notes that the file at `path` cannot be read, which is an error only for those who ask for it.
    pub fn insert_unreadable(&mut self, path: impl Into<String>, why: Finding) {
        self.unreadable.insert(path.into(), why);
    }

    /// Why the file at `path` cannot be read, when that is so.
    pub fn unreadable(&self, path: &str) -> Option<&Finding> {
        self.unreadable.get(path)
    }

    /// The paths of all, also of those that cannot be read, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let all: std::collections::BTreeSet<&String> = self.texts.keys().chain(self.unreadable.keys()).collect();
        all.into_iter().map(String::as_str)
    }

    /// The file at `path`.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.texts.get(path)
    }

    /// All, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.texts.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// All that hold text, sorted by path, one after the other: each is freed as soon as its taker is done with it.
    pub fn into_texts(self) -> impl Iterator<Item = (String, File)> {
        self.texts.into_iter()
    }

    /// The files of `over` win, file by file.
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

/// What a render consists of.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The content by path; paths are relative to the output directory, with `/` on every system. Without the list.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the values that it was made of hold in secret: whoever shows a part of the files hides it.
    pub secrets: Redactor,
}
