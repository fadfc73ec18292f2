//! What pods, the Jaeger resource, collectors, bindings and Consul's chart name: ConfigMaps, Secrets, claims, accounts, roles.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::proxies;
use crate::check::cluster::values;
use crate::check::cursor::Cursor;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::otel;
use std::borrow::Cow;

/// What is named.
#[derive(Clone)]
pub(crate) struct Reference<'a> {
    /// Its kind.
    pub(crate) kind: &'static str,
    /// Its name, where it is written.
    pub(crate) name: Cursor<'a>,
    /// Its namespace.
    pub(crate) namespace: Cow<'a, str>,
    /// Whether that is only likely: values do not say the namespace of their release.
    pub(crate) likely: bool,
    /// The key in it that is read.
    pub(crate) key: Option<Cursor<'a>>,
    /// The keys that are read without being named.
    pub(crate) reads: &'static [&'static str],
    /// Whether nothing fails without it.
    pub(crate) optional: bool,
}

impl<'a> Reference<'a> {
    fn new(kind: &'static str, name: Cursor<'a>, namespace: &'a str) -> Reference<'a> {
        Reference {
            kind,
            name,
            namespace: Cow::Borrowed(namespace),
            likely: false,
            key: None,
            reads: &[],
            optional: false,
        }
    }

    fn of(kind: &'static str, at: Cursor<'a>, name: &'static str, namespace: &'a str) -> Reference<'a> {
        let optional = at.get("optional").bool() == Some(true);
        Reference { optional, ..Reference::new(kind, at.get(name), namespace) }
    }
}

/// The values of Consul's chart with the name of a Secret and the key in it (consul-k8s 0.46.1 to 2.0.3
/// `charts/consul/values.yaml`).
const OF_CONSUL: [&[&str]; 8] = [
    &["global", "gossipEncryption"],
    &["global", "enterpriseLicense"],
    &["global", "acls", "bootstrapToken"],
    &["global", "acls", "replicationToken"],
    &["global", "acls", "partitionToken"],
    &["global", "tls", "caCert"],
    &["global", "tls", "caKey"],
    &["connectInject", "aclInjectToken"],
];
/// The parts of a Jaeger resource with pods of their own (jaeger-operator 1.37 `apis/v1/jaeger_types.go`).
const PARTS: [&str; 5] = ["allInOne", "collector", "query", "ingester", "agent"];

/// All of them.
pub(crate) fn all<'a>(mesh: &Mesh<'a>) -> Vec<Reference<'a>> {
    let mut all = Vec::new();
    for workload in &mesh.workloads {
        pod(workload.template.get("spec"), "serviceAccountName", &workload.object.id.namespace, &mut all);
    }
    for object in mesh.set.all(otel::GROUP, otel::KIND) {
        collector(object.spec(), &object.id.namespace, &mut all);
    }
    for object in mesh.set.all(jaeger::GROUP, jaeger::KIND) {
        of_jaeger(object.spec(), &object.id.namespace, &mut all);
    }
    bindings(mesh, &mut all);
    of_consul(mesh, &mut all);
    all.retain(|one| one.name.exists());
    all
}

/// What the pods of a spec need.
fn pod<'a>(spec: Cursor<'a>, account: &'static str, namespace: &'a str, all: &mut Vec<Reference<'a>>) {
    all.push(Reference::new("ServiceAccount", spec.get(account), namespace));
    volumes(spec.get("volumes"), namespace, all);
    for container in ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items()) {
        environment(container, namespace, all);
    }
}

fn volumes<'a>(list: Cursor<'a>, namespace: &'a str, all: &mut Vec<Reference<'a>>) {
    for volume in list.items() {
        for source in volume.at(&["projected", "sources"]).items() {
            all.push(Reference::of("ConfigMap", source.get("configMap"), "name", namespace));
            files(Reference::of("Secret", source.get("secret"), "name", namespace), source.get("secret"), all);
        }
        all.push(Reference::of("ConfigMap", volume.get("configMap"), "name", namespace));
        files(Reference::of("Secret", volume.get("secret"), "secretName", namespace), volume.get("secret"), all);
        let claim = volume.at(&["persistentVolumeClaim", "claimName"]);
        all.push(Reference::new("PersistentVolumeClaim", claim, namespace));
    }
}

