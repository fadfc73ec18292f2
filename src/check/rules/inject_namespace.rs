use crate::check::facts::Facts;
use crate::check::cluster::mesh::Mesh;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use crate::yaml::Node;
use std::collections::HashSet;

pub(crate) static RULE: Rule = Rule {
    id: "inject-namespace",
    severity: Severity::Error,
    summary: "pods in this namespace are not injected",
    text: "Pods in `kube-system`, `kube-public` and `local-path-storage` are never injected. For other namespaces \
           the Helm values `connectInject.k8sAllowNamespaces` and `k8sDenyNamespaces` decide; a namespace in both \
           is denied. If the chart's own objects are among the files, the flags of its injector and the `namespaceSelector` \
           of its webhook decide.",
    fixes: &[],
    check: Some(check),
};

/// The namespaces in a list of the Helm values; `None` if the values have no such list.
type Listed<'a> = Option<HashSet<&'a str>>;

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let denied = listed(mesh, "k8sDenyNamespaces");
    let allowed = listed(mesh, "k8sAllowNamespaces");
    for workload in mesh.workloads.iter().filter(|workload| workload.injected(mesh.inject_default()) == Some(true)) {
        let Some(proxy) = mesh.proxy_of(workload) else { continue };
        let namespace = &*workload.object.id.namespace;
        let by_chart = || mesh.chart.injector.as_ref()?.refuses(namespace);
        let Some(why) = refusal(namespace, &denied, &allowed).or_else(by_chart) else { continue };
        out.hit(
            &RULE,
            workload.object.at(&["metadata", "namespace"]),
            format!("pods in namespace `{namespace}` are not injected: {why}"),
            "use another namespace, or change the Helm values",
        )
        .breaks(HopKind::Sidecar, Scope::Proxy(proxy));
    }
}

fn listed<'a>(mesh: &Mesh<'a>, key: &'static str) -> Listed<'a> {
    let list = mesh.values?.at(&["connectInject", key]).node()?.as_list()?;
    Some(list.iter().filter_map(Node::as_str).collect())
}

/// Why pods in a namespace are not injected. If the manifest names no namespace, its namespace is unknown.
fn refusal(namespace: &str, denied: &Listed<'_>, allowed: &Listed<'_>) -> Option<&'static str> {
    let holds = |list: &HashSet<&str>| list.contains(namespace) || list.contains("*");
    if consul::never_injected(namespace) {
        Some("Consul never injects there")
    } else if namespace.is_empty() {
        None
    } else if denied.as_ref().is_some_and(holds) {
        Some("`connectInject.k8sDenyNamespaces` lists it")
    } else if !allowed.as_ref().is_none_or(holds) {
        Some("`connectInject.k8sAllowNamespaces` does not list it")
    } else {
        None
    }
}
