//! The Helm charts that are rendered into the tree.

use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::settings::Backend;
use crate::model::settings::ChartCrds;
use crate::model::settings::ChartHooks;
use crate::model::settings::Manage;
use crate::model::settings::Settings;
use serde::Serialize;

/// The value of a path that is not set.
const NONE: &str = "none";

/// Whose chart it is, which says where its values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The Consul chart, with the values that are rendered for it.
    Consul,
    /// The Jaeger chart, likewise.
    Jaeger,
    /// Any other, with the values of the profile.
    Profile,
}

/// A release of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The path of the chart in the project.
    pub path: String,
    /// Whose chart it is.
    pub owner: Owner,
    /// Whether the definitions in the chart's folder `crds` are rendered.
    pub crds: bool,
    /// Whether hooks are rendered.
    pub hooks: bool,
    /// What the cluster serves beyond what the render tells.
    pub api_versions: Vec<String>,
    /// Whether the chart renders definitions. Known when it has been rendered.
    pub definitions: bool,
    /// The hooks that were left out, such as ``post-delete Job `web/clean` ``. Known when it has been rendered.
    pub dropped: Vec<String>,
}

impl Release {
    /// The profile key of the chart's path.
    pub(crate) fn key_of_path(&self) -> [&str; 3] {
        match self.owner {
            Owner::Consul => ["consul", "chartPath", ""],
            Owner::Jaeger => ["jaeger", "chartPath", ""],
            Owner::Profile => ["charts", &self.name, "path"],
        }
    }

    /// The profile key of the values that people set.
    pub(crate) fn key_of_values(&self) -> [&str; 3] {
        match self.owner {
            Owner::Consul => ["consul", "values", ""],
            Owner::Jaeger => ["jaeger", "spec", ""],
            Owner::Profile => ["charts", &self.name, "values"],
        }
    }
}

/// The releases, sorted by name.
pub(super) fn derive(settings: &Settings) -> Vec<Release> {
    let release = |name: &str, namespace: &str, path: &str, owner| Release {
        name: name.to_string(),
        namespace: namespace.to_string(),
        path: path.trim_end_matches('/').to_string(),
        owner,
        crds: true,
        hooks: true,
        api_versions: Vec::new(),
        definitions: false,
        dropped: Vec::new(),
    };
    let mut all: Vec<Release> = settings
        .charts
        .iter()
        .map(|(name, chart)| Release {
            crds: chart.crds != Some(ChartCrds::Skip),
            hooks: chart.hooks != Some(ChartHooks::Drop),
            api_versions: chart.api_versions.clone().unwrap_or_default(),
            ..release(name, chart.namespace.as_ref().unwrap_or(&settings.apps.namespace), &chart.path, Owner::Profile)
        })
        .collect();
    let (consul, jaeger) = (&settings.consul, &settings.jaeger);
    if consul.chart_path != NONE {
        all.push(release(&consul.name, &consul.namespace, &consul.chart_path, Owner::Consul));
    }
    if jaeger.chart_path != NONE {
        all.push(release(&jaeger.name, &jaeger.namespace, &jaeger.chart_path, Owner::Jaeger));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

type Report<'a> = dyn FnMut(RuleId, &[&str], String, String) + 'a;

/// Reports paths that nothing uses, and names that two releases share: both would be in one folder.
pub(super) fn check(settings: &Settings, report: &mut Report<'_>) {
    if settings.consul.chart_path != NONE && settings.consul.manage == Manage::Existing {
        report(
            ids::CHART_INERT,
            &["consul", "chartPath"],
            "`consul.chartPath` has no effect with `consul.manage: existing`".to_string(),
            "remove it, or set consul.manage: chart".to_string(),
        );
    }
    if settings.jaeger.chart_path != NONE && settings.jaeger.backend != Backend::HelmV2 {
        report(
            ids::CHART_INERT,
            &["jaeger", "chartPath"],
            format!("`jaeger.chartPath` has no effect with `jaeger.backend: {}`", settings.jaeger.backend.as_str()),
            "remove it, or set jaeger.backend: helm-v2".to_string(),
        );
    }
    let releases = derive(settings);
    for pair in releases.windows(2).filter(|pair| pair[0].name == pair[1].name) {
        let shown = |release: &Release| release.key_of_path().join(".").trim_end_matches('.').to_string();
        let key: Vec<&str> = pair[1].key_of_path().into_iter().filter(|step| !step.is_empty()).collect();
        report(
            ids::DUPLICATE_RENDER,
            &key,
            format!("`{}` and `{}` are both of a release `{}`", shown(&pair[0]), shown(&pair[1]), pair[0].name),
            "rename one of them: consul.name, jaeger.name, or the key in charts".to_string(),
        );
    }
}
