//! Consul on Kubernetes: what its chart installs, the annotations and namespaces that its webhook reads, its protocols.

pub(crate) mod bootstrap;
pub mod chart;
pub(crate) mod decode;
pub(crate) mod keys;
pub(crate) mod releases;
pub(crate) mod validations;
pub(crate) mod values;
pub(crate) mod weak;

use crate::stack::Version;

/// The API group of Consul's config entries.
pub const GROUP: &str = "consul.hashicorp.com";
/// The name of the chart, and the folder of its values in a render (consul-k8s `charts/consul/Chart.yaml`).
pub(crate) const CHART: &str = "consul";
/// Config entries in the order in which they are applied: what gateways and routes need first. Consul refuses an HTTP
/// listener until its services are HTTP (consul `agent/structs/config_entry_gateways.go` `Validate`), and routers until
/// resolvers have their subsets (`agent/structs/config_entry_discoverychain.go`).
pub(crate) const APPLIED: [&str; 9] = [
    "ProxyDefaults",
    "Mesh",
    "ServiceDefaults",
    "ServiceResolver",
    "ServiceSplitter",
    "ServiceRouter",
    "ServiceIntentions",
    "IngressGateway",
    "TerminatingGateway",
];
/// Config entries of which a cluster has one: the webhook refuses to create another, in whichever namespace (consul-k8s
/// `control-plane/api/v1alpha1/*_webhook.go`, as for the following ones).
pub(crate) const ONE_PER_CLUSTER: [&str; 5] =
    ["ControlPlaneRequestLimit", "ExportedServices", "Mesh", "ProxyDefaults", "RateLimit"];
/// Config entries whose name the webhook lets only one namespace have (`control-plane/api/common/configentry_webhook.go`),
/// unless Consul Enterprise mirrors namespaces.
pub(crate) const UNIQUE_NAMES: [&str; 8] = [
    "IngressGateway",
    "JWTProvider",
    "SamenessGroup",
    "ServiceDefaults",
    "ServiceResolver",
    "ServiceRouter",
    "ServiceSplitter",
    "TerminatingGateway",
];
/// The config entry of which there is one for each destination.
pub(crate) const INTENTIONS: &str = "ServiceIntentions";
/// `apiVersion` of Consul's config entries (consul-k8s `control-plane/api/v1alpha1`).
pub const API_VERSION: &str = "consul.hashicorp.com/v1alpha1";
/// The API group of TrafficPermissions, which came with the v2 experiment and stayed
/// (`charts/consul/templates/crd-*.yaml`).
pub const AUTH_GROUP: &str = "auth.consul.hashicorp.com";
/// The API group of the v2 experiment in chart 1.4.
pub const MESH_GROUP: &str = "mesh.consul.hashicorp.com";
/// The other API group of the v2 experiment in chart 1.4.
pub const MULTICLUSTER_GROUP: &str = "multicluster.consul.hashicorp.com";

/// The pod annotation that lists the services behind the proxy's upstream listeners (consul-k8s
/// `control-plane/connect-inject/constants/annotations_and_labels.go`).
pub const UPSTREAMS: &str = "consul.hashicorp.com/connect-service-upstreams";
/// The pod annotation with the port that the proxy forwards requests to (likewise).
pub const PORT: &str = "consul.hashicorp.com/connect-service-port";

