use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-endpoint-version",
    severity: Severity::Error,
    summary: "zipkin needs `collector_endpoint_version` HTTP_JSON or HTTP_PROTO",
    text: "Its default is refused by Envoy (api/envoy/config/trace/v3/zipkin.proto), as are unknown words; `GRPC` makes it \
           panic (measured).",
    check: None,
};
