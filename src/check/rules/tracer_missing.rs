use crate::check::facts::Facts;
use crate::check::cluster::mesh::Proxy;
use crate::stack::consul::keys::TRACING as BOOTSTRAP;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "tracer-missing",
    severity: Severity::Error,
    summary: "ProxyDefaults gives Envoy no tracer",
    text: "Without `envoy_tracing_json` (or a provider in `envoy_listener_tracing_json`, Consul 1.13.2 and later), a proxy creates no \
           spans at all.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    let Some(config) = tracing.config() else { return };
    // A bootstrap tracer that is not a string or could not be parsed has already been reported.
    if tracing.value(BOOTSTRAP).is_some_and(|value| value.str() != Some("")) {
        return;
    }
    if tracing.listener.is_none() {
        out.hit(
            &RULE,
            config,
            "this ProxyDefaults gives Envoy no tracer, so no proxy creates spans",
            "add `envoy_tracing_json`, and the collector's cluster in `envoy_extra_static_clusters_json`",
        )
        .breaks(HopKind::Tracer, Scope::All);
    } else if facts.mesh.proxies.iter().any(Proxy::is_gateway) {
        // With sampling at sidecars, gateways create no spans.
        let intended = facts.mesh.options.gateways_untraced;
        let help = match intended {
            true => {
                "this is the cost of `tracing.sampling.at: sidecars`: with a tracer, gateways would tell the sidecars \
                 not to trace"
            }
            false => "add `envoy_tracing_json` for them",
        };
        let hit = out.hit(
            &RULE,
            config,
            "gateways have no tracer: they do not use `envoy_listener_tracing_json`",
            help,
        );
        hit.breaks(HopKind::Tracer, Scope::Gateways);
        if intended {
            hit.intended();
        }
    }
}
