//! Injects into the objects of one text.

use crate::edit;
use crate::edit::Plan;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::inject::request::Request;
use crate::inject::request::Target;
use crate::inject::request::Targets;
use crate::inject::workload;
use crate::inject::workload::Done;
use crate::inject::workload::Malformed;
use crate::running;
use crate::source::SourceId;
use crate::source::Sources;
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
                || documents.iter().any(|document| objects(&document.node).any(|(_, one)| templated(one))));
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

    /// The namespaces of the Deployments in the text.
    pub fn with_deployments(&self) -> impl Iterator<Item = String> {
        let deployments = self.objects().filter(|one| one.get("kind").and_then(Node::as_str) == Some("Deployment"));
        deployments
            .map(|one| one.path(&["metadata", "namespace"]).and_then(Node::as_str).unwrap_or("default").to_owned())
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
        let all = self.planned(sources, request, targets);
        let before = found.errors();
        let mut outcome = Outcome::default();
        let mut plans: Vec<(usize, Plan)> = Vec::new();
        for (number, path, node, done) in all {
            match done {
                Ok(Done { plan, parts }) => {
                    let line = sources.place(node.span).map_or(0, |place| place.line);
                    outcome.lines.push(format!("{name}:{line}: {}: {}", shown(node), parts.join("; ")));
                    if plan.is_empty() {
                        continue;
                    }
                    let plan = plan.below(&path);
                    match plans.last_mut().filter(|(last, _)| *last == number) {
                        Some((_, last)) => last.join(plan),
                        None => plans.push((number, plan)),
                    }
                }
                Err(Malformed { span, message, help }) => {
                    let message = format!("{}: {message}", shown(node));
                    found.push(Finding::error(ids::INJECT, message).at(sources.place(span)).help(help));
                }
            }
        }
        if found.errors() > before {
            return None;
        }
        if plans.is_empty() {
            return Some(outcome);
        }
        match edit::apply(sources, self.source, &self.documents, &plans) {
            Ok(text) => Some(Outcome { text: Some(text), ..outcome }),
            Err(refused) => {
                let message = format!("cannot edit this: {}", refused.why);
                let finding = Finding::error(ids::INJECT, message).at(sources.place(refused.span));
                found.push(finding.help("edit it by hand, or lay it out as kubectl prints it"));
                None
            }
        }
    }

    /// What to do with each object: the number of its document, its path there, and the outcome.
    fn planned(&self, sources: &Sources, request: &Request, targets: &Targets) -> Vec<Planned<'_>> {
        let documents = self.documents.par_iter().enumerate();
        let planned = documents.flat_map_iter(|(number, document)| {
            let each = objects(&document.node).filter_map(|(path, node)| {
                let text = sources.slice(node.span);
                workload::one(node, text, request, targets).transpose().map(|done| (number, path, node, done))
            });
            each.collect::<Vec<_>>()
        });
        planned.collect()
    }
}

type Planned<'a> = (usize, Vec<usize>, &'a Node, Result<Done, Malformed>);

/// The objects of a document, each with the indexes that lead to it: the document itself, or the items of a list.
/// kubectl's `List`, typed lists such as `DeploymentList`, and the `ResourceList` of KRM functions are lists.
fn objects(document: &Node) -> Box<dyn Iterator<Item = (Vec<usize>, &Node)> + '_> {
    let is_list = document.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    let items = document.as_map().filter(|_| is_list).and_then(|map| {
        let at = map.entries.iter().position(|entry| &*entry.key == "items")?;
        Some((at, map.entries[at].value.as_list()?))
    });
    match items {
        Some((at, items)) => Box::new(items.iter().enumerate().map(move |(index, item)| (vec![at, index], item))),
        None => Box::new(std::iter::once((Vec::new(), document))),
    }
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
    if namespace.is_empty() { format!("{kind} `{name}`") } else { format!("{kind} `{namespace}/{name}`") }
}
