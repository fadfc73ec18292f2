//! The merge rule: maps merge, anything else replaces, `null` removes a key; inside free maps `null` is a value and is
//! kept.
//!
//! In: the result of the previous layers and the next layer. Out: the two merged, and which keys were removed. Layers
//! are folded from the left, which is part of the contract: a `null`, or a map over a scalar, has a different meaning
//! if the upper layers are merged first. Lists are values: their content is never merged or removed.

use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;

/// A key removed by a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The keys from the root down to it.
    pub path: Vec<String>,
    /// The `null` that removed it.
    pub span: Span,
}

/// Maps with up to this many keys are searched linearly, longer ones are indexed.
const SHORT: usize = 8;

/// Merges `over` into `base`. Keys keep their position in `base`, new ones follow in the order of `over`. Takes time
/// linear in the sizes of both.
pub(crate) fn merge(base: &mut Map, over: &Map, removed: &mut Vec<Removed>) {
    Merge { path: Vec::new(), removed }.maps(base, over, false);
}

/// Whether the map at `path` is passed through: its content belongs to another program, and `null` is a value in it.
pub fn is_free(path: &[&str]) -> bool {
    matches!(
        path,
        ["consul", "values"]
            | ["jaeger", "resources"]
            | ["jaeger", "ui", "auth", "args"]
            | ["mesh", "proxyDefaults"]
            | ["jaeger", "spec"]
            | ["vars"]
            | ["services", _, "serviceDefaults" | "deployment" | "service"]
            | ["charts", _, "values"]
    )
}

struct Merge<'a, 'r> {
    path: Vec<&'a str>,
    removed: &'r mut Vec<Removed>,
}

impl<'a> Merge<'a, '_> {
    fn maps(&mut self, base: &mut Map, over: &'a Map, free: bool) {
        let index = Index::new(over);
        let mut used = vec![false; over.entries.len()];
        base.entries.retain_mut(|entry| {
            let Some(at) = index.find(&entry.key) else { return true };
            used[at] = true;
            let upper = &over.entries[at];
            self.path.push(&upper.key);
            let kept = self.entry(entry, upper, free);
            self.path.pop();
            kept
        });
        for (entry, _) in over.entries.iter().zip(used).filter(|(_, used)| !used) {
            self.path.push(&entry.key);
            if let Some(value) = self.fresh(&entry.value, free) {
                base.entries.push(Entry { key: entry.key.clone(), key_span: entry.key_span, value });
            }
            self.path.pop();
        }
    }

    /// Merges `upper` into `entry`; false if that removes the entry.
    fn entry(&mut self, entry: &mut Entry, upper: &'a Entry, free: bool) -> bool {
        let inside = free || is_free(&self.path);
        if let (Value::Map(lower), Value::Map(over)) = (&mut entry.value.value, &upper.value.value) {
            self.maps(lower, over, inside);
            entry.value.span = upper.value.span;
        } else {
            let Some(value) = self.fresh(&upper.value, free) else { return false };
            entry.value = value;
        }
        entry.key_span = upper.key_span;
        true
    }

    /// A copy of a value for a key that is new; `None` if it is a `null`, which removes its key.
    fn fresh(&mut self, node: &'a Node, free: bool) -> Option<Node> {
        match &node.value {
            Value::Null if !free => {
                self.removed
                    .push(Removed { path: self.path.iter().map(|key| String::from(*key)).collect(), span: node.span });
                None
            }
            Value::Map(map) if !free && !is_free(&self.path) => {
                let mut copy = Map::default();
                self.maps(&mut copy, map, false);
                Some(Node { value: Value::Map(copy), span: node.span })
            }
            _ => Some(node.clone()),
        }
    }
}

enum Index<'a> {
    Short(&'a Map),
    Long(HashMap<&'a str, usize>),
}

impl<'a> Index<'a> {
    fn new(map: &'a Map) -> Index<'a> {
        if map.entries.len() <= SHORT {
            return Index::Short(map);
        }
        Index::Long(map.entries.iter().enumerate().map(|(at, entry)| (&*entry.key, at)).collect())
    }

    fn find(&self, key: &str) -> Option<usize> {
        match self {
            Index::Short(map) => map.entries.iter().position(|entry| &*entry.key == key),
            Index::Long(index) => index.get(key).copied(),
        }
    }
}

/// The removed keys that are still missing in `root`: each path once, with the last `null`.
pub(crate) fn still_missing(removed: Vec<Removed>, root: &Map) -> Vec<Removed> {
    let mut tree = Tree::default();
    for (at, one) in removed.iter().enumerate() {
        let leaf = one.path.iter().fold(&mut tree, |tree, key| tree.children.entry(key).or_default());
        leaf.last = Some(at);
    }
    tree.forget(root);
    let mut missing = vec![false; removed.len()];
    tree.mark(&mut missing);
    removed.into_iter().zip(missing).filter(|(_, missing)| *missing).map(|(one, _)| one).collect()
}

/// A tree of paths, so that a long map is walked once instead of once for each key removed from it.
#[derive(Default)]
struct Tree<'a> {
    last: Option<usize>,
    children: HashMap<&'a str, Tree<'a>>,
}

impl Tree<'_> {
    fn forget(&mut self, map: &Map) {
        if self.children.is_empty() {
            return;
        }
        for entry in &map.entries {
            if let Some(child) = self.children.get_mut(&*entry.key) {
                child.last = None;
                if let Some(inner) = entry.value.as_map() {
                    child.forget(inner);
                }
            }
        }
    }

    fn mark(&self, missing: &mut [bool]) {
        if let Some(at) = self.last {
            missing[at] = true;
        }
        self.children.values().for_each(|child| child.mark(missing));
    }
}

#[cfg(test)]
mod tests;
