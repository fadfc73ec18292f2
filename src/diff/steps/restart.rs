//! Restarts of proxies and pods that read something only when they start.

use crate::diff::Change;
use crate::diff::Pair;
use crate::diff::steps::Step;
use crate::diff::steps::kubectl;
use crate::diff::steps::release;
use crate::diff::steps::rolls;
use crate::object::Stage;
use crate::stack::consul;
use crate::stack::kube;
use std::collections::BTreeMap;

/// A step for each workload that has to be restarted, but for those that other steps replace anyway.
pub(super) fn steps(pair: &Pair, changes: &[&Change]) -> Vec<Step> {
    let replaced = |kind: &str, namespace: &str, name: &str| {
        changes.iter().filter(|change| rolls(change)).filter_map(|change| change.object.as_ref()).any(|object| {
            (object.kind.to_lowercase().as_str(), object.namespace.as_str(), object.name.as_str())
                == (kind, namespace, name)
        })
    };
    let mut whys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for change in changes {
        let Some(object) = &change.object else { continue };
        for name in &change.restarts {
            let why = format!("reads the bootstrap settings of {object} only when it starts");
            whys.entry(name).or_default().push(why);
        }
        for name in &change.readers {
            let why = format!("reads {object} only when its pods start");
            whys.entry(name).or_default().push(why);
        }
    }
    let mut steps = Vec::new();
    for (text, why) in whys {
        let (kind, rest) = text.split_once(' ').unwrap_or(("", text));
        let (namespace, name) = rest.rsplit_once('/').unwrap_or(("", rest));
        if replaced(kind, namespace, name) {
            continue;
        }
        let why = vec![format!("{text}: {}", why.join("; "))];
        let step = |commands| Step { stage: Stage::Restarts, rank: 0, deletes: false, why: why.clone(), commands };
        let restart = |namespace: &str, target: &str| {
            vec![
                kubectl(namespace, &["rollout", "restart", target]),
                kubectl(namespace, &["rollout", "status", target, "--timeout=5m"]),
            ]
        };
        let is_workload = kube::WORKLOADS.iter().any(|row| row.rolls && row.kind.to_lowercase() == kind);
        steps.push(match kind {
            _ if is_workload && namespace.is_empty() => step(restart(&of_chart(pair), &format!("{kind}/{name}"))),
            _ if is_workload => step(restart(namespace, &format!("{kind}/{name}"))),
            // Consul's controller names the Deployment of a Gateway after it.
            "gateway" => step(restart(namespace, &format!("deployment/{name}"))),
            _ => {
                let mut step = step(Vec::new());
                let help = "its Deployment is the chart's, and no Helm values among the files name it: restart it";
                step.why.push(help.to_owned());
                step
            }
        });
    }
    steps
}

/// The namespace of the release that installs Consul's gateways.
fn of_chart(pair: &Pair) -> String {
    let releases = release::releases(&pair.to);
    let found = releases.iter().find(|release| release.values.split('/').any(|step| step == consul::CHART));
    found.map(|release| release.namespace.clone()).unwrap_or_default()
}
