use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::keys;

pub(crate) static RULE: Rule = Rule {
    id: "unknown-envoy-key",
    severity: Severity::Warning,
    summary: "unknown `envoy_*` key in ProxyDefaults",
    text: "Consul ignores unknown keys silently (agent/xds/config, bootstrap_config.go), so a typo in a key looks like tracing \
           that does nothing.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let Some(config) = facts.mesh.tracing.config() else { return };
    let known: Vec<&str> = keys::envoy().collect();
    for (written, value) in config.entries() {
        // Consul ignores letter case in keys.
        let key = written.to_ascii_lowercase();
        if !key.starts_with("envoy_") || known.contains(&&*key) {
            continue;
        }
        let help = match out.closest(&key, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "remove it".to_string(),
        };
        let meant = out.closest(&key, known.iter().copied());
        let cure = meant.filter(|close| facts.mesh.tracing.value(close).is_none()).map(|close| Edit::rename(value, close));
        out.hit(&RULE, value, format!("unknown key `{written}`; Consul ignores it"), help).fix(Trust::Safe, cure);
    }
}
