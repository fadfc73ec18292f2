use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "inject-duplicate-name",
    severity: Severity::Warning,
    summary: "the annotation names more than one Jaeger",
    text: "Up to version 1.52, jaeger-operator takes the first Jaeger of that name that the API server lists, in \
           whichever namespace it is (jaeger-operator#2383).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (_, request) in facts.agents.requests(&facts.mesh) {
        let value = request.value;
        if value == "true" {
            continue;
        }
        if let [first, _, ..] = facts.agents.named(value) {
            let message = format!("several Jaegers are called `{value}`, and the operator up to 1.52 may take any of them");
            out.hit(&RULE, request.at, message, "give each Jaeger a unique name")
                .note("the first is here", first.name());
        }
    }
}
