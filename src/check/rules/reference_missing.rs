use crate::check::cluster::references;
use crate::check::cluster::references::Kind;
use crate::check::cluster::references::SECRET;
use crate::check::facts::Facts;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::HashMap;
use std::collections::HashSet;

pub(crate) static RULE: Rule = Rule {
    id: "reference-missing",
    severity: Severity::Warning,
    summary: "something names an object that does not exist, and one with a similar name does",
    text: "A pod does not start without the ConfigMaps, Secrets, claims and ServiceAccount that it names, unless the reference is \
           `optional`; a binding to a role that does not exist grants nothing; an Ingress or a route answers with errors without \
           its Service; an autoscaler without its target and a webhook without its Service do nothing. What is named may live \
           elsewhere, so this is reported only if an object of the same kind and namespace is among the files whose name is \
           similar and which nothing names.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let set = facts.mesh.set;
    let mut there: HashMap<(Kind, &str), Vec<&str>> = HashMap::new();
    for kind in references::KINDS {
        for object in set.all(kind.0, kind.1) {
            there.entry((kind, &*object.id.namespace)).or_default().push(&object.id.name);
        }
    }
    if there.is_empty() {
        return;
    }
    let made: HashSet<(&str, &str)> = made(facts).collect();
    let all = &facts.references;
    let mut named: HashMap<(Kind, &str), HashSet<&str>> = HashMap::new();
    for one in all {
        named.entry((one.kind, one.namespace)).or_default().insert(one.name.text());
    }
    for one in all {
        let (kind, name) = (one.kind, one.name.text());
        if one.is_loose || name.is_empty() || is_placeholder(name) || kind == SECRET && made.contains(&(one.namespace, name)) {
            continue;
        }
        let place = (kind, one.namespace);
        let Some(names) = there.get(&place).filter(|names| !names.contains(&name)) else { continue };
        let used = &named[&place];
        // `web-db` is another object than `web`.
        let is_longer = |other: &str| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        let free: Vec<&str> =
            names.iter().copied().filter(|other| !used.contains(other) && !is_longer(other)).collect();
        if let Some(close) = out.closest(name, free.into_iter()) {
            let kind = kind.1;
            let message = match one.namespace {
                "" => format!("there is no {kind} `{name}` among the files"),
                _ => format!("there is no {kind} `{name}` in this namespace among the files"),
            };
            out.hit(&RULE, one.name, message, format!("did you mean `{close}`?"));
        }
    }
}

/// The Secrets that other objects make in the cluster, by namespace and name (cert-manager `spec.secretName`, External Secrets
/// `spec.target.name`, Sealed Secrets).
fn made<'a>(facts: &Facts<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let set = facts.mesh.set;
    let certificates = set.all("cert-manager.io", "Certificate").map(|one| (one, one.spec().get("secretName").text()));
    let external = set.all("external-secrets.io", "ExternalSecret").map(|one| {
        (one, one.spec().at(&["target", "name"]).str().unwrap_or(&one.id.name))
    });
    let sealed = set.all("bitnami.com", "SealedSecret").map(|one| (one, &*one.id.name));
    certificates.chain(external).chain(sealed).map(|(one, name)| (&*one.id.namespace, name))
}
