//! The known versions of the Consul chart, as data: what each installs, which kinds it defines, which Kubernetes it
//! needs, and which values keys have moved.
//!
//! Source: hashicorp/consul-k8s `charts/consul/Chart.yaml`, `values.yaml`, `templates/crd-*.yaml` and `CHANGELOG.md` at
//! each tag; consul-dataplane `Dockerfile`. This is a table because some tags' versions follow no rule.

use crate::stack::Version;
use crate::stack::consul;
use crate::stack::kube;
use serde::Serialize;

/// Where this module's tables come from.
pub const SOURCES: &[&str] = &[
    "hashicorp/consul-k8s: charts/consul/{Chart.yaml,values.yaml,templates/crd-*.yaml} and CHANGELOG.md at each tag",
    "hashicorp/consul-dataplane: Dockerfile (the Envoy inside it)",
    "https://github.com/hashicorp/consul-k8s/tags",
];

/// The architecture that a chart installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// Up to 0.49: a client agent on each node, plain Envoy sidecars, a separate controller.
    Agents,
    /// Since 1.0: consul-dataplane, without client agents or a controller.
    Dataplane,
}

impl Architecture {
    /// The architecture of a chart version.
    pub fn of_chart(chart: &Version) -> Architecture {
        if *chart >= consul::DATAPLANE_CHART { Architecture::Dataplane } else { Architecture::Agents }
    }

    /// The architecture that a Consul version is deployed with.
    pub fn of_consul(version: &Version) -> Architecture {
        if *version >= consul::DATAPLANE { Architecture::Dataplane } else { Architecture::Agents }
    }

    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Architecture::Agents => "agents",
            Architecture::Dataplane => "dataplane",
        }
    }
}

/// One version of the Consul chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// The chart's version.
    pub version: &'static str,
    /// The Consul version (`appVersion`).
    pub consul: &'static str,
    /// The tag of the proxy image: Envoy, or consul-dataplane since 1.0.
    pub proxy: &'static str,
    /// The minor version of the Envoy in that image.
    pub envoy: &'static str,
    /// Client agents or dataplane.
    pub world: Architecture,
    /// The lowest supported Kubernetes minor (`kubeVersion`). No chart sets an upper limit.
    pub kubernetes: &'static str,
    /// Whether `connectInject.apiGateway` creates Gateway API gateways (since 1.2.0).
    pub api_gateway: bool,
    /// Whether sidecars apply `envoy_listener_tracing_json` (Consul 1.13.2; hashicorp/consul#14438).
    pub listener_tracing: bool,
    /// Whether its Envoy has `envoy.tracers.opentelemetry` (1.23).
    pub otlp: bool,
    /// Whether that tracer supports a service name (1.24; envoyproxy/envoy#22472).
    pub otlp_service_name: bool,
}

/// All known charts, oldest first.
#[rustfmt::skip]
pub const CHARTS: &[Chart] = &[
    chart("0.46.1", "1.12.3",  "1.22.2",  "1.22", Architecture::Agents,    "1.19", false, false, false, false),
    chart("0.49.8", "1.13.9",  "1.23.10", "1.23", Architecture::Agents,    "1.21", false, true,  true,  false),
    chart("1.0.11", "1.14.11", "1.0.7",   "1.24", Architecture::Dataplane, "1.21", false, true,  true,  true),
    chart("1.2.9",  "1.16.6",  "1.2.8",   "1.26", Architecture::Dataplane, "1.22", true,  true,  true,  true),
    chart("1.4.10", "1.18.11", "1.4.6",   "1.28", Architecture::Dataplane, "1.22", true,  true,  true,  true),
    chart("1.6.10", "1.20.6",  "1.6.9",   "1.31", Architecture::Dataplane, "1.22", true,  true,  true,  true),
    chart("1.8.16", "1.21.5",  "1.8.16",  "1.34", Architecture::Dataplane, "1.22", true,  true,  true,  true),
    chart("1.9.11", "1.22.7",  "1.9.11",  "1.35", Architecture::Dataplane, "1.22", true,  true,  true,  true),
    chart("2.0.3",  "2.0.3",   "2.0.3",   "1.37", Architecture::Dataplane, "1.22", true,  true,  true,  true),
];

