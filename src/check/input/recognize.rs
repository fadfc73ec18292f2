//! Which maps are values of the Consul chart: by keys that only it has, or by its keys and what the path says.
//!
//! Source of the keys: charts/consul/values.yaml, 0.46.1 to 2.0.3.

use crate::stack::consul::values;
use crate::stack::consul::values::Charts;
use crate::suggest;
use crate::yaml::Node;

/// Keys at the top that no other chart is known to have.
const OWN: [&str; 8] = [
    "connectInject",
    "ingressGateways",
    "terminatingGateways",
    "syncCatalog",
    "meshGateway",
    "apiGateway",
    "webhookCertManager",
    "telemetryCollector",
];

/// The other keys at the top.
const SHARED: [&str; 13] = [
    "global",
    "server",
    "externalServers",
    "client",
    "dns",
    "ui",
    "controller",
    "prometheus",
    "tests",
    "snapshotAgent",
    "partitions",
    "fullnameOverride",
    "nameOverride",
];

/// Keys of `global` that no other chart is known to have.
const OWN_GLOBAL: [&str; 8] = [
    "acls",
    "adminPartitions",
    "consulSidecarContainer",
    "enableConsulNamespaces",
    "gossipEncryption",
    "imageConsulDataplane",
    "imageK8S",
    "secretsBackend",
];

/// Charts with keys at the top as Consul's, as words of a path.
const OTHERS: [&str; 14] = [
    "alertmanager",
    "argocd",
    "boundary",
    "grafana",
    "jaeger",
    "loki",
    "mimir",
    "nomad",
    "opentelemetry",
    "prometheus",
    "tempo",
    "temporal",
    "thanos",
    "vault",
];

/// Whether Helm values belong to the Consul chart, whatever their file is called.
pub(crate) fn is_consul_values(node: &Node) -> bool {
    const SURE: [&str; 4] = ["connectInject", "ingressGateways", "syncCatalog", "meshGateway"];
    SURE.iter().any(|key| node.get(key).is_some_and(|node| node.as_map().is_some()))
        || node.get("global").is_some_and(|global| {
            global.get("datacenter").is_some() && (node.get("server").is_some() || node.get("client").is_some())
        })
}

/// Whether a map is values of the Consul chart although none of its keys alone shows it. In a directory (`is_found`) may be
/// anything, so its keys have to be Consul's, and either its path or a key of `global` has to say so. Of a file that was
/// named it is enough that its keys are Consul's, and of one that is named after Consul that some are.
pub(crate) fn seems_consul_values(path: &str, node: &Node, is_found: bool) -> bool {
    let Some(map) = node.as_map() else { return false };
    if says_other(path) || node.get("consul").is_some_and(|below| below.as_map().is_some()) {
        return false;
    }
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        map.entries.iter().map(|entry| &*entry.key).partition(|key| is_top(key));
    if known.is_empty() {
        return false;
    }
    // An agent's `server: true` is none of the chart's.
    if map.entries.iter().any(|entry| is_top(&entry.key) && !is_name(&entry.key) && entry.value.as_map().is_none()) {
        return false;
    }
    let (reads, ignores) = below(node);
    let is_read = reads > 0 && reads >= ignores || known.iter().any(|key| misspells(key));
    match (says_consul(path), is_found) {
        (true, false) => is_read || reads == 0 && ignores == 0,
        (true, true) => known.len() >= unknown.len() && (reads > ignores || known.iter().any(|key| misspells(key))),
        (false, false) => is_read && unknown.is_empty(),
        (false, true) => is_read && unknown.is_empty() && has_own_global(node),
    }
}

/// Whether a key at the top holds a name.
fn is_name(key: &str) -> bool {
    matches!(key, "fullnameOverride" | "nameOverride")
}

/// Whether a key at the top is one of the chart, perhaps misspelt.
fn is_top(key: &str) -> bool {
    OWN.contains(&key) || SHARED.contains(&key) || misspells(key)
}

/// Whether a key at the top is a misspelling of one that only the chart has.
fn misspells(key: &str) -> bool {
    !OWN.contains(&key) && OWN.iter().any(|own| suggest::is_typo(key, own))
}

