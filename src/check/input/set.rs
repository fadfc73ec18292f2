//! The set to check: objects and Helm values, indexed once so that no rule scans all of them for each object.

use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::object::Id;
use crate::pointer::parse;
use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

/// One object of the set.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// Its identity.
    pub id: &'a Id,
    /// Its content.
    pub node: &'a Node,
}

/// Helm values of the set.
#[derive(Clone, Copy)]
pub struct Helm<'a> {
    /// The chart's name and version, as far as the file has them.
    pub chart: Option<(&'a str, Option<&'a str>)>,
    /// The release, if the path shows it (`helm/<release>/values.yaml`).
    pub release: Option<&'a str>,
    /// The namespace of its objects, if something says it.
    pub namespace: Option<&'a str>,
    /// The values.
    pub node: &'a Node,
    /// The layers they were merged from, later ones overriding earlier ones; empty if they come from a single file.
    pub from: &'a [Layer<'a>],
    /// Why these may not be the effective values.
    pub unknown: Option<Unknown<'a>>,
    /// Those of them that are effective nevertheless, because they win over the unknown ones.
    pub certain: Option<&'a Node>,
}

/// Why values may not be the effective ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown<'a> {
    /// There are several files, and their order is unknown.
    Order,
    /// Some of them are not known; completes the sentence "some Helm values are ...".
    Elsewhere(&'a str),
}

/// Values that were merged with others.
#[derive(Clone, Debug)]
pub struct Layer<'a> {
    /// The index of the object they come from; `None` for a values file.
    pub(crate) object: Option<usize>,
    /// A JSON pointer to the values in that object.
    pub(crate) path: String,
    /// A JSON pointer to the values in the text.
    pub(crate) within: String,
    pub(crate) holds: Holds,
    pub(crate) node: Cow<'a, Node>,
}

/// How an object stores values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// As a map.
    Map,
    /// As text.
    Text,
    /// A single value, next to its path.
    One,
}

impl<'a> Helm<'a> {
    /// Values of Consul of which nothing is known: they are elsewhere.
    pub(crate) fn unknown(nothing: &'a Node, elsewhere: &'a str) -> Helm<'a> {
        Helm {
            chart: Some(("consul", None)),
            release: None,
            namespace: None,
            node: nothing,
            from: &[],
            unknown: Some(Unknown::Elsewhere(elsewhere)),
            certain: None,
        }
    }
}

impl Helm<'_> {
    /// The object that the value at a JSON pointer comes from, by index, with the pointers to it: in the object, and
    /// inside the text. `None` if it comes from a values file.
    pub(crate) fn origin(&self, pointer: &str) -> Option<(usize, String, Option<String>)> {
        let has = |layer: &&Layer<'_>| {
            let mut node = Some(&*layer.node);
            for step in parse(pointer) {
                node = node.and_then(|node| match (node.as_map(), node.as_list()) {
                    (Some(map), _) => map.get(&step),
                    (_, Some(list)) => step.parse().ok().and_then(|index: usize| list.get(index)),
                    _ => None,
                });
            }
            node.is_some()
        };
        let layer = self
            .from
            .iter()
            .rev()
            .find(has)
            .or_else(|| self.from.iter().rev().find(|layer| layer.holds != Holds::One))?;
        let object = layer.object?;
        Some(match layer.holds {
            Holds::Map => (object, format!("{}{pointer}", layer.path), None),
            Holds::Text => (object, layer.path.clone(), Some(format!("{}{pointer}", layer.within))),
            Holds::One => (object, layer.path.clone(), None),
        })
    }
}

/// An object of a set, with its index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    /// Its index in [`Set::items`].
    pub(crate) index: usize,
    pub(crate) id: &'a Id,
    pub(crate) node: &'a Node,
}

impl<'a> Object<'a> {
    /// The root of the object.
    pub(crate) fn root(self) -> Cursor<'a> {
        Cursor::new(Doc::Object(self.index), self.node)
    }

    /// The value at the end of `path`.
    pub(crate) fn at(self, path: &[&'a str]) -> Cursor<'a> {
        self.root().at(path)
    }

    /// Its `spec`.
    pub(crate) fn spec(self) -> Cursor<'a> {
        self.root().get("spec")
    }

    /// Where findings about the entire object point: at its name.
    pub(crate) fn name(self) -> Cursor<'a> {
        self.at(&["metadata", "name"])
    }
}

/// The objects of a kustomization that kustomize does not make as they are here.
pub(crate) struct Build {
    pub(crate) objects: Range<usize>,
    pub(crate) is: Unbuilt,
}

/// Why kustomize does not make objects as they are here.
pub(crate) enum Unbuilt {
    /// It refuses the kustomization.
    Refused,
    /// A file is not YAML.
    Malformed,
    /// It would also change them; says what.
    Partly(String),
}

