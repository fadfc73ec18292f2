//! HelmChart and HelmChartConfig of k3s and RKE2.
//!
//! Sources: k3s-io/helm-controller `pkg/apis/helm.cattle.io/v1/types.go` and `pkg/controllers/chart/chart.go`: the names of
//! the mounted files order `valuesContent`, `values` and `valuesSecrets` of the HelmChart, then those of the
//! HelmChartConfig (`setValuesSecret`, `valuesSecretAddConfig`), and `set` is given with `--set` if it looks like a number,
//! a boolean or null, and with `--set-string` otherwise (`args`, `typedVal`).

use crate::check::input::release::context::Context;
use crate::check::input::release::part::Part;
use crate::check::input::release::part::Release;
use crate::check::input::release::part::chart_name;
use crate::check::input::release::part::exact;
use crate::check::input::release::part::list;
use crate::check::input::release::part::missing;
use crate::check::input::release::part::namespace;
use crate::check::input::release::part::text;
use crate::check::input::release::strvals;
use crate::object::Id;
use crate::pointer;
use crate::yaml::Node;
use crate::yaml::Value;

const K3S: &str = "helm.cattle.io";

pub(super) fn release<'a>(id: &'a Id, node: &'a Node) -> Option<Release<'a>> {
    let spec = node.get("spec")?;
    let (chart, archived) = chart_name(text(spec.get("chart"))?, text(spec.get("repo")).unwrap_or_default())?;
    let mut parts = files(id, node);
    parts.push(Part::Config);
    for entry in spec.get("set").and_then(Node::as_map).into_iter().flat_map(|map| &map.entries) {
        let is_typed = |text: &str| ["true", "false", "null"].iter().any(|word| text.eq_ignore_ascii_case(word));
        let value = match entry.value.as_str() {
            Some(text) if is_typed(text) => strvals::typed(text),
            Some(text) => Value::String(text.into()),
            None => entry.value.value.clone(),
        };
        let at = Some(format!("/spec/set/{}", pointer::escape(&entry.key)));
        parts.push(Part::Set { path: &entry.key, value, at, node: &entry.value });
    }
    let version = exact(text(spec.get("version")).or(archived));
    // The job runs in the namespace of the HelmChart.
    let namespace = namespace(spec.get("targetNamespace").or_else(|| node.path(&["metadata", "namespace"])));
    Some(Release { chart, version, name: id.name.to_string(), namespace, within: None, parts })
}

/// A HelmChartConfig without its HelmChart, which has the name of the release.
pub(super) fn alone<'a>(id: &'a Id, _: &'a Node, context: &Context<'a, '_>) -> Option<Release<'a>> {
    if (context.find)(K3S, "HelmChart", &id.namespace, &id.name).is_some() {
        return None;
    }
    let gap = Part::Gap(missing(&format!("the HelmChart `{}`", id.name)));
    let parts = vec![gap.clone(), Part::Config, gap];
    Some(Release { chart: &id.name, version: None, name: id.name.to_string(), namespace: None, within: None, parts })
}

/// What a HelmChart or HelmChartConfig has mounted as files.
pub(crate) fn files<'a>(id: &'a Id, node: &'a Node) -> Vec<Part<'a>> {
    let field = |key: &str| node.path(&["spec", key]);
    let mut parts: Vec<Part<'a>> = Vec::new();
    parts.extend(
        field("valuesContent")
            .filter(|content| text(Some(content)).is_some())
            .map(|content| Part::Text("/spec/valuesContent".to_string(), content)),
    );
    parts.extend(field("values").map(|values| Part::Map("/spec/values".to_string(), values)));
    parts.extend(secrets(node).map(|(name, key)| Part::Data {
        kind: "Secret",
        namespace: &id.namespace,
        name,
        key,
        optional: false,
        to: None,
    }));
    parts
}

/// The Secrets with values: name and key.
pub(super) fn secrets(node: &Node) -> impl Iterator<Item = (&str, &str)> {
    let all = list(node.get("spec"), "valuesSecrets").iter();
    all.flat_map(|item| {
        let name = text(item.get("name")).unwrap_or_default();
        list(Some(item), "keys").iter().filter_map(move |key| Some((name, key.as_str()?)))
    })
}
