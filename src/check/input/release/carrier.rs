//! Files that install charts and are not objects: kustomizations, helmfiles, Terraform, Jsonnet, umbrella charts, and those of
//! `tools`.
//!
//! Sources: kubernetes-sigs/kustomize `api/types/helmchartargs.go` and `api/internal/builtins/HelmChartInflationGenerator.go`
//! (`valuesMerge`: `override` lets the inline values win, `merge` those of the file, `replace` ignores the file; then
//! `additionalValuesFiles`); helmfile/helmfile `pkg/state/state.go`, `namespaceAndValuesFlags` (`values`, then
//! `secrets`, then `set`, `setString` and `env`).

use crate::check::input::path::clean;
use crate::check::input::path::folder;
use crate::check::input::path::join;
use crate::check::input::release::context::Context;
use crate::check::input::release::part::Part;
use crate::check::input::release::part::Release;
use crate::check::input::release::part::Where;
use crate::check::input::release::part::chart_name;
use crate::check::input::release::part::exact;
use crate::check::input::release::part::list;
use crate::check::input::release::part::namespace;
use crate::check::input::release::part::text;
use crate::check::input::release::strvals;
use crate::check::input::release::tools;
use crate::check::input::release::umbrella;
use crate::files::File;
use crate::finding::Findings;
use crate::source::Sources;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;
use std::sync::Arc;

/// A file that installs charts.
pub(crate) enum Carrier {
    /// A kustomization, or the configuration of its chart generator, and the namespace that kustomize gives its objects.
    Kustomize { folder: String, node: Node, namespace: Option<String> },
    /// A helmfile, a file of another tool, Terraform or Jsonnet; without a node it cannot be read.
    Helmfile { path: String, folder: String, node: Option<Node> },
    /// An umbrella chart, by index, and values files that may be for it.
    Umbrella { index: usize, others: Vec<String> },
}

/// Whether a path is that of a helmfile.
pub(crate) fn is_helmfile(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    matches!(name.trim_end_matches(".gotmpl"), "helmfile.yaml" | "helmfile.yml")
        || folder.rsplit('/').next() == Some("helmfile.d") && !is_terraform(name)
}

/// Whether a path is that of a program that may install charts: Terraform, or Jsonnet as Tanka runs it.
pub(crate) fn is_terraform(path: &str) -> bool {
    path.ends_with(".tf") || is_jsonnet(path)
}

fn is_jsonnet(path: &str) -> bool {
    path.ends_with(".jsonnet") || path.ends_with(".libsonnet")
}

/// Whether a program installs Consul's chart with values of its own.
pub(crate) fn holds_values(program: &str) -> bool {
    in_terraform(program) || in_jsonnet(program)
}

/// Whether Jsonnet has a chart rendered with values (`helm.template(name, chart, conf)` of grafana/jsonnet-libs
/// `tanka-util/helm.libsonnet`).
fn in_jsonnet(program: &str) -> bool {
    program.split(".template(").skip(1).any(|rest| {
        let mut strings = rest.split(['"', '\'']).skip(1).step_by(2);
        let chart = strings.nth(1).unwrap_or_default();
        chart.trim_end_matches('/').rsplit('/').next() == Some("consul") && rest.contains("values")
    })
}

/// Whether Terraform installs Consul's chart with values of its own, beyond files that it reads as they are (`helm_release` of
/// hashicorp/terraform-provider-helm: `values`, `set`, `set_list`, `set_sensitive`).
fn in_terraform(terraform: &str) -> bool {
    let blocks = terraform.split("resource \"helm_release\"").skip(1);
    blocks.map(|rest| rest.split("\n}").next().unwrap_or(rest)).any(|block| {
        let mut fields =
            block.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim(), value.trim()));
        let is_consul = fields.any(|(key, value)| {
            key == "chart" && value.trim_matches('"').rsplit('/').next().is_some_and(|name| name == "consul")
        });
        let given = block.split_once("values").map_or("", |(_, rest)| rest);
        let is_written =
            ["<<", "yamlencode(", "templatefile(", "var.", "local."].iter().any(|part| given.contains(part));
        let sets = block.lines().any(|line| {
            matches!(line.trim().split([' ', '=', '{']).next(), Some("set" | "set_list" | "set_sensitive"))
                || line.trim().starts_with("dynamic \"set")
        });
        is_consul && (is_written || sets)
    })
}

