use crate::check::cluster::chart_values::ChartValues;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::values::Failure;

pub(crate) static RULE: Rule = Rule {
    id: "values-chart-fails",
    severity: Severity::Error,
    summary: "the Consul chart fails with these values",
    text: "The templates of the Consul chart call `fail` for combinations of values that cannot work, such as gateways \
           without connect-inject, half of a reference to a Secret, federation without TLS, or Vault without its \
           roles. `helm install` then installs nothing, so there is no Consul and no span. The conditions are those of \
           the chart's templates at each version (hashicorp/consul-k8s charts/consul/templates); if the version is \
           unknown, only what every known chart refuses is reported.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for values in &facts.values {
        for failure in values.failures() {
            report(values, &failure, out);
        }
    }
}

fn report(values: &ChartValues<'_>, failure: &Failure, out: &mut Sink) {
    let given: Vec<Cursor<'_>> = failure.keys.iter().map(|key| at(values.root, key)).filter(|at| at.exists()).collect();
    let place = given.first().copied().unwrap_or_else(|| failure.keys.first().map_or(values.root, |key| at(values.root, key)));
    let message = format!("{} fails: {}", values.chart(), failure.message.trim_end_matches('.'));
    let keys: Vec<String> = failure.keys.iter().take(MOST).map(|key| format!("`{key}`")).collect();
    let help = format!("helm installs nothing until this is corrected; it depends on {}", keys.join(", "));
    let hit = out.hit(&RULE, place, message, help);
    hit.breaks(HopKind::Sidecar, Scope::All);
}

/// How many keys a message names.
const MOST: usize = 4;

fn at<'a>(root: Cursor<'a>, path: &str) -> Cursor<'a> {
    let mut cursor = root;
    for part in path.split('.') {
        let Some((_, below)) = cursor.entries().find(|(key, _)| *key == part) else { break };
        cursor = below;
    }
    cursor
}
