//! Versions that the set names. What nothing names stays unknown, and rules that need it stay silent.

use crate::check::input::set::Set;
use crate::model::chart;
use crate::stack;
use crate::stack::envoy;
use crate::stack::envoy::messages;
use crate::yaml::Node;

/// Major, minor, patch.
pub(crate) type Version = (u32, u32, u32);

/// The versions of a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions {
    pub(crate) chart: Option<Version>,
    pub(crate) consul: Option<Version>,
    pub(crate) kubernetes: Option<Version>,
    pub(crate) envoy: Option<stack::Version>,
}

/// Reads `1.2.3`, `v1.2`, `1.12.3-ent`.
pub(crate) fn parse(text: &str) -> Option<Version> {
    let text = text.trim().trim_start_matches('v');
    let plain = text.split(['-', '+']).next()?;
    let mut parts = plain.split('.');
    let major = parts.next()?.parse().ok()?;
    let mut rest = || parts.next().map_or(Some(0), |part| part.parse().ok());
    let (minor, patch) = (rest()?, rest()?);
    text.contains('.').then_some((major, minor, patch))
}

/// The tag of an image; `None` when it has none. A digest is no tag.
pub(crate) fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map(|(_, tag)| tag)
}

/// The last part of an image's name: `all-in-one` of `docker.io/jaegertracing/all-in-one:1.37.0`, with its owner.
pub(crate) fn image_name(image: &str) -> (&str, &str) {
    let image = image.split('@').next().unwrap_or(image);
    let (path, last) = image.rsplit_once('/').unwrap_or(("", image));
    (path.rsplit('/').next().unwrap_or(path), last.split(':').next().unwrap_or(last))
}

impl Versions {
    /// From the values' headers and images, and what the command line says.
    pub(crate) fn of(
        set: &Set<'_>,
        consul: Option<&Node>,
        chart_flag: Option<&str>,
        kubernetes: Option<&str>,
    ) -> Versions {
        let header = set
            .values
            .iter()
            .filter(|values| values.chart.is_some_and(|(name, _)| name == "consul"))
            .find_map(|values| values.chart?.1);
        let chart_text = chart_flag.or(header);
        let image = consul.and_then(|values| values.path(&["global", "image"])).and_then(Node::as_str);
        let by_image = image.and_then(tag).and_then(parse);
        let by_chart = chart_text.and_then(of_chart);
        let consul_version = by_image.or(by_chart);
        let named = |key| consul.and_then(|values| values.path(&["global", key])).and_then(Node::as_str).and_then(tag);
        let by_image = named("imageEnvoy").and_then(stack::Version::read);
        let dataplane = named("imageConsulDataplane").and_then(stack::Version::read);
        let envoy = by_image.or_else(|| envoy::in_dataplane(&dataplane?)).or_else(|| {
            let (major, minor, patch) = consul_version?;
            envoy::beside_consul(&stack::Version::new(major.into(), minor.into(), patch.into()))
        });
        Versions {
            envoy,
            chart: chart_text.and_then(parse),
            consul: consul_version,
            kubernetes: kubernetes.and_then(parse),
        }
    }

    /// The Envoys that may run: the one of the image, or of the chart, or any.
    pub(crate) fn envoys(&self) -> messages::Versions {
        let minor = self.envoy.as_ref().and_then(|version| u32::try_from(version.minor()).ok());
        minor.map_or_else(messages::Versions::all, messages::Versions::of)
    }

    /// Whether the proxies are of the chart up to 0.49 (agents) or later (dataplane), when something says so.
    pub(crate) fn agents(&self) -> Option<bool> {
        match (self.chart, self.consul) {
            (Some(chart), _) => Some(chart.0 == 0),
            (_, Some(consul)) => Some(consul < (1, 14, 0)),
            _ => None,
        }
    }
}

/// The Consul that a chart installs: from the table, else by its series (`charts/consul/Chart.yaml` at each tag).
fn of_chart(version: &str) -> Option<Version> {
    if let Some(chart) = chart::find(version) {
        return parse(chart.consul);
    }
    let (major, minor, _) = parse(version)?;
    Some(match (major, minor) {
        (0, 46) => (1, 12, 2),
        (0, 47 | 48) => (1, 13, 1),
        (0, 49) => (1, 13, 2),
        (0, _) => return None,
        (1, minor @ 0..=7) => (1, 14 + minor, 0),
        (1, 8) => (1, 21, 3),
        (1, _) => (1, 22, 0),
        (major, minor) => (major, minor, 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_images_and_charts() {
        assert_eq!(tag("reg:5000/a/b:1.2@sha256:00").and_then(parse), Some((1, 2, 0)));
        assert_eq!(tag("reg:5000/a/b"), None);
        assert_eq!(tag("a:latest").and_then(parse), None);
        assert_eq!(parse("1.12.3-ent"), Some((1, 12, 3)));
        assert_eq!(of_chart("0.46.1"), Some((1, 12, 3)));
        assert_eq!(of_chart("1.3.2"), Some((1, 17, 0)));
        assert_eq!(image_name("docker.io/jaegertracing/all-in-one:1.37.0"), ("jaegertracing", "all-in-one"));
    }
}
