//! Which objects name which others, in Kubernetes' own kinds and the Gateway API.
//!
//! Source: the fields of `k8s.io/api` and `sigs.k8s.io/gateway-api` that hold names, as their comments say.

use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::kube;

/// A group and a kind.
pub(crate) type Kind = (&'static str, &'static str);

pub(crate) const CONFIG_MAP: Kind = (kube::CORE, "ConfigMap");
pub(crate) const SECRET: Kind = (kube::CORE, "Secret");
pub(crate) const SERVICE: Kind = (kube::CORE, "Service");
const SERVICE_ACCOUNT: Kind = (kube::CORE, "ServiceAccount");
const CLAIM: Kind = (kube::CORE, "PersistentVolumeClaim");
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
}

/// What the named object has to have.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    /// A key of a ConfigMap or Secret.
    Key(Cursor<'a>),
    /// A port of a Service, by number or name.
    Port(Cursor<'a>),
}

/// Every reference in the set, except those that may lead nowhere (`optional`).
pub(crate) fn all<'a>(set: &Set<'a>, workloads: &[Workload<'a>]) -> Vec<Reference<'a>> {
    let mut all = All::default();
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
    all.0.retain(|one| one.name.exists());
    all.0
}

#[derive(Default)]
struct All<'a>(Vec<Reference<'a>>);

impl<'a> All<'a> {
    fn push(&mut self, kind: Kind, namespace: &'a str, name: Cursor<'a>) {
        self.with(kind, namespace, name, Vec::new());
    }

    fn loose(&mut self, kind: Kind, namespace: &'a str, name: Cursor<'a>) {
        self.0.push(Reference { kind, namespace, name, parts: Vec::new(), is_loose: true, is_of_route: false });
    }

    fn with(&mut self, kind: Kind, namespace: &'a str, name: Cursor<'a>, parts: Vec<Part<'a>>) {
        self.0.push(Reference { kind, namespace, name, parts, is_loose: false, is_of_route: false });
    }

    /// What the pods of a spec need.
    fn pod(&mut self, namespace: &'a str, spec: Cursor<'a>) {
        let needed = |at: &Cursor<'a>| at.exists() && at.get("optional").bool() != Some(true);
        self.push(SERVICE_ACCOUNT, namespace, spec.get("serviceAccountName"));
        self.push(PRIORITY_CLASS, "", spec.get("priorityClassName"));
        self.push(RUNTIME_CLASS, "", spec.get("runtimeClassName"));
        for secret in spec.get("imagePullSecrets").items() {
            self.loose(SECRET, namespace, secret.get("name"));
        }
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
        for container in ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items()) {
            let variables = container.get("env").items().map(|variable| variable.get("valueFrom"));
            let of_one = variables
                .flat_map(|from| [(CONFIG_MAP, from.get("configMapKeyRef")), (SECRET, from.get("secretKeyRef"))]);
            let of_all = container.get("envFrom").items();
            let of_all =
                of_all.flat_map(|from| [(CONFIG_MAP, from.get("configMapRef")), (SECRET, from.get("secretRef"))]);
            for (kind, at) in of_one.chain(of_all).filter(|(_, at)| needed(at)) {
                let key = Some(at.get("key")).filter(|key| key.exists());
                self.with(kind, namespace, at.get("name"), key.map(Part::Key).into_iter().collect());
            }
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
                self.0.push(Reference { kind: SERVICE, namespace, name, parts, is_loose: false, is_of_route: true });
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
