//! Keys of ConfigMaps that pods need.

use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::input::set::Set;
use crate::check::input::skip::is_placeholder;
use crate::source::Span;
use crate::stack::kube;

/// The first key that the pods need and that a ConfigMap among the files does not have, with what is wrong. A pod waits for
/// it for ever, unless the reference is optional (kubelet `pkg/kubelet/kubelet_pods.go` `makeEnvironmentVariables`,
/// `pkg/volume/configmap/configmap.go` `MakePayload`).
pub(crate) fn missing<'a>(set: &Set<'a>, workload: &Workload<'a>) -> Option<(String, Cursor<'a>)> {
    let spec = workload.template.get("spec");
    let containers = ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items());
    let variables = containers.flat_map(|container| container.get("env").items());
    let variables = variables.map(|variable| variable.at(&["valueFrom", "configMapKeyRef"]));
    let variables = variables.filter(|at| at.exists()).map(|at| (at, at.get("key")));
    let volumes = spec.get("volumes").items().map(|volume| volume.get("configMap"));
    let volumes = volumes.flat_map(|map| map.get("items").items().map(move |item| (map, item.get("key"))));
    let lacks = |(map, key): &(Cursor<'a>, Cursor<'a>)| {
        if map.get("optional").bool() == Some(true) {
            return false;
        }
        let object = set.one(kube::CORE, "ConfigMap", &workload.object.id.namespace, map.get("name").text());
        let Some(object) = object else { return false };
        let all = ["data", "binaryData"].into_iter().flat_map(|section| object.root().get(section).entries());
        let known: Vec<&str> = all.map(|(name, _)| name).collect();
        // Something in the cluster may fill an empty one, and a kustomization one that it generates.
        let is_open = known.is_empty() || object.node.span == Span::NONE || known.iter().any(|key| is_placeholder(key));
        key.str().is_some_and(|key| !is_placeholder(key) && !is_open && !known.contains(&key))
    };
    let (map, key) = variables.chain(volumes).find(lacks)?;
    let name = map.get("name").text();
    Some((format!("ConfigMap `{name}` has no `{}`, so the pods never start", key.text()), key))
}
