use crate::check::facts::Facts;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::kube;
use std::collections::HashMap;
use std::collections::HashSet;

pub(crate) static RULE: Rule = Rule {
    id: "service-selects-nothing",
    severity: Severity::Warning,
    summary: "a Service does not select the pods of the workload with its name",
    text: "A selector must equal labels of the pods (`k8s.io/kubernetes` `pkg/controller/endpointslice`). Pods may come from \
           elsewhere, so only a Service that selects none of the pods among the files, beside a workload with its own name and \
           namespace and the same label keys, is reported.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let selected: HashSet<usize> =
        mesh.workloads.iter().flat_map(|workload| &workload.selected_by).map(|service| service.index).collect();
    let mut named = HashMap::new();
    for workload in mesh.workloads.iter().filter(|workload| !workload.is_pod()) {
        named.entry((&*workload.object.id.namespace, &*workload.object.id.name)).or_insert(workload);
    }
    for service in mesh.refused.accepted(mesh.set, kube::CORE, "Service") {
        let selector = service.spec().get("selector");
        let Some(workload) = named.get(&(&*service.id.namespace, &*service.id.name)) else { continue };
        if selected.contains(&service.index) || workload.cut || service.spec().get("type").str() == Some("ExternalName") {
            continue;
        }
        let labels = workload.template.at(&["metadata", "labels"]);
        let value = |key: &str| labels.node().and_then(|node| node.get(key)).and_then(|node| node.as_str());
        let mut pairs = selector.entries().peekable();
        if pairs.peek().is_none() {
            continue;
        }
        let pairs: Vec<_> = pairs.map(|(key, at)| (key, at, value(key))).collect();
        // Other keys tell of other pods: those of an operator, for example.
        if pairs.iter().any(|(_, at, value)| value.is_none_or(is_placeholder) || at.str().is_none_or(is_placeholder)) {
            continue;
        }
        let Some((key, at, Some(value))) = pairs.into_iter().find(|(_, at, value)| at.str() != *value) else { continue };
        let message = format!("this Service selects no pods: those of {} have `{key}: {value}`", workload.object.id);
        out.hit(&RULE, at, message, format!("write `{key}: {value}`, or correct the label"));
    }
}
