//! Checks a render, and finds for each finding the profile's or else the template's line to edit.

use crate::check;
use crate::check::Author;
use crate::check::Doc;
use crate::check::Helm;
use crate::check::Item;
use crate::check::Loaded;
use crate::check::Located;
use crate::check::Options;
use crate::check::Places;
use crate::check::Report;
use crate::check::Set;
use crate::finding::Findings;
use crate::finding::Severity;
use crate::model::Model;
use crate::model::Release;
use crate::model::settings::SamplingAt;
use crate::object;
use crate::object::Content;
use crate::object::Object;
use crate::object::Rendered;
use crate::pointer;
use crate::profile::Values;
use crate::render::Input;
use crate::secrecy::Known;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::template::Engine;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;
use std::cell::OnceCell;

/// The report on a render, before levels are applied.
pub(super) fn judge(
    input: &Input<'_>,
    (values, sources): (&Values, &Sources),
    model: &Model,
    engine: &Engine<'_>,
    rendered: &Rendered,
    secrets: &Known,
    options: &Options,
) -> Report {
    let mut verbatim = Loaded::default();
    for (path, bytes) in input.verbatim.iter().filter(|(path, _)| object::is_manifest(path)) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            verbatim.add(&format!("files/{path}"), text);
        }
    }
    // What is for Argo CD and Flux comes last. It says again what `helm/` says, and has no line of a profile.
    let of_gitops = |object: &Object| rendered.templates[object.template as usize].folder().starts_with(object::GITOPS);
    let count = rendered.objects.iter().position(of_gitops).unwrap_or(rendered.objects.len());
    let (objects, handed_over) = rendered.objects.split_at(count);
    let mut items: Vec<Item<'_>> = objects.iter().map(|o| Item { id: &o.id, node: &o.node }).collect();
    let more = verbatim.set();
    items.extend(more.items.iter().copied());
    let plain: Vec<usize> = (0..rendered.plain.len())
        .filter(|index| matches!(&rendered.plain[*index].content, Content::Yaml(..)))
        .filter(|index| rendered.plain[*index].path.starts_with("helm/"))
        .collect();
    let helm = plain.iter().filter_map(|index| match &rendered.plain[*index] {
        object::Plain { path, content: Content::Yaml(node, chart) } => {
            let mut words = chart.as_deref().unwrap_or_default().split_whitespace();
            let release = path.split('/').nth(1);
            let chart = words.next().map(|name| (name, words.next()));
            Some(Helm { chart, release, namespace: None, node, from: &[], unknown: None, certain: None })
        }
        _ => None,
    });
    let set = Set::new(items, helm.collect()).of_render(true);
    let options = Options {
        kubernetes: options.kubernetes.clone().or_else(|| Some(model.cluster.kubernetes.clone())),
        jaeger: options.jaeger.clone().or_else(|| Some(model.operators.jaeger.as_ref()?.release.version.clone())),
        domain: options.domain.clone().or_else(|| Some(model.cluster.domain.clone())),
        // What the profile requested was reported when it was set.
        gateways_untraced: model.tracing.sampling.at == SamplingAt::Sidecars,
        secrets: secrets.clone(),
        ..options.clone()
    };
    let places = RenderPlaces {
        values,
        sources,
        engine,
        rendered,
        objects,
        verbatim: &verbatim,
        plain,
        charts: &model.charts,
        paths: OnceCell::new(),
    };
    let mut report = check::check(&set, &options, &places);
    report.findings.extend(texts(input, rendered, handed_over, secrets));
    // They are copied unchanged, so they may contain what only their own tool can read.
    report.findings.extend(check::unread(&verbatim).map(|mut hit| {
        hit.finding = hit.finding.redacted(secrets.hide());
        hit.finding.severity = Severity::Warning;
        hit
    }));
    report
}

