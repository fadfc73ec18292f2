//! What is needed to understand what installs a chart.

use crate::check::input::release::part::CHARTS;
use crate::check::input::release::umbrella::Umbrella;
use crate::yaml::Node;

/// Looks up another object of the set: group, kind, namespace, name.
pub(crate) type Find<'a, 'f> = &'f dyn Fn(&str, &str, &str, &str) -> Option<&'a Node>;

/// What is needed to understand an object that installs a chart.
pub(crate) struct Context<'a, 'f> {
    pub(crate) find: Find<'a, 'f>,
    pub(crate) umbrellas: &'a [Umbrella],
    /// The charts of `--chart`.
    pub(crate) own: &'a [String],
    /// The objects that may change a HelmRelease on its way to the cluster.
    pub(crate) kustomizations: &'f [&'a Node],
}

impl Context<'_, '_> {
    pub(super) fn wants(&self, chart: &str) -> bool {
        CHARTS.contains(&chart) || self.own.iter().any(|own| own == chart)
    }
}
