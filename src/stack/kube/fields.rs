//! Fields that Kubernetes adds itself, and kinds that lose data when deleted.

use crate::stack::kube;

/// A kind that holds data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    /// What is lost with an object.
    pub(crate) lost: &'static str,
    /// What a person has to do to recreate one, if that loses the data too.
    pub(crate) recreated: Option<&'static str>,
}

const fn holder(
    group: &'static str,
    kind: &'static str,
    lost: &'static str,
    recreated: Option<&'static str>,
) -> Holder {
    Holder { group, kind, lost, recreated }
}

/// Kinds that hold data. A StatefulSet can be recreated without its claims. `kubectl delete` waits for the finalizers
/// `kubernetes.io/pvc-protection` and `kubernetes.io/pv-protection` (Kubernetes' documentation of persistent volumes,
/// "Storage Object in Use Protection").
pub(crate) const HOLDERS: &[Holder] = &[
    holder(
        kube::CORE,
        "PersistentVolumeClaim",
        "its volume may be deleted with it",
        Some("the deletion waits until no pod uses the claim, so stop those pods first"),
    ),
    holder(
        kube::CORE,
        "PersistentVolume",
        "the cluster loses track of the data",
        Some("the deletion waits while a claim is bound to the volume"),
    ),
    holder(kube::CORE, "Namespace", "everything in it is deleted with it", None),
    holder(kube::APPS, "StatefulSet", "its pods stop, and its volume claims may be deleted with it", None),
    holder(
        kube::API_EXTENSIONS,
        "CustomResourceDefinition",
        "all objects of its kind are deleted with it",
        Some("these steps apply only objects that change, so apply all others of its kind again"),
    ),
];

/// Looks up a kind that holds data.
pub(crate) fn holder_of(group: &str, kind: &str) -> Option<&'static Holder> {
    HOLDERS.iter().find(|row| (row.group, row.kind) == (group, kind))
}

/// The annotation in which `kubectl apply` keeps the manifest that it applied last (kubernetes
/// `staging/src/k8s.io/api/core/v1/annotation_key_constants.go`).
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

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
}
