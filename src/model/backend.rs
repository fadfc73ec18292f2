//! What runs Jaeger, as data: what each backend names its Services, which ports it listens on, what it needs.
//!
//! In: the settings. Out: the addresses that Envoy and people use. Knows nothing of templates.

use crate::model::Collector;
use crate::model::External;
use crate::model::Header;
use crate::model::Jaeger;
use crate::model::Query;
use crate::model::names;
use crate::model::settings::Backend;
use crate::model::settings::Settings;
use crate::model::settings::Strategy;
use crate::model::settings::Tracer;

/// One backend.
pub(crate) struct Row {
    /// The Service that takes spans has this behind the name of the instance; empty: it is the name itself.
    collector: &'static str,
    /// The Service of the UI, likewise.
    query: &'static str,
    /// Whether the Service that takes spans has a headless twin, which agents balance over.
    headless: bool,
    /// The Deployments of all-in-one and of production, likewise.
    workloads: [&'static [&'static str]; 2],
    /// Whether its operator has webhooks whose certificates cert-manager makes.
    pub needs_cert_manager: bool,
    /// Whether a jaeger-agent can be put beside programs: it is no part of Jaeger v2.
    pub supports_agent: bool,
    /// Whether it runs Jaeger v2, which is an OpenTelemetry collector.
    pub v2: bool,
}

/// Sources: jaeger-operator 1.37 `pkg/service`, `pkg/deployment`; OpenTelemetry operator 0.158 `internal/naming`; chart
/// jaeger 4.11 `templates/jaeger`. The Service of v2's UI is ours, since the operator makes none with a type to choose.
fn row(backend: Backend) -> &'static Row {
    match backend {
        Backend::OperatorV1 => &Row {
            collector: "collector",
            query: "query",
            headless: true,
            workloads: [&[""], &["collector", "query"]],
            needs_cert_manager: true,
            supports_agent: true,
            v2: false,
        },
        Backend::OtelOperatorV2 => &Row {
            collector: "collector",
            query: "query",
            headless: true,
            workloads: [&["collector"], &["collector"]],
            needs_cert_manager: true,
            supports_agent: false,
            v2: true,
        },
        Backend::HelmV2 => &Row {
            collector: "",
            query: "",
            headless: false,
            workloads: [&[""], &[""]],
            needs_cert_manager: false,
            supports_agent: false,
            v2: true,
        },
        // What is ours of it, if anything, is the relay.
        Backend::External => &Row {
            collector: "collector",
            query: "query",
            headless: false,
            workloads: [&["collector"], &["collector"]],
            needs_cert_manager: false,
            supports_agent: false,
            v2: false,
        },
    }
}

/// Ports of Jaeger's receivers, in v1 and in v2 (jaeger-operator 1.37 `pkg/deployment/all_in_one.go`, Jaeger 2.20
/// `cmd/jaeger/internal/all-in-one.yaml`).
const ZIPKIN: u16 = 9411;
const OTLP: u16 = 4317;
/// The port of Jaeger's UI.
const UI: u16 = 16686;

pub(crate) fn of(settings: &Settings) -> &'static Row {
    row(settings.jaeger.backend)
}

/// Names, addresses and ports of the backend that the settings choose.
pub(crate) fn derive(settings: &Settings) -> Jaeger {
    let jaeger = &settings.jaeger;
    let row = row(jaeger.backend);
    let named = |suffix: &str| match suffix {
        "" => jaeger.name.clone(),
        suffix => names::service(&jaeger.name, suffix),
    };
    let port = match settings.tracing.tracer {
        Tracer::Zipkin => ZIPKIN,
        Tracer::Otlp => OTLP,
    };
    let external = external(settings);
    // What Envoy calls the cluster is the same for all backends, so that changing one changes no more than an address.
    let cluster = names::service(&jaeger.name, "collector");
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
            let host = format!("{service}.{}.svc.{}", jaeger.namespace, settings.cluster.domain);
            Collector { service, host, port, cluster, tls: false, is_ip: false }
        }
    };
    let all_in_one = jaeger.strategy == Strategy::AllInOne;
    Jaeger {
        collector,
        query: Query { service: named(row.query), port: UI },
        headless: row.headless.then(|| names::service(&jaeger.name, "collector-headless")),
        workloads: row.workloads[usize::from(!all_in_one)]
            .iter()
            .map(|suffix| match (jaeger.backend, *suffix) {
                // jaeger-operator keeps the name of the resource as it is where it is no Service's.
                (Backend::OperatorV1, "") => jaeger.name.clone(),
                (Backend::OperatorV1, suffix) => format!("{}-{suffix}", jaeger.name),
                (_, suffix) => named(suffix),
            })
            .collect(),
        all_in_one,
        v2: row.v2,
        image: row.v2.then(|| format!("jaegertracing/jaeger:{}", jaeger.version)),
        needs_cert_manager: row.needs_cert_manager,
        supports_agent: row.supports_agent,
        instance: names::instance(&jaeger.namespace, &jaeger.name),
        relay_headers: external
            .iter()
            .flat_map(|external| &external.headers)
            .map(|header| (header.name.clone(), format!("${{env:{}}}", header.env)))
            .collect(),
        relay: external.as_ref().is_some_and(|external| !external.headers.is_empty()),
        target: external,
        settings: jaeger.clone(),
    }
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

/// `host:port`; an IPv6 address stands in brackets.
pub(crate) fn split(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(ip) => ip.parse::<std::net::Ipv6Addr>().is_ok(),
        None => crate::model::format::dns_subdomain(&host.to_ascii_lowercase()).is_ok(),
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
