//! The backends that run Jaeger, as data: the names of their Services, the ports they listen on, what they require.
//!
//! In: the settings. Out: the addresses that Envoy and people use. Independent of templates.

use crate::model::Collector;
use crate::model::External;
use crate::model::Header;
use crate::model::Jaeger;
use crate::model::Query;
use crate::model::settings::Backend;
use crate::model::settings::Settings;
use crate::model::settings::Strategy;
use crate::model::settings::Tracer;
use crate::model::storage;
use crate::stack::jaeger;
use crate::stack::jaeger::Install;
use crate::stack::jaeger::names;
use crate::stack::kube;
use crate::stack::otel;

/// The names of a backend's Services, and what it requires.
fn row(backend: Backend) -> &'static Install {
    match backend {
        Backend::OperatorV1 => &jaeger::OPERATED,
        Backend::OtelOperatorV2 => &otel::OPERATED,
        Backend::HelmV2 => &jaeger::CHART,
        Backend::External => &RELAY,
    }
}

/// What we run for an external backend: the collector that adds headers.
const RELAY: Install = Install {
    collector: jaeger::COLLECTOR,
    query: jaeger::QUERY,
    headless: false,
    workloads: [&[jaeger::COLLECTOR], &[jaeger::COLLECTOR]],
    needs_cert_manager: false,
    supports_agent: false,
    v2: false,
};

/// The version of jaeger-operator that the settings ask for.
pub(crate) fn operator_version(settings: &Settings) -> &str {
    match settings.operators.jaeger.version.as_str() {
        "auto" => &settings.jaeger.version,
        version => version,
    }
}

pub(crate) fn of(settings: &Settings) -> &'static Install {
    row(settings.jaeger.backend)
}

/// Names, addresses and ports of the backend that the settings choose.
pub(crate) fn derive(settings: &Settings) -> Jaeger {
    let wanted = &settings.jaeger;
    let row = row(wanted.backend);
    let named = |suffix: &str| match suffix {
        "" => wanted.name.clone(),
        suffix => names::service(&wanted.name, suffix),
    };
    let port = match settings.tracing.tracer {
        Tracer::Zipkin => jaeger::ZIPKIN,
        Tracer::Otlp => otel::OTLP_GRPC,
    };
    let external = external(settings);
    let cluster = cluster(settings);
    let collector = match &external {
        Some(external) if external.headers.is_empty() => Collector {
            service: String::new(),
            host: external.host.clone(),
            port: external.port,
            cluster,
            tls: external.tls,
            is_ip: external.host.parse::<std::net::IpAddr>().is_ok(),
        },
        _ => {
            let service = named(row.collector);
            let host = format!("{service}.{}.svc.{}", wanted.namespace, settings.cluster.domain);
            Collector { service, host, port, cluster, tls: false, is_ip: false }
        }
    };
    let all_in_one = wanted.strategy == Strategy::AllInOne;
    Jaeger {
        collector,
        query: Query { service: named(row.query), port: jaeger::UI },
        headless: row.headless.then(|| names::service(&wanted.name, jaeger::COLLECTOR_HEADLESS)),
        workloads: row.workloads[usize::from(!all_in_one)]
            .iter()
            .map(|suffix| match (wanted.backend, *suffix) {
                // jaeger-operator keeps a resource name as it is unless it names a Service.
                (Backend::OperatorV1, "") => wanted.name.clone(),
                (Backend::OperatorV1, suffix) => format!("{}-{suffix}", wanted.name),
                (_, suffix) => named(suffix),
            })
            .chain((wanted.strategy == Strategy::Streaming).then(|| format!("{}-{}", wanted.name, jaeger::INGESTER)))
            .collect(),
        all_in_one,
        store: storage::derive(settings),
        v2: row.v2,
        image: row.v2.then(|| jaeger::v2_image(&wanted.version)),
        needs_cert_manager: row.needs_cert_manager,
        supports_agent: row.supports_agent,
        instance: otel::instance(&wanted.namespace, &wanted.name),
        relay_headers: external
            .iter()
            .flat_map(|external| &external.headers)
            .map(|header| (header.name.clone(), format!("${{env:{}}}", header.env)))
            .collect(),
        relay: external.as_ref().is_some_and(|external| !external.headers.is_empty()),
        target: external,
        settings: wanted.clone(),
    }
}

/// Envoy's name for the collector cluster: the same for all backends, so that changing the backend changes only an
/// address.
pub(crate) fn cluster(settings: &Settings) -> String {
    names::service(&settings.jaeger.name, jaeger::COLLECTOR)
}

fn external(settings: &Settings) -> Option<External> {
    if settings.jaeger.backend != Backend::External {
        return None;
    }
    let external = &settings.jaeger.external;
    let (host, port) = split(&external.address)?;
    let headers = external.headers.iter().enumerate().map(|(index, (name, from))| Header {
        name: name.clone(),
        env: format!("HEADER_{index}"),
        secret: from.secret.clone(),
        key: from.key.clone(),
    });
    Some(External {
        host: host.trim_start_matches('[').trim_end_matches(']').to_string(),
        port,
        tls: external.tls,
        headers: headers.collect(),
    })
}

/// Splits `host:port`; an IPv6 address is in brackets.
pub(crate) fn split(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(ip) => ip.parse::<std::net::Ipv6Addr>().is_ok(),
        None => kube::names::dns_subdomain(&host.to_ascii_lowercase()).is_ok(),
    }
    .then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        assert_eq!(split("tempo.obs.svc:4317"), Some(("tempo.obs.svc", 4317)));
        assert_eq!(split("10.0.0.7:9411"), Some(("10.0.0.7", 9411)));
        assert_eq!(split("[fd00::1]:4317"), Some(("[fd00::1]", 4317)));
        for wrong in
            ["", "tempo", "tempo:", ":4317", "tempo:0", "tempo:70000", "fd00::1:4317", "https://tempo:4317", "a b:1"]
        {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
