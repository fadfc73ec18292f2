use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "duplicate-env",
    severity: Severity::Warning,
    summary: "a container sets a variable twice",
    text: "The last one counts, and the API server warns of the others (`k8s.io/kubernetes` `pkg/api/pod/warnings.go`, `hides \
           previous definition`). Server-side apply refuses such a list, since variables are merged by name.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for workload in facts.mesh.workloads.iter().filter(|workload| !facts.mesh.refused.has(workload.object)) {
        let spec = workload.template.get("spec");
        for container in ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items()) {
            let mut seen = HashMap::new();
            for name in container.get("env").items().map(|variable| variable.get("name")) {
                let Some(text) = name.str() else { continue };
                if let Some(first) = seen.insert(text, name) {
                    let message = format!("the variable `{text}` is set twice, and the first value is lost");
                    out.hit(&RULE, name, message, "remove one of them").note("the first is here", first);
                }
            }
        }
    }
}
