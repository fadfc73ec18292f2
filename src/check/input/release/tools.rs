//! Files of Skaffold and of Rancher's Fleet that install charts.
//!
//! Sources: GoogleContainerTools/skaffold `pkg/skaffold/schema/latest/config.go` (`HelmRelease`) and
//! `pkg/skaffold/helm/args.go` (`ConstructOverrideArgs`); rancher/fleet `pkg/apis/fleet.cattle.io/v1alpha1/bundledeployment_types.go`
//! (`HelmOptions`) and `fleetyaml.go`.

use crate::check::input::release::part::Part;
use crate::check::input::release::part::Release;
use crate::check::input::release::part::Where;
use crate::check::input::release::part::chart_name;
use crate::check::input::release::part::exact;
use crate::check::input::release::part::list;
use crate::check::input::release::part::namespace;
use crate::check::input::release::part::text;
use crate::check::input::release::strvals;
use crate::yaml::Node;

/// Whether a path is that of a file of Skaffold or Fleet.
pub(crate) fn is_one(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "skaffold.yaml" | "skaffold.yml" | "fleet.yaml")
}

/// Whether a file has releases.
pub(super) fn has_releases(node: &Node) -> bool {
    node.get("helm").is_some() || skaffold_releases(node).next().is_some()
}

/// The releases of a file.
pub(super) fn releases<'a>(folder: &str, node: &'a Node) -> Vec<Release<'a>> {
    let fleet = node.get("helm").and_then(|helm| of_fleet(folder, node, helm));
    skaffold_releases(node).filter_map(|release| of_skaffold(folder, release)).chain(fleet).collect()
}

/// Skaffold installs those of `deploy`, and renders and applies those of `manifests`.
fn skaffold_releases(node: &Node) -> impl Iterator<Item = &Node> {
    ["deploy", "manifests"].into_iter().flat_map(move |stage| list(node.path(&[stage, "helm"]), "releases"))
}

fn of_skaffold<'a>(folder: &str, release: &'a Node) -> Option<Release<'a>> {
    let chart = text(release.get("remoteChart")).or_else(|| text(release.get("chartPath")))?;
    let (chart, archived) = chart_name(chart, text(release.get("repo")).unwrap_or_default())?;
    let name = text(release.get("name")).unwrap_or(chart).to_string();
    let mut parts: Vec<Part<'a>> = release.get("overrides").map(Part::Own).into_iter().collect();
    parts.extend(files(folder, release, "valuesFiles"));
    let set = |key: &str| release.get(key).and_then(Node::as_map).into_iter().flat_map(|map| &map.entries);
    parts.extend(set("setValues").map(|entry| {
        let value = entry.value.as_str().map_or_else(|| entry.value.value.clone(), strvals::typed);
        Part::Set { path: &entry.key, value, at: None, node: &entry.value }
    }));
    let open = set("setValueTemplates").chain(set("setFiles"));
    parts.extend(open.map(|entry| Part::Open { path: &entry.key, node: &entry.value }));
    let version = exact(text(release.get("version")).or(archived));
    let namespace = namespace(release.get("namespace"));
    Some(Release { chart, version, name, namespace, within: None, parts })
}

fn of_fleet<'a>(folder: &str, node: &'a Node, helm: &'a Node) -> Option<Release<'a>> {
    let chart = text(helm.get("chart"))?;
    let (chart, archived) = chart_name(chart, text(helm.get("repo")).unwrap_or_default())?;
    let name = text(helm.get("releaseName")).unwrap_or(chart).to_string();
    let mut parts: Vec<Part<'a>> = helm.get("values").map(Part::Own).into_iter().collect();
    parts.extend(files(folder, helm, "valuesFiles"));
    let gap = |what: &str| Part::Gap(format!("in `{what}` of a fleet.yaml, which are not read"));
    parts.extend((!list(Some(helm), "valuesFrom").is_empty()).then(|| gap("valuesFrom")));
    let customizes = list(Some(node), "targetCustomizations").iter().any(|target| target.get("helm").is_some());
    parts.extend(customizes.then(|| gap("targetCustomizations")));
    let namespace = namespace(node.get("namespace").or_else(|| node.get("defaultNamespace")));
    Some(Release {
        chart,
        version: exact(text(helm.get("version")).or(archived)),
        name,
        namespace,
        within: None,
        parts,
    })
}

fn files<'a>(folder: &str, node: &'a Node, key: &str) -> impl Iterator<Item = Part<'a>> {
    let folder = folder.to_string();
    list(Some(node), key)
        .iter()
        .filter_map(Node::as_str)
        .map(move |path| Part::File(Where::Beside(folder.clone(), path)))
}
