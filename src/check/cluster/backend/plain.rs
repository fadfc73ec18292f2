//! Plain Services: the image and settings of the selected pods decide what listens behind each port.

mod opened;

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::collector;
use crate::check::cluster::backend::config::Fill;
use crate::check::cluster::backend::config_file;
use crate::check::cluster::backend::config_file::File;
use crate::check::cluster::backend::config_file::Part;
use crate::check::cluster::backend::env::Env;
use crate::check::cluster::backend::flags;
use crate::check::cluster::backend::merge;
use crate::check::cluster::backend::no_key;
use crate::check::cluster::backend::of_schema;
use crate::check::cluster::backend::plain::opened::Opened;
use crate::check::cluster::backend::pods::called;
use crate::check::cluster::backend::pods::no_pods;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::references;
use crate::check::cluster::version;
use crate::check::cluster::workload::Workload;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::otel;
use crate::stack::otel::components::Distribution;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::rc::Rc;

/// The Services of collectors, and those named by an address in `also`.
pub(super) fn all<'a>(configs: &mut Configs<'_, 'a>, also: &[&str]) -> Vec<Backend> {
    let mesh = configs.mesh;
    // Any Service can be the collector's address; Services without a collector matter only if a cluster names them.
    let mut wanted: Vec<&str> = mesh
        .tracing
        .clusters
        .iter()
        .flat_map(|cluster| &cluster.endpoints)
        .map(|endpoint| endpoint.host.split('.').next().unwrap_or_default())
        .chain(also.iter().map(|host| host.split('.').next().unwrap_or_default()))
        .chain(mesh.tracing.tracers().filter_map(|(_, tracer, _)| tracer.target.as_ref()?.0.split('.').next()))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut pods: HashMap<usize, usize> = HashMap::new();
    for (index, workload) in mesh.workloads.iter().enumerate() {
        for service in &workload.selected_by {
            pods.entry(service.index).or_insert(index);
        }
    }
    let namespace = |workload: &Workload<'a>| &*workload.object.id.namespace;
    // If only some of a pod's Services are known, a Service that seems to have no pods may have some.
    let cut: HashSet<&str> = mesh.workloads.iter().filter(|workload| workload.cut).map(namespace).collect();
    // Namespaces with a receiver that a Service without pods may be meant for.
    let receivers = mesh.workloads.iter().filter(|workload| workload.receives()).map(namespace);
    let receivers: HashSet<&str> = receivers.filter(|namespace| !cut.contains(namespace)).collect();
    let mut all = Vec::new();
    for service in mesh.refused.accepted(mesh.set, "", "Service") {
        let workload = pods.get(&service.index).map(|index| &mesh.workloads[*index]);
        let receives = workload.is_some_and(Workload::receives);
        if receives || wanted.binary_search(&&*service.id.name.to_ascii_lowercase()).is_ok() {
            all.push(backend(configs, service, workload, receivers.contains(&*service.id.namespace)));
        }
    }
    all
}

