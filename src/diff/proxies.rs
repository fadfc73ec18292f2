//! Which proxies have to be restarted when a ProxyDefaults changes something they read only when they start, or when the
//! chart brings other ones.
//!
//! In: the changes and TO's objects. Out: names on those changes: the workloads that Consul injects a sidecar into, and
//! the gateways. Names only what is in the files, or what INSTALL.md restarts of what is not; where a pod does not say, the
//! default of the Helm values counts.

use crate::diff::Change;
use crate::diff::Class;
use crate::diff::Object;
use crate::diff::Side;
use crate::diff::class;
use crate::diff::guide;
use crate::stack::consul;
use crate::stack::go;
use crate::stack::kube;
use crate::yaml::Node;
use crate::yaml::Value;

/// Adds the names to the changes that need them.
pub(crate) fn name(changes: &mut [Change], to: &Side) {
    let concerned = |change: &Change| {
        change.object.as_ref().is_some_and(|object| object.kind == "ProxyDefaults")
            && change
                .fields
                .iter()
                .any(|field| field.class == Class::RestartsPods && field.reason == class::BOOTSTRAP_REASON)
    };
    let sidecars = |change: &Change| change.chart.as_ref().is_some_and(|chart| chart.class == Class::RestartsPods);
    if !changes.iter().any(|change| concerned(change) || sidecars(change)) {
        return;
    }
    let names = restarts(to);
    for change in changes.iter_mut().filter(|change| concerned(change) || sidecars(change)) {
        change.restarts.clone_from(&names);
        if sidecars(change) {
            // Helm replaces the chart's own gateways.
            let gateways = gateways(to);
            change.restarts.retain(|name| !gateways.iter().any(|one| is_named(name, one)));
        }
    }
}

fn restarts(side: &Side) -> Vec<String> {
    let default = values(side).any(|(_, node)| is_true(node.path(&["connectInject", "default"])));
    let mut names: Vec<String> = side
        .objects
        .iter()
        .filter(|object| kube::rolls(&object.id.group, &object.id.kind))
        .filter(|object| injected(object, default))
        .map(|object| shown(&object.id.kind, &object.id.namespace, &object.id.name))
        .collect();
    names.extend(side.restarted.iter().cloned());
    for name in gateways(side) {
        // INSTALL.md knows the namespace too.
        if !names.iter().any(|known| is_named(known, &name)) {
            names.push(shown("Deployment", "", &name));
        }
    }
    let gateways = side.objects.iter().filter(|object| match &*object.id.group {
        consul::GROUP => consul::GATEWAY_KINDS.contains(&&*object.id.kind),
        kube::GATEWAY_API => &*object.id.kind == "Gateway",
        _ => false,
    });
    for gateway in gateways {
        // The chart's own Deployment of that name is listed already.
        let ends = format!("-{}", gateway.id.name);
        let own = shown("Deployment", &gateway.id.namespace, &gateway.id.name);
        if !names.iter().any(|name| name.ends_with(&ends) || *name == own) {
            names.push(shown(&gateway.id.kind, &gateway.id.namespace, &gateway.id.name));
        }
    }
    names.sort();
    names.dedup();
    let all: Vec<String> = names.iter().filter_map(|name| name.strip_suffix(guide::ALL)).map(str::to_owned).collect();
    names.retain(|name| name.ends_with(guide::ALL) || !all.iter().any(|space| name.starts_with(space)));
    names
}

/// The values of Consul's releases, each with its name.
fn values(side: &Side) -> impl Iterator<Item = (&str, &Node)> {
    let all = side.plain.iter().filter_map(|plain| Some((release(&plain.file)?, &plain.node)));
    all.filter(|(_, node)| node.get("global").is_some() || node.get("connectInject").is_some())
}

/// The Deployments of the gateways that the chart installs.
fn gateways(side: &Side) -> Vec<String> {
    let mut all = Vec::new();
    for (release, node) in values(side) {
        let full = consul::full_name(release);
        let sections = consul::GATEWAY_SECTIONS.iter().filter_map(|key| node.get(key));
        for section in sections.filter(|section| is_true(section.get("enabled"))) {
            let gateways = section.get("gateways").and_then(Node::as_list).unwrap_or_default();
            let gateways = gateways.iter().filter_map(|gateway| gateway.get("name").and_then(Node::as_str));
            all.extend(gateways.map(|name| format!("{full}-{name}")));
        }
        if is_true(node.path(&["meshGateway", "enabled"])) {
            all.push(format!("{full}-{}", consul::MESH_GATEWAY));
        }
    }
    all
}

/// Whether what is shown as `text` is the Deployment `name`, in whichever namespace.
fn is_named(text: &str, name: &str) -> bool {
    text.strip_prefix("deployment ").is_some_and(|rest| rest.rsplit('/').next() == Some(name))
}

/// The release that a values file belongs to.
fn release(file: &str) -> Option<&str> {
    let (folder, name) = file.rsplit_once('/')?;
    let release = folder.rsplit('/').next()?;
    matches!(name, "values.yaml" | "values.yml").then_some(release)
}

fn injected(object: &Object, default: bool) -> bool {
    let annotations = object.node.path(&["spec", "template", "metadata", "annotations"]);
    match annotations.and_then(|annotations| annotations.get(consul::INJECT)) {
        Some(node) => is_true(Some(node)),
        None => default,
    }
}

fn is_true(node: Option<&Node>) -> bool {
    match node.map(|node| &node.value) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => go::parse_bool(text) == Some(true),
        _ => false,
    }
}

/// `deployment shop/web`.
pub(crate) fn shown(kind: &str, namespace: &str, name: &str) -> String {
    let slash = if namespace.is_empty() { "" } else { "/" };
    format!("{} {namespace}{slash}{name}", kind.to_ascii_lowercase())
}
