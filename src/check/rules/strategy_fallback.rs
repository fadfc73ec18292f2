use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::jaeger::Jaeger;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::COMPONENTS;
use crate::stack::jaeger::Strategy;
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    id: "strategy-fallback",
    severity: Severity::Warning,
    summary: "the operator silently deploys all-in-one instead",
    text: "The operator reads any word other than `production` and `streaming` as `allInOne`, and it falls back to \
           `allInOne` when the storage is memory or badger (apis/v1/deployment_strategy.go, \
           pkg/strategy/controller.go normalize()). The CRD has no enum that would reject the word.",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        judge(jaeger, out);
    }
}

fn judge(jaeger: &Jaeger<'_>, out: &mut Sink) {
    let at = jaeger.object.spec().get("strategy");
    let Some(word) = at.str() else { return };
    match Strategy::read(word) {
        None => {
            let message = format!("`{word}` is not a strategy; the operator falls back to allInOne");
            let meant = suggest::closest(word, ["allInOne", "production", "streaming"].into_iter());
            out.hit(&RULE, at, message, "use allInOne, production or streaming")
                .fix(Trust::Unsafe, meant.map(|meant| Edit::set(at, meant)));
        }
        // The storage is in the wrong place, which `jaeger-unknown-field` reports.
        Some(_) if COMPONENTS.iter().any(|part| jaeger.object.spec().get(part).get("storage").exists()) => {}
        Some(wanted) if wanted != jaeger.strategy => {
            let message = format!(
                "`{word}` cannot keep spans in {}; the operator falls back to allInOne",
                jaeger.storage
            );
            out.hit(&RULE, at, message, "use elasticsearch or cassandra, or set the strategy to allInOne")
                .fix(Trust::Unsafe, [Edit::set(at, "allInOne")]);
        }
        Some(_) => {}
    }
}
