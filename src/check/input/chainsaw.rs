//! What chainsaw's tests do with files: it compares some with the cluster, merges some into objects, and applies some to see
//! them refused. These hold parts of objects or wrong ones.
//!
//! Source: kyverno/chainsaw, `pkg/apis/v1alpha1` (`Operation`: `assert`, `error`, `patch`, and `expect` of `apply` and its
//! kind), and the name of test files in `pkg/commands/test`.

use crate::check::input::path::clean;
use crate::check::input::path::folder;
use crate::check::input::path::join;
use crate::files::File;
use crate::finding::Findings;
use crate::object::Id;
use crate::source::Sources;
use crate::stack::kube;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;
use std::sync::Arc;

/// Whether a path is that of a test.
pub(crate) fn is_test(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("chainsaw-test.yaml" | "chainsaw-test.yml"))
}

/// Whether an object that a test applies is certainly a part of one: `apply` merges it into what an operator made.
pub(crate) fn is_part(id: &Id, node: &Node) -> bool {
    &*id.group == kube::APPS
        && matches!(&*id.kind, "Deployment" | "StatefulSet" | "DaemonSet")
        && node.path(&["spec", "selector"]).is_none()
}

/// The files that a test applies.
pub(crate) fn applied(test: &File) -> Vec<String> {
    files(test, |key, _| matches!(key, "apply" | "update"))
}

/// The paths of the files that a test does not simply apply.
pub(crate) fn parts(test: &File) -> Vec<String> {
    files(test, |key, value| {
        let fails = || value.get("expect").is_some_and(|expect| expect.to_json().to_string().contains("$error"));
        match key {
            "assert" | "error" | "patch" => true,
            "apply" | "create" | "update" => fails(),
            _ => false,
        }
    })
}

/// The paths of the files that a test names in such operations.
fn files(test: &File, wanted: fn(&str, &Node) -> bool) -> Vec<String> {
    let mut sources = Sources::default();
    let source = sources.add(Arc::clone(&test.name), Arc::clone(&test.text));
    let mut names = Vec::new();
    for document in yaml::read(&sources, source, &mut Findings::default()) {
        collect(&document.node, wanted, &mut names);
    }
    let path = clean(&test.name);
    names.iter().map(|name| join(folder(&path), name)).collect()
}

fn collect(node: &Node, wanted: fn(&str, &Node) -> bool, names: &mut Vec<String>) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                let file = entry.value.get("file").and_then(Node::as_str);
                names.extend(file.filter(|_| wanted(&entry.key, &entry.value)).map(str::to_string));
                collect(&entry.value, wanted, names);
            }
        }
        Value::List(list) => list.iter().for_each(|item| collect(item, wanted, names)),
        _ => {}
    }
}
