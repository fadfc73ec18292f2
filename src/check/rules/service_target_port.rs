use crate::check::facts::Facts;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::HashMap;
use std::collections::HashSet;

pub(crate) static RULE: Rule = Rule {
    id: "service-target-port",
    severity: Severity::Warning,
    summary: "a Service sends to a port name that none of its pods has",
    text: "A `targetPort` by name is looked up in each pod, and a pod without it gets no traffic on that port \
           (`k8s.io/kubernetes` `pkg/api/v1/pod/util.go` `FindPort`). Reported only if the files have pods that the Service \
           selects, and none of them declares the name; what a webhook adds to the pods is not among the files.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mut names: HashMap<usize, HashSet<&str>> = HashMap::new();
    let mut services = Vec::new();
    for workload in facts.mesh.workloads.iter() {
        let spec = workload.template.get("spec");
        let containers = ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items());
        let own: Vec<&str> =
            containers.flat_map(|one| one.get("ports").items()).filter_map(|port| port.get("name").str()).collect();
        for service in &workload.selected_by {
            if !names.contains_key(&service.index) {
                services.push(*service);
            }
            names.entry(service.index).or_default().extend(&own);
        }
    }
    services.sort_unstable_by_key(|service| service.index);
    for service in services.into_iter().filter(|service| !facts.mesh.refused.has(*service)) {
        let known = &names[&service.index];
        if known.iter().any(|name| is_placeholder(name)) {
            continue;
        }
        for at in service.spec().get("ports").items().map(|port| port.get("targetPort")) {
            let Some(name) = at.str().filter(|name| !name.is_empty() && !is_placeholder(name)) else { continue };
            if !known.contains(name) {
                let mut all: Vec<&str> = known.iter().copied().collect();
                all.sort_unstable();
                let help = match out.closest(name, all.into_iter()) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "write the number, or give a port of the container this name".to_string(),
                };
                let message = format!("none of the pods that this Service selects has a port `{name}`");
                out.hit(&RULE, at, message, help);
            }
        }
    }
}
