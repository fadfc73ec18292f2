//! Injects into the objects of one text.

use crate::edit::Changes;
use crate::edit::Edited;
use crate::edit::Plan;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::inject::request::Request;
use crate::inject::request::Target;
use crate::inject::request::Targets;
use crate::inject::workload;
use crate::inject::workload::Done;
use crate::inject::workload::Kept;
use crate::inject::workload::Malformed;
use crate::running;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Document;
use crate::yaml::Node;
use rayon::prelude::*;

/// The result for one text.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The new text; `None` if nothing changes.
    pub text: Option<String>,
    /// One line for each object that could be injected into: what was done, or why nothing was.
    pub lines: Vec<String>,
}

/// A text that was read.
pub struct Opened {
    source: SourceId,
    documents: Vec<Document>,
    /// Whether it is a template (Helm or similar), which is not YAML until it is rendered.
    template: bool,
}

impl Opened {
    /// Reads a text. Returns `None` if it is not valid YAML; `found` then has the reason.
    pub fn read(sources: &Sources, source: SourceId, found: &mut Findings) -> Option<Opened> {
        let mut own = Findings::default();
        running::edit(sources.text(source).len() as u64);
        let documents = yaml::read(sources, source, &mut own);
        let template = sources.text(source).contains("{{")
            && (own.errors() > 0
                || documents.iter().any(|document| objects(&document.node).iter().any(|(_, one)| templated(one))));
        if template {
            return Some(Opened { source, documents: Vec::new(), template });
        }
        let broken = own.errors() > 0;
        found.append(own);
        (!broken).then_some(Opened { source, documents, template })
    }

    /// All objects in the text, including the items of lists.
    pub fn objects(&self) -> impl Iterator<Item = &Node> {
        self.documents.iter().flat_map(|document| objects(&document.node)).map(|(_, node)| node)
    }

    /// The ResourceList passed to a KRM function, if this is one.
    pub fn resource_list(&self) -> Option<&Node> {
        let root = &self.documents.first()?.node;
        (root.get("kind").and_then(Node::as_str) == Some("ResourceList")).then_some(root)
    }

    /// The Jaeger resources in the text.
    pub fn jaegers(&self) -> impl Iterator<Item = Target> {
        self.objects().filter_map(Target::of)
    }

    /// Carries out a request. Returns `None` if there is an error, which is added to `found`; then nothing may be
    /// written.
    pub fn inject(
        &self,
        sources: &Sources,
        request: &Request,
        targets: &Targets,
        found: &mut Findings,
    ) -> Option<Outcome> {
        let name = sources.name(self.source);
        if self.template {
            let way = "left: it is a template; run `helm template ... | meshtrace inject -`, or use `meshtrace inject` as \
                       `--post-renderer` of helm";
            return Some(Outcome { text: None, lines: vec![format!("{name}: {way}")] });
        }
        let edited = Edited::new(sources, self.source, &self.documents);
        // Each document is planned, edited and proven by itself, so that only what changes in its text is kept.
        let each = self.documents.par_iter().enumerate();
        let made: Vec<One> =
            each.map(|(number, document)| self.one(sources, number, document, request, targets, &edited)).collect();
        let before = found.errors();
        let mut outcome = Outcome::default();
        let mut changes: Vec<Changes> = Vec::new();
        for one in made {
            outcome.lines.extend(one.lines.into_iter().map(|(line, said)| format!("{name}:{line}: {said}")));
            changes.extend(one.changes);
            one.wrong.into_iter().for_each(|finding| found.push(finding));
        }
        if found.errors() > before {
            return None;
        }
        outcome.text = (!changes.is_empty()).then(|| edited.with(&changes));
        Some(outcome)
    }

