use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-v1-eol",
    severity: Severity::Warning,
    summary: "Jaeger v1 has reached its end of life",
    text: "Jaeger v1 has had no fixes since 2025-12-31 (jaeger#6321), and jaeger-operator is deprecated with it. \
           Jaeger v2 is installed by the OpenTelemetry operator or by its own chart.",
    fixes: &[],
    check: Some(check),
};

/// The programs of Jaeger v1; v2 is a single program, `jaeger`.
const PROGRAMS: [&str; 4] = ["all-in-one", "jaeger-collector", "jaeger-query", "jaeger-ingester"];

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        out.hit(
            &RULE,
            jaeger.object.root().get("kind"),
            "Jaeger v1 has had no fixes since 2025-12-31, and jaeger-operator is deprecated",
            "move to Jaeger v2 with the OpenTelemetry operator",
        );
    }
    for image in facts.jaegers.images.iter().filter(|image| PROGRAMS.contains(&image.name)) {
        let message = "Jaeger v1 has had no fixes since 2025-12-31";
        out.hit(&RULE, image.at, message, "move to `jaegertracing/jaeger`, version 2");
    }
}
