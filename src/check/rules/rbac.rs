//! The operator's rights, its images and the Kubernetes it is for.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::rules::rules;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::model::operator;
use crate::yaml::Node;

rules! {
    DANGLING: "rolebinding-dangling", Warning, "the binding's role does not exist",
        "A RoleBinding to a Role finds it in its own namespace only, and the API server takes a binding to nothing. \
         jaeger-operator's manifests have no Role or ClusterRole `jaeger-operator` since 1.29; its documentation kept it \
         (jaeger#3690).";
    NEEDLESS: "rolebinding-needless", Info, "the operator needs no binding in other namespaces",
        "Its release manifest watches every namespace and comes with a ClusterRoleBinding (config/rbac at 1.37).";
    K8S_NEW: "k8s-too-new", Warning, "this operator is not for this Kubernetes",
        "COMPATIBILITY.md of jaeger-operator; 1.37 asks for autoscaling/v2beta2, which is gone since Kubernetes 1.26.";
    PROXY_GONE: "kube-rbac-proxy-gone", Error, "the image gcr.io/kubebuilder/kube-rbac-proxy does not exist any more",
        "It was removed in March 2026: the operator's pod does not start, its webhook does not answer, and Jaeger resources \
         are refused. quay.io/brancz/kube-rbac-proxy has the same releases.";
}

const RBAC: &str = "rbac.authorization.k8s.io";
/// What the release manifests of jaeger-operator bring.
const KNOWN_ROLES: [&str; 2] = ["leader-election-role", "prometheus"];
const KNOWN_CLUSTER_ROLES: [&str; 8] = [
    "manager-role",
    "proxy-role",
    "jaeger-operator-metrics-reader",
    "cluster-admin",
    "admin",
    "edit",
    "view",
    "system:auth-delegator",
];

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    for index in mesh.set.of(RBAC, "RoleBinding") {
        let item = &mesh.set.items[*index];
        let text = |path: &[&str]| item.node.path(path).and_then(Node::as_str).unwrap_or_default();
        let (kind, name) = (text(&["roleRef", "kind"]), text(&["roleRef", "name"]));
        let subjects = item.node.get("subjects").and_then(Node::as_list).unwrap_or_default();
        let operator =
            subjects.iter().any(|subject| subject.get("name").and_then(Node::as_str) == Some("jaeger-operator"));
        if !operator {
            continue;
        }
        let there = match kind {
            "Role" => mesh.set.find(RBAC, "Role", &item.id.namespace, name).is_some() || KNOWN_ROLES.contains(&name),
            _ => mesh.set.find(RBAC, "ClusterRole", "", name).is_some() || KNOWN_CLUSTER_ROLES.contains(&name),
        };
        if !there {
            let message = match kind {
                "Role" => {
                    format!("there is no Role `{name}` in namespace {}, so this grants nothing", item.id.namespace)
                }
                _ => format!("there is no {kind} `{name}`, so this grants nothing"),
            };
            out.hit(
                &DANGLING,
                At::object(*index, "/roleRef/name"),
                message,
                "leave the binding out: the operator watches every namespace",
            );
        } else if !KNOWN_ROLES.contains(&name) {
            out.hit(
                &NEEDLESS,
                At::object(*index, "/metadata/name"),
                "the operator has these rights in every namespace",
                "leave the binding out",
            );
        }
    }
    for workload in &mesh.workloads {
        for (path, container) in workload.containers() {
            let image = container.get("image").and_then(Node::as_str).unwrap_or_default();
            let at = || At::object(workload.item, format!("{path}/image"));
            if image.starts_with("gcr.io/kubebuilder/kube-rbac-proxy") {
                out.hit(
                    &PROXY_GONE,
                    at(),
                    format!("`{image}` does not exist any more"),
                    "use quay.io/brancz/kube-rbac-proxy:v0.13.1",
                );
            }
            if version::image_name(image) == ("jaegertracing", "jaeger-operator")
                && let Some(kubernetes) = mesh.versions.kubernetes
                && let Some(release) = version::tag(image).and_then(|tag| operator::find(tag).ok())
                && version::parse(release.kubernetes_to).is_some_and(|most| kubernetes > (most.0, most.1, u32::MAX))
            {
                let message = format!(
                    "jaeger-operator {} is for Kubernetes up to {}, this is {}.{}",
                    release.version, release.kubernetes_to, kubernetes.0, kubernetes.1
                );
                out.hit(&K8S_NEW, at(), message, "use a newer operator");
            }
        }
    }
}
