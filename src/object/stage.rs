//! The order in which objects are applied: what others need goes first.
//!
//! The folders of a render are these stages, so that its kustomization.yaml and its INSTALL.md have the same order; objects
//! of other trees get a stage by kind. Objects are deleted in the reverse order.

use crate::named::Named;
use crate::named::named;
use crate::object::CHARTS;
use crate::object::MANIFESTS;
use crate::stack::consul;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::kube::order;
use crate::stack::otel;

named! {
    /// What objects are for, in the order in which they are applied.
    pub enum Stage {
        /// Namespaces.
        Namespaces = "namespaces",
        /// CustomResourceDefinitions.
        Definitions = "custom resource definitions",
        /// Accounts, roles and their bindings.
        Access = "access",
        /// What pods refer to: ConfigMaps, Secrets, volume claims, policies.
        Configuration = "configuration",
        /// What installs or feeds the rest.
        Operators = "operators",
        /// Releases of Helm charts.
        Charts = "Helm releases",
        /// What receives spans.
        Backends = "the tracing backend",
        /// Config entries and gateways of the mesh.
        Mesh = "the mesh",
        /// Proxies and pods that read something only when they start.
        Restarts = "restarts",
        /// Services and the pods behind them.
        Workloads = "workloads",
        /// Custom resources of other programs, which may be among the workloads.
        Others = "other resources",
        /// What intercepts requests to the API server, and so has to be running.
        Webhooks = "webhooks",
    }
}

/// The folders of a render below `manifests/`, each with its stage.
const FOLDERS: [(&str, Stage); 6] = [
    ("00-namespaces", Stage::Namespaces),
    ("10-rbac", Stage::Access),
    ("15-operators", Stage::Operators),
    ("20-jaeger", Stage::Backends),
    ("40-mesh", Stage::Mesh),
    ("50-apps", Stage::Workloads),
];

/// The order of an object among all: its stage, then its place among the kinds of the stage. `path`: its file, relative to
/// the directory of a render.
pub fn order(group: &str, kind: &str, path: &str) -> (Stage, usize) {
    let by_kind = by_kind(group, kind);
    let folder = path.strip_prefix(MANIFESTS).and_then(|rest| rest.split('/').next());
    // Not a row of the table: what charts install is applied before what uses it, in whichever folder that is.
    let of_chart = path.starts_with(CHARTS).then_some(Stage::Charts);
    let by_folder = FOLDERS.iter().find(|(name, _)| Some(*name) == folder).map(|(_, stage)| *stage).or(of_chart);
    let stage = match by_kind {
        Stage::Namespaces | Stage::Definitions | Stage::Webhooks => by_kind,
        _ => by_folder.unwrap_or(by_kind),
    };
    let kinds = if group == consul::GROUP { &consul::APPLIED[..] } else { &order::INSTALLED[..] };
    (stage, kinds.iter().position(|one| *one == kind).unwrap_or(kinds.len()))
}

fn by_kind(group: &str, kind: &str) -> Stage {
    match (group, kind) {
        (kube::CORE, "Namespace") => Stage::Namespaces,
        (kube::API_EXTENSIONS, _) => Stage::Definitions,
        (kube::RBAC, _) | (kube::CORE, "ServiceAccount") => Stage::Access,
        (kube::ADMISSION | kube::AGGREGATION, _) => Stage::Webhooks,
        (consul::GROUP | kube::GATEWAY_API, _) => Stage::Mesh,
        (jaeger::GROUP | otel::GROUP, _) => Stage::Backends,
        (kube::CORE, "Service" | "Endpoints" | "ReplicationController" | "PodTemplate") => Stage::Workloads,
        (kube::AUTOSCALING | kube::DISCOVERY, _) | (kube::NETWORKING, "Ingress") => Stage::Workloads,
        _ if kube::workload_kind(group, kind).is_some() => Stage::Workloads,
        _ if kube::is_built_in(group) => Stage::Configuration,
        _ => Stage::Others,
    }
}

/// The number of a stage, from 1.
pub fn number(stage: Stage) -> usize {
    Stage::ALL.iter().position(|one| *one == stage).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_a_render_are_in_the_order_of_their_stages() {
        assert!(FOLDERS.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        for folder in crate::builtin::templates().paths().filter_map(|path| path.strip_prefix(MANIFESTS)) {
            let folder = folder.split('/').next().unwrap_or_default();
            assert!(FOLDERS.iter().any(|row| row.0 == folder), "give `{folder}` a stage");
        }
    }

    #[test]
    fn what_others_need_goes_first() {
        let all = [
            (kube::CORE, "Namespace"),
            (kube::API_EXTENSIONS, "CustomResourceDefinition"),
            (kube::CORE, "ServiceAccount"),
            (kube::RBAC, "ClusterRole"),
            (kube::RBAC, "ClusterRoleBinding"),
            (kube::CORE, "ConfigMap"),
            (jaeger::GROUP, jaeger::KIND),
            (consul::GROUP, "ProxyDefaults"),
            (consul::GROUP, "ServiceDefaults"),
            (consul::GROUP, "ServiceIntentions"),
            (consul::GROUP, "IngressGateway"),
            (kube::CORE, "Service"),
            (kube::APPS, "Deployment"),
            (kube::NETWORKING, "Ingress"),
            ("example.com", "Thing"),
            (kube::ADMISSION, "ValidatingWebhookConfiguration"),
        ];
        let orders: Vec<_> = all.iter().map(|(group, kind)| order(group, kind, "x.yaml")).collect();
        assert!(orders.is_sorted_by(|a, b| a < b), "{orders:?}");
        assert_eq!(order(kube::CORE, "ConfigMap", "manifests/50-apps/x.yaml").0, Stage::Workloads);
        assert_eq!(order(kube::CORE, "Namespace", "manifests/50-apps/x.yaml").0, Stage::Namespaces);
        assert_eq!(order(kube::APPS, "Deployment", "manifests/30-charts/web/x.yaml").0, Stage::Charts);
        assert_eq!(
            order(kube::ADMISSION, "MutatingWebhookConfiguration", "manifests/30-charts/web/x.yaml").0,
            Stage::Webhooks
        );
    }
}
