//! The namespaces that an operator among the files watches, and where it has the right to.
//!
//! Sources: jaeger-operator 1.40 to 1.65 `pkg/cmd/start/bootstrap.go` and the OpenTelemetry operator 0.158 `internal/config/env.go`
//! (`WATCH_NAMESPACE`: a comma-separated list; empty or absent for all).

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::otel;
use std::collections::BTreeSet;

/// The variable with the namespaces.
const WATCH: &str = "WATCH_NAMESPACE";
/// The roles of every cluster that may create things.
const MAKERS: [&str; 3] = ["cluster-admin", "admin", "edit"];

/// What the operators read: the API group and the kind.
pub(crate) const JAEGER: (&str, &str) = (jaeger::GROUP, jaeger::KIND);
pub(crate) const OPENTELEMETRY: (&str, &str) = (otel::GROUP, otel::KIND);

/// An operator's Deployment.
pub(crate) struct Operator<'a> {
    pub(crate) object: Object<'a>,
    /// The API group and the kind that it reads.
    pub(crate) reads: (&'static str, &'static str),
    /// The value with the namespaces; `None` if the files do not say which.
    pub(crate) watch: Option<Watch<'a>>,
    /// The name of its account.
    pub(crate) account: &'a str,
    /// What it needs, and where the files give it that; `None` if no role among the files is about these resources, because
    /// then they are elsewhere.
    pub(crate) needs: Vec<(Need, Option<Rights<'a>>)>,
}

/// What an operator watches.
pub(crate) enum Watch<'a> {
    Everywhere,
    /// These namespaces, and where they are written.
    Only(BTreeSet<&'a str>, Location),
}

impl Watch<'_> {
    pub(crate) fn has(&self, namespace: &str) -> bool {
        match self {
            Watch::Everywhere => true,
            Watch::Only(names, _) => names.contains(namespace),
        }
    }
}

/// Where the files give an account a right.
pub(crate) struct Rights<'a> {
    pub(crate) everywhere: bool,
    pub(crate) namespaces: BTreeSet<&'a str>,
    /// Whether the files are all that could give it: they have the account and a role about these resources, so they install
    /// the operator, and its release is one manifest.
    pub(crate) is_whole: bool,
    /// Whether it has the right wherever it watches.
    has_all: bool,
}

impl Rights<'_> {
    pub(crate) fn has(&self, namespace: &str) -> bool {
        self.everywhere || self.namespaces.contains(namespace)
    }
}

/// A right that an operator needs: to do something with resources of a group.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    pub(crate) verb: &'static str,
    pub(crate) group: &'static str,
    pub(crate) resource: &'static str,
    /// What messages call the resources.
    pub(crate) words: &'static str,
}

impl Need {
    /// Whether the cache needs it, without which the operator ends, wherever it lacks it.
    pub(crate) fn is_of_cache(self) -> bool {
        self.verb == LIST
    }
}

/// What jaeger-operator cannot do without. Its cache lists Jaeger resources in all namespaces that it watches, and without
/// one of the lists it ends after two minutes (1.65 `controllers/jaegertracing/jaeger_controller.go`; controller-runtime 0.17
/// `pkg/internal/controller`, `CacheSyncTimeout`); it makes Deployments and Services (`pkg/controller/jaeger/deployment.go`,
/// `service.go`).
const OF_JAEGER: [Need; 3] = [
    Need { verb: LIST, group: jaeger::GROUP, resource: "jaegers", words: "Jaeger resources" },
    Need { verb: "create", group: kube::APPS, resource: "deployments", words: "Deployments" },
    Need { verb: "create", group: kube::CORE, resource: "services", words: "Services" },
];
/// Likewise of the OpenTelemetry operator (0.158 `config/rbac/role.yaml`).
const OF_OPENTELEMETRY: [Need; 1] = [Need {
    verb: LIST,
    group: otel::GROUP,
    resource: "opentelemetrycollectors",
    words: "OpenTelemetryCollector resources",
}];
/// What a cache does first.
const LIST: &str = "list";

/// The operators of a set.
pub(crate) fn all<'a>(mesh: &Mesh<'a>) -> Vec<Operator<'a>> {
    let of = |reads: (&'static str, &'static str), image: &'static str| {
        mesh.workloads.iter().filter_map(move |workload| {
            let is_it = |container: &Cursor<'a>| version::image_name(container.get("image").text()).1 == image;
            let container = workload.containers().find(is_it)?;
            let watch = watched(container);
            let account = workload.template.at(&["spec", "serviceAccountName"]).text();
            let needs = Vec::new();
            Some(Operator { object: workload.object, reads, watch, account, needs })
        })
    };
    let mut all: Vec<Operator<'a>> =
        of(JAEGER, jaeger::operator::NAME).chain(of(OPENTELEMETRY, otel::OPERATOR)).collect();
    for operator in &mut all {
        let needs = if operator.reads == JAEGER { &OF_JAEGER[..] } else { &OF_OPENTELEMETRY };
        operator.needs = needs.iter().map(|need| (*need, operator.rights(mesh.set, *need))).collect();
    }
    all
}

