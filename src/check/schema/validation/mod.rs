//! What the validation code of the API server refuses beyond single values: conflicting fields, broken references between
//! fields, duplicate names.
//!
//! In: an object of a built-in kind that the API server serves. Out: problems. Every release from 1.24 refuses them, unless the
//! function says otherwise. Placeholders are never judged. The source of each function is the function of
//! `k8s.io/kubernetes` v1.37.2 that it names; a real API server has answered for all of them (`tests/truth/apiserver`).

mod access;
mod autoscaling;
mod container;
mod cron;
mod data;
mod endpoints;
mod extension;
mod handler;
mod name;
mod network;
mod out;
mod pod;
mod resources;
mod scheduling;
mod seccomp;
mod selector;
mod service;
mod storage;
mod structural;
mod volume;
mod webhook;
mod workload;

use crate::check::input::set::Object;
use crate::check::problem::Problem;
use crate::check::schema::validation::out::Out;
use crate::stack::kube;

/// What is wrong with the header of an object of any kind.
pub(super) fn header(object: Object<'_>) -> Vec<Problem> {
    let mut out = Out::default();
    name::finalizers(&mut out, object, false);
    out.problems
}

/// What is wrong with an object of a version that is served. `oldest`: the oldest minor release that comes into question.
pub(super) fn judge(object: Object<'_>, version: &str, oldest: u64) -> Vec<Problem> {
    let mut out = Out { oldest, ..Out::default() };
    let root = object.root();
    name::judge(&mut out, object);
    match (&*object.id.group, version, &*object.id.kind) {
        (kube::CORE, _, "Pod") => pod::judge(&mut out, root.get("spec"), &[], true),
        (kube::CORE, _, "PodTemplate") => pod::judge(&mut out, root.at(&["template", "spec"]), &[], false),
        (kube::CORE, _, "Endpoints") => endpoints::plain(&mut out, root),
        (kube::CORE, _, "ReplicationController") => workload::replication_controller(&mut out, root),
        (kube::CORE, _, "Service") => service::judge(&mut out, root.get("spec")),
        (kube::CORE, _, "ConfigMap") => data::config_map(&mut out, root),
        (kube::CORE, _, "Secret") => data::secret(&mut out, root),
        (kube::CORE, _, "PersistentVolumeClaim") => storage::claim(&mut out, root.get("spec")),
        (kube::CORE, _, "PersistentVolume") => storage::volume(&mut out, root.get("spec")),
        (kube::STORAGE, _, "StorageClass") => storage::class(&mut out, root),
        (kube::CORE, _, "Namespace") => name::namespace(&mut out, root),
        (kube::CORE, _, "LimitRange") => resources::limit_range(&mut out, root.get("spec")),
        (kube::CORE, _, "ResourceQuota") => resources::quota(&mut out, root.get("spec")),
        (kube::APPS, "v1", kind) => workload::of_apps(&mut out, kind, root),
        (kube::BATCH, _, "Job") => workload::job(&mut out, root.get("spec"), true),
        (kube::BATCH, _, "CronJob") => workload::cron_job(&mut out, root),
        (kube::NETWORKING, "v1", "Ingress") => network::ingress(&mut out, root),
        (kube::NETWORKING, "v1", "IngressClass") => network::ingress_class(&mut out, root.get("spec")),
        (kube::NETWORKING, _, "ServiceCIDR") => network::service_ranges(&mut out, root.get("spec")),
        (kube::NETWORKING, _, "NetworkPolicy") => network::policy(&mut out, root.get("spec")),
        (kube::AUTOSCALING, "v1" | "v2", "HorizontalPodAutoscaler") => autoscaling::judge(&mut out, root.get("spec")),
        ("policy", _, "PodDisruptionBudget") => workload::disruption_budget(&mut out, root.get("spec")),
        (kube::RBAC, _, kind) => access::judge(&mut out, kind, root),
        (kube::ADMISSION, "v1", "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
            webhook::judge(&mut out, root);
        }
        (kube::ADMISSION, _, kind) => webhook::policy(&mut out, kind, root.get("spec")),
        (kube::API_EXTENSIONS, "v1", "CustomResourceDefinition") => extension::definition(&mut out, root),
        (kube::AGGREGATION, "v1", "APIService") => extension::service(&mut out, root),
        (kube::DISCOVERY, _, "EndpointSlice") => endpoints::slice(&mut out, root),
        (kube::NODE, _, "RuntimeClass") => {
            resources::overhead(&mut out, root.get("overhead"));
            scheduling::tolerations(&mut out, root.get("scheduling"));
        }
        (kube::SCHEDULING, _, "PriorityClass") => scheduling::priority_class(&mut out, root),
        _ => {}
    }
    out.problems
}
