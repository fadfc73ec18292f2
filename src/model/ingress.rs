//! The gateways that let requests in, each with the services behind it.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Context;
use crate::model::Service;
use crate::model::format::Format;
use crate::model::settings;
use crate::model::settings::Exposure;
use crate::model::settings::IngressKind;
use crate::model::settings::Manage;
use crate::model::settings::Protocol;
use crate::model::settings::Settings;
use crate::stack::consul;
use crate::suggest;
use crate::suggest::Asked;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// What lets requests in.
#[derive(Clone, Debug, Serialize)]
pub struct Ingress {
    /// Which kind of gateway.
    pub kind: IngressKind,
    /// Sorted by name.
    pub gateways: Vec<Gateway>,
    /// The Service of gateways of the class that the Consul chart creates; null leaves it to the chart.
    pub managed: Option<Exposure>,
    /// Further classes of API gateways: a class has a single type of Service, and the chart creates a single class.
    pub classes: Vec<Class>,
}

/// A GatewayClass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// The name of the GatewayClass and its GatewayClassConfig.
    pub name: String,
    /// The Service type of its gateways.
    pub service: Exposure,
}

/// A gateway.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// Its name in Consul.
    pub name: String,
    /// The name of its Deployment and its Service.
    pub workload: String,
    /// Its GatewayClass if it is an API gateway.
    pub class: String,
    /// Where it listens.
    pub port: u16,
    /// The type of its Service; null leaves it to the chart.
    pub service: Option<Exposure>,
    /// The port on the nodes, for `node-port`.
    pub node_port: Option<u16>,
    /// The protocol of its listener: that of the services behind it.
    pub protocol: Protocol,
    /// The services that it exposes, sorted by name.
    pub services: Vec<Entry>,
}

/// A service behind a gateway.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where it lives.
    pub namespace: String,
    /// The port of its Service; null if it is not set.
    pub port: Option<u16>,
    /// Host names that it serves; empty for TCP, which has no hosts.
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
        gateways.extend(
            settings.ingress.gateways.iter().map(|(name, gateway)| (name.as_str(), empty(name, gateway, settings))),
        );
    }
    let mut asked = Asked::default();
    let mut taken = HashMap::new();
    for service in services {
        let Some(ingress) = settings.services.get(&service.name).and_then(|service| service.ingress.as_ref()) else {
            continue;
        };
        let only = gateways.keys().next().copied().filter(|_| gateways.len() == 1);
        let wanted = ingress.gateway.as_deref().or(only).unwrap_or_default();
        match gateways.get_mut(wanted) {
            Some(gateway) => enter(gateway, &mut taken, service, ingress, context, found),
            None => found.push(no_gateway(service, ingress, &gateways, &mut asked, context)),
        }
    }
    for gateway in gateways.values() {
        if settings.ingress.kind == IngressKind::ApiGateway {
            api_gateway(gateway, context, found);
        } else if gateway.service == Some(Exposure::NodePort) && gateway.node_port.is_none() {
            let place = context.place(&["ingress", "gateways", &gateway.name, "service"]);
            let message = format!("`ingress.gateways.{}` has service node-port but no nodePort", gateway.name);
            found.push(
                Finding::error(ids::MISSING_KEY, message)
                    .at(place)
                    .help("set nodePort, 30000 to 32767; the chart fails without it"),
            );
        }
    }
    let mut gateways: Vec<Gateway> = gateways.into_values().collect();
    let (managed, classes) = match settings.ingress.kind {
        IngressKind::ApiGateway => classes(&mut gateways, settings),
        _ => (None, Vec::new()),
    };
    Ingress { kind: settings.ingress.kind, gateways, managed, classes }
}

