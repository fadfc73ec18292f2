use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "duplicate-port",
    severity: Severity::Warning,
    summary: "a container declares a port twice",
    text: "One number and protocol twice in a container: the API server warns of it (`k8s.io/kubernetes` \
           `pkg/api/pod/warnings.go`, `duplicate port definition`), and server-side apply, which merges ports by number and \
           protocol, refuses the list.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for workload in facts.mesh.workloads.iter().filter(|workload| !facts.mesh.refused.has(workload.object)) {
        for container in workload.containers() {
            let mut seen = HashMap::new();
            for port in container.get("ports").items() {
                let number = port.get("containerPort");
                let protocol = Some(port.get("protocol").text()).filter(|text| !text.is_empty()).unwrap_or("TCP");
                let Some(value) = number.int() else { continue };
                let key = (value, protocol, port.get("hostIP").text(), port.get("hostPort").int());
                if let Some(first) = seen.insert(key, number) {
                    let message = format!("the container declares {value}/{protocol} twice");
                    out.hit(&RULE, number, message, "remove one of them").note("the first is here", first);
                }
            }
        }
    }
}
