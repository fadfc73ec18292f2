//! Which objects name which others, in Kubernetes' own kinds, the Gateway API, Jaeger's and collectors' resources and the values of
//! Consul's chart.
//!
//! Source: the fields of `k8s.io/api` and `sigs.k8s.io/gateway-api` that hold names, as their comments say; jaeger-operator 1.37
//! `apis/v1/jaeger_types.go`; opentelemetry-operator 0.158 `apis/v1beta1/common.go`; consul-k8s 0.46.1 to 2.0.3
//! `charts/consul/values.yaml`.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::proxies;
use crate::check::cluster::values;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::otel;

/// A group and a kind.
pub(crate) type Kind = (&'static str, &'static str);

pub(crate) const CONFIG_MAP: Kind = (kube::CORE, "ConfigMap");
pub(crate) const SECRET: Kind = (kube::CORE, "Secret");
pub(crate) const SERVICE: Kind = (kube::CORE, "Service");
pub(crate) const SERVICE_ACCOUNT: Kind = (kube::CORE, "ServiceAccount");
pub(crate) const CLAIM: Kind = (kube::CORE, "PersistentVolumeClaim");
const VOLUME: Kind = (kube::CORE, "PersistentVolume");
const ROLE: Kind = (kube::RBAC, "Role");
const CLUSTER_ROLE: Kind = (kube::RBAC, "ClusterRole");
const STORAGE_CLASS: Kind = (kube::STORAGE, "StorageClass");
const PRIORITY_CLASS: Kind = (kube::SCHEDULING, "PriorityClass");
const RUNTIME_CLASS: Kind = (kube::NODE, "RuntimeClass");
const INGRESS_CLASS: Kind = (kube::NETWORKING, "IngressClass");
const SCALED: [Kind; 3] = [(kube::APPS, "Deployment"), (kube::APPS, "StatefulSet"), (kube::APPS, "ReplicaSet")];

/// The kinds that are named.
pub(crate) const KINDS: [Kind; 15] = [
    CONFIG_MAP,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    CLAIM,
    VOLUME,
    ROLE,
    CLUSTER_ROLE,
    STORAGE_CLASS,
    PRIORITY_CLASS,
    RUNTIME_CLASS,
    INGRESS_CLASS,
    SCALED[0],
    SCALED[1],
    SCALED[2],
];

/// A name of another object.
pub(crate) struct Reference<'a> {
    pub(crate) kind: Kind,
    /// The namespace of what is named; empty if it has none.
    pub(crate) namespace: &'a str,
    pub(crate) name: Cursor<'a>,
    pub(crate) parts: Vec<Part<'a>>,
    /// Whether what names it does without: it is only told from what nothing names.
    pub(crate) is_loose: bool,
    /// Whether a route of the Gateway API names it.
    pub(crate) is_of_route: bool,
    /// Whether the namespace is only likely: values do not say that of their release.
    pub(crate) is_likely: bool,
    /// What the pods of Consul's servers need of it to start, without which no proxy gets its configuration.
    pub(crate) servers: Servers,
    /// The keys that are read without being named.
    pub(crate) reads: &'static [&'static str],
}

/// What the pods of Consul's servers need of a Secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Servers {
    Nothing,
    /// It has to exist.
    Secret,
    /// It has to have the key.
    Key,
}

