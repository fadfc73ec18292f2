//! Envoy: which version each Consul runs, and when features were added.

pub(crate) mod messages;

use crate::stack::Version;
use crate::stack::consul::chart::CHARTS;

/// consul-dataplane releases and the Envoy in each (consul-dataplane `Dockerfile` at the tags that were read).
pub(crate) const IN_DATAPLANE: &[(&str, &str)] = &[
    ("1.0.0", "1.24.0"),
    ("1.2.0", "1.26.2"),
    ("1.4.0", "1.28.1"),
    ("1.6.0", "1.31.2"),
    ("1.9.9", "1.35.12"),
    ("2.0.1", "1.37.4"),
];

/// The Envoy in a consul-dataplane with the same minor; its patch may differ. `None`: an unknown minor.
pub(crate) fn in_dataplane(dataplane: &Version) -> Option<Version> {
    let rows = IN_DATAPLANE.iter().filter_map(|(of, envoy)| Some((Version::read(of)?, Version::read(envoy)?)));
    same_series(rows, dataplane)
}

/// The Envoy minor used by the chart for this Consul. `None`: none of our charts installs this Consul series.
pub(crate) fn beside_consul(consul: &Version) -> Option<Version> {
    let rows = CHARTS.iter().filter_map(|chart| Some((Version::read(chart.consul)?, Version::read(chart.envoy)?)));
    same_series(rows, consul)
}

fn same_series(mut rows: impl Iterator<Item = (Version, Version)>, wanted: &Version) -> Option<Version> {
    rows.find(|(of, _)| (of.major(), of.minor()) == (wanted.major(), wanted.minor())).map(|(_, envoy)| envoy)
}

/// Cluster names that Consul's bootstrap reserves, so that a static cluster cannot use them (Consul
/// `command/connect/envoy/bootstrap_tpl.go`, consul-dataplane `internal/bootstrap/bootstrap_tpl.go`).
pub(crate) const OWN_CLUSTERS: [&str; 4] =
    ["local_agent", "consul-dataplane", "prometheus_backend", "consul_telemetry_collector_loopback"];

/// Cluster names that a static cluster can use, thereby capturing requests meant for Consul's own clusters:
/// `self_admin` is only added if it is missing (Consul `command/connect/envoy/bootstrap_config.go`
/// `containsSelfAdminCluster`), and Envoy keeps a static cluster when the servers send another with the same name, as
/// they do for `local_app` (measured).
pub(crate) const SHARED_CLUSTERS: [&str; 2] = ["self_admin", "local_app"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::consul::chart::Architecture;

    #[test]
    fn the_two_ways_to_an_envoy_agree() {
        for chart in CHARTS.iter().filter(|chart| chart.world == Architecture::Dataplane) {
            let (proxy, envoy) = (Version::read(chart.proxy).unwrap(), Version::read(chart.envoy).unwrap());
            if let Some(inside) = in_dataplane(&proxy) {
                assert_eq!(inside.series(), envoy.series(), "{}", chart.version);
            }
        }
        assert_eq!(beside_consul(&Version::new(1, 13, 1)).map(|envoy| envoy.series()).as_deref(), Some("1.23"));
        assert_eq!(beside_consul(&Version::new(1, 10, 0)), None);
    }
}
