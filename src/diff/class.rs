//! What a change asks of the person who applies it.
//!
//! In: an object on both sides and the operations between. Out: a class and a reason on each operation. The tables are
//! what Kubernetes' own validation refuses to change in place, and what is known of Jaeger's operator.

use crate::diff::Class;
use crate::diff::Field;
use crate::diff::Kind;
use crate::diff::Object;
use crate::diff::Op;
use crate::yaml::Node;
use serde_json::Value as Json;

/// Fields that cannot change in place: group, kind, paths; `*` is any step, and what lies below counts too.
const IMMUTABLE: &[(&str, &str, &[&str])] = &[
    ("apps", "Deployment", &["/spec/selector"]),
    ("apps", "DaemonSet", &["/spec/selector"]),
    ("apps", "ReplicaSet", &["/spec/selector"]),
    (
        "apps",
        "StatefulSet",
        &["/spec/selector", "/spec/serviceName", "/spec/volumeClaimTemplates", "/spec/podManagementPolicy"],
    ),
    (
        "batch",
        "Job",
        &["/spec/template", "/spec/selector", "/spec/completionMode", "/spec/podFailurePolicy", "/spec/manualSelector"],
    ),
    ("", "Service", &["/spec/clusterIP", "/spec/clusterIPs"]),
    ("", "Secret", &["/type"]),
    ("", "PersistentVolumeClaim", &["/spec"]),
    (
        "",
        "PersistentVolume",
        &["/spec/csi", "/spec/nfs", "/spec/hostPath", "/spec/local", "/spec/volumeMode", "/spec/nodeAffinity"],
    ),
    ("", "Pod", &["/spec"]),
    ("rbac.authorization.k8s.io", "RoleBinding", &["/roleRef"]),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &["/roleRef"]),
    ("storage.k8s.io", "StorageClass", &["/provisioner", "/parameters", "/reclaimPolicy", "/volumeBindingMode"]),
    ("scheduling.k8s.io", "PriorityClass", &["/value", "/preemptionPolicy"]),
    ("networking.k8s.io", "IngressClass", &["/spec/controller"]),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &["/spec/scope", "/spec/group", "/spec/names/kind", "/spec/names/plural"],
    ),
    ("discovery.k8s.io", "EndpointSlice", &["/addressType"]),
    ("node.k8s.io", "RuntimeClass", &["/handler"]),
];

/// Exceptions to the above.
const MUTABLE: &[(&str, &[&str])] = &[
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

/// Kinds that hold data, with what goes away with them.
const HOLDERS: &[(&str, &str, &str)] = &[
    ("", "PersistentVolumeClaim", "its volume may be deleted with it"),
    ("", "PersistentVolume", "the cluster forgets where the data is"),
    ("", "Namespace", "everything in it is deleted with it"),
    ("apps", "StatefulSet", "its pods stop, and its claims may go with it"),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "all objects of its kind are deleted with it"),
];

/// Kinds whose pods are replaced when the template changes.
const ROLLED: &[&str] = &["Deployment", "StatefulSet", "DaemonSet"];

/// ProxyDefaults keys that Envoy reads as it starts (Consul's `bootstrap_config.go`).
const BOOTSTRAP: &[&str] = &[
    "envoy_statsd_url",
    "envoy_dogstatsd_url",
    "envoy_stats_tags",
    "envoy_prometheus_bind_addr",
    "envoy_stats_bind_addr",
    "envoy_bootstrap_json_tpl",
    "envoy_extra_static_clusters_json",
    "envoy_extra_static_listeners_json",
    "envoy_extra_stats_sinks_json",
    "envoy_stats_config_json",
    "envoy_stats_flush_interval",
    "envoy_tracing_json",
    "envoy_telemetry_collector_bind_socket_dir",
];

/// Said of a changed bootstrap key.
pub(crate) const BOOTSTRAP_REASON: &str = "proxies read it only as they start";

/// Classes of the operations between two objects.
pub(crate) fn changed(kind: Kind, old: &Object, new: &Object, fields: &mut [Field]) {
    let frozen = old.node.get("immutable").is_some_and(|node| *node == Node::new(crate::yaml::Value::Bool(true)))
        && matches!((&*old.id.group, &*old.id.kind), ("", "ConfigMap" | "Secret"));
    for field in fields.iter_mut() {
        let (class, reason) = of(old, new, field, frozen);
        (field.class, field.reason) = (class, reason);
        if kind == Kind::Renamed && matches!(field.path.as_str(), "/metadata/name" | "/metadata/namespace") {
            let (class, reason) = match loses(old) {
                Some(reason) => (Class::DataLoss, format!("a renamed object is a new one: {reason}")),
                None => (Class::Recreate, "a renamed object is deleted and made again".to_owned()),
            };
            (field.class, field.reason) = (class, reason);
        }
    }
}

