//! Plain Services: the image and the settings of the selected pods tell what listens behind each port.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::collector;
use crate::check::cluster::backend::config::Config;
use crate::check::cluster::backend::config::Fill;
use crate::check::cluster::backend::config_file;
use crate::check::cluster::backend::config_file::File;
use crate::check::cluster::backend::config_file::arguments;
use crate::check::cluster::backend::of_schema;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::version;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
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

/// The Services of collectors, and those that an address of `also` names.
pub(super) fn all<'a>(configs: &mut Configs<'_, 'a>, also: &[&str]) -> Vec<Backend> {
    let mesh = configs.mesh;
    // Any Service can be the collector's address; of those without a collector, only the ones that clusters name matter.
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
    // If not all Services of a pod are known, a Service may have pods even though none are known here.
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
        // A headless Service leads to the ports of the pods, whatever its targetPort is.
        let target = port.get("targetPort");
        let inside = match target.exists() && !headless {
            false => Some(number),
            true => target.port().or_else(|| configs.named_port(workload?, target.str()?)),
        };
        let state = match inside {
            None => Port::Refused(Fault::new(
                Cause::ReceiverOff,
                target,
                format!("no container port is called `{}`, the targetPort of the Service", target.text()),
                "use the name or the number of a container port",
            )),
            Some(inside) => opened.ports.get(&inside).cloned().unwrap_or_else(|| match opened.complete {
                true => Port::Refused(Fault::new(
                    Cause::ReceiverOff,
                    opened.at.clone().unwrap_or_else(|| port.location()),
                    format!("nothing in its pods listens on port {inside}"),
                    opened.help.clone(),
                )),
                false => Port::Unknown(
                    opened
                        .why
                        .clone()
                        .unwrap_or_else(|| "what runs behind the Service is not among the files".to_string()),
                ),
            }),
        };
        let refused = opened.fault.clone().map(Port::Refused);
        ports.insert(number, refused.unwrap_or(state));
    }
    if spec.get("type").str() == Some("ExternalName") {
        opened = Opened::unknown();
    }
    let pod = (headless && opened.complete).then_some(opened.ports);
    Backend {
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

/// The ports of the clusters' addresses.
fn called(mesh: &Mesh<'_>) -> impl Iterator<Item = u16> {
    mesh.tracing.clusters.iter().flat_map(|cluster| &cluster.endpoints).filter_map(|endpoint| endpoint.port)
}

/// What receives spans in the pods themselves, reached without a Service; `None` when no container does.
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

/// What is known of the configurations of collectors and of their pods. Each is read once, however many Services lead to
/// pods that mount it.
pub(super) struct Configs<'m, 'a> {
    pub(super) mesh: &'m Mesh<'a>,
    texts: HashMap<*const Node, Text>,
    read: HashMap<Reader<'a>, Opened>,
    /// The numbers of container ports by name, of each workload that was asked for.
    named: HashMap<usize, HashMap<&'a str, Option<u16>>>,
}

type Text = Rc<Result<Node, String>>;

/// What decides what a configuration means: its text, the image that reads it, and the container if it sets variables.
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

    /// The ports that the configuration of a collector opens.
    fn of(&mut self, workload: &Workload<'a>, container: Cursor<'a>, fill: Fill, product: Product) -> Opened {
        let image = container.get("image").text();
        let (owner, name) = version::image_name(image);
        let distribution = Distribution::of(owner, name);
        let unknown = |why: Option<String>| Opened { product, why, ..Opened::unknown() };
        let data = match config_file::find(self.mesh, workload, container, distribution) {
            File::At(data) => *data,
            File::Missing(fault) => return Opened { product, complete: true, fault: Some(fault), ..Opened::unknown() },
            File::Unknown(why) => return unknown(Some(why)),
            File::Unnamed => match self.any(workload) {
                Some(data) => data,
                None => return unknown(None),
            },
        };
        let Some((node, text)) = self.text(data) else { return unknown(None) };
        let env = ["env", "envFrom"].iter().find_map(|key| container.get(key).node()).map(std::ptr::from_ref);
        let image = distribution.map(|distribution| (distribution, version::tag(image).and_then(Version::read)));
        let reader = (node, container.get("image").text(), env);
        let opened = self.read.entry(reader).or_insert_with(|| configured(data, &text, fill, image, container));
        Opened { product, ..opened.clone() }
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

    /// The container port of this name.
    fn named_port(&mut self, workload: &Workload<'a>, name: &str) -> Option<u16> {
        let named = self.named.entry(workload.object.index).or_insert_with(|| {
            let ports = workload.containers().flat_map(|container| container.get("ports").items());
            let ports: Vec<_> =
                ports.filter_map(|port| Some((port.get("name").str()?, port.get("containerPort").port()))).collect();
            // In reverse, so that of several the first remains.
            ports.into_iter().rev().collect()
        });
        *named.get(name)?
    }
}

/// The ports that a pod listens on.
#[derive(Clone)]
struct Opened {
    product: Product,
    version: Option<Version>,
    ports: Rc<BTreeMap<u16, Port>>,
    /// Whether `ports` is complete.
    complete: bool,
    help: String,
    at: Option<Location>,
    /// Why the process does not start.
    fault: Option<Box<Fault>>,
    /// Why `ports` is not complete.
    why: Option<String>,
    storage: Fact,
    ui: Fact,
}

impl Opened {
    fn unknown() -> Opened {
        let fact = Fact::Unseen("what runs behind the Service is not among the files".to_string());
        Opened {
            product: Product::Unknown,
            version: None,
            ports: Rc::default(),
            complete: false,
            help: String::new(),
            at: None,
            fault: None,
            why: None,
            storage: fact.clone(),
            ui: fact,
        }
    }
}

fn opened<'a>(configs: &mut Configs<'_, 'a>, workload: &Workload<'a>) -> Opened {
    for container in workload.containers() {
        let image = container.get("image").text();
        let (owner, name) = version::image_name(image);
        let tag = version::tag(image);
        let number = tag.and_then(Version::read);
        let mut found = match (owner, name) {
            ("jaegertracing", "all-in-one" | "jaeger-collector") => jaeger_v1(container, name, number),
            ("jaegertracing", "jaeger") => jaeger_v2(configs, workload, container),
            (_, "zipkin" | "zipkin-slim") => zipkin(container),
            (_, name) if name.starts_with("opentelemetry-collector") => {
                // Up to 0.103, a receiver without an address listened on every address.
                let fill = if number.is_some_and(|version| version < otel::LOCALHOST) {
                    Fill::Everywhere
                } else {
                    Fill::Localhost
                };
                configs.of(workload, container, fill, Product::Unknown)
            }
            (_, "tempo") => {
                let mut opened = Opened::unknown();
                opened.storage = Fact::Ok("Tempo".to_string());
                opened.ui = Fact::Unseen("Grafana shows what Tempo keeps".to_string());
                opened
            }
            _ => continue,
        };
        if let Some(fault) = refused_variable(workload).or_else(|| of_schema(configs.mesh, workload.object)) {
            found.fault = Some(fault);
        }
        return found;
    }
    Opened::unknown()
}