#[allow(clippy::too_many_arguments, reason = "a row of the table above")]
const fn chart(
    version: &'static str,
    consul: &'static str,
    proxy: &'static str,
    envoy: &'static str,
    world: Architecture,
    kubernetes: &'static str,
    api_gateway: bool,
    listener_tracing: bool,
    otlp: bool,
    otlp_service_name: bool,
) -> Chart {
    Chart { version, consul, proxy, envoy, world, kubernetes, api_gateway, listener_tracing, otlp, otlp_service_name }
}

/// Looks up a chart by version.
pub fn find(version: &str) -> Option<&'static Chart> {
    CHARTS.iter().find(|chart| chart.version == version)
}

impl Chart {
    /// The proxy image with its tag; Envoy's tags start with `v`.
    pub fn proxy_reference(&self) -> String {
        let v = if self.world == Architecture::Agents { "v" } else { "" };
        format!("{}:{v}{}", self.proxy_image(), self.proxy)
    }

    /// The tag of the chart's own program, `global.imageK8S` (`values.yaml` of each chart).
    pub fn control_plane(&self) -> &'static str {
        match self.version {
            "0.46.1" => "0.46.0",
            version => version,
        }
    }

    /// The proxy image without its tag.
    pub fn proxy_image(&self) -> &'static str {
        match self.world {
            Architecture::Agents => "envoyproxy/envoy",
            Architecture::Dataplane => "hashicorp/consul-dataplane",
        }
    }

    /// The kinds that the chart defines by default, as (group, kind).
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let at = position(self.version);
        let has = move |from: &str, to: Option<&str>| at >= position(from) && to.is_none_or(|to| at <= position(to));
        KINDS
            .iter()
            .filter(move |(from, to, ..)| has(from, *to))
            .flat_map(|(_, _, group, kinds)| kinds.iter().map(move |kind| (*group, *kind)))
    }

    /// The values keys that changed between the previous version and this one.
    pub fn moved_here(&self) -> impl Iterator<Item = &'static Moved> {
        let version = self.version;
        MOVED.iter().filter(move |moved| moved.from == version)
    }
}

fn position(version: &str) -> usize {
    CHARTS.iter().position(|chart| chart.version == version).unwrap_or(CHARTS.len())
}

const CONSUL: &str = consul::GROUP;
const GATEWAY: &str = kube::GATEWAY_API;

/// First and last of our charts that define these kinds (`None`: the newest one still does), their group, and their
/// names. From `helm template` of each chart with default values, and with injection enabled.
#[rustfmt::skip]
const KINDS: &[(&str, Option<&str>, &str, &[&str])] = &[
    ("0.46.1", None, CONSUL, &["ExportedServices", "IngressGateway", "Mesh", "ProxyDefaults", "ServiceDefaults",
        "ServiceIntentions", "ServiceResolver", "ServiceRouter", "ServiceSplitter", "TerminatingGateway"]),
    ("1.2.9", None, CONSUL, &["ControlPlaneRequestLimit", "GatewayClassConfig", "JWTProvider", "MeshService", "SamenessGroup"]),
    ("1.2.9", None, GATEWAY, &["Gateway", "GatewayClass", "HTTPRoute", "ReferenceGrant", "TCPRoute"]),
    ("1.2.9", Some("1.6.10"), GATEWAY, &["GRPCRoute", "TLSRoute", "UDPRoute"]),
    ("1.9.11", Some("1.9.11"), GATEWAY, &["GRPCRoute", "TLSRoute", "UDPRoute"]),
    ("1.4.10", None, CONSUL, &["GatewayPolicy", "RouteAuthFilter", "RouteRetryFilter", "RouteTimeoutFilter"]),
    ("1.4.10", None, consul::AUTH_GROUP, &["TrafficPermissions"]),
    ("1.4.10", Some("1.4.10"), consul::MESH_GROUP, &["APIGateway", "GRPCRoute", "GatewayClass", "GatewayClassConfig",
        "HTTPRoute", "MeshConfiguration", "MeshGateway", "ProxyConfiguration", "TCPRoute"]),
    ("1.4.10", Some("1.4.10"), consul::MULTICLUSTER_GROUP, &["ExportedServices"]),
    ("1.6.10", None, CONSUL, &["Registration"]),
    ("2.0.3", None, CONSUL, &["RateLimit", "RouteExtProc", "RouteTLSSDSFilter"]),
];

