use crate::check::facts::Facts;
use crate::check::cluster::protocol;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "protocol-global-http-on-tcp",
    severity: Severity::Warning,
    summary: "a database gets `protocol: http` from ProxyDefaults",
    text: "`protocol: http` in ProxyDefaults makes every service HTTP. A program that speaks another protocol then \
           breaks, unless its own ServiceDefaults sets tcp.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let Some(at) = mesh.tracing.place("protocol") else { return };
    for proxy in mesh.proxies.iter().filter(|proxy| !proxy.is_gateway()) {
        let shared = mesh.protocol(&proxy.name).filter(|protocol| protocol.own.is_none());
        let (true, Some(workload)) = (shared.is_some_and(|protocol| consul::is_http(&protocol.name)), proxy.workload)
        else {
            continue;
        };
        if let Some((port, program)) = protocol::database(&protocol::ports(&mesh.workloads[workload])) {
            out.hit(
                &RULE,
                at,
                format!("service `{}` listens on {port} ({program}), and this makes it HTTP", proxy.name),
                format!("add a ServiceDefaults `{}` with `protocol: tcp`", proxy.name),
            );
        }
    }
}
