//! Patches of a kustomization, as far as what they do is certain: strategic merge patches without directives, and JSON
//! patches that add, replace and remove (kustomize `api/internal/builtins/PatchTransformer.go`, kyaml `yaml/merge2`).

use crate::check::input::embedded;
use crate::check::input::listed::Listed;
use crate::check::input::path::join;
use crate::object::Id;
use crate::pointer;
use crate::stack::kube::types;
use crate::stack::kube::types::Place;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// The documents of patch files, by path.
pub(crate) type Texts = HashMap<String, Vec<Node>>;

/// Applies the patches of the kustomization of `folder`; false when not all of them were.
pub(super) fn apply<'a>(
    kustomization: &Node,
    folder: &str,
    texts: &Texts,
    objects: &mut [Listed],
    object: &dyn Fn(usize) -> &'a (Id, Node),
) -> bool {
    let list = |key: &str| kustomization.get(key).and_then(Node::as_list).unwrap_or_default();
    let mut all = true;
    for item in list("patchesStrategicMerge") {
        let documents = item.as_str().and_then(|text| documents(text, item, folder, texts));
        all &= documents.is_some_and(|patches| patches.iter().all(|patch| one(patch, None, objects, object)));
    }
    for item in list("patches").iter().chain(list("patchesJson6902")) {
        let text = |key: &str| item.get(key).and_then(Node::as_str);
        let patches = match (text("path"), item.get("patch")) {
            (Some(path), None) => texts.get(&join(folder, path)).map(|nodes| Cow::Borrowed(nodes.as_slice())),
            (None, Some(node)) => {
                node.as_str().and_then(|text| embedded::alone(text, node.span)).map(|one| vec![one].into())
            }
            _ => None,
        };
        let done = match (patches, item.get("target"), item.get("options")) {
            (Some(patches), target, None) => patches.iter().all(|patch| one(patch, target, objects, object)),
            _ => false,
        };
        all &= done;
    }
    all
}

/// An entry of `patchesStrategicMerge`: a file, or the patch itself.
fn documents<'n>(text: &str, item: &Node, folder: &str, texts: &'n Texts) -> Option<Cow<'n, [Node]>> {
    match texts.get(&join(folder, text)) {
        Some(nodes) => Some(Cow::Borrowed(nodes)),
        None => embedded::alone(text, item.span).filter(|node| node.as_map().is_some()).map(|one| vec![one].into()),
    }
}

/// Applies one patch to what it is for; false when that is nothing, or when it is not certain what it does.
fn one<'a>(
    patch: &Node,
    target: Option<&Node>,
    objects: &mut [Listed],
    object: &dyn Fn(usize) -> &'a (Id, Node),
) -> bool {
    let operations = patch.as_list();
    if operations.is_none() && has_directive(patch) {
        return false;
    }
    let wants: Box<dyn Fn(&Id) -> bool> = match (target, operations) {
        (Some(target), _) => match selector(target) {
            Some(selector) => Box::new(selector),
            None => return false,
        },
        (None, None) => match Id::of(patch) {
            Ok(own) => Box::new(move |id: &Id| *id == own),
            Err(_) => return false,
        },
        (None, Some(_)) => return false,
    };
    let mut found = false;
    for listed in objects {
        let (id, node) = listed.get(|index| object(index));
        if !wants(id) {
            continue;
        }
        let (id, mut node) = (id.clone(), node.clone());
        let done = match operations {
            Some(operations) => operations.iter().all(|operation| operate(&mut node, operation).is_some()),
            None => {
                let version = node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
                let place = types::of(version, &id.kind).map(Place::Type);
                merge(&mut node, patch, place);
                true
            }
        };
        // A patch that renames its object is left to kustomize.
        if !done || Id::of(&node).ok().is_none_or(|new| new != id) {
            return false;
        }
        *listed = Listed::Changed(Box::new((listed.origin(), id, node)));
        found = true;
    }
    found
}

