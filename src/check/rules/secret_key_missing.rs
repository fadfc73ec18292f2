use crate::check::cluster::references::Part;
use crate::check::cluster::references::Reference;
use crate::check::cluster::references::SECRET;
use crate::check::cluster::secrets::Made;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::suggest;
use std::collections::BTreeSet;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "secret-key-missing",
    severity: Severity::Warning,
    summary: "a Secret lacks the key that something reads",
    text: "A container with a `secretKeyRef`, or a volume with `items`, does not start if the Secret has no such key, unless the \
           reference is `optional`. Consul's chart makes such references of `secretName` and `secretKey`. Jaeger reads the user \
           and password of its storage from variables that the operator fills from every key of `storage.secretName`; under other \
           names they are not found. What an ExternalSecret, a VaultStaticSecret, a SealedSecret or a Certificate makes is read \
           from it, as far as it lists the keys.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    if facts.secrets.is_empty() {
        return;
    }
    let mut by_name: HashMap<&str, Vec<&Made<'_>>> = HashMap::new();
    for one in &facts.secrets {
        by_name.entry(one.name.text()).or_default().push(one);
    }
    for one in facts.references.iter().filter(|one| one.kind == SECRET && !one.is_loose) {
        let same = by_name.get(one.name.text()).map_or(&[][..], Vec::as_slice).iter();
        let mut same = same.filter(|made| one.is_likely || made.namespace() == one.namespace);
        // Several objects may make it together.
        let Some(made) = same.next().filter(|_| same.next().is_none()) else { continue };
        let Some(keys) = &made.keys else { continue };
        named(one, made, keys, out);
        unnamed(one, made, keys, out);
    }
}

/// Keys that the reference names.
fn named(one: &Reference<'_>, made: &Made<'_>, keys: &BTreeSet<&str>, out: &mut Sink) {
    for part in &one.parts {
        let Part::Key(at) = part else { continue };
        let known = at.str().is_none_or(|key| key.is_empty() || is_placeholder(key) || keys.contains(key));
        if !known {
            say(*at, at.text(), made, keys, out);
        }
    }
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

fn say(at: Cursor<'_>, key: &str, made: &Made<'_>, keys: &BTreeSet<&str>, out: &mut Sink) {
    let (kind, name) = (&made.by.id.kind, made.name.text());
    let message = match &**kind {
        "Secret" => format!("the Secret `{name}` has no key `{key}`"),
        _ => format!("the Secret `{name}`, which {kind} `{}` makes, has no key `{key}`", made.by.id.name),
    };
    let help = match out.closest(key, keys.iter().copied().collect::<Vec<_>>().into_iter()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("its keys are {}", suggest::some(keys.iter().copied().collect::<Vec<_>>().into_iter(), "`")),
    };
    out.hit(&RULE, at, message, help).note("it comes from here", made.name);
}
