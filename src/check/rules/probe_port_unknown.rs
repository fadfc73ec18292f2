use crate::check::facts::Facts;
use crate::check::cursor::Cursor;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "probe-port-unknown",
    severity: Severity::Warning,
    summary: "a probe uses a port name that its container does not have",
    text: "kubelet looks the name up among the ports of the probe's own container and fails the probe if it is not there \
           (`k8s.io/kubernetes` `pkg/probe/util.go` `ResolveContainerPort`): the container is restarted or never ready. The \
           API server accepts such a pod.",
    fixes: &[],
    check: Some(check),
};

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for workload in facts.mesh.workloads.iter().filter(|workload| !facts.mesh.refused.has(workload.object)) {
        let spec = workload.template.get("spec");
        for container in ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items()) {
            let names: Vec<&str> = container.get("ports").items().filter_map(|port| port.get("name").str()).collect();
            if names.iter().any(|name| is_placeholder(name)) {
                continue;
            }
            for at in PROBES.into_iter().flat_map(|probe| ports(container.get(probe))) {
                let Some(name) = at.str().filter(|name| !is_placeholder(name) && name.parse::<u16>().is_err()) else {
                    continue;
                };
                if !names.contains(&name) {
                    let message = format!("the container has no port `{name}`, so the probe always fails");
                    let help = match out.closest(name, names.iter().copied()) {
                        Some(close) => format!("did you mean `{close}`?"),
                        None => "write the number, or give a port of the container this name".to_string(),
                    };
                    out.hit(&RULE, at, message, help);
                }
            }
        }
    }
}

fn ports(probe: Cursor<'_>) -> [Cursor<'_>; 2] {
    ["httpGet", "tcpSocket"].map(|kind| probe.get(kind).get("port"))
}
