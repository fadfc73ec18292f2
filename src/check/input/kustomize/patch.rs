//! Patches of a kustomization, as far as what they do is certain: strategic merge patches, which may say what they delete
//! and replace, and JSON patches that test, add, replace and remove (kustomize
//! `api/internal/builtins/PatchTransformer.go`, kyaml `yaml/merge2`, `api/types/selector.go`).

use crate::check::input::embedded;
use crate::check::input::kustomize::context::Applied;
use crate::check::input::kustomize::context::Context;
use crate::check::input::kustomize::context::Fault;
use crate::check::input::kustomize::context::Texts;
use crate::check::input::kustomize::context::namespace;
use crate::check::input::listed::Listed;
use crate::check::input::path::join;
use crate::glob;
use crate::object::Id;
use crate::pointer;
use crate::stack::kube::types;
use crate::stack::kube::types::Place;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;

/// How many patches a kustomization has.
pub(super) fn count(kustomization: &Node) -> usize {
    let lists = ["patches", "patchesStrategicMerge", "patchesJson6902"];
    lists.iter().filter_map(|key| kustomization.get(key).and_then(Node::as_list)).map(<[Node]>::len).sum()
}

/// Applies the patches of a kustomization; `lacks` says which files certainly do not exist.
pub(super) fn apply(
    kustomization: &Node,
    context: &Context<'_, '_>,
    lacks: &dyn Fn(&str) -> bool,
    objects: &mut Vec<Listed>,
) -> Applied {
    let list = |key: &str| kustomization.get(key).and_then(Node::as_list).unwrap_or_default();
    let &Context { folder, texts, .. } = context;
    let mut applied = Applied::default();
    let absent = |path: &str, item: &Node, applied: &mut Applied| match lacks(&join(folder, path)) {
        true => {
            let message = format!("the patch `{path}` does not exist");
            applied.faults.push(Fault::new(folder, item.span, message, "correct the path, or remove it"));
        }
        false => applied.is_unsure = true,
    };
    for item in list("patchesStrategicMerge") {
        let Some(text) = item.as_str() else { continue };
        match documents(text, item, folder, texts) {
            Some(patches) => patches.iter().for_each(|patch| {
                let outcome = one(patch, None, objects, context);
                note(outcome, item, folder, &mut applied);
            }),
            None => absent(text, item, &mut applied),
        }
    }
    for item in list("patches").iter().chain(list("patchesJson6902")) {
        let text = |key: &str| item.get(key).and_then(Node::as_str);
        // Before kustomize 2, `patches` listed files.
        let patches = match (text("path").or(item.as_str()), item.get("patch")) {
            (Some(path), None) => match texts.get(&join(folder, path)) {
                Some(nodes) => Cow::Borrowed(nodes.as_slice()),
                None => {
                    absent(path, item.get("path").unwrap_or(item), &mut applied);
                    continue;
                }
            },
            (None, Some(node)) => match node.as_str().and_then(|text| embedded::alone(text, node.span)) {
                Some(one) => vec![one].into(),
                None => {
                    applied.is_unsure = true;
                    continue;
                }
            },
            _ => {
                applied.is_unsure = true;
                continue;
            }
        };
        if item.get("options").is_some() {
            applied.is_unsure = true;
            continue;
        }
        for patch in patches.iter() {
            let outcome = one(patch, item.get("target"), objects, context);
            note(outcome, item.get("path").unwrap_or(item), folder, &mut applied);
        }
    }
    applied
}

/// What became of a patch.
enum Outcome {
    Done,
    /// It is for an object that is not there.
    Misses(String),
    /// It is not certain what it does.
    Unsure,
    Fails(String),
}

fn note(outcome: Outcome, at: &Node, folder: &str, applied: &mut Applied) {
    let fault = |message, help: &str| Fault::new(folder, at.span, message, help);
    match outcome {
        Outcome::Done => {}
        Outcome::Unsure => applied.is_unsure = true,
        Outcome::Misses(message) => {
            applied.misses.push(fault(message, "name an object that it lists, with its namespace"));
        }
        Outcome::Fails(message) => applied.faults.push(fault(message, "correct the patch")),
    }
}

