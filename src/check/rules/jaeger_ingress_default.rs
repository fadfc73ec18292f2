use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-ingress-default",
    severity: Severity::Warning,
    summary: "the operator creates an Ingress unless it is switched off",
    text: "An unset `ingress.enabled` means true (pkg/ingress/query.go). Without hosts, the Ingress is a default \
           backend for every request to the cluster (jaeger-operator#1174).",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        let ingress = jaeger.object.spec().get("ingress");
        if !ingress.get("enabled").exists() && ingress.get("hosts").list().is_empty() {
            out.hit(
                &RULE,
                ingress,
                "`ingress.enabled` is not set, so the operator creates an Ingress for every host",
                "set `ingress: {enabled: false}`, or list its hosts",
            )
            .fix(Trust::Unsafe, [Edit::set(ingress.get("enabled"), false)]);
        }
    }
}
