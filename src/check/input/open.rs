//! Values that are known only once something else has filled them in: variables of Flux and envsubst, templates of an
//! ApplicationSet, text that SOPS encrypted.

use crate::check::input::skip::is_placeholder;
use crate::object::SEALED;
use crate::object::sops;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// Keys of the Consul chart that decide whether a path exists at all (charts/consul/values.yaml).
const CONSUL: [&str; 15] = [
    "client.enabled",
    "client.grpc",
    "connectInject.consulNamespaces",
    "connectInject.default",
    "connectInject.enabled",
    "connectInject.k8sAllowNamespaces",
    "connectInject.k8sDenyNamespaces",
    "connectInject.namespaceSelector",
    "connectInject.transparentProxy.defaultEnabled",
    "controller.enabled",
    "externalServers.enabled",
    "global.acls.manageSystemACLs",
    "global.enableConsulNamespaces",
    "global.enabled",
    "ingressGateways.enabled",
];

/// The same of Jaeger's chart (charts/jaeger/values.yaml, 3 and 4).
const JAEGER: [&str; 3] = ["allInOne.enabled", "collector.service", "fullnameOverride"];

/// Whether a text is to be filled in.
pub(crate) fn is_open(text: &str) -> bool {
    is_placeholder(text) || text.starts_with(SEALED)
}

/// The first value that decides whether a path exists and is to be filled in, as a path.
pub(crate) fn decisive(chart: &str, node: &Node) -> Option<String> {
    let keys: &[&str] = match chart {
        "consul" => &CONSUL,
        "jaeger" => &JAEGER,
        _ => return None,
    };
    keys.iter().find_map(|key| {
        let mut at = node;
        let mut path = String::new();
        for step in key.split('.') {
            let Some(next) = at.get(step) else { break };
            path = if path.is_empty() { step.to_string() } else { format!("{path}.{step}") };
            at = next;
        }
        (!path.is_empty() && has_open(at, path.len() < key.len())).then_some(path)
    })
}

/// Whether a value is open; with `alone`, not what is below it.
fn has_open(node: &Node, alone: bool) -> bool {
    match &node.value {
        Value::String(text) => is_open(text),
        Value::List(items) => !alone && items.iter().any(|item| has_open(item, false)),
        Value::Map(map) => !alone && map.entries.iter().any(|entry| has_open(&entry.value, false)),
        _ => false,
    }
}

/// Values without what SOPS adds to an encrypted file (`stores.SopsMetadataKey`); `None` if there is none.
pub(crate) fn sealed(node: &Node) -> Option<Node> {
    let map = node.as_map()?;
    sops(node).filter(|sops| sops.get("mac").is_some())?;
    let entries = map.entries.iter().filter(|entry| &*entry.key != "sops").cloned().collect();
    Some(Node { value: Value::Map(Map { entries }), span: node.span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of;

    #[test]
    fn a_switch_that_is_filled_in_later_decides() {
        let of = |text: &str| decisive("consul", &node_of(text));
        assert_eq!(of("{connectInject: {enabled: '${INJECT}'}}").as_deref(), Some("connectInject.enabled"));
        assert_eq!(of("{connectInject: '<<x>>'}").as_deref(), Some("connectInject"));
        assert_eq!(
            of("{connectInject: {k8sDenyNamespaces: [a, '{{b}}']}}").as_deref(),
            Some("connectInject.k8sDenyNamespaces")
        );
        assert_eq!(of("{global: {enabled: 'ENC[AES256_GCM,data:x]'}}").as_deref(), Some("global.enabled"));
        assert_eq!(of("{global: {datacenter: '${DC}'}, connectInject: {enabled: true, image: '${I}'}}"), None);
    }

    #[test]
    fn what_sops_adds_is_no_value() {
        let sealed = sealed(&node_of("{a: 1, sops: {mac: x}}")).unwrap();
        assert_eq!(sealed.to_json().to_string(), "{\"a\":1}");
        assert!(super::sealed(&node_of("{a: 1, sops: {b: 1}}")).is_none());
    }
}
