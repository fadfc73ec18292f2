//! Plain Services: the image and the settings of the selected pods tell what listens behind each port.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::collector;
use crate::check::cluster::backend::collector::Config;
use crate::check::cluster::backend::collector::Fill;
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
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

pub(super) fn all<'a>(mesh: &Mesh<'a>) -> Vec<Backend> {
    // Any Service can be the collector's address; of those without a collector, only the ones that clusters name matter.
    let mut wanted: Vec<&str> = mesh
        .tracing
        .clusters
        .iter()
        .flat_map(|cluster| &cluster.endpoints)
        .map(|endpoint| endpoint.host.split('.').next().unwrap_or_default())
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
    let receivers = mesh.workloads.iter().filter(|workload| workload.runs_jaeger()).map(namespace);
    let receivers: HashSet<&str> = receivers.filter(|namespace| !cut.contains(namespace)).collect();
    let mut all = Vec::new();
    for service in mesh.set.all("", "Service") {
        let workload = pods.get(&service.index).map(|index| &mesh.workloads[*index]);
        let receives = workload.is_some_and(Workload::runs_jaeger);
        if receives || wanted.binary_search(&&*service.id.name.to_ascii_lowercase()).is_ok() {
            all.push(backend(mesh, service, workload, receivers.contains(&*service.id.namespace)));
        }
    }
    all
}

fn backend<'a>(
    mesh: &Mesh<'a>,
    service: Object<'a>,
    workload: Option<&Workload<'a>>,
    receiver_beside: bool,
) -> Backend {
    let spec = service.spec();
    let mut opened = workload.map_or_else(Opened::unknown, |workload| opened(mesh, workload));
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
            true => target.port().or_else(|| named_port(workload, target.str()?)),
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
                false => Port::Unknown("what runs behind the Service is not among the files".to_string()),
            }),
        };
        ports.insert(number, state);
    }
    if spec.get("type").str() == Some("ExternalName") {
        opened = Opened::unknown();
    }
    let mut pod = BTreeMap::new();
    if headless && opened.complete {
        pod.clone_from(&ports);
        pod.extend(opened.ports);
    }
    Backend {
        label: service.id.to_string(),
        at: service.name().location(),
        product: opened.product,
        version: opened.version,
        namespace: Some(service.id.namespace.to_string()),
        services: vec![service.id.name.to_string()],
        headless: if headless { vec![service.id.name.to_string()] } else { Vec::new() },
        pod,
        ports,
        storage: opened.storage,
        ui: opened.ui,
    }
}

fn named_port(workload: Option<&Workload<'_>>, name: &str) -> Option<u16> {
    let mut ports = workload?.containers().flat_map(|container| container.get("ports").items());
    ports.find(|port| port.get("name").str() == Some(name))?.get("containerPort").port()
}

/// The ports that a pod listens on.
struct Opened {
    product: Product,
    version: Option<Version>,
    ports: BTreeMap<u16, Port>,
    /// Whether `ports` is complete.
    complete: bool,
    help: String,
    at: Option<Location>,
    storage: Fact,
    ui: Fact,
}

impl Opened {
    fn unknown() -> Opened {
        let fact = Fact::Unseen("what runs behind the Service is not among the files".to_string());
        Opened {
            product: Product::Unknown,
            version: None,
            ports: BTreeMap::new(),
            complete: false,
            help: String::new(),
            at: None,
            storage: fact.clone(),
            ui: fact,
        }
    }
}

fn opened<'a>(mesh: &Mesh<'a>, workload: &Workload<'a>) -> Opened {
    for container in workload.containers() {
        let image = container.get("image").text();
        let (owner, name) = version::image_name(image);
        let tag = version::tag(image);
        let number = tag.and_then(Version::read);
        let found = match (owner, name) {
            ("jaegertracing", "all-in-one" | "jaeger-collector") => jaeger_v1(container, name, number),
            ("jaegertracing", "jaeger") => jaeger_v2(mesh, workload, container),
            (_, "zipkin" | "zipkin-slim") => zipkin(container),
            (_, name) if name.starts_with("opentelemetry-collector") => {
                // Up to 0.103, a receiver without an address listened on every address.
                let fill = if number.is_some_and(|version| version < otel::LOCALHOST) {
                    Fill::Everywhere
                } else {
                    Fill::Localhost
                };
                configured(mesh, workload, fill, Product::Unknown)
            }
            (_, "tempo") => {
                let mut opened = Opened::unknown();
                opened.storage = Fact::Ok("Tempo".to_string());
                opened.ui = Fact::Unseen("Grafana shows what Tempo keeps".to_string());
                opened
            }
            _ => continue,
        };
        return found;
    }
    Opened::unknown()
}

/// The command line of a container: `command`, then `args`.
fn arguments(container: Cursor<'_>) -> Vec<&str> {
    ["command", "args"].into_iter().flat_map(|key| container.get(key).items()).filter_map(Cursor::str).collect()
}