/// What the named object has to have.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    /// A key of a ConfigMap or Secret.
    Key(Cursor<'a>),
    /// A port of a Service, by number or name.
    Port(Cursor<'a>),
}

const LICENSE: &[&str] = &["global", "enterpriseLicense"];
/// The values of Consul's chart with the name of a Secret and the key in it.
const OF_CONSUL: [&[&str]; 8] = [
    &["global", "gossipEncryption"],
    LICENSE,
    &["global", "acls", "bootstrapToken"],
    &["global", "acls", "replicationToken"],
    &["global", "acls", "partitionToken"],
    &["global", "tls", "caCert"],
    &["global", "tls", "caKey"],
    &["connectInject", "aclInjectToken"],
];
/// Those that the pods of Consul's servers need to start: variables and volumes with this key (consul-k8s 0.46.1 to 2.0.3
/// `charts/consul/templates/server-statefulset.yaml`).
const OF_SERVERS: [&[&str]; 3] =
    [&["global", "gossipEncryption"], &["global", "acls", "bootstrapToken"], &["global", "tls", "caCert"]];
/// The parts of a Jaeger resource with pods of their own.
const PARTS: [&str; 5] = ["allInOne", "collector", "query", "ingester", "agent"];

/// Every reference in the set, except those that may lead nowhere (`optional`).
pub(crate) fn all<'a>(mesh: &Mesh<'a>) -> Vec<Reference<'a>> {
    let (set, workloads) = (mesh.set, &mesh.workloads);
    let mut all = All::default();
    set.all(otel::GROUP, otel::KIND).for_each(|object| all.collector(&object.id.namespace, object.spec()));
    set.all(jaeger::GROUP, jaeger::KIND).for_each(|object| all.jaeger(&object.id.namespace, object.spec()));
    all.consul(mesh);
    for workload in workloads {
        all.pod(&workload.object.id.namespace, workload.template.get("spec"));
    }
    set.all(kube::RBAC, "RoleBinding").for_each(|object| all.binding(object));
    set.all(kube::RBAC, "ClusterRoleBinding").for_each(|object| all.binding(object));
    set.all(kube::NETWORKING, "Ingress").for_each(|object| all.ingress(object));
    for kind in ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"] {
        set.all(kube::GATEWAY_API, kind).for_each(|object| all.route(object));
    }
    set.all(kube::AUTOSCALING, "HorizontalPodAutoscaler").for_each(|object| all.scaled(object));
    for object in set.all(kube::APPS, "StatefulSet") {
        // Without its Service, pods only lack names.
        all.loose(SERVICE, &object.id.namespace, object.spec().get("serviceName"));
        for claim in object.spec().get("volumeClaimTemplates").items() {
            all.claim(claim.get("spec"));
        }
    }
    set.all(kube::CORE, "PersistentVolumeClaim").for_each(|object| all.claim(object.spec()));
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        let hooks = set.all(kube::ADMISSION, kind).flat_map(|object| object.at(&["webhooks"]).items());
        hooks.for_each(|hook| all.called(hook.at(&["clientConfig", "service"])));
    }
    set.all(kube::AGGREGATION, "APIService").for_each(|object| all.called(object.spec().get("service")));
    all.0
}

impl<'a> Reference<'a> {
    fn new(kind: Kind, namespace: &'a str, name: Cursor<'a>, parts: Vec<Part<'a>>) -> Reference<'a> {
        Reference {
            kind,
            namespace,
            name,
            parts,
            is_loose: false,
            is_of_route: false,
            is_likely: false,
            servers: Servers::Nothing,
            reads: &[],
        }
    }

    /// The keys that are read, by name or not.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a str> {
        let named = self.parts.iter().filter_map(|part| match part {
            Part::Key(at) => at.str(),
            Part::Port(_) => None,
        });
        self.reads.iter().copied().chain(named)
    }
}

/// Whether a pod does not start without what is named here.
fn needed(at: &Cursor<'_>) -> bool {
    at.exists() && at.get("optional").bool() != Some(true)
}

/// What the pods of a spec need.
pub(crate) fn of_pod<'a>(namespace: &'a str, spec: Cursor<'a>) -> Vec<Reference<'a>> {
    let mut all = All::default();
    all.pod(namespace, spec);
    all.0
}

/// What the pods of an OpenTelemetryCollector need.
pub(crate) fn of_collector<'a>(namespace: &'a str, spec: Cursor<'a>) -> Vec<Reference<'a>> {
    let mut all = All::default();
    all.collector(namespace, spec);
    all.0
}

/// What the pods of a part of a Jaeger resource mount. They get the volumes of the resource too (jaeger-operator 1.37
/// `pkg/deployment/collector.go`).
pub(crate) fn of_jaeger<'a>(namespace: &'a str, spec: Cursor<'a>, part: &'a str) -> Vec<Reference<'a>> {
    let mut all = All::default();
    all.volumes(namespace, spec);
    all.volumes(namespace, spec.get(part));
    all.0
}

#[derive(Default)]
struct All<'a>(Vec<Reference<'a>>);

impl<'a> All<'a> {
    /// Only what is there: a reference is large, and most fields that could hold one are absent.
    fn add(&mut self, one: Reference<'a>) {
        if one.name.exists() {
            self.0.push(one);
        }
    }

    fn push(&mut self, kind: Kind, namespace: &'a str, name: Cursor<'a>) {
        self.with(kind, namespace, name, Vec::new());
    }

