use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "clusters-json-fragment",
    severity: Severity::Error,
    summary: "`envoy_extra_static_clusters_json` is not JSON objects joined by commas",
    text: "Consul puts the text between brackets as it is (`StaticClustersJSON`: \"suitable for direct injection into \
           a JSON array\"), so with a trailing comma or an incomplete object the proxy does not start. Brackets in the \
           text itself are only a warning: Envoy 1.36 to 1.40 accept them, although Consul's comment asks for none.",
    check: None,
};
