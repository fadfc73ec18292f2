//! Versions that the set names. Others stay unknown, and rules that need them say nothing.

use crate::check::cursor::Cursor;
use crate::check::input::set::Set;
use crate::stack::Version;
use crate::stack::consul::chart::Architecture;
use crate::stack::consul::decode;
use crate::stack::consul::releases;
use crate::stack::envoy;
use crate::stack::envoy::messages;
use serde_json::Value;

/// The versions of a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions {
    pub(crate) chart: Option<Version>,
    pub(crate) consul: Option<Version>,
    pub(crate) kubernetes: Option<Version>,
    envoy: Option<Version>,
    /// The Envoy versions with the tracer types in the files, if nothing says which version runs.
    assumed: Option<messages::Versions>,
}

/// The tag of an image; `None` if it has none. A digest is not a tag.
pub(crate) fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map(|(_, tag)| tag)
}

/// The last part of an image's name, with its owner: `all-in-one` in `docker.io/jaegertracing/all-in-one:1.37.0`.
pub(crate) fn image_name(image: &str) -> (&str, &str) {
    let image = image.split('@').next().unwrap_or(image);
    let (path, last) = image.rsplit_once('/').unwrap_or(("", image));
    (path.rsplit('/').next().unwrap_or(path), last.split(':').next().unwrap_or(last))
}

impl Versions {
    /// Reads the versions from values headers, images and the command line.
    pub(crate) fn of(
        set: &Set<'_>,
        values: Option<Cursor<'_>>,
        chart_flag: Option<&str>,
        kubernetes: Option<&str>,
    ) -> Versions {
        let of_consul = set.values.iter().filter(|values| values.chart.is_some_and(|(name, _)| name == "consul"));
        let mut said = of_consul.filter_map(|values| values.chart?.1);
        // Contradicting headers are ignored. The command line is for what the files do not say.
        let header = said.next().filter(|first| said.all(|other| other == *first));
        let chart = header.or(chart_flag).and_then(Version::read);
        let image = |key: &'static str| {
            values.and_then(|values| values.get("global").get(key).str()).and_then(tag).and_then(Version::read)
        };
        let consul = image("image").or_else(|| releases::consul_of(chart.as_ref()?));
        let dataplane = image("imageConsulDataplane");
        let envoy = image("imageEnvoy")
            .or_else(|| envoy::in_dataplane(dataplane.as_ref()?))
            .or_else(|| envoy::beside_consul(consul.as_ref()?));
        Versions { chart, consul, kubernetes: kubernetes.and_then(Version::read), envoy, assumed: None }
    }

    /// The Envoy versions that may run: that of the image, those of the chart, or any.
    pub(crate) fn envoys(&self) -> messages::Versions {
        let minor = self.envoy.as_ref().and_then(|version| u32::try_from(version.minor()).ok());
        minor.map_or_else(|| self.assumed.unwrap_or_else(messages::Versions::all), messages::Versions::of)
    }

    /// Takes into account that the files configure these tracers. Nobody configures a tracer that their Envoy does not
    /// have, so if the Envoy version is unknown, one with these tracers is assumed.
    pub(crate) fn with_tracers(&self, configs: &[Value]) -> Versions {
        let assumed = match self.envoy {
            Some(_) => None,
            None => configs.iter().find_map(messages::having),
        };
        Versions { assumed, ..self.clone() }
    }

    /// The assumption of [`Versions::with_tracers`].
    pub(crate) fn assumed(&self) -> Option<messages::Versions> {
        self.assumed
    }

    /// The Envoy versions that Consul's own protobufs correspond to.
    pub(crate) fn protobufs(&self) -> messages::Versions {
        let (oldest, newest) = decode::protobufs(self.consul.as_ref());
        messages::Versions::between(oldest, newest)
    }

    /// Whether the chart version is known and at least `first`.
    pub(crate) fn chart_reaches(&self, first: &Version) -> bool {
        self.chart.as_ref().is_some_and(|chart| chart >= first)
    }

    /// Whether proxies are served by agents (charts up to 0.49) or by the dataplane, if known.
    pub(crate) fn agents(&self) -> Option<bool> {
        let by_chart = self.chart.as_ref().map(Architecture::of_chart);
        let world = by_chart.or_else(|| self.consul.as_ref().map(Architecture::of_consul))?;
        Some(world == Architecture::Agents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_taken_apart() {
        assert_eq!(tag("reg:5000/a/b:1.2@sha256:00"), Some("1.2"));
        assert_eq!(tag("reg:5000/a/b"), None);
        assert_eq!(image_name("docker.io/jaegertracing/all-in-one:1.37.0"), ("jaegertracing", "all-in-one"));
    }
}
