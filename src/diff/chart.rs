//! A Helm release whose chart changes version: only the header of its values says so.
//!
//! In: the values of both sides. Out: a [`ChartChange`] with what it requires. Only Consul's chart is known that well: its
//! webhook puts the sidecar into pods when they are created, so that they keep the old one until they restart.

use crate::diff::Class;
use crate::diff::Plain;
use crate::stack::Version;
use crate::stack::consul;
use crate::stack::consul::chart;
use crate::stack::consul::chart::Architecture;
use crate::yaml::Node;
use serde::Serialize;

/// Another chart, or another version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartChange {
    /// Name and version before: `consul 1.8.16`.
    pub from: String,
    /// The same after.
    pub to: String,
    /// What it requires.
    pub class: Class,
    /// Why that class; empty for [`Class::Other`].
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'static str,
}

/// The reason given for a chart with another sidecar.
const SIDECARS: &str = "pods keep the sidecar of the old chart until they restart";

/// What the headers say of two values files.
pub(crate) fn change(old: &Plain, new: &Plain) -> Option<ChartChange> {
    let (from, to) = (old.chart.as_deref()?, new.chart.as_deref()?);
    if from == to {
        return None;
    }
    let (class, reason) = match (sidecar(from, &old.node), sidecar(to, &new.node)) {
        (Some(before), Some(after)) if before != after => (Class::RestartsPods, SIDECARS),
        _ => (Class::Other, ""),
    };
    Some(ChartChange { from: from.to_owned(), to: to.to_owned(), class, reason })
}

/// What decides about the sidecars of Consul's chart: the architecture and the image. `None`: another chart.
fn sidecar(chart: &str, values: &Node) -> Option<(Option<Architecture>, String)> {
    let text = chart.strip_prefix(consul::CHART)?.strip_prefix(' ')?;
    let version = Version::read(text);
    let world = version.as_ref().map(Architecture::of_chart);
    let key = if world == Some(Architecture::Agents) { "imageEnvoy" } else { "imageConsulDataplane" };
    let set = values.path(&["global", key]).and_then(Node::as_str).map(str::to_owned);
    // Each release has its own image; of those that are not in the table, the version stands for it.
    let image = set.or_else(|| chart::find(text).map(chart::Chart::proxy_reference)).unwrap_or_else(|| text.to_owned());
    Some((world, image))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(chart: &str, image: Option<&str>) -> Plain {
        let json =
            image.map_or(serde_json::json!({}), |image| serde_json::json!({"global": {"imageConsulDataplane": image}}));
        let node = Node::from_json(&json, crate::source::Span::NONE);
        Plain { node, file: "helm/consul/values.yaml".into(), document: 1, chart: Some(chart.into()) }
    }

    #[test]
    fn a_chart_with_another_sidecar_restarts_pods() {
        let class = |from: &Plain, to: &Plain| change(from, to).map(|change| change.class);
        let plain = |chart| values(chart, None);
        assert_eq!(class(&plain("consul 1.8.16"), &plain("consul 1.9.11")), Some(Class::RestartsPods));
        assert_eq!(class(&plain("consul 0.49.8"), &plain("consul 1.0.11")), Some(Class::RestartsPods));
        assert_eq!(class(&plain("consul 1.8.16"), &plain("consul 1.8.16")), None);
        assert_eq!(class(&plain("jaeger 3.1.0"), &plain("jaeger 3.2.0")), Some(Class::Other));
        let pinned = |chart| values(chart, Some("mirror/dataplane:1"));
        assert_eq!(class(&pinned("consul 1.8.16"), &pinned("consul 1.9.11")), Some(Class::Other));
        assert_eq!(class(&pinned("consul 0.49.8"), &pinned("consul 1.0.11")), Some(Class::RestartsPods));
    }
}
