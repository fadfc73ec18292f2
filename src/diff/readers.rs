//! Which workloads read a changed ConfigMap or Secret only when their pods start.
//!
//! In: the changes and TO's objects. Out: names on those changes. Environment variables and volumes with `subPath` keep what
//! the pod started with; other volumes are updated while it runs (Kubernetes' documentation of ConfigMaps, "Mounted
//! ConfigMaps are updated automatically").

use crate::diff::Change;
use crate::diff::Kind;
use crate::diff::Side;
use crate::diff::proxies::shown;
use crate::stack::kube;
use crate::yaml::Node;
use std::collections::HashMap;

/// A source of configuration: kind, namespace, name.
type Source = (&'static str, String, String);

/// Adds the names to the changes of ConfigMaps and Secrets.
pub(crate) fn name(changes: &mut [Change], to: &Side) {
    let source = |change: &Change| -> Option<Source> {
        let object = change.object.as_ref().filter(|_| change.kind == Kind::Changed)?;
        let kind =
            ["ConfigMap", "Secret"].into_iter().find(|kind| *kind == object.kind && object.api_version == "v1")?;
        let data = |path: &str| ["/data", "/stringData", "/binaryData"].iter().any(|key| path.starts_with(key));
        let changed = change.fields.iter().any(|field| data(&field.path) && !field.is_same_when_stored());
        changed.then(|| (kind, object.namespace.clone(), object.name.clone()))
    };
    if !changes.iter().any(|change| source(change).is_some()) {
        return;
    }
    let mut readers: HashMap<Source, Vec<String>> = HashMap::new();
    for object in to.objects.iter().filter(|object| kube::rolls(&object.id.group, &object.id.kind)) {
        let Some(pod) = object.node.path(&["spec", "template", "spec"]) else { continue };
        let mut sources = Vec::new();
        read_at_start(pod, &mut sources);
        sources.sort();
        sources.dedup();
        let namespace = object.id.namespace.to_string();
        let reader = shown(&object.id.kind, &namespace, &object.id.name);
        for (kind, name) in sources {
            readers.entry((kind, namespace.clone(), name)).or_default().push(reader.clone());
        }
    }
    for change in changes {
        if let Some(names) = source(change).and_then(|source| readers.get(&source)) {
            change.readers.clone_from(names);
            change.readers.sort();
        }
    }
}

fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_list).unwrap_or_default()
}

/// The ConfigMaps and Secrets that the containers of a pod read when they start.
fn read_at_start(pod: &Node, out: &mut Vec<(&'static str, String)>) {
    let name = |node: Option<&Node>| node.and_then(Node::as_str).map(str::to_owned);
    let mut push = |kind: &'static str, found: Option<String>| out.extend(found.map(|name| (kind, name)));
    for container in list(pod, "initContainers").iter().chain(list(pod, "containers")) {
        for from in list(container, "envFrom") {
            push("ConfigMap", name(from.path(&["configMapRef", "name"])));
            push("Secret", name(from.path(&["secretRef", "name"])));
        }
        for variable in list(container, "env") {
            push("ConfigMap", name(variable.path(&["valueFrom", "configMapKeyRef", "name"])));
            push("Secret", name(variable.path(&["valueFrom", "secretKeyRef", "name"])));
        }
        for mount in list(container, "volumeMounts").iter().filter(|mount| mount.get("subPath").is_some()) {
            let of = |volume: &&Node| volume.get("name").is_some_and(|name| Some(name) == mount.get("name"));
            if let Some(volume) = list(pod, "volumes").iter().find(of) {
                push("ConfigMap", name(volume.path(&["configMap", "name"])));
                push("Secret", name(volume.path(&["secret", "secretName"])));
            }
        }
    }
}
