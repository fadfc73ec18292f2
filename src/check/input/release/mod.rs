//! What installs a chart, and the values it gives it: Flux HelmRelease, Argo CD Application and ApplicationSet, k3s
//! HelmChart and HelmChartConfig, the objects of other operators, and the files of kustomize, helmfile, Skaffold, Fleet and umbrella
//! charts. Each has a file, which
//! names its sources.

mod argo;
mod carrier;
mod context;
mod flux;
mod k3s;
mod operators;
mod part;
mod strvals;
mod tools;
mod umbrella;

pub(crate) use carrier::Carrier;
pub(crate) use carrier::helmfile_patches;
pub(crate) use carrier::holds_values;
pub(crate) use carrier::installs;
pub(crate) use carrier::is_helmfile;
pub(crate) use carrier::is_terraform;
pub(crate) use context::Context;
pub(crate) use flux::is_kustomization as is_flux_kustomization;
pub(crate) use k3s::files as config_files;
pub(crate) use part::Part;
pub(crate) use part::Release;
pub(crate) use part::Where;
pub(crate) use part::Within;
pub(crate) use part::missing;
pub(crate) use strvals::one;
pub(crate) use strvals::typed;
pub(crate) use tools::is_one as is_tool;
pub(crate) use umbrella::Umbrella;

use crate::object::Id;
use crate::yaml::Node;

const FLUX: &str = "helm.toolkit.fluxcd.io";
const ARGO: &str = "argoproj.io";
const K3S: &str = "helm.cattle.io";
const CROSSPLANE: &str = "helm.crossplane.io";
const CLUSTER_API: &str = "addons.cluster.x-k8s.io";

/// The releases of Consul, Jaeger and the charts of `--chart` in an object.
pub(crate) fn releases<'a>(id: &'a Id, node: &'a Node, context: &Context<'a, '_>) -> Vec<Release<'a>> {
    let mut found = match (&*id.group, &*id.kind) {
        (FLUX, "HelmRelease") => flux::releases(id, node, context),
        (ARGO, "Application") => argo::releases(id, node, "", node.get("spec"), context),
        (ARGO, "ApplicationSet") => {
            argo::releases(id, node, "/spec/template", node.path(&["spec", "template", "spec"]), context)
        }
        (K3S, "HelmChart") => k3s::release(id, node).into_iter().collect(),
        (K3S, "HelmChartConfig") => k3s::alone(id, node, context).into_iter().collect(),
        (CROSSPLANE, "Release") => operators::crossplane(id, node).into_iter().collect(),
        (CLUSTER_API, "HelmChartProxy") => operators::cluster_api(id, node).into_iter().collect(),
        _ => Vec::new(),
    };
    found.retain(|release| context.wants(release.chart));
    found
}

/// JSON pointers to texts in an object that may hold values, and whether they may have templates in them.
pub(crate) fn texts(id: &Id, node: &Node) -> (Vec<String>, bool) {
    let mut at: Vec<String> = Vec::new();
    let is_template = matches!((&*id.group, &*id.kind), (ARGO, "ApplicationSet") | (CLUSTER_API, "HelmChartProxy"));
    match (&*id.group, &*id.kind) {
        (K3S, "HelmChart" | "HelmChartConfig") => at.push("/spec/valuesContent".to_string()),
        (CLUSTER_API, "HelmChartProxy") => at.push(operators::VALUES_TEMPLATE.to_string()),
        (ARGO, "Application" | "ApplicationSet") => {
            let prefix = if is_template { "/spec/template" } else { "" };
            at.push(format!("{prefix}/spec/source/helm/values"));
            let steps: &[&str] =
                if is_template { &["spec", "template", "spec", "sources"] } else { &["spec", "sources"] };
            let sources = node.path(steps).and_then(Node::as_list).unwrap_or_default().len();
            at.extend((0..sources).map(|index| format!("{prefix}/spec/sources/{index}/helm/values")));
        }
        _ => {}
    }
    (at, is_template)
}

/// The ConfigMaps and Secrets that an object takes values from: kind, name and key.
pub(crate) fn data<'a>(id: &Id, node: &'a Node) -> Vec<(&'static str, &'a str, &'a str)> {
    match (&*id.group, &*id.kind) {
        (FLUX, "HelmRelease") => flux::data(node),
        (K3S, "HelmChart" | "HelmChartConfig") => k3s::secrets(node).map(|(name, key)| ("Secret", name, key)).collect(),
        _ => Vec::new(),
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
    fn charts_of_other_vendors_are_ignored() {
        let app = |repo: &str| {
            let (id, node) = of(&format!(
                "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: a}}, spec: {{source: {{chart: consul, repoURL: {repo}, targetRevision: 1.0.0}}}}}}"
            ));
            let context = Context { find: &|_, _, _, _| None, umbrellas: &[], own: &[], kustomizations: &[] };
            releases(&id, &node, &context).len()
        };
        assert_eq!((app("https://helm.releases.hashicorp.com"), app("https://charts.bitnami.com/bitnami")), (1, 0));
    }
}
