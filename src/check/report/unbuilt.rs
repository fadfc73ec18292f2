//! What kustomize refuses or would also change: findings, and what it means for paths.

use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::input::set::Unbuilt;
use crate::check::input::sets::plan::Plan;
use crate::check::input::sets::plan::PlannedSet;
use crate::check::problem::Scope;
use crate::check::report::joined::ReportedFinding;
use crate::check::rules::kustomize_fails;
use crate::check::rules::malformed;
use crate::check::trace::path::Broken;
use crate::check::trace::path::Open;
use crate::finding::Finding;
use crate::secrecy::Redactor;
use crate::stack::consul;
use std::ops::Range;

/// The hops that rest on what kustomizations make.
#[derive(Default)]
pub(crate) struct Builds {
    broken: Vec<(&'static str, HopKind, Scope)>,
    /// Why it is not known whether a hop of a proxy works.
    pub(crate) open: Open,
}

impl Builds {
    pub(crate) fn of(facts: &Facts<'_>) -> Builds {
        let mut builds = Builds::default();
        for build in &facts.mesh.set.builds {
            for (hop, proxies) in resting(facts, build.objects.clone()) {
                let rule = match &build.is {
                    Unbuilt::Refused => kustomize_fails::RULE.id,
                    Unbuilt::Malformed => malformed::RULE.id,
                    Unbuilt::Partly(why) => {
                        let open = proxies.into_iter().map(|proxy| ((proxy, hop), why.clone()));
                        builds.open.extend(open);
                        continue;
                    }
                };
                builds.broken.push((rule, hop, Scope::Proxies(proxies)));
            }
        }
        builds
    }

    /// The hops that are broken.
    pub(crate) fn broken(&self) -> impl Iterator<Item = Broken<'_>> {
        self.broken.iter().map(|(rule, hop, scope)| Broken { rule, hop: *hop, scope })
    }
}

/// The hops that rest on objects, with the proxies whose they are.
fn resting(facts: &Facts<'_>, objects: Range<usize>) -> Vec<(HopKind, Vec<usize>)> {
    let mesh = &facts.mesh;
    let all = || 0..mesh.proxies.len();
    let is_made = |proxy: &usize| {
        let proxy = &mesh.proxies[*proxy];
        let pods = proxy.workload.map(|index| mesh.workloads[index].object.index);
        [pods, proxy.object.map(|object| object.index)].iter().flatten().any(|index| objects.contains(index))
    };
    let mut rests = vec![(HopKind::Sidecar, all().filter(is_made).collect::<Vec<_>>())];
    if mesh.proxy_defaults.is_some_and(|object| objects.contains(&object.index)) {
        rests.push((HopKind::Tracer, all().collect()));
    }
    let defaults = mesh.set.all(consul::GROUP, "ServiceDefaults").filter(|object| objects.contains(&object.index));
    let named = defaults.filter_map(|object| mesh.sidecars.get(&*object.id.name).copied());
    rests.push((HopKind::Protocol, named.collect()));
    let mut reached: Vec<usize> = objects.flat_map(|object| facts.that_reach(object)).collect();
    reached.sort_unstable();
    reached.dedup();
    rests.push((HopKind::Receiver, reached));
    rests.retain(|(_, proxies)| !proxies.is_empty());
    rests
}

/// The findings of a set about what kustomize does not build.
pub(crate) fn faults(plan: &Plan, set: &PlannedSet) -> Vec<ReportedFinding> {
    let mut secrets = Redactor::default();
    let mut findings: Vec<Finding> = Vec::new();
    for (fault, literals) in plan.faults_of(set) {
        literals.into_iter().for_each(|literal| secrets.learn_lines(literal, 4));
        let folder = if fault.folder.is_empty() { "." } else { &fault.folder };
        let message = format!("kustomize does not build `{folder}`: {}", fault.message);
        let finding = Finding::error(&kustomize_fails::RULE, message).help(fault.help.clone());
        findings.push(finding.at(plan.loaded.sources().place(fault.at)));
    }
    findings.into_iter().map(|finding| ReportedFinding::bare(finding.redacted(&secrets))).collect()
}
