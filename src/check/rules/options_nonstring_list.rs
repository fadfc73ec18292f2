use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cursor::Cursor;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::COMPONENTS;
use crate::stack::jaeger::WITH_OPTIONS;

pub(crate) static RULE: Rule = Rule {
    id: "options-nonstring-list",
    severity: Severity::Error,
    summary: "a list under `options` has an item that is not a string",
    text: "The operator fails to read the resource (apis/v1/options.go) and creates nothing from it.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        for part in COMPONENTS.into_iter().chain(WITH_OPTIONS) {
            lists(jaeger.object.spec().at(&[part, "options"]), out);
        }
    }
}

fn lists(at: Cursor<'_>, out: &mut Sink) {
    at.entries().for_each(|(_, value)| lists(value, out));
    if at.items().any(|item| item.str().is_none()) {
        out.hit(
            &RULE,
            at,
            "this list has an item that is not a string; the operator cannot read the resource",
            "put the items in quotes",
        )
        .fix(Trust::Safe, at.items().filter(|item| item.str().is_none()).map(Edit::quote))
        .refused();
    }
}
