//! The merge rule, and nothing else: maps merge, anything else replaces, `null` takes a key away; inside free maps
//! `null` is a value and is kept.
//!
//! In: what the layers so far made and the next layer. Out: the same with the layer on top, and which keys it took away.
//! Layers fold from the left, which is the contract: a `null`, or a map over a scalar, means something different when the
//! upper layers are joined first. Lists are values: what stands inside them is never merged or taken away.

use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;

/// A key that a layer took away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The keys from the root down to it.
    pub path: Vec<String>,
    /// The `null` that did it.
    pub span: Span,
}

/// Maps with up to this many keys are searched, longer ones indexed.
const SHORT: usize = 8;

/// Puts `over` on top of `base`. Keys keep their place in `base`, new ones follow in the order of `over`. Time is linear
/// in the sizes of both.
pub(crate) fn merge(base: &mut Map, over: &Map, removed: &mut Vec<Removed>) {
    Merge { path: Vec::new(), removed }.maps(base, over, false);
}

/// Whether the map at `path` goes straight through: what stands in it is another program's, and `null` is a value there.
pub fn is_free(path: &[&str]) -> bool {
    matches!(
        path,
        ["consul", "values"]
            | ["mesh", "proxyDefaults"]
            | ["jaeger", "spec"]
            | ["vars"]
            | ["services", _, "serviceDefaults"]
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

    /// Puts `upper` on `entry`; false when that takes the entry away.
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

    /// A copy of a value with nothing below it; `None` when it is a `null` that takes its key away.
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

/// Of all that layers took away, what is still missing in `root`: each path once, with the `null` that came last.
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

/// Paths by their keys, so that a long map is walked once and not once for each key that was taken from it.
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
