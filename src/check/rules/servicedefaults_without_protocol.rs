use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "servicedefaults-without-protocol",
    severity: Severity::Warning,
    summary: "a ServiceDefaults sets no protocol",
    text: "Some versions of Consul treat such a service as tcp, whatever ProxyDefaults sets (consul#11457).",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for object in mesh.refused.accepted(mesh.set, consul::GROUP, "ServiceDefaults") {
        let protocol = object.spec().get("protocol");
        let unset = !protocol.exists() || protocol.str() == Some("");
        if unset && mesh.protocol(&object.id.name).is_some_and(|protocol| consul::is_http(&protocol.name)) {
            out.hit(
                &RULE,
                object.spec(),
                format!("ServiceDefaults `{}` sets no protocol; some versions of Consul then use tcp", object.id.name),
                "set `protocol: http` here too",
            );
        }
    }
}
