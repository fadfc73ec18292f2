use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-endpoint-version",
    severity: Severity::Error,
    summary: "`collector_endpoint_version` is neither HTTP_JSON nor HTTP_PROTO",
    text: "Envoy refuses the field's default value (api/envoy/config/trace/v3/zipkin.proto) and unknown values, and \
           crashes on `GRPC` (measured).",
    fixes: &[Trust::Safe],
    check: None,
};
