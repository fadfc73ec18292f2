//! The variables of a Kustomization of Flux (fluxcd/pkg `kustomize/kustomize_varsub.go`, `envsubst`), which are put into the
//! YAML that an object is printed as: quotes that its text does not need are gone by then.

use crate::check::input::embedded;
use crate::object::Id;
use crate::source::Span;
use crate::stack::consul;
use crate::stack::gitops;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::otel;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;

/// The variables.
#[derive(PartialEq)]
pub(super) struct Variables {
    /// Those that nothing overrides.
    own: BTreeMap<String, String>,
    /// Those from ConfigMaps and Secrets.
    from: BTreeMap<String, String>,
    /// Whether all ConfigMaps and Secrets are among the files.
    is_complete: bool,
}

/// What became of an object.
pub(super) enum Filled {
    Same,
    New(Id, Node),
    /// The value of a variable that matters is not known.
    Open(String),
    /// A variable becomes a number or a boolean where text has to be.
    Retyped(String),
}

/// Why a text could not be filled in.
enum Gap {
    Open(String),
    Retyped(String),
}

impl Variables {
    /// Those of a `postBuild`; `None` if it certainly has none, because then nothing is filled in.
    pub(super) fn of(namespace: &str, build: &Node, all: &[(Id, Node)]) -> Option<Variables> {
        let mut variables = Variables { own: texts(build.get("substitute")), from: BTreeMap::new(), is_complete: true };
        for source in build.get("substituteFrom").and_then(Node::as_list).unwrap_or_default() {
            let text = |key: &str| source.get(key).and_then(Node::as_str).unwrap_or_default();
            let is_it = |id: &Id| &*id.kind == text("kind") && &*id.namespace == namespace && &*id.name == text("name");
            match all.iter().find(|(id, _)| is_it(id)) {
                Some((id, node)) if &*id.kind == "ConfigMap" => variables.from.extend(texts(node.get("data"))),
                Some((_, node)) => {
                    let decoded = texts(node.get("data"))
                        .into_iter()
                        .filter_map(|(key, text)| Some((key, String::from_utf8(yaml::base64(&text)?).ok()?)));
                    variables.from.extend(decoded);
                    variables.from.extend(texts(node.get("stringData")));
                }
                None => variables.is_complete = false,
            }
        }
        let is_empty = variables.own.is_empty() && variables.from.is_empty() && variables.is_complete;
        (!is_empty).then_some(variables)
    }

    /// Fills in an object.
    pub(super) fn fill(&self, id: &Id, node: &Node) -> Filled {
        let is_off = |field: &str| {
            node.path(&["metadata", field, gitops::SUBSTITUTE]).and_then(Node::as_str) == Some("disabled")
        };
        if !has_marks(node) || is_off("labels") || is_off("annotations") {
            return Filled::Same;
        }
        let mut new = node.clone();
        let mut gap = None;
        self.below(
            &mut new,
            &Where { id, is_text: false, matters: !is_workload(id), is_backend: is_backend(id, node) },
            &mut gap,
        );
        match gap {
            Some(Gap::Open(name)) => Filled::Open(name),
            Some(Gap::Retyped(name)) => Filled::Retyped(name),
            None => match Id::of(&new) {
                Ok(id) => Filled::New(id, new),
                Err(_) => Filled::Open("...".to_string()),
            },
        }
    }

    fn below(&self, node: &mut Node, at: &Where<'_>, gap: &mut Option<Gap>) {
        match &mut node.value {
            Value::List(items) => items.iter_mut().for_each(|item| self.below(item, at, gap)),
            Value::Map(map) => {
                for entry in &mut map.entries {
                    self.below(&mut entry.value, &at.below(&entry.key), gap);
                }
            }
            Value::String(text) if has_mark(text) => {
                let filled = match self.text(text) {
                    Ok(filled) => filled,
                    Err(name) => {
                        if at.decides() {
                            gap.get_or_insert(Gap::Open(name));
                        }
                        return;
                    }
                };
                let typed = if text.contains('\n') { None } else { scalar(&filled) };
                match typed {
                    Some(_) if at.is_text => {
                        let name = text.trim_start_matches("${").split(['}', ':']).next().unwrap_or_default();
                        gap.get_or_insert(Gap::Retyped(name.to_string()));
                    }
                    Some(value) => node.value = value,
                    None => node.value = Value::String(filled.into()),
                }
            }
            _ => {}
        }
    }

