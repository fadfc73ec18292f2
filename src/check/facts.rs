//! What the rules look at.

use crate::check::cluster::agent::Agents;
use crate::check::cluster::backend::Backends;
use crate::check::cluster::chart_values::ChartValues;
use crate::check::cluster::gateway_api::GatewayApi;
use crate::check::cluster::ingress::Ingress;
use crate::check::cluster::intentions::Intentions;
use crate::check::cluster::jaeger::Jaegers;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::references;
use crate::check::cluster::references::Reference;
use crate::check::input::chart::Chart;
use crate::check::input::options::Options;
use crate::check::input::set::Set;
use crate::check::trace::route::Routes;

/// What the rules look at: gathered in one pass, immutable afterwards.
pub(crate) struct Facts<'a> {
    pub(crate) mesh: Mesh<'a>,
    pub(crate) jaegers: Jaegers<'a>,
    pub(crate) ingress: Ingress<'a>,
    pub(crate) gateway_api: GatewayApi<'a>,
    pub(crate) routes: Routes,
    pub(crate) agents: Agents<'a>,
    pub(crate) intentions: Intentions<'a>,
    pub(crate) values: Vec<ChartValues<'a>>,
    pub(crate) references: Vec<Reference<'a>>,
}

impl<'a> Facts<'a> {
    /// Gathers the facts of a set.
    pub(crate) fn of(set: &'a Set<'a>, options: &'a Options) -> Facts<'a> {
        let mesh = Mesh::of(set, options);
        let ((routes, references), (jaegers, agents, ingress, gateway_api)) = rayon::join(
            || (Routes::of(&mesh, &Backends::of(&mesh)), references::all(&mesh)),
            || (Jaegers::of(&mesh), Agents::of(&mesh), Ingress::of(&mesh), GatewayApi::of(&mesh)),
        );
        let (intentions, values) = (Intentions::of(&mesh), ChartValues::of(&mesh));
        Facts { references, intentions, mesh, jaegers, agents, ingress, gateway_api, routes, values }
    }

    /// The proxies whose spans go to what an object makes: to a receiver, or to a collector behind it.
    pub(crate) fn that_reach(&self, object: usize) -> Vec<usize> {
        let reaches = |proxy: &usize| self.routes.route(*proxy).is_some_and(|route| route.reaches(object));
        (0..self.mesh.proxies.len()).filter(reaches).collect()
    }

    /// The values of the set that are for a chart of `--chart`, by index.
    pub(crate) fn of_own_charts(&self) -> impl Iterator<Item = (usize, &'a Chart)> + '_ {
        let values = self.mesh.set.values.iter().enumerate();
        values.filter_map(|(index, values)| {
            let (name, _) = values.chart?;
            Some((index, self.mesh.options.charts.iter().rfind(|own| own.name == name)?))
        })
    }
}
