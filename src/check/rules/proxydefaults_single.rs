use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "proxydefaults-single",
    severity: Severity::Error,
    summary: "a cluster can have only one ProxyDefaults",
    text: "The webhook looks in all namespaces: `ProxyDefaults resource already defined - only one global entry is \
           supported` (proxydefaults_webhook.go). Which of two takes effect depends on the order in which they are applied. \
           A second one in the same namespace is an update, and counts.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    // A ProxyDefaults that is rejected anyway does not conflict with another.
    let mesh = &facts.mesh;
    let mut all = mesh.refused.accepted(mesh.set, consul::GROUP, "ProxyDefaults");
    let count = all.clone().count();
    if let (Some(first), Some(second)) = (all.next(), all.next()) {
        out.hit(
            &RULE,
            second.name(),
            format!("found {count} ProxyDefaults; Consul accepts only one per cluster"),
            format!("merge them into one that is named `{}`", consul::PROXY_DEFAULTS),
        )
        .note("the first is here", first.name())
        .breaks(HopKind::Tracer, Scope::All);
    }
}