impl Carrier {
    /// The path of a helmfile.
    pub(crate) fn file(&self) -> Option<&str> {
        match self {
            Carrier::Helmfile { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The values files of releases that a helmfile does not install.
    pub(crate) fn idle(&self) -> Vec<String> {
        let Carrier::Helmfile { folder, node: Some(node), .. } = self else { return Vec::new() };
        let releases = list(Some(node), "releases").iter().filter(|release| is_idle(release));
        let files = releases.flat_map(|release| list(Some(release), "values")).filter_map(Node::as_str);
        files.map(|path| join(folder, path)).collect()
    }

    /// The releases of Consul, Jaeger and the charts of `--chart`.
    pub(crate) fn releases<'a>(&'a self, context: &Context<'a, '_>) -> Vec<Release<'a>> {
        let mut found: Vec<Release<'a>> = match self {
            Carrier::Kustomize { folder, node, namespace } => {
                let mut all = kustomize(folder, node);
                all.iter_mut().for_each(|one| one.namespace = namespace.as_deref());
                all
            }
            Carrier::Helmfile { path, node: None, .. } => {
                let what = match path {
                    path if is_jsonnet(path) => "Jsonnet",
                    path if is_terraform(path) => "Terraform",
                    _ => "a template",
                };
                let parts = vec![Part::Gap(format!("in `{path}`, which is {what}"))];
                vec![Release {
                    chart: "consul",
                    version: None,
                    name: "consul".to_string(),
                    namespace: None,
                    within: None,
                    parts,
                }]
            }
            Carrier::Helmfile { path, folder, node: Some(node) } if tools::is_one(path) => {
                tools::releases(folder, node)
            }
            Carrier::Helmfile { folder, node: Some(node), .. } => {
                let all = list(Some(node), "releases").iter();
                all.flat_map(|release| helmfile(folder, release, context)).collect()
            }
            Carrier::Umbrella { index, others } => {
                let why = |path: &String| format!("in `{path}`, and nothing says whether they are applied");
                context.umbrellas.get(*index).map_or_else(Vec::new, |one| one.alone(others.iter().map(why).collect()))
            }
        };
        found.retain(|release| context.wants(release.chart));
        found
    }
}

/// Whether a file installs charts: a helmfile, or a file of another tool, as far as it can be read. `text` is what it has.
pub(crate) fn installs(path: &str, node: Option<&Node>, text: &str) -> bool {
    match node {
        Some(node) => node.get("releases").is_some() || tools::is_one(path) && tools::has_releases(node),
        None => is_terraform(path) || is_helmfile(path) && text.contains("/consul"),
    }
}

/// The names of fields that the two ways to name a chart in a kustomization have.
struct Names {
    chart: &'static str,
    repo: &'static str,
    version: &'static str,
    file: &'static str,
    inline: &'static str,
}

const NAMES: Names =
    Names { chart: "name", repo: "repo", version: "version", file: "valuesFile", inline: "valuesInline" };
const OLD: Names =
    Names { chart: "chartName", repo: "chartRepoUrl", version: "chartVersion", file: "values", inline: "valuesLocal" };

fn kustomize<'a>(folder: &str, node: &'a Node) -> Vec<Release<'a>> {
    if text(node.get("kind")) == Some("HelmChartInflationGenerator") {
        return inflated(folder, node, &NAMES).into_iter().collect();
    }
    let old = list(Some(node), "helmChartInflationGenerator").iter().filter_map(|one| inflated(folder, one, &OLD));
    list(Some(node), "helmCharts").iter().filter_map(|one| inflated(folder, one, &NAMES)).chain(old).collect()
}

fn inflated<'a>(folder: &str, one: &'a Node, names: &Names) -> Option<Release<'a>> {
    let (chart, _) = chart_name(text(one.get(names.chart))?, text(one.get(names.repo)).unwrap_or_default())?;
    let file = text(one.get(names.file)).map(|path| Part::File(Where::Beside(folder.to_string(), path)));
    let inline = one.get(names.inline).filter(|values| values.as_map().is_some_and(|map| !map.entries.is_empty()));
    let mut parts: Vec<Part<'a>> = match (inline, text(one.get("valuesMerge"))) {
        (None, _) => file.into_iter().collect(),
        (Some(inline), Some("replace")) => vec![Part::Own(inline)],
        (Some(inline), Some("merge")) => std::iter::once(Part::Own(inline)).chain(file).collect(),
        (Some(inline), _) => file.into_iter().chain([Part::Own(inline)]).collect(),
    };
    let more = list(Some(one), "additionalValuesFiles").iter().filter_map(Node::as_str);
    parts.extend(more.map(|path| Part::File(Where::Beside(folder.to_string(), path))));
    let name = text(one.get("releaseName")).unwrap_or(chart).to_string();
    Some(Release { chart, version: exact(text(one.get(names.version))), name, namespace: None, within: None, parts })
}