/// A volume with items reads these keys, and one without reads whatever is there.
fn files<'a>(reference: Reference<'a>, at: Cursor<'a>, all: &mut Vec<Reference<'a>>) {
    for item in at.get("items").items() {
        all.push(Reference { key: Some(item.get("key")), ..reference.clone() });
    }
    all.push(reference);
}

fn environment<'a>(container: Cursor<'a>, namespace: &'a str, all: &mut Vec<Reference<'a>>) {
    for from in container.get("env").items().map(|variable| variable.get("valueFrom")) {
        for (kind, at) in [("ConfigMap", from.get("configMapKeyRef")), ("Secret", from.get("secretKeyRef"))] {
            all.push(Reference { key: Some(at.get("key")), ..Reference::of(kind, at, "name", namespace) });
        }
    }
    for from in container.get("envFrom").items() {
        all.push(Reference::of("ConfigMap", from.get("configMapRef"), "name", namespace));
        all.push(Reference::of("Secret", from.get("secretRef"), "name", namespace));
    }
}

/// The pods of an OpenTelemetryCollector (opentelemetry-operator 0.158 `apis/v1beta1/common.go`).
fn collector<'a>(spec: Cursor<'a>, namespace: &'a str, all: &mut Vec<Reference<'a>>) {
    environment(spec, namespace, all);
    volumes(spec.get("volumes"), namespace, all);
    for container in ["initContainers", "additionalContainers"].into_iter().flat_map(|list| spec.get(list).items()) {
        environment(container, namespace, all);
    }
}

/// The operator reads the storage's Secret with `envFrom` (jaeger-operator 1.37 `pkg/deployment/collector.go`).
fn of_jaeger<'a>(spec: Cursor<'a>, namespace: &'a str, all: &mut Vec<Reference<'a>>) {
    let storage = spec.get("storage");
    let reads: &[&str] = match storage.get("type").text().to_ascii_lowercase().as_str() {
        "elasticsearch" => &["ES_USERNAME", "ES_PASSWORD"],
        "cassandra" => &["CASSANDRA_USERNAME", "CASSANDRA_PASSWORD"],
        _ => &[],
    };
    all.push(Reference { reads, ..Reference::new("Secret", storage.get("secretName"), namespace) });
    for part in std::iter::once(spec).chain(PARTS.iter().map(|part| spec.get(part))) {
        volumes(part.get("volumes"), namespace, all);
    }
}

fn bindings<'a>(mesh: &Mesh<'a>, all: &mut Vec<Reference<'a>>) {
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for object in mesh.set.all(kube::RBAC, kind) {
            let role = object.at(&["roleRef"]);
            if role.get("kind").str() == Some("Role") {
                all.push(Reference::new("Role", role.get("name"), &object.id.namespace));
            }
            let subjects = object.root().get("subjects").items();
            for subject in subjects.filter(|subject| subject.get("kind").str() == Some("ServiceAccount")) {
                all.push(Reference::new("ServiceAccount", subject.get("name"), subject.get("namespace").text()));
            }
        }
    }
}

fn of_consul<'a>(mesh: &Mesh<'a>, all: &mut Vec<Reference<'a>>) {
    let Some(root) = mesh.values else { return };
    // Then these are paths in Vault.
    if values::flag(mesh.values, &["global", "secretsBackend", "vault", "enabled"], Some(false)) == Some(true) {
        return;
    }
    for at in OF_CONSUL.iter().map(|path| root.at(path)) {
        let namespace = Cow::Owned(proxies::consul_namespace(mesh.set));
        let name = Reference::new("Secret", at.get("secretName"), "");
        all.push(Reference { key: Some(at.get("secretKey")), namespace, likely: true, ..name });
    }
}
