use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "proxydefaults-name-global",
    severity: Severity::Error,
    summary: "ProxyDefaults must be named `global`",
    text: "Consul's webhook refuses any other name: `ProxyDefaults resource name must be \"global\"` (consul-k8s \
           control-plane/api/v1alpha1/proxydefaults_webhook.go, 0.46.1 to 2.0.3).",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for object in mesh.set.all(consul::GROUP, "ProxyDefaults") {
        if &*object.id.name == consul::PROXY_DEFAULTS {
            continue;
        }
        let message =
            format!("this ProxyDefaults is named `{}`; Consul only accepts `{}`", object.id.name, consul::PROXY_DEFAULTS);
        let hit = out.hit(&RULE, object.name(), message, format!("rename it to `{}`", consul::PROXY_DEFAULTS));
        if mesh.tracing.is_of(object) {
            hit.breaks(HopKind::Tracer, Scope::All);
        } else {
            hit.refused();
        }
    }
}
