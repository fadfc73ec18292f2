//! Replacements: a value of one object, put into fields of others (`api/filters/replacement/replacement.go`, 5.8.2).

use crate::check::input::kustomize::context::Applied;
use crate::check::input::kustomize::context::Context;
use crate::check::input::kustomize::patch::selector;
use crate::check::input::listed::Listed;
use crate::check::input::path::join;
use crate::object::Id;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// Applies the replacements of a kustomization.
pub(super) fn apply(kustomization: &Node, context: &Context<'_, '_>, objects: &mut [Listed]) -> Applied {
    let mut applied = Applied::default();
    for item in kustomization.get("replacements").and_then(Node::as_list).unwrap_or_default() {
        let all: Vec<&Node> = match item.get("path").and_then(Node::as_str) {
            Some(path) => match context.texts.get(&join(context.folder, path)) {
                Some(documents) => documents.iter().flat_map(items).collect(),
                None => {
                    applied.is_unsure = true;
                    continue;
                }
            },
            None => vec![item],
        };
        for one in all {
            applied.is_unsure |= replace(one, context, objects).is_none();
        }
    }
    applied
}

/// A file has one replacement or a list of them.
fn items(node: &Node) -> Vec<&Node> {
    match node.as_list() {
        Some(list) => list.iter().collect(),
        None => vec![node],
    }
}

/// Applies one; `None` if it is not certain what it does. One that does not fit here may do so in kustomize, which makes more
/// changes before.
fn replace(item: &Node, context: &Context<'_, '_>, objects: &mut [Listed]) -> Option<()> {
    let value = match item.get("sourceValue").and_then(Node::as_str) {
        Some(text) => Node::string(text),
        None => source(item.get("source")?, context, objects)?,
    };
    for target in item.get("targets").and_then(Node::as_list)? {
        let select = target.get("select").and_then(selector)?;
        let rejected = target.get("reject").and_then(Node::as_list).unwrap_or_default();
        let rejected: Vec<_> = rejected.iter().map(selector).collect::<Option<_>>()?;
        let options = target.get("options").and_then(Node::as_map).map_or(&[][..], |map| &map.entries);
        if options.iter().any(|entry| &*entry.key != "create") {
            return None;
        }
        let create = options.iter().any(|entry| matches!(entry.value.value, Value::Bool(true)));
        let paths: Vec<&str> = match target.get("fieldPaths").and_then(Node::as_list) {
            Some(list) => list.iter().filter_map(Node::as_str).collect(),
            None => vec!["metadata.name"],
        };
        for listed in objects.iter_mut() {
            let is_out = rejected.iter().any(|reject| context.is_wanted(listed, reject));
            if is_out || !context.is_wanted(listed, &select) {
                continue;
            }
            let (id, node) = listed.get(|index| (context.object)(index));
            let mut node = node.clone();
            for path in &paths {
                let steps = steps(path);
                let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
                set(&mut node, &steps, &value, create).filter(|count| *count > 0)?;
            }
            // One that gets another name is left to kustomize, which then also changes what refers to it.
            let id = Id::of(&node).ok().filter(|new| new == id)?;
            *listed = Listed::Changed(Box::new((listed.origin(), id, node)));
        }
    }
    Some(())
}

/// The value of a source; `None` if it is not certain.
fn source(source: &Node, context: &Context<'_, '_>, objects: &[Listed]) -> Option<Node> {
    if source.get("options").is_some() {
        return None;
    }
    let text = |key: &str| source.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    let wants = |id: &Id, node: &Node| {
        let version = node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
        let version = version.rsplit('/').next().unwrap_or(version);
        let own = [("group", &*id.group), ("version", version), ("kind", &*id.kind), ("name", &*id.name)];
        own.iter().all(|(key, own)| text(key).is_none_or(|text| text == *own))
            && text("namespace").is_none_or(|text| text == &*id.namespace)
    };
    let mut found = objects.iter().filter(|listed| context.is_wanted(listed, &wants));
    let first = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let path = text("fieldPath").unwrap_or("metadata.name");
    let mut node = first.get(|index| (context.object)(index)).1;
    for step in steps(path) {
        node = match (&node.value, element(&step)) {
            (Value::List(list), Some(wanted)) => list.iter().find(|item| wanted.is(item)),
            (Value::List(list), None) => step.parse().ok().and_then(|index: usize| list.get(index)),
            (Value::Map(map), None) => map.get(&step),
            _ => None,
        }?;
    }
    Some(node.clone())
}