/// The first value of an environment variable that is no string, for which the API server refuses the whole object.
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
    Some(Fault::new(Cause::EnvValue, value, why, "put the value in quotes"))
}

/// The entry of an environment variable, and its value as text.
fn variable<'a>(container: Cursor<'a>, wanted: &str) -> Option<(Cursor<'a>, Option<String>)> {
    let entry = container.get("env").items().find(|entry| entry.get("name").str() == Some(wanted))?;
    let value = entry.get("value").node();
    Some((entry, value.map(|node| node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string))))
}

fn jaeger_v1(container: Cursor<'_>, name: &str, number: Option<Version>) -> Opened {
    let args: Vec<&str> = arguments(container).map(Cursor::text).collect();
    let variable = |wanted: &str| variable(container, wanted);
    let old = number.as_ref().is_some_and(|version| *version < jaeger::ZIPKIN_VARIABLE_SINCE);
    let mut ports = BTreeMap::new();
    for port in jaeger::OWN_PROTOCOLS {
        ports.insert(port, Port::WrongProtocol("Jaeger's own protocol".to_string()));
    }
    let by_arg = flags(&args).find_map(|(flag, value)| {
        matches!(flag, "collector.zipkin.host-port" | "collector.zipkin.http-port").then_some(value).flatten()
    });
    let by_env = variable(jaeger::ZIPKIN_VARIABLE).filter(|_| !old);
    let legacy = variable(jaeger::ZIPKIN_VARIABLE_LEGACY);
    let value = by_arg
        .map(str::to_string)
        .or_else(|| by_env.and_then(|(_, value)| value))
        .or_else(|| legacy.clone().filter(|_| old).and_then(|(_, value)| value));
    let zipkin = value.as_deref().and_then(|value| value.rsplit(':').next()?.parse::<u16>().ok());
    match (zipkin, legacy) {
        (Some(port), _) => {
            ports.insert(port, Port::Accepts(Speaks::Zipkin));
        }
        (None, Some((entry, _))) if number.is_some() => {
            let why = "it sets `COLLECTOR_ZIPKIN_HTTP_PORT`, which Jaeger has ignored since version 1.22";
            let help = "rename it to COLLECTOR_ZIPKIN_HOST_PORT and set it to `:9411`";
            ports.insert(jaeger::ZIPKIN, Port::Refused(Fault::new(Cause::ZipkinOldEnv, entry.get("name"), why, help)));
        }
        (None, _) => {}
    }
    let otlp = variable("COLLECTOR_OTLP_ENABLED").and_then(|(_, value)| value);
    let on = match otlp.as_deref() {
        Some(_) if number.as_ref().is_some_and(|version| *version < jaeger::OTLP_SINCE) => false,
        Some("true") => true,
        Some(_) => false,
        None => {
            number.as_ref().is_none_or(|version| *version >= jaeger::OTLP_BY_DEFAULT)
                || flags(&args)
                    .any(|(flag, value)| flag == "collector.otlp.enabled" && matches!(value, None | Some("true")))
        }
    };
    if on {
        ports.insert(otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc));
        ports.insert(otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp));
    }
    if !on {
        let (why, help) = no_otlp(number.as_ref(), otlp.as_deref());
        for port in [otel::OTLP_GRPC, otel::OTLP_HTTP] {
            let at = container.get("env");
            ports.insert(port, Port::Refused(Fault::new(Cause::ReceiverOff, at, why.clone(), help.clone())));
        }
    }
    let kept = variable("SPAN_STORAGE_TYPE").and_then(|(_, value)| value);
    let storage = match (kept, name) {
        (Some(kept), _) => Fact::Ok(kept),
        (None, "all-in-one") => Fact::Ok("memory, lost when the pod ends".to_string()),
        (None, _) => Fact::Unseen("its `SPAN_STORAGE_TYPE` is not set here".to_string()),
    };
    Opened {
        product: Product::JaegerV1,
        fault: removed_flag(container, number.as_ref()),
        why: None,
        version: number.or(Some(jaeger::LAST_V1)),
        ports: Rc::new(ports),
        complete: true,
        help: "Jaeger does not accept Zipkin by default: set the environment variable COLLECTOR_ZIPKIN_HOST_PORT to `:9411`"
            .to_string(),
        at: Some(container.get("env").location()),
        storage,
        ui: match name {
            "all-in-one" => Fact::Ok("16686 of the same pod".to_string()),
            _ => Fact::Unseen("a separate jaeger-query shows the traces".to_string()),
        },
    }
}

