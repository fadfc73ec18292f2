//! Objects by which other operators install charts: Crossplane's Release and Cluster API's HelmChartProxy.
//!
//! Sources: crossplane-contrib/provider-helm `apis/release/v1beta1/types.go` (`ReleaseParameters`) and
//! `pkg/controller/release/values.go` (`valuesFrom`, then `values`, then `set`);
//! kubernetes-sigs/cluster-api-addon-provider-helm `api/v1alpha1/helmchartproxy_types.go`.

use crate::check::input::release::part::Part;
use crate::check::input::release::part::Release;
use crate::check::input::release::part::chart_name;
use crate::check::input::release::part::exact;
use crate::check::input::release::part::list;
use crate::check::input::release::part::namespace;
use crate::check::input::release::part::text;
use crate::check::input::release::strvals;
use crate::object::Id;
use crate::yaml::Node;

/// A Release of Crossplane's provider-helm.
pub(super) fn crossplane<'a>(id: &'a Id, node: &'a Node) -> Option<Release<'a>> {
    let given = node.path(&["spec", "forProvider"])?;
    let field = |key: &str| text(given.path(&["chart", key]));
    let (chart, archived) =
        chart_name(field("name").or_else(|| field("url"))?, field("repository").unwrap_or_default())?;
    let mut parts: Vec<Part<'a>> = Vec::new();
    let has_more = !list(Some(given), "valuesFrom").is_empty();
    parts.extend(
        has_more.then(|| Part::Gap(format!("in `valuesFrom` of the Release `{}`, which are not read", id.name))),
    );
    let values = given.get("values").filter(|values| values.as_map().is_some());
    parts.extend(values.map(|values| Part::Map("/spec/forProvider/values".to_string(), values)));
    for (index, item) in list(Some(given), "set").iter().enumerate() {
        let Some(path) = text(item.get("name")) else { continue };
        parts.push(match item.get("value").and_then(Node::as_str) {
            Some(value) => {
                let at = Some(format!("/spec/forProvider/set/{index}/value"));
                Part::Set { path, value: strvals::typed(value), at, node: item }
            }
            None => Part::Open { path, node: item },
        });
    }
    let (version, namespace) = (exact(field("version").or(archived)), namespace(given.get("namespace")));
    Some(Release { chart, version, name: id.name.to_string(), namespace, within: None, parts })
}

/// A HelmChartProxy of Cluster API.
pub(super) fn cluster_api<'a>(id: &'a Id, node: &'a Node) -> Option<Release<'a>> {
    let spec = node.get("spec")?;
    let (chart, archived) = chart_name(text(spec.get("chartName"))?, text(spec.get("repoURL")).unwrap_or_default())?;
    let template = spec.get("valuesTemplate").filter(|template| text(Some(template)).is_some());
    let parts = template.map(|template| Part::Text(VALUES_TEMPLATE.to_string(), template)).into_iter().collect();
    let name = text(spec.get("releaseName")).unwrap_or(&id.name).to_string();
    let version = exact(text(spec.get("version")).or(archived));
    Some(Release { chart, version, name, namespace: namespace(spec.get("namespace")), within: None, parts })
}

/// Where a HelmChartProxy has values.
pub(super) const VALUES_TEMPLATE: &str = "/spec/valuesTemplate";
