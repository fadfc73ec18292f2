use crate::check::facts::Facts;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::object::Id;
use crate::source::SourceId;
use crate::source::Span;
use crate::stack::consul;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "duplicate-identity",
    severity: Severity::Warning,
    summary: "two objects of one identity differ, so one overwrites the other",
    text: "The API server keeps one object of a kind, namespace and name: of two that are applied, the later one counts. \
           kustomize refuses them (`may not add resource with an already registered id`), and Argo CD warns \
           (`RepeatedResourceWarning`). Reported are objects of one file, which are applied together, and Consul's config \
           entries of one set, of which the last one decides the path: Consul's webhooks refuse a second one of a name only \
           in another namespace (configentry_webhook.go). Objects that are equal are not reported.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let set = facts.mesh.set;
    let mut first: HashMap<(Option<SourceId>, &Id), usize> = HashMap::with_capacity(set.items.len());
    for (index, item) in set.items.iter().enumerate() {
        let is_of_consul = &*item.id.group == consul::GROUP;
        let key = ((!is_of_consul).then_some(item.node.span.source), item.id);
        let Some(other) = first.get(&key).map(|index| set.object(*index)) else {
            first.insert(key, index);
            continue;
        };
        let name = set.object(index).name();
        // Without a name in the file, the API server makes one up (`generateName`).
        let is_named = name.node().is_some_and(|node| node.span != Span::NONE);
        let is_filled = is_placeholder(&item.id.name) || is_placeholder(&item.id.namespace);
        if is_named && !is_filled && other.node != item.node {
            let counts = if facts.mesh.refused.overwritten(other) == Some(index) { ", so the later one counts" } else { "" };
            let message = format!("{} is defined twice, and the two differ{counts}", item.id);
            let help = "keep one of them, or give them different names";
            out.hit(&RULE, name, message, help).note("the other one", other.name());
        }
    }
}