/// The class of a whole object that comes or goes.
pub(crate) fn whole(kind: Kind, object: &Object, field: &mut Field) {
    if kind != Kind::Removed {
        if is_proxy_defaults(object) && bootstrap_in(&object.node.path(&["spec", "config"]).map(Node::to_json)) {
            (field.class, field.reason) = (Class::RestartsPods, BOOTSTRAP_REASON.to_owned());
        }
        return;
    }
    if let Some(reason) = loses(object) {
        (field.class, field.reason) = (Class::DataLoss, reason.to_owned());
    } else if is_proxy_defaults(object) && bootstrap_in(&object.node.path(&["spec", "config"]).map(Node::to_json)) {
        (field.class, field.reason) = (Class::RestartsPods, BOOTSTRAP_REASON.to_owned());
    }
}

fn of(old: &Object, new: &Object, field: &Field, frozen: bool) -> (Class, String) {
    let (group, kind) = (&*old.id.group, &*old.id.kind);
    let pointers = [Some(field.path.as_str()), field.from.as_deref()];
    let pointers = || pointers.iter().flatten();
    if is_jaeger(old) {
        return jaeger(old, new, field);
    }
    if let Some(reason) = shrinks(kind, field) {
        return (Class::DataLoss, reason);
    }
    if frozen && pointers().any(|path| below(path, "/data") || below(path, "/binaryData") || below(path, "/immutable"))
    {
        return (Class::Recreate, "the object says that it is immutable".to_owned());
    }
    let row = IMMUTABLE.iter().find(|row| (row.0, row.1) == (group, kind));
    let hit = row.and_then(|row| row.2.iter().find(|pattern| pointers().any(|path| touches(path, pattern, field))));
    let mutable = MUTABLE.iter().filter(|row| row.0 == kind).flat_map(|row| row.1);
    let excepted = mutable.into_iter().any(|pattern| pointers().all(|path| matches_below(path, pattern)));
    if let Some(pattern) = hit.filter(|_| !excepted && !assigned(kind, old, field)) {
        let name = pattern[1..].replace('/', ".");
        return (Class::Recreate, format!("`{name}` cannot change in place"));
    }
    if ROLLED.contains(&kind) && group == "apps" && pointers().any(|path| below(path, "/spec/template")) {
        return (Class::RestartsPods, "the pod template changes".to_owned());
    }
    if kind == "Pod" && group.is_empty() && excepted && field.path.ends_with("/image") {
        return (Class::RestartsPods, "the container is started again".to_owned());
    }
    if is_proxy_defaults(old) && pointers().any(|path| bootstrap(path, field)) {
        return (Class::RestartsPods, BOOTSTRAP_REASON.to_owned());
    }
    (Class::Other, String::new())
}

/// An address that the cluster gave out, or that is said for the first time, is no change of an immutable field.
fn assigned(kind: &str, old: &Object, field: &Field) -> bool {
    kind == "Service"
        && (field.op != Op::Replace && old.node.path(&["metadata", "uid"]).is_some()
            || field.op == Op::Replace && field.old.as_ref().is_some_and(|old| old.as_str() == Some("")))
}

fn jaeger(old: &Object, new: &Object, field: &Field) -> (Class, String) {
    let (was, is) = (storage(&old.node), storage(&new.node));
    if (below(&field.path, "/spec/storage/type") || below("/spec/storage/type", &field.path)) && was != is {
        return (Class::DataLoss, format!("traces in `{was}` are not in `{is}`"));
    }
    if matches!(&*was, "memory" | "badger") && below(&field.path, "/spec") {
        return (Class::DataLoss, format!("the operator replaces the pod, and the traces in `{was}` go with it"));
    }
    if below(&field.path, "/spec") {
        return (Class::RestartsPods, "the operator replaces Jaeger's pods".to_owned());
    }
    (Class::Other, String::new())
}

fn storage(node: &Node) -> String {
    let kind = node.path(&["spec", "storage", "type"]).and_then(Node::as_str).filter(|kind| !kind.is_empty());
    kind.unwrap_or("memory").to_ascii_lowercase()
}

fn is_jaeger(object: &Object) -> bool {
    (&*object.id.group, &*object.id.kind) == ("jaegertracing.io", "Jaeger")
}

pub(crate) fn is_proxy_defaults(object: &Object) -> bool {
    (&*object.id.group, &*object.id.kind) == ("consul.hashicorp.com", "ProxyDefaults")
}

/// What is lost with the object.
fn loses(object: &Object) -> Option<&'static str> {
    if is_jaeger(object) && matches!(&*storage(&object.node), "memory" | "badger") {
        return Some("its traces go with its pod");
    }
    let row = HOLDERS.iter().find(|row| (row.0, row.1) == (&*object.id.group, &*object.id.kind));
    row.map(|row| row.2)
}

