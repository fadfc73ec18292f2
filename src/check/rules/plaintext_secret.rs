use crate::check::cursor::Doc;
use crate::check::cursor::Location;
use crate::check::input::set::Set;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::pointer;
use crate::secrecy;
use crate::secrecy::Found;
use crate::secrecy::Known;
use crate::secrecy::Redactor;
use crate::secrecy::Weight;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::Value;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// The rule that a render always applies, even if all rules are allowed.
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
    // `check` below is called separately, so that no other finding can show what it finds.
    fixes: &[],
    check: None,
};

const HELP: &str = "reference it instead: `valueFrom.secretKeyRef`, an ExternalSecret, Vault, or a file in `files/` that SOPS \
                    encrypted";

/// What was found in the objects of the sets of a run, each of which may be in many sets and is searched once. They must live
/// as long as it.
#[derive(Default)]
pub(crate) struct Memory {
    /// By the address of the object.
    found: Mutex<HashMap<usize, Arc<[Found]>>>,
}

impl Memory {
    fn find(&self, node: &Node) -> Arc<[Found]> {
        let at = std::ptr::from_ref(node).addr();
        let known = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&at) {
            return Arc::clone(found);
        }
        let found: Arc<[Found]> = secrecy::find(node).into();
        known().insert(at, Arc::clone(&found));
        found
    }
}

/// Reports secrets in plain text, and values of `known` that the rendered objects repeat. Returns what no other finding
/// may show. With several sets, `memory` is that of the run.
pub(crate) fn check(set: &Set<'_>, known: &Known, memory: Option<&Memory>, out: &mut Sink) -> Redactor {
    let mut secrets = known.hide().clone();
    // Values that come from an object are reported there.
    let files = (0..set.values.len()).filter(|index| set.values[*index].from.is_empty());
    let docs: Vec<Doc> = (0..set.items.len()).map(Doc::Object).chain(files.map(Doc::Values)).collect();
    let find = |doc: Doc| match (doc, memory) {
        (Doc::Object(_), Some(memory)) => memory.find(set.root(doc)),
        // Values are merged for this set.
        _ => secrecy::find(set.root(doc)).into(),
    };
    let found = docs.par_iter().with_min_len(64).map(|doc| (find(*doc), repeated(set.root(*doc), known)));
    let found: Vec<(Arc<[Found]>, Vec<String>)> = found.collect();
    for (doc, (found, repeated)) in docs.into_iter().zip(found) {
        if found.is_empty() && repeated.is_empty() {
            continue;
        }
        let root = set.root(doc);
        // Output of a live cluster, which is not in a repository.
        let live = ["uid", "resourceVersion"].iter().any(|key| root.path(&["metadata", key]).is_some());
        // One finding for each text, with the offsets in it.
        let mut said: Vec<(&str, &str, Vec<usize>)> = Vec::new();
        let mut by_pointer: HashMap<&str, usize> = HashMap::new();
        let mut say = |pointer, what, offset: Option<usize>| {
            let index = *by_pointer.entry(pointer).or_insert(said.len());
            if index == said.len() {
                said.push((pointer, what, Vec::new()));
            }
            said[index].2.extend(offset);
        };
        for found in &*found {
            secrets.learn_found::<Node>(found);
            if found.weight == Weight::Refuse && !(live && found.in_secret) {
                let what = if found.in_secret { "a value of a Secret" } else { "a secret" };
                say(&found.pointer, what, found.part.as_ref().map(|part| part.start));
            }
        }
        repeated.iter().for_each(|pointer| say(pointer, "a secret of the profile's values", None));
        for (pointer, what, offsets) in said {
            let (name, node) = readable(root, pointer);
            let lines = node.and_then(Node::as_str).map_or_else(String::new, |text| lines(text, &offsets));
            let message = format!("`{name}` contains {what} in plain text{lines}");
            let at = Location { doc, path: pointer.to_owned(), inner: None, key: false };
            out.hit(&RULE, at, message, HELP).secret = true;
        }
    }
    secrets
}

/// Names the lines of a text, from 1, that these offsets are in; empty if there is only one line.
fn lines(text: &str, offsets: &[usize]) -> String {
    const MOST: usize = 5;
    if !text.trim_end().contains('\n') {
        return String::new();
    }
    let offsets: BTreeSet<usize> = offsets.iter().copied().collect();
    let (mut lines, mut at, mut line) = (BTreeSet::new(), 0, 1);
    for offset in offsets {
        line += text.get(at..offset).unwrap_or_default().matches('\n').count();
        lines.insert(line);
        at = offset;
    }
    let mut named: Vec<String> = lines.iter().take(MOST).map(usize::to_string).collect();
    if lines.len() > MOST {
        named.push(format!("{} more", lines.len() - MOST));
    }
    match &*named {
        [] => String::new(),
        [line] => format!(", on line {line} of its text"),
        [first @ .., last] => format!(", on lines {} and {last} of its text", first.join(", ")),
    }
}

/// Where a document repeats a known secret: pointers to scalars, or to maps if a key does.
fn repeated(root: &Node, known: &Known) -> Vec<String> {
    fn walk(node: &Node, pointer: &mut String, known: &Known, out: &mut Vec<String>) {
        let length = pointer.len();
        match &node.value {
            Value::Map(map) => {
                for entry in &map.entries {
                    if known.refuse().finds(&entry.key) {
                        out.push(pointer.clone());
                    }
                    pointer.push('/');
                    pointer.push_str(&pointer::escape(&entry.key));
                    walk(&entry.value, pointer, known, out);
                    pointer.truncate(length);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    pointer.push_str(&format!("/{index}"));
                    walk(item, pointer, known, out);
                    pointer.truncate(length);
                }
            }
            Value::String(text) if known.refuse().finds(text) => out.push(pointer.clone()),
            Value::Int(number) if known.refuse().finds(&number.to_string()) => out.push(pointer.clone()),
            _ => {}
        }
    }
    let mut out = Vec::new();
    if !known.refuse().is_empty() {
        walk(root, &mut String::new(), known, &mut out);
    }
    out
}

/// Reports the secrets in a text that holds neither objects nor values, such as INSTALL.md, by line.
pub(crate) fn plaintext(name: &str, text: &str, known: &Known) -> Vec<Finding> {
    let plain = secrecy::ranges(text).into_iter().filter(|part| part.weight == Weight::Refuse).map(|part| part.range);
    let mut parts: Vec<Range<usize>> = plain.collect();
    if !known.refuse().is_empty() {
        parts.extend(known.refuse().parts(text).into_iter().map(|(start, end)| start..end));
        parts.sort_by_key(|part| part.start);
    }
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let mut found: Vec<Finding> = Vec::new();
    for part in parts {
        let place = sources.place(Span::new(source, part.start, part.end)).map(Place::concealed);
        if found.last().is_none_or(|last| last.place.as_ref().map(|place| place.line) != place.as_ref().map(|p| p.line))
        {
            found.push(
                Finding::warning(&RULE, format!("`{name}` contains a secret in plain text"))
                    .at(place)
                    .help(HELP)
                    .redacted(known.hide()),
            );
        }
    }
    found
}

/// Formats a JSON pointer for humans: `spec.containers[name=web].env[name=DB_PASSWORD].value`.
fn readable<'a>(root: &'a Node, pointer: &str) -> (String, Option<&'a Node>) {
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
    (out, node)
}
