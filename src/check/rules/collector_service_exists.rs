use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-service-exists",
    severity: Severity::Error,
    summary: "no backend creates the Service that spans are sent to",
    text: "The operator creates `<name>-collector` and `<name>-collector-headless` in the namespace of the Jaeger \
           resource and truncates the names to 63 characters (pkg/util/truncate.go), as does the OpenTelemetry \
           operator. The Jaeger chart from 4.2 on creates one Service without the suffix `-collector`. A wrong name \
           does not resolve, and nothing reports it (measured).",
    fixes: &[Trust::Safe, Trust::Unsafe],
    check: None,
};
