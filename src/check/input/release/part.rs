//! What is known of an installed chart, and what the files that find it share.

use crate::check::input::open::is_open;
use crate::yaml::Node;
use crate::yaml::Value;

/// The charts whose values matter to tracing.
pub(super) const CHARTS: [&str; 2] = ["consul", "jaeger"];

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

pub(super) fn text(node: Option<&Node>) -> Option<&str> {
    node.and_then(Node::as_str).filter(|text| !text.is_empty())
}

/// A namespace, unless it is filled in later.
pub(super) fn namespace(node: Option<&Node>) -> Option<&str> {
    text(node).filter(|name| !is_open(name))
}

pub(super) fn list<'a>(node: Option<&'a Node>, key: &str) -> &'a [Node] {
    node.and_then(|node| node.get(key)).and_then(Node::as_list).unwrap_or_default()
}

pub(super) fn is_true(node: Option<&Node>) -> bool {
    matches!(node, Some(Node { value: Value::Bool(true), .. }))
}

/// The chart's name in `consul`, `hashicorp/consul`, `./charts/consul` or `oci://registry/consul`, and with its version
/// in the URL of an archive. Bitnami's charts have the same names but different values.
pub(super) fn chart_name<'a>(chart: &'a str, from: &str) -> Option<(&'a str, Option<&'a str>)> {
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
pub(super) fn exact(version: Option<&str>) -> Option<&str> {
    version.filter(|text| {
        text.trim_start_matches('v').split('.').all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// A sentence about something that is not among the files.
pub(crate) fn missing(what: &str) -> String {
    format!("in {what}, which is not among the files")
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
