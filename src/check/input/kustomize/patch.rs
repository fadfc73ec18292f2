//! Applies those patches whose effect is certain: strategic merge patches without directives, and JSON patches that
//! add, replace and remove (kustomize `api/internal/builtins/PatchTransformer.go`, kyaml `yaml/merge2`).

use crate::check::input::embedded;
use crate::check::input::listed::Listed;
use crate::check::input::path::join;
use crate::object::Id;
use crate::pointer;
use crate::stack::kube;
use crate::stack::kube::lists::KEYED;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// The documents of patch files, by path.
pub(crate) type Texts = HashMap<String, Vec<Node>>;

/// Applies the patches of the kustomization in `folder`; returns false if some were not applied.
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

/// The documents of a `patchesStrategicMerge` entry, which is a file or an inline patch.
fn documents<'n>(text: &str, item: &Node, folder: &str, texts: &'n Texts) -> Option<Cow<'n, [Node]>> {
    match texts.get(&join(folder, text)) {
        Some(nodes) => Some(Cow::Borrowed(nodes)),
        None => embedded::alone(text, item.span).filter(|node| node.as_map().is_some()).map(|one| vec![one].into()),
    }
}

/// Applies one patch to its targets; returns false if there are none, or if its effect is uncertain.
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
                let is_known = kube::is_built_in(&id.group);
                merge(&mut node, patch, is_known, &mut Vec::new());
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

/// The objects that a target selects; `None` for labels and for patterns other than `.*`.
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

/// Whether a patch contains directives such as `$patch: delete`.
fn has_directive(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.entries.iter().any(|entry| entry.key.starts_with('$') || has_directive(&entry.value)),
        Value::List(list) => list.iter().any(has_directive),
        _ => false,
    }
}

/// Applies a strategic merge patch: `null` removes; in Kubernetes' own kinds, lists whose items have names merge by
/// name.
fn merge(node: &mut Node, patch: &Node, is_known: bool, path: &mut Vec<Box<str>>) {
    match (&mut node.value, &patch.value) {
        (Value::Map(map), Value::Map(more)) => {
            for entry in &more.entries {
                if matches!(entry.value.value, Value::Null) {
                    map.entries.retain(|own| own.key != entry.key);
                    continue;
                }
                match map.get_mut(&entry.key) {
                    Some(own) => {
                        path.push(entry.key.clone());
                        merge(own, &entry.value, is_known, path);
                        path.pop();
                    }
                    None => map.entries.push(entry.clone()),
                }
            }
        }
        (Value::List(list), Value::List(more)) if is_known && keys(path).is_some() => {
            let keys = keys(path).unwrap_or_default();
            let name = |item: &Node| -> Vec<Option<String>> {
                let text = |node: &Node| node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string);
                keys.iter().map(|(key, default)| item.get(key).map(text).or(default.map(str::to_string))).collect()
            };
            for item in more {
                match list.iter_mut().find(|own| name(own) == name(item)) {
                    Some(own) => {
                        path.push("[]".into());
                        merge(own, item, is_known, path);
                        path.pop();
                    }
                    None => list.push(item.clone()),
                }
            }
        }
        _ => *node = patch.clone(),
    }
}

/// The keys that identify the items of the list at a path.
fn keys(path: &[Box<str>]) -> Option<&'static [(&'static str, Option<&'static str>)]> {
    let ends = |tail: &[&str]| {
        path.len() >= tail.len() && path[path.len() - tail.len()..].iter().zip(tail).all(|(a, b)| **a == **b)
    };
    KEYED.iter().find(|list| ends(list.tail)).map(|list| list.keys)
}

/// Applies one operation of a JSON patch (RFC 6902); `None` if it does not apply.
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
