//! Which components the official images have, by release: an image without one that its configuration names does not start
//! (`unknown type`, opentelemetry-collector `otelcol/internal/configunmarshaler`).

use crate::stack::Version;
use std::collections::HashMap;
use std::sync::OnceLock;

/// `scripts/refresh-facts/collector.py` writes it from open-telemetry/opentelemetry-collector-releases
/// `distributions/*/manifest.yaml` and jaegertracing/jaeger `cmd/jaeger/internal/components.go`.
const TABLE: &str = include_str!("components.tsv");

/// What an image is built of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Distribution {
    /// `otel/opentelemetry-collector`, the OpenTelemetry operator's default (opentelemetry-operator
    /// `internal/config/config.go`).
    Core,
    /// `otel/opentelemetry-collector-contrib`.
    Contrib,
    /// `otel/opentelemetry-collector-k8s`.
    Kubernetes,
    /// `jaegertracing/jaeger`.
    Jaeger,
}

impl Distribution {
    /// The distribution of an image, by the last two parts of its name.
    pub(crate) fn of(owner: &str, name: &str) -> Option<Distribution> {
        match (owner, name) {
            ("otel" | "opentelemetry-collector-releases", "opentelemetry-collector") => Some(Distribution::Core),
            ("otel" | "opentelemetry-collector-releases", "opentelemetry-collector-contrib") => {
                Some(Distribution::Contrib)
            }
            ("otel" | "opentelemetry-collector-releases", "opentelemetry-collector-k8s") => {
                Some(Distribution::Kubernetes)
            }
            ("jaegertracing", "jaeger") => Some(Distribution::Jaeger),
            _ => None,
        }
    }

    /// The name of the image.
    pub(crate) fn image(self) -> &'static str {
        match self {
            Distribution::Core => "otel/opentelemetry-collector",
            Distribution::Contrib => "otel/opentelemetry-collector-contrib",
            Distribution::Kubernetes => "otel/opentelemetry-collector-k8s",
            Distribution::Jaeger => "jaegertracing/jaeger",
        }
    }

    fn read(word: &str) -> Option<Distribution> {
        match word {
            "otelcol" => Some(Distribution::Core),
            "otelcol-contrib" => Some(Distribution::Contrib),
            "otelcol-k8s" => Some(Distribution::Kubernetes),
            "jaeger" => Some(Distribution::Jaeger),
            _ => None,
        }
    }
}

/// All distributions, the most common first.
pub(crate) const DISTRIBUTIONS: [Distribution; 4] =
    [Distribution::Jaeger, Distribution::Contrib, Distribution::Core, Distribution::Kubernetes];

/// The first and the last release that has a component; no last one: it is still there.
type Releases = Vec<(Version, Option<Version>)>;

fn table() -> &'static HashMap<(Distribution, &'static str, &'static str), Releases> {
    static READ: OnceLock<HashMap<(Distribution, &str, &str), Releases>> = OnceLock::new();
    READ.get_or_init(|| {
        let mut table: HashMap<_, Releases> = HashMap::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            let (distribution, kind, name) = (Distribution::read(next()), next(), next());
            if let (Some(distribution), Some(first)) = (distribution, Version::read(next())) {
                table.entry((distribution, kind, name)).or_default().push((first, Version::read(next())));
            }
        }
        table
    })
}

/// Underscores do not tell components apart: `otlp_http` and `otlphttp` are one (opentelemetry-collector CHANGELOG 0.144),
/// as are `otlp_grpc` and `otlp`.
fn key(name: &str) -> String {
    match name {
        "otlp_grpc" => "otlp".to_string(),
        name => name.replace('_', ""),
    }
}

/// Whether an image has a component of this kind (`receiver`, `exporter`, ...) and type; without a version, whether every
/// release has it or none. `None`: the version or the component is not known.
pub(crate) fn has(distribution: Distribution, version: Option<&Version>, kind: &str, name: &str) -> Option<bool> {
    let name = key(name);
    let table = table();
    let entry = |distribution, kind: &str, name: &str| {
        // Keys are static; a lookup needs no more than equal ones.
        table.iter().find(|((d, k, n), _)| *d == distribution && *k == kind && *n == name).map(|(_, releases)| releases)
    };
    let known = entry(distribution, "", "")?;
    let (first, last) = (&known[0].0, known[0].1.as_ref()?);
    let Some(releases) = entry(distribution, kind, &name) else {
        // What no distribution has may be a component of a later release, or be called otherwise than its module.
        let somewhere = DISTRIBUTIONS.iter().any(|other| entry(*other, kind, &name).is_some());
        return (somewhere && version.is_none_or(|version| version <= last)).then_some(false);
    };
    match version {
        Some(version) if version < first || version > last => None,
        Some(version) => {
            Some(releases.iter().any(|(from, to)| from <= version && to.as_ref().is_none_or(|to| version <= to)))
        }
        None => releases.iter().any(|(from, to)| from <= first && to.is_none()).then_some(true),
    }
}

/// The images that have a component, for help.
pub(crate) fn with(kind: &str, name: &str) -> Vec<&'static str> {
    let last = |distribution| table().iter().find(|((d, k, _), _)| *d == distribution && k.is_empty())?.1[0].1.clone();
    let has = |distribution: &Distribution| has(*distribution, last(*distribution).as_ref(), kind, name) == Some(true);
    DISTRIBUTIONS.into_iter().filter(has).map(Distribution::image).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_known_by_image_and_release() {
        let at = |text: &str| Version::read(text);
        let asked = |distribution, version: &str, kind, name| has(distribution, at(version).as_ref(), kind, name);
        assert_eq!(asked(Distribution::Contrib, "0.110.0", "extension", "jaeger_storage"), Some(false));
        assert_eq!(asked(Distribution::Jaeger, "2.5.0", "extension", "jaeger_storage"), Some(true));
        assert_eq!(asked(Distribution::Contrib, "0.84.0", "exporter", "jaeger"), Some(true));
        assert_eq!(asked(Distribution::Contrib, "0.86.0", "exporter", "jaeger"), Some(false));
        assert_eq!(asked(Distribution::Core, "0.110.0", "extension", "health_check"), Some(true));
        assert_eq!(asked(Distribution::Core, "0.110.0", "exporter", "otlp_http"), Some(true));
        assert_eq!(asked(Distribution::Core, "0.110.0", "exporter", "loadbalancing"), Some(false));
        assert_eq!(asked(Distribution::Core, "0.110.0", "exporter", "mine"), None);
        assert_eq!(asked(Distribution::Core, "9.0.0", "exporter", "jaeger"), None);
        assert_eq!(has(Distribution::Core, None, "exporter", "jaeger_storage_exporter"), Some(false));
        assert_eq!(with("extension", "jaeger_storage"), ["jaegertracing/jaeger"]);
    }
}
