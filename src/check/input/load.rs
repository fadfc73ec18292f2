//! Parses texts into a set: objects, `List`s, the output of `kubectl get -o yaml`, Helm values. What cannot be read
//! becomes a finding, and the rest is still checked.

pub(crate) use crate::check::input::recognize::is_consul_values;
use crate::check::input::recognize::looks_like_consul_values;
use crate::check::input::recognize::seems_consul_values;
use crate::check::input::set::Helm;
use crate::check::input::set::Item;
use crate::check::input::set::Set;
use crate::check::input::skip::Skip;
use crate::check::input::skip::has_braces;
use crate::check::input::skip::has_go_actions;
use crate::check::input::skip::has_placeholders_in_comments;
use crate::check::input::skip::holds_parts;
use crate::check::input::skip::is_placeholder_of_name;
use crate::check::input::skip::is_tool_configuration;
use crate::check::input::skip::looks_like_a_manifest;
use crate::check::input::skip::why_no_object;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Severity;
use crate::finding::ids;
use crate::object::Id;
use crate::object::unwrap_list;
use crate::running;
use crate::source::Place;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::stack::jaeger;
use crate::yaml;
use crate::yaml::Document;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// What to do about a template that a person named.
const RENDER_FIRST: &str =
    "this is a template; pass what it renders: `helm template ... | meshtrace check -`, or `fix -`";

/// Everything that was read.
#[derive(Default)]
pub struct Loaded {
    sources: Sources,
    objects: Vec<(Id, Node)>,
    values: Vec<Values>,
    allows: Vec<Allow>,
    malformed: Vec<Finding>,
    /// The charts of `--chart`, by name.
    own_charts: Vec<String>,
    /// The files that `render` wrote.
    rendered: HashSet<Arc<str>>,
}

/// A file of Helm values.
pub(crate) struct Values {
    pub(crate) chart: Option<(String, Option<String>)>,
    pub(crate) release: Option<String>,
    pub(crate) node: Node,
    /// Why nothing of it is known: `is a template`.
    pub(crate) unread: Option<&'static str>,
}

/// A text that was parsed and not yet kept.
pub(crate) struct Parsed {
    source: SourceId,
    documents: Vec<Document>,
    found: Findings,
}

/// What one file added.
pub(crate) struct Added {
    /// The number of errors and comments before it.
    before: (usize, usize),
    /// The objects, by index.
    pub(crate) objects: Range<usize>,
    /// The Helm values, by index.
    pub(crate) values: Range<usize>,
    /// Why it is fine that the file added nothing.
    pub(crate) skip: Option<Skip>,
    /// Whether it is not YAML.
    pub(crate) is_malformed: bool,
}

/// A comment that allows a rule in its document.
pub(crate) struct Allow {
    pub(crate) rule: String,
    pub(crate) reason: String,
    pub(crate) place: Option<Place>,
    /// The first and last line of the document.
    pub(crate) lines: (u32, u32),
    pub(crate) file: Arc<str>,
}

impl Values {
    /// The chart's name and version.
    pub(crate) fn chart(&self) -> Option<(&str, Option<&str>)> {
        self.chart.as_ref().map(|(name, version)| (name.as_str(), version.as_deref()))
    }
}

/// The chart's name and version in a values file's header: `# chart: consul 0.46.1` before the first key.
pub fn helm_chart(text: &str) -> Option<(&str, Option<&str>)> {
    let comments = text
        .trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with('#'));
    let said = comments.filter_map(|line| line.strip_prefix('#')?.trim().strip_prefix("chart:")).next()?;
    let mut words = said.split_whitespace();
    let name = words.next()?;
    Some((name.rsplit('/').next().unwrap_or(name), words.next()))
}

impl Loaded {
    /// Reads a text that messages call `name`.
    pub fn add(&mut self, name: &str, text: &str) {
        self.read(name, text, false);
    }

