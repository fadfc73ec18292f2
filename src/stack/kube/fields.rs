//! Fields that Kubernetes makes immutable or adds itself, and kinds that lose data when deleted.

use crate::stack::kube;

/// Fields that cannot be changed in place: group, kind, pointers; `*` is any step, and everything below a field counts
/// too. These are the updates that the API server rejects (`k8s.io/kubernetes` `pkg/apis/*/validation`;
/// `apiextensions-apiserver` `pkg/apis/apiextensions/validation` for the last but two).
pub(crate) const IMMUTABLE: &[(&str, &str, &[&str])] = &[
    (kube::APPS, "Deployment", &["/spec/selector"]),
    (kube::APPS, "DaemonSet", &["/spec/selector"]),
    (kube::APPS, "ReplicaSet", &["/spec/selector"]),
    (
        kube::APPS,
        "StatefulSet",
        &["/spec/selector", "/spec/serviceName", "/spec/volumeClaimTemplates", "/spec/podManagementPolicy"],
    ),
    (
        kube::BATCH,
        "Job",
        &["/spec/template", "/spec/selector", "/spec/completionMode", "/spec/podFailurePolicy", "/spec/manualSelector"],
    ),
    (kube::CORE, "Service", &["/spec/clusterIP", "/spec/clusterIPs"]),
    (kube::CORE, "Secret", &["/type"]),
    (kube::CORE, "PersistentVolumeClaim", &["/spec"]),
    (
        kube::CORE,
        "PersistentVolume",
        &["/spec/csi", "/spec/nfs", "/spec/hostPath", "/spec/local", "/spec/volumeMode", "/spec/nodeAffinity"],
    ),
    (kube::CORE, "Pod", &["/spec"]),
    (kube::RBAC, "RoleBinding", &["/roleRef"]),
    (kube::RBAC, "ClusterRoleBinding", &["/roleRef"]),
    (kube::STORAGE, "StorageClass", &["/provisioner", "/parameters", "/reclaimPolicy", "/volumeBindingMode"]),
    (kube::SCHEDULING, "PriorityClass", &["/value", "/preemptionPolicy"]),
    (kube::NETWORKING, "IngressClass", &["/spec/controller"]),
    (
        kube::API_EXTENSIONS,
        "CustomResourceDefinition",
        &["/spec/scope", "/spec/group", "/spec/names/kind", "/spec/names/plural"],
    ),
    (kube::DISCOVERY, "EndpointSlice", &["/addressType"]),
    (kube::NODE, "RuntimeClass", &["/handler"]),
];

/// Exceptions to [`IMMUTABLE`]: kind and pointers (`ValidatePodUpdate`, `ValidatePersistentVolumeClaimUpdate`).
pub(crate) const MUTABLE: &[(&str, &[&str])] = &[
    ("PersistentVolumeClaim", &["/spec/resources/requests", "/spec/volumeAttributesClassName"]),
    (
        "Pod",
        &[
            "/spec/containers/*/image",
            "/spec/initContainers/*/image",
            "/spec/activeDeadlineSeconds",
            "/spec/tolerations",
        ],
    ),
];

/// Kinds that hold data: group, kind, and what is lost with them.
pub(crate) const HOLDERS: &[(&str, &str, &str)] = &[
    (kube::CORE, "PersistentVolumeClaim", "its volume may be deleted with it"),
    (kube::CORE, "PersistentVolume", "the cluster loses track of the data"),
    (kube::CORE, "Namespace", "everything in it is deleted with it"),
    (kube::APPS, "StatefulSet", "its pods stop, and its volume claims may be deleted with it"),
    (kube::API_EXTENSIONS, "CustomResourceDefinition", "all objects of its kind are deleted with it"),
];

/// Pointers to fields that a cluster adds to stored objects, of every kind or of one (`k8s.io/apimachinery`
/// `pkg/apis/meta/v1/types.go` `ObjectMeta`; kubectl and the Deployment controller add the two annotations,
/// cert-manager the bundles).
pub(crate) const SERVER: &[&str] = &[
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/generation",
    "/metadata/creationTimestamp",
    "/metadata/managedFields",
    "/metadata/selfLink",
    "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
    "/metadata/annotations/deployment.kubernetes.io~1revision",
    "/status",
    "/webhooks/*/clientConfig/caBundle",
    "/spec/conversion/webhook/clientConfig/caBundle",
];

/// Parses a quantity into a number (`k8s.io/apimachinery` `pkg/api/resource/quantity.go`). `None` if it is not one.
pub(crate) fn quantity(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+')).unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let factor = match &text[end..] {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => f64::from(1 << 20),
        "Gi" => f64::from(1 << 30),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        "Ei" => 1024f64.powi(6),
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_numbers_with_a_factor() {
        for (text, number) in [("1Gi", 1073741824.0), ("1G", 1e9), ("500m", 0.5), ("2", 2.0), (" 1.5k ", 1500.0)] {
            assert_eq!(quantity(text), Some(number), "{text}");
        }
        for text in ["", "Gi", "1GB", "1 Gi"] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }

    #[test]
    fn exceptions_are_of_kinds_that_have_a_rule() {
        for (kind, _) in MUTABLE {
            assert!(IMMUTABLE.iter().any(|row| row.1 == *kind), "{kind}");
        }
    }
}
