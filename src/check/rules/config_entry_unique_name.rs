use crate::check::facts::Facts;
use crate::check::input::set::Object;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub(crate) static RULE: Rule = Rule {
    id: "config-entry-unique-name",
    severity: Severity::Error,
    summary: "config entries of one kind must have different names across all namespaces",
    text: "`all ServiceDefaults resources must have unique names across namespaces`: the webhook refuses the second one unless \
           Consul Enterprise mirrors namespaces (control-plane/api/common/configentry_webhook.go).",
    check: Some(check),
};

/// The kinds whose webhook compares names.
const KINDS: [&str; 7] = [
    "ServiceDefaults",
    "ServiceResolver",
    "ServiceRouter",
    "ServiceSplitter",
    "ServiceIntentions",
    "IngressGateway",
    "TerminatingGateway",
];

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let on = |path: &[&'static str]| mesh.flag(path, Some(false)) == Some(true);
    if on(&["global", "enableConsulNamespaces"]) && on(&["connectInject", "consulNamespaces", "mirroringK8S"]) {
        return;
    }
    for kind in KINDS {
        let mut seen: HashMap<&str, Object<'_>> = HashMap::new();
        for object in mesh.set.all(consul::GROUP, kind) {
            let first = match seen.entry(&object.id.name) {
                Entry::Occupied(first) => *first.get(),
                Entry::Vacant(free) => {
                    free.insert(object);
                    continue;
                }
            };
            out.hit(
                &RULE,
                object.name(),
                format!("there is another {kind} named `{}`, so Consul refuses this one", object.id.name),
                "keep one of them: a config entry applies to all namespaces",
            )
            .note("the first is here", first.name())
            .refused();
        }
    }
}
