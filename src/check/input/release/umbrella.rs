//! Charts of the repository that have other charts as dependencies, such as Consul's.
//!
//! Sources: `helm.sh/helm/v3/pkg/chart/dependency.go` (`alias`, `condition`), `pkg/chartutil/dependencies.go`
//! (`processDependencyConditions`: the first path that is set to a boolean decides) and `coalesce.go` (`coalesceGlobals`: `global` of the
//! chart above wins over that of its part).

use crate::check::input::path::clean;
use crate::check::input::path::only_like;
use crate::check::input::release::part::CHARTS;
use crate::check::input::release::part::Part;
use crate::check::input::release::part::Release;
use crate::check::input::release::part::Where;
use crate::check::input::release::part::Within;
use crate::check::input::release::part::chart_name;
use crate::check::input::release::part::exact;
use crate::check::input::release::part::list;
use crate::check::input::release::part::text;
use crate::yaml::Node;

/// A chart with dependencies on charts whose values matter.
pub(crate) struct Umbrella {
    pub(crate) folder: String,
    name: String,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    chart: String,
    version: Option<String>,
    key: String,
    condition: String,
}

impl Umbrella {
    /// The chart in a folder, from its Chart.yaml or requirements.yaml; `None` if it has no such dependencies.
    pub(crate) fn of(folder: &str, about: &Node, own: &[String]) -> Option<Umbrella> {
        let dependency = |one: &Node| {
            let name = text(one.get("name"))?;
            let (chart, _) = chart_name(name, text(one.get("repository")).unwrap_or_default())?;
            let is_wanted = CHARTS.contains(&chart) || own.iter().any(|own| own == chart);
            is_wanted.then(|| Dependency {
                chart: chart.to_string(),
                version: exact(text(one.get("version"))).map(str::to_string),
                key: text(one.get("alias")).unwrap_or(name).to_string(),
                condition: text(one.get("condition")).unwrap_or_default().to_string(),
            })
        };
        let dependencies: Vec<Dependency> = list(Some(about), "dependencies").iter().filter_map(dependency).collect();
        let fallback = folder.rsplit('/').next().unwrap_or(folder);
        let name = text(about.get("name")).unwrap_or(fallback).to_string();
        (!dependencies.is_empty()).then(|| Umbrella { folder: folder.to_string(), name, dependencies })
    }

    /// The keys under which its values have those of its dependencies.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.dependencies.iter().map(|one| &*one.key)
    }

    /// The releases of its dependencies when it is installed as `name` with these values beside its own.
    pub(super) fn releases<'a>(
        &'a self,
        name: &str,
        namespace: Option<&'a str>,
        parts: Vec<Part<'a>>,
    ) -> Vec<Release<'a>> {
        let own = || Part::File(Where::Maybe(self.folder.clone(), "values.yaml"));
        let of = |one: &'a Dependency| Release {
            chart: &one.chart,
            version: one.version.as_deref(),
            name: name.to_string(),
            namespace,
            within: Some(Within { folder: &self.folder, key: &one.key, condition: &one.condition }),
            parts: std::iter::once(own()).chain(parts.iter().cloned()).collect(),
        };
        self.dependencies.iter().map(of).collect()
    }

    /// The releases when nothing among the files says how it is installed.
    pub(super) fn alone(&self, gaps: Vec<String>) -> Vec<Release<'_>> {
        self.releases(&self.name, None, gaps.into_iter().map(Part::Gap).collect())
    }
}

/// The umbrella chart at a path, which may start above or below the directory on the command line.
pub(super) fn at<'a>(umbrellas: &'a [Umbrella], path: &str) -> Option<&'a Umbrella> {
    let path = clean(path);
    let exact = umbrellas.iter().find(|one| one.folder == path);
    exact.or_else(|| only_like(&path, umbrellas.iter(), |one| &one.folder))
}