    /// Reads a text that messages call `name`; see [`Loaded::take`] for `is_found`.
    pub(crate) fn read(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>, is_found: bool) -> Added {
        let source = self.sources.add(name, text);
        let parsed = self.parse(source);
        self.take(parsed, is_found)
    }

    /// Parses a text without keeping anything of it, so that several can be parsed at once.
    pub(crate) fn parse(&self, source: SourceId) -> Parsed {
        let _at = running::stage("the file", Arc::clone(self.sources.name(source)));
        let mut found = Findings::default();
        let documents = yaml::read(&self.sources, source, &mut found);
        Parsed { source, documents, found }
    }

    /// Keeps what was parsed. A text that was found in a directory (`is_found`) may also be something that is not a
    /// manifest; a template is left out as a whole.
    pub(crate) fn take(&mut self, parsed: Parsed, is_found: bool) -> Added {
        let Parsed { source, documents, found } = parsed;
        let (name, text) = (Arc::clone(self.sources.name(source)), Arc::clone(self.sources.text(source)));
        let (name, text) = (&*name, &*text);
        let _at = running::stage("the file", name);
        let (objects, values, malformed) = (self.objects.len(), self.values.len(), self.malformed.len());
        let is_malformed = found.errors() > 0;
        let allows = self.allows.len();
        let mut skip = None;
        if is_found && found.errors() > 0 {
            let nothing = Node::new(Value::Null);
            let other = why_no_object(name, documents.first().map_or(&nothing, |document| &document.node));
            skip = match (has_braces(text), looks_like_a_manifest(text)) {
                (true, _) => Some(Skip::Template),
                (false, true) => holds_parts(name),
                (false, false) if other != Skip::NoObject => Some(other),
                (false, false) => {
                    let is_other = has_other_use(name, &found) || !looks_like_consul_values(name, text);
                    is_other.then_some(Skip::Unreadable)
                }
            };
        }
        if is_found && has_placeholders_in_comments(text) {
            skip = Some(Skip::Template);
        }
        if skip.is_none() {
            let is_template = found.errors() > 0 && has_go_actions(text);
            let errors = found.into_iter().filter(|finding| finding.severity == Severity::Error);
            match is_template {
                true => self.malformed.extend(errors.take(1).map(|finding| finding.help(RENDER_FIRST))),
                false => self.malformed.extend(errors),
            }
            // Helm reads the first document of a values file (`yaml.Unmarshal`). On stdin several files may come together.
            let is_values = name != "stdin" && documents.first().is_some_and(|first| has_no_type(&first.node));
            for (index, document) in documents.into_iter().enumerate() {
                if is_values && index > 0 && has_no_type(&document.node) {
                    continue;
                }
                self.comments(document.span);
                for node in unwrap_list(document.node) {
                    match is_found {
                        true => skip = self.found_document(name, text, node).or(skip),
                        false => self.document(name, text, node),
                    }
                }
            }
        }
        let before = (malformed, allows);
        let mut added = Added { before, objects: objects..objects, values: values..values, skip, is_malformed };
        if skip == Some(Skip::Template) {
            self.forget(&added);
        }
        let unread = match skip {
            Some(Skip::Template) => Some("is a template"),
            _ => (self.malformed.len() > malformed && self.objects.len() == objects).then_some("cannot be read"),
        };
        if unread.is_some() && self.values.len() == values && looks_like_consul_values(name, text) {
            let (chart, node) = (Some(("consul".to_string(), None)), Node::new(Value::Map(Map::default())));
            self.values.push(Values { chart, release: None, node, unread });
        }
        if skip == Some(Skip::Template) {
        } else if (self.objects.len(), self.values.len(), self.malformed.len()) != (objects, values, malformed) {
            added.skip = None;
        }
        (added.objects.end, added.values.end) = (self.objects.len(), self.values.len());
        added
    }

