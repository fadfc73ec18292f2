use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "proxydefaults-spec-protocol",
    severity: Severity::Error,
    summary: "in a ProxyDefaults, `protocol` belongs in `spec.config`",
    text: "`spec.protocol` is a field of ServiceDefaults. In a ProxyDefaults the API server drops it silently. A page of \
           Consul's documentation on tracing shows it there by mistake.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for object in facts.mesh.set.all(consul::GROUP, "ProxyDefaults") {
        let protocol = object.spec().get("protocol");
        if protocol.exists() {
            out.hit(
                &RULE,
                protocol.key(),
                "`spec.protocol` is not a field of ProxyDefaults, so the API server drops it",
                "move it to `spec.config.protocol`",
            )
            .fix(
                Trust::Safe,
                [match object.spec().at(&["config", "protocol"]) {
                    own if own.exists() => Edit::remove(protocol),
                    own => Edit::shift(protocol, own),
                }],
            )
            .refused();
        }
    }
}
