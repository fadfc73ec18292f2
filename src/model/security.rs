//! The Pod Security level that each namespace can enforce.
//!
//! Sources: kubernetes.io "Pod Security Standards"; consul-k8s `control-plane/connect-inject/webhook/container_init.go`
//! (the init container of sidecars runs as root with NET_ADMIN unless the CNI plugin is used), `templates/cni-daemonset.yaml`
//! (host paths), `templates/client-daemonset.yaml` up to 0.49.8 (host ports).

use crate::model::Consul;
use crate::model::Jaeger;
use crate::model::Service;
use crate::model::settings::Agent;
use crate::stack::consul::chart::Architecture;
use std::collections::BTreeMap;

/// The strictest level that lets everything run which this render puts into each namespace.
pub(crate) fn levels(
    list: &[String],
    consul: &Consul,
    jaeger: &Jaeger,
    services: &[Service],
) -> BTreeMap<String, &'static str> {
    let cni = consul.settings.values.get("connectInject").is_some_and(|inject| inject["cni"]["enabled"] == true);
    let level = |space: &String| {
        let sidecars = services.iter().any(|service| service.namespace == *space);
        let own = consul.is_ours() && consul.settings.namespace == *space;
        let agents = consul.release.world == Architecture::Agents;
        if (sidecars && !cni) || (own && (agents || cni)) {
            return "privileged";
        }
        // The chart's pods, jaeger-operator's and those of people's own services do not say all that `restricted` asks for.
        let with_agent = services.iter().any(|service| service.agent != Agent::None);
        let only_ours = jaeger.settings.namespace == *space && (jaeger.v2 || jaeger.relay) && !with_agent;
        if only_ours && !sidecars && !own { "restricted" } else { "baseline" }
    };
    list.iter().map(|space| (space.clone(), level(space))).collect()
}
