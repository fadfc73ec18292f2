//! Keys of ConfigMaps that pods need.

use crate::check::cluster::references;
use crate::check::cluster::references::CONFIG_MAP;
use crate::check::cluster::references::Part;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::input::skip::is_placeholder;
use crate::source::Span;

/// The keys of a ConfigMap, if it certainly lacks this one. Something in the cluster may fill an empty ConfigMap, and a
/// kustomization may add keys to one that it generates.
pub(crate) fn lacking<'a>(map: Object<'a>, key: Cursor<'_>) -> Option<Vec<&'a str>> {
    let fields = ["data", "binaryData"].into_iter();
    let known: Vec<&str> = fields.flat_map(|field| map.root().get(field).entries()).map(|(name, _)| name).collect();
    let is_open = known.is_empty() || map.node.span == Span::NONE || known.iter().any(|key| is_placeholder(key));
    let lacks = key.str().is_some_and(|key| !key.is_empty() && !is_placeholder(key) && !known.contains(&key));
    (lacks && !is_open).then_some(known)
}

/// The first key that the pods need and that a ConfigMap among the files does not have, with what is wrong. The containers
/// do not start until it exists, unless the reference is optional (kubelet `pkg/kubelet/kubelet_pods.go`
/// `makeEnvironmentVariables`, `MakePayload` of `pkg/volume/configmap` and `pkg/volume/projected`).
pub(crate) fn missing<'a>(set: &Set<'a>, workload: &Workload<'a>) -> Option<(String, Cursor<'a>)> {
    let needed = references::of_pod(&workload.object.id.namespace, workload.template.get("spec"));
    needed.into_iter().filter(|one| one.kind == CONFIG_MAP).find_map(|one| {
        let name = one.name.text();
        let map = set.one(CONFIG_MAP.0, CONFIG_MAP.1, one.namespace, name)?;
        let keys = one.parts.into_iter().filter_map(|part| if let Part::Key(at) = part { Some(at) } else { None });
        let key = keys.into_iter().find(|key| lacking(map, *key).is_some())?;
        Some((format!("ConfigMap `{name}` has no `{}`, so the pods never start", key.text()), key))
    })
}
