//! Fields that Kubernetes adds itself, and kinds that lose data when deleted.

use crate::stack::kube;

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
}