fn backend<'a>(
    configs: &mut Configs<'_, 'a>,
    service: Object<'a>,
    workload: Option<&Workload<'a>>,
    receiver_beside: bool,
) -> Backend {
    let spec = service.spec();
    let mut opened = workload.map_or_else(Opened::unknown, |workload| opened(configs, workload));
    let selector = spec.get("selector");
    if workload.is_none() && receiver_beside && selector.map().is_some_and(|map| !map.entries.is_empty()) {
        opened.complete = true;
        opened.help = "make the selector match the labels of the collector's pods".to_string();
        opened.at = Some(selector.location());
    }
    let headless = spec.get("clusterIP").str() == Some("None");
    let mut ports = BTreeMap::new();
    for port in spec.get("ports").items() {
        let Some(number) = port.get("port").port() else { continue };
        let protocol = port.get("protocol");
        if !matches!(protocol.text(), "" | "TCP") {
            let why = format!("the Service's port {number} is for {}, and spans are sent by TCP", protocol.text());
            let fault = Fault::new(Cause::ReceiverOff, protocol, why, "remove `protocol`, or set it to TCP");
            ports.entry(number).or_insert(Port::Refused(fault));
            continue;
        }
        // A headless Service leads to the pods' ports, whatever its targetPort.
        let target = port.get("targetPort");
        let inside = match target.exists() && !headless {
            false => Some(number),
            true => target.port().or_else(|| configs.named_port(workload?, target.str()?)),
        };
        let state = inside.map_or_else(|| unnamed(target), |inside| behind(&opened, port, inside));
        let refused = opened.fault.clone().map(Port::Refused);
        ports.insert(number, refused.unwrap_or(state));
    }
    if spec.get("type").str() == Some("ExternalName") {
        opened = Opened::unknown();
    }
    let pod = (headless && opened.complete).then_some(opened.ports);
    Backend {
        alone: workload.is_some_and(|workload| {
            // A proxy in the pod may listen there.
            let proxied = workload.injected(configs.mesh.inject_default()) == Some(true);
            !proxied && workload.containers().nth(1).is_none()
        }),
        label: service.id.to_string(),
        at: service.name().location(),
        product: opened.product,
        version: opened.version,
        namespace: Some(service.id.namespace.to_string()),
        services: vec![service.id.name.to_string()],
        sidecar: None,
        headless: if headless { vec![service.id.name.to_string()] } else { Vec::new() },
        pod,
        ports,
        storage: opened.storage,
        ui: opened.ui,
    }
}

/// The port of a Service whose targetPort no container has.
fn unnamed(target: Cursor<'_>) -> Port {
    Port::Refused(Fault::new(
        Cause::ReceiverOff,
        target,
        format!("no container port is called `{}`, the targetPort of the Service", target.text()),
        "use the name or the number of a container port",
    ))
}

/// What is behind a port of a Service that leads to the port `inside` of its pods.
fn behind(opened: &Opened, port: Cursor<'_>, inside: u16) -> Port {
    match opened.ports.get(&inside) {
        Some(state) => state.clone(),
        None if opened.complete => {
            let at = opened.at.clone().unwrap_or_else(|| port.location());
            let why = format!("nothing in its pods listens on port {inside}");
            let fault = Fault::new(Cause::ReceiverOff, at, why, opened.help.clone());
            Port::Refused(fault.cured(opened.cures.get(&inside).cloned()))
        }
        None => Port::Unknown(
            opened.why.clone().unwrap_or_else(|| "what runs behind the Service is not among the files".to_string()),
        ),
    }
}

/// The receivers in the pods themselves, reached without a Service; `None` if no container is one.
pub(super) fn pod<'a>(configs: &mut Configs<'_, 'a>, workload: &Workload<'a>) -> Option<Backend> {
    if !workload.receives() {
        return None;
    }
    let mesh = configs.mesh;
    let Opened { product, version, ports, fault, why, storage, ui, .. } = opened(configs, workload);
    let mut ports = Rc::unwrap_or_clone(ports);
    if let Some(fault) = fault {
        ports = called(mesh).map(|port| (port, Port::Refused(fault.clone()))).collect();
    } else if ports.is_empty() {
        let why = why.unwrap_or_else(|| "what runs in the pod is not among the files".to_string());
        ports = called(mesh).map(|port| (port, Port::Unknown(why.clone()))).collect();
    }
    Some(Backend {
        alone: false,
        label: format!("the pods of {}", workload.object.id),
        at: workload.object.name().location(),
        product,
        version,
        namespace: Some(workload.object.id.namespace.to_string()),
        services: Vec::new(),
        sidecar: None,
        headless: Vec::new(),
        pod: None,
        ports,
        storage,
        ui,
    })
}

/// Caches what is known about collector configurations and their pods, so each is read once however many Services lead
/// to pods that mount it.
pub(super) struct Configs<'m, 'a> {
    pub(super) mesh: &'m Mesh<'a>,
    texts: HashMap<*const Node, Text>,
    read: HashMap<Reader<'a>, Opened>,
    /// Container port numbers by name, for each workload looked up so far.
    named: HashMap<usize, HashMap<&'a str, Option<u16>>>,
}

