//! Ingress gateways: what their objects need, and what the Helm values install.

use crate::check::cluster::chart_objects::ChartObjects;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::stack::consul;
use crate::suggest;
use std::collections::HashMap;
use std::collections::HashSet;

/// The ingress gateways of a set.
pub(crate) struct Ingress<'a> {
    pub(crate) gateways: Vec<IngressGateway<'a>>,
    /// What the chart installs; `None` without Helm values.
    pub(crate) installed: Option<Installed<'a>>,
    /// What is said of the chart's own objects, if they are in the set.
    pub(crate) judged: Option<String>,
}

/// An IngressGateway.
#[derive(Clone, Copy)]
pub(crate) struct IngressGateway<'a> {
    /// An index into [`Mesh::proxies`].
    pub(crate) proxy: usize,
    pub(crate) object: Object<'a>,
}

/// A listener of an IngressGateway.
#[derive(Clone, Copy)]
pub(crate) struct Listener<'a> {
    pub(crate) at: Cursor<'a>,
    /// Empty if not set.
    pub(crate) protocol: &'a str,
}

impl<'a> Ingress<'a> {
    /// Reads the IngressGateways and the Helm values, in linear time.
    pub(crate) fn of(mesh: &Mesh<'a>) -> Ingress<'a> {
        let proxies = mesh.proxies.iter().enumerate();
        let gateways = proxies
            .filter(|(_, proxy)| proxy.kind == ProxyKind::IngressGateway)
            .filter_map(|(proxy, own)| Some(IngressGateway { proxy, object: own.object? }));
        let mut installed = mesh.values.map(|values| Installed::read(mesh, values));
        if let Some(installed) = &mut installed {
            installed.see(&mesh.chart);
        }
        let judged = mesh.chart.note(mesh.values.is_some());
        Ingress { gateways: gateways.collect(), installed, judged }
    }
}

impl<'a> IngressGateway<'a> {
    pub(crate) fn name(self) -> &'a str {
        &self.object.id.name
    }

    pub(crate) fn listeners(self) -> impl DoubleEndedIterator<Item = Listener<'a>> + ExactSizeIterator + Clone {
        self.object.spec().get("listeners").items().map(|at| Listener { at, protocol: at.get("protocol").text() })
    }
}

impl<'a> Listener<'a> {
    /// Whether Consul knows its protocol, which decides how the rest of the listener is validated.
    pub(crate) fn has_known_protocol(self) -> bool {
        consul::PROTOCOLS.contains(&self.protocol)
    }

    pub(crate) fn services(self) -> impl ExactSizeIterator<Item = Cursor<'a>> + Clone {
        self.at.get("services").items()
    }

    /// The services that it names, each with the location of the name. Excludes `*`, which stands for all.
    pub(crate) fn named_services(self) -> impl Iterator<Item = (&'a str, Cursor<'a>)> + Clone {
        let names = self.services().map(|service| service.get("name"));
        names.filter_map(|at| Some((at.str()?, at))).filter(|(name, _)| !matches!(*name, "" | "*"))
    }
}

/// What the chart installs according to `ingressGateways` in its values.
pub(crate) struct Installed<'a> {
    /// `ingressGateways.enabled`, set or not.
    pub(crate) switch: Cursor<'a>,
    pub(crate) enabled: bool,
    /// Gateways by name, each with the ports of its Service, or `None` if it uses the defaults.
    gateways: HashMap<&'a str, Option<Ports>>,
    /// The ports of gateways that set none.
    defaults: Ports,
    /// The gateways' names in the order of the values, for messages.
    pub(crate) names: String,
}

/// The ports of a Service.
pub(crate) struct Ports {
    pub(crate) open: HashSet<i64>,
    /// All of them, for messages.
    pub(crate) listed: String,
}

impl Ports {
    fn of(ports: Vec<i64>) -> Ports {
        let words: Vec<String> = ports.iter().map(i64::to_string).collect();
        Ports { listed: suggest::some(words.iter().map(String::as_str), ""), open: ports.into_iter().collect() }
    }

    /// Reads a list of ports; anything but a list means the chart's defaults.
    pub(crate) fn read(list: Cursor<'_>) -> Ports {
        match list.node().and_then(crate::yaml::Node::as_list) {
            Some(_) => Ports::of(list.items().filter_map(|port| port.get("port").int()).collect()),
            None => Ports::of(consul::INGRESS_PORTS.map(i64::from).to_vec()),
        }
    }
}

impl<'a> Installed<'a> {
    fn read(mesh: &Mesh<'a>, values: Cursor<'a>) -> Installed<'a> {
        let section = values.get("ingressGateways");
        let list = section.get("gateways");
        let mut gateways = HashMap::new();
        let mut names = Vec::new();
        for gateway in list.items() {
            let Some(name) = gateway.get("name").str() else { continue };
            let ports = gateway.at(&["service", "ports"]);
            gateways.entry(name).or_insert_with(|| ports.exists().then(|| Ports::read(ports)));
            names.push(name);
        }
        if list.node().and_then(crate::yaml::Node::as_list).is_none() {
            gateways.insert(consul::INGRESS_GATEWAY, None);
            names.push(consul::INGRESS_GATEWAY);
        }
        Installed {
            switch: section.get("enabled"),
            enabled: mesh.flag(&["ingressGateways", "enabled"], Some(false)) == Some(true),
            gateways,
            defaults: Ports::read(section.at(&["defaults", "service", "ports"])),
            names: suggest::some(names.iter().copied(), "`"),
        }
    }

    /// The only gateway, if there is one and no more.
    pub(crate) fn only(&self) -> Option<&'a str> {
        let mut names = self.gateways.keys();
        names.next().filter(|_| names.next().is_none()).copied()
    }

    /// Takes the ports of gateways from the Services that the chart made for them.
    fn see(&mut self, chart: &ChartObjects<'a>) {
        for (name, ports) in &mut self.gateways {
            if let Some(Some(own)) = chart.gateway(name) {
                *ports = Some(Ports::read(own));
            }
        }
    }

    /// The ports of a gateway's Service; `None` if no gateway with this name is installed.
    pub(crate) fn ports(&self, gateway: &str) -> Option<&Ports> {
        let own = self.gateways.get(gateway).filter(|_| self.enabled)?;
        Some(own.as_ref().unwrap_or(&self.defaults))
    }
}