    fn loose(&mut self, kind: Kind, namespace: &'a str, name: Cursor<'a>) {
        self.add(Reference { is_loose: true, ..Reference::new(kind, namespace, name, Vec::new()) });
    }

    fn with(&mut self, kind: Kind, namespace: &'a str, name: Cursor<'a>, parts: Vec<Part<'a>>) {
        self.add(Reference::new(kind, namespace, name, parts));
    }

    /// The operator reads the storage's Secret with `envFrom` (jaeger-operator 1.37 `pkg/deployment/collector.go`).
    fn jaeger(&mut self, namespace: &'a str, spec: Cursor<'a>) {
        let storage = spec.get("storage");
        let reads: &[&str] = match storage.get("type").text().to_ascii_lowercase().as_str() {
            "elasticsearch" => &["ES_USERNAME", "ES_PASSWORD"],
            "cassandra" => &["CASSANDRA_USERNAME", "CASSANDRA_PASSWORD"],
            _ => &[],
        };
        let secret = Reference::new(SECRET, namespace, storage.get("secretName"), Vec::new());
        self.add(Reference { reads, ..secret });
        self.push(SERVICE_ACCOUNT, namespace, spec.get("serviceAccount"));
        for part in std::iter::once(spec).chain(PARTS.iter().map(|part| spec.get(part))) {
            self.volumes(namespace, part);
        }
    }

    /// The pods that the OpenTelemetry operator makes.
    fn collector(&mut self, namespace: &'a str, spec: Cursor<'a>) {
        self.push(SERVICE_ACCOUNT, namespace, spec.get("serviceAccount"));
        self.volumes(namespace, spec);
        self.environment(namespace, spec);
        for list in ["initContainers", "additionalContainers"] {
            spec.get(list).items().for_each(|container| self.environment(namespace, container));
        }
    }

    fn consul(&mut self, mesh: &Mesh<'a>) {
        let Some(root) = mesh.values else { return };
        // Then these are paths in Vault.
        let vault = ["global", "secretsBackend", "vault", "enabled"];
        if values::flag(mesh.values, &vault, Some(false)) == Some(true) {
            return;
        }
        let namespace = proxies::consul_namespace(mesh.set);
        let enabled = values::flag(mesh.values, &["global", "enabled"], Some(true));
        let servers = values::flag(mesh.values, &["server", "enabled"], enabled) != Some(false);
        let autoload = ["global", "enterpriseLicense", "enableLicenseAutoload"];
        let enterprise = values::flag(mesh.values, &autoload, Some(true)) == Some(true);
        let tls = values::flag(mesh.values, &["global", "tls", "enabled"], Some(false)) == Some(true);
        for (at, path) in OF_CONSUL.iter().map(|path| (root.at(path), *path)) {
            let servers = match servers {
                true if path[1] == "tls" && !tls => Servers::Nothing,
                true if OF_SERVERS.contains(&path) => Servers::Key,
                // The license is a file below a volume without `items`.
                true if path == LICENSE && enterprise => Servers::Secret,
                _ => Servers::Nothing,
            };
            let key = Some(at.get("secretKey")).filter(|key| key.exists());
            let parts = key.map(Part::Key).into_iter().collect();
            let secret = Reference::new(SECRET, namespace, at.get("secretName"), parts);
            self.add(Reference { is_likely: true, servers, ..secret });
        }
    }