/// An entry of `patchesStrategicMerge`: a file, or the patch itself.
fn documents<'n>(text: &str, item: &Node, folder: &str, texts: &'n Texts) -> Option<Cow<'n, [Node]>> {
    match texts.get(&join(folder, text)) {
        Some(nodes) => Some(Cow::Borrowed(nodes)),
        None => embedded::alone(text, item.span).filter(|node| node.as_map().is_some()).map(|one| vec![one].into()),
    }
}

/// Whether a patch is for an object.
type Wants = Box<dyn Fn(&Id, &Node) -> bool>;

/// Applies one patch to what it is for.
fn one(patch: &Node, target: Option<&Node>, objects: &mut Vec<Listed>, context: &Context<'_, '_>) -> Outcome {
    let operations = patch.as_list();
    match operations {
        None if !knows_directives(patch) => return Outcome::Unsure,
        Some(all) if !all.iter().all(is_plain) => return Outcome::Unsure,
        _ => {}
    }
    let mut missed = None;
    let wants: Wants = match (target, operations) {
        (Some(target), _) => match selector(target) {
            Some(selector) => Box::new(selector),
            None => return Outcome::Unsure,
        },
        (None, None) => match Id::of(patch) {
            Ok(own) => {
                missed = Some(format!("a patch is for {own}, which is not among what it lists"));
                let version = patch.get("apiVersion").cloned();
                Box::new(move |id: &Id, node: &Node| {
                    let same = (&id.kind, &id.name, namespace(id)) == (&own.kind, &own.name, namespace(&own));
                    let versions = [node.get("apiVersion"), version.as_ref()].map(|node| node.and_then(Node::as_str));
                    same && versions[0] == versions[1]
                })
            }
            Err(_) => return Outcome::Unsure,
        },
        (None, Some(_)) => return Outcome::Fails("a JSON patch has no `target`".to_string()),
    };
    let object = context.object;
    let mut found = false;
    // For an object that no namespace has, kustomize ignores that of the patch.
    let is_like = |listed: &Listed, own: &Id| {
        let id = listed.get(|index| object(index)).0;
        (&id.kind, &id.name, &*id.namespace) == (&own.kind, &own.name, "") && !own.namespace.is_empty()
    };
    let is_similar = Id::of(patch).is_ok_and(|own| objects.iter().any(|listed| is_like(listed, &own)));
    if operations.is_none() && directive(patch) == Some("delete") {
        let before = objects.len();
        objects.retain(|listed| !context.is_wanted(listed, &*wants));
        found = objects.len() < before;
    } else {
        for listed in objects {
            if !context.is_wanted(listed, &*wants) {
                continue;
            }
            let (id, node) = listed.get(|index| object(index));
            let (id, mut node) = (id.clone(), node.clone());
            match operations {
                Some(operations) => {
                    // What does not fit here may do so in kustomize, which makes more changes before.
                    if operations.iter().any(|operation| operate(&mut node, operation).is_none()) {
                        return Outcome::Unsure;
                    }
                }
                None => {
                    let version = node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
                    let place = types::of(version, &id.kind).map(Place::Type);
                    // Whom a patch is for, its own name does not say.
                    merge_body(&mut node, patch, place);
                }
            }
            let Some(id) = Id::of(&node).ok().filter(|new| keeps_name(&id, new)) else { return Outcome::Unsure };
            *listed = Listed::Changed(Box::new((listed.origin(), id, node)));
            found = true;
        }
    }
    // A target that selects nothing is none of kustomize's concerns.
    match missed {
        Some(_) if !found && is_similar => Outcome::Unsure,
        Some(message) if !found => Outcome::Misses(message),
        _ => Outcome::Done,
    }
}

