//! Merges layers into values: profiles, values files and `--set` become one tree, each leaf with its origin.
//!
//! In: the profiles as texts, the requested names, and what the command line adds. Out: [`Values`], or findings. Never
//! touches the disk, and knows no keys except `extends` and the free maps of the merge rule: which keys exist and what
//! they hold is up to the model.

mod document;
mod json;
mod list;
mod merge;
mod resolve;
mod set;

pub use list::ProfileInfo;
pub use list::list;
pub use list::names;
pub use list::own_names;
pub use merge::Removed;
pub use merge::is_free;
pub use set::split as split_set;
pub(crate) use set::typed;

pub(crate) use document::read_map;
pub(crate) use resolve::names_of;

use crate::files::Files;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::secrecy::Known;
use crate::source::Place;
use crate::source::Sources;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::sync::Arc;

/// All available profiles. A profile is the file `<name>.yaml`; a name may contain `/` for folders.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// The user's profiles, which replace shipped ones of the same path.
    pub all: Files,
    /// Only the shipped ones: what `builtin:<name>` refers to.
    pub builtin: Files,
}

/// The name of a requested profile, and where it was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// `dev`, `clusters/eu-1`, `builtin:dev`.
    pub text: String,
    /// Where it was requested; `None` for the command line.
    pub place: Option<Place>,
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name { text: text.to_owned(), place: None }
    }
}

/// What the command line adds to profiles.
#[derive(Clone, Debug)]
pub enum Extra {
    /// `-f FILE`: its name in messages and its content.
    File {
        /// The path as typed.
        name: String,
        /// The content.
        text: String,
    },
    /// `--set K=V[,K=V]`: true, false, null and whole numbers are typed, everything else is a string.
    Set(String),
    /// `--set-string K=V[,K=V]`: always strings.
    SetString(String),
    /// `--set-json K=JSON`.
    SetJson(String),
    /// `--set-file K=PATH`, with the file already read; [`split_set`] splits key and path.
    SetFile {
        /// The key as typed.
        key: String,
        /// The content.
        text: String,
    },
}

/// One layer of the values.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The profile's name (`builtin:dev` for a shipped one hidden by the user's own), the path of a values file, or the
    /// flag.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: LayerKind,
    /// Its content: always a map, including nulls.
    pub root: Node,
}

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// A shipped profile.
    Builtin,
    /// One of the user's profiles.
    Profile,
    /// A values file (`-f`).
    File,
    /// One pair of a `--set` or similar flag.
    Set,
}

/// All layers in one tree.
#[derive(Clone, Debug)]
pub struct Values {
    /// The profiles that were asked for, as `-p` takes them.
    pub names: Vec<String>,
    /// The merged map. The span of each value is where the winning layer sets it.
    pub root: Node,
    /// The layers, from lowest to highest.
    pub layers: Vec<Layer>,
    /// Keys that a `null` removed and nothing set again, whether or not any layer had set them before.
    pub removed: Vec<Removed>,
    /// Whether every layer could be read. If not, the values can be checked, but are not usable on their own.
    pub complete: bool,
}

/// Merges the profiles `names` and then `extras`: values files first, then `--set` and similar flags in the order
/// given. `None` if a layer is missing or cannot be read, because the others are not meant to be used without it.
pub fn compose(
    profiles: &Profiles,
    names: &[Name],
    extras: &[Extra],
    sources: &mut Sources,
    found: &mut Findings,
) -> Option<Values> {
    Some(compose_readable(profiles, names, extras, sources, found)).filter(|values| values.complete)
}

/// Like [`compose`], but if a layer is missing or cannot be read, returns the values of the others, so that mistakes in
/// them are reported in the same run.
pub fn compose_readable(
    profiles: &Profiles,
    names: &[Name],
    extras: &[Extra],
    sources: &mut Sources,
    found: &mut Findings,
) -> Values {
    let before = found.errors();
    let mut layers = resolve::layers(profiles, names, sources, found);
    layers.extend(extras.iter().filter_map(|extra| match extra {
        Extra::File { name, text } => file_layer(name, text, sources, found),
        _ => None,
    }));
    let sets = set_layers(extras, sources, found);

    let mut root = Map::default();
    let mut removed = Vec::new();
    for layer in &layers {
        merge_layer(&mut root, layer, &mut removed);
    }
    for pair in sets {
        if passes(&root, &pair, sources, found) {
            merge_layer(&mut root, &pair.layer, &mut removed);
        }
        layers.push(pair.layer);
    }
    let removed = merge::still_missing(removed, &root);
    let values = Values {
        names: names.iter().map(|name| name.text.to_string()).collect(),
        root: Node::new(Value::Map(root)),
        layers,
        removed,
        complete: found.errors() == before,
    };
    values.hide(found);
    values
}

