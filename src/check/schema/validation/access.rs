//! Roles and their bindings (`pkg/apis/rbac/validation`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::stack::kube;
use crate::stack::kube::names;

pub(super) fn judge(out: &mut Out, kind: &str, root: Cursor<'_>) {
    match kind {
        "Role" | "ClusterRole" => {
            root.get("rules").items().for_each(|one| rule(out, one, kind == "ClusterRole"));
            let sum = root.get("aggregationRule");
            if kind == "ClusterRole" && is_set(sum) && sum.get("clusterRoleSelectors").list().is_empty() {
                out.missing(
                    sum,
                    "`aggregationRule` needs a selector in `clusterRoleSelectors`",
                    "add one, or remove it",
                );
            }
        }
        "RoleBinding" | "ClusterRoleBinding" => binding(out, root, kind == "ClusterRoleBinding"),
        _ => {}
    }
}

/// `ValidatePolicyRule`.
fn rule(out: &mut Out, rule: Cursor<'_>, of_cluster: bool) {
    let urls = rule.get("nonResourceURLs");
    if is_open(rule) {
        return;
    }
    let [groups, resources, names] = ["apiGroups", "resources", "resourceNames"].map(|field| rule.get(field));
    if is_given(urls) {
        if !of_cluster {
            out.clash(urls, "a Role is about objects, so it has no `nonResourceURLs`", "use a ClusterRole");
        }
        if [groups, resources, names].into_iter().any(is_given) {
            out.clash(urls, "a rule is about resources or about URLs, not both", "make it two rules");
        }
        return;
    }
    for (at, field) in [(groups, "apiGroups"), (resources, "resources")] {
        if !is_given(at) {
            out.missing(rule, format!("the rule has no `{field}`, which is required"), format!("add `{field}`"));
        }
    }
}

/// `ValidateRoleBinding`, `ValidateClusterRoleBinding`, `ValidateRoleBindingSubject`. An account without a namespace is not
/// missed, since kustomize adds it to bindings of clusters.
fn binding(out: &mut Out, root: Cursor<'_>, of_cluster: bool) {
    let role = root.get("roleRef");
    let kind = role.get("kind");
    let kinds: &[&str] = if of_cluster { &["ClusterRole"] } else { &["Role", "ClusterRole"] };
    if known(kind).is_some_and(|kind| !kinds.contains(&kind)) {
        let message = format!("`{}` is no kind of role that can be bound here", kind.text());
        out.value(kind, message, format!("use {}", kinds.join(" or ")));
    }
    let group = role.get("apiGroup");
    if known(group).is_some_and(|group| group != kube::RBAC) {
        out.value(group, format!("roles are in the group `{}`", kube::RBAC), "correct it");
    }
    root.get("subjects").items().for_each(|one| subject(out, one));
}

fn subject(out: &mut Out, subject: Cursor<'_>) {
    let (kind, group, name) = (subject.get("kind"), subject.get("apiGroup"), subject.get("name"));
    let wanted = match known(kind) {
        Some("ServiceAccount") => {
            if let Some(Err(why)) = known(name).map(names::dns_subdomain) {
                out.value(name, format!("`{}` is no name of a ServiceAccount: {why}", name.text()), "correct it");
            }
            ""
        }
        Some("User" | "Group") => kube::RBAC,
        Some(other) => {
            let message = format!("`{other}` is no kind of subject");
            return out.value(kind, message, "use ServiceAccount, User or Group");
        }
        None => return,
    };
    if known(group).is_some_and(|group| group != wanted) {
        let message = match wanted {
            "" => "a ServiceAccount is in the core group, whose name is empty".to_string(),
            _ => format!("a {} is in the group `{wanted}`", kind.text()),
        };
        out.value(group, message, "remove it");
    }
}
