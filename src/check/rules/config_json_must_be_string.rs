use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "config-json-must-be-string",
    severity: Severity::Error,
    summary: "`envoy_*_json` keys take JSON in a string, not YAML",
    text: "Consul decodes these keys into strings (mapstructure), and no webhook checks them before. If a key that \
           goes into the bootstrap holds a map or a list, no proxy starts (`failed parsing Proxy.Config`). If a key \
           that Consul's servers read does, sidecars get no configuration at all (`failed to generate all xDS \
           resources`, seen on Consul 1.14.11).",
    fixes: &[Trust::Safe],
    check: None,
};
