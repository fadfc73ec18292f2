//! The decisions in INSTALL.md, so that its template reads like the page it prints.

use crate::model::Consul;
use crate::model::Ingress;
use crate::model::Jaeger;
use crate::model::Operators;
use crate::model::Service;
use crate::model::ingress::Gateway;
use crate::model::settings::Exposure;
use crate::model::settings::GossipMode;
use crate::model::settings::IngressKind;
use crate::model::settings::Protocol;
use crate::stack::Version;
use crate::stack::consul;
use crate::stack::consul::chart::Architecture;
use crate::stack::kube;
use serde::Serialize;

/// Decisions of INSTALL.md.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// The oldest Kubernetes minor version that everything in the render supports; null if nothing sets a limit.
    pub kubernetes_from: Option<String>,
    /// The newest one.
    pub kubernetes_to: Option<String>,
    /// Whether the Kubernetes versions that cert-manager supports are known and count.
    pub cert_manager: bool,
    /// Whether the chart's gossip job needs a Kubernetes with PodSecurityPolicy.
    pub gossip_policy: bool,
    /// Whether Jaeger, or a relay to another backend, runs in this cluster.
    pub runs_backend: bool,
    /// Whether the pods of an ingress gateway need separate nodes, as in charts up to 0.49 by default.
    pub separate_gateway_pods: bool,
    /// Whether the Consul chart creates Services of type LoadBalancer.
    pub load_balancers: bool,
    /// Whether the chart has `global.installK8sNetworkingCRDs`, which alone decides about the definitions of the Gateway API
    /// there.
    pub networking_crds_key: bool,
    /// Whether Consul's servers ask for volumes of the default StorageClass.
    pub default_storage_class: bool,
    /// The namespaces whose pods need the Pod Security level `privileged`, sorted.
    pub privileged: Vec<String>,
    /// The gateway through which to send the first request: the first with plain HTTP and a service; null without one.
    pub gateway: Option<Gateway>,
    /// A host that this gateway serves, or `*`.
    pub host: Option<String>,
}

pub(super) fn derive(
    consul: &Consul,
    jaeger: &Jaeger,
    operators: &Operators,
    ingress: &Ingress,
    services: &[Service],
) -> Install {
    let ours = consul.is_ours();
    let operator = match (&operators.jaeger, &operators.opentelemetry) {
        (Some(jaeger), _) => Some((jaeger.release.kubernetes_from, jaeger.release.kubernetes_to)),
        (None, Some(otel)) => Some((otel.release.kubernetes_from, otel.release.kubernetes_to)),
        (None, None) => None,
    };
    let certs = &operators.cert_manager;
    let certs = operator.and(certs.kubernetes_from.zip(certs.kubernetes_to));
    let gossip_policy = ours
        && consul.settings.gossip.mode == GossipMode::Auto
        && consul::gossip_job_has_policy(consul.release.version);
    let from = [operator.map(|(from, _)| from), certs.map(|(from, _)| from), ours.then_some(consul.release.kubernetes)];
    let to = [
        operator.map(|(_, to)| to),
        certs.map(|(_, to)| to),
        gossip_policy.then_some(kube::LAST_WITH_POD_SECURITY_POLICY),
    ];
    let gateway = ingress.gateways.iter().find(|one| !one.services.is_empty() && one.protocol == Protocol::Http);
    let host = gateway.and_then(|gateway| gateway.services.first()?.hosts.first());
    Install {
        kubernetes_from: minors(from).max().map(|minor| minor.series()),
        kubernetes_to: minors(to).min().map(|minor| minor.series()),
        cert_manager: certs.is_some(),
        gossip_policy,
        runs_backend: jaeger.runs_here(),
        separate_gateway_pods: separate_gateway_pods(consul, ingress),
        load_balancers: load_balancers(consul, ingress),
        networking_crds_key: consul::values::has(consul.release.version, "global.installK8sNetworkingCRDs"),
        default_storage_class: ours && server(consul, "storageClass").is_none_or(serde_json::Value::is_null),
        privileged: privileged(consul, services),
        gateway: gateway.cloned(),
        host: host.map(|host| host.replace("*.", "www.")),
    }
}

fn minors<const N: usize>(limits: [Option<&str>; N]) -> impl Iterator<Item = Version> {
    limits.into_iter().flatten().filter_map(Version::read)
}

/// Up to chart 0.49 the pods of a gateway have a required anti-affinity with each other (consul-k8s 0.49.8
/// `values.yaml` `ingressGateways.defaults.affinity`), unless the profile sets `affinity`.
fn separate_gateway_pods(consul: &Consul, ingress: &Ingress) -> bool {
    let affinity = consul
        .settings
        .values
        .get("ingressGateways")
        .and_then(|gateways| gateways.get("defaults"))
        .and_then(|defaults| defaults.get("affinity"));
    consul.is_ours()
        && consul.release.world == Architecture::Agents
        && ingress.kind == IngressKind::IngressGateway
        && !ingress.gateways.is_empty()
        && affinity.is_none()
}

fn server<'a>(consul: &'a Consul, key: &str) -> Option<&'a serde_json::Value> {
    consul.settings.values.get("server")?.get(key)
}

/// Pods with a sidecar have an init container that configures iptables as root with NET_ADMIN (consul-k8s
/// `control-plane/connect-inject/webhook/container_init.go`), and client agents have host ports (0.49.8
/// `templates/client-daemonset.yaml`); the level `baseline` forbids both.
fn privileged(consul: &Consul, services: &[Service]) -> Vec<String> {
    let mut spaces: Vec<String> = services.iter().map(|service| service.namespace.clone()).collect();
    if consul.is_ours() && consul.release.world == Architecture::Agents {
        spaces.push(consul.settings.namespace.clone());
    }
    spaces.sort();
    spaces.dedup();
    spaces
}

fn load_balancers(consul: &Consul, ingress: &Ingress) -> bool {
    let is = |service: Option<Exposure>| service == Some(Exposure::LoadBalancer);
    consul.is_ours()
        && (is(Some(consul.settings.ui.service)) || ingress.gateways.iter().any(|gateway| is(gateway.service)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minors_are_compared_as_versions() {
        assert_eq!(minors([Some("1.9"), None, Some("1.22")]).max().unwrap().series(), "1.22");
        assert_eq!(minors([Some("1.9"), Some("1.22")]).min().unwrap().series(), "1.9");
    }
}
