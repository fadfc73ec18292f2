//! Objects that install a chart, and the values they give it: Flux HelmRelease, Argo CD Application and ApplicationSet,
//! k3s HelmChart and HelmChartConfig.
//!
//! Sources: Flux `api/v2/helmrelease_types.go` and `pkg/chartutil/values.go` (values override valuesFrom, in order);
//! Argo CD `pkg/apis/application/v1alpha1/types.go` and `reposerver/repository/repository.go` (valueFiles, then
//! valuesObject or values, then parameters); k3s `helm-controller/pkg/apis/helm.cattle.io/v1/types.go` and
//! `pkg/controllers/chart/chart.go` (valuesContent, then that of the HelmChartConfig, then `set`).

use crate::object::Id;
use crate::pointer;
use crate::yaml::Node;
use crate::yaml::Value;

const FLUX: &str = "helm.toolkit.fluxcd.io";
const FLUX_SOURCE: &str = "source.toolkit.fluxcd.io";
const ARGO: &str = "argoproj.io";
const K3S: &str = "helm.cattle.io";

/// The charts whose values matter to tracing.
const CHARTS: [&str; 2] = ["consul", "jaeger"];

/// An installed chart.
pub(crate) struct Release<'a> {
    pub(crate) chart: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) name: String,
    /// What its values are merged from; later parts override earlier ones.
    pub(crate) parts: Vec<Part<'a>>,
}

/// Part of a release's values.
pub(crate) enum Part<'a> {
    /// A map in the object itself, by JSON pointer.
    Map(String, &'a Node),
    /// Text in the object itself, by JSON pointer.
    Text(String),
    /// Text in a ConfigMap, under a key.
    ConfigMap { namespace: &'a str, name: &'a str, key: &'a str },
    /// A file in the repository.
    File(&'a str),
    /// A single value, as with `helm --set`: the path, the value, and a JSON pointer to it.
    Set { path: &'a str, value: Value, at: String, node: &'a Node },
    /// In the HelmChartConfig of the same name.
    Config,
    /// Somewhere else, described in words.
    Unknown(String),
}

/// Looks up another object of the set: group, kind, namespace, name.
pub(crate) type Find<'a, 'f> = &'f dyn Fn(&str, &str, &str, &str) -> Option<&'a Node>;

/// The releases of Consul, Jaeger and the charts `own` in an object.
pub(crate) fn releases<'a>(id: &'a Id, node: &'a Node, find: Find<'a, '_>, own: &[String]) -> Vec<Release<'a>> {
    let mut found = match (&*id.group, &*id.kind) {
        (FLUX, "HelmRelease") => flux(id, node, find).into_iter().collect(),
        (ARGO, "Application") => argo(id, node, "", node.get("spec")),
        (ARGO, "ApplicationSet") => argo(id, node, "/spec/template", node.path(&["spec", "template", "spec"])),
        (K3S, "HelmChart") => k3s(id, node).into_iter().collect(),
        _ => Vec::new(),
    };
    found.retain(|release| CHARTS.contains(&release.chart) || own.iter().any(|own| own == release.chart));
    found
}

/// JSON pointers to texts in an object that may hold values.
pub(crate) fn texts(id: &Id, node: &Node) -> Vec<String> {
    let mut at: Vec<String> = Vec::new();
    match (&*id.group, &*id.kind) {
        (K3S, "HelmChart" | "HelmChartConfig") => at.push("/spec/valuesContent".to_string()),
        (ARGO, "Application" | "ApplicationSet") => {
            let prefix = if &*id.kind == "Application" { "" } else { "/spec/template" };
            at.push(format!("{prefix}/spec/source/helm/values"));
            let steps: &[&str] =
                if prefix.is_empty() { &["spec", "sources"] } else { &["spec", "template", "spec", "sources"] };
            let sources = node.path(steps).and_then(Node::as_list).unwrap_or_default().len();
            at.extend((0..sources).map(|index| format!("{prefix}/spec/sources/{index}/helm/values")));
        }
        _ => {}
    }
    at
}

/// The ConfigMaps that a HelmRelease takes values from: name and key.
pub(crate) fn config_maps<'a>(id: &Id, node: &'a Node) -> Vec<(&'a str, &'a str)> {
    if (&*id.group, &*id.kind) != (FLUX, "HelmRelease") {
        return Vec::new();
    }
    let list = node.path(&["spec", "valuesFrom"]).and_then(Node::as_list).unwrap_or_default();
    list.iter().filter_map(|item| Some((item.get("name")?.as_str()?, key_of(item)))).collect()
}

fn text(node: Option<&Node>) -> Option<&str> {
    node.and_then(Node::as_str).filter(|text| !text.is_empty())
}

/// The chart's name in `consul`, `hashicorp/consul`, `./charts/consul` or `oci://registry/consul`. Bitnami's charts
/// have the same names but different values.
fn chart_name<'a>(chart: &'a str, from: &str) -> Option<&'a str> {
    let name = chart.trim_end_matches('/').rsplit('/').next().unwrap_or(chart);
    (!chart.contains("bitnami") && !from.contains("bitnami")).then_some(name)
}

