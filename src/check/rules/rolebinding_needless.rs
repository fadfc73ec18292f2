use crate::check::facts::Facts;
use crate::check::cluster::binding;
use crate::check::cluster::operator_rights;
use crate::check::cluster::operator_rights::Watch;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::operator;

pub(crate) static RULE: Rule = Rule {
    id: "rolebinding-needless",
    severity: Severity::Info,
    summary: "the operator does not need bindings in other namespaces",
    text: "Its release manifest watches every namespace and includes a ClusterRoleBinding (config/rbac at 1.37). An operator \
           among the files that `WATCH_NAMESPACE` restricts does need them.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let restricted = |operator: &operator_rights::Operator<'_>| !matches!(operator.watch, Some(Watch::Everywhere));
    if operator_rights::all(&facts.mesh).iter().any(restricted) {
        return;
    }
    let needless = |binding: &binding::Binding<'_>| binding.exists && !operator::ROLES.contains(&binding.name.text());
    for binding in binding::of_operator(facts.mesh.set).filter(needless) {
        let message = "the operator already has its rights in every namespace";
        out.hit(&RULE, binding.object.name(), message, "remove the binding");
    }
}