fn bootstrap(path: &str, field: &Field) -> bool {
    match path.strip_prefix("/spec/config/") {
        Some(rest) => BOOTSTRAP.contains(&rest.split('/').next().unwrap_or_default()),
        None if path == "/spec/config" => bootstrap_in(&field.value) || bootstrap_in(&field.old),
        None if path == "/spec" => {
            [&field.value, &field.old].into_iter().flatten().any(|spec| bootstrap_in(&spec.get("config").cloned()))
        }
        None => false,
    }
}

fn bootstrap_in(config: &Option<Json>) -> bool {
    let keys = config.iter().filter_map(Json::as_object).flat_map(|map| map.keys());
    keys.into_iter().any(|key| BOOTSTRAP.contains(&key.as_str()))
}

/// A smaller request for storage.
fn shrinks(kind: &str, field: &Field) -> Option<String> {
    let asks = kind == "PersistentVolumeClaim" && field.path == "/spec/resources/requests/storage"
        || kind == "StatefulSet"
            && field.path.starts_with("/spec/volumeClaimTemplates/")
            && field.path.ends_with("/spec/resources/requests/storage");
    let (old, new) = (quantity(field.old.as_ref()?)?, quantity(field.value.as_ref()?)?);
    (asks && new < old).then(|| "a volume cannot shrink: it would have to be made again, empty".to_owned())
}

