use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "tracing-legacy-config-field",
    severity: Severity::Error,
    summary: "`http.config` is from Envoy's v2 API",
    text: "Envoy v3 uses `typed_config` with an `@type`. With `http.config`, Envoy refuses its bootstrap with `Cannot find field` \
           (consul-helm#825).",
    fixes: &[Trust::Safe],
    check: None,
};