/// Whether an operation of a JSON patch is one that is applied here.
fn is_plain(operation: &Node) -> bool {
    let text = |key: &str| operation.get(key).and_then(Node::as_str).unwrap_or_default();
    matches!(text("op"), "test" | "add" | "replace" | "remove") && text("path").starts_with('/')
}

/// Whether a patched object still has its name. One that a patch renames is left to kustomize, which then also changes what
/// refers to it. A JSON patch may change the kind; the kind of a strategic merge patch counts only if its options say so
/// (`api/resource/resource.go`, `ApplySmPatch`).
fn keeps_name(old: &Id, new: &Id) -> bool {
    (&old.name, &old.namespace) == (&new.name, &new.namespace)
}

/// What a target selects; `None` for patterns other than words, `.*` and alternatives of them.
pub(super) fn selector(target: &Node) -> Option<impl Fn(&Id, &Node) -> bool + use<>> {
    let map = target.as_map()?;
    let mut wanted: Vec<(Box<str>, Vec<String>)> = Vec::new();
    let mut pairs: Vec<(&'static str, String, String, bool)> = Vec::new();
    for entry in &map.entries {
        let text = entry.value.as_str()?;
        match &*entry.key {
            "group" | "version" | "kind" | "name" | "namespace" => {}
            "labelSelector" => {
                pairs.extend(equalities("labels", text)?);
                continue;
            }
            "annotationSelector" => {
                pairs.extend(equalities("annotations", text)?);
                continue;
            }
            _ => return None,
        }
        if text.is_empty() || text == ".*" {
            continue;
        }
        // It is a regular expression, in which a star repeats what is before it.
        if text.replace(".*", "").contains('*') {
            return None;
        }
        let all: Vec<String> = text.split('|').map(|one| one.trim_matches(['^', '$']).replace(".*", "*")).collect();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '*');
        if !all.iter().all(|one| one.chars().all(is_plain)) {
            return None;
        }
        wanted.push((entry.key.clone(), all));
    }
    Some(move |id: &Id, node: &Node| {
        let fits = |own: &str, all: &[String]| all.iter().any(|one| glob::matches(one, own));
        let version = node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
        let in_id = wanted.iter().all(|(key, all)| match &**key {
            "group" => fits(&id.group, all),
            "version" => fits(version.rsplit('/').next().unwrap_or(version), all),
            "kind" => fits(&id.kind, all),
            "name" => fits(&id.name, all),
            _ => fits(&id.namespace, all),
        });
        in_id
            && pairs.iter().all(|(place, key, value, equal)| {
                let own = node.path(&["metadata", place]).and_then(|map| map.get(key)).and_then(Node::as_str);
                (own == Some(value)) == *equal
            })
    })
}

/// The key, the value and whether it must be equal, of each part of a selector in text form; `None` for sets and mere keys.
fn equalities(place: &'static str, text: &str) -> Option<Vec<(&'static str, String, String, bool)>> {
    let one = |part: &str| {
        let (key, value, equal) = match part.split_once("!=") {
            Some((key, value)) => (key, value, false),
            None => part.split_once("==").or_else(|| part.split_once('=')).map(|(key, value)| (key, value, true))?,
        };
        Some((place, key.trim().to_string(), value.trim().to_string(), equal))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(one).collect()
}

/// The instruction of a map in a patch.
fn directive(node: &Node) -> Option<&str> {
    node.get("$patch").and_then(Node::as_str)
}

/// Whether all instructions in a patch are known: `$patch` with one of three words.
fn knows_directives(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.entries.iter().all(|entry| match entry.key.starts_with('$') {
            true => &*entry.key == "$patch" && matches!(entry.value.as_str(), Some("delete" | "replace" | "merge")),
            false => knows_directives(&entry.value),
        }),
        Value::List(list) => list.iter().all(knows_directives),
        _ => true,
    }
}

