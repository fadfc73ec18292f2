//! Files in memory: path to content. What a folder on disk, the embedded `profiles/` and `templates/`, and a git
//! revision all look like to the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Texts by path; paths are relative, with `/` on every system.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<String, File>);

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
        self.0.insert(path.into(), File { name: name.into(), text: text.into() });
    }

    /// The file at `path`.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// All, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The files of `over` win, file by file.
    #[must_use]
    pub fn overlay(mut self, over: Files) -> Files {
        self.0.extend(over.0);
        self
    }
}

/// What a render consists of.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The content by path; paths are relative to the output directory, with `/` on every system. Without the list.
    pub files: BTreeMap<String, Vec<u8>>,
}