impl Values {
    /// Hides what is secret in these values in findings, under whatever key a message or a line shows it.
    pub fn hide(&self, found: &mut Findings) {
        if !found.is_empty() {
            *found = std::mem::take(found).redacted(self.secrets().hide());
        }
    }

    /// What is secret in these values.
    pub(crate) fn secrets(&self) -> Known {
        Known::of(&self.root)
    }

    /// The layers that affect `path`, from lowest to highest: the last one decides, unless maps were merged. Includes a
    /// layer that sets something other than a map above `path`, with that value, because it removed the key.
    pub fn history(&self, path: &[&str]) -> Vec<(&Layer, &Node)> {
        self.layers.iter().filter_map(|layer| Some((layer, said(&layer.root, path)?))).collect()
    }

    /// What removed the key at `path`, or one above it, if that is why it is missing.
    pub fn removed_at(&self, path: &[&str]) -> Option<&Removed> {
        self.removed.iter().rev().find(|removed| {
            removed.path.len() <= path.len() && removed.path.iter().zip(path).all(|(mine, asked)| mine == asked)
        })
    }
}

fn said<'a>(root: &'a Node, path: &[&str]) -> Option<&'a Node> {
    let mut node = root;
    for key in path {
        match node.as_map() {
            Some(map) => node = map.get(key)?,
            None => return Some(node),
        }
    }
    Some(node)
}

fn merge_layer(root: &mut Map, layer: &Layer, removed: &mut Vec<Removed>) {
    if let Some(map) = layer.root.as_map() {
        merge::merge(root, map, removed);
    }
}

fn file_layer(name: &str, text: &str, sources: &mut Sources, found: &mut Findings) -> Option<Layer> {
    let source = sources.add(name, text);
    let mut map = read_map(sources, source, "a values file", found)?;
    if let Some(entry) = map.entry("extends") {
        found.push(no_extends(sources.place(entry.key_span)));
        // Reporting it once is enough: to the model it is an unknown key.
        map.entries.retain(|entry| &*entry.key != "extends");
    }
    Some(Layer { name: name.into(), kind: LayerKind::File, root: Node::new(Value::Map(map)) })
}

fn no_extends(place: Option<Place>) -> Finding {
    Finding::error(ids::EXTENDS_OUTSIDE_PROFILE, "`extends` is allowed only in profiles")
        .at(place)
        .help("select profiles with `-p`, or make this file a profile")
}

fn set_layers(extras: &[Extra], sources: &mut Sources, found: &mut Findings) -> Vec<set::Pair> {
    let mut all = Vec::new();
    // Counted by flag, because that is how people find an argument that has no key.
    let mut numbers = [0; 4];
    let mut next = |flag: usize| {
        numbers[flag] += 1;
        numbers[flag]
    };
    for extra in extras {
        match extra {
            Extra::File { .. } => {}
            Extra::Set(text) => all.extend(set::pairs(text, set::Kind::Typed, next(0), sources, found)),
            Extra::SetString(text) => all.extend(set::pairs(text, set::Kind::String, next(1), sources, found)),
            Extra::SetJson(text) => all.extend(set::json(text, next(2), sources, found)),
            Extra::SetFile { key, text } => all.extend(set::file(key, text, next(3), sources, found)),
        }
    }
    for pair in all.iter().filter(|pair| pair.path[0] == "extends") {
        found.push(no_extends(sources.place(pair.layer.root.span)));
    }
    all.retain(|pair| pair.path[0] != "extends");
    all
}

/// Whether the path of a `--set` leads only through maps. A profile may replace a string by a map, but a path that does
/// is nearly always a mistake.
fn passes(root: &Map, pair: &set::Pair, sources: &Sources, found: &mut Findings) -> bool {
    let mut map = root;
    for (at, key) in pair.path.iter().enumerate().take(pair.path.len() - 1) {
        let Some(node) = map.get(key) else { return true };
        match &node.value {
            Value::Map(inner) => map = inner,
            Value::Null => return true,
            _ => {
                let (whole, part) = (pair.path.join("."), pair.path[..=at].join("."));
                let list = matches!(node.value, Value::List(_));
                let finding = Finding::error(
                    ids::SET_THROUGH_VALUE,
                    format!("`{whole}` cannot be set: `{part}` is {} and has no keys", node.kind()),
                )
                .at(sources.place(pair.layer.root.span))
                .note(format!("`{part}` is set here"), sources.place(node.span));
                found.push(finding.help(if list {
                    format!("set the whole list: `--set-json '{part}=[\"a\", \"b\"]'`")
                } else {
                    format!("set `{part}` itself, or remove it first with `--set {part}=null`")
                }));
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests;
