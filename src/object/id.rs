//! The identity of an object: API group, kind, namespace and name. The version is a field, not identity.

use crate::model::format;
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::Value;
use std::fmt;

/// What makes an object this one and no other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// API group; empty for the core group.
    pub group: Box<str>,
    /// Kind, such as `Service`.
    pub kind: Box<str>,
    /// Namespace; empty when the object says none.
    pub namespace: Box<str>,
    /// Name.
    pub name: Box<str>,
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `", self.kind)?;
        if !self.namespace.is_empty() {
            write!(formatter, "{}/", self.namespace)?;
        }
        write!(formatter, "{}`", self.name)
    }
}

/// Why a document is no object.
pub struct Problem {
    /// The rule.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where, when it is narrower than the document.
    pub span: Option<Span>,
    /// What to do.
    pub help: &'static str,
}

const NO_OBJECT_HELP: &str =
    "every document below manifests/ is one Kubernetes object: apiVersion, kind, metadata.name";

impl Id {
    /// The identity of a document. Err: everything that keeps it from being an object.
    pub fn of(node: &Node) -> Result<Id, Vec<Problem>> {
        let mut problems = Vec::new();
        if node.as_map().is_none() {
            let message = format!("this document is {}, expected a Kubernetes object", node.kind());
            return Err(vec![Problem { rule: "no-object", message, span: None, help: NO_OBJECT_HELP }]);
        }
        let mut text = |path: &[&str], needed: bool| match node.path(path) {
            Some(Node { value: Value::String(text), .. }) if !text.is_empty() || !needed => text.clone(),
            None if !needed => "".into(),
            Some(other) => {
                let message = match other.as_str() {
                    Some(_) => format!("`{}` is empty", path.join(".")),
                    None => format!("`{}` is {}, expected a string", path.join("."), other.kind()),
                };
                let span = (other.span != Span::NONE).then_some(other.span);
                problems.push(Problem { rule: "no-object", message, span, help: NO_OBJECT_HELP });
                "".into()
            }
            None => {
                let message = format!("`{}` is missing", path.join("."));
                problems.push(Problem { rule: "no-object", message, span: None, help: NO_OBJECT_HELP });
                "".into()
            }
        };
        let api_version = text(&["apiVersion"], true);
        let kind = text(&["kind"], true);
        let name = text(&["metadata", "name"], true);
        let namespace = text(&["metadata", "namespace"], false);
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let id = Id { group: group.into(), kind, namespace, name };
        if problems.is_empty() {
            id.check_names(node, &mut problems);
        }
        if problems.is_empty() { Ok(id) } else { Err(problems) }
    }

    /// Names that the API server refuses (Kubernetes `pkg/apis/*/validation`).
    fn check_names(&self, node: &Node, problems: &mut Vec<Problem>) {
        let form = match (&*self.group, &*self.kind) {
            ("", "Namespace") => "dns-label",
            ("", "Service") => "service-name",
            ("rbac.authorization.k8s.io", _) => "path-segment",
            _ => "dns-subdomain",
        };
        let result = match form {
            "path-segment" if self.name.contains(['/', '%']) || matches!(&*self.name, "." | "..") => {
                Err("`/` and `%` are not allowed in it".to_string())
            }
            form => format::check(form, &self.name),
        };
        let span = |path: &[&str]| node.path(path).map(|node| node.span).filter(|span| *span != Span::NONE);
        if let Err(why) = result {
            let message = format!("{} `{}` is not a valid name: {why}", self.kind, self.name.escape_debug());
            let help = format::words(form).unwrap_or("see the Kubernetes documentation on names");
            problems.push(Problem { rule: "invalid-name", message, span: span(&["metadata", "name"]), help });
        }
        if !self.namespace.is_empty()
            && let Err(why) = format::check("dns-label", &self.namespace)
        {
            let message = format!("`{}` is not a valid namespace: {why}", self.namespace.escape_debug());
            let help = format::words("dns-label").unwrap_or_default();
            problems.push(Problem { rule: "invalid-name", message, span: span(&["metadata", "namespace"]), help });
        }
    }
}

/// The items of a list as kubectl takes it apart: `List`, or one such as `DeploymentList` whose items say their kind. Any
/// other document is itself; one without content is nothing.
pub(crate) fn unwrap_list(node: Node) -> Vec<Node> {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
    let has_kind = |item: &Node| item.get("kind").is_some_and(|kind| kind.as_str().is_some());
    let is_list = kind.ends_with("List")
        && node.get("apiVersion").is_some_and(|version| version.as_str().is_some())
        && node.path(&["metadata", "name"]).is_none()
        && node.get("items").and_then(Node::as_list).is_some_and(|items| kind == "List" || items.iter().all(has_kind));
    if !is_list {
        return if matches!(node.value, Value::Null) { Vec::new() } else { vec![node] };
    }
    let Value::Map(map) = node.value else { return Vec::new() };
    let items = map.entries.into_iter().find(|entry| &*entry.key == "items").map(|entry| entry.value.value);
    match items {
        Some(Value::List(items)) => items.into_iter().flat_map(unwrap_list).collect(),
        _ => Vec::new(),
    }
}
