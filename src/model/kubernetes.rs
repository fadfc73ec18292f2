//! Checks `cluster.kubernetes` against everything that the render installs.

use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::backend;
use crate::model::settings::Backend;
use crate::model::settings::Manage;
use crate::model::settings::Settings;
use crate::stack::Version;
use crate::stack::cert_manager;
use crate::stack::consul::chart;
use crate::stack::jaeger;
use crate::stack::jaeger::operator;
use crate::stack::otel;

type Report<'a> = dyn FnMut(RuleId, &[&str], String, String) + 'a;

/// Something to install, and the Kubernetes versions it supports.
struct Part {
    name: String,
    from: &'static str,
    to: Option<&'static str>,
}

impl Part {
    fn range(&self) -> String {
        match self.to {
            Some(to) => format!("{} to {to}", self.from),
            None => format!("{} or newer", self.from),
        }
    }

    fn supports(&self, version: &Version) -> bool {
        let minor = |version: &Version| (version.major(), version.minor());
        let read = |text| Version::read(text).map(|version| minor(&version));
        read(self.from).is_none_or(|from| from <= minor(version))
            && self.to.and_then(read).is_none_or(|to| minor(version) <= to)
    }
}

/// Reports one error that names every part that does not support the version, and the range that all of them support,
/// if there is one.
pub(crate) fn check(settings: &Settings, report: &mut Report<'_>) {
    let Some(version) = Version::read(&settings.cluster.kubernetes) else { return };
    let parts = parts(settings);
    let refusing: Vec<String> = parts
        .iter()
        .filter(|part| !part.supports(&version))
        .map(|part| format!("{} supports {}", part.name, part.range()))
        .collect();
    if refusing.is_empty() {
        return;
    }
    let message = format!("`cluster.kubernetes` is {}, but {}", settings.cluster.kubernetes, refusing.join(" and "));
    report(ids::KUBERNETES_RANGE, &["cluster", "kubernetes"], message, advice(&parts));
}

fn parts(settings: &Settings) -> Vec<Part> {
    let mut parts = Vec::new();
    let set = &settings.operators;
    let operator = match settings.jaeger.backend {
        Backend::OperatorV1 => operator::find(backend::operator_version(settings)).ok().map(|release| Part {
            name: format!("jaeger-operator {}", release.version),
            from: release.kubernetes_from,
            to: Some(release.kubernetes_to),
        }),
        Backend::OtelOperatorV2 => otel::find(&set.opentelemetry.version).map(|release| Part {
            name: format!("the OpenTelemetry operator {}", release.version),
            from: release.kubernetes_from,
            to: Some(release.kubernetes_to),
        }),
        Backend::HelmV2 => {
            let name = format!("the Jaeger chart {}", settings.jaeger.chart);
            parts.push(Part { name, from: jaeger::CHART_KUBERNETES, to: None });
            None
        }
        Backend::External => None,
    };
    if operator.is_some()
        && let Some((from, to)) = cert_manager::kubernetes(&set.cert_manager.version)
    {
        parts.push(Part { name: format!("cert-manager {}", set.cert_manager.version), from, to: Some(to) });
    }
    parts.extend(operator);
    if settings.consul.manage == Manage::Chart
        && let Some(chart) = chart::find(&settings.consul.chart)
    {
        parts.push(Part { name: format!("the Consul chart {}", chart.version), from: chart.kubernetes, to: None });
    }
    parts
}

fn advice(parts: &[Part]) -> String {
    let read = |text: &str| Version::read(text);
    let from = parts.iter().filter_map(|part| read(part.from)).max();
    let to = parts.iter().filter_map(|part| part.to.and_then(read)).min();
    match (from, to) {
        (Some(from), Some(to)) if from <= to => {
            format!(
                "together they support {} to {}; set cluster.kubernetes, or other versions of them",
                from.series(),
                to.series()
            )
        }
        (Some(from), None) => {
            format!("set cluster.kubernetes to {} or newer, or other versions of them", from.series())
        }
        _ => {
            let ranges: Vec<String> = parts.iter().map(|part| format!("{}: {}", part.name, part.range())).collect();
            format!("no Kubernetes version suits all of them ({}); choose other versions", ranges.join(", "))
        }
    }
}
