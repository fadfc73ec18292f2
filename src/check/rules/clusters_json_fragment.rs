use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "clusters-json-fragment",
    severity: Severity::Error,
    summary: "`envoy_extra_static_clusters_json` is not JSON objects joined by commas",
    text: "Consul puts the text between brackets as it is (`StaticClustersJSON`: \"suitable for direct injection into \
           a JSON array\"), so with a trailing comma or an incomplete object the proxy does not start. With brackets in the \
           text itself gateways do not start: Consul looks for its own cluster among them (`failed to parse static clusters: \
           json: cannot unmarshal array`), and with `envoy_prometheus_bind_addr` it does so for every proxy. Other sidecars start \
           (seen on Consul 1.12.3 and 1.14.11).",
    fixes: &[Trust::Safe],
    check: None,
};