/// A version, unless it is a range.
fn exact(version: Option<&str>) -> Option<&str> {
    version.filter(|text| {
        text.trim_start_matches('v').split('.').all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn key_of(item: &Node) -> &str {
    text(item.get("valuesKey")).unwrap_or("values.yaml")
}

fn flux<'a>(id: &'a Id, node: &'a Node, find: Find<'a, '_>) -> Option<Release<'a>> {
    let spec = node.get("spec")?;
    let (chart, version, from) = match (spec.path(&["chart", "spec"]), spec.get("chartRef")) {
        (Some(chart), _) => (
            text(chart.get("chart"))?,
            text(chart.get("version")),
            text(chart.path(&["sourceRef", "name"])).unwrap_or_default(),
        ),
        (None, Some(reference)) => {
            let namespace = text(reference.get("namespace")).unwrap_or(&id.namespace);
            let (kind, name) = (text(reference.get("kind"))?, text(reference.get("name"))?);
            let source = find(FLUX_SOURCE, kind, namespace, name)?.get("spec")?;
            match kind {
                "HelmChart" => (text(source.get("chart"))?, text(source.get("version")), ""),
                _ => {
                    let url = text(source.get("url"))?;
                    (url, text(source.path(&["ref", "tag"])).or_else(|| text(source.path(&["ref", "semver"]))), url)
                }
            }
        }
        (None, None) => return None,
    };
    let mut parts = Vec::new();
    for item in spec.get("valuesFrom").and_then(Node::as_list).unwrap_or_default() {
        let (kind, name) = (text(item.get("kind")).unwrap_or_default(), text(item.get("name")).unwrap_or_default());
        parts.push(match (kind, item.get("targetPath")) {
            ("ConfigMap", None) => Part::ConfigMap { namespace: &id.namespace, name, key: key_of(item) },
            _ => Part::Unknown(format!("{kind} `{name}`")),
        });
    }
    parts.extend(spec.get("values").map(|values| Part::Map("/spec/values".to_string(), values)));
    let name = match (text(spec.get("releaseName")), text(spec.get("targetNamespace"))) {
        (Some(name), _) => name.to_string(),
        (None, Some(namespace)) => format!("{namespace}-{}", id.name),
        (None, None) => id.name.to_string(),
    };
    Some(Release { chart: chart_name(chart, from)?, version: exact(version), name, parts })
}

fn argo<'a>(id: &'a Id, node: &'a Node, prefix: &str, spec: Option<&'a Node>) -> Vec<Release<'a>> {
    let Some(spec) = spec else { return Vec::new() };
    let one = spec.get("source").map(|source| (format!("{prefix}/spec/source"), source));
    let several = spec.get("sources").and_then(Node::as_list).unwrap_or_default().iter().enumerate();
    let several = several.map(|(index, source)| (format!("{prefix}/spec/sources/{index}"), source));
    let app = match prefix {
        "" => &*id.name,
        _ => text(node.path(&["spec", "template", "metadata", "name"])).unwrap_or_default(),
    };
    one.into_iter().chain(several).filter_map(|(at, source)| argo_source(app, &at, source)).collect()
}

fn argo_source<'a>(app: &str, at: &str, source: &'a Node) -> Option<Release<'a>> {
    let chart = text(source.get("chart"))?;
    let chart = chart_name(chart, text(source.get("repoURL")).unwrap_or_default())?;
    let helm = source.get("helm");
    let field = |key: &str| helm.and_then(|helm| helm.get(key));
    let list = |key: &str| field(key).and_then(Node::as_list).unwrap_or_default();
    let mut parts: Vec<Part<'a>> = Vec::new();
    for item in list("valueFiles").iter().filter_map(Node::as_str) {
        // Relative files are inside the chart; others are below a `ref` to another source.
        parts.push(match item.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
            Some((_, path)) => Part::File(path),
            None => Part::Unknown(format!("the file `{item}` of the chart")),
        });
    }
    match (field("valuesObject"), field("values")) {
        (Some(values), _) => parts.push(Part::Map(format!("{at}/helm/valuesObject"), values)),
        (None, Some(values)) if text(Some(values)).is_some() => parts.push(Part::Text(format!("{at}/helm/values"))),
        _ => {}
    }
    for (index, item) in list("parameters").iter().enumerate() {
        let (Some(path), Some(value)) = (text(item.get("name")), item.get("value")) else { continue };
        let forced = matches!(item.get("forceString"), Some(Node { value: Value::Bool(true), .. }));
        let value = match value.as_str() {
            Some(text) if !forced => typed(text),
            _ => value.value.clone(),
        };
        parts.push(Part::Set { path, value, at: format!("{at}/helm/parameters/{index}/value"), node: item });
    }
    if !list("fileParameters").is_empty() {
        parts.push(Part::Unknown("`fileParameters`".to_string()));
    }
    let is_template = parts.iter().any(|part| match part {
        Part::File(path) => path.contains("{{"),
        Part::Set { value: Value::String(text), .. } => text.contains("{{"),
        _ => false,
    });
    if is_template {
        parts.push(Part::Unknown("templates of the ApplicationSet".to_string()));
    }
    let name = text(field("releaseName")).unwrap_or(app).to_string();
    let version = text(source.get("targetRevision"));
    Some(Release { chart, version: exact(version), name, parts })
}