fn helmfile<'a>(folder: &str, release: &'a Node, context: &Context<'a, '_>) -> Vec<Release<'a>> {
    let Some(path) = text(release.get("chart")) else { return Vec::new() };
    if is_idle(release) {
        return Vec::new();
    }
    let name = text(release.get("name")).unwrap_or(path).to_string();
    let parts = of_helmfile(folder, release, &name);
    let namespace = namespace(release.get("namespace"));
    let local = join(folder, path);
    if path.starts_with('.')
        && let Some(umbrella) = umbrella::at(context.umbrellas, &local)
    {
        return umbrella.releases(&name, namespace, parts);
    }
    let Some((chart, archived)) = chart_name(path, "") else { return Vec::new() };
    let version = exact(text(release.get("version")).or(archived));
    vec![Release { chart, version, name, namespace, within: None, parts }]
}

/// Whether a helmfile says of a release that it is not to be installed.
fn is_idle(release: &Node) -> bool {
    matches!(release.get("installed"), Some(Node { value: Value::Bool(false), .. }))
}

fn of_helmfile<'a>(folder: &str, release: &'a Node, name: &str) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for item in list(Some(release), "values") {
        parts.push(match item.as_str() {
            Some(path) => Part::File(Where::Beside(folder.to_string(), path)),
            None => Part::Own(item),
        });
    }
    let of_release =
        |what: &str| Part::Gap(format!("in {what} of the release `{name}` of a helmfile, which are not read"));
    parts.extend((!list(Some(release), "secrets").is_empty()).then(|| of_release("`secrets`")));
    for (key, is_text) in [("set", false), ("setString", true)] {
        for item in list(Some(release), key) {
            let Some(path) = text(item.get("name")) else { continue };
            let value = match (item.get("value"), item.get("values")) {
                (Some(Node { value: Value::String(text), .. }), _) if is_text => strvals::string(text),
                (Some(Node { value: Value::String(text), .. }), _) => strvals::typed(text),
                (Some(other), _) => other.value.clone(),
                (None, Some(values)) => values.value.clone(),
                (None, None) => {
                    parts.push(Part::Open { path, node: item });
                    continue;
                }
            };
            parts.push(Part::Set { path, value, at: None, node: item });
        }
    }
    let others = ["env", "inherit", "valuesTemplate", "setTemplate", "condition"];
    parts.extend(others.iter().filter(|key| release.get(key).is_some()).map(|key| of_release(&format!("`{key}`"))));
    parts
}

/// The files with which the releases of a helmfile patch what charts render (`strategicMergePatches`, `jsonPatches`,
/// `transformers`).
pub(crate) fn helmfile_patches(file: &File) -> Vec<String> {
    const KEYS: [&str; 3] = ["strategicMergePatches", "jsonPatches", "transformers"];
    if !file.text.contains("releases:") || !KEYS.iter().any(|key| file.text.contains(key)) {
        return Vec::new();
    }
    let mut sources = Sources::default();
    let source = sources.add(Arc::clone(&file.name), Arc::clone(&file.text));
    let documents = yaml::read(&sources, source, &mut Findings::default());
    let releases = documents.iter().flat_map(|document| list(Some(&document.node), "releases"));
    let patches = releases.flat_map(|release| KEYS.into_iter().flat_map(move |key| list(Some(release), key)));
    let path = clean(&file.name);
    patches.filter_map(Node::as_str).map(|patch| join(folder(&path), patch)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_terraform_are_seen() {
        let release = |rest: &str| format!("resource \"helm_release\" \"c\" {{\n  chart = \"consul\"\n{rest}}}\n");
        for rest in [
            "  values = [templatefile(\"v.tftpl\", {})]\n",
            "  values = [<<EOT\na: 1\nEOT\n  ]\n",
            "  set {\n    name = \"a\"\n  }\n",
            "  set = [{ name = \"a\" }]\n",
        ] {
            assert!(holds_values(&release(rest)), "{rest}");
        }
        let jsonnet = |conf: &str| format!("{{c: helm.template('consul', \"./charts/consul\", {conf})}}\n");
        assert!(holds_values(&jsonnet("{values: {a: 1}}")) && !holds_values(&jsonnet("{namespace: 'consul'}")));
        assert!(!holds_values(&release("  values = [file(\"consul-values.yaml\")]\n")));
        assert!(!holds_values(&release("").replace("consul", "vault")));
    }
}
