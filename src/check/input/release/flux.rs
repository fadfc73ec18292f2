//! Flux's HelmRelease.
//!
//! Sources: fluxcd/helm-controller `api/v2/helmrelease_types.go` (names, `chartRef`, `suspend`); fluxcd/pkg
//! `chartutil/values.go` (`valuesFrom` in order, then `values`, and what a `targetPath` does to that); fluxcd/source-controller
//! `api/v1/helmchart_types.go` (`valuesFiles`, which replace the chart's own); fluxcd/kustomize-controller
//! `api/v1/kustomization_types.go` (`patches`).

use crate::check::input::embedded;
use crate::check::input::load::is_consul_values;
use crate::check::input::release::context::Context;
use crate::check::input::release::part::Part;
use crate::check::input::release::part::Release;
use crate::check::input::release::part::Where;
use crate::check::input::release::part::chart_name;
use crate::check::input::release::part::exact;
use crate::check::input::release::part::is_true;
use crate::check::input::release::part::list;
use crate::check::input::release::part::missing;
use crate::check::input::release::part::namespace;
use crate::check::input::release::part::text;
use crate::check::input::release::umbrella;
use crate::object::Id;
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::Value;

const FLUX_SOURCE: &str = "source.toolkit.fluxcd.io";
const FLUX_KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";

/// Where the chart comes from.
struct Source<'a> {
    chart: &'a str,
    version: Option<&'a str>,
    /// Its repository, by URL or at least by name.
    from: &'a str,
    /// Values files of the chart that take the place of its values.yaml.
    files: &'a [Node],
    /// Whether the chart and its files are in a Git repository.
    is_git: bool,
}

pub(super) fn releases<'a>(id: &'a Id, node: &'a Node, context: &Context<'a, '_>) -> Vec<Release<'a>> {
    let Some(spec) = node.get("spec") else { return Vec::new() };
    let Some(source) = source(id, spec, context) else { return Vec::new() };
    let mut parts: Vec<Part<'a>> = source.files.iter().filter_map(|file| of_chart(&source, file.as_str()?)).collect();
    parts.extend(list(Some(spec), "valuesFrom").iter().map(|item| Part::Data {
        kind: text(item.get("kind")).unwrap_or_default(),
        namespace: &id.namespace,
        name: text(item.get("name")).unwrap_or_default(),
        key: key_of(item),
        optional: is_true(item.get("optional")),
        to: text(item.get("targetPath")),
    }));
    parts.extend(spec.get("values").map(|values| Part::Map("/spec/values".to_string(), values)));
    if is_true(spec.get("suspend")) {
        parts.push(Part::Gap(format!(
            "in the HelmRelease `{}`, which Flux does not apply while `suspend` is true",
            id.name
        )));
    }
    let patches = context.kustomizations.iter().filter(|one| patches(one, &id.name));
    parts.extend(patches.filter_map(|one| one.path(&["metadata", "name"])?.as_str()).map(|name| {
        Part::Gap(format!(
            "in patches of the Kustomization `{name}` for the HelmRelease `{}`, which are not applied here",
            id.name
        ))
    }));
    let name = match (text(spec.get("releaseName")), text(spec.get("targetNamespace"))) {
        (Some(name), _) => name.to_string(),
        (None, Some(namespace)) => format!("{namespace}-{}", id.name),
        (None, None) => id.name.to_string(),
    };
    // `GetReleaseNamespace`.
    let namespace = namespace(spec.get("targetNamespace").or_else(|| node.path(&["metadata", "namespace"])));
    if source.is_git
        && let Some(umbrella) = umbrella::at(context.umbrellas, source.chart)
    {
        return umbrella.releases(&name, namespace, parts);
    }
    let Some((chart, archived)) = chart_name(source.chart, source.from) else { return Vec::new() };
    vec![Release { chart, version: exact(source.version.or(archived)), name, namespace, within: None, parts }]
}

