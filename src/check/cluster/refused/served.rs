//! Kinds and versions that the API server does not serve.

use crate::check::cluster::gateway_class;
use crate::check::cluster::refused::list::Refused;
use crate::check::cluster::version::Versions;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::input::set::Set;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::stack::consul;
use crate::stack::consul::chart;
use crate::stack::consul::chart::Architecture;
use crate::stack::kube;
use std::collections::BTreeSet;

/// Consul's own kinds are served in one version.
pub(super) fn api_versions(set: &Set<'_>, refused: &mut Refused) {
    let kinds: BTreeSet<&str> = chart::CHARTS
        .iter()
        .flat_map(chart::Chart::kinds)
        .filter_map(|(group, kind)| (group == consul::GROUP).then_some(kind))
        .collect();
    for object in kinds.into_iter().flat_map(|kind| set.all(consul::GROUP, kind)) {
        let at = object.root().get("apiVersion");
        if at.str() == Some(consul::API_VERSION) {
            continue;
        }
        let message = format!("{} is not served as `{}`", object.id.kind, at.text());
        let help = format!("use `{}`", consul::API_VERSION);
        let problem = Problem::new(Cause::UnservedVersion, at, message, help);
        refused.add(problem.fix(Trust::Safe, [Edit::set(at, consul::API_VERSION)]));
    }
}

/// Kinds that the chart does not define yet.
pub(super) fn later_kinds(set: &Set<'_>, versions: &Versions, refused: &mut Refused) {
    let Some(chart) = &versions.chart else { return };
    let here = (chart.major(), chart.minor());
    for (group, kind, since) in chart::later_kinds().filter(|(_, _, since)| here < *since) {
        for object in set.all(group, kind) {
            // With an agent-based chart, other products may serve the Gateway API.
            let others = group == kube::GATEWAY_API && Architecture::of_chart(chart) == Architecture::Agents;
            if others && !(kind == "Gateway" && gateway_class::is_consul(set, object)) {
                continue;
            }
            let message =
                format!("chart {} does not define {kind}, which was added in {}.{}", chart.series(), since.0, since.1);
            let help = format!("use chart {}.{} or later, or remove this {kind}", since.0, since.1);
            refused.add(Problem::new(Cause::UnservedVersion, object.root().get("kind"), message, help));
        }
    }
}
