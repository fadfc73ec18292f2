//! The stage of Helm charts: from the values of each release to its objects.
//!
//! Everything here is a function of the chart's bytes, the values and the versions in the profile. Helm itself is behind
//! [`Helm`](crate::chart::Helm).

use crate::chart;
use crate::chart::Answer;
use crate::chart::Chart;
use crate::chart::Document;
use crate::chart::Hook;
use crate::chart::Request;
use crate::chart::Uses;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Model;
use crate::model::Owner;
use crate::model::Release;
use crate::object;
use crate::object::Content;
use crate::object::Id;
use crate::object::Printer;
use crate::object::Rendered;
use crate::profile::Values;
use crate::render::Input;
use crate::running;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::stack::Version;
use crate::stack::kube;
use crate::stack::kube::schema;
use crate::yaml;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A release of the model with what its chart needs.
struct Job<'a> {
    release: &'a Release,
    values: &'a Values,
    sources: &'a Sources,
    /// The values that the chart gets, as YAML.
    given: String,
    api_versions: Vec<String>,
    kubernetes: &'a str,
    /// The version that the profile sets, for our own charts.
    expected: Option<(&'static str, &'a str)>,
}

/// What a chart makes.
#[derive(Default)]
struct Made {
    objects: Vec<(Id, Node, Printer)>,
    definitions: bool,
    dropped: Vec<String>,
}

impl Made {
    fn has(&self, id: &Id, node: &Node) -> bool {
        self.objects.iter().any(|(other, same, _)| other == id && same == node)
    }
}

/// Renders the charts of the model and adds their objects. The model learns which definitions and hooks there are.
pub(super) fn render(
    input: &Input<'_>,
    (values, sources): (&Values, &Sources),
    model: &mut Model,
    rendered: &mut Rendered,
    found: &mut Findings,
) {
    let Some(helm) = input.helm else {
        let finding = Finding::error(ids::HELM, "these profiles have charts, which cannot be rendered here");
        found.push(finding.help("use `meshtrace render` in a project"));
        return;
    };
    let jobs: Vec<Job<'_>> =
        model.charts.iter().map(|release| Job::new(release, values, sources, model, rendered)).collect();
    let results: Vec<(Made, Findings)> = jobs
        .par_iter()
        .map(|job| {
            let _at = running::stage("the chart", job.release.path.as_str());
            let mut found = Findings::default();
            (job.make(helm, &mut found), found)
        })
        .collect();
    drop(jobs);
    let mut objects = Vec::new();
    for (release, (made, findings)) in model.charts.iter_mut().zip(results) {
        found.append(findings);
        (release.definitions, release.dropped) = (made.definitions, made.dropped);
        objects.extend(made.objects);
    }
    object::add_charts(rendered, objects, found);
}

