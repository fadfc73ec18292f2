use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "networkpolicy-blocks",
    severity: Severity::Error,
    summary: "a NetworkPolicy blocks spans or requests",
    text: "A pod that a NetworkPolicy selects accepts and makes only the connections that some policy allows \
           (networking.k8s.io/v1). A sidecar needs DNS, Consul's gRPC port and the collector's port; gateways and the programs \
           that call a service need port 20000 of its sidecars, clients the ports of the gateway's listeners, and Jaeger its \
           storage. Ports are those of the pods, not of the Service.",
    fixes: &[],
    check: None,
};
