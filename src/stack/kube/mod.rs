//! Kubernetes: API groups, kinds that create pods, naming rules.

pub(crate) mod fields;
pub(crate) mod immutable;
pub(crate) mod lists;
pub(crate) mod names;
pub(crate) mod order;
pub(crate) mod quantity;
pub(crate) mod schema;
pub(crate) mod types;
pub(crate) mod zones;

/// The newest minor version with PodSecurityPolicy: Kubernetes 1.25 removed `policy/v1beta1` PodSecurityPolicy.
pub(crate) const LAST_WITH_POD_SECURITY_POLICY: &str = "1.24";

/// The API group of Deployments and their like.
pub(crate) const APPS: &str = "apps";
/// The API group of Jobs and CronJobs.
pub(crate) const BATCH: &str = "batch";
/// The API group of Services, Secrets, Pods and Namespaces.
pub(crate) const CORE: &str = "";
/// The API group of roles and their bindings.
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";
/// The API group of Ingresses.
pub(crate) const NETWORKING: &str = "networking.k8s.io";
/// The API group of CustomResourceDefinitions.
pub(crate) const API_EXTENSIONS: &str = "apiextensions.k8s.io";
/// The API group of webhook configurations and admission policies.
pub(crate) const ADMISSION: &str = "admissionregistration.k8s.io";
/// The API group of APIServices.
pub(crate) const AGGREGATION: &str = "apiregistration.k8s.io";
/// The API group of HorizontalPodAutoscalers.
pub(crate) const AUTOSCALING: &str = "autoscaling";
/// The API group of StorageClasses.
pub(crate) const STORAGE: &str = "storage.k8s.io";
/// The API group of PriorityClasses.
pub(crate) const SCHEDULING: &str = "scheduling.k8s.io";
/// The API group of EndpointSlices.
pub(crate) const DISCOVERY: &str = "discovery.k8s.io";
/// The API group of RuntimeClasses.
pub(crate) const NODE: &str = "node.k8s.io";
/// The API group of the Gateway API, a custom resource despite its name (kubernetes-sigs/gateway-api).
pub(crate) const GATEWAY_API: &str = "gateway.networking.k8s.io";
/// `apiVersion` of a kustomization (kubernetes-sigs/kustomize `api/types/kustomization.go`).
pub(crate) const KUSTOMIZATION: &str = "kustomize.config.k8s.io/v1beta1";
/// The same of a component (`api/types/kustomization.go`).
pub(crate) const KUSTOMIZATION_COMPONENT: &str = "kustomize.config.k8s.io/v1alpha1";

/// ClusterRoles that exist in every cluster and that operators' bindings use (kubernetes
/// `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go`).
pub(crate) const CLUSTER_ROLES: [&str; 5] = ["cluster-admin", "admin", "edit", "view", "system:auth-delegator"];

/// The namespace label with the Pod Security standard to enforce (`k8s.io/pod-security-admission` `api/constants.go`).
pub(crate) const POD_SECURITY: &str = "pod-security.kubernetes.io/enforce";
/// The standards that forbid host ports (`k8s.io/pod-security-admission` `policy/check_hostPorts.go`).
pub(crate) const NO_HOST_PORTS: [&str; 2] = ["baseline", "restricted"];

/// The label that holds a namespace's name and is set on every namespace (kubernetes
/// `pkg/registry/core/namespace/strategy.go`).
pub(crate) const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Kinds that moved from one API group to another: group, kind, the group that has it now. The API server stores one object
/// under both (`k8s.io/kubernetes` v1.24.17 `pkg/kubeapiserver/default_storage_factory_builder.go`,
/// `AddCohabitatingResources`).
const MOVED: [(&str, &str, &str); 8] = [
    ("extensions", "Deployment", APPS),
    ("extensions", "DaemonSet", APPS),
    ("extensions", "ReplicaSet", APPS),
    ("extensions", "ReplicationController", CORE),
    ("extensions", "NetworkPolicy", NETWORKING),
    ("extensions", "Ingress", NETWORKING),
    ("extensions", "PodSecurityPolicy", "policy"),
    ("events.k8s.io", "Event", CORE),
];

/// The API group under which a kind is stored: the same for all groups that serve one object.
pub(crate) fn home<'g>(group: &'g str, kind: &str) -> &'g str {
    MOVED.iter().find(|row| (row.0, row.1) == (group, kind)).map_or(group, |row| row.2)
}

/// Whether an API group is one of Kubernetes' own, whose lists and fields are known without a schema.
pub(crate) fn is_built_in(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io") && group != GATEWAY_API
}

/// A kind that creates pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkloadKind {
    /// Its API group.
    pub group: &'static str,
    /// Its name.
    pub kind: &'static str,
    /// The JSON pointer to the pod template; empty for a Pod itself.
    pub template: &'static str,
    /// Whether changing the template replaces running pods (`kubectl rollout` manages exactly these kinds).
    pub rolls: bool,
    /// Whether its pods run to completion.
    pub ends: bool,
}

const fn workload(
    group: &'static str,
    kind: &'static str,
    template: &'static str,
    rolls: bool,
    ends: bool,
) -> WorkloadKind {
    WorkloadKind { group, kind, template, rolls, ends }
}

/// The kinds that create pods (`k8s.io/api` `apps/v1`, `batch/v1`, `core/v1`; `kubectl rollout --help` for those that
/// roll).
pub(crate) const WORKLOADS: [WorkloadKind; 7] = [
    workload(APPS, "Deployment", "/spec/template", true, false),
    workload(APPS, "StatefulSet", "/spec/template", true, false),
    workload(APPS, "DaemonSet", "/spec/template", true, false),
    workload(APPS, "ReplicaSet", "/spec/template", false, false),
    workload(BATCH, "Job", "/spec/template", false, true),
    workload(BATCH, "CronJob", "/spec/jobTemplate/spec/template", false, true),
    workload(CORE, "Pod", "", false, false),
];

/// Looks up a kind that creates pods.
pub(crate) fn workload_kind(group: &str, kind: &str) -> Option<&'static WorkloadKind> {
    WORKLOADS.iter().find(|row| (row.group, row.kind) == (group, kind))
}

/// Whether changing this kind's pod template replaces running pods.
pub(crate) fn rolls(group: &str, kind: &str) -> bool {
    workload_kind(group, kind).is_some_and(|row| row.rolls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_with_a_k8s_name_are_built_in_but_for_the_gateway_api() {
        for group in [CORE, APPS, BATCH, RBAC, NETWORKING, API_EXTENSIONS, STORAGE] {
            assert!(is_built_in(group), "{group}");
        }
        for group in [GATEWAY_API, "consul.hashicorp.com", "jaegertracing.io"] {
            assert!(!is_built_in(group), "{group}");
        }
    }

    #[test]
    fn a_kind_in_another_group_is_not_a_workload() {
        assert_eq!(workload_kind(BATCH, "CronJob").map(|row| row.template), Some("/spec/jobTemplate/spec/template"));
        assert_eq!(workload_kind("example.com", "Deployment"), None);
        assert!(rolls(APPS, "DaemonSet") && !rolls(APPS, "ReplicaSet") && !rolls(BATCH, "Job"));
    }
}
