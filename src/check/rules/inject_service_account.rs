use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::kube;

pub(crate) static RULE: Rule = Rule {
    id: "inject-service-account",
    severity: Severity::Error,
    summary: "with ACLs, the ServiceAccount of injected pods must have the service's name",
    text: "With `global.acls.manageSystemACLs` a pod logs in to Consul with its ServiceAccount, and Consul gives it \
           the identity of the service of that name. Otherwise the init container fails: `service account name default \
           doesn't match Consul service name web` (control-plane/subcommand/connect-init/command.go, 0.46.1 to 1.9.0).",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    if !mesh.has_acls() {
        return;
    }
    for workload in mesh.workloads.iter().filter(|workload| workload.injected(mesh.inject_default()) == Some(true)) {
        let Some(proxy) = mesh.proxy_of(workload) else { continue };
        // With several services each has its own account, and without a Service the name is unknown.
        if workload.has_several_services() || workload.registered_by().next().is_none() {
            continue;
        }
        let spec = workload.template.get("spec");
        let at = spec.get("serviceAccountName");
        // `serviceAccount` is the deprecated name of the field, which the API server still reads.
        let account = at.str().or_else(|| spec.get("serviceAccount").str()).unwrap_or("default");
        let service = workload.service_name();
        if account == service {
            continue;
        }
        out.hit(
            &RULE,
            at,
            format!("the pods of {} run as ServiceAccount `{account}`, so Consul refuses their login", workload.object.id),
            format!("set `serviceAccountName: {service}`, and create that ServiceAccount"),
        )
        .fix(
            // One that the files do not have may not be there.
            match mesh.set.one(kube::CORE, "ServiceAccount", &workload.object.id.namespace, &service) {
                Some(_) => Trust::Safe,
                None => Trust::Unsafe,
            },
            [Edit::set(at, &*service)],
        )
        .breaks(HopKind::Sidecar, Scope::Proxy(proxy));
    }
}
