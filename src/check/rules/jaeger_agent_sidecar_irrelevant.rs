use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-agent-sidecar-irrelevant",
    severity: Severity::Info,
    summary: "a jaeger-agent sidecar does not carry Envoy's spans",
    text: "Envoy sends its spans to the collector over HTTP or gRPC. The agent only receives UDP from programs with a \
           Jaeger SDK; next to a program without one it does nothing.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (workload, pod) in facts.agents.pods(&facts.mesh) {
        let annotations = workload.object.at(&["metadata", "annotations"]);
        out.hit(
            &RULE,
            pod.agents.first().map_or(annotations, |agent| agent.get("name")),
            "the agent carries spans of programs with a Jaeger SDK; Envoy sends its own straight to the collector",
            "remove the agent if the program has no Jaeger SDK",
        );
    }
}
