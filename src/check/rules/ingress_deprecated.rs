use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "ingress-deprecated",
    severity: Severity::Warning,
    summary: "ingress gateways are deprecated since Consul 1.16",
    text: "Announced with Consul 1.16 and consul-k8s 1.2 (consul#18102); still shipped in 2.0.3. The API gateway replaces \
           them: Gateway and HTTPRoute with `connectInject.apiGateway`.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let versions = &facts.mesh.versions;
    let by_consul = versions.consul.as_ref().is_some_and(|version| *version >= consul::INGRESS_DEPRECATED);
    // The first chart with the replacement installs the first Consul that deprecates them.
    if !by_consul && !versions.chart_reaches(&consul::API_GATEWAY_CHART) {
        return;
    }
    for gateway in &facts.ingress.gateways {
        out.hit(
            &RULE,
            gateway.object.root().get("kind"),
            "IngressGateway is deprecated since Consul 1.16",
            "move to Gateway and HTTPRoute",
        );
    }
}
