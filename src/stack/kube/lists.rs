//! Whether the order of lists whose items have names means something. Which lists have such items is in
//! [`types`](crate::stack::kube::types).

/// Whether the order of keyed items means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// It does not.
    Free,
    /// It does.
    Kept,
    /// Only where a value looks back with `$(NAME)`.
    References,
}

/// The order of a list of a type: init containers run one after the other (Kubernetes' documentation, "Init Containers"), and
/// a variable sees those that are defined above it (`k8s.io/kubernetes` `third_party/forked/golang/expansion`).
pub(crate) fn order(kind: &str, field: &str) -> Order {
    match (kind, field) {
        ("core/v1.PodSpec", "initContainers") => Order::Kept,
        ("core/v1.Container" | "core/v1.EphemeralContainer", "env") => Order::References,
        _ => Order::Free,
    }
}
