use crate::check::cluster::operator_rights;
use crate::check::cluster::operator_rights::Need;
use crate::check::cluster::operator_rights::Operator;
use crate::check::cluster::operator_rights::Rights;
use crate::check::cluster::operator_rights::Watch;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::problem::Scope;
use crate::check::sink::Diagnostic;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::BTreeSet;

pub(crate) static RULE: Rule = Rule {
    id: "operator-watch",
    severity: Severity::Error,
    summary: "the operator does not watch a namespace, or has no right to",
    text: "jaeger-operator and the OpenTelemetry operator act on the namespaces in their variable `WATCH_NAMESPACE`, or on all of \
           them. They need the right to list their resources in each: by a ClusterRoleBinding, or by a RoleBinding in that \
           namespace to a role that exists, with the operator's ServiceAccount and its namespace as the subject. Without it in one \
           of them the operator ends after two minutes, and does nothing in the others either (controller-runtime \
           `CacheSyncTimeout`). jaeger-operator also creates Deployments and Services. Only operators and roles among the files \
           are looked at. If these have the operator's ServiceAccount too, they install it, and a right that they do not give is \
           missing: the release of an operator is one manifest. A resource that no operator acts on stays as it is: there is no \
           collector.",
    fixes: &[],
    check: Some(check),
};

/// At most this many namespaces of an operator break paths.
const MOST: usize = 64;

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let operators = operator_rights::all(&facts.mesh);
    for reads in [operator_rights::JAEGER, operator_rights::OPENTELEMETRY] {
        let own: Vec<&Operator<'_>> = operators.iter().filter(|operator| operator.reads == reads).collect();
        for operator in &own {
            let mut told = BTreeSet::new();
            for (need, given) in &operator.needs {
                rights(facts, &own, operator, (*need, given.as_ref()), &mut told, out);
            }
        }
        if !own.is_empty() {
            left_out(facts, &own, out);
        }
    }
}

/// Namespaces in which the operator does not have a right that it needs. `told`: those in which it lacks another one, since a
/// binding mostly gives all or none.
fn rights<'a>(
    facts: &Facts<'a>,
    all: &[&Operator<'a>],
    operator: &Operator<'a>,
    (need, given): (Need, Option<&Rights<'a>>),
    told: &mut BTreeSet<&'a str>,
    out: &mut Sink,
) {
    let (Some(watch), Some(rights)) = (&operator.watch, given) else { return };
    let who = format!("the account `{}` of namespace `{}`", operator.account, operator.object.id.namespace);
    let (verb, words) = (need.verb, need.words);
    if rights.everywhere {
        return;
    }
    // Wherever its cache lacks a right, it does nothing at all.
    let broken = |namespace: Option<&str>| {
        let stops = |own: &str| need.is_of_cache() || namespace.is_none_or(|namespace| namespace == own);
        without(facts, all, |own| stops(own) && operator_rights::lacks(need, Some(rights), own))
    };
    match watch {
        Watch::Everywhere if told.is_empty() => {
            told.insert("");
            let message = format!("the operator watches every namespace, and no ClusterRoleBinding lets {who} {verb} {words}");
            let help = "bind its ClusterRole with a ClusterRoleBinding, or set WATCH_NAMESPACE";
            let hit = out.hit(&RULE, operator.object.name(), message, help);
            breaks(hit, broken(None));
        }
        Watch::Everywhere => {}
        Watch::Only(names, at) => {
            // It creates something only for resources.
            let uses = |name: &str| {
                let (group, kind) = operator.reads;
                need.is_of_cache() || facts.mesh.set.all(group, kind).any(|object| *object.id.namespace == *name)
            };
            for name in names.iter().copied().filter(|name| !rights.has(name) && uses(name)) {
                if !told.insert(name) {
                    continue;
                }
                let message = format!("the operator watches namespace `{name}`, and no binding lets {who} {verb} {words} there");
                let help = format!("add a RoleBinding in `{name}` to the operator's role, and let the role {verb} {words}");
                let hit = out.hit(&RULE, at, message, help);
                // Very many are told, but not each with all its effects.
                if told.len() <= MOST {
                    breaks(hit, broken(Some(name)));
                }
            }
        }
    }
}

/// The proxies whose spans go to resources for which no operator does anything: those in namespaces where `stops` holds of this
/// operator, and that all others leave out or are stopped for as well.
fn without(facts: &Facts<'_>, all: &[&Operator<'_>], stops: impl Fn(&str) -> bool) -> Vec<usize> {
    let (group, kind) = all[0].reads;
    let set = facts.mesh.set;
    let acts = |operator: &&Operator<'_>, namespace: &str| {
        let watches = operator.watch.as_ref().is_none_or(|watch| watch.has(namespace));
        watches && !operator.is_stopped(namespace)
    };
    let lost = |object: &Object<'_>| {
        let namespace = &*object.id.namespace;
        !namespace.is_empty() && stops(namespace) && !all.iter().any(|operator| acts(operator, namespace))
    };
    set.all(group, kind).filter(lost).flat_map(|object| facts.that_reach(object.index)).collect()
}

fn breaks(hit: &mut Diagnostic, proxies: Vec<usize>) {
    if !proxies.is_empty() {
        hit.breaks(HopKind::Service, Scope::Proxies(proxies));
    }
}

/// Resources that no operator acts on.
fn left_out(facts: &Facts<'_>, operators: &[&Operator<'_>], out: &mut Sink) {
    let (group, kind) = operators[0].reads;
    for object in facts.mesh.set.all(group, kind) {
        let namespace = &*object.id.namespace;
        let watches = |operator: &&Operator<'_>| operator.watch.as_ref().is_none_or(|watch| watch.has(namespace));
        if namespace.is_empty() || operators.iter().any(watches) {
            continue;
        }
        let message = format!("no operator among the files watches namespace `{namespace}`, so nothing creates the pods of {kind} `{}`", object.id.name);
        let help = format!("add `{namespace}` to WATCH_NAMESPACE");
        let hit = out.hit(&RULE, object.name(), message, help);
        if let Some(Watch::Only(_, at)) = &operators[0].watch {
            hit.note("it watches these", at);
        }
        breaks(hit, facts.that_reach(object.index));
    }
}