    /// A text with its variables filled in, or the variable whose value is not known.
    fn text(&self, text: &str) -> Result<String, String> {
        let mut rest = text;
        let mut filled = String::with_capacity(text.len());
        while let Some(at) = rest.find('$') {
            filled.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                filled.push('$');
                // What follows stays as it is.
                let end = if after.starts_with('{') { after.find('}').map_or(after.len(), |end| end + 1) } else { 0 };
                filled.push_str(&after[..end]);
                rest = &after[end..];
            } else if let Some(inner) = rest.strip_prefix('{') {
                let (inside, after) = inner.split_once('}').ok_or_else(|| inner.to_string())?;
                filled.push_str(&self.value(inside).ok_or_else(|| inside.to_string())?);
                rest = after;
            } else {
                filled.push('$');
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The value of what is between braces: a name, perhaps with a default.
    fn value(&self, inside: &str) -> Option<String> {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = inside.find(|c| !is_of_name(c)).unwrap_or(inside.len());
        let (name, rest) = inside.split_at(end);
        let known = self.own.get(name).or_else(|| self.from.get(name).filter(|_| self.is_complete));
        let default = [":=", ":-", "=", "-"].iter().find_map(|mark| rest.strip_prefix(mark));
        match (known, default) {
            // An empty one counts as none before a colon; the others are rare.
            (Some(known), None) if rest.is_empty() => Some(known.clone()),
            (Some(known), Some(default)) => Some(if known.is_empty() { default.to_string() } else { known.clone() }),
            (None, Some(default)) if self.is_complete && !has_mark(default) => Some(default.to_string()),
            _ => None,
        }
    }
}

/// A place in an object.
#[derive(Clone, Copy)]
struct Where<'o> {
    id: &'o Id,
    /// Whether only text can be there.
    is_text: bool,
    /// Whether it is, in a workload, a field that says who is in the mesh.
    matters: bool,
    is_backend: bool,
}

impl Where<'_> {
    fn below(self, key: &str) -> Self {
        let is_text = self.is_text || matches!(key, "annotations" | "labels" | "matchLabels");
        let matters =
            self.matters || is_text || matches!(key, "namespace" | "serviceAccountName" | "ports" | "hostNetwork");
        Where { is_text, matters, ..self }
    }

    /// Whether what is there may decide if spans arrive.
    fn decides(&self) -> bool {
        self.is_backend || self.matters && (is_workload(self.id) || is_about_mesh(self.id))
    }
}

fn is_workload(id: &Id) -> bool {
    kube::workload_kind(&id.group, &id.kind).is_some()
}

/// Whether an object has a part in the way of a span, or in that of a request.
fn is_about_mesh(id: &Id) -> bool {
    matches!(&*id.group, consul::GROUP | jaeger::GROUP | kube::GATEWAY_API | kube::NETWORKING | otel::GROUP)
        || id.group.is_empty() && matches!(&*id.kind, "Service" | "Namespace")
}

/// Whether an object is one that receives spans, or has the configuration of one.
fn is_backend(id: &Id, node: &Node) -> bool {
    const WORDS: [&str; 5] = ["jaeger", "zipkin", "otel", "opentelemetry", "exporters:"];
    (is_workload(id) || &*id.kind == "ConfigMap") && {
        let text = node.to_json().to_string();
        WORDS.iter().any(|word| text.contains(word))
    }
}

fn texts(map: Option<&Node>) -> BTreeMap<String, String> {
    let entries = map.and_then(Node::as_map).into_iter().flat_map(|map| &map.entries);
    // Flux takes out the ends of lines.
    entries.filter_map(|entry| Some((entry.key.to_string(), entry.value.as_str()?.replace('\n', "")))).collect()
}

/// What YAML makes of a text in a line of its own, if that is no text.
fn scalar(text: &str) -> Option<Value> {
    let value = embedded::alone(text, Span::NONE)?.value;
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Null).then_some(value)
}

fn has_mark(text: &str) -> bool {
    text.contains("${") || text.contains("$$")
}

fn has_marks(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => has_mark(text),
        Value::List(items) => items.iter().any(has_marks),
        Value::Map(map) => map.entries.iter().any(|entry| has_marks(&entry.value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of;

    #[test]
    fn texts_are_filled_in_as_flux_does() {
        let build = node_of("{substitute: {x: X, empty: ''}}");
        let known = Variables::of("", &build, &[]).unwrap();
        for (text, filled) in [
            ("a ${x} b", Ok("a X b")),
            ("${x:-d}${y:=d}${empty:-e}", Ok("Xde")),
            ("$x $(POD_IP) ^foo$", Ok("$x $(POD_IP) ^foo$")),
            ("$${x} $$x", Ok("${x} $x")),
            ("${y}", Err("y")),
            ("${a.b}", Err("a.b")),
        ] {
            assert_eq!(known.text(text).as_deref().map_err(String::as_str), filled, "{text}");
        }
        let elsewhere = node_of("{substitute: {x: X}, substituteFrom: [{kind: ConfigMap, name: c}]}");
        let some = Variables::of("", &elsewhere, &[]).unwrap();
        assert_eq!((some.value("x"), some.value("y:=d")), (Some("X".to_string()), None));
        assert!(Variables::of("", &node_of("{substitute: {}}"), &[]).is_none());
    }
}