/// Requests a sidecar; read only on pods, with `stack::go::parse_bool` (consul-k8s
/// `control-plane/connect-inject/constants/annotations_and_labels.go`, as for the following ones).
pub const INJECT: &str = "consul.hashicorp.com/connect-inject";
/// Makes the sidecar a native one, which ends with the pod's programs; read with `stack::go::parse_bool` (consul-k8s
/// `control-plane/connect-inject/lifecycle/lifecycle_configuration.go`). Otherwise it runs until it is stopped.
pub const NATIVE_SIDECAR: &str = "consul.hashicorp.com/enable-consul-dataplane-as-sidecar";
/// The service name that the pod is registered with, or several separated by commas.
pub const SERVICE: &str = "consul.hashicorp.com/connect-service";
/// The label of a Service that Consul ignores when it registers pods; read with `stack::go::parse_bool` (consul-k8s
/// `control-plane/connect-inject/endpoints_controller.go`, `isLabeledIgnore`).
pub const SERVICE_IGNORE: &str = "consul.hashicorp.com/service-ignore";
/// If several Services select a pod, names the one that registers it. Read since chart 1.0.0 (consul-k8s
/// `control-plane/connect-inject/controllers/endpoints/endpoints_controller.go`).
pub const KUBERNETES_SERVICE: &str = "consul.hashicorp.com/kubernetes-service";
/// Set on the pods of gateways.
pub const GATEWAY_KIND: &str = "consul.hashicorp.com/gateway-kind";
/// The pod annotation with the name that a gateway has in Consul (chart `templates/ingress-gateways-deployment.yaml`, since
/// 1.0).
pub const GATEWAY_SERVICE: &str = "consul.hashicorp.com/gateway-consul-service-name";
/// The port where sidecars accept requests from the mesh (consul-k8s
/// `control-plane/connect-inject/constants/constants.go` `ProxyDefaultInboundPort`).
pub const PUBLIC_LISTENER: u16 = 20000;
/// The port of Consul's servers and agents that serves proxies their configuration (Consul `agent/config/default.go`;
/// `ports.grpc` in the chart's `templates/server-statefulset.yaml`).
pub const GRPC: u16 = 8502;
/// The port of servers for one another, by which they elect a leader (Consul `agent/consul/config.go` `DefaultRPCPort`).
pub const SERVERS: u16 = 8300;
/// Whether all connections of a pod go through its sidecar (consul-k8s `control-plane/connect-inject/constants`).
pub const TRANSPARENT_PROXY: &str = "consul.hashicorp.com/transparent-proxy";
/// Outbound ports that a transparent proxy leaves alone.
pub const EXCLUDE_OUTBOUND_PORTS: &str = "consul.hashicorp.com/transparent-proxy-exclude-outbound-ports";

/// The only valid name of a ProxyDefaults (consul-k8s `control-plane/api/v1alpha1/proxydefaults_webhook.go`).
pub const PROXY_DEFAULTS: &str = "global";

/// Namespaces whose pods are never in the mesh, regardless of the Helm values, at each tag from 0.46.1 to 2.0.3. The
/// webhook skips the first two (`mesh_webhook.go` `kubeSystemNamespaces`); the endpoints controller, without which no
/// pod is registered and no sidecar becomes ready, skips all three (`endpoints_controller.go` `shouldIgnore`, later
/// `common.go` `ShouldIgnore`).
pub const NEVER_INJECTED: [&str; 3] = ["kube-public", "kube-system", "local-path-storage"];

/// Whether pods of a namespace are never in the mesh.
pub fn never_injected(namespace: &str) -> bool {
    NEVER_INJECTED.contains(&namespace)
}

/// The protocols of a service (consul-k8s `control-plane/api/v1alpha1/servicedefaults_types.go`), in lower case.
pub const PROTOCOLS: [&str; 4] = ["tcp", "http", "http2", "grpc"];

/// The protocol that a word was meant to be, and whether it is the same in other letters.
pub(crate) fn meant_protocol(word: &str) -> Option<(&'static str, bool)> {
    let word = word.trim();
    let same = PROTOCOLS.into_iter().find(|known| known.eq_ignore_ascii_case(word));
    // With its version it is what Consul calls http.
    let http = || ["http/1.1", "http/1", "http1"].iter().any(|known| known.eq_ignore_ascii_case(word));
    same.map(|word| (word, true)).or_else(|| http().then_some(("http", false)))
}
/// Whether Envoy parses requests of a protocol, which spans require: only HTTP listeners have tracing (Consul
/// `agent/xds/listeners.go` `makeHTTPFilter`).
pub fn is_http(protocol: &str) -> bool {
    matches!(protocol, "http" | "http2" | "grpc")
}

