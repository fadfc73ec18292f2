use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "tracing-json-parses",
    severity: Severity::Error,
    summary: "`envoy_tracing_json` must be a JSON object with `http.name` and `http.typed_config`",
    text: "Consul inserts the text into Envoy's bootstrap and indents the result (json.Indent), so text that is not JSON keeps the \
           proxy from starting. Nothing checks it before (consul-helm#825).",
    fixes: &[Trust::Safe],
    check: None,
};
