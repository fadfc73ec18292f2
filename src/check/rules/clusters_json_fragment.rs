use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "clusters-json-fragment",
    severity: Severity::Error,
    summary: "`envoy_extra_static_clusters_json` is objects joined by commas",
    text: "Consul puts the text between brackets as it is (`StaticClustersJSON`: \"suitable for direct injection into a JSON \
           array\"), so a final comma or half an object keeps the proxy from starting. With brackets of its own it is a \
           warning: Envoy 1.36 to 1.40 take it, though Consul's comment asks for none.",
    check: None,
};
