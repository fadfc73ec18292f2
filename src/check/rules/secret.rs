//! Secrets in plain text, in objects and Helm values.

use crate::check::cursor::Doc;
use crate::check::input::set::Set;
use crate::check::rules::plaintext_secret::RULE;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::finding::Finding;
use crate::secrecy;
use crate::secrecy::Found;
use crate::secrecy::Redactor;
use crate::secrecy::Weight;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Node;
use rayon::prelude::*;

/// The rule that a render never lets pass in silence.
pub const PLAINTEXT_ID: &str = "plaintext-secret";

const HELP: &str = "refer to it instead: `valueFrom.secretKeyRef`, an ExternalSecret, Vault, or a file that SOPS encrypted in `files/`";

/// Reports them, and returns what must not show up in any other finding either.
pub(crate) fn check(set: &Set<'_>, out: &mut Sink) -> Redactor {
    let mut secrets = Redactor::default();
    let docs: Vec<Doc> = (0..set.items.len()).map(Doc::Object).chain((0..set.values.len()).map(Doc::Values)).collect();
    let found: Vec<Vec<Found>> = docs.par_iter().with_min_len(64).map(|doc| secrecy::find(set.root(*doc))).collect();
    for (doc, found) in docs.into_iter().zip(found).filter(|(_, found)| !found.is_empty()) {
        let root = set.root(doc);
        // A cluster's own answer; it is in no repository.
        let live = ["uid", "resourceVersion"].iter().any(|key| root.path(&["metadata", key]).is_some());
        let mut last = None;
        for found in found {
            secrets.learn_found::<Node>(&found);
            if found.weight != Weight::Refuse || live && found.in_secret || last.as_ref() == Some(&found.pointer) {
                continue;
            }
            let what = if found.in_secret { "a value of a Secret" } else { "a secret" };
            let message = format!("`{}` holds {what} in plain text", readable(root, &found.pointer));
            let at = At { doc, path: found.pointer.clone(), inner: None, key: false };
            out.hit(&RULE, at, message, HELP).secret = true;
            last = Some(found.pointer);
        }
    }
    secrets
}

/// The secrets of a text that is neither objects nor values, such as INSTALL.md, as findings at their lines.
pub fn plaintext(name: &str, text: &str) -> Vec<Finding> {
    let parts = secrecy::ranges(text);
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let mut found: Vec<Finding> = Vec::new();
    for part in parts.into_iter().filter(|part| part.weight == Weight::Refuse) {
        let place = sources.place(Span::new(source, part.range.start, part.range.end)).map(Place::concealed);
        if found.last().is_none_or(|last| last.place.as_ref().map(|place| place.line) != place.as_ref().map(|p| p.line))
        {
            found.push(Finding::warning(&RULE, format!("`{name}` holds a secret in plain text")).at(place).help(HELP));
        }
    }
    found
}

/// A JSON pointer as people read a path: `spec.containers[name=web].env[name=DB_PASSWORD].value`.
fn readable(root: &Node, pointer: &str) -> String {
    let (mut node, mut out) = (Some(root), String::new());
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
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
