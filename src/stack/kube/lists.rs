//! The lists in Kubernetes' own kinds whose items have names.
//!
//! Source: `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and `x-kubernetes-patch-merge-key` in Kubernetes'
//! OpenAPI.

use serde_json::Value as Json;

/// Whether the order of keyed items matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// It does not.
    Free,
    /// It does.
    Kept,
    /// Only if a value refers to an earlier one with `$(NAME)`.
    References,
}

/// A list whose items have names.
pub(crate) struct List {
    /// The last steps of the path; `[]` means any item.
    pub tail: &'static [&'static str],
    /// The keys that identify an item, each with its default if it may be missing.
    pub keys: &'static [(&'static str, Option<&'static str>)],
    /// Whether the order of the items means something.
    pub order: Order,
}

impl List {
    /// Whether each of `items` has the keys that identify it.
    pub(crate) fn names(&self, items: &[Json]) -> bool {
        items.iter().all(|item| self.keys.iter().all(|(key, default)| item.get(key).is_some() || default.is_some()))
    }

    /// Whether two items are one.
    pub(crate) fn same(&self, one: &Json, other: &Json) -> bool {
        self.keys.iter().all(|(key, default)| {
            let value = |item: &Json| item.get(key).cloned().or_else(|| default.map(Json::from));
            value(one).is_some() && value(one) == value(other)
        })
    }
}

/// The list at `path`, if its items have names; `[]` stands for an item in a list above.
pub(crate) fn find(path: &[String]) -> Option<&'static List> {
    KEYED.iter().find(|list| {
        let end = path.len().checked_sub(list.tail.len()).map(|start| &path[start..]);
        end.is_some_and(|end| end.iter().eq(list.tail.iter()))
    })
}

const fn keyed(tail: &'static [&'static str], keys: &'static [(&'static str, Option<&'static str>)]) -> List {
    List { tail, keys, order: Order::Free }
}

const NAME: &[(&str, Option<&str>)] = &[("name", None)];
const TYPE: &[(&str, Option<&str>)] = &[("type", None)];
const PORT: &[(&str, Option<&str>)] = &[("containerPort", None), ("protocol", Some("TCP"))];

/// The lists of Kubernetes' own kinds.
pub(crate) const KEYED: &[List] = &[
    keyed(&["spec", "containers"], NAME),
    List { tail: &["spec", "initContainers"], keys: NAME, order: Order::Kept },
    keyed(&["spec", "ephemeralContainers"], NAME),
    List { tail: &["containers", "[]", "env"], keys: NAME, order: Order::References },
    List { tail: &["initContainers", "[]", "env"], keys: NAME, order: Order::References },
    List { tail: &["ephemeralContainers", "[]", "env"], keys: NAME, order: Order::References },
    keyed(&["containers", "[]", "ports"], PORT),
    keyed(&["initContainers", "[]", "ports"], PORT),
    keyed(&["[]", "volumeMounts"], &[("mountPath", None)]),
    keyed(&["[]", "volumeDevices"], &[("devicePath", None)]),
    keyed(&["resources", "claims"], NAME),
    keyed(&["spec", "volumes"], NAME),
    keyed(&["spec", "imagePullSecrets"], NAME),
    keyed(&["spec", "hostAliases"], &[("ip", None)]),
    keyed(&["spec", "topologySpreadConstraints"], &[("topologyKey", None), ("whenUnsatisfiable", None)]),
    keyed(&["spec", "schedulingGates"], NAME),
    keyed(&["spec", "resourceClaims"], NAME),
    keyed(&["spec", "ports"], &[("port", None), ("protocol", Some("TCP"))]),
    keyed(&["metadata", "ownerReferences"], &[("uid", None)]),
    keyed(&["status", "conditions"], TYPE),
    keyed(&["status", "podIPs"], &[("ip", None)]),
    keyed(&["status", "loadBalancer", "ingress", "[]", "ports"], &[("port", None), ("protocol", None)]),
    // ServiceAccount.
    keyed(&["secrets"], NAME),
    // Mutating- and ValidatingWebhookConfiguration.
    keyed(&["webhooks"], NAME),
    keyed(&["[]", "matchConditions"], NAME),
    keyed(&["spec", "matchConditions"], NAME),
    keyed(&["spec", "variables"], NAME),
];
