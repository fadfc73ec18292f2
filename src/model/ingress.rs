//! The gateways that let requests in, each with the services behind it.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::model::Context;
use crate::model::Service;
use crate::model::settings;
use crate::model::settings::Exposure;
use crate::model::settings::IngressKind;
use crate::model::settings::Protocol;
use crate::model::settings::Settings;
use crate::suggest;
use serde::Serialize;
use std::collections::BTreeMap;

/// What lets requests in.
#[derive(Clone, Debug, Serialize)]
pub struct Ingress {
    /// Which kind of gateway.
    pub kind: IngressKind,
    /// Sorted by name.
    pub gateways: Vec<Gateway>,
}

/// A gateway.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// Its name in Consul.
    pub name: String,
    /// Where it listens.
    pub port: u16,
    /// The type of its Service; null leaves it to the chart.
    pub service: Option<Exposure>,
    /// The port on the nodes, for `node-port`.
    pub node_port: Option<u16>,
    /// The protocol of its listener: that of the services behind it.
    pub protocol: Protocol,
    /// What it lets in, sorted by name.
    pub services: Vec<Entry>,
}

/// A service behind a gateway.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Host names it answers to; empty for TCP, which knows no hosts.
    pub hosts: Vec<String>,
}

pub(crate) fn derive(
    settings: &Settings,
    services: &[Service],
    context: &Context<'_>,
    found: &mut Findings,
) -> Ingress {
    let mut gateways: BTreeMap<&str, Gateway> = BTreeMap::new();
    if settings.ingress.kind != IngressKind::None {
        gateways.extend(settings.ingress.gateways.iter().map(|(name, gateway)| (name.as_str(), empty(name, gateway))));
    }
    for service in services {
        let Some(ingress) = settings.services.get(&service.name).and_then(|service| service.ingress.as_ref()) else {
            continue;
        };
        let known: Vec<&str> = gateways.keys().copied().collect();
        let wanted = match (&ingress.gateway, known.as_slice()) {
            (Some(name), _) => name.as_str(),
            (None, [only]) => only,
            (None, _) => "",
        };
        match gateways.get_mut(wanted) {
            Some(gateway) => enter(gateway, service, ingress, context, found),
            None => found.push(no_gateway(service, ingress, &known, context)),
        }
    }
    for gateway in gateways.values() {
        if gateway.service == Some(Exposure::NodePort) && gateway.node_port.is_none() {
            let place = context.place(&["ingress", "gateways", &gateway.name, "service"]);
            let message = format!("`ingress.gateways.{}` is a node-port, but nothing says which", gateway.name);
            found.push(
                Finding::error("missing-key", message)
                    .at(place)
                    .help("add nodePort, 30000 to 32767; the chart fails without it"),
            );
        }
    }
    Ingress { kind: settings.ingress.kind, gateways: gateways.into_values().collect() }
}

fn empty(name: &str, gateway: &settings::Gateway) -> Gateway {
    Gateway {
        name: name.to_string(),
        port: gateway.port,
        service: gateway.service,
        node_port: gateway.node_port,
        protocol: Protocol::Http,
        services: Vec::new(),
    }
}

fn enter(
    gateway: &mut Gateway,
    service: &Service,
    ingress: &settings::ServiceIngress,
    context: &Context<'_>,
    found: &mut Findings,
) {
    let place = || context.place(&["services", &service.name, "ingress"]);
    if let Some(other) = gateway.services.first()
        && (gateway.protocol != service.protocol || service.protocol == Protocol::Tcp)
    {
        let message = format!(
            "gateway `{}` would carry `{}` ({}) and `{}` ({}) on one port",
            gateway.name,
            other.name,
            gateway.protocol.as_str(),
            service.name,
            service.protocol.as_str()
        );
        let help = "a listener has one protocol, and one service if that is tcp; give each a gateway of its own";
        found.push(Finding::error("ingress-protocol", message).at(place()).help(help));
        return;
    }
    gateway.protocol = service.protocol;
    let hosts = match (&ingress.hosts, service.protocol) {
        (Some(hosts), Protocol::Tcp) if !hosts.is_empty() => {
            let message =
                format!("`services.{}.ingress.hosts` cannot be used with tcp, which knows no hosts", service.name);
            found.push(Finding::error("ingress-protocol", message).at(place()).help("take hosts away"));
            Vec::new()
        }
        (_, Protocol::Tcp) => Vec::new(),
        (Some(hosts), _) => hosts.clone(),
        (None, _) => vec!["*".to_string()],
    };
    for (index, host) in hosts.iter().enumerate() {
        let place = || context.place(&["services", &service.name, "ingress", "hosts", &index.to_string()]);
        if let Err(why) = check_host(host) {
            let message = format!("`{host}` is no host of an ingress gateway: {why}");
            found.push(
                Finding::error("invalid-host", message)
                    .at(place())
                    .help("expected a DNS name, `*`, or a name that begins with `*.`"),
            );
        }
        if let Some(other) = gateway.services.iter().find(|entry| entry.hosts.contains(host)) {
            let message = format!(
                "host `{host}` of gateway `{}` would lead to `{}` and to `{}`",
                gateway.name, other.name, service.name
            );
            let help = "Consul takes each host once a listener; give them different services.*.ingress.hosts";
            found.push(Finding::error("ingress-host-twice", message).at(place()).help(help));
        }
    }
    gateway.services.push(Entry { name: service.name.clone(), hosts });
}

/// `*`, a DNS name, or one whose first label is `*`; a port may follow.
fn check_host(host: &str) -> Result<(), String> {
    let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    match name.strip_prefix("*.").unwrap_or(name) {
        "*" => Ok(()),
        name => name.to_ascii_lowercase().split('.').try_for_each(|label| match label {
            "*" => Err("`*` can only be its first part".to_string()),
            label => crate::model::format::check("dns-label", label),
        }),
    }
}

fn no_gateway(service: &Service, ingress: &settings::ServiceIngress, known: &[&str], context: &Context<'_>) -> Finding {
    let name = &service.name;
    let (message, help) = match (&ingress.gateway, known) {
        (_, []) => (
            format!("`services.{name}.ingress` needs a gateway, and this render has none"),
            "add ingress.gateways, or set ingress.kind: ingress-gateway".to_string(),
        ),
        (Some(gateway), known) => (
            format!("`services.{name}.ingress.gateway` is `{gateway}`, which is no gateway of this render"),
            match suggest::closest(gateway, known.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("there are: {}", known.join(", ")),
            },
        ),
        (None, known) => (
            format!("`services.{name}.ingress` does not say through which gateway"),
            format!("add gateway: one of {}", known.join(", ")),
        ),
    };
    Finding::error("unknown-gateway", message).at(context.place(&["services", name, "ingress", "gateway"])).help(help)
}