/// The secrets of files that are neither judged objects nor Helm values.
fn texts(
    input: &Input<'_>,
    rendered: &Rendered,
    handed_over: &[Object],
    secrets: &Known,
) -> Vec<check::ReportedFinding> {
    let objects = handed_over.iter().map(|object| {
        let mut text = String::new();
        yaml::write(&object.node, &mut text);
        (rendered.templates[object.template as usize].to_string(), Cow::Owned(text))
    });
    let printed = rendered.plain.iter().filter_map(|plain| match &plain.content {
        Content::Text(text) => Some((plain.path.clone(), Cow::Borrowed(text.as_str()))),
        Content::Yaml(node, _) if !plain.path.starts_with("helm/") => {
            let mut text = String::new();
            yaml::write(node, &mut text);
            Some((plain.path.clone(), Cow::Owned(text)))
        }
        Content::Yaml(..) => None,
    });
    let copied =
        input.verbatim.iter().filter(|(path, _)| !object::is_manifest(path)).filter_map(|(path, bytes)| {
            Some((format!("files/{path}"), Cow::Borrowed(std::str::from_utf8(bytes).ok()?)))
        });
    let found = printed.chain(copied).chain(objects).flat_map(|(name, text)| check::plaintext(&name, &text, secrets));
    found.map(check::ReportedFinding::bare).collect()
}

/// Shorter texts are words that several keys may contain.
const SAME: usize = 6;

struct RenderPlaces<'a> {
    values: &'a Values,
    sources: &'a Sources,
    engine: &'a Engine<'a>,
    rendered: &'a Rendered,
    /// Those that are judged.
    objects: &'a [Object],
    verbatim: &'a Loaded,
    /// Indices of Helm values among the plain files.
    plain: Vec<usize>,
    charts: &'a [Release],
    paths: OnceCell<Vec<String>>,
}

impl Places for RenderPlaces<'_> {
    fn place(&self, located: &Located<'_>) -> (Option<Place>, Option<(String, u32)>) {
        let objects = self.objects;
        match located.doc {
            Doc::Object(index) if index >= objects.len() => self.verbatim.place(located),
            Doc::Object(index) => {
                let object = &objects[index];
                let printer = &self.rendered.templates[object.template as usize];
                let file = self.paths.get_or_init(|| object::paths(self.rendered)).get(index).cloned();
                let line = object::lines_above_object(printer) + line(&object.node, located.path);
                let rendered = file.map(|file| (file, line));
                let Some(template) = printer.template() else { return (self.chart(printer.folder()), rendered) };
                let place = self.edit(template, located, |path| match (&*object.id.kind, &*object.id.name) {
                    ("ProxyDefaults", _) => below_spec("mesh.proxyDefaults", path),
                    ("Jaeger" | "OpenTelemetryCollector", _) => below_spec("jaeger.spec", path),
                    ("ServiceDefaults", name) => below_spec(&format!("services.{name}.serviceDefaults"), path),
                    ("Deployment", name) => self.overlaid(["services", name, "deployment"], &object.node, path),
                    ("Service", name) => self.overlaid(["services", name, "service"], &object.node, path),
                    _ => None,
                });
                (place, rendered)
            }
            Doc::Values(index) => {
                let Some(plain) = self.plain.get(index).map(|index| &self.rendered.plain[*index]) else {
                    return (None, None);
                };
                let free = |path: &str| Some(("consul.values".to_string(), path.to_string()));
                let place = self.edit(&plain.path, located, free);
                let line = match &plain.content {
                    Content::Yaml(node, chart) => {
                        object::lines_above_plain(&plain.path, chart.as_deref()) + line(node, located.path)
                    }
                    Content::Text(_) => 1,
                };
                (place, Some((plain.path.clone(), line)))
            }
        }
    }

    fn author(&self, doc: Doc, _: &Node) -> Author {
        match doc {
            Doc::Object(index) if index >= self.objects.len() => Author::Copy,
            _ => Author::Render,
        }
    }
}

