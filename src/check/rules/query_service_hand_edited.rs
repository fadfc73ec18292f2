use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::QUERY;
use crate::stack::jaeger::names;
use crate::stack::kube;

pub(crate) static RULE: Rule = Rule {
    id: "query-service-hand-edited",
    severity: Severity::Warning,
    summary: "this Service belongs to jaeger-operator",
    text: "The operator overwrites `<name>-query` at every reconciliation (jaeger-operator#801, #1152): use \
           `query.serviceType` instead.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        let query = names::service(jaeger.name(), QUERY);
        if let Some(service) = facts.mesh.set.one(kube::CORE, "Service", &jaeger.object.id.namespace, &query) {
            let message = format!("Service `{query}` belongs to jaeger-operator, which overwrites it");
            out.hit(&RULE, service.name(), message, "use `spec.query.serviceType` of the Jaeger resource");
        }
    }
}