    /// Removes what the last file added.
    pub(crate) fn forget(&mut self, added: &Added) {
        self.objects.truncate(added.objects.start);
        self.values.truncate(added.values.start);
        self.malformed.truncate(added.before.0);
        self.allows.truncate(added.before.1);
    }

    /// Names the charts of `--chart`. Values files named on the command line that say no chart are for a single one.
    pub(crate) fn know_charts(&mut self, names: Vec<String>) {
        self.own_charts = names;
    }

    /// The charts of `--chart`, by name.
    pub(crate) fn own_charts(&self) -> &[String] {
        &self.own_charts
    }

    /// Says that `render` wrote a file.
    pub(crate) fn rendered(&mut self, source: SourceId) {
        self.rendered.insert(Arc::clone(self.sources.name(source)));
    }

    /// Whether `render` wrote the file of a text.
    pub(crate) fn is_rendered(&self, source: SourceId) -> bool {
        !self.rendered.is_empty() && self.rendered.contains(self.sources.name(source))
    }

    /// The texts alone.
    pub(crate) fn into_sources(self) -> Sources {
        self.sources
    }
    /// Reports a file that could not be read from disk.
    pub fn unreadable(&mut self, finding: Finding) {
        self.malformed.push(finding);
    }

    /// Adds a document of a file found in a directory, or returns why it is not a manifest.
    fn found_document(&mut self, name: &str, text: &str, node: Node) -> Option<Skip> {
        let is_text = |key: &str| node.get(key).and_then(Node::as_str).is_some();
        let names = [&["metadata", "name"][..], &["metadata", "namespace"], &["kind"], &["apiVersion"]];
        if names.iter().any(|path| node.path(path).and_then(Node::as_str).is_some_and(is_placeholder_of_name)) {
            return Some(Skip::Template);
        }
        let is_named = node.path(&["metadata", "name"]).is_some();
        if !(is_text("apiVersion") && is_text("kind") || is_named && (is_text("apiVersion") || is_text("kind"))) {
            let (before, why) = (self.values.len(), why_no_object(name, &node));
            self.maybe_values(name, text, node, true);
            return (self.values.len() == before).then_some(why);
        }
        if is_tool_configuration(&node) {
            return Some(Skip::Tool);
        }
        if let Some(why) = holds_parts(name) {
            return Some(why);
        }
        if let Some(id) = renamed_namespace(&node) {
            self.objects.push((id, node));
            return None;
        }
        self.document(name, text, node);
        None
    }

    fn document(&mut self, name: &str, text: &str, mut node: Node) {
        let api = node.get("apiVersion").is_some();
        let kind = node.get("kind").is_some();
        if !api && !kind {
            return self.maybe_values(name, text, node, false);
        }
        let group = node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
        if group.starts_with("kustomize.config.k8s.io") || group.starts_with("client.config.kubernetes.io") {
            return;
        }
        // The API server generates the name; within the set it still needs one.
        if node.path(&["metadata", "name"]).is_none()
            && let Some(prefix) = node.path(&["metadata", "generateName"]).and_then(Node::as_str).map(str::to_string)
            && let Value::Map(map) = &mut node.value
            && let Some(Node { value: Value::Map(metadata), .. }) = map.get_mut("metadata")
        {
            metadata.set("name", Node::string(&format!("{prefix}x")));
        }
        match Id::of(&node) {
            Ok(id) => self.objects.push((id, node)),
            Err(problems) if problems.iter().all(|problem| problem.rule == ids::INVALID_NAME) && is_jaeger(&node) => {
                // The resource is rejected, and the receiver of spans disappears with it; the rules report both in one
                // finding.
                let text = |path: &[&str]| node.path(path).and_then(Node::as_str).unwrap_or_default().into();
                let id = Id {
                    group: jaeger::GROUP.into(),
                    kind: text(&["kind"]),
                    namespace: text(&["metadata", "namespace"]),
                    name: text(&["metadata", "name"]),
                };
                self.objects.push((id, node));
            }
            Err(problems) => {
                for problem in problems {
                    let span = problem.span.unwrap_or(Span { end: node.span.start.saturating_add(1), ..node.span });
                    let finding = Finding::error(problem.rule, problem.message).at(self.sources.place(span));
                    self.malformed.push(finding.help("every object has apiVersion, kind and metadata.name"));
                }
            }
        }
    }