fn watched(container: Cursor<'_>) -> Option<Watch<'_>> {
    let Some(variable) = container.get("env").items().find(|variable| variable.get("name").str() == Some(WATCH)) else {
        return (!container.get("envFrom").exists()).then_some(Watch::Everywhere);
    };
    let value = variable.get("value");
    if variable.get("valueFrom").exists() || value.text().contains('$') {
        // The release manifests read an annotation that only Operator Lifecycle Manager sets.
        let path = variable.at(&["valueFrom", "fieldRef", "fieldPath"]).text();
        return path.contains("olm.targetNamespaces").then_some(Watch::Everywhere);
    }
    let names: BTreeSet<&str> = value.text().split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    Some(if names.is_empty() { Watch::Everywhere } else { Watch::Only(names, value.location()) })
}

impl<'a> Operator<'a> {
    /// Whether it certainly does nothing for resources in a namespace, because it lacks a right.
    pub(crate) fn is_stopped(&self, namespace: &str) -> bool {
        self.watch.is_some() && self.needs.iter().any(|(need, rights)| lacks(*need, rights.as_ref(), namespace))
    }

    fn rights(&self, set: &Set<'a>, need: Need) -> Option<Rights<'a>> {
        let roles = set.all(kube::RBAC, "ClusterRole").chain(set.all(kube::RBAC, "Role"));
        let roles: Vec<Object<'a>> = roles.filter(|role| names(*role, self.reads.0)).collect();
        let known = roles.iter().filter(|role| names(**role, need.group));
        known.clone().next()?;
        let home = &*self.object.id.namespace;
        let is_whole = set.is_render || set.one(kube::CORE, "ServiceAccount", home, self.account).is_some();
        let mut rights = Rights { everywhere: false, namespaces: BTreeSet::new(), is_whole, has_all: false };
        let bindings = set.all(kube::RBAC, "ClusterRoleBinding").chain(set.all(kube::RBAC, "RoleBinding"));
        for binding in bindings.filter(|binding| self.is_for(*binding)) {
            match grants(set, binding, need) {
                Some(true) if &*binding.id.kind == "ClusterRoleBinding" => rights.everywhere = true,
                Some(true) => drop(rights.namespaces.insert(&binding.id.namespace)),
                Some(false) => {}
                // The role is elsewhere.
                None => rights.is_whole &= set.is_render,
            }
        }
        rights.has_all = match &self.watch {
            Some(Watch::Only(names, _)) => names.iter().all(|name| rights.has(name)),
            Some(Watch::Everywhere) | None => rights.everywhere,
        };
        Some(rights)
    }

    fn is_for(&self, binding: Object<'_>) -> bool {
        binding.root().get("subjects").items().any(|subject| match subject.get("kind").text() {
            "ServiceAccount" => {
                let (own, namespace) = (&*self.object.id.namespace, subject.get("namespace").text());
                // Without a namespace it is one that a tool fills in later.
                let same = namespace == own || namespace.is_empty() || own.is_empty();
                same && subject.get("name").text() == self.account
            }
            "Group" => subject.get("name").text().starts_with("system:serviceaccounts"),
            "User" => {
                let account = subject.get("name").text().strip_prefix("system:serviceaccount:");
                account.and_then(|text| text.split_once(':')) == Some((&*self.object.id.namespace, self.account))
            }
            _ => false,
        })
    }
}

/// Whether an operator does nothing in a namespace for want of this right.
pub(crate) fn lacks(need: Need, rights: Option<&Rights<'_>>, namespace: &str) -> bool {
    rights.is_some_and(|rights| {
        rights.is_whole && if need.is_of_cache() { !rights.has_all } else { !rights.has(namespace) }
    })
}

/// Whether a binding gives a right; `None` if its role is not among the files.
fn grants(set: &Set<'_>, binding: Object<'_>, need: Need) -> Option<bool> {
    let role = binding.root().get("roleRef");
    let (kind, name) = (role.get("kind").text(), role.get("name").text());
    let namespace = if kind == "Role" { &*binding.id.namespace } else { "" };
    match set.one(kube::RBAC, kind, namespace, name) {
        Some(role) => Some(gives(role, need)),
        // What other roles add to these is decided in the cluster, and the first may do everything.
        None if kind == "ClusterRole" && kube::CLUSTER_ROLES.contains(&name) => Some(MAKERS.contains(&name)),
        None => None,
    }
}

/// Whether a role grants anything about a group's objects.
fn names(role: Object<'_>, group: &str) -> bool {
    let groups = role.root().get("rules").items().flat_map(|rule| rule.get("apiGroups").items());
    groups.into_iter().any(|own| own.text() == group)
}

/// Whether a role gives its holder a right.
fn gives(role: Object<'_>, need: Need) -> bool {
    let has = |rule: Cursor<'_>, key: &'static str, word: &str| {
        rule.get(key).items().any(|own| own.text() == word || own.text() == "*")
    };
    // What other roles add to it is decided in the cluster.
    role.root().get("aggregationRule").exists()
        || role.root().get("rules").items().any(|rule| {
            has(rule, "apiGroups", need.group)
                && has(rule, "resources", need.resource)
                && has(rule, "verbs", need.verb)
                && !rule.get("resourceNames").exists()
        })
}
