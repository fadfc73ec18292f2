//! What the Consul chart's own objects say, where they are among the files: its injector, and the gateways that it
//! installs. Labels, flags and names: consul-k8s 0.46.1 to 2.0.3, `charts/consul/templates`.

use crate::check::cluster::selector;
use crate::check::cluster::selector::Labels;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::consul;
use crate::stack::go;
use crate::stack::kube;
use std::collections::HashMap;
use std::collections::HashSet;

/// The chart's objects in a set.
#[derive(Default)]
pub(crate) struct ChartObjects<'a> {
    /// The only injector.
    pub(crate) injector: Option<Injector<'a>>,
    /// What is missing of the injector although the files have other objects of the chart, to be read after "but not".
    pub(crate) lacks: Option<&'static str>,
    gateways: Vec<Gateway<'a>>,
    /// What the names of the chart's objects begin with, if that is known.
    prefix: Option<&'a str>,
    /// Whether there are any Services of gateways.
    pub(crate) has_ports: bool,
}

/// The Deployment that decides which pods get a sidecar (`connect-inject-deployment.yaml`).
pub(crate) struct Injector<'a> {
    /// `-default-inject`: whether pods are injected without asking.
    pub(crate) default: Option<bool>,
    /// Whether pods log in to Consul with their ServiceAccount: `-acl-auth-method`.
    pub(crate) acls: bool,
    /// `-allow-k8s-namespace` and `-deny-k8s-namespace`.
    allowed: HashSet<&'a str>,
    denied: HashSet<&'a str>,
    /// The webhook that hands it the pods.
    webhook: Option<Cursor<'a>>,
    /// The labels of the namespaces in the set.
    namespaces: HashMap<&'a str, Cursor<'a>>,
}

/// A gateway that the chart installs.
struct Gateway<'a> {
    /// Its name in Consul; empty in charts that do not write it down.
    name: &'a str,
    /// The chart's prefix and that name.
    label: &'a str,
    /// `spec.ports` of its Service.
    ports: Option<Cursor<'a>>,
}

impl<'a> ChartObjects<'a> {
    /// Reads them, in linear time.
    pub(crate) fn of(set: &Set<'a>) -> ChartObjects<'a> {
        let own = |kind: &'static str, group: &'static str, component: &'static str| {
            set.all(group, kind).filter(move |object| {
                let label = |key| object.root().at(&["metadata", "labels", key]).str();
                label("chart") == Some("consul-helm") && label("component") == Some(component)
            })
        };
        let mut injectors = own("Deployment", "apps", "connect-injector");
        let (first, more) = (injectors.next(), injectors.next());
        let server = own("StatefulSet", "apps", "server").next();
        let named = |object: Option<Object<'a>>, end| object.and_then(|object| object.name().str()?.strip_suffix(end));
        let prefix = named(first, "-connect-injector").or_else(|| named(server, "-server"));
        let injector = first.filter(|_| more.is_none()).map(|object| Injector::read(set, object));
        let lacks = match (&injector, first) {
            (Some(injector), _) => injector.webhook.is_none().then_some("the webhook of the chart's injector"),
            (None, None) => server.map(|_| "the chart's injector"),
            (None, Some(_)) => None,
        };
        let name = |object: &Object<'a>| object.root().at(&["metadata", "labels", "ingress-gateway-name"]).text();
        let ports: HashMap<&str, Cursor<'a>> = own("Service", "", "ingress-gateway")
            .map(|service| (name(&service), service.spec().get("ports")))
            .collect();
        let has_ports = !ports.is_empty();
        let deployments = own("Deployment", "apps", "ingress-gateway").map(|object| Gateway {
            name: object.root().at(&["spec", "template", "metadata", "annotations", consul::GATEWAY_SERVICE]).text(),
            label: name(&object),
            ports: ports.get(name(&object)).copied(),
        });
        let services = ports.iter().map(|(label, ports)| Gateway { name: "", label, ports: Some(*ports) });
        let mut gateways: Vec<Gateway<'a>> = deployments.chain(services).collect();
        gateways.sort_by_key(|gateway| (gateway.name.is_empty(), gateway.label.len(), gateway.label));
        ChartObjects { injector, lacks, gateways, prefix, has_ports }
    }