type Text = Rc<Result<Node, String>>;

/// What determines the meaning of a configuration: its text, the image that reads it, and the container if it sets
/// variables.
type Reader<'a> = (*const Node, &'a str, Option<*const Node>);

impl<'m, 'a> Configs<'m, 'a> {
    pub(super) fn new(mesh: &'m Mesh<'a>) -> Configs<'m, 'a> {
        Configs { mesh, texts: HashMap::new(), read: HashMap::new(), named: HashMap::new() }
    }

    fn text(&mut self, data: Cursor<'a>) -> Option<(*const Node, Text)> {
        let (node, text) = (std::ptr::from_ref(data.node()?), data.str()?);
        let read = || Rc::new(collector::read(text).map_err(|error| error.to_string()));
        Some((node, self.texts.entry(node).or_insert_with(read).clone()))
    }

    /// The ports that a collector's configuration opens.
    fn of(&mut self, workload: &Workload<'a>, container: Cursor<'a>, fill: Fill, product: Product) -> Opened {
        let image = container.get("image").text();
        let (owner, name) = version::image_name(image);
        let distribution = Distribution::of(owner, name);
        let env = self.env(workload, container);
        let env = env.of_image(if distribution == Some(Distribution::Jaeger) { jaeger::IMAGE_VARIABLES } else { &[] });
        let unknown = |why: Option<String>| Opened { product, why, ..Opened::unknown() };
        let number = version::tag(image).and_then(Version::read);
        // What older collectors took is not known.
        let known = distribution.filter(|_| number.as_ref().is_none_or(|number| *number >= otel::FLAGS_SINCE));
        if let Some(fault) = known.and_then(|known| flags::of_collector(container, known.image())) {
            return Opened { product, complete: true, fault: Some(fault), ..Opened::unknown() };
        }
        let parts = match config_file::find(self.mesh, workload, container, distribution, env) {
            File::Of(parts) => parts,
            File::Missing(fault) => return Opened { product, complete: true, fault: Some(fault), ..Opened::unknown() },
            File::Unknown(why) => return unknown(Some(why)),
            File::Unnamed => match self.any(workload) {
                Some(data) => vec![Part::Entry(data)],
                None => return unknown(None),
            },
        };
        let reader = distribution.map(|distribution| (distribution, number));
        let [Part::Entry(data)] = parts.as_slice() else {
            let Some((at, node)) = self.joined(&parts) else { return unknown(None) };
            let text = opened::Text { at, node: &node, joined: true };
            return Opened { product, ..opened::configured(text, fill, reader, env) };
        };
        let Some((node, text)) = self.text(*data) else { return unknown(None) };
        let own = ["env", "envFrom"].iter().find_map(|key| container.get(key).node()).map(std::ptr::from_ref);
        let key = (node, container.get("image").text(), own);
        let opened = self.read.entry(key).or_insert_with(|| {
            let text = opened::Text { at: *data, node: &text, joined: false };
            opened::configured(text, fill, reader, env)
        });
        Opened { product, ..opened.clone() }
    }

