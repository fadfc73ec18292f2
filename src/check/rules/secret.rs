//! Secrets in plain text, in objects and Helm values.

use crate::check::rule::At;
use crate::check::rule::Sink;
use crate::check::rule::rules;
use crate::check::set::Doc;
use crate::check::set::Set;
use crate::finding::Finding;
use crate::secrecy;
use crate::secrecy::Redactor;
use crate::secrecy::Weight;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Node;

rules! {
    PLAINTEXT: "plaintext-secret", Warning, "a secret is there in plain text",
        "Whoever can read the repository, a pull request or a log of CI has it, and git keeps it after it was removed. base64 \
         is plain text as well. Secrets are known by the Secret that holds them, by key or name of the environment variable \
         (`password`, `DB_PASSWORD`, `api-key`, `authorization`) and by shape (passwords in URLs, tokens, gossip keys, \
         licences, cloud keys, private keys). Refer to them: `valueFrom.secretKeyRef`, an ExternalSecret, Vault, or a file \
         that SOPS encrypted (below `files/`, if meshtrace renders it). What a cluster printed (`kubectl get -o yaml`) is \
         judged without this rule for its Secrets.";
}

/// The rule that a render never lets pass in silence.
pub const PLAINTEXT_ID: &str = "plaintext-secret";

const HELP: &str = "refer to it instead: `valueFrom.secretKeyRef`, an ExternalSecret, Vault, or a file that SOPS encrypted in `files/`";

/// Reports them, and returns what must not show up in any other finding either.
pub(crate) fn check(set: &Set<'_>, out: &mut Sink) -> Redactor {
    let mut secrets = Redactor::default();
    let objects = (0..set.items.len()).map(Doc::Object);
    for doc in objects.chain((0..set.values.len()).map(Doc::Values)) {
        let root = set.root(doc);
        // A cluster's own answer; it is in no repository.
        let live = ["uid", "resourceVersion"].iter().any(|key| root.path(&["metadata", key]).is_some());
        let mut last = None;
        for found in secrecy::find(root) {
            secrets.learn_found::<Node>(&found);
            if found.weight != Weight::Refuse || live && found.in_secret || last.as_ref() == Some(&found.pointer) {
                continue;
            }
            let what = if found.in_secret { "a value of a Secret" } else { "a secret" };
            let message = format!("`{}` holds {what} in plain text", readable(root, &found.pointer));
            let at = At { doc, path: found.pointer.clone(), inner: None, key: false };
            out.hit(&PLAINTEXT, at, message, HELP).secret = true;
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
            found.push(
                Finding::warning(PLAINTEXT.id, format!("`{name}` holds a secret in plain text")).at(place).help(HELP),
            );
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
