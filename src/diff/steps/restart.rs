//! Restarts of proxies and pods that read something only when they start.

use crate::diff::Change;
use crate::diff::Kind;
use crate::diff::Pair;
use crate::diff::guide;
use crate::diff::proxies::shown;
use crate::diff::steps::Command;
use crate::diff::steps::Phase;
use crate::diff::steps::Step;
use crate::diff::steps::first::InTheWay;
use crate::diff::steps::kubectl;
use crate::diff::steps::release;
use crate::diff::steps::rolls;
use crate::object::Stage;
use crate::stack::consul;
use crate::stack::kube;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// A step for each workload that has to be restarted, but for those that other steps replace or delete anyway.
pub(super) fn steps(pair: &Pair, changes: &[&Change], blockers: &[InTheWay<'_>]) -> Vec<Step> {
    let replaced: BTreeSet<String> = changes.iter().filter(|change| rolls(change)).filter_map(|one| new(one)).collect();
    let deleted: BTreeSet<String> = changes.iter().filter_map(|change| old(change)).collect();
    let (known, gateways) = (guide::restarted(&pair.to), format!("deployment {}/", of_chart(pair)));
    let is_foreign = |text: &str| known.iter().any(|one| one == text) && !text.starts_with(&gateways);
    let mut steps = Vec::new();
    for (text, (phase, why)) in reasons(changes, blockers) {
        // What is replaced before something is deleted has read it again.
        if deleted.contains(text) || phase == Phase::Apply && replaced.contains(text) {
            continue;
        }
        let mut why = vec![format!("{text}: {}", why.join("; "))];
        let commands = commands(pair, text);
        if commands.is_empty() {
            let help = "its Deployment is the chart's, and no Helm values among the files name it: restart it";
            why.push(help.to_owned());
        } else if is_foreign(text) {
            let help = "its manifest is not among the files: if it is not a Deployment, or has another name, adapt the command";
            why.push(help.to_owned());
        }
        steps.push(Step { stage: Stage::Restarts, rank: 0, phase, why, commands });
    }
    steps
}

/// The workloads to restart, each with the phase in which it has to be and the reasons.
fn reasons<'a>(changes: &[&'a Change], blockers: &[InTheWay<'_>]) -> BTreeMap<&'a str, (Phase, Vec<String>)> {
    let mut all: BTreeMap<&str, (Phase, Vec<String>)> = BTreeMap::new();
    let mut add = |name: &'a str, phase: Phase, why: String| {
        let (last, whys) = all.entry(name).or_insert((phase, Vec::new()));
        *last = phase.max(*last);
        whys.push(why);
    };
    for change in changes {
        // What is in the way of something is deleted before that is applied, and the rest at the end.
        let at_the_end = change.kind == Kind::Removed && !blockers.iter().any(|one| one.is_of(change));
        let phase = if at_the_end { Phase::Restart } else { Phase::Apply };
        if let Some(chart) = &change.chart {
            for name in &change.restarts {
                add(name, phase, format!("keeps the proxy of chart {} until its pods restart", chart.from));
            }
        }
        let Some(object) = &change.object else { continue };
        for name in &change.restarts {
            add(name, phase, format!("reads the bootstrap settings of {object} only when it starts"));
        }
        for name in &change.readers {
            add(name, phase, format!("reads {object} only when its pods start"));
        }
    }
    all
}

/// The object that a change leaves, as it is shown.
fn new(change: &Change) -> Option<String> {
    change.object.as_ref().map(|object| shown(&object.kind, &object.namespace, &object.name))
}

/// The object that a change takes away.
fn old(change: &Change) -> Option<String> {
    let object = match (change.kind, &change.from) {
        (Kind::Removed, _) if !change.stays => change.object.as_ref()?,
        (Kind::Renamed, Some((object, _))) => object,
        _ => return None,
    };
    Some(shown(&object.kind, &object.namespace, &object.name))
}

/// The commands that restart something; none if it is not known what they would be.
fn commands(pair: &Pair, text: &str) -> Vec<Command> {
    let (kind, rest) = text.split_once(' ').unwrap_or(("", text));
    let (namespace, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    let restart = |namespace: &str, target: &str| {
        vec![
            kubectl(namespace, &["rollout", "restart", target]),
            kubectl(namespace, &["rollout", "status", target, "--timeout=5m"]),
        ]
    };
    let is_workload = kube::WORKLOADS.iter().any(|row| row.rolls && row.kind.to_lowercase() == kind);
    match kind {
        _ if is_workload && name == guide::ALL => vec![kubectl(namespace, &["rollout", "restart", kind])],
        _ if is_workload && namespace.is_empty() => restart(&of_chart(pair), &format!("{kind}/{name}")),
        _ if is_workload => restart(namespace, &format!("{kind}/{name}")),
        // Consul's controller names the Deployment of a Gateway after it.
        "gateway" => restart(namespace, &format!("deployment/{name}")),
        _ => Vec::new(),
    }
}

/// The namespace of the release that installs Consul's gateways.
fn of_chart(pair: &Pair) -> String {
    let releases = release::releases(&pair.to);
    let found = releases.iter().find(|release| release.values.split('/').any(|step| step == consul::CHART));
    found.map(|release| release.namespace.clone()).unwrap_or_default()
}
