//! Texts to a set: objects, `List`s, what `kubectl get -o yaml` prints, Helm values. What cannot be read is a finding,
//! and the rest is judged all the same.

use crate::check::input::set::Helm;
use crate::check::input::set::Item;
use crate::check::input::set::Set;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Severity;
use crate::finding::ids;
use crate::object::Id;
use crate::object::unwrap_list;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::stack::jaeger;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;

/// What was read.
#[derive(Default)]
pub struct Loaded {
    sources: Sources,
    objects: Vec<(Id, Node)>,
    values: Vec<Values>,
    allows: Vec<Allow>,
    malformed: Vec<Finding>,
}

struct Values {
    chart: Option<(String, Option<String>)>,
    release: Option<String>,
    node: Node,
}

/// A comment that allows a rule within its document.
pub(crate) struct Allow {
    pub(crate) rule: String,
    pub(crate) reason: String,
    pub(crate) place: Option<Place>,
    /// The lines of the document.
    pub(crate) lines: (u32, u32),
    pub(crate) file: std::sync::Arc<str>,
}

/// Name and version of the chart that a values file says it is for: `# chart: consul 0.46.1` before its first key.
pub fn helm_chart(text: &str) -> Option<(&str, Option<&str>)> {
    let comments = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    let said = comments.filter_map(|line| line.strip_prefix('#')?.trim().strip_prefix("chart:")).next()?;
    let mut words = said.split_whitespace();
    let name = words.next()?;
    Some((name.rsplit('/').next().unwrap_or(name), words.next()))
}

impl Loaded {
    /// Reads a text that messages call `name`.
    pub fn add(&mut self, name: &str, text: &str) {
        let source = self.sources.add(name, text);
        let mut found = Findings::default();
        let documents = yaml::read(&self.sources, source, &mut found);
        for finding in found {
            if finding.severity == Severity::Error {
                self.malformed.push(finding);
            }
        }
        for document in documents {
            self.comments(document.span);
            for node in unwrap_list(document.node) {
                self.document(name, text, node);
            }
        }
    }

    /// Reports a file that could not even be read.
    pub fn unreadable(&mut self, finding: Finding) {
        self.malformed.push(finding);
    }

    fn document(&mut self, name: &str, text: &str, mut node: Node) {
        let api = node.get("apiVersion").is_some();
        let kind = node.get("kind").is_some();
        if !api && !kind {
            return self.maybe_values(name, text, node);
        }
        let group = node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
        if group.starts_with("kustomize.config.k8s.io") || group.starts_with("client.config.kubernetes.io") {
            return;
        }
        // The cluster names it when it is made; within the set it needs a name all the same.
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
                // Refused, and with it goes what spans are sent to: its rules say both in one.
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

    fn maybe_values(&mut self, name: &str, text: &str, node: Node) {
        let chart = helm_chart(text).map(|(name, version)| (name.to_string(), version.map(str::to_string)));
        let parts: Vec<&str> = name.split('/').collect();
        let release = match parts.as_slice() {
            [.., "helm", release, "values.yaml"] => Some((*release).to_string()),
            _ => None,
        };
        if node.as_map().is_some() && (chart.is_some() || release.is_some() || is_consul_values(&node)) {
            let chart = chart.or_else(|| match (is_consul_values(&node), release.as_deref()) {
                (true, _) => Some(("consul".to_string(), None)),
                (false, Some(release @ ("consul" | "jaeger"))) => Some((release.to_string(), None)),
                _ => None,
            });
            self.values.push(Values { chart, release, node });
        }
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

    /// Whether there is nothing at all to judge.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.values.is_empty() && self.malformed.is_empty()
    }

    /// The set, to be judged.
    pub fn set(&self) -> Set<'_> {
        let items = self.objects.iter().map(|(id, node)| Item { id, node }).collect();
        let values = self
            .values
            .iter()
            .map(|values| Helm {
                chart: values.chart.as_ref().map(|(name, version)| (name.as_str(), version.as_deref())),
                release: values.release.as_deref(),
                node: &values.node,
            })
            .collect();
        Set::new(items, values)
    }

    /// What could not be read.
    pub(crate) fn malformed(&self) -> &[Finding] {
        &self.malformed
    }

    /// Everything that could be read.
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

/// Whether Helm values are those of the Consul chart.
pub(crate) fn is_consul_values(node: &Node) -> bool {
    const OWN: [&str; 4] = ["connectInject", "ingressGateways", "syncCatalog", "meshGateway"];
    OWN.iter().any(|key| node.get(key).is_some_and(|node| node.as_map().is_some()))
        || node.get("global").is_some_and(|global| {
            global.get("datacenter").is_some() && (node.get("server").is_some() || node.get("client").is_some())
        })
}

/// Whether it is a Jaeger resource whose name can be shown.
fn is_jaeger(node: &Node) -> bool {
    let text = |path: &[&str]| node.path(path).and_then(Node::as_str).unwrap_or_default();
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    text(&["kind"]) == "Jaeger"
        && text(&["apiVersion"]).starts_with("jaegertracing.io/")
        && plain(text(&["metadata", "name"]))
        && plain(text(&["metadata", "namespace"]))
}