/// Kinds that no chart up to 1.1 defines, by the first series with them (`templates/crd-*.yaml` at v1.1.0, v1.2.0,
/// v1.3.0, v1.4.0 and v1.5.0).
#[rustfmt::skip]
const SINCE: &[((u64, u64), &str, &[&str])] = &[
    ((1, 2), CONSUL, &["ControlPlaneRequestLimit", "GatewayClassConfig", "JWTProvider", "MeshService", "SamenessGroup"]),
    ((1, 2), GATEWAY, &["Gateway", "HTTPRoute"]),
    ((1, 3), CONSUL, &["GatewayPolicy", "RouteAuthFilter", "RouteRetryFilter", "RouteTimeoutFilter"]),
    ((1, 5), CONSUL, &["Registration"]),
];

/// The kinds that only later charts define, as (group, kind), with the first series that does.
pub fn later_kinds() -> impl Iterator<Item = (&'static str, &'static str, (u64, u64))> {
    SINCE.iter().flat_map(|(series, group, kinds)| kinds.iter().map(move |kind| (*group, *kind, *series)))
}

/// A key in the chart's values that was removed or moved, or whose meaning changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The first of our charts with the change.
    pub from: &'static str,
    /// The key, or the map that contains the affected keys.
    pub key: &'static str,
    /// What changed.
    pub how: KeyChange,
    /// What to do instead.
    pub hint: &'static str,
}

/// How a values key changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyChange {
    /// The chart does not know it and silently ignores it.
    Removed,
    /// The chart fails to render with it.
    Refused,
    /// Still known, but without effect on sidecars.
    Inert,
    /// Its default changed.
    Default,
}

impl KeyChange {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyChange::Removed => "removed",
            KeyChange::Refused => "refused",
            KeyChange::Inert => "inert",
            KeyChange::Default => "default",
        }
    }
}

/// Ordered by the first chart with the change. Deeper keys come before the maps that contain them.
#[rustfmt::skip]
pub const MOVED: &[Moved] = &[
    moved("1.0.11", "controller", KeyChange::Removed, "now part of connect-inject; remove it"),
    moved("1.0.11", "global.imageEnvoy", KeyChange::Removed, "global.imageConsulDataplane, which takes a Consul Dataplane image, not an Envoy image"),
    moved("1.0.11", "global.consulSidecarContainer", KeyChange::Removed, "this container no longer exists; remove it"),
    moved("1.0.11", "client.snapshotAgent", KeyChange::Removed, "server.snapshotAgent"),
    moved("1.0.11", "connectInject.prepareDataplanesUpgrade", KeyChange::Removed, "it was only used to upgrade from 0.49 to 1.0; remove it"),
    moved("1.0.11", "global.peering.tokenGeneration", KeyChange::Removed, "peering goes through mesh gateways: Mesh spec.peering"),
    moved("1.0.11", "global.adminPartitions.service", KeyChange::Removed, "server.exposeService"),
    moved("1.0.11", "ingressGateways.defaults.initCopyConsulContainer", KeyChange::Removed, "nothing is copied anymore; remove it"),
    moved("1.0.11", "meshGateway.initCopyConsulContainer", KeyChange::Removed, "nothing is copied anymore; remove it"),
    moved("1.0.11", "terminatingGateways.defaults.initCopyConsulContainer", KeyChange::Removed, "nothing is copied anymore; remove it"),
    moved("1.0.11", "meshGateway.service.enabled", KeyChange::Removed, "a mesh gateway always has a Service; remove it"),
    moved("1.0.11", "global.secretsBackend.vault.consulSnapshotAgentRole", KeyChange::Removed, "global.secretsBackend.vault.consulServerRole"),
    moved("1.0.11", "externalServers.grpcPort", KeyChange::Default, "8502, was 8503"),
    moved("1.0.11", "syncCatalog.consulNamespaces.mirroringK8S", KeyChange::Default, "true, was false"),
    moved("1.0.11", "client.enabled", KeyChange::Default, "now false; true only adds agents that no sidecar uses"),
    moved("1.0.11", "client", KeyChange::Inert, "sidecars need no client agents; remove it"),
    moved("1.0.11", "global.tls.enableAutoEncrypt", KeyChange::Inert, "it only issues certificates to client agents"),
    moved("1.0.11", "server.replicas", KeyChange::Default, "1, was 3"),
    moved("1.0.11", "connectInject.enabled", KeyChange::Default, "true, was false"),
    moved("1.0.11", "connectInject.consulNamespaces.mirroringK8S", KeyChange::Default, "true, was false; counts with global.enableConsulNamespaces"),
    moved("1.0.11", "ingressGateways.defaults.replicas", KeyChange::Default, "1, was 2"),
    moved("1.0.11", "ingressGateways.defaults.affinity", KeyChange::Default, "none, was one gateway pod per node"),
    moved("1.2.9", "global.secretsBackend.vault.controllerRole", KeyChange::Removed, "global.secretsBackend.vault.connectInjectRole"),
    moved("1.2.9", "global.secretsBackend.vault.controller", KeyChange::Removed, "global.secretsBackend.vault.connectInject"),
    moved("1.6.10", "apiGateway", KeyChange::Refused, "connectInject.apiGateway (from chart 1.2); refused since 1.5.0"),
    moved("1.8.16", "connectInject.cni.updateStrategy", KeyChange::Removed, "remove it"),
    moved("2.0.3", "global.cloud", KeyChange::Removed, "HCP Consul Central is gone; remove it"),
    moved("2.0.3", "telemetryCollector.cloud", KeyChange::Removed, "HCP Consul Central is gone; remove it"),
];