/// The entry of an environment variable, and its value as text.
fn variable<'a>(container: Cursor<'a>, wanted: &str) -> Option<(Cursor<'a>, Option<String>)> {
    let entry = container.get("env").items().find(|entry| entry.get("name").str() == Some(wanted))?;
    let value = entry.get("value").node();
    Some((entry, value.map(|node| node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string))))
}

fn jaeger_v1(container: Cursor<'_>, name: &str, number: Option<Version>) -> Opened {
    let args = arguments(container);
    let variable = |wanted: &str| variable(container, wanted);
    let old = number.as_ref().is_some_and(|version| *version < jaeger::ZIPKIN_VARIABLE_SINCE);
    let mut ports = BTreeMap::new();
    for port in jaeger::OWN_PROTOCOLS {
        ports.insert(port, Port::WrongProtocol("Jaeger's own protocol".to_string()));
    }
    let by_arg = args.iter().find_map(|arg| {
        arg.strip_prefix("--collector.zipkin.host-port=").or_else(|| arg.strip_prefix("--collector.zipkin.http-port="))
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
        Some("true") => true,
        Some(_) => false,
        None => {
            number.as_ref().is_none_or(|version| *version >= jaeger::OTLP_BY_DEFAULT)
                || args.contains(&"--collector.otlp.enabled=true")
        }
    };
    if on {
        ports.insert(otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc));
        ports.insert(otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp));
    }
    let kept = variable("SPAN_STORAGE_TYPE").and_then(|(_, value)| value);
    let storage = match (kept, name) {
        (Some(kept), _) => Fact::Ok(kept),
        (None, "all-in-one") => Fact::Ok("memory, lost when the pod ends".to_string()),
        (None, _) => Fact::Unseen("its `SPAN_STORAGE_TYPE` is not set here".to_string()),
    };
    Opened {
        product: Product::JaegerV1,
        version: number.or(Some(jaeger::LAST_V1)),
        ports,
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

fn jaeger_v2<'a>(mesh: &Mesh<'a>, workload: &Workload<'a>, container: Cursor<'a>) -> Opened {
    if arguments(container).iter().any(|arg| arg.starts_with("--config") || *arg == "-c") {
        return configured(mesh, workload, Fill::Localhost, Product::JaegerV2);
    }
    let ports = [
        (jaeger::ZIPKIN, Port::Accepts(Speaks::Zipkin)),
        (otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc)),
        (otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp)),
        (jaeger::GRPC, Port::WrongProtocol("Jaeger's own protocol".to_string())),
        (14268, Port::WrongProtocol("Jaeger's own protocol".to_string())),
    ];
    Opened {
        product: Product::JaegerV2,
        ports: ports.into(),
        complete: true,
        help: "Jaeger v2 accepts Zipkin on port 9411 and OTLP on 4317 and 4318".to_string(),
        storage: Fact::Ok("memory, lost when the pod ends".to_string()),
        ui: Fact::Ok("16686 of the same pod".to_string()),
        ..Opened::unknown()
    }
}

fn zipkin(container: Cursor<'_>) -> Opened {
    let kept = variable(container, "STORAGE_TYPE").and_then(|(_, value)| value);
    let kept = kept.unwrap_or_else(|| "memory, lost when the pod ends".to_string());
    Opened {
        product: Product::Zipkin,
        ports: [(jaeger::ZIPKIN, Port::Accepts(Speaks::Zipkin))].into(),
        complete: variable(container, "QUERY_PORT").is_none(),
        help: "Zipkin listens on port 9411".to_string(),
        storage: Fact::Ok(kept),
        ui: Fact::Ok("9411 of the same pod".to_string()),
        ..Opened::unknown()
    }
}

/// The ports that the configuration in a ConfigMap of the pod opens.
fn configured<'a>(mesh: &Mesh<'a>, workload: &Workload<'a>, fill: Fill, product: Product) -> Opened {
    let namespace = &workload.object.id.namespace;
    let volumes = workload.template.at(&["spec", "volumes"]).items();
    let maps = volumes.filter_map(|volume| volume.at(&["configMap", "name"]).str());
    for map in maps.filter_map(|name| mesh.set.one("", "ConfigMap", namespace, name)) {
        for (_, data) in map.root().get("data").entries() {
            let Some(text) = data.str() else { continue };
            let node = collector::read(text);
            if node.path(&["service", "pipelines"]).is_none() {
                continue;
            }
            let config = Config { root: Cursor::new(data.doc(), &node), fill, text: Some(data) };
            let (storage, ui) = config.keeping();
            return Opened {
                product,
                ports: config.ports(),
                complete: true,
                help: "add the receiver with `endpoint: \"0.0.0.0:PORT\"`, and list it in the traces pipeline"
                    .to_string(),
                at: Some(data.location()),
                storage,
                ui,
                ..Opened::unknown()
            };
        }
    }
    Opened { product, ..Opened::unknown() }
}
