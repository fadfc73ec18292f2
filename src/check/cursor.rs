//! A value of the set together with the path to it, so that a finding can point at whatever was read.
//!
//! A rule walks down a document with [`Cursor::get`] and passes the cursor to the sink, so JSON pointers are never
//! written by hand. A cursor can also stand for a missing value: its pointer says where the value would be.

use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// A document of the set: an object or Helm values, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doc {
    /// An index into [`Set::items`](crate::check::Set::items).
    Object(usize),
    /// An index into [`Set::values`](crate::check::Set::values).
    Values(usize),
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Key(&'a str),
    Index(u32),
}

/// How deep a pointer goes. The deepest value a rule looks at, a variable's reference in a CronJob, is 13 levels down;
/// anything below this depth is reported at the deepest step.
const DEPTH: usize = 16;

/// A place in a document and the value there, if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    doc: Doc,
    node: Option<&'a Node>,
    steps: [Step<'a>; DEPTH],
    depth: usize,
}

impl<'a> Cursor<'a> {
    /// The root of a document.
    pub(crate) fn new(doc: Doc, root: &'a Node) -> Cursor<'a> {
        Cursor { doc, node: Some(root), steps: [Step::Index(0); DEPTH], depth: 0 }
    }

    fn step(mut self, step: Step<'a>, node: Option<&'a Node>) -> Cursor<'a> {
        self.go(step, node);
        self
    }

    fn go(&mut self, step: Step<'a>, node: Option<&'a Node>) {
        if self.depth < DEPTH {
            self.steps[self.depth] = step;
            self.depth += 1;
        }
        self.node = node;
    }

    /// Descends to the value under `key`.
    pub(crate) fn get(self, key: &'a str) -> Cursor<'a> {
        self.step(Step::Key(key), self.node.and_then(|node| node.get(key)))
    }

    /// Descends along `path`, which has map keys only.
    pub(crate) fn at(mut self, path: &[&'a str]) -> Cursor<'a> {
        for key in path {
            self.go(Step::Key(key), self.node.and_then(|node| node.get(key)));
        }
        self
    }

    /// The items, if it is a list; none otherwise.
    pub(crate) fn items(self) -> impl DoubleEndedIterator<Item = Cursor<'a>> + ExactSizeIterator + Clone {
        let list = self.list();
        (0..list.len())
            .map(move |index| self.step(Step::Index(u32::try_from(index).unwrap_or(u32::MAX)), Some(&list[index])))
    }

    /// The entries, if it is a map; none otherwise.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'a str, Cursor<'a>)> + Clone {
        let entries = self.map().map_or(&[][..], |map| &map.entries);
        entries.iter().map(move |entry| (&*entry.key, self.step(Step::Key(&entry.key), Some(&entry.value))))
    }

    /// Which document it is in.
    pub(crate) fn doc(self) -> Doc {
        self.doc
    }

    /// The value, if there is one.
    pub(crate) fn node(self) -> Option<&'a Node> {
        self.node
    }

    /// Whether there is a value.
    pub(crate) fn exists(self) -> bool {
        self.node.is_some()
    }

    /// The string, if it is one.
    pub(crate) fn str(self) -> Option<&'a str> {
        self.node?.as_str()
    }

    /// The string, or `""`.
    pub(crate) fn text(self) -> &'a str {
        self.str().unwrap_or_default()
    }

    /// The integer, if it is one.
    pub(crate) fn int(self) -> Option<i64> {
        match self.node?.value {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub(crate) fn bool(self) -> Option<bool> {
        match self.node?.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// The items, if it is a list; an empty slice otherwise.
    pub(crate) fn list(self) -> &'a [Node] {
        self.node.and_then(Node::as_list).unwrap_or_default()
    }

    /// The map, if it is one.
    pub(crate) fn map(self) -> Option<&'a Map> {
        self.node?.as_map()
    }

    /// The port number, written as a number or as a string of digits.
    pub(crate) fn port(self) -> Option<u16> {
        match &self.node?.value {
            Value::Int(number) => u16::try_from(*number).ok(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The JSON pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.steps[..self.depth] {
            pointer.push('/');
            match step {
                Step::Key(key) => pointer.push_str(&crate::pointer::escape(key)),
                Step::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    /// The location of the value, for findings.
    pub(crate) fn location(&self) -> Location {
        Location { doc: self.doc, path: self.pointer(), inner: None, key: false }
    }

    /// The location of its key.
    pub(crate) fn key(&self) -> Location {
        Location { key: true, ..self.location() }
    }

    /// A location within the JSON or YAML text that this value holds.
    pub(crate) fn inner(&self, pointer: impl Into<String>) -> Location {
        Location { inner: Some(pointer.into()), ..self.location() }
    }
}

/// A place in the set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Location {
    pub(crate) doc: Doc,
    /// A JSON pointer; a missing value is shown at the deepest value that exists.
    pub(crate) path: String,
    /// A JSON pointer inside the JSON or YAML text at `path`.
    pub(crate) inner: Option<String>,
    /// Whether the key is meant rather than its value.
    pub(crate) key: bool,
}

impl Location {
    /// The place of a key below this one, in the text that stands here or else in the document.
    pub(crate) fn below(mut self, steps: &[&str]) -> Location {
        let pointer = self.inner.as_mut().unwrap_or(&mut self.path);
        steps.iter().for_each(|step| crate::pointer::push(pointer, step));
        self.key = false;
        self
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Location {
        location.clone()
    }
}

impl From<Cursor<'_>> for Location {
    fn from(cursor: Cursor<'_>) -> Location {
        cursor.location()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of as node;

    #[test]
    fn a_cursor_knows_its_value_and_its_pointer() {
        let root = node("spec: {a/b: [{c: 1}, {c: x}], Key: true}\n");
        let cursor = Cursor::new(Doc::Object(3), &root);
        let items: Vec<Cursor<'_>> = cursor.at(&["spec", "a/b"]).items().collect();
        assert_eq!(items[1].get("c").pointer(), "/spec/a~1b/1/c");
        assert_eq!((items[0].get("c").int(), items[1].get("c").str()), (Some(1), Some("x")));
        let missing = cursor.at(&["spec", "none", "deeper"]);
        assert!(!missing.exists());
        assert_eq!(missing.location().path, "/spec/none/deeper");
    }

    #[test]
    fn values_below_the_deepest_pointer_are_reported_above() {
        let text = format!("{}1{}", "{a: ".repeat(20), "}".repeat(20));
        let root = node(&text);
        let deep = Cursor::new(Doc::Values(0), &root).at(&["a"; 20]);
        assert_eq!(deep.int(), Some(1));
        assert_eq!(deep.pointer(), "/a".repeat(DEPTH));
    }
}