/// Flags and their values; of `--flag value` with the value apart too.
fn flags<'t>(args: &'t [&'t str]) -> impl Iterator<Item = (&'t str, Option<&'t str>)> {
    args.iter().enumerate().filter_map(|(index, arg)| {
        let flag = arg.strip_prefix("--")?;
        Some(match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, args.get(index + 1).copied().filter(|next| !next.starts_with('-'))),
        })
    })
}

/// Why Jaeger v1 does not accept OTLP, and what to do.
fn no_otlp(version: Option<&Version>, variable: Option<&str>) -> (String, String) {
    match version {
        Some(version) if *version < jaeger::OTLP_SINCE => (
            format!("Jaeger {version} has no OTLP receiver, which came with {}", jaeger::OTLP_SINCE),
            format!("use Jaeger {} or later with COLLECTOR_OTLP_ENABLED set to `true`", jaeger::OTLP_SINCE),
        ),
        _ if variable.is_some() => {
            ("COLLECTOR_OTLP_ENABLED switches OTLP off".to_string(), "set it to `true`".to_string())
        }
        _ => (
            format!("before {} Jaeger does not accept OTLP by default", jaeger::OTLP_BY_DEFAULT),
            "set the environment variable COLLECTOR_OTLP_ENABLED to `true`".to_string(),
        ),
    }
}

/// A flag that this version of Jaeger v1 does not know, with which it ends at once (`unknown flag`).
fn removed_flag(container: Cursor<'_>, version: Option<&Version>) -> Option<Box<Fault>> {
    let version = version?;
    arguments(container).find_map(|argument| {
        let flag = argument.text().strip_prefix("--")?.split('=').next()?;
        let known = jaeger::COLLECTOR_FLAGS.iter().find(|known| known.name == flag)?;
        let early = *version < known.since;
        let late = known.until.as_ref().is_some_and(|until| version >= until);
        let (why, help) = match (early, late, known.instead) {
            (true, ..) => (
                format!("came with Jaeger {}", known.since),
                format!("remove it, or use Jaeger {} or later", known.since),
            ),
            (_, true, Some(other)) => (
                format!("was removed in Jaeger {}", known.until.as_ref()?),
                format!("write `--{other}`, with a host and port such as `:9411`"),
            ),
            (_, true, None) => (format!("was removed in Jaeger {}", known.until.as_ref()?), "remove it".to_string()),
            _ => return None,
        };
        let why = format!("the flag `--{flag}` {why}, and this is {version}: the process ends with `unknown flag`");
        Some(Fault::new(Cause::JaegerFlag, argument, why, help))
    })
}