/// Merges a patch whose own identity does not count.
fn merge_body(node: &mut Node, patch: &Node, place: Option<Place>) {
    let (Some(map), Some(own)) = (patch.as_map(), node.path(&["metadata", "name"]).cloned()) else { return };
    let mut patch = Node { value: Value::Map(Map { entries: map.entries.clone() }), ..*patch };
    let namespace = node.path(&["metadata", "namespace"]).cloned();
    if let Value::Map(map) = &mut patch.value {
        map.entries.retain(|entry| !matches!(&*entry.key, "apiVersion" | "kind"));
        if let Some(Node { value: Value::Map(metadata), .. }) = map.get_mut("metadata") {
            metadata.entries.retain(|entry| &*entry.key != "name" && &*entry.key != "namespace");
            metadata.set("name", own);
            if let Some(namespace) = namespace {
                metadata.set("namespace", namespace);
            }
        }
    }
    merge(node, &patch, place);
}

/// Merges a strategic merge patch: `null` removes, lists of Kubernetes' own kinds whose items have names merge by them, and
/// `$patch` deletes or replaces the map, the item or, in an item of its own, the list that it is in.
fn merge(node: &mut Node, patch: &Node, place: Option<Place>) {
    match (&mut node.value, &patch.value) {
        (Value::Map(map), Value::Map(more)) => {
            if directive(patch) == Some("replace") {
                *map = without_directive(more);
                return;
            }
            for entry in more.entries.iter().filter(|entry| !entry.key.starts_with('$')) {
                if matches!(entry.value.value, Value::Null) || directive(&entry.value) == Some("delete") {
                    map.entries.retain(|own| own.key != entry.key);
                    continue;
                }
                match map.get_mut(&entry.key) {
                    Some(own) => merge(own, &entry.value, place.and_then(|place| place.key(&entry.key))),
                    None => map.set(&entry.key, plain(&entry.value)),
                }
            }
        }
        (Value::List(list), Value::List(more))
            if more.iter().all(|item| directive(item) != Some("replace"))
                && place.is_some_and(|place| !place.keys().is_empty()) =>
        {
            let keys = place.map(Place::keys).unwrap_or_default();
            let name = |item: &Node| -> Vec<Option<String>> {
                let text = |node: &Node| node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string);
                keys.iter().map(|(key, default)| item.get(key).map(text).or(default.map(str::to_string))).collect()
            };
            for item in more {
                if directive(item) == Some("delete") {
                    list.retain(|own| name(own) != name(item));
                    continue;
                }
                match list.iter_mut().find(|own| name(own) == name(item)) {
                    Some(own) => merge(own, item, place.and_then(Place::item)),
                    None => list.push(plain(item)),
                }
            }
        }
        _ => *node = plain(patch),
    }
}

/// A value of a patch without instructions in it.
fn plain(patch: &Node) -> Node {
    let value = match &patch.value {
        Value::Map(map) => Value::Map(without_directive(map)),
        Value::List(list) => Value::List(list.iter().filter(|item| directive(item).is_none()).map(plain).collect()),
        _ => return patch.clone(),
    };
    Node { value, ..*patch }
}

fn without_directive(map: &Map) -> Map {
    let mut plain_map = Map { entries: map.entries.clone() };
    plain_map.entries.retain(|entry| !entry.key.starts_with('$') && directive(&entry.value) != Some("delete"));
    plain_map.entries.iter_mut().for_each(|entry| entry.value = plain(&entry.value));
    plain_map
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
        (Value::Map(map), "test") => (map.get(last)?.to_json() == value()?.to_json()).then_some(())?,
        (Value::Map(map), "add") => map.set(last, value()?),
        // kustomize's library adds what it would replace.
        (Value::Map(map), "replace") => map.set(last, value()?),
        (Value::Map(map), "remove") => remove(map, last)?,
        (Value::List(list), "test") => {
            (list.get(last.parse::<usize>().ok()?)?.to_json() == value()?.to_json()).then_some(())?;
        }
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