const fn moved(from: &'static str, key: &'static str, how: KeyChange, hint: &'static str) -> Moved {
    Moved { from, key, how, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first Envoy with `envoy.tracers.opentelemetry`.
    const OTLP: Version = Version::new(1, 23, 0);
    /// The first Envoy whose OpenTelemetry tracer supports a service name (envoyproxy/envoy#22472).
    const OTLP_SERVICE_NAME: Version = Version::new(1, 24, 0);

    #[test]
    fn charts_are_sorted_and_rows_name_existing_charts() {
        assert!(CHARTS.is_sorted_by_key(|chart| Version::read(chart.version)));
        assert!(MOVED.iter().all(|moved| find(moved.from).is_some()));
        assert!(
            KINDS
                .iter()
                .all(|(from, to, ..)| find(from).is_some() && to.is_none_or(|to| position(from) <= position(to)))
        );
    }

    #[test]
    fn what_a_chart_can_do_follows_from_the_versions_it_brings() {
        for chart in CHARTS {
            let read = |version| Version::read(version).unwrap();
            let (version, own, inside) = (read(chart.version), read(chart.consul), read(chart.envoy));
            assert_eq!(chart.world, Architecture::of_chart(&version), "{}", chart.version);
            assert_eq!(chart.world, Architecture::of_consul(&own), "{}", chart.version);
            assert_eq!(chart.api_gateway, version >= consul::API_GATEWAY_CHART, "{}", chart.version);
            assert_eq!(chart.listener_tracing, own >= consul::LISTENER_TRACING, "{}", chart.version);
            assert_eq!(chart.otlp, inside >= OTLP, "{}", chart.version);
            assert_eq!(chart.otlp_service_name, inside >= OTLP_SERVICE_NAME, "{}", chart.version);
        }
    }

    #[test]
    fn each_chart_defines_as_many_kinds_as_its_templates() {
        let counts: Vec<usize> = CHARTS.iter().map(|chart| chart.kinds().count()).collect();
        assert_eq!(counts, [10, 10, 10, 23, 38, 29, 26, 29, 29]);
    }

    #[test]
    fn kinds_that_came_later_are_in_the_charts_of_their_series_and_not_before() {
        for (group, kind, (major, minor)) in later_kinds() {
            for chart in CHARTS {
                let late = Version::read(chart.version).unwrap().at_least(major, minor);
                let defined = chart.kinds().any(|one| one == (group, kind));
                assert_eq!(defined, late, "{kind} in {}", chart.version);
            }
        }
    }
}