impl<'a> Job<'a> {
    fn new(
        release: &'a Release,
        values: &'a Values,
        sources: &'a Sources,
        model: &'a Model,
        rendered: &Rendered,
    ) -> Job<'a> {
        let of_plain = |path: &str| {
            rendered.plain.iter().find(|plain| plain.path == path).and_then(|plain| match &plain.content {
                Content::Yaml(node, _) => Some(node),
                Content::Text(_) => None,
            })
        };
        let node = match release.owner {
            Owner::Consul => of_plain("helm/consul/values.yaml").cloned(),
            Owner::Jaeger => of_plain("helm/jaeger/values.yaml").cloned(),
            Owner::Profile => at(&values.root, &release.key_of_values()).cloned(),
        };
        let node = node.unwrap_or_else(|| Node::new(Value::Map(Map::default())));
        let mut text = String::new();
        yaml::write(&node, &mut text);
        let expected = match release.owner {
            Owner::Consul => Some(("consul", model.consul.settings.chart.as_str())),
            Owner::Jaeger => Some(("jaeger", model.jaeger.settings.chart.as_str())),
            Owner::Profile => None,
        };
        Job {
            release,
            values,
            sources,
            given: text,
            api_versions: api_versions(release, model, rendered),
            kubernetes: &model.cluster.kubernetes,
            expected,
        }
    }

    fn make(&self, helm: &dyn chart::Helm, found: &mut Findings) -> Made {
        let chart = match helm.chart(&self.release.path).and_then(|chart| self.is_expected(chart)) {
            Ok(chart) => chart,
            Err(finding) => {
                found.push(self.here(*finding));
                return Made::default();
            }
        };
        let uses = chart::uses(&chart.files, &self.given);
        let request = Request {
            path: self.release.path.clone(),
            release: self.release.name.clone(),
            namespace: self.release.namespace.clone(),
            values: self.given.clone(),
            kubernetes: self.kubernetes.to_string(),
            api_versions: self.api_versions.clone(),
            crds: self.release.crds,
            twice: uses.changing,
        };
        match helm.template(&request) {
            Ok(answer) => self.read(&chart, &uses, &answer, found),
            Err(finding) => {
                found.push(self.here(*finding));
                Made::default()
            }
        }
    }

    /// Whether it is the chart that the profile's version says, for our own.
    fn is_expected(&self, chart: Arc<Chart>) -> Result<Arc<Chart>, Box<Finding>> {
        let Some((name, version)) =
            self.expected.filter(|(name, version)| chart.name != *name || chart.version != *version)
        else {
            return Ok(chart);
        };
        let message = format!(
            "`{}` is the chart {} {}, but `{name}.chart` is {version}",
            self.release.path, chart.name, chart.version
        );
        let help = format!("fetch {name} {version} with `meshtrace charts add`, or set {name}.chart");
        Err(Box::new(Finding::error(ids::CHART_INVALID, message).help(help)))
    }

    fn read(&self, chart: &Chart, uses: &Uses, answer: &Answer, found: &mut Findings) -> Made {
        let path = &self.release.path;
        for warning in chart::warnings(&answer.stderr) {
            let place = self.named(&warning).or_else(|| self.path());
            let finding = Finding::warning(ids::CHART_WARNING, format!("helm warns of the chart `{path}`: {warning}"));
            found.push(finding.at(place).help("give it a value of the type that the chart's values.yaml has"));
        }
        let Some(text) = &answer.text else {
            found.push(self.failure(chart, &answer.stderr));
            return Made::default();
        };
        if let Some((template, line)) = uses.lookups.first() {
            let more = match uses.lookups.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            let message = format!(
                "the chart `{path}` may ask the cluster by `lookup` in {template}:{line}{more}; without one, it gets an empty map"
            );
            let help = "set the value that the chart would look for, such as an existing Secret";
            found.push(Finding::warning(ids::CHART_LOOKUP, message).at(self.path()).help(help));
        }
        let name = format!("output of {path}");
        let mut mistakes = Findings::default();
        let documents = chart::documents(text, &name, &mut mistakes);
        if !mistakes.is_empty() {
            mistakes.into_iter().for_each(|finding| found.push(self.mistake(finding)));
            return Made::default();
        }
        if let Some(other) = &answer.other {
            let others = chart::documents(other, &name, &mut Findings::default());
            let before = found.errors();
            self.differences(chart, uses, &documents, &others, found);
            if found.errors() > before {
                return Made::default();
            }
        }
        self.sort_out(documents, found)
    }

    /// The objects to write: no tests, hooks by choice, each in a namespace.
    fn sort_out(&self, documents: Vec<Document>, found: &mut Findings) -> Made {
        let mut made = Made::default();
        let mut asked = Vec::new();
        let path = &self.release.path;
        let scopes = scopes(&documents);
        let before = found.errors();
        for mut document in documents {
            let hook = document.hook();
            let id = match Id::of(&document.node) {
                Ok(_) if hook == Some(Hook::Test) => continue,
                Ok(id) => id,
                Err(problems) => {
                    for problem in problems {
                        let printer = match document.template.as_str() {
                            "" => path.as_str(),
                            template => template,
                        };
                        let message = format!("{} in what `{printer}` prints", problem.message);
                        found.push(Finding::error(problem.rule, message).at(self.path()).help(problem.help));
                    }
                    continue;
                }
            };
            if hook.is_some_and(|hook| hook == Hook::Other || !self.release.hooks) {
                let what = format!("{} {id}", document.events());
                if hook == Some(Hook::Install) {
                    asked.push(what.clone());
                }
                made.dropped.push(what);
                continue;
            }
            let id = self.placed(id, &mut document.node, &scopes);
            let is_definition = &*id.group == kube::API_EXTENSIONS;
            // A chart that is there under two names brings its definitions twice. Helm's client leaves out what is there already.
            if is_definition && made.has(&id, &document.node) {
                continue;
            }
            made.definitions |= is_definition;
            let inner = if is_definition { object::DEFINITIONS } else { "" };
            let folder = format!("{}{}/{inner}", object::CHARTS, self.release.name);
            let printer = Printer::Chart { folder, chart: self.release.path.clone(), template: document.template };
            made.objects.push((id, document.node, printer));
        }
        if made.objects.is_empty() && made.dropped.is_empty() && found.errors() == before {
            let message = format!("the chart `{path}` renders no object with these values");
            let help = "set the value that switches it on, or remove the release";
            found.push(Finding::warning(ids::CHART_EMPTY, message).at(self.path()).help(help));
        }
        // Those that only run when a release is deleted or rolled back are never applied, and INSTALL.md lists them.
        if !asked.is_empty() {
            let message = format!("hooks of the chart `{path}` are left out: {}", asked.join(", "));
            let help = "do by hand what they do, or set `hooks: keep`";
            found.push(Finding::warning(ids::CHART_HOOKS_DROPPED, message).at(self.path()).help(help));
        }
        made
    }

    /// Puts an object without a namespace into that of the release, as Helm's client does; kinds whose scope nothing says
    /// stay as they are.
    fn placed(&self, id: Id, node: &mut Node, scopes: &BTreeMap<(String, String), bool>) -> Id {
        let key = (id.group.to_string(), id.kind.to_string());
        let cluster = scopes.get(&key).copied().or_else(|| schema::is_cluster_scoped(&id.group, &id.kind));
        if !id.namespace.is_empty() || cluster != Some(false) {
            return id;
        }
        let namespace = Node::string(&self.release.namespace);
        if let Value::Map(map) = &mut node.value
            && let Some(Node { value: Value::Map(metadata), .. }) = map.get_mut("metadata")
        {
            metadata.entries.retain(|entry| &*entry.key != "namespace");
            let at = metadata.entries.iter().position(|entry| &*entry.key == "name").map_or(0, |at| at + 1);
            metadata.entries.insert(at, Entry { key: "namespace".into(), key_span: Span::NONE, value: namespace });
        }
        Id { namespace: self.release.namespace.as_str().into(), ..id }
    }

    /// Values that are not the same in two runs.
    fn differences(
        &self,
        chart: &Chart,
        uses: &Uses,
        documents: &[Document],
        others: &[Document],
        found: &mut Findings,
    ) {
        let set = self.release.key_of_values().join(".");
        let set = set.trim_end_matches('.');
        for one in chart::differences(documents, others) {
            let at = if one.path.is_empty() { String::new() } else { format!(" at `{}`", one.path) };
            let message = format!("{} of the chart `{}` differs between two renders{at}", one.object, chart.path);
            let own = one.template.split_once('/').map_or("", |(_, template)| template);
            let mut keys: Vec<String> = Vec::new();
            let near = |all: &mut Vec<String>, own: &str| {
                let of = uses.instead.iter().filter(|(template, _)| own.is_empty() || template == own);
                all.extend(of.map(|(_, key)| format!("`{set}.{key}`")));
            };
            near(&mut keys, own);
            if keys.is_empty() {
                near(&mut keys, "");
            }
            keys.dedup();
            let help = match keys.as_slice() {
                [] => "set the value that replaces what the chart makes at random, or patch the chart".to_string(),
                [key] => format!("set {key}, which is what the template uses instead"),
                keys => format!("set the one that replaces it: {}", keys.join(", ")),
            };
            let finding = Finding::error(ids::CHART_RANDOM, message).at(self.path()).help(help);
            found.push(finding.note(format!("printed by {}", one.template), None));
        }
    }

    fn failure(&self, chart: &Chart, stderr: &str) -> Finding {
        let said = chart::said(stderr);
        let read = said.at.as_deref().and_then(|at| chart::read_at(&chart.files, at));
        let place = match said.message.contains("kubeVersion") {
            true => self.place(&["cluster", "kubernetes"]),
            false => self.named(&said.message).or_else(|| self.named(&format!(".Values.{}", read.as_deref()?))),
        };
        let said_nothing = self.named(&said.message).is_none();
        let message = format!("the chart `{}` cannot be rendered: {}", chart.path, said.message);
        let mut finding = Finding::error(ids::CHART_FAILS, message).at(place.or_else(|| self.path()));
        if let Some(at) = said.at {
            finding = finding.note(format!("it failed at {at}"), None);
        }
        let help = match said.message.contains("missing in charts/ directory") {
            true => "run `helm dependency build` in a copy of the chart, and vendor that".to_string(),
            false => {
                let values = self.release.key_of_values().join(".");
                let values = values.trim_end_matches('.');
                match read.filter(|_| said_nothing) {
                    Some(key) => format!("set `{values}.{key}`, which the template reads there"),
                    None => format!("set its values in {values}"),
                }
            }
        };
        finding.help(help)
    }

    /// A mistake in what the chart prints, at the line of the profile that names the chart.
    fn mistake(&self, mut finding: Finding) -> Finding {
        let printed = finding.place.take();
        finding.notes.clear();
        // What a chart prints may hold anything, so none of it is shown.
        let line = printed.map(|place| format!("line {} of what `helm template` prints", place.line));
        finding.place = self.path();
        finding.help = Some("fix the chart, or leave that object out by its values".to_string());
        match line {
            Some(line) => finding.note(line, None),
            None => finding,
        }
    }

    /// Where the profile sets a value that a message names.
    fn named(&self, message: &str) -> Option<Place> {
        let values = at(&self.values.root, &self.release.key_of_values())?;
        let path = chart::keys(message, values).into_iter().next()?;
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        at(values, &steps).and_then(|node| self.sources.place(node.span))
    }

    /// A finding of whoever runs Helm, which has a place if it is about the lock.
    fn here(&self, finding: Finding) -> Finding {
        if finding.place.is_some() { finding } else { finding.at(self.path()) }
    }

    /// Where the profile names the chart.
    fn path(&self) -> Option<Place> {
        self.place(&self.release.key_of_path())
    }

    fn place(&self, path: &[&str]) -> Option<Place> {
        at(&self.values.root, path).and_then(|node| self.sources.place(node.span))
    }
}

