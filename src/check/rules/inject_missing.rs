use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::INJECT;
use crate::stack::go::parse_bool;

pub(crate) static RULE: Rule = Rule {
    id: "inject-missing",
    severity: Severity::Error,
    summary: "the pods of a service are not injected",
    text: "The mesh's config entries name the service and its pods are among the files, but nothing asks for a \
           sidecar, or their annotation refuses one: `connectInject.default` is false in every chart. Without a sidecar, nothing creates spans for \
           it.",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for workload in mesh.workloads.iter().filter(|workload| workload.injected(mesh.inject_default()) == Some(false)) {
        let Some(proxy) = mesh.proxy_of(workload) else { continue };
        let annotations = workload.template.at(&["metadata", "annotations"]);
        // These have their own rules.
        let refused = annotations.get(INJECT).str().is_some_and(|text| parse_bool(text).is_none());
        if refused || workload.asks_in_wrong_place() {
            continue;
        }
        let (own, name) = (annotations.get(INJECT), &mesh.proxies[proxy].name);
        let (at, why) = match own.exists() {
            true => (own, "their annotation is false"),
            false => (annotations, "nothing asks for a sidecar"),
        };
        out.hit(
            &RULE,
            at,
            format!("the pods of service `{name}` are not injected: {why}"),
            format!("set `{INJECT}: \"true\"` on its pods"),
        )
        .fix(Trust::Unsafe, [Edit::set(own, "true")])
        .breaks(HopKind::Sidecar, Scope::Proxy(proxy));
    }
}