/// Objects and values that are checked together.
#[derive(Default)]
pub struct Set<'a> {
    /// The objects.
    pub items: Vec<Item<'a>>,
    /// The Helm values.
    pub values: Vec<Helm<'a>>,
    /// Whether `render` wrote all of it.
    pub(crate) is_render: bool,
    /// What kustomizations make of it that kustomize would not make, or not so.
    pub(crate) builds: Vec<Build>,
    /// Why what the cluster gets may differ from these objects.
    pub(crate) doubts: &'a [String],
    /// By kind, then by group.
    kinds: HashMap<&'a str, HashMap<&'a str, Vec<usize>>>,
    /// The first object of each identity; built on the first lookup in a large set.
    by_id: OnceLock<HashMap<Id, usize>>,
}

/// With at least this many objects of a kind, lookups use an index.
const MANY: usize = 16;

impl<'a> Set<'a> {
    /// Indexes `items`.
    pub fn new(items: Vec<Item<'a>>, values: Vec<Helm<'a>>) -> Set<'a> {
        let mut kinds: HashMap<&str, HashMap<&str, Vec<usize>>> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            kinds.entry(&item.id.kind).or_default().entry(&item.id.group).or_default().push(index);
        }
        Set { items, values, is_render: false, builds: Vec::new(), doubts: &[], kinds, by_id: OnceLock::new() }
    }

    /// The same, if `is_render` as what `render` wrote as a whole.
    pub fn of_render(self, is_render: bool) -> Set<'a> {
        Set { is_render, ..self }
    }

    /// The same, with what is known of its kustomizations.
    pub(crate) fn of_builds(self, builds: Vec<Build>) -> Set<'a> {
        Set { builds, ..self }
    }

    /// The same with doubts.
    pub(crate) fn with_doubts(self, doubts: &'a [String]) -> Set<'a> {
        Set { doubts, ..self }
    }

    /// The object with an index.
    pub(crate) fn object(&self, index: usize) -> Object<'a> {
        let Item { id, node } = self.items[index];
        Object { index, id, node }
    }

    /// The objects of a kind, in their order.
    pub(crate) fn all(
        &self,
        group: &str,
        kind: &str,
    ) -> impl DoubleEndedIterator<Item = Object<'a>> + ExactSizeIterator + Clone {
        self.indices(group, kind).iter().map(|index| self.object(*index))
    }

    fn indices(&self, group: &str, kind: &str) -> &[usize] {
        self.kinds.get(kind).and_then(|groups| groups.get(group)).map_or(&[], Vec::as_slice)
    }

    /// The Helm values with an index.
    pub(crate) fn chart_values(&self, index: usize) -> Cursor<'a> {
        Cursor::new(Doc::Values(index), self.values[index].node)
    }

    /// The first object with an identity.
    pub(crate) fn one(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<Object<'a>> {
        let of_kind = self.indices(group, kind);
        if of_kind.len() >= MANY {
            let by_id = self.by_id.get_or_init(|| {
                // In reverse, so that the first of several is kept.
                self.items.iter().enumerate().rev().map(|(index, item)| (item.id.clone(), index)).collect()
            });
            let id = Id { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() };
            return by_id.get(&id).map(|index| self.object(*index));
        }
        let same = |index: &&usize| {
            let id = self.items[**index].id;
            *id.name == *name && *id.namespace == *namespace
        };
        of_kind.iter().find(same).map(|index| self.object(*index))
    }

    /// All kinds in the set.
    pub fn kinds(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.kinds.iter().flat_map(|(kind, groups)| groups.keys().map(|group| (*group, *kind)))
    }

    /// The root of a document.
    pub fn root(&self, doc: Doc) -> &'a Node {
        match doc {
            Doc::Object(index) => self.items[index].node,
            Doc::Values(index) => self.values[index].node,
        }
    }
}

/// What a JSON pointer points at, or the deepest existing value on the way, with the span of its key.
pub(crate) fn walk<'a>(root: &'a Node, pointer: &str) -> (&'a Node, Span) {
    walk_by(root, pointer, Map::entry)
}

/// Like [`walk`], with a custom key lookup.
pub(crate) fn walk_by<'a>(
    root: &'a Node,
    pointer: &str,
    mut entry: impl FnMut(&'a Map, &str) -> Option<&'a Entry>,
) -> (&'a Node, Span) {
    let (mut node, mut key) = (root, Span::NONE);
    for step in parse(pointer) {
        let next = match (node.as_map(), node.as_list()) {
            (Some(map), _) => entry(map, &step).map(|entry| (&entry.value, entry.key_span)),
            (_, Some(list)) => step.parse().ok().and_then(|index: usize| list.get(index)).map(|node| (node, node.span)),
            _ => None,
        };
        let Some((next, span)) = next else { break };
        (node, key) = (next, span);
    }
    (node, key)
}

/// The span of what a JSON pointer points at: its key, or the value itself if it has none.
pub fn span_at(root: &Node, pointer: &str) -> Span {
    let (node, key) = walk(root, pointer);
    if key == Span::NONE { node.span } else { key }
}