fn jaeger_v2<'a>(configs: &mut Configs<'_, 'a>, workload: &Workload<'a>, container: Cursor<'a>) -> Opened {
    if arguments(container).any(|arg| arg.text().starts_with("--config") || arg.text() == "-c") {
        return configs.of(workload, container, Fill::Localhost, Product::JaegerV2);
    }
    let open = |speaks: Speaks| v2_default(container, speaks);
    let ports = [
        (jaeger::ZIPKIN, open(Speaks::Zipkin)),
        (otel::OTLP_GRPC, open(Speaks::OtlpGrpc)),
        (otel::OTLP_HTTP, open(Speaks::OtlpHttp)),
        (jaeger::GRPC, Port::WrongProtocol("Jaeger's own protocol".to_string())),
        (14268, Port::WrongProtocol("Jaeger's own protocol".to_string())),
    ];
    Opened {
        product: Product::JaegerV2,
        ports: Rc::new(ports.into()),
        complete: true,
        help: "Jaeger v2 accepts Zipkin on port 9411 and OTLP on 4317 and 4318".to_string(),
        storage: Fact::Ok("memory, lost when the pod ends".to_string()),
        ui: Fact::Ok("16686 of the same pod".to_string()),
        ..Opened::unknown()
    }
}

/// A receiver of the configuration that Jaeger v2 has without `--config`, on the host of JAEGER_LISTEN_HOST: the image sets
/// it to 0.0.0.0 (jaeger v2.1.0 `cmd/jaeger/Dockerfile`, `cmd/jaeger/internal/all-in-one.yaml`).
fn v2_default(container: Cursor<'_>, speaks: Speaks) -> Port {
    match variable(container, jaeger::LISTEN_HOST) {
        Some((entry, Some(host))) if collector::is_loopback(&host) => {
            let why = format!("{} is `{host}`, which no other pod can reach", jaeger::LISTEN_HOST);
            let fault = Fault::new(Cause::BindsLocalhost, entry.get("value"), why, "set it to `0.0.0.0`, or remove it");
            Port::OwnPod(fault, Box::new(Port::Accepts(speaks)))
        }
        _ => Port::Accepts(speaks),
    }
}

fn zipkin(container: Cursor<'_>) -> Opened {
    let kept = variable(container, "STORAGE_TYPE").and_then(|(_, value)| value);
    let kept = kept.unwrap_or_else(|| "memory, lost when the pod ends".to_string());
    Opened {
        product: Product::Zipkin,
        ports: Rc::new([(jaeger::ZIPKIN, Port::Accepts(Speaks::Zipkin))].into()),
        complete: variable(container, "QUERY_PORT").is_none(),
        help: "Zipkin listens on port 9411".to_string(),
        storage: Fact::Ok(kept),
        ui: Fact::Ok("9411 of the same pod".to_string()),
        ..Opened::unknown()
    }
}

/// What the text of a collector's configuration opens.
fn configured(
    data: Cursor<'_>,
    text: &Result<Node, String>,
    fill: Fill,
    image: Option<(Distribution, Option<Version>)>,
    container: Cursor<'_>,
) -> Opened {
    let node = match text {
        Ok(node) => node,
        Err(error) => {
            let why = format!("its configuration is not valid YAML: {error}");
            let fault =
                Fault::new(Cause::CollectorConfig, data, why, "correct it: the collector does not start with it");
            return Opened { complete: true, fault: Some(fault), ..Opened::unknown() };
        }
    };
    let config = Config { root: Cursor::new(data.doc(), node), fill, text: Some(data), image, env: Some(container) };
    let (storage, ui) = config.kept();
    Opened {
        ports: Rc::new(config.ports()),
        complete: true,
        help: "add the receiver with `endpoint: \"0.0.0.0:PORT\"`, and list it in the traces pipeline".to_string(),
        at: Some(data.location()),
        storage,
        ui,
        ..Opened::unknown()
    }
}

#[cfg(test)]
mod tests;
