use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::COLLECTOR;
use crate::stack::jaeger::names;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-name-dots",
    severity: Severity::Warning,
    summary: "the Services are named differently from the resource",
    text: "In the names of Services the operator replaces anything but lower-case letters and digits with `-`; \
           Deployments keep the name as it is (pkg/util/dns_name.go).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        let name = jaeger.name();
        if name.contains(|c: char| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            let message = format!("the collector's Service of `{name}` is `{}`", names::service(name, COLLECTOR));
            out.hit(&RULE, jaeger.object.name(), message, "use lower-case letters, digits and `-` only");
        }
    }
}