    /// Whether the chart installs a gateway of this name, with the ports of its Service; `None` if it does not, as far as the
    /// files show.
    pub(crate) fn gateway(&self, name: &str) -> Option<Option<Cursor<'a>>> {
        let is = |gateway: &&Gateway<'_>| match (gateway.name, gateway.label.strip_suffix(name)) {
            ("", rest) => rest
                .and_then(|rest| rest.strip_suffix('-'))
                .is_some_and(|rest| self.prefix.is_none_or(|own| own == rest)),
            (own, _) => own == name,
        };
        self.gateways.iter().find(is).map(|gateway| gateway.ports)
    }

    /// The names of the gateways in Consul, as far as the files have them.
    pub(crate) fn gateway_names(&self) -> Vec<&'a str> {
        let name = |gateway: &Gateway<'a>| match gateway.name {
            "" => gateway.label.strip_prefix(self.prefix?)?.strip_prefix('-'),
            own => Some(own),
        };
        let mut names: Vec<&str> = self.gateways.iter().filter_map(name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What is to be said of them, if there are any.
    pub(crate) fn note(&self, values: bool) -> Option<String> {
        let read = match (&self.injector, self.has_ports) {
            (Some(_), true) => "its injector and the ports of its gateways are read from them",
            (Some(_), false) => "its injector is read from them",
            (None, true) => "the ports of its gateways are read from its Services",
            (None, false) => return None,
        };
        let rest = if values { "; the rest is still told from its values" } else { "" };
        Some(format!("objects of the Consul chart are among these files: {read}{rest}"))
    }
}

impl<'a> Injector<'a> {
    fn read(set: &Set<'a>, object: Object<'a>) -> Injector<'a> {
        let container = object.spec().at(&["template", "spec", "containers"]).items().next();
        let words = |key| container.into_iter().flat_map(move |container| container.get(key).items());
        let script: Vec<&'a str> =
            words("command").chain(words("args")).flat_map(|word| word.text().split_whitespace()).collect();
        let flags = |name: &'static str| {
            script.iter().filter_map(move |word| {
                let (key, value) = word.trim_start_matches('-').split_once('=')?;
                (word.starts_with('-') && key == name).then(|| value.trim_matches(['"', '\'']))
            })
        };
        let hook = |webhook: &Cursor<'a>| {
            let resources = webhook.get("rules").items().flat_map(|rule| rule.get("resources").items());
            let mut resources = resources.filter_map(Cursor::str);
            resources.any(|resource| resource == "pods")
        };
        let release = object.root().at(&["metadata", "labels", "release"]);
        let mut webhooks = set
            .all(kube::ADMISSION, "MutatingWebhookConfiguration")
            .filter(|configuration| {
                let label = |key| configuration.root().at(&["metadata", "labels", key]).str();
                label("chart") == Some("consul-helm") && label("release") == release.str()
            })
            .flat_map(|configuration| configuration.root().get("webhooks").items());
        let namespaces = set.all("", "Namespace").map(|one| (&*one.id.name, one.root().at(&["metadata", "labels"])));
        Injector {
            default: flags("default-inject").next_back().and_then(go::parse_bool),
            acls: flags("acl-auth-method").next().is_some(),
            allowed: flags("allow-k8s-namespace").collect(),
            denied: flags("deny-k8s-namespace").collect(),
            webhook: webhooks.find(hook),
            namespaces: namespaces.collect(),
        }
    }

    /// Why pods in a namespace are not injected, as `mesh_webhook.go` `shouldInject` and the API server decide.
    pub(crate) fn refuses(&self, namespace: &str) -> Option<&'static str> {
        if self.denied.contains(namespace) {
            return Some("`-deny-k8s-namespace` of the chart's injector lists it");
        }
        // Without the flag no namespace is allowed; it may be in a form that is not read here.
        if !self.allowed.is_empty() && !self.allowed.contains("*") && !self.allowed.contains(namespace) {
            return Some("`-allow-k8s-namespace` of the chart's injector does not list it");
        }
        let name = (kube::NAMESPACE_NAME, namespace.to_string());
        let labels = match self.namespaces.get(namespace) {
            Some(written) => Labels { written: Some(*written), added: vec![name], open: false },
            None => Labels::partly(vec![name]),
        };
        let fits = self.webhook.and_then(|webhook| selector::fits(webhook.get("namespaceSelector"), &labels));
        (fits == Some(false)).then_some("the `namespaceSelector` of the injector's webhook leaves it out")
    }
}
