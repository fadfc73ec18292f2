use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "config-json-must-be-string",
    severity: Severity::Error,
    summary: "`envoy_*_json` keys take JSON in a string, not YAML",
    text: "Consul decodes these keys into strings (mapstructure), and no webhook checks them before. With a map or a list in one \
           that the bootstrap is written from, no proxy starts (`failed parsing Proxy.Config`). With one in a key that Consul's \
           servers read, sidecars get no configuration at all (`failed to generate all xDS resources`, seen on Consul 1.14.11).",
    fixes: &[Trust::Safe],
    check: None,
};
