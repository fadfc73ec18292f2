use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::INJECT;
use crate::stack::go::parse_bool;

pub(crate) static RULE: Rule = Rule {
    id: "inject-annotation-value",
    severity: Severity::Error,
    summary: "`connect-inject` is neither true nor false",
    text: "The webhook reads it with Go's ParseBool: `1`, `t` and `True` are true; with `yes`, `on` or an empty \
           string it refuses the pod.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for workload in &mesh.workloads {
        let at = workload.template.at(&["metadata", "annotations"]).get(INJECT);
        let Some(text) = at.str().filter(|text| parse_bool(text).is_none()) else { continue };
        let message = format!("`{INJECT}: \"{text}\"` is neither true nor false, so the webhook refuses the pods");
        let hit = out.hit(&RULE, at, message, "write \"true\" or \"false\"");
        let word = match text.to_ascii_lowercase().as_str() {
            "yes" | "y" | "on" | "enabled" | "true" => Some("true"),
            "no" | "n" | "off" | "disabled" | "false" => Some("false"),
            _ => None,
        };
        hit.fix(Trust::Safe, word.map(|word| Edit::set(at, word)));
        match mesh.proxy_of(workload) {
            Some(proxy) => hit.breaks(HopKind::Sidecar, Scope::Proxy(proxy)),
            None => hit.refused(),
        };
    }
}
