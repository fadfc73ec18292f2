//! Which variables a pod gets from ConfigMaps.

use crate::yaml::Node;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// The keys of ConfigMaps by namespace and name.
#[derive(Clone, Debug, Default)]
pub struct ConfigMaps(BTreeMap<(String, String), BTreeSet<String>>);

impl ConfigMaps {
    /// Adds an object if it is a ConfigMap.
    pub fn add(&mut self, node: &Node) {
        let text = |path: &[&str]| node.path(path).and_then(Node::as_str);
        let (Some("v1"), Some("ConfigMap")) = (text(&["apiVersion"]), text(&["kind"])) else { return };
        let (Some(name), Some(data)) = (text(&["metadata", "name"]), node.get("data").and_then(Node::as_map)) else {
            return;
        };
        let namespace = text(&["metadata", "namespace"]).unwrap_or("default").to_owned();
        let keys = data.entries.iter().map(|entry| entry.key.to_string());
        self.0.entry((namespace, name.to_owned())).or_default().extend(keys);
    }

    /// The variables that the containers of a pod in `namespace` take from ConfigMaps with `envFrom`. One that any container
    /// has counts for all of them (jaeger-operator 1.65 `pkg/inject/sidecar.go` `GetConfigMapsMatchedEnvFromInDeployment`).
    pub(super) fn given(&self, namespace: &str, containers: &[Node]) -> BTreeSet<&str> {
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        let from = containers.iter().filter_map(|container| container.get("envFrom").and_then(Node::as_list)).flatten();
        from.filter_map(|from| from.path(&["configMapRef", "name"]).and_then(Node::as_str))
            .filter_map(|name| self.0.get(&(namespace.to_owned(), name.to_owned())))
            .flat_map(|keys| keys.iter().map(String::as_str))
            .collect()
    }
}