    /// What the pods of a spec need.
    fn pod(&mut self, namespace: &'a str, spec: Cursor<'a>) {
        self.push(SERVICE_ACCOUNT, namespace, spec.get("serviceAccountName"));
        self.push(PRIORITY_CLASS, "", spec.get("priorityClassName"));
        self.push(RUNTIME_CLASS, "", spec.get("runtimeClassName"));
        for secret in spec.get("imagePullSecrets").items() {
            self.loose(SECRET, namespace, secret.get("name"));
        }
        self.volumes(namespace, spec);
        for container in ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items()) {
            self.environment(namespace, container);
        }
    }

    fn volumes(&mut self, namespace: &'a str, spec: Cursor<'a>) {
        for volume in spec.get("volumes").items() {
            let projected = volume.at(&["projected", "sources"]).items();
            let sources = projected.flat_map(|one| [(CONFIG_MAP, one.get("configMap")), (SECRET, one.get("secret"))]);
            let sources = sources.map(|(kind, at)| (kind, at, at.get("name")));
            let (map, secret) = (volume.get("configMap"), volume.get("secret"));
            let own = [(CONFIG_MAP, map, map.get("name")), (SECRET, secret, secret.get("secretName"))];
            for (kind, at, name) in sources.chain(own).filter(|(_, at, _)| needed(at)) {
                let keys = at.get("items").items().map(|item| Part::Key(item.get("key")));
                self.with(kind, namespace, name, keys.collect());
            }
            self.push(CLAIM, namespace, volume.at(&["persistentVolumeClaim", "claimName"]));
        }
    }

    fn environment(&mut self, namespace: &'a str, container: Cursor<'a>) {
        let variables = container.get("env").items().map(|variable| variable.get("valueFrom"));
        let of_one =
            variables.flat_map(|from| [(CONFIG_MAP, from.get("configMapKeyRef")), (SECRET, from.get("secretKeyRef"))]);
        let of_all = container.get("envFrom").items();
        let of_all = of_all.flat_map(|from| [(CONFIG_MAP, from.get("configMapRef")), (SECRET, from.get("secretRef"))]);
        for (kind, at) in of_one.chain(of_all).filter(|(_, at)| needed(at)) {
            let key = Some(at.get("key")).filter(|key| key.exists());
            self.with(kind, namespace, at.get("name"), key.map(Part::Key).into_iter().collect());
        }
    }

    fn binding(&mut self, object: Object<'a>) {
        let role = object.at(&["roleRef"]);
        match role.get("kind").str() {
            Some("Role") => self.push(ROLE, &object.id.namespace, role.get("name")),
            Some("ClusterRole") => self.push(CLUSTER_ROLE, "", role.get("name")),
            _ => {}
        }
        for subject in object.at(&["subjects"]).items() {
            if subject.get("kind").str() == Some("ServiceAccount") {
                let namespace = subject.get("namespace").str().unwrap_or(&object.id.namespace);
                self.push(SERVICE_ACCOUNT, namespace, subject.get("name"));
            }
        }
    }

    fn ingress(&mut self, object: Object<'a>) {
        let spec = object.spec();
        let paths = spec.get("rules").items().flat_map(|rule| rule.at(&["http", "paths"]).items());
        let backends = paths.map(|path| path.get("backend"));
        for service in backends.chain([spec.get("defaultBackend")]).map(|backend| backend.get("service")) {
            let port = service.get("port");
            let ports = [port.get("number"), port.get("name")].into_iter().filter(|at| at.exists());
            self.with(SERVICE, &object.id.namespace, service.get("name"), ports.map(Part::Port).collect());
        }
        for tls in spec.get("tls").items() {
            self.push(SECRET, &object.id.namespace, tls.get("secretName"));
        }
        self.push(INGRESS_CLASS, "", spec.get("ingressClassName"));
    }

    fn route(&mut self, object: Object<'a>) {
        for backend in object.spec().get("rules").items().flat_map(|rule| rule.get("backendRefs").items()) {
            let is = |key, word: &str| backend.get(key).str().is_none_or(|text| text == word);
            if is("group", "") && is("kind", "Service") {
                let namespace = backend.get("namespace").str().unwrap_or(&object.id.namespace);
                let port = Some(backend.get("port")).filter(|port| port.exists());
                let (name, parts) = (backend.get("name"), port.map(Part::Port).into_iter().collect());
                self.add(Reference { is_of_route: true, ..Reference::new(SERVICE, namespace, name, parts) });
            }
        }
    }

    fn scaled(&mut self, object: Object<'a>) {
        let target = object.spec().get("scaleTargetRef");
        let kind = SCALED.into_iter().find(|(_, kind)| target.get("kind").str() == Some(kind));
        if let Some(kind) = kind.filter(|_| target.get("apiVersion").text().starts_with("apps/")) {
            self.push(kind, &object.id.namespace, target.get("name"));
        }
    }

    fn claim(&mut self, spec: Cursor<'a>) {
        self.push(STORAGE_CLASS, "", spec.get("storageClassName"));
        self.push(VOLUME, "", spec.get("volumeName"));
    }

    /// A Service that the API server calls.
    fn called(&mut self, service: Cursor<'a>) {
        let port = Some(service.get("port")).filter(|port| port.exists());
        let namespace = service.get("namespace").text();
        self.with(SERVICE, namespace, service.get("name"), port.map(Part::Port).into_iter().collect());
    }
}
