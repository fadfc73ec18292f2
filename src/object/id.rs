//! The identity of an object: API group, kind, namespace and name. The version is a field and not part of the identity.

use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::format::Format;
use crate::source::Span;
use crate::stack::kube::names;
use crate::yaml::Entry;
use crate::yaml::Node;
use crate::yaml::Value;
use std::fmt;

/// What identifies an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// API group; empty for the core group.
    pub group: Box<str>,
    /// Kind, such as `Service`.
    pub kind: Box<str>,
    /// Namespace; empty if the object does not set one.
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

/// Why a document is not an object.
pub struct Problem {
    /// The rule.
    pub rule: RuleId,
    /// What is wrong.
    pub message: String,
    /// Where, if it is narrower than the document.
    pub span: Option<Span>,
    /// What to do.
    pub help: &'static str,
}

const NO_OBJECT_HELP: &str =
    "every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name";

impl Id {
    /// The identity of a document. Err: everything that prevents it from being an object.
    pub fn of(node: &Node) -> Result<Id, Vec<Problem>> {
        let mut problems = Vec::new();
        if node.as_map().is_none() {
            let message = format!("this document is {}, expected a Kubernetes object", node.kind());
            return Err(vec![Problem { rule: ids::NO_OBJECT, message, span: None, help: NO_OBJECT_HELP }]);
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
                problems.push(Problem { rule: ids::NO_OBJECT, message, span, help: NO_OBJECT_HELP });
                "".into()
            }
            None => {
                let message = format!("`{}` is missing", path.join("."));
                problems.push(Problem { rule: ids::NO_OBJECT, message, span: None, help: NO_OBJECT_HELP });
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

    /// Checks for names that the API server rejects (Kubernetes `pkg/apis/*/validation`).
    fn check_names(&self, node: &Node, problems: &mut Vec<Problem>) {
        let format = match names::rule(&self.group, &self.kind) {
            names::Rule::DnsLabel => Format::DnsLabel,
            names::Rule::DnsSubdomain => Format::DnsSubdomain,
            names::Rule::PathSegment => Format::PathSegment,
        };
        let result = format.check(&self.name);
        let span = |path: &[&str]| node.path(path).map(|node| node.span).filter(|span| *span != Span::NONE);
        if let Err(why) = result {
            let message = format!("{} `{}` is not a valid name: {why}", self.kind, self.name.escape_debug());
            let help = format.words();
            problems.push(Problem { rule: ids::INVALID_NAME, message, span: span(&["metadata", "name"]), help });
        }
        if !self.namespace.is_empty()
            && let Err(why) = Format::DnsLabel.check(&self.namespace)
        {
            let message = format!("`{}` is not a valid namespace: {why}", self.namespace.escape_debug());
            let help = Format::DnsLabel.words();
            problems.push(Problem { rule: ids::INVALID_NAME, message, span: span(&["metadata", "namespace"]), help });
        }
    }
}

/// The items of a list as split by kubectl: of a `List`, or of one such as `DeploymentList`, whatever its metadata.
/// Items of the latter without kind and version get them from the list, but not from an outer list
/// (`k8s.io/apimachinery` `pkg/apis/meta/v1/unstructured/helpers.go`, `decodeToList`; `k8s.io/cli-runtime`
/// `pkg/resource/visitor.go`, `FlattenListVisitor`). Any other document is returned unchanged; an empty one yields
/// nothing.
pub(crate) fn unwrap_list(node: Node) -> Vec<Node> {
    let mut objects = Vec::new();
    if !matches!(node.value, Value::Null) {
        unwrap(node, true, &mut objects);
    }
    objects
}

fn unwrap(node: Node, outermost: bool, objects: &mut Vec<Node>) {
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    let (kind, version) = (text("kind"), text("apiVersion"));
    let items = node.get("items").filter(|items| matches!(items.value, Value::List(_) | Value::Null));
    let Some(item_kind) = kind.strip_suffix("List").filter(|_| items.is_some() && !version.is_empty()) else {
        return objects.push(node);
    };
    let inherited = (outermost && !item_kind.is_empty()).then(|| (Node::string(version), Node::string(item_kind)));
    let Value::Map(map) = node.value else { return };
    let items = map.entries.into_iter().find(|entry| &*entry.key == "items").map(|entry| entry.value.value);
    let Some(Value::List(items)) = items else { return };
    for mut item in items {
        let says = |key: &str| item.get(key).and_then(Node::as_str).is_some_and(|text| !text.is_empty());
        if let Some((version, kind)) = inherited.as_ref().filter(|_| !says("apiVersion") && !says("kind"))
            && let Value::Map(map) = &mut item.value
        {
            let entry = |key: &str, value: &Node| Entry { key: key.into(), key_span: Span::NONE, value: value.clone() };
            map.entries.retain(|entry| !matches!(&*entry.key, "apiVersion" | "kind"));
            map.entries.splice(0..0, [entry("apiVersion", version), entry("kind", kind)]);
        }
        unwrap(item, false, objects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Findings;
    use crate::source::Sources;
    use crate::yaml;

    /// The kinds and names of the objects in a document.
    fn objects(text: &str) -> Vec<String> {
        let (mut sources, mut found) = (Sources::default(), Findings::default());
        let source = sources.add("a.yaml", text);
        let documents = yaml::read(&sources, source, &mut found);
        let nodes = documents.into_iter().flat_map(|document| unwrap_list(document.node));
        nodes.map(|node| Id::of(&node).map_or_else(|_| "no object".to_string(), |id| id.to_string())).collect()
    }

    #[test]
    fn lists_are_split_as_kubectl_does() {
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: x}}";
        let bare = "{metadata: {name: x}}";
        let list = |kind: &str, items: &str| objects(&format!("{{apiVersion: v1, kind: {kind}, items: {items}}}"));
        assert_eq!(list("List", &format!("[{pod}, {pod}]")), ["Pod `x`", "Pod `x`"]);
        assert_eq!(list("List, metadata: {name: y}", &format!("[{pod}]")), ["Pod `x`"]);
        assert_eq!(
            list("ConfigMapList, metadata: {name: y}", &format!("[{bare}, {pod}]")),
            ["ConfigMap `x`", "Pod `x`"]
        );
        assert_eq!(list("List", &format!("[{bare}]")), ["no object"]);
        // If only one of the two is set, kubectl rejects the item.
        assert_eq!(list("PodList", "[{kind: Pod, metadata: {name: x}}]"), ["no object"]);
        assert!(list("List", "[]").is_empty() && list("PodList", "null").is_empty());
        let inner = format!("{{apiVersion: v1, kind: PodList, items: [{bare}, {pod}]}}");
        assert_eq!(list("List", &format!("[{inner}]")), ["no object", "Pod `x`"]);
        assert_eq!(objects("{apiVersion: a/v1, kind: AllowList, metadata: {name: x}}"), ["AllowList `x`"]);
        assert!(objects("# nothing\n").is_empty());
    }
}