/// Whether the chart renders a PodSecurityPolicy for the job that generates the gossip key, regardless of
/// `enablePodSecurityPolicies` (consul-k8s 0.46.1 `templates/gossip-encryption-autogenerate-podsecuritypolicy.yaml`).
pub fn gossip_job_has_policy(chart: &str) -> bool {
    chart == "0.46.1"
}

/// The default ports of an ingress gateway: `ingressGateways.defaults.service.ports` (`values.yaml` from 0.46.1 to
/// 2.0.3).
pub const INGRESS_PORTS: [u16; 2] = [8080, 8443];

/// The ingress gateway that the chart installs if the values list none: `ingressGateways.gateways` (`values.yaml` from
/// 0.46.1 to 2.0.3).
pub const INGRESS_GATEWAY: &str = "ingress-gateway";

/// The first Consul that deprecates ingress gateways (hashicorp/consul#18102).
pub const INGRESS_DEPRECATED: Version = Version::new(1, 16, 0);

/// The sections in the chart's values that list gateways.
pub const GATEWAY_SECTIONS: [&str; 2] = ["ingressGateways", "terminatingGateways"];

/// The config entries of the chart's gateways.
pub const GATEWAY_KINDS: [&str; 2] = ["IngressGateway", "TerminatingGateway"];

/// The suffix of a mesh gateway's Deployment, after the chart's full name (`templates/mesh-gateway-deployment.yaml`).
pub const MESH_GATEWAY: &str = "mesh-gateway";

/// The prefix that Helm gives the names of a release's objects: the release name, followed by the chart name unless it
/// contains it (`charts/consul/templates/_helpers.tpl` `consul.fullname`).
pub fn full_name(release: &str) -> String {
    if release.contains("consul") { release.to_owned() } else { format!("{release}-consul") }
}

/// The GatewayClass that the chart creates (consul-k8s 2.0.3 `charts/consul/templates/gateway-resources-job.yaml`).
pub const MANAGED_CLASS: &str = "consul";

/// The first Consul whose sidecars apply `envoy_listener_tracing_json` (hashicorp/consul#13998, backport #14438).
pub const LISTENER_TRACING: Version = Version::new(1, 13, 2);
/// The first Consul whose chart runs consul-dataplane instead of client agents (consul-k8s `CHANGELOG.md`, 1.0.0).
pub const DATAPLANE: Version = Version::new(1, 14, 0);
/// The first chart with [`DATAPLANE`].
pub const DATAPLANE_CHART: Version = Version::new(1, 0, 0);
/// The first chart whose `connectInject.apiGateway` creates Gateway API gateways (consul-k8s `CHANGELOG.md`, 1.2.0).
pub const API_GATEWAY_CHART: Version = Version::new(1, 2, 0);

/// The Consul Enterprise image of a version (`hashicorp/consul-enterprise` tags end in `-ent`).
pub fn enterprise_image(consul: &str) -> String {
    format!("hashicorp/consul-enterprise:{consul}-ent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_version_is_of_the_group_and_annotations_are_too() {
        assert_eq!(API_VERSION.split_once('/'), Some((GROUP, "v1alpha1")));
        for annotation in [INJECT, SERVICE, GATEWAY_KIND, EXCLUDE_OUTBOUND_PORTS] {
            assert_eq!(annotation.split_once('/').map(|(group, _)| group), Some(GROUP), "{annotation}");
        }
    }

    #[test]
    fn namespaces_of_the_cluster_itself_are_never_in_the_mesh() {
        assert!(["kube-system", "kube-public", "local-path-storage"].into_iter().all(never_injected));
        assert!(!never_injected("default") && !never_injected("kube-node-lease"));
    }

    #[test]
    fn all_protocols_but_tcp_make_spans() {
        assert_eq!(PROTOCOLS.into_iter().filter(|name| !is_http(name)).collect::<Vec<_>>(), ["tcp"]);
        assert!(!is_http("HTTP"));
    }
}
