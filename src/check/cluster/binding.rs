//! RoleBindings that grant permissions to jaeger-operator.

use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::jaeger::operator;
use crate::stack::kube;
use crate::stack::kube::RBAC;

/// A RoleBinding whose subject is jaeger-operator.
pub(crate) struct Binding<'a> {
    pub(crate) object: Object<'a>,
    /// The kind of its role.
    pub(crate) kind: &'a str,
    /// The name of its role.
    pub(crate) name: Cursor<'a>,
    /// Whether the role is in the files, in the operator's release manifest, or in every cluster.
    pub(crate) exists: bool,
}

/// Finds all of them.
pub(crate) fn of_operator<'a>(set: &Set<'a>) -> impl Iterator<Item = Binding<'a>> {
    set.all(RBAC, "RoleBinding").filter(|object| is_for_operator(*object)).map(move |object| {
        let role = object.root().get("roleRef");
        let (kind, name) = (role.get("kind").text(), role.get("name"));
        Binding { object, kind, name, exists: exists(set, object, kind, name.text()) }
    })
}

fn is_for_operator(object: Object<'_>) -> bool {
    let mut subjects = object.root().get("subjects").items();
    subjects.any(|subject| subject.get("name").str() == Some(operator::NAME))
}

fn exists(set: &Set<'_>, object: Object<'_>, kind: &str, name: &str) -> bool {
    match kind {
        "Role" => set.one(RBAC, kind, &object.id.namespace, name).is_some() || operator::ROLES.contains(&name),
        _ => {
            set.one(RBAC, "ClusterRole", "", name).is_some()
                || operator::CLUSTER_ROLES.contains(&name)
                || kube::CLUSTER_ROLES.contains(&name)
        }
    }
}
