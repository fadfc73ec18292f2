//! ConfigMaps and Secrets that kustomizations generate (`api/internal/target/kusttarget.go`, `runGenerators`).

use crate::check::input::listed::Listed;
use crate::check::input::path::join;
use crate::object::Id;
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::Value;

/// A ConfigMap or Secret that a kustomization generates.
pub(crate) struct Generator {
    pub(crate) at: At,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// Keys and their values.
    pub(crate) data: Vec<(String, Content)>,
    /// Where the kustomization has it.
    pub(crate) span: Span,
}

/// Which generator it is: its directory, its list, and its place there.
pub(crate) type At = (String, &'static str, usize);

/// The source of a value.
pub(crate) enum Content {
    /// A file, by path.
    File(String),
    /// A literal.
    Text(String),
}

/// The lists of generators, the kinds they make, and what is left out of those that are not made here.
const LISTS: [(&str, &str, &str); 2] =
    [("configMapGenerator", "ConfigMap", "generated ConfigMaps"), ("secretGenerator", "Secret", "generated Secrets")];

/// One entry of a list of generators.
pub(super) struct Entry<'n> {
    pub(super) list: &'static str,
    pub(super) kind: &'static str,
    pub(super) words: &'static str,
    pub(super) index: usize,
    pub(super) item: &'n Node,
}

impl Entry<'_> {
    pub(super) fn text(&self, key: &str) -> &str {
        self.item.get(key).and_then(Node::as_str).unwrap_or_default()
    }

    /// Whether it changes an object that exists.
    pub(super) fn is_change(&self) -> bool {
        matches!(self.text("behavior"), "merge" | "replace")
    }

    /// Where findings about it point: not at the values, which may be secret.
    pub(super) fn span(&self) -> Span {
        self.item.get("name").map_or(self.item.span, |name| name.span)
    }

    /// The paths of the files that it reads.
    pub(super) fn files<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = String> + 's {
        list(self.item, "files").map(move |file| join(folder, key_and_path(file).1))
    }
}

/// The generators of a kustomization.
pub(super) fn entries(node: &Node) -> impl Iterator<Item = Entry<'_>> {
    LISTS.into_iter().flat_map(move |(list, kind, words)| {
        let items = node.get(list).and_then(Node::as_list).unwrap_or_default();
        items.iter().enumerate().map(move |(index, item)| Entry { list, kind, words, index, item })
    })
}

fn list<'n>(item: &'n Node, key: &str) -> impl Iterator<Item = &'n str> + use<'n> {
    item.get(key).and_then(Node::as_list).unwrap_or_default().iter().filter_map(Node::as_str)
}

fn key_and_path(file: &str) -> (&str, &str) {
    file.split_once('=').unwrap_or((file.rsplit('/').next().unwrap_or(file), file))
}

/// What an entry makes; `None` if it uses anything but files and literals. The name lacks the hash that kustomize appends
/// to it and to references to it.
pub(super) fn generator(folder: &str, entry: &Entry<'_>) -> Option<Generator> {
    let is_plain = ["envs", "env"].iter().all(|key| entry.item.get(key).is_none());
    let mut data = Vec::new();
    for file in list(entry.item, "files") {
        let (key, path) = key_and_path(file);
        data.push((key.to_string(), Content::File(join(folder, path))));
    }
    for literal in list(entry.item, "literals") {
        let (key, value) = literal.split_once('=')?;
        data.push((key.to_string(), Content::Text(value.trim_matches(['"', '\'']).to_string())));
    }
    let generator = Generator {
        at: (folder.to_string(), entry.list, entry.index),
        kind: entry.kind,
        name: entry.text("name").to_string(),
        namespace: entry.text("namespace").to_string(),
        data,
        span: entry.span(),
    };
    (is_plain && !generator.name.is_empty()).then_some(generator)
}

/// The literal values of Secrets, which messages must not contain.
pub(crate) fn secrets(node: &Node) -> Vec<&str> {
    let all = entries(node).filter(|entry| entry.kind == "Secret");
    all.flat_map(|entry| list(entry.item, "literals")).filter_map(|literal| Some(literal.split_once('=')?.1)).collect()
}

/// An object with the data of a generated one: merged, or in its place.
pub(super) fn change(origin: usize, (id, node): (&Id, &Node), made: &Node, is_merge: bool) -> Listed {
    let mut node = node.clone();
    if let (Value::Map(map), Some(new)) = (&mut node.value, made.get("data")) {
        match map.get_mut("data") {
            Some(Node { value: Value::Map(own), .. }) if is_merge => {
                new.as_map()
                    .into_iter()
                    .flat_map(|map| &map.entries)
                    .for_each(|entry| own.set(&entry.key, entry.value.clone()));
            }
            _ => map.set("data", new.clone()),
        }
    }
    Listed::Changed(Box::new((origin, id.clone(), node)))
}

/// An object to which a generator adds keys that are not known: without a place in a file.
pub(super) fn unsettled(origin: usize, (id, node): (&Id, &Node)) -> Listed {
    let mut node = Node { span: Span::NONE, ..node.clone() };
    if let Value::Map(map) = &mut node.value
        && let Some(data) = map.get_mut("data")
    {
        data.span = Span::NONE;
    }
    Listed::Changed(Box::new((origin, id.clone(), node)))
}