    fn maybe_values(&mut self, name: &str, text: &str, node: Node, is_found: bool) {
        let chart = helm_chart(text).map(|(name, version)| (name.to_string(), version.map(str::to_string)));
        let parts: Vec<&str> = name.split('/').collect();
        let release = match parts.as_slice() {
            [.., "helm", release, "values.yaml"] => Some((*release).to_string()),
            _ => None,
        };
        let is_consul = is_consul_values(&node);
        let own = match (&*self.own_charts, release.as_deref()) {
            (all, Some(release)) => all.iter().find(|own| *own == release),
            ([one], None) if !is_found && chart.is_none() && !is_consul => Some(one),
            _ => None,
        };
        let chart = chart.or_else(|| own.map(|own| (own.clone(), None)));
        let is_consul = is_consul || chart.is_none() && release.is_none() && seems_consul_values(name, &node, is_found);
        if node.as_map().is_none() || chart.is_none() && release.is_none() && !is_consul {
            return;
        }
        let chart = chart.or_else(|| match (is_consul, release.as_deref()) {
            (true, _) => Some(("consul".to_string(), None)),
            (false, Some(release @ ("consul" | "jaeger"))) => Some((release.to_string(), None)),
            _ => None,
        });
        self.values.push(Values { chart, release, node, unread: None });
    }

    fn comments(&mut self, span: Span) {
        let text = self.sources.slice(span);
        if !text.contains("meshtrace: allow ") {
            return;
        }
        let lines = match (self.sources.place(span), self.sources.place(Span { start: span.end, ..span })) {
            (Some(first), Some(last)) => (first.line, last.line),
            _ => return,
        };
        let mut offset = span.start as usize;
        let mut found = Vec::new();
        for line in text.split_inclusive('\n') {
            if let Some((before, said)) = line.split_once("meshtrace: allow ")
                && before.trim_end().ends_with('#')
            {
                let (rule, reason) = said.trim().split_once(char::is_whitespace).unwrap_or((said.trim(), ""));
                let start = offset + before.trim_end().len() - 1;
                let end = offset + line.trim_end().len();
                let place = self.sources.place(Span::new(span.source, start, end));
                found.push((rule.to_string(), reason.trim().to_string(), place));
            }
            offset += line.len();
        }
        let file = self.sources.name(span.source).clone();
        self.allows.extend(found.into_iter().map(|(rule, reason, place)| Allow {
            rule,
            reason,
            place,
            lines,
            file: file.clone(),
        }));
    }

