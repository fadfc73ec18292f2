use crate::check::cluster::operator_rights;
use crate::check::cluster::operator_rights::Operator;
use crate::check::cluster::operator_rights::Watch;
use crate::check::cursor::Doc;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "operator-watch",
    severity: Severity::Error,
    summary: "the operator does not watch a namespace, or has no right to",
    text: "jaeger-operator and the OpenTelemetry operator act on the namespaces in their variable `WATCH_NAMESPACE`, or on all of \
           them. They need the right to list their resources in each: by a ClusterRoleBinding, or by a RoleBinding in that \
           namespace to a role that exists, with the operator's ServiceAccount and its namespace as the subject. A resource in a \
           namespace that no operator watches stays as it is: there is no collector. Only operators and roles among the files are \
           looked at.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let operators = operator_rights::all(&facts.mesh);
    for operator in &operators {
        rights(facts, operator, out);
    }
    for reads in [operator_rights::JAEGER, operator_rights::OPENTELEMETRY] {
        let own: Vec<&Operator<'_>> = operators.iter().filter(|operator| operator.reads == reads).collect();
        if !own.is_empty() {
            left_out(facts, &own, out);
        }
    }
}

/// Namespaces that the operator watches without permission to read its resources there.
fn rights(facts: &Facts<'_>, operator: &Operator<'_>, out: &mut Sink) {
    let (Some(watch), Some(rights)) = (&operator.watch, operator.rights(facts.mesh.set)) else { return };
    let (kind, account, home) = (operator.reads.1, operator.account, &operator.object.id.namespace);
    if rights.everywhere {
        return;
    }
    let who = format!("the account `{account}` of namespace `{home}`");
    match watch {
        Watch::Everywhere => {
            let message = format!("the operator watches every namespace, and no ClusterRoleBinding lets {who} list {kind} resources");
            let help = "bind its ClusterRole with a ClusterRoleBinding, or set WATCH_NAMESPACE";
            out.hit(&RULE, operator.object.name(), message, help);
        }
        Watch::Only(names, at) => {
            for name in names.iter().filter(|name| !rights.namespaces.contains(*name)) {
                let message = format!("the operator watches namespace `{name}`, and no binding lets {who} list {kind} resources there");
                let help = format!("add a RoleBinding in `{name}` to the operator's role");
                out.hit(&RULE, at, message, help);
            }
        }
    }
}

/// Resources that no operator acts on.
fn left_out(facts: &Facts<'_>, operators: &[&Operator<'_>], out: &mut Sink) {
    let (group, kind) = operators[0].reads;
    let mesh = &facts.mesh;
    for object in mesh.set.all(group, kind) {
        let namespace = &*object.id.namespace;
        let watches = |operator: &&Operator<'_>| operator.watch.as_ref().is_none_or(|watch| watch.has(namespace));
        if namespace.is_empty() || operators.iter().any(watches) {
            continue;
        }
        let message = format!("no operator among the files watches namespace `{namespace}`, so nothing creates the pods of {kind} `{}`", object.id.name);
        let help = format!("add `{namespace}` to WATCH_NAMESPACE");
        let here = |index: &usize| {
            let reached = facts.routes.route(*index).and_then(|route| route.reached.as_ref());
            reached.is_some_and(|reached| reached.doc == Doc::Object(object.index))
        };
        let proxies: Vec<usize> = (0..mesh.proxies.len()).filter(here).collect();
        let hit = out.hit(&RULE, object.name(), message, help);
        if let Some(Watch::Only(_, at)) = &operators[0].watch {
            hit.note("it watches these", at);
        }
        if !proxies.is_empty() {
            hit.breaks(HopKind::Service, Scope::Proxies(proxies));
        }
    }
}
