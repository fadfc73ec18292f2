//! Files that are not objects, which an object or a kustomization may refer to as Helm values. They are parsed when
//! something does.

use crate::check::input::path::clean;
use crate::check::input::path::only_like;
use crate::check::input::skip::Skip;
use crate::finding::Findings;
use crate::glob;
use crate::source::SourceId;
use crate::source::Sources;
use crate::yaml;
use crate::yaml::Node;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The files by path.
#[derive(Default)]
pub(crate) struct Loose {
    files: BTreeMap<String, Item>,
}

struct Item {
    source: SourceId,
    /// As what it is counted if nothing refers to it.
    skip: Option<Skip>,
    node: OnceLock<Option<Node>>,
}

impl Loose {
    pub(crate) fn add(&mut self, path: String, source: SourceId, skip: Option<Skip>) {
        self.files.insert(path, Item { source, skip, node: OnceLock::new() });
    }

    /// As what a file is counted if nothing refers to it.
    pub(crate) fn skip(&self, path: &str) -> Option<Skip> {
        self.files.get(path)?.skip
    }

    /// The first document of a file; `None` if there is no such file or it is not YAML.
    pub(crate) fn node<'a>(&'a self, sources: &Sources, path: &str) -> Option<&'a Node> {
        let item = self.files.get(path)?;
        let read = || {
            let mut found = Findings::default();
            let documents = yaml::read(sources, item.source, &mut found);
            let first = documents.into_iter().next().map(|document| document.node);
            first.filter(|_| found.errors() == 0)
        };
        item.node.get_or_init(read).as_ref()
    }

    /// The text of a file.
    pub(crate) fn text<'s>(&self, sources: &'s Sources, path: &str) -> Option<&'s str> {
        self.files.get(path).map(|item| &**sources.text(item.source))
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The file at exactly this path.
    pub(crate) fn at(&self, path: &str) -> Option<&str> {
        self.files.get_key_value(path).map(|(path, _)| &**path)
    }

    /// The one file at a path from the top of the repository, which may be above or below the directory on the command
    /// line.
    pub(crate) fn find(&self, path: &str) -> Option<&str> {
        let path = clean(path);
        self.at(&path).or_else(|| only_like(&path, self.paths(), |own| own))
    }

    /// The files that match a pattern for paths from the top of the repository, in lexical order; empty if nothing says
    /// where the top is.
    pub(crate) fn matching(&self, pattern: &str) -> Vec<&str> {
        let pattern = clean(pattern);
        let whole: Vec<&str> = self.paths().filter(|path| glob::matches(&pattern, path)).collect();
        if !whole.is_empty() {
            return whole;
        }
        let mut tops: Vec<&str> = Vec::new();
        let below = self.paths().filter(|path| {
            let top = path.match_indices('/').map(|(at, _)| &path[..at]);
            let top = top.into_iter().find(|top| glob::matches(&pattern, &path[top.len() + 1..]));
            tops.extend(top);
            top.is_some()
        });
        let below: Vec<&str> = below.collect();
        if tops.windows(2).all(|pair| pair[0] == pair[1]) { below } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_from_the_top_of_the_repository() {
        let (mut sources, mut loose) = (Sources::default(), Loose::default());
        for path in ["v/a.yaml", "v/b.yaml", "x/v/a.yaml", "deep/repo/w/c.yaml"] {
            let source = sources.add(path, "k: 1\n");
            loose.add(path.to_string(), source, None);
        }
        assert_eq!(loose.find("v/a.yaml"), Some("v/a.yaml"));
        assert_eq!(loose.find("./w/c.yaml"), Some("deep/repo/w/c.yaml"));
        assert_eq!(loose.find("top/v/b.yaml"), Some("v/b.yaml"));
        assert_eq!((loose.find("a.yaml"), loose.find("none.yaml")), (None, None));
        assert_eq!(loose.matching("v/*.yaml"), ["v/a.yaml", "v/b.yaml"]);
        assert_eq!(loose.matching("w/*.yaml"), ["deep/repo/w/c.yaml"]);
        assert!(loose.node(&sources, "v/a.yaml").is_some_and(|node| node.get("k").is_some()));
    }
}