fn source<'a>(id: &'a Id, spec: &'a Node, context: &Context<'a, '_>) -> Option<Source<'a>> {
    if let Some(chart) = spec.path(&["chart", "spec"]) {
        return of_template(chart, &id.namespace, context);
    }
    let reference = spec.get("chartRef")?;
    let namespace = text(reference.get("namespace")).unwrap_or(&id.namespace);
    let (kind, name) = (text(reference.get("kind"))?, text(reference.get("name"))?);
    let found = (context.find)(FLUX_SOURCE, kind, namespace, name).and_then(|source| source.get("spec"));
    match (found, kind) {
        (Some(source), "HelmChart") => of_template(source, namespace, context),
        (Some(source), _) => {
            let url = text(source.get("url"))?;
            let tag = |key: &str| text(source.path(&["ref", key]));
            Some(Source {
                chart: url,
                version: tag("tag").or_else(|| tag("semver")),
                from: url,
                files: &[],
                is_git: false,
            })
        }
        // Its source is elsewhere; people name it like the chart, and only Consul's values look like Consul's.
        (None, _) => {
            let is_consul = spec.get("values").is_some_and(is_consul_values);
            let chart = if is_consul { "consul" } else { name };
            Some(Source { chart, version: None, from: name, files: &[], is_git: false })
        }
    }
}

/// The `spec` of a HelmChart, which a HelmRelease may also hold as a template.
fn of_template<'a>(chart: &'a Node, namespace: &str, context: &Context<'a, '_>) -> Option<Source<'a>> {
    let reference = |key: &str| text(chart.path(&["sourceRef", key]));
    let kind = reference("kind").unwrap_or("HelmRepository");
    let name = reference("name").unwrap_or_default();
    let repository = (context.find)(FLUX_SOURCE, kind, reference("namespace").unwrap_or(namespace), name);
    let url = repository.and_then(|repository| text(repository.path(&["spec", "url"])));
    Some(Source {
        chart: text(chart.get("chart"))?,
        version: text(chart.get("version")),
        from: url.unwrap_or(name),
        files: list(Some(chart), "valuesFiles"),
        is_git: matches!(kind, "GitRepository" | "Bucket"),
    })
}

/// A file of `valuesFiles`: in a Git repository by its path there, and otherwise a file of the chart.
fn of_chart<'a>(source: &Source<'a>, file: &'a str) -> Option<Part<'a>> {
    match source.is_git {
        true => Some(Part::File(Where::Repository(file))),
        false => (file != "values.yaml").then(|| Part::Gap(missing(&format!("the file `{file}` of the chart")))),
    }
}

fn key_of(item: &Node) -> &str {
    text(item.get("valuesKey")).unwrap_or("values.yaml")
}

/// The ConfigMaps and Secrets that a HelmRelease takes values from: kind, name and key.
pub(super) fn data(node: &Node) -> Vec<(&'static str, &str, &str)> {
    let of = |item: &'_ Node| match item.get("kind").and_then(Node::as_str) {
        Some("ConfigMap") => "ConfigMap",
        _ => "Secret",
    };
    let all = list(node.get("spec"), "valuesFrom").iter();
    all.filter_map(|item| Some((of(item), item.get("name")?.as_str()?, key_of(item)))).collect()
}

/// Whether an object is a Kustomization of Flux.
pub(crate) fn is_kustomization(id: &Id) -> bool {
    (&*id.group, &*id.kind) == (FLUX_KUSTOMIZE, "Kustomization")
}

/// Whether a Kustomization of Flux patches the values of the HelmRelease `name`.
fn patches(kustomization: &Node, name: &str) -> bool {
    let spec = kustomization.get("spec");
    let is_it = |target: &Node| {
        target.get("kind").and_then(Node::as_str).is_none_or(|kind| kind == "HelmRelease")
            && text(target.get("name")).is_none_or(|other| other == name || !other.chars().all(is_of_name))
    };
    let all = ["patches", "patchesJson6902", "patchesStrategicMerge"].iter().flat_map(|key| list(spec, key));
    all.into_iter().any(|one| {
        let patch = one.get("patch").unwrap_or(one);
        let (whole, body) = match patch.as_str() {
            Some(text) => (text.contains("values"), embedded::alone(text, Span::NONE)),
            None => (true, Some(patch.clone())),
        };
        let own = body.filter(|body| body.get("kind").is_some());
        let own = own.is_none_or(|body| {
            let target = body.path(&["metadata"]).cloned().unwrap_or_else(|| Node::new(Value::Null));
            body.get("kind").and_then(Node::as_str) == Some("HelmRelease")
                && (one.get("target").is_some() || is_it(&target))
        });
        whole && own && one.get("target").is_none_or(is_it)
    })
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.')
}
