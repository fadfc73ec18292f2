use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "inject-unknown-instance",
    severity: Severity::Warning,
    summary: "the annotation names a Jaeger that is not among the files",
    text: "When there is no Jaeger of that name, jaeger-operator injects nothing and says so only in its debug log \
           (jaeger-operator#2105).",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let agents = &facts.agents;
    if agents.jaegers.is_empty() {
        return;
    }
    for (_, request) in agents.requests(&facts.mesh) {
        let value = request.value;
        if value == "true" || !agents.named(value).is_empty() {
            continue;
        }
        let only = match agents.jaegers.as_slice() {
            [only] => Some(&*only.id.name),
            _ => None,
        };
        let meant = out.closest(value, agents.names()).or(only);
        let cure = meant.filter(|_| !request.by_namespace).map(|name| Edit::set(request.at, name));
        let help = match out.closest(value, agents.names()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "use the name of a Jaeger in the cluster".to_string(),
        };
        out.hit(&RULE, request.at, format!("there is no Jaeger `{value}` among the files"), help)
            .fix(Trust::Unsafe, cure);
    }
}