fn k3s<'a>(id: &'a Id, node: &'a Node) -> Option<Release<'a>> {
    let spec = node.get("spec")?;
    let chart = chart_name(text(spec.get("chart"))?, text(spec.get("repo")).unwrap_or_default())?;
    let mut parts: Vec<Part<'a>> = Vec::new();
    parts.extend(text(spec.get("valuesContent")).map(|_| Part::Text("/spec/valuesContent".to_string())));
    parts.push(Part::Config);
    for entry in spec.get("set").and_then(Node::as_map).into_iter().flat_map(|map| &map.entries) {
        let value = entry.value.as_str().map_or_else(|| entry.value.value.clone(), typed);
        let at = format!("/spec/set/{}", pointer::escape(&entry.key));
        parts.push(Part::Set { path: &entry.key, value, at, node: &entry.value });
    }
    Some(Release { chart, version: exact(text(spec.get("version"))), name: id.name.to_string(), parts })
}

/// Parses a text like `helm --set` (`helm.sh/helm/v3/pkg/strvals`, `typedVal`).
fn typed(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        "0" => Value::Int(0),
        _ if text.starts_with('0') => Value::String(text.into()),
        _ => text.parse().map_or_else(|_| Value::String(text.into()), Value::Int),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Findings;
    use crate::source::Sources;

    fn of(text: &str) -> (Id, Node) {
        let mut sources = Sources::default();
        let source = sources.add("x", text);
        let node = crate::yaml::read(&sources, source, &mut Findings::default()).remove(0).node;
        (Id::of(&node).unwrap_or_else(|_| panic!("{text}")), node)
    }

    #[test]
    fn only_an_exact_version_says_which_chart_it_is() {
        assert_eq!(exact(Some("1.4.10")), Some("1.4.10"));
        assert_eq!([exact(Some("1.x")), exact(Some(">=1.0.0")), exact(Some("*")), exact(None)], [None; 4]);
    }

    #[test]
    fn charts_of_other_vendors_are_ignored() {
        let app = |repo: &str| {
            let (id, node) = of(&format!(
                "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: a}}, spec: {{source: {{chart: consul, repoURL: {repo}, targetRevision: 1.0.0}}}}}}"
            ));
            releases(&id, &node, &|_, _, _, _| None, &[]).len()
        };
        assert_eq!((app("https://helm.releases.hashicorp.com"), app("https://charts.bitnami.com/bitnami")), (1, 0));
    }

    #[test]
    fn parameters_are_read_as_helm_reads_them() {
        assert!(matches!(typed("true"), Value::Bool(true)));
        assert!(matches!(typed("8500"), Value::Int(8500)));
        assert!(matches!(typed("0123"), Value::String(_)));
    }
}