/// What a target selects; `None` for labels and for patterns other than `.*`.
fn selector(target: &Node) -> Option<impl Fn(&Id) -> bool + use<>> {
    let map = target.as_map()?;
    let mut wanted: Vec<(Box<str>, Box<str>)> = Vec::new();
    for entry in &map.entries {
        let text = entry.value.as_str()?;
        match &*entry.key {
            "version" => continue,
            "group" | "kind" | "name" | "namespace" => {}
            _ => return None,
        }
        if text.is_empty() || text == ".*" {
            continue;
        }
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'));
        if !is_plain {
            return None;
        }
        wanted.push((entry.key.clone(), text.into()));
    }
    Some(move |id: &Id| {
        wanted.iter().all(|(key, text)| match &**key {
            "group" => id.group == *text,
            "kind" => id.kind == *text,
            "name" => id.name == *text,
            _ => id.namespace == *text,
        })
    })
}

/// Whether a patch has instructions in it, such as `$patch: delete`.
fn has_directive(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.entries.iter().any(|entry| entry.key.starts_with('$') || has_directive(&entry.value)),
        Value::List(list) => list.iter().any(has_directive),
        _ => false,
    }
}

/// Merges a strategic merge patch: `null` removes, lists of Kubernetes' own kinds whose items have names merge by them.
fn merge(node: &mut Node, patch: &Node, place: Option<Place>) {
    match (&mut node.value, &patch.value) {
        (Value::Map(map), Value::Map(more)) => {
            for entry in &more.entries {
                if matches!(entry.value.value, Value::Null) {
                    map.entries.retain(|own| own.key != entry.key);
                    continue;
                }
                match map.get_mut(&entry.key) {
                    Some(own) => merge(own, &entry.value, place.and_then(|place| place.key(&entry.key))),
                    None => map.entries.push(entry.clone()),
                }
            }
        }
        (Value::List(list), Value::List(more)) if place.is_some_and(|place| !place.keys().is_empty()) => {
            let keys = place.map(Place::keys).unwrap_or_default();
            let name = |item: &Node| -> Vec<Option<String>> {
                let text = |node: &Node| node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string);
                keys.iter().map(|(key, default)| item.get(key).map(text).or(default.map(str::to_string))).collect()
            };
            for item in more {
                match list.iter_mut().find(|own| name(own) == name(item)) {
                    Some(own) => merge(own, item, place.and_then(Place::item)),
                    None => list.push(item.clone()),
                }
            }
        }
        _ => *node = patch.clone(),
    }
}

/// Applies one operation of a JSON patch (RFC 6902); `None` when it does not fit.
fn operate(node: &mut Node, operation: &Node) -> Option<()> {
    let op = operation.get("op")?.as_str()?;
    let steps: Vec<String> = pointer::parse(operation.get("path")?.as_str()?).map(Cow::into_owned).collect();
    let (last, above) = steps.split_last()?;
    let parent = above.iter().try_fold(node, |node, step| match &mut node.value {
        Value::Map(map) => map.get_mut(step),
        Value::List(list) => list.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })?;
    let value = || operation.get("value").cloned();
    match (&mut parent.value, op) {
        (Value::Map(map), "add") => map.set(last, value()?),
        (Value::Map(map), "replace") => *map.get_mut(last)? = value()?,
        (Value::Map(map), "remove") => remove(map, last)?,
        (Value::List(list), "add") if last == "-" => list.push(value()?),
        (Value::List(list), "add") => {
            let at = last.parse().ok().filter(|at| *at <= list.len())?;
            list.insert(at, value()?);
        }
        (Value::List(list), "replace") => *list.get_mut(last.parse::<usize>().ok()?)? = value()?,
        (Value::List(list), "remove") => drop(list.remove(last.parse().ok().filter(|at| *at < list.len())?)),
        _ => return None,
    }
    Some(())
}

fn remove(map: &mut Map, key: &str) -> Option<()> {
    let at = map.entries.iter().position(|entry| &*entry.key == key)?;
    map.entries.remove(at);
    Some(())
}
