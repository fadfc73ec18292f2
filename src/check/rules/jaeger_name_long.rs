use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::COLLECTOR_HEADLESS;
use crate::stack::kube::names::LONGEST_LABEL;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-name-long",
    severity: Severity::Warning,
    summary: "the name is too long for the Services that are named after it",
    text: "The operator shortens names over 44 characters in `<name>-collector-headless` and names over 53 in \
           `<name>-collector` (pkg/util/truncate.go), so the names of the two Services start differently.",
    fixes: &[],
    check: Some(check),
};

/// The longest name for which `<name>-collector-headless` is valid.
const LONGEST: usize = LONGEST_LABEL - COLLECTOR_HEADLESS.len() - 1;

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        let name = jaeger.name();
        if name.len() > LONGEST {
            let message =
                format!("`{name}` has {} characters; the operator shortens Services of names over {LONGEST}", name.len());
            out.hit(&RULE, jaeger.object.name(), message, "choose a shorter name");
        }
    }
}