    /// Whether there is nothing to check.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.values.is_empty() && self.malformed.is_empty()
    }

    /// The set to check.
    pub fn set(&self) -> Set<'_> {
        let items = self.objects.iter().map(|(id, node)| Item { id, node }).collect();
        let values = self.values.iter().map(|values| Helm {
            chart: values.chart(),
            release: values.release.as_deref(),
            namespace: None,
            node: &values.node,
            from: &[],
            unknown: None,
            certain: None,
        });
        Set::new(items, values.collect())
    }

    /// Adds a generated ConfigMap or Secret, which no file contains. Its keys are known, which the place of its data tells.
    pub(crate) fn add_generated(&mut self, kind: &str, name: &str, namespace: &str, data: Map, span: Span) -> usize {
        let text = |key: &str, text: &str| Entry { key: key.into(), key_span: Span::NONE, value: Node::string(text) };
        let map = |key: &str, entries: Map, span: Span| Entry {
            key: key.into(),
            key_span: Span::NONE,
            value: Node { value: Value::Map(entries), span },
        };
        let mut metadata = vec![text("name", name)];
        metadata.extend((!namespace.is_empty()).then(|| text("namespace", namespace)));
        let metadata = map("metadata", Map { entries: metadata }, Span::NONE);
        let entries = vec![text("apiVersion", "v1"), text("kind", kind), metadata, map("data", data, span)];
        let id = Id { group: "".into(), kind: kind.into(), namespace: namespace.into(), name: name.into() };
        self.objects.push((id, Node::new(Value::Map(Map { entries }))));
        self.objects.len() - 1
    }

    /// The objects.
    pub(crate) fn objects(&self) -> &[(Id, Node)] {
        &self.objects
    }

    /// The object with an index.
    pub(crate) fn object(&self, index: usize) -> &(Id, Node) {
        &self.objects[index]
    }

    /// Whether values of the Consul chart ask for Consul namespaces, which Enterprise has.
    pub(crate) fn has_consul_namespaces(&self) -> bool {
        self.values.iter().any(|values| {
            let asked = values.node.path(&["global", "enableConsulNamespaces"]);
            asked.is_some_and(|node| matches!(node.value, Value::Bool(true)))
        })
    }

    /// The Helm values with an index.
    pub(crate) fn chart_values(&self, index: usize) -> &Values {
        &self.values[index]
    }

    /// For parsing part of a text again as a source of its own; see [`Sources`] for the positions.
    pub(crate) fn sources_mut(&mut self) -> &mut Sources {
        &mut self.sources
    }

    /// What could not be read.
    pub(crate) fn malformed(&self) -> &[Finding] {
        &self.malformed
    }

    /// Everything that was parsed.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.objects.iter().map(|(_, node)| node).chain(self.values.iter().map(|values| &values.node))
    }

    /// The texts that were read.
    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    pub(crate) fn allows(&self) -> &[Allow] {
        &self.allows
    }
}

/// Whether a document is a map that cannot be an object.
fn has_no_type(node: &Node) -> bool {
    node.as_map().is_some() && node.get("apiVersion").is_none() && node.get("kind").is_none()
}

/// The identity of a Namespace whose name is none: a kustomization that sets `namespace` gives it that name, and otherwise
/// the API server refuses it.
fn renamed_namespace(node: &Node) -> Option<Id> {
    let text = |path: &[&str]| node.path(path).and_then(Node::as_str).unwrap_or_default();
    let name = text(&["metadata", "name"]);
    let is_one = (text(&["apiVersion"]), text(&["kind"])) == ("v1", "Namespace");
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    (is_one && is_plain && Id::of(node).is_err_and(|all| all.iter().all(|one| one.rule == ids::INVALID_NAME)))
        .then(|| Id { group: "".into(), kind: "Namespace".into(), namespace: "".into(), name: name.into() })
}

/// Whether a node is a Jaeger resource whose name may be shown.
fn is_jaeger(node: &Node) -> bool {
    let text = |path: &[&str]| node.path(path).and_then(Node::as_str).unwrap_or_default();
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    text(&["kind"]) == "Jaeger"
        && text(&["apiVersion"]).starts_with("jaegertracing.io/")
        && plain(text(&["metadata", "name"]))
        && plain(text(&["metadata", "namespace"]))
}

/// Whether a broken file is certainly not a manifest: JSON, which often has comments; YAML tags, which manifests never
/// have (CloudFormation's `!Ref`); or the configuration of a tool known by its file name.
/// (CloudFormation's `!Ref`); the configuration of a tool that is known by its file's name.
fn has_other_use(name: &str, found: &Findings) -> bool {
    const TOOLS: [&str; 5] = ["mkdocs.", "_config.", "Taskfile.", "renovate.", "dependabot."];
    let file = name.rsplit('/').next().unwrap_or(name);
    file.ends_with(".json")
        || TOOLS.iter().any(|tool| file.starts_with(tool))
        || found.iter().any(|finding| finding.rule.as_str() == ids::YAML_TAG.as_str())
}