/// The element of a list that a step names: `[name=web]`.
struct Element<'s> {
    key: &'s str,
    value: &'s str,
}

fn element(step: &str) -> Option<Element<'_>> {
    let (key, value) = step.strip_prefix('[')?.strip_suffix(']')?.split_once('=')?;
    Some(Element { key, value: value.trim_matches(['"', '\'']) })
}

impl Element<'_> {
    fn is(&self, item: &Node) -> bool {
        let own = if self.key.is_empty() { Some(item) } else { item.get(self.key) };
        own.is_some_and(|own| own.as_str().map_or_else(|| own.to_json().to_string(), str::to_owned) == self.value)
    }
}

/// The steps of a path: `spec.template.metadata.annotations.[example.com/name]` (`kyaml/utils/pathsplitter.go`).
fn steps(path: &str) -> Vec<String> {
    let mut plain: Vec<String> = Vec::new();
    for part in path.split('.') {
        match plain.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push('.');
                last.push_str(part);
            }
            _ => plain.push(part.to_string()),
        }
    }
    let mut steps: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for part in plain {
        let whole = match open.take() {
            Some(start) => format!("{start}.{part}"),
            None if part.starts_with('[') && !part.ends_with(']') => {
                open = Some(part);
                continue;
            }
            None => {
                steps.push(part);
                continue;
            }
        };
        match part.ends_with(']') {
            true if whole.contains('=') => steps.push(whole),
            true => steps.push(whole.trim_matches(['[', ']']).to_string()),
            false => open = Some(whole),
        }
    }
    steps.extend(open);
    steps
}

/// Sets the fields at the end of a path; returns how many there are, or `None` if it is not certain what the path means.
fn set(node: &mut Node, steps: &[&str], value: &Node, create: bool) -> Option<usize> {
    let Some((step, rest)) = steps.split_first() else {
        // A scalar keeps its type.
        let new = match (&node.value, value.as_str()) {
            (Value::String(_), None) if value.as_map().is_none() && value.as_list().is_none() => {
                Node::string(&value.to_json().to_string())
            }
            _ => value.clone(),
        };
        *node = Node { span: node.span, ..new };
        return Some(1);
    };
    match &mut node.value {
        Value::List(list) => match (*step, element(step)) {
            ("*", _) => list.iter_mut().map(|item| set(item, rest, value, create)).sum(),
            (_, Some(wanted)) => {
                let found = list.iter_mut().filter(|item| wanted.is(item));
                let count: usize = found.map(|item| set(item, rest, value, create)).sum::<Option<usize>>()?;
                (count > 0 || !create).then_some(count)
            }
            (index, None) => match list.get_mut(index.parse::<usize>().ok()?) {
                Some(item) => set(item, rest, value, create),
                None => (!create).then_some(0),
            },
        },
        Value::Map(map) => match (*step, element(step)) {
            ("*", _) => map.entries.iter_mut().map(|entry| set(&mut entry.value, rest, value, create)).sum(),
            (_, Some(_)) => None,
            (key, None) => match map.get_mut(key) {
                Some(next) => set(next, rest, value, create),
                None if create && !key.starts_with('[') => {
                    map.set(key, Node { value: Value::Map(Map::default()), span: value.span });
                    match rest {
                        [] => {
                            map.set(key, value.clone());
                            Some(1)
                        }
                        rest => set(map.get_mut(key)?, rest, value, create),
                    }
                }
                None => Some(0),
            },
        },
        // It may be a text that holds a document.
        _ => None,
    }
}