/// A Kubernetes quantity as a number.
fn quantity(json: &Json) -> Option<f64> {
    let text = match json {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
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

/// Whether `path` is `prefix` or lies below it.
fn below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an operation at `path` changes what `pattern` names: at it, below it, or above it with it inside.
fn touches(path: &str, pattern: &str, field: &Field) -> bool {
    let inside = |json: &Option<Json>| {
        let rest = pattern.strip_prefix(path).filter(|rest| rest.starts_with('/'));
        rest.is_some_and(|rest| json.as_ref().is_some_and(|json| json.pointer(rest).is_some()))
    };
    matches_below(path, pattern) || inside(&field.value) || inside(&field.old)
}

fn matches_below(path: &str, pattern: &str) -> bool {
    let mut steps = path.split('/');
    pattern.split('/').all(|wanted| steps.next().is_some_and(|step| wanted == "*" || wanted == step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Change;
    use crate::diff::Tree;
    use crate::diff::compare;
    use crate::diff::read;
    use crate::finding::Findings;

    fn changes(from: &str, to: &str) -> Vec<Change> {
        let tree = |text: &str| Tree { files: [("a.yaml".to_owned(), text.into())].into(), ..Tree::default() };
        let mut found = Findings::default();
        let (from, to) = read(&tree(from), &tree(to), &mut found);
        assert_eq!(found.errors(), 0);
        compare(&from, &to, None)
    }

    #[track_caller]
    fn check(from: &str, to: &str, class: Class) {
        let changes = changes(from, to);
        assert_eq!(changes.iter().map(|change| change.class).max(), Some(class), "{changes:?}");
        assert!(class == Class::Other || changes.iter().flat_map(|c| &c.fields).any(|field| !field.reason.is_empty()));
    }

    fn object(kind: &str, rest: &str) -> String {
        let version = match kind {
            "Deployment" | "StatefulSet" | "DaemonSet" => "apps/v1",
            "Job" | "CronJob" => "batch/v1",
            "RoleBinding" => "rbac.authorization.k8s.io/v1",
            "Jaeger" => "jaegertracing.io/v1",
            "ProxyDefaults" => "consul.hashicorp.com/v1alpha1",
            "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
            "StorageClass" => "storage.k8s.io/v1",
            _ => "v1",
        };
        format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: x}}, {rest}}}\n")
    }

    #[track_caller]
    fn field(kind: &str, from: &str, to: &str, class: Class) {
        check(&object(kind, from), &object(kind, to), class);
    }

    #[test]
    fn what_a_pod_template_holds_restarts_pods() {
        for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
            field(
                kind,
                "spec: {template: {metadata: {annotations: {a: b}}}}",
                "spec: {template: {metadata: {}}}",
                Class::RestartsPods,
            );
            field(kind, "spec: {replicas: 1}", "spec: {replicas: 2}", Class::Other);
        }
        field("CronJob", "spec: {jobTemplate: {a: 1}}", "spec: {jobTemplate: {a: 2}}", Class::Other);
        field(
            "Pod",
            "spec: {containers: [{name: a, image: x}]}",
            "spec: {containers: [{name: a, image: y}]}",
            Class::RestartsPods,
        );
    }

    #[test]
    fn fields_that_cannot_change_in_place_are_recreated() {
        field("StatefulSet", "spec: {serviceName: a}", "spec: {serviceName: b}", Class::Recreate);
        field(
            "StatefulSet",
            "spec: {volumeClaimTemplates: [{a: 1}]}",
            "spec: {volumeClaimTemplates: [{a: 1}, {b: 2}]}",
            Class::Recreate,
        );
        field("Job", "spec: {template: {a: 1}}", "spec: {template: {a: 2}}", Class::Recreate);
        field("Service", "spec: {clusterIP: None}", "spec: {clusterIP: 10.0.0.1}", Class::Recreate);
        field("Service", "spec: {ports: [{port: 1}]}", "spec: {ports: [{port: 2}]}", Class::Other);
        field("RoleBinding", "roleRef: {name: a}", "roleRef: {name: b}", Class::Recreate);
        field("StorageClass", "provisioner: a", "provisioner: b", Class::Recreate);
        field("PersistentVolumeClaim", "spec: {storageClassName: a}", "spec: {storageClassName: b}", Class::Recreate);
        field("ConfigMap", "immutable: true, data: {a: b}", "immutable: true, data: {a: c}", Class::Recreate);
        field("ConfigMap", "data: {a: b}", "data: {a: c}", Class::Other);
        field("Pod", "spec: {nodeName: a}", "spec: {nodeName: b}", Class::Recreate);
        field("Deployment", "spec: {replicas: 1}", "spec: {replicas: 1, selector: {a: b}}", Class::Recreate);
    }

    #[test]
    fn data_is_lost_when_what_holds_it_goes_or_shrinks() {
        for kind in
            ["PersistentVolumeClaim", "PersistentVolume", "Namespace", "StatefulSet", "CustomResourceDefinition"]
        {
            check(&object(kind, "spec: {a: b}"), "", Class::DataLoss);
            check("", &object(kind, "spec: {a: b}"), Class::Other);
        }
        check(&object("Deployment", "spec: {a: b}"), "", Class::Other);
        let claim = |size: &str| format!("spec: {{resources: {{requests: {{storage: {size}}}}}}}");
        field("PersistentVolumeClaim", &claim("1Gi"), &claim("1G"), Class::DataLoss);
        field("PersistentVolumeClaim", &claim("1Gi"), &claim("1025Mi"), Class::Other);
        let wide = |name: &str| {
            format!(
                "{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: {name}}}, spec: {{a: 1, b: 2, c: 3, d: 4}}}}"
            )
        };
        check(&wide("x"), &wide("y"), Class::DataLoss);
    }

    #[test]
    fn jaegers_traces_go_with_its_memory_and_with_a_change_of_storage() {
        field(
            "Jaeger",
            "spec: {storage: {type: elasticsearch}}",
            "spec: {storage: {type: cassandra}}",
            Class::DataLoss,
        );
        field("Jaeger", "spec: {storage: {type: elasticsearch}, a: 1}", "spec: {a: 1}", Class::DataLoss);
        field(
            "Jaeger",
            "spec: {storage: {type: elasticsearch}}",
            "spec: {storage: {type: elasticsearch}, a: 1}",
            Class::RestartsPods,
        );
        field("Jaeger", "spec: {a: 1}", "spec: {a: 2}", Class::DataLoss);
        check(&object("Jaeger", "spec: {storage: {type: memory}}"), "", Class::DataLoss);
    }

    #[test]
    fn a_bootstrap_key_restarts_the_proxies_that_the_files_show() {
        let pods = "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {metadata: {annotations: {consul.hashicorp.com/connect-inject: 'true'}}}}}\n---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: plain}, spec: {template: {}}}\n---\n{apiVersion: consul.hashicorp.com/v1alpha1, kind: IngressGateway, metadata: {name: gate, namespace: consul}}\n";
        let make =
            |config: &str| format!("{}{pods}", object("ProxyDefaults", &format!("spec: {{config: {{{config}}}}}")));
        let found = changes(&make("envoy_tracing_json: '{\"a\": 1}'"), &make("envoy_tracing_json: '{\"a\": 2}'"));
        assert_eq!((found[0].class, found.len()), (Class::RestartsPods, 1));
        assert_eq!(found[0].restarts, ["deployment shop/web", "ingressgateway consul/gate"]);
        assert_eq!(found[0].fields[0].inner.as_ref().map(|inner| inner[0].path.as_str()), Some("/a"));
        let found = changes(&make("local_connect_timeout_ms: 1"), &make("local_connect_timeout_ms: 2"));
        assert_eq!((found[0].class, found[0].restarts.len()), (Class::Other, 0));
        assert_eq!(
            changes(&make("protocol: http"), &make("protocol: http, envoy_statsd_url: x"))[0].class,
            Class::RestartsPods
        );
    }
}
