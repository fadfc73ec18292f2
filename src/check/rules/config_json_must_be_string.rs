use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::keys;

pub(crate) static RULE: Rule = Rule {
    id: "config-json-must-be-string",
    severity: Severity::Error,
    summary: "`envoy_*_json` keys take JSON in a string, not YAML",
    text: "Consul decodes these keys into strings (internal/bootstrap/bootstrap_config.go, mapstructure). With a map there the \
           proxy exits with `failed parsing Proxy.Config`; no webhook checks it before.",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let Some(config) = facts.mesh.tracing.config() else { return };
    for (written, value) in config.entries() {
        // Consul reads keys in any letter case.
        let key = written.to_ascii_lowercase();
        let known = keys::BOOTSTRAP.iter().chain(keys::XDS).any(|known| *known == key);
        let Some(node) = value.node().filter(|node| known && key.ends_with("_json") && node.as_str().is_none()) else {
            continue;
        };
        let hit = out.hit(
            &RULE,
            value,
            format!("`{written}` is {}, but Consul expects JSON in a string", node.kind()),
            "write a block string: `KEY: |`, with the JSON indented below it",
        );
        match &*key {
            keys::CLUSTERS => drop(hit.breaks(HopKind::Cluster, Scope::All)),
            // Consul's servers read this key, and carry on without it (measured).
            keys::LISTENER_TRACING => {}
            _ => drop(hit.breaks(HopKind::Tracer, Scope::All)),
        }
    }
}
