use crate::check::facts::Facts;
use crate::check::cluster::binding;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "rolebinding-dangling",
    severity: Severity::Warning,
    summary: "the role of the binding does not exist",
    text: "A RoleBinding to a Role refers to one in its own namespace, and the API server accepts a binding to a role \
           that does not exist. jaeger-operator's manifests have had no Role or ClusterRole `jaeger-operator` since \
           1.29, although its documentation kept the binding (jaeger#3690).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for binding in binding::of_operator(facts.mesh.set).filter(|binding| !binding.exists) {
        let (kind, name) = (binding.kind, binding.name.text());
        let message = match kind {
            "Role" => {
                let namespace = &binding.object.id.namespace;
                format!("there is no Role `{name}` in namespace `{namespace}`, so the binding grants nothing")
            }
            _ => format!("there is no {kind} `{name}`, so the binding grants nothing"),
        };
        out.hit(&RULE, binding.name, message, "remove the binding: the operator watches every namespace");
    }
}