    fn env(&self, workload: &Workload<'a>, container: Cursor<'a>) -> Env<'a> {
        Env::new(self.mesh.set, &workload.object.id.namespace, container)
    }

    /// A configuration that has several parts, and where the first is.
    fn joined(&mut self, parts: &[Part<'a>]) -> Option<(Cursor<'a>, Result<Node, String>)> {
        let entry = parts.iter().find_map(|part| match part {
            Part::Entry(at) => Some(*at),
            Part::Text(..) => None,
        });
        let mut whole = Node::new(Value::Null);
        let mut first = entry;
        for part in parts {
            let read = match part {
                Part::Entry(at) => (*self.text(*at)?.1).clone(),
                Part::Text(text, at) => {
                    first.get_or_insert(*at);
                    collector::read(text)
                }
            };
            match read {
                Ok(node) => merge::merge(&mut whole, merge::expanded(node)),
                Err(error) => return Some((first?, Err(error))),
            }
        }
        Some((first?, Ok(whole)))
    }

    /// The first text in a ConfigMap of the pod that looks like a collector's configuration.
    fn any(&mut self, workload: &Workload<'a>) -> Option<Cursor<'a>> {
        let volumes = workload.template.at(&["spec", "volumes"]).items();
        let maps = volumes.filter_map(|volume| volume.at(&["configMap", "name"]).str());
        let maps = maps.filter_map(|name| self.mesh.set.one("", "ConfigMap", &workload.object.id.namespace, name));
        let mut texts = maps.flat_map(|map| map.root().get("data").entries()).map(|(_, data)| data);
        texts.find(|data| {
            let Some((_, text)) = self.text(*data) else { return false };
            text.as_ref().as_ref().is_ok_and(|node| node.path(&["service", "pipelines"]).is_some())
        })
    }

    /// The container port with this name.
    fn named_port(&mut self, workload: &Workload<'a>, name: &str) -> Option<u16> {
        let named = self.named.entry(workload.object.index).or_insert_with(|| {
            let ports = workload.containers().flat_map(|container| container.get("ports").items());
            let ports: Vec<_> =
                ports.filter_map(|port| Some((port.get("name").str()?, port.get("containerPort").port()))).collect();
            // In reverse, so that the first of several is kept.
            ports.into_iter().rev().collect()
        });
        *named.get(name)?
    }
}

fn opened<'a>(configs: &mut Configs<'_, 'a>, workload: &Workload<'a>) -> Opened {
    for container in workload.containers() {
        let image = container.get("image").text();
        let (owner, name) = version::image_name(image);
        let tag = version::tag(image);
        let number = tag.and_then(Version::read);
        let mut found = match (owner, name) {
            ("jaegertracing", "all-in-one" | "jaeger-collector") => {
                opened::jaeger_v1(container, name, number, configs.env(workload, container))
            }
            ("jaegertracing", "jaeger") => configs.of(workload, container, Fill::Localhost, Product::JaegerV2),
            (_, "zipkin" | "zipkin-slim") => opened::zipkin(container),
            (_, name) if name.starts_with("opentelemetry-collector") => {
                // Up to 0.103, a receiver without an address listened on all addresses.
                let fill = if number.is_some_and(|version| version < otel::LOCALHOST) {
                    Fill::Everywhere
                } else {
                    Fill::Localhost
                };
                configs.of(workload, container, fill, Product::Unknown)
            }
            (_, "tempo") => opened::tempo(),
            _ => continue,
        };
        let fault = refused_variable(workload)
            .or_else(|| of_schema(configs.mesh, workload.object))
            .or_else(|| no_pods(workload.object.spec().get("replicas")))
            .or_else(|| {
                let (namespace, pod) = (&workload.object.id.namespace, workload.template.get("spec"));
                no_key(configs.mesh, &references::of_pod(namespace, pod))
            });
        if let Some(fault) = fault {
            found.fault = Some(fault);
        }
        return found;
    }
    Opened::unknown()
}

/// The first environment variable whose value is not a string; the API server rejects the object because of it.
pub(crate) fn not_string<'a>(workload: &Workload<'a>) -> Option<(&'a str, Cursor<'a>)> {
    let spec = workload.template.get("spec");
    let containers = spec.get("initContainers").items().chain(spec.get("containers").items());
    let mut entries = containers.flat_map(|container| container.get("env").items());
    entries.find_map(|entry| {
        let value = entry.get("value");
        let scalar = !matches!(value.node()?.value, Value::String(_) | Value::Null);
        scalar.then(|| (entry.get("name").text(), value))
    })
}

fn refused_variable(workload: &Workload<'_>) -> Option<Box<Fault>> {
    let (name, value) = not_string(workload)?;
    let why = format!("the API server refuses {}: the value of `{name}` is not a string", workload.object.id);
    Some(Fault::new(Cause::EnvValue, value, why, "put the value in quotes").fix(Trust::Safe, [Edit::quote(value)]))
}

#[cfg(test)]
mod tests;