    /// What is done with one document.
    fn one(
        &self,
        sources: &Sources,
        number: usize,
        document: &Document,
        request: &Request,
        targets: &Targets,
        edited: &Edited<'_>,
    ) -> One {
        let mut one = One::default();
        let mut all = Plan::default();
        let mut said: Vec<(u32, String, Option<Kept>)> = Vec::new();
        for (path, node) in objects(&document.node) {
            match workload::one(node, lines_of(sources, node.span), request, targets).transpose() {
                None => {}
                Some(Ok(Done { plan, parts, kept })) => {
                    let text = format!("{}: {}", shown(node), parts.join("; "));
                    said.push((sources.line(node.span), text, kept));
                    if !plan.is_empty() {
                        all.join(plan.below(&path));
                    }
                }
                Some(Err(Malformed { span, message, help })) => {
                    let message = format!("{}: {message}", shown(node));
                    one.wrong.push(Finding::error(ids::INJECT, message).at(sources.place(span)).help(help));
                }
            }
        }
        if !all.is_empty() && one.wrong.is_empty() {
            match edited.document(number, &all) {
                Ok(changes) => one.changes = Some(changes),
                Err(refused) => {
                    let message = format!("cannot edit this: {}", refused.why);
                    let finding = Finding::error(ids::INJECT, message).at(sources.place(refused.span));
                    one.wrong.push(finding.help("edit it by hand, or lay it out as kubectl prints it"));
                }
            }
        }
        let alike = |kept: &Kept| {
            said.iter().filter(|(.., other)| other.as_ref().is_some_and(|other| other.is_like(kept))).count() - 1
        };
        for (line, text, kept) in &said {
            let kept = kept.as_ref().map(|kept| format!("; {}", kept.said(one.changes.as_ref(), alike(kept))));
            one.lines.push((*line, format!("{text}{}", kept.unwrap_or_default())));
        }
        one
    }
}

/// The text of an object, with what follows it in its last line: a comment may be there.
fn lines_of(sources: &Sources, span: Span) -> &str {
    let text = sources.text(span.source);
    let (start, end) = (span.start as usize, span.end as usize);
    let rest = text.get(end..).unwrap_or_default();
    text.get(start..end + rest.find('\n').unwrap_or(rest.len())).unwrap_or_default()
}

/// What is done with one document.
#[derive(Default)]
struct One {
    /// What to say of each object, and its line.
    lines: Vec<(u32, String)>,
    changes: Option<Changes>,
    wrong: Vec<Finding>,
}

/// The objects of a document, each with the indexes that lead to it: the document itself, or the items of a list.
/// kubectl's `List`, typed lists such as `DeploymentList`, and the `ResourceList` of KRM functions are lists; kubectl also
/// reads lists of lists.
fn objects(document: &Node) -> Vec<(Vec<usize>, &Node)> {
    fn walk<'n>(node: &'n Node, path: Vec<usize>, out: &mut Vec<(Vec<usize>, &'n Node)>) {
        let is_list = node.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
        let items = node.as_map().filter(|_| is_list).and_then(|map| {
            let at = map.entries.iter().position(|entry| &*entry.key == "items")?;
            Some((at, map.entries[at].value.as_list()?))
        });
        match items {
            Some((at, items)) => items.iter().enumerate().for_each(|(index, item)| {
                walk(item, [&*path, &[at, index]].concat(), out);
            }),
            None => out.push((path, node)),
        }
    }
    let mut out = Vec::with_capacity(1);
    walk(document, Vec::new(), &mut out);
    out
}

/// Whether an object still contains template expressions.
fn templated(node: &Node) -> bool {
    let braces = |path: &[&str]| node.path(path).and_then(Node::as_str).is_some_and(|text| text.contains("{{"));
    let images = || {
        let specs = [&["spec", "template", "spec", "containers"][..], &["spec", "containers"]];
        let mut containers = specs.iter().filter_map(|path| node.path(path).and_then(Node::as_list)).flatten();
        containers.any(|one| {
            ["name", "image"]
                .iter()
                .any(|key| one.get(key).and_then(Node::as_str).is_some_and(|text| text.contains("{{")))
        })
    };
    braces(&["kind"]) || braces(&["metadata", "name"]) || braces(&["metadata", "namespace"]) || images()
}

/// Formats an object as `Deployment shop/web`.
fn shown(node: &Node) -> String {
    let text = |path: &[&str]| node.path(path).and_then(Node::as_str).unwrap_or_default();
    let (kind, name, namespace) = (text(&["kind"]), text(&["metadata", "name"]), text(&["metadata", "namespace"]));
    let name = if name.is_empty() { text(&["metadata", "generateName"]) } else { name };
    let kind = if kind.is_empty() { "object" } else { kind };
    if name.is_empty() {
        return format!("{kind} without a name");
    }
    if namespace.is_empty() { format!("{kind} `{name}`") } else { format!("{kind} `{namespace}/{name}`") }
}
