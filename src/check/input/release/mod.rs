//! What installs a chart, and the values it gives it: Flux HelmRelease, Argo CD Application and ApplicationSet, k3s
//! HelmChart and HelmChartConfig, and the files of kustomize, helmfile and umbrella charts. Each has a file, which
//! names its sources.

mod argo;
mod carrier;
mod flux;
mod k3s;
mod strvals;
mod umbrella;

pub(crate) use carrier::Carrier;
pub(crate) use carrier::is_helmfile;
pub(crate) use k3s::files as config_files;
pub(crate) use strvals::one;
pub(crate) use strvals::typed;
pub(crate) use umbrella::Umbrella;

use crate::check::input::open::is_open;
use crate::object::Id;
use crate::yaml::Node;
use crate::yaml::Value;

const FLUX: &str = "helm.toolkit.fluxcd.io";
const FLUX_SOURCE: &str = "source.toolkit.fluxcd.io";
const FLUX_KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const ARGO: &str = "argoproj.io";
const K3S: &str = "helm.cattle.io";

/// The charts whose values matter to tracing.
const CHARTS: [&str; 2] = ["consul", "jaeger"];

/// An installed chart.
pub(crate) struct Release<'a> {
    pub(crate) chart: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) name: String,
    /// The namespace of its objects, if something says it.
    pub(crate) namespace: Option<&'a str>,
    /// The umbrella chart that it is a part of.
    pub(crate) within: Option<Within<'a>>,
    /// What its values are merged from; later parts override earlier ones.
    pub(crate) parts: Vec<Part<'a>>,
}

/// A place in an umbrella chart.
#[derive(Clone, Copy)]
pub(crate) struct Within<'a> {
    /// The folder of the umbrella chart.
    pub(crate) folder: &'a str,
    /// The key of its values that has those of this chart.
    pub(crate) key: &'a str,
    /// Paths in its values, separated by commas; the first that is set says whether this chart is installed.
    pub(crate) condition: &'a str,
}

/// Part of a release's values.
#[derive(Clone)]
pub(crate) enum Part<'a> {
    /// A map in the object itself, by JSON pointer.
    Map(String, &'a Node),
    /// Text in the object itself, by JSON pointer.
    Text(String, &'a Node),
    /// A map in a file that is not an object.
    Own(&'a Node),
    /// Text in a ConfigMap or Secret, under a key. With `to`, it is a single value at that path.
    Data { kind: &'a str, namespace: &'a str, name: &'a str, key: &'a str, optional: bool, to: Option<&'a str> },
    /// A file in the repository; see [`Where`].
    File(Where<'a>),
    /// A single value, as with `helm --set`: the path, the value, a JSON pointer to it if it is in an object.
    Set { path: &'a str, value: Value, at: Option<String>, node: &'a Node },
    /// A single value that is not known.
    Open { path: &'a str, node: &'a Node },
    /// The HelmChartConfig of the same name.
    Config,
    /// Values that are not known; completes the sentence "some Helm values are ...".
    Gap(String),
}

/// Where a file is.
#[derive(Clone)]
pub(crate) enum Where<'a> {
    /// At a path from the top of the repository, which may be above or below the directory on the command line.
    Repository(&'a str),
    /// At a path from a folder.
    Beside(String, &'a str),
    /// As [`Where::Beside`], and it need not exist.
    Maybe(String, &'a str),
}

/// Looks up another object of the set: group, kind, namespace, name.
pub(crate) type Find<'a, 'f> = &'f dyn Fn(&str, &str, &str, &str) -> Option<&'a Node>;

/// What is needed to understand an object that installs a chart.
pub(crate) struct Context<'a, 'f> {
    pub(crate) find: Find<'a, 'f>,
    pub(crate) umbrellas: &'a [Umbrella],
    /// The charts of `--chart`.
    pub(crate) own: &'a [String],
    /// The objects that may change a HelmRelease on its way to the cluster.
    pub(crate) kustomizations: &'f [&'a Node],
}

impl Context<'_, '_> {
    fn wants(&self, chart: &str) -> bool {
        CHARTS.contains(&chart) || self.own.iter().any(|own| own == chart)
    }
}

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
        _ => Vec::new(),
    };
    found.retain(|release| context.wants(release.chart));
    found
}

/// JSON pointers to texts in an object that may hold values, and whether they may have templates in them.
pub(crate) fn texts(id: &Id, node: &Node) -> (Vec<String>, bool) {
    let mut at: Vec<String> = Vec::new();
    let is_template = (&*id.group, &*id.kind) == (ARGO, "ApplicationSet");
    match (&*id.group, &*id.kind) {
        (K3S, "HelmChart" | "HelmChartConfig") => at.push("/spec/valuesContent".to_string()),
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

/// Whether an object is a Kustomization of Flux.
pub(crate) fn is_flux_kustomization(id: &Id) -> bool {
    (&*id.group, &*id.kind) == (FLUX_KUSTOMIZE, "Kustomization")
}

fn text(node: Option<&Node>) -> Option<&str> {
    node.and_then(Node::as_str).filter(|text| !text.is_empty())
}

/// A namespace, unless it is filled in later.
fn namespace(node: Option<&Node>) -> Option<&str> {
    text(node).filter(|name| !is_open(name))
}

fn list<'a>(node: Option<&'a Node>, key: &str) -> &'a [Node] {
    node.and_then(|node| node.get(key)).and_then(Node::as_list).unwrap_or_default()
}

fn is_true(node: Option<&Node>) -> bool {
    matches!(node, Some(Node { value: Value::Bool(true), .. }))
}

/// The chart's name in `consul`, `hashicorp/consul`, `./charts/consul` or `oci://registry/consul`, and with its version
/// in the URL of an archive. Bitnami's charts have the same names but different values.
fn chart_name<'a>(chart: &'a str, from: &str) -> Option<(&'a str, Option<&'a str>)> {
    if chart.contains("bitnami") || from.contains("bitnami") {
        return None;
    }
    let name = chart.trim_end_matches('/').rsplit('/').next().unwrap_or(chart);
    let Some(name) = name.strip_suffix(".tgz") else { return Some((name, None)) };
    // `helm package` names an archive `name-version.tgz`.
    let is_version = |at: &usize| name[at + 1..].starts_with(|c: char| c.is_ascii_digit());
    let at = name.match_indices('-').map(|(at, _)| at).find(is_version);
    Some(at.map_or((name, None), |at| (&name[..at], Some(&name[at + 1..]))))
}

/// A version, unless it is a range.
fn exact(version: Option<&str>) -> Option<&str> {
    version.filter(|text| {
        text.trim_start_matches('v').split('.').all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// A sentence about something that is not among the files.
fn missing(what: &str) -> String {
    format!("in {what}, which is not among the files")
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
    fn a_chart_has_the_last_part_of_its_path_as_name() {
        for (chart, name) in [
            ("consul", ("consul", None)),
            ("hashicorp/consul", ("consul", None)),
            ("./charts/consul/", ("consul", None)),
            ("oci://registry.example/charts/consul", ("consul", None)),
            ("https://helm.releases.hashicorp.com/consul-1.4.10.tgz", ("consul", Some("1.4.10"))),
            ("https://%{KUBERNETES_API}%/static/charts/my-consul-2.0.0-rc1.tgz", ("my-consul", Some("2.0.0-rc1"))),
        ] {
            assert_eq!(chart_name(chart, ""), Some(name));
        }
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
