use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::COLLECTOR_HEADLESS;
use crate::stack::jaeger::GRPC;
use crate::stack::jaeger::REPORTER;

pub(crate) static RULE: Rule = Rule {
    id: "agent-collector-not-headless",
    severity: Severity::Warning,
    summary: "the agent does not balance load over collectors",
    text: "gRPC keeps a single connection to a Service that has a cluster IP. With \
           `dns:///<name>-collector-headless.<namespace>.svc:14250`, which agents that jaeger-operator injects use, it \
           balances load over the collector pods.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (_, _, agent) in facts.agents.running(&facts.mesh) {
        for arg in agent.get("args").items() {
            if arg.text().strip_prefix(REPORTER).is_some_and(|target| !is_balanced(target)) {
                out.hit(
                    &RULE,
                    arg,
                    "with this address the agent sends everything to one collector",
                    format!("use `dns:///<name>-{COLLECTOR_HEADLESS}.<namespace>.svc:{GRPC}`"),
                )
                .fix(Trust::Safe, balanced(arg.text()).map(|text| Edit::set(arg, text)));
            }
        }
    }
}

/// The argument with the headless twin of the Service, which jaeger-operator creates beside each collector's.
fn balanced(arg: &str) -> Option<String> {
    let target = arg.strip_prefix(REPORTER)?;
    let target = target.strip_prefix("dns:///").unwrap_or(target);
    let end = target.find(['.', ':'])?;
    let (service, rest) = target.split_at(end);
    service.ends_with("-collector").then(|| format!("{REPORTER}dns:///{service}-headless{rest}"))
}

fn is_balanced(target: &str) -> bool {
    let Some(host) = target.strip_prefix("dns:///") else { return false };
    host.split(['.', ':']).next().is_some_and(|service| service.ends_with("-headless"))
}