/// Gives each API gateway its class: the chart's, if that has the right Service type, otherwise one of ours.
fn classes(gateways: &mut [Gateway], settings: &Settings) -> (Option<Exposure>, Vec<Class>) {
    let managed = match settings.consul.manage {
        Manage::Chart => gateways.iter().find_map(|gateway| gateway.service),
        // The class and its Services belong to whoever manages that Consul.
        Manage::Existing => None,
    };
    let mut classes: Vec<Class> = Vec::new();
    for gateway in gateways {
        gateway.class = consul::MANAGED_CLASS.to_string();
        if let Some(service) = gateway.service.filter(|service| Some(*service) != managed) {
            gateway.class = format!("{}-{}", consul::MANAGED_CLASS, service.as_str());
            let class = Class { name: gateway.class.clone(), service };
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
    }
    (managed, classes)
}

/// What Consul's API gateway supports: HTTP and TCP, and HTTPRoutes need the port of the target Service (consul-k8s
/// 2.0.3 `control-plane/api-gateway/binding/validation.go`).
fn api_gateway(gateway: &Gateway, context: &Context<'_>, found: &mut Findings) {
    for entry in &gateway.services {
        if entry.port.is_none() {
            let place = context.place(&["services", &entry.name, "ingress"]);
            let message = format!("`services.{}` is behind an API gateway but has no port", entry.name);
            found.push(
                Finding::error(ids::MISSING_KEY, message).at(place).help(format!("add services.{}.port", entry.name)),
            );
        }
        for (index, host) in entry.hosts.iter().enumerate() {
            if host.contains(':') || host.chars().any(|c| c.is_ascii_uppercase()) {
                let place = context.place(&["services", &entry.name, "ingress", "hosts", &index.to_string()]);
                let message =
                    format!("`{host}` is not a valid HTTPRoute hostname: it must be lower case and without a port");
                found.push(Finding::error(ids::INVALID_HOST, message).at(place).help("the gateway sets the port"));
            }
        }
    }
}

fn empty(name: &str, gateway: &settings::Gateway, settings: &Settings) -> Gateway {
    let workload = match settings.ingress.kind {
        IngressKind::ApiGateway => name.to_string(),
        _ => format!("{}-{name}", settings.consul.name),
    };
    Gateway {
        name: name.to_string(),
        workload,
        class: String::new(),
        port: gateway.port,
        service: gateway.service,
        node_port: gateway.node_port,
        protocol: Protocol::Http,
        services: Vec::new(),
    }
}

/// The services by the names of gateway and host.
type Taken = HashMap<(String, String), String>;

fn enter(
    gateway: &mut Gateway,
    taken: &mut Taken,
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
            "gateway `{}` would serve `{}` ({}) and `{}` ({}) on one port",
            gateway.name,
            other.name,
            gateway.protocol.as_str(),
            service.name,
            service.protocol.as_str()
        );
        let help = "a listener has one protocol, and for tcp one service; use a separate gateway for each";
        found.push(Finding::error(ids::INGRESS_PROTOCOL, message).at(place()).help(help));
        return;
    }
    gateway.protocol = service.protocol;
    let hosts = match (&ingress.hosts, service.protocol) {
        (Some(hosts), Protocol::Tcp) if !hosts.is_empty() => {
            let message =
                format!("`services.{}.ingress.hosts` cannot be used with tcp, which has no host names", service.name);
            found.push(Finding::error(ids::INGRESS_PROTOCOL, message).at(place()).help("remove hosts"));
            Vec::new()
        }
        (_, Protocol::Tcp) => Vec::new(),
        (Some(hosts), _) => hosts.clone(),
        (None, _) => vec!["*".to_string()],
    };
    check_hosts(gateway, taken, service, &hosts, context, found);
    gateway.services.push(Entry {
        name: service.name.clone(),
        namespace: service.namespace.clone(),
        port: service.port,
        hosts,
    });
}

fn check_hosts(
    gateway: &Gateway,
    taken: &mut Taken,
    service: &Service,
    hosts: &[String],
    context: &Context<'_>,
    found: &mut Findings,
) {
    for (index, host) in hosts.iter().enumerate() {
        let place = || context.place(&["services", &service.name, "ingress", "hosts", &index.to_string()]);
        if let Err(why) = check_host(host) {
            let message = format!("`{host}` is not a valid host for an ingress gateway: {why}");
            found.push(
                Finding::error(ids::INVALID_HOST, message)
                    .at(place())
                    .help("expected a DNS name, `*`, or a name that starts with `*.`"),
            );
        }
        let other = taken.entry((gateway.name.clone(), host.clone())).or_insert_with(|| service.name.clone());
        if *other != service.name {
            let message = format!(
                "host `{host}` of gateway `{}` would route to both `{}` and `{}`",
                gateway.name, other, service.name
            );
            let help = "Consul allows each host once per listener; set different services.*.ingress.hosts";
            found.push(Finding::error(ids::INGRESS_HOST_TWICE, message).at(place()).help(help));
        }
    }
}

/// `*`, a DNS name, or one whose first label is `*`, optionally with a port.
fn check_host(host: &str) -> Result<(), String> {
    let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    match name.strip_prefix("*.").unwrap_or(name) {
        "*" => Ok(()),
        name => name.to_ascii_lowercase().split('.').try_for_each(|label| match label {
            "*" => Err("`*` is only allowed as the first label".to_string()),
            label => Format::DnsLabel.check(label),
        }),
    }
}

fn no_gateway(
    service: &Service,
    ingress: &settings::ServiceIngress,
    gateways: &BTreeMap<&str, Gateway>,
    asked: &mut Asked,
    context: &Context<'_>,
) -> Finding {
    let name = &service.name;
    let known = || gateways.keys().copied();
    let (message, help) = match &ingress.gateway {
        _ if gateways.is_empty() => (
            format!("`services.{name}.ingress` needs a gateway, but this render has none"),
            "add ingress.gateways, or set ingress.kind: ingress-gateway".to_string(),
        ),
        Some(gateway) => (
            format!("`services.{name}.ingress.gateway` is `{gateway}`, but this render has no such gateway"),
            match asked.closest(gateway, known()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("known gateways: {}", suggest::some(known(), "")),
            },
        ),
        None => (
            format!("`services.{name}.ingress` needs `gateway`: this render has several"),
            format!("set it to one of {}", suggest::some(known(), "")),
        ),
    };
    Finding::error(ids::UNKNOWN_GATEWAY, message)
        .at(context.place(&["services", name, "ingress", "gateway"]))
        .help(help)
}