impl RenderPlaces<'_> {
    /// The profile's line that names the chart whose objects are in a folder.
    fn chart(&self, folder: &str) -> Option<Place> {
        let name = folder.strip_prefix(object::CHARTS)?.split('/').next()?;
        let release = self.charts.iter().find(|release| release.name == name)?;
        let steps: Vec<String> =
            release.key_of_path().into_iter().filter(|step| !step.is_empty()).map(str::to_string).collect();
        self.profile(&steps)
    }

    /// The profile's line if a free map has the value or the template prints a key there; otherwise the template's
    /// line.
    fn edit(
        &self,
        template: &str,
        located: &Located<'_>,
        free: impl Fn(&str) -> Option<(String, String)>,
    ) -> Option<Place> {
        if let Some((prefix, rest)) = free(located.path) {
            let steps: Vec<String> =
                prefix.split('.').map(str::to_string).chain(pointer::parse(&rest).map(Cow::into_owned)).collect();
            if let Some(place) = self.profile(&steps) {
                return Some(place);
            }
        }
        let span =
            std::iter::once(located.span).chain(located.above.iter().copied()).find(|span| *span != Span::NONE)?;
        let place = self.engine.locate(template, &[span.start as usize]).pop().flatten()?;
        let key = self.engine.key(template, span.start as usize);
        key.and_then(|key| self.profile(&key)).or_else(|| self.by_value(located.node)).or(Some(place))
    }

    /// The key of a map that is merged into `object`, and the path in it: list items are merged by name, or else by place.
    fn overlaid(&self, key: [&str; 3], object: &Node, path: &str) -> Option<(String, String)> {
        let mut ours = object;
        let mut theirs = key.iter().try_fold(&self.values.root, |node, step| node.get(step))?;
        let mut way = String::new();
        for step in pointer::parse(path) {
            let (Some(own), Some(list)) = (ours.as_list(), theirs.as_list()) else {
                (ours, theirs) = (ours.get(&step)?, theirs.get(&step)?);
                pointer::push(&mut way, &step);
                continue;
            };
            let index = step.parse::<usize>().ok()?;
            ours = own.get(index)?;
            let name = |node: &Node| node.get("name").and_then(Node::as_str).map(str::to_string);
            let at = match name(ours) {
                Some(named) => list.iter().position(|item| name(item).as_ref() == Some(&named)),
                None => Some(index),
            };
            let at = at.filter(|at| *at < list.len())?;
            theirs = &list[at];
            pointer::push(&mut way, &at.to_string());
        }
        Some((key.join("."), way))
    }

    /// The profile's line with the same text, if there is only one: for output of loops, which has no key.
    fn by_value(&self, node: &Node) -> Option<Place> {
        fn search<'n>(node: &'n Node, wanted: &str, out: &mut Vec<&'n Node>) {
            match &node.value {
                Value::Map(map) => map.entries.iter().for_each(|entry| search(&entry.value, wanted, out)),
                Value::List(list) => list.iter().for_each(|item| search(item, wanted, out)),
                Value::String(text) if **text == *wanted => out.push(node),
                _ => {}
            }
        }
        let wanted = node.as_str().filter(|text| text.len() >= SAME)?;
        let mut same = Vec::new();
        search(&self.values.root, wanted, &mut same);
        let [one] = same.as_slice() else { return None };
        self.sources.place(one.span)
    }

    fn profile(&self, steps: &[String]) -> Option<Place> {
        let mut node = &self.values.root;
        for step in steps {
            node = match node.as_list() {
                Some(list) => list.get(step.parse::<usize>().ok()?)?,
                None => node.get(step)?,
            };
        }
        self.sources.place(node.span)
    }
}

/// A path below `spec`, in the free map that is merged there.
fn below_spec(key: &str, path: &str) -> Option<(String, String)> {
    Some((key.to_string(), path.strip_prefix("/spec")?.to_string()))
}

/// The line, from 1, on which the writer puts the node at `path`.
fn line(node: &Node, path: &str) -> u32 {
    let mut text = String::new();
    yaml::write(node, &mut text);
    let mut sources = Sources::default();
    let source = sources.add("", text);
    let documents = yaml::read(&sources, source, &mut Findings::default());
    let Some(root) = documents.first().map(|document| &document.node) else { return 1 };
    let span = check::span_at(root, path);
    sources.place(span).map_or(1, |place| place.line)
}
