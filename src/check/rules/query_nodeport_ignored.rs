use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "query-nodeport-ignored",
    severity: Severity::Warning,
    summary: "`query.nodePort` has no effect without `serviceType: NodePort`",
    text: "The operator leaves it out of a Service of any other type (pkg/service/query.go).",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        let query = jaeger.object.spec().get("query");
        let kind = query.get("serviceType").str().unwrap_or("ClusterIP");
        let port = query.get("nodePort");
        if kind != "NodePort" && port.exists() {
            let message = format!("`nodePort` has no effect on a Service of type {kind}");
            out.hit(&RULE, port, message, "set `serviceType: NodePort`, or remove it")
                .fix(Trust::Unsafe, [Edit::set(query.get("serviceType"), "NodePort")]);
        }
    }
}
