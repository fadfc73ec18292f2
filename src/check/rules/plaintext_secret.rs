use crate::check::cursor::Doc;
use crate::check::cursor::Location;
use crate::check::input::set::Set;
use crate::check::rules::Rule;
use crate::check::sink::Sink;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::pointer;
use crate::secrecy;
use crate::secrecy::Found;
use crate::secrecy::Redactor;
use crate::secrecy::Weight;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Node;
use rayon::prelude::*;

/// The rule that a render always applies, even where all rules are allowed.
pub const ID: &str = "plaintext-secret";

pub(crate) static RULE: Rule = Rule {
    id: ID,
    severity: Severity::Warning,
    summary: "a secret is in plain text",
    text: "Anyone who can read the repository, a pull request or a CI log has the secret, and git keeps it even after it is \
           removed. base64 is plain text too. Secrets are recognized by the Secret that holds them, by key or name of the \
           environment variable (`password`, `DB_PASSWORD`, `api-key`, `authorization`) and by shape (passwords in URLs, tokens, \
           gossip keys, licenses, cloud keys, private keys). Reference them instead: `valueFrom.secretKeyRef`, an \
           ExternalSecret, Vault, or a file that SOPS encrypted (below `files/` if meshtrace renders it). The Secrets in what \
           a cluster printed (`kubectl get -o yaml`) are exempt from this rule.",
    // `check` below is called apart: no other finding may show what it finds.
    check: None,
};

const HELP: &str = "reference it instead: `valueFrom.secretKeyRef`, an ExternalSecret, Vault, or a file in `files/` that SOPS \
                    encrypted";

/// Reports the secrets of objects and Helm values, and returns what must not show up in any other finding either.
pub(crate) fn check(set: &Set<'_>, out: &mut Sink) -> Redactor {
    let mut secrets = Redactor::default();
    let docs: Vec<Doc> = (0..set.items.len()).map(Doc::Object).chain((0..set.values.len()).map(Doc::Values)).collect();
    let found: Vec<Vec<Found>> = docs.par_iter().with_min_len(64).map(|doc| secrecy::find(set.root(*doc))).collect();
    for (doc, found) in docs.into_iter().zip(found).filter(|(_, found)| !found.is_empty()) {
        let root = set.root(doc);
        // What a cluster printed is not in a repository.
        let live = ["uid", "resourceVersion"].iter().any(|key| root.path(&["metadata", key]).is_some());
        let mut last = None;
        for found in found {
            secrets.learn_found::<Node>(&found);
            if found.weight != Weight::Refuse || live && found.in_secret || last.as_ref() == Some(&found.pointer) {
                continue;
            }
            let what = if found.in_secret { "a value of a Secret" } else { "a secret" };
            let message = format!("`{}` contains {what} in plain text", readable(root, &found.pointer));
            let at = Location { doc, path: found.pointer.clone(), inner: None, key: false };
            out.hit(&RULE, at, message, HELP).secret = true;
            last = Some(found.pointer);
        }
    }
    secrets
}

/// The secrets of a text that is neither objects nor values, such as INSTALL.md, as findings at their lines.
pub fn plaintext(name: &str, text: &str) -> Vec<Finding> {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let mut found: Vec<Finding> = Vec::new();
    let mut last_line = None;
    for part in secrecy::ranges(text).into_iter().filter(|part| part.weight == Weight::Refuse) {
        let place = sources.place(Span::new(source, part.range.start, part.range.end)).map(Place::concealed);
        let line = place.as_ref().map(|place| place.line);
        if found.is_empty() || last_line != line {
            let message = format!("`{name}` contains a secret in plain text");
            found.push(Finding::warning(RULE.id, message).at(place).help(HELP));
            last_line = line;
        }
    }
    found
}

/// A JSON pointer as people read a path: `spec.containers[name=web].env[name=DB_PASSWORD].value`.
fn readable(root: &Node, pointer: &str) -> String {
    let (mut node, mut out) = (Some(root), String::new());
    for step in pointer::parse(pointer) {
        match node.and_then(Node::as_list) {
            Some(items) => {
                node = step.parse::<usize>().ok().and_then(|index| items.get(index));
                match node.and_then(|item| item.get("name")).and_then(Node::as_str) {
                    Some(name) => out.push_str(&format!("[name={name}]")),
                    None => out.push_str(&format!("[{step}]")),
                }
            }
            None => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&step);
                node = node.and_then(|node| node.get(&step));
            }
        }
    }
    out
}
