use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-service-exists",
    severity: Severity::Error,
    summary: "no backend makes the Service that spans are sent to",
    text: "The operator makes `<name>-collector` and `<name>-collector-headless` in the namespace of the Jaeger resource, cut \
           at 63 characters (pkg/util/truncate.go); the OpenTelemetry operator likewise; the Jaeger chart from 4.2 on has one \
           Service without `-collector`. A wrong name resolves nowhere and nothing says so (measured).",
    check: None,
};
