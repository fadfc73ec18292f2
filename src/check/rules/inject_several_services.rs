use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "inject-several-services",
    severity: Severity::Error,
    summary: "several Services select the injected pods",
    text: "Consul registers a pod once for each Service that selects it, and the pod's init container waits for exactly one: \
           `There are multiple Consul services registered for this pod when there must only be one` \
           (control-plane/subcommand/connect-init/command.go, 0.46.1 to 2.0.3; consul-k8s#592, #764, #1523, #4162). The \
           usual second one is a headless Service: label it `consul.hashicorp.com/service-ignore: \"true\"`.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for workload in mesh.workloads.iter().filter(|workload| workload.injected(mesh.inject_default()) == Some(true)) {
        // With one name in the annotation the pod is registered once; with several, once for each.
        let unnamed = workload.annotation(consul::SERVICE).text().is_empty();
        let Some(proxy) = mesh.proxy_of(workload).filter(|_| unnamed) else {
            continue;
        };
        let mut services = workload.registered_by();
        let (Some(first), Some(second)) = (services.next(), services.next()) else { continue };
        // A headless Service is probably not the one that callers use by name.
        let headless = |service: &crate::check::input::set::Object<'_>| service.spec().get("clusterIP").str() == Some("None");
        let (kept, other) = if headless(&first) { (second, first) } else { (first, second) };
        out.hit(
            &RULE,
            other.name(),
            format!(
                "Services `{}` and `{}` both select the pods of {}, so they never start",
                kept.id.name, other.id.name, workload.object.id
            ),
            format!("label one of them `{}: \"true\"`, or change its selector", consul::SERVICE_IGNORE),
        )
        .fix(
            Trust::Safe,
            (headless(&other) && !headless(&kept) && services.next().is_none())
                .then(|| Edit::set(other.at(&["metadata", "labels", consul::SERVICE_IGNORE]), "true")),
        )
        .note("the other Service is here", kept.name())
        .breaks(HopKind::Sidecar, Scope::Proxy(proxy));
    }
}