/// The value at a path; empty steps do not count.
fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().filter(|step| !step.is_empty()).try_fold(node, |node, step| match node.as_list() {
        Some(list) => list.get(step.parse::<usize>().ok()?),
        None => node.get(step),
    })
}

/// Whether the kinds that a chart defines are in no namespace.
fn scopes(documents: &[Document]) -> BTreeMap<(String, String), bool> {
    let definition = |document: &Document| {
        let text = |path: &[&str]| document.node.path(path).and_then(Node::as_str).map(str::to_string);
        (text(&["kind"])? == "CustomResourceDefinition").then_some(())?;
        Some(((text(&["spec", "group"])?, text(&["spec", "names", "kind"])?), text(&["spec", "scope"])? == "Cluster"))
    };
    documents.iter().filter_map(definition).collect()
}

/// What the cluster serves: Kubernetes by its version, what the render's operators and definitions bring, the kinds that
/// the render uses, and what the profile adds. What a chart brings itself is not among it.
fn api_versions(release: &Release, model: &Model, rendered: &Rendered) -> Vec<String> {
    let mut all: BTreeSet<String> = release.api_versions.iter().cloned().collect();
    if let Some(version) = Version::read(&model.cluster.kubernetes) {
        all.extend(schema::api_versions(&version));
    }
    let mut add = |version: &str, kind: &str| {
        all.insert(version.to_string());
        all.insert(format!("{version}/{kind}"));
    };
    if model.jaeger.needs_cert_manager {
        add("cert-manager.io/v1", "Certificate");
        add("cert-manager.io/v1", "Issuer");
    }
    for object in &rendered.objects {
        let group = &*object.id.group;
        if kube::is_built_in(group) && group != kube::API_EXTENSIONS {
            continue;
        }
        if let Some((group, kind)) = object
            .node
            .path(&["spec", "group"])
            .zip(object.node.path(&["spec", "names", "kind"]))
            .filter(|_| group == kube::API_EXTENSIONS)
            .and_then(|(group, kind)| group.as_str().zip(kind.as_str()))
        {
            let versions = object.node.path(&["spec", "versions"]).and_then(Node::as_list).unwrap_or_default();
            for version in versions.iter().filter_map(|version| version.get("name").and_then(Node::as_str)) {
                add(&format!("{group}/{version}"), kind);
            }
            continue;
        }
        let is_own = release.owner == Owner::Consul && schema::Family::of(group) == Some(schema::Family::Consul);
        let is_gateway = release.owner == Owner::Consul && group == kube::GATEWAY_API;
        if let Some(version) = object.node.get("apiVersion").and_then(Node::as_str).filter(|_| !is_own && !is_gateway) {
            add(version, &object.id.kind);
        }
    }
    all.into_iter().collect()
}
