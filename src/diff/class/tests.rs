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
    compare(&from, &to, None).into_raw()
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
        "OpenTelemetryCollector" => "opentelemetry.io/v1beta1",
        _ => "v1",
    };
    format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: x}}, {rest}}}\n")
}

#[track_caller]
fn field(kind: &str, from: &str, to: &str, class: Class) {
    check(&object(kind, from), &object(kind, to), class);
}

#[test]
fn changes_in_a_pod_template_restart_pods() {
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
fn fields_that_cannot_change_in_place_recreate_the_object() {
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
    field("ConfigMap", "immutable: true, data: {a: b}", "immutable: true, data: {a: c}", Class::Recreate);
    field("ConfigMap", "data: {a: b}", "data: {a: c}", Class::Other);
    field("Pod", "spec: {nodeName: a}", "spec: {nodeName: b}", Class::Recreate);
    field("Deployment", "spec: {replicas: 1}", "spec: {replicas: 1, selector: {a: b}}", Class::Recreate);
}

#[test]
fn data_is_lost_when_its_storage_is_removed_or_shrinks() {
    for kind in ["PersistentVolumeClaim", "PersistentVolume", "Namespace", "StatefulSet", "CustomResourceDefinition"] {
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
fn jaeger_loses_traces_in_memory_and_when_its_storage_changes() {
    field("Jaeger", "spec: {storage: {type: elasticsearch}}", "spec: {storage: {type: cassandra}}", Class::DataLoss);
    field("Jaeger", "spec: {storage: {type: elasticsearch}, a: 1}", "spec: {a: 1}", Class::DataLoss);
    field(
        "Jaeger",
        "spec: {storage: {type: elasticsearch}}",
        "spec: {storage: {type: elasticsearch}, a: 1}",
        Class::RestartsPods,
    );
    field("Jaeger", "spec: {a: 1}", "spec: {a: 2}", Class::DataLoss);
    check(&object("Jaeger", "spec: {storage: {type: memory}}"), "", Class::DataLoss);
    // The operator uses memory if the word is unknown or not in lower case.
    check(&object("Jaeger", "spec: {storage: {type: s3}}"), "", Class::DataLoss);
    check(&object("Jaeger", "spec: {storage: {type: Cassandra}}"), "", Class::DataLoss);
    check(&object("Jaeger", "spec: {storage: {type: cassandra}}"), "", Class::Other);
}

#[test]
fn a_bootstrap_key_restarts_the_proxies_in_the_files() {
    let pods = "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {metadata: {annotations: {consul.hashicorp.com/connect-inject: 'true'}}}}}\n---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: plain}, spec: {template: {}}}\n---\n{apiVersion: consul.hashicorp.com/v1alpha1, kind: IngressGateway, metadata: {name: gate, namespace: consul}}\n";
    let make = |config: &str| format!("{}{pods}", object("ProxyDefaults", &format!("spec: {{config: {{{config}}}}}")));
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

#[test]
fn recreating_what_holds_data_loses_it() {
    let claim = |rest: &str| format!("spec: {{accessModes: [ReadWriteOnce]{rest}}}");
    field(
        "PersistentVolumeClaim",
        &claim(", storageClassName: standard"),
        &claim(", storageClassName: fast"),
        Class::DataLoss,
    );
    field("PersistentVolumeClaim", &claim(", volumeName: pv-1"), &claim(""), Class::DataLoss);
    let volume = |handle: &str| format!("spec: {{csi: {{driver: a, volumeHandle: {handle}}}}}");
    field("PersistentVolume", &volume("a"), &volume("b"), Class::DataLoss);
    field("CustomResourceDefinition", "spec: {scope: Namespaced}", "spec: {scope: Cluster}", Class::DataLoss);
    // A StatefulSet keeps its claims.
    field("StatefulSet", "spec: {serviceName: a}", "spec: {serviceName: b}", Class::Recreate);
}

#[test]
fn what_only_the_cluster_has_set_stays() {
    let live = |annotations: &str| {
        format!(
            "{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: x, uid: u, annotations: {{{annotations}}}}}, spec: {{accessModes: [ReadWriteOnce], storageClassName: standard, volumeName: pv-1}}}}\n"
        )
    };
    let manifest = object("PersistentVolumeClaim", "spec: {accessModes: [ReadWriteOnce]}");
    check(&live(""), &manifest, Class::Other);
    let applied =
        |spec: &str| live(&format!("kubectl.kubernetes.io/last-applied-configuration: '{{\"spec\":{{{spec}}}}}'"));
    check(&applied(""), &manifest, Class::Other);
    check(&applied("\"storageClassName\":\"standard\""), &manifest, Class::DataLoss);
    check(&live(""), &object("PersistentVolumeClaim", "spec: {storageClassName: fast}"), Class::DataLoss);
}

#[test]
fn a_collector_restarts_for_what_is_in_its_pods() {
    for (from, to, class) in [
        ("mode: deployment", "mode: statefulset", Class::RestartsPods),
        ("config: {receivers: {a: {}}}", "config: {receivers: {b: {}}}", Class::RestartsPods),
        ("image: a", "image: b", Class::RestartsPods),
        ("replicas: 1", "replicas: 2", Class::Other),
        ("mode: sidecar, image: a", "mode: sidecar, image: b", Class::RestartsPods),
    ] {
        field("OpenTelemetryCollector", &format!("spec: {{{from}}}"), &format!("spec: {{{to}}}"), class);
    }
    let memory = |image: &str| {
        format!(
            "spec: {{image: {image}, config: {{extensions: {{jaeger_storage: {{backends: {{a: {{memory: {{}}}}}}}}}}}}}}"
        )
    };
    field("OpenTelemetryCollector", &memory("a"), &memory("b"), Class::DataLoss);
    check(&object("OpenTelemetryCollector", &memory("a")), "", Class::DataLoss);
}
