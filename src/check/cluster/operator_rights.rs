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
/// The role that may do everything in every cluster.
const ADMIN: &str = "cluster-admin";

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

/// Where the files give an account the right to read a kind.
pub(crate) struct Rights<'a> {
    pub(crate) everywhere: bool,
    pub(crate) namespaces: BTreeSet<&'a str>,
}

/// The operators of a set.
pub(crate) fn all<'a>(mesh: &Mesh<'a>) -> Vec<Operator<'a>> {
    let of = |reads: (&'static str, &'static str), image: &'static str| {
        mesh.workloads.iter().filter_map(move |workload| {
            let is_it = |container: &Cursor<'a>| version::image_name(container.get("image").text()).1 == image;
            let container = workload.containers().find(is_it)?;
            let watch = watched(container);
            let account = workload.template.at(&["spec", "serviceAccountName"]).text();
            Some(Operator { object: workload.object, reads, watch, account })
        })
    };
    of(JAEGER, jaeger::operator::NAME).chain(of(OPENTELEMETRY, otel::OPERATOR)).collect()
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
    /// Where the bindings among the files let it read its kind; `None` if no role among the files is about it, because
    /// then they are elsewhere.
    pub(crate) fn rights(&self, set: &Set<'a>) -> Option<Rights<'a>> {
        let mut rights = Rights { everywhere: false, namespaces: BTreeSet::new() };
        let roles = set.all(kube::RBAC, "ClusterRole").chain(set.all(kube::RBAC, "Role"));
        let mut known = roles.filter(|role| names(*role, self.reads.0));
        known.next()?;
        for binding in set.all(kube::RBAC, "ClusterRoleBinding").filter(|binding| self.is_for(*binding)) {
            rights.everywhere |= self.grants(set, binding);
        }
        for binding in set.all(kube::RBAC, "RoleBinding").filter(|binding| self.is_for(*binding)) {
            if self.grants(set, binding) {
                rights.namespaces.insert(&binding.id.namespace);
            }
        }
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
            _ => false,
        })
    }

    fn grants(&self, set: &Set<'_>, binding: Object<'_>) -> bool {
        let role = binding.root().get("roleRef");
        let (kind, name) = (role.get("kind").text(), role.get("name").text());
        let namespace = if kind == "Role" { &*binding.id.namespace } else { "" };
        match set.one(kube::RBAC, kind, namespace, name) {
            Some(role) => reads(role, self.reads.0),
            None => kind == "ClusterRole" && name == ADMIN,
        }
    }
}

/// Whether a role grants anything about a group's objects.
fn names(role: Object<'_>, group: &str) -> bool {
    let groups = role.root().get("rules").items().flat_map(|rule| rule.get("apiGroups").items());
    groups.into_iter().any(|own| own.text() == group)
}

/// Whether a role lets its holder list and watch a group's objects.
fn reads(role: Object<'_>, group: &str) -> bool {
    let has = |rule: Cursor<'_>, key: &'static str, words: &[&str]| {
        rule.get(key).items().any(|word| words.contains(&word.text()) || word.text() == "*")
    };
    // What other roles add to it is decided in the cluster.
    role.root().get("aggregationRule").exists()
        || role.root().get("rules").items().any(|rule| {
            has(rule, "apiGroups", &[group]) && has(rule, "verbs", &["list"]) && !rule.get("resourceNames").exists()
        })
}
