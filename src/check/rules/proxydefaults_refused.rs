use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "proxydefaults-refused",
    severity: Severity::Error,
    summary: "Consul's webhook refuses this ProxyDefaults",
    text: "`mode` and `transparentProxy.outboundListenerPort` must not be set here (annotations on pods set them), and \
           `meshGateway.mode` must be local, remote or none (control-plane/api/v1alpha1/proxydefaults_types.go Validate).",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for object in facts.mesh.set.all(consul::GROUP, "ProxyDefaults") {
        let spec = object.spec();
        let (mode, gateway) = (spec.get("mode"), spec.at(&["meshGateway", "mode"]));
        let port = spec.at(&["transparentProxy", "outboundListenerPort"]);
        let unset = "remove it; an annotation on the pods sets it";
        let refused = [
            ("mode", mode.exists() && mode.str() != Some(""), mode, unset),
            ("transparentProxy.outboundListenerPort", port.exists(), port, unset),
            (
                "meshGateway.mode",
                !matches!(gateway.text(), "" | "local" | "remote" | "none"),
                gateway,
                "use local, remote or none",
            ),
        ];
        for (name, _, at, help) in refused.into_iter().filter(|(_, wrong, ..)| *wrong) {
            let message = format!("Consul's webhook refuses a ProxyDefaults with this `spec.{name}`");
            out.hit(&RULE, at, message, help).breaks(HopKind::Tracer, Scope::All);
        }
    }
}
