use crate::check::facts::Facts;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::Strategy;
use crate::stack::kube;

pub(crate) static RULE: Rule = Rule {
    id: "agent-hostport-psa",
    severity: Severity::Warning,
    summary: "agents as a DaemonSet cannot run or be found",
    text: "`agent.strategy: DaemonSet` needs host ports, which namespaces that enforce the baseline or restricted Pod \
           Security standard refuse. With the strategy `production` or `streaming`, the operator also creates no \
           Service for the agents (jaeger-operator#459, #882).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.agents.jaegers {
        let strategy = jaeger.spec().at(&["agent", "strategy"]);
        if !strategy.text().eq_ignore_ascii_case("daemonset") {
            continue;
        }
        let storage = jaeger.spec().at(&["storage", "type"]).text();
        let why = match Strategy::effective(jaeger.spec().get("strategy").text(), storage) {
            Strategy::AllInOne if refuses_host_ports(facts.mesh.set, *jaeger) => "this namespace refuses its host ports",
            Strategy::AllInOne => continue,
            Strategy::Production | Strategy::Streaming => {
                "the operator creates a Service for agents only with the strategy `allInOne`"
            }
        };
        out.hit(
            &RULE,
            strategy,
            format!("`agent.strategy: DaemonSet` does not work here: {why}"),
            "use sidecars, or send spans straight to the collector",
        );
    }
}

/// Whether the namespace of an object enforces a Pod Security standard without host ports.
fn refuses_host_ports(set: &Set<'_>, object: Object<'_>) -> bool {
    let namespace = set.one(kube::CORE, "Namespace", "", &object.id.namespace);
    let standard = namespace.map(|namespace| namespace.at(&["metadata", "labels", kube::POD_SECURITY]).text());
    standard.is_some_and(|standard| kube::NO_HOST_PORTS.contains(&standard))
}
