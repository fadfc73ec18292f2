use crate::check::cluster::keys;
use crate::check::cluster::references;
use crate::check::cluster::references::Part;
use crate::check::cluster::references::Reference;
use crate::check::cluster::references::SECRET;
use crate::check::cluster::references::Servers;
use crate::check::cluster::secrets;
use crate::check::cluster::secrets::Made;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Cause;
use crate::check::problem::Scope;
use crate::check::sink::Diagnostic;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::suggest;
use std::collections::BTreeSet;

pub(crate) static RULE: Rule = Rule {
    id: "secret-key-missing",
    severity: Severity::Error,
    summary: "a Secret lacks the key that something reads",
    text: "A container with a `secretKeyRef`, or a volume with `items`, does not start if the Secret has no such key, unless the \
           reference is `optional` (kubelet `pkg/kubelet/kubelet_pods.go`, `pkg/volume/secret`). That is an error for pods on a path: \
           those with a sidecar, collectors, Jaeger, and Consul's servers, of which the chart makes such references of `secretName` \
           and `secretKey`. Jaeger reads the user and password of its storage from variables that the operator fills from every \
           key of `storage.secretName`; under other names they are not found. What an ExternalSecret, a VaultStaticSecret, a \
           SealedSecret or a Certificate makes is read from it, as far as it lists the keys.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    if mesh.secrets.all.is_empty() {
        return;
    }
    let mut told: Option<BTreeSet<Location>> = None;
    for one in facts.references.iter().filter(|one| one.kind == SECRET && !one.is_loose) {
        let namespace = Some(one.namespace).filter(|_| !one.is_likely);
        // Several objects may make it together.
        let Some(made) = mesh.secrets.one(namespace, one.name.text()) else { continue };
        let Some(keys) = &made.keys else { continue };
        for at in lacking(one, keys) {
            let told = told.get_or_insert_with(|| by_routes(facts));
            if told.contains(&at.location()) {
                continue;
            }
            let effect = breaks(facts, one, at, made);
            let hit = say(at, at.text(), made, keys, out);
            if let Some(scope) = effect {
                hit.breaks(HopKind::Sidecar, scope);
            }
        }
        unnamed(one, made, keys, out);
    }
}

/// What the routes report: keys that a collector or Jaeger needs.
fn by_routes(facts: &Facts<'_>) -> BTreeSet<Location> {
    let problems = facts.routes.problems(&facts.mesh).into_iter();
    problems.filter(|problem| problem.cause == Cause::SecretKeyMissing).map(|problem| problem.at).collect()
}

/// Keys that the reference names.
fn lacking<'a>(one: &Reference<'a>, keys: &BTreeSet<&str>) -> Vec<Cursor<'a>> {
    let named = one.parts.iter().filter_map(|part| if let Part::Key(at) = part { Some(*at) } else { None });
    named.filter(|at| secrets::lacks(keys, *at)).collect()
}

/// Whose spans do not arrive, because pods do not start.
fn breaks(facts: &Facts<'_>, one: &Reference<'_>, at: Cursor<'_>, made: &Made<'_>) -> Option<Scope> {
    let mesh = &facts.mesh;
    // The namespace of the release is likely, and that of the Secret agrees.
    if one.servers == Servers::Key {
        return (made.lacks(at) && made.namespace() == one.namespace).then_some(Scope::All);
    }
    let workload = mesh.workloads.iter().find(|workload| workload.object.root().doc() == at.doc())?;
    let proxy = mesh.proxy_of(workload)?;
    let needed = references::of_pod(&workload.object.id.namespace, workload.template.get("spec"));
    keys::missing(mesh, &needed).map(|_| Scope::Proxy(proxy)).filter(|_| made.lacks(at))
}

/// Keys that are read by their names. Other keys may be meant for something else, so one is missed only if another of them
/// is there, or a similar one.
fn unnamed(one: &Reference<'_>, made: &Made<'_>, keys: &BTreeSet<&str>, out: &mut Sink) {
    for key in one.reads.iter().filter(|key| !keys.contains(*key)) {
        let others: Vec<&str> = keys.iter().copied().filter(|other| !one.reads.contains(other)).collect();
        let half = one.reads.iter().any(|key| keys.contains(key));
        if half || out.closest(key, others.into_iter()).is_some() {
            say(one.name, key, made, keys, out);
        }
    }
}

fn say<'o>(at: Cursor<'_>, key: &str, made: &Made<'_>, keys: &BTreeSet<&str>, out: &'o mut Sink) -> &'o mut Diagnostic {
    let message = format!("{} has no key `{key}`", made.words());
    let help = match out.closest(key, keys.iter().copied().collect::<Vec<_>>().into_iter()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("its keys are {}", suggest::some(keys.iter().copied().collect::<Vec<_>>().into_iter(), "`")),
    };
    out.hit(&RULE, at, message, help).note("it comes from here", made.name)
}
