//! Envoy: which one runs beside which Consul, and what came with which.

pub(crate) mod messages;

use crate::stack::Version;
use crate::stack::consul::chart::CHARTS;

/// consul-dataplane and the Envoy inside it (consul-dataplane `Dockerfile` at each tag, as far as read).
pub(crate) const IN_DATAPLANE: &[(&str, &str)] = &[
    ("1.0.0", "1.24.0"),
    ("1.2.0", "1.26.2"),
    ("1.4.0", "1.28.1"),
    ("1.6.0", "1.31.2"),
    ("1.9.9", "1.35.12"),
    ("2.0.1", "1.37.4"),
];

/// The Envoy in a consul-dataplane of the same minor; its patch may be another. `None`: a minor we have not read.
pub(crate) fn in_dataplane(dataplane: &Version) -> Option<Version> {
    let rows = IN_DATAPLANE.iter().filter_map(|(of, envoy)| Some((Version::read(of)?, Version::read(envoy)?)));
    same_series(rows, dataplane)
}

/// The minor of the Envoy that the chart of this Consul runs. `None`: a series of Consul that none of our charts installs.
pub(crate) fn beside_consul(consul: &Version) -> Option<Version> {
    let rows = CHARTS.iter().filter_map(|chart| Some((Version::read(chart.consul)?, Version::read(chart.envoy)?)));
    same_series(rows, consul)
}

fn same_series(mut rows: impl Iterator<Item = (Version, Version)>, wanted: &Version) -> Option<Version> {
    rows.find(|(of, _)| (of.major(), of.minor()) == (wanted.major(), wanted.minor())).map(|(_, envoy)| envoy)
}

/// Names of clusters that Consul's bootstrap has of its own, which no static cluster may take (Consul
/// `command/connect/envoy/bootstrap_tpl.go`, consul-dataplane `internal/bootstrap/bootstrap_tpl.go`).
pub(crate) const OWN_CLUSTERS: [&str; 4] =
    ["local_agent", "consul-dataplane", "prometheus_backend", "consul_telemetry_collector_loopback"];

/// Names of clusters that a static cluster may take, and then gets the requests that are meant for Consul's: `self_admin`
/// is only added when there is none (Consul `command/connect/envoy/bootstrap_config.go` `containsSelfAdminCluster`), and
/// Envoy keeps a static cluster when the servers send another of its name, as they do with `local_app` (measured).
pub(crate) const SHARED_CLUSTERS: [&str; 2] = ["self_admin", "local_app"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::consul::chart::World;

    #[test]
    fn the_two_ways_to_an_envoy_agree() {
        for chart in CHARTS.iter().filter(|chart| chart.world == World::Dataplane) {
            let (proxy, envoy) = (Version::read(chart.proxy).unwrap(), Version::read(chart.envoy).unwrap());
            if let Some(inside) = in_dataplane(&proxy) {
                assert_eq!(inside.series(), envoy.series(), "{}", chart.version);
            }
        }
        assert_eq!(beside_consul(&Version::new(1, 13, 1)).map(|envoy| envoy.series()).as_deref(), Some("1.23"));
        assert_eq!(beside_consul(&Version::new(1, 10, 0)), None);
    }
}
