use crate::check::facts::Facts;
use crate::check::cluster::backend;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "options-es-missing-url",
    severity: Severity::Warning,
    summary: "elasticsearch storage without `es.server-urls`",
    text: "The operator then tries to provision Elasticsearch itself, which works on OpenShift only.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in facts.jaegers.all.iter().filter(|jaeger| jaeger.storage == "elasticsearch") {
        let storage = jaeger.object.spec().get("storage");
        if !backend::has_option(storage.get("options").node(), "es.server-urls") {
            out.hit(
                &RULE,
                storage,
                "`es.server-urls` is not set, so the operator tries to provision Elasticsearch itself",
                "set `storage.options.es.server-urls`",
            );
        }
    }
}