/// How many keys below those at the top the chart has, and how many it has not.
fn below(node: &Node) -> (usize, usize) {
    let entries = node.as_map().into_iter().flat_map(|map| &map.entries);
    let paths = entries.flat_map(|top| {
        let below = top.value.as_map().into_iter().flat_map(|map| &map.entries);
        below.map(|entry| format!("{}.{}", top.key, entry.key))
    });
    let (known, unknown): (Vec<String>, Vec<String>) =
        paths.partition(|path| values::key(Charts::all(), path).is_some());
    (known.len(), unknown.len())
}

fn has_own_global(node: &Node) -> bool {
    const TEXTS: [&str; 3] = ["enableConsulNamespaces", "imageConsulDataplane", "imageK8S"];
    let has = |global: &Node, key: &str| {
        global.get(key).is_some_and(|value| value.as_map().is_some() || TEXTS.contains(&key))
    };
    node.get("global").is_some_and(|global| OWN_GLOBAL.iter().any(|key| has(global, key)))
}

/// Whether the name of a file, or that of its folder, has a word.
fn has_word(path: &str, is_word: impl Fn(&str) -> bool) -> bool {
    let mut steps = path.rsplit('/').take(2);
    steps.any(|step| step.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| is_word(&word.to_ascii_lowercase())))
}

/// Whether a path is that of something of Consul's: `consul/prod.yaml`, `consul-values.yaml`.
fn says_consul(path: &str) -> bool {
    has_word(path, |word| word == "consul")
}

/// Whether a path is that of values of another chart.
fn says_other(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    !has_word(file, |word| word == "consul") && has_word(path, |word| OTHERS.contains(&word))
}

/// Whether broken text is an attempt at values of the Consul chart, by its name or by keys that only they have.
pub(crate) fn looks_like_consul_values(name: &str, text: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let is_own = |line: &str| line.split_once(':').is_some_and(|(key, _)| OWN[..6].contains(&key));
    (file.contains("consul") || says_consul(name)) && file.contains("values") || text.lines().any(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of;

    #[test]
    fn a_named_file_with_consuls_keys_is_consuls() {
        let named = |path: &str, text: &str| seems_consul_values(path, &node_of(text), false);
        assert!(named("v.yaml", "{global: {name: consul}, server: {replicas: 1}, ui: {enabled: true}}"));
        assert!(named("overrides.yaml", "{connectInjct: {enabled: false}}"));
        assert!(named("consul.yaml", "{server: {replicas: 3}, extraObjects: []}"));
        // Vault's, Prometheus' and those of a program.
        assert!(!named("v.yaml", "{global: {tlsDisable: true}, server: {ha: {enabled: true}}}"));
        assert!(!named("vault/values.yaml", "{server: {enabled: true}}"));
        assert!(!named("v.yaml", "{server: {persistentVolume: {size: 1Gi}}}"));
        assert!(!named("config.yaml", "{server: {port: 80}}"));
        assert!(!named("consul/agent.json", "{server: true, ui: {enabled: true}}"));
        assert!(!named("consul/config.json", "{server: {port: 80, host: a}}"));
        assert!(!named("v.yaml", "{global: {name: consul}, alertmanager: {}}"));
        assert!(!named("consul/values.yaml", "{consul: {global: {name: consul}}, global: {name: a}}"));
    }

    #[test]
    fn a_file_of_a_directory_needs_more() {
        let found = |path: &str, text: &str| seems_consul_values(path, &node_of(text), true);
        let text = "{global: {name: consul, acls: {manageSystemACLs: true}}, server: {replicas: 3}}";
        for path in ["infra/consul.yaml", "infra/values.yaml", "helm/consul/prod.yaml", "values/consul.yaml"] {
            assert!(found(path, text), "{path}");
        }
        assert!(found("values/consul.yaml", "{global: {name: consul}, foo: {}}"));
        assert!(!found("infra/values.yaml", "{global: {name: consul}, server: {replicas: 3}}"));
        assert!(!found("infra/nomad.yaml", text));
        assert!(!found("group_vars/consul.yml", "{consul_version: 1, server: true}"));
        assert!(!found("consul/config.json", "{server: true, ui: true, datacenter: dc1}"));
    }
}
