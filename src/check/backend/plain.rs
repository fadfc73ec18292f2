//! Plain Services: what listens behind each port goes by the image and settings of the pods that it selects.

use crate::check::backend::Backend;
use crate::check::backend::Fact;
use crate::check::backend::Port;
use crate::check::backend::Product;
use crate::check::backend::collector;
use crate::check::backend::collector::Config;
use crate::check::backend::collector::Fill;
use crate::check::mesh::Mesh;
use crate::check::rule::At;
use crate::check::rules::jaeger;
use crate::check::tracer::Speaks;
use crate::check::version;
use crate::check::workload::Workload;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

pub(super) fn all(mesh: &Mesh<'_>) -> Vec<Backend> {
    // Any Service can be the collector's address; only those that the clusters name are looked at.
    let mut wanted: Vec<&str> = mesh
        .clusters
        .iter()
        .flat_map(|cluster| &cluster.endpoints)
        .map(|endpoint| endpoint.host.split('.').next().unwrap_or_default())
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut pods: HashMap<usize, usize> = HashMap::new();
    for (index, workload) in mesh.workloads.iter().enumerate() {
        for service in &workload.services {
            pods.entry(*service).or_insert(index);
        }
    }
    let namespace = |workload: &Workload<'_>| &*mesh.set.items[workload.item].id.namespace;
    // Where not all Services of a pod are known, one without pods may have some all the same.
    let cut: HashSet<&str> = mesh.workloads.iter().filter(|workload| workload.cut).map(namespace).collect();
    let receivers = mesh.workloads.iter().filter(|workload| workload.runs_jaeger()).map(namespace);
    let receivers: HashSet<&str> = receivers.filter(|namespace| !cut.contains(namespace)).collect();
    let mut all = Vec::new();
    for index in mesh.set.of("", "Service") {
        let workload = pods.get(index).map(|index| &mesh.workloads[*index]);
        let receives = workload.is_some_and(Workload::runs_jaeger);
        if receives || wanted.binary_search(&&*mesh.set.items[*index].id.name.to_ascii_lowercase()).is_ok() {
            all.push(backend(mesh, *index, workload, &receivers));
        }
    }
    all
}

fn backend(mesh: &Mesh<'_>, index: usize, workload: Option<&Workload<'_>>, receivers: &HashSet<&str>) -> Backend {
    let item = &mesh.set.items[index];
    let mut opened = workload.map_or_else(Opened::unknown, |workload| opened(mesh, workload));
    let selects =
        item.node.path(&["spec", "selector"]).and_then(Node::as_map).is_some_and(|map| !map.entries.is_empty());
    if workload.is_none() && selects && receivers.contains(&*item.id.namespace) {
        opened.complete = true;
        opened.help = "make the selector fit the labels of the collector's pods".to_string();
        opened.at = Some(At::object(index, "/spec/selector"));
    }
    let headless = item.node.path(&["spec", "clusterIP"]).and_then(Node::as_str) == Some("None");
    let listed = item.node.path(&["spec", "ports"]).and_then(Node::as_list).unwrap_or_default();
    let mut ports = BTreeMap::new();
    for (at, port) in listed.iter().enumerate() {
        let Some(number) = port.get("port").and_then(as_port) else { continue };
        // A headless Service leads to the pods' own ports, whatever its targetPort says.
        let target = port.get("targetPort").filter(|_| !headless);
        let inside = match target {
            None => Some(number),
            Some(node) => as_port(node).or_else(|| named_port(workload, node.as_str()?)),
        };
        let state = match inside {
            None => Port::Closed(
                &jaeger::RECEIVER_OFF,
                format!(
                    "its targetPort `{}` is the name of no container port",
                    target.and_then(Node::as_str).unwrap_or_default()
                ),
                "name a port of the container, or give its number".to_string(),
                Box::new(At::object(index, format!("/spec/ports/{at}/targetPort"))),
            ),
            Some(inside) => opened.ports.get(&inside).cloned().unwrap_or_else(|| match opened.complete {
                true => Port::Closed(
                    &jaeger::RECEIVER_OFF,
                    format!("nothing in its pods listens on {inside}"),
                    opened.help.clone(),
                    Box::new(opened.at.take().unwrap_or_else(|| At::object(index, format!("/spec/ports/{at}")))),
                ),
                false => Port::Unknown("what runs behind the Service is not among the files".to_string()),
            }),
        };
        ports.insert(number, state);
    }
    if item.node.path(&["spec", "type"]).and_then(Node::as_str) == Some("ExternalName") {
        opened = Opened::unknown();
    }
    let mut pod = BTreeMap::new();
    if headless && opened.complete {
        pod.clone_from(&ports);
        pod.extend(opened.ports);
    }
    Backend {
        label: item.id.to_string(),
        at: At::object(index, "/metadata/name"),
        product: opened.product,
        version: opened.version,
        namespace: Some(item.id.namespace.to_string()),
        services: vec![item.id.name.to_string()],
        headless: if headless { vec![item.id.name.to_string()] } else { Vec::new() },
        pod,
        ports,
        storage: opened.storage,
        ui: opened.ui,
    }
}

fn as_port(node: &Node) -> Option<u16> {
    match &node.value {
        Value::Int(number) => u16::try_from(*number).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn named_port(workload: Option<&Workload<'_>>, name: &str) -> Option<u16> {
    workload?.containers().find_map(|(_, container)| {
        let ports = container.get("ports")?.as_list()?;
        let port = ports.iter().find(|port| port.get("name").and_then(Node::as_str) == Some(name))?;
        as_port(port.get("containerPort")?)
    })
}

/// What pods listen on.
struct Opened {
    product: Product,
    version: Option<version::Version>,
    ports: BTreeMap<u16, Port>,
    /// Whether `ports` is all there is.
    complete: bool,
    help: String,
    at: Option<At>,
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

fn opened(mesh: &Mesh<'_>, workload: &Workload<'_>) -> Opened {
    for (path, container) in workload.containers() {
        let image = container.get("image").and_then(Node::as_str).unwrap_or_default();
        let (owner, name) = version::image_name(image);
        let tag = version::tag(image);
        let number = tag.and_then(version::parse);
        let found = match (owner, name) {
            ("jaegertracing", "all-in-one" | "jaeger-collector") => jaeger_v1(workload, &path, container, name, number),
            ("jaegertracing", "jaeger") => jaeger_v2(mesh, workload, container),
            (_, "zipkin" | "zipkin-slim") => zipkin(container),
            (_, name) if name.starts_with("opentelemetry-collector") => {
                // Up to 0.103 a receiver without an address listened on all of them.
                let fill = if number.is_some_and(|v| v < (0, 104, 0)) { Fill::Everywhere } else { Fill::Localhost };
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

fn jaeger_v1(
    workload: &Workload<'_>,
    path: &str,
    container: &Node,
    name: &str,
    number: Option<version::Version>,
) -> Opened {
    let _ = workload;
    let args: Vec<&str> = ["command", "args"]
        .iter()
        .filter_map(|key| container.get(key)?.as_list())
        .flatten()
        .filter_map(Node::as_str)
        .collect();
    let env = container.get("env").and_then(Node::as_list).unwrap_or_default();
    let variable = |wanted: &str| {
        env.iter().position(|one| one.get("name").and_then(Node::as_str) == Some(wanted)).map(|at| {
            (
                at,
                env[at]
                    .get("value")
                    .map(|node| node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string)),
            )
        })
    };
    let old = number.is_some_and(|version| version < (1, 22, 0));
    let mut ports = BTreeMap::new();
    for port in [14250, 14267, 14268, 14269] {
        ports.insert(port, Port::Deaf("Jaeger's own protocol".to_string()));
    }
    let by_arg = args.iter().find_map(|arg| {
        arg.strip_prefix("--collector.zipkin.host-port=").or_else(|| arg.strip_prefix("--collector.zipkin.http-port="))
    });
    let by_env = variable("COLLECTOR_ZIPKIN_HOST_PORT").filter(|_| !old);
    let legacy = variable("COLLECTOR_ZIPKIN_HTTP_PORT");
    let value = by_arg
        .map(str::to_string)
        .or_else(|| by_env.and_then(|(_, value)| value))
        .or_else(|| legacy.clone().filter(|_| old).and_then(|(_, value)| value));
    let zipkin = value.as_deref().and_then(|value| value.rsplit(':').next()?.parse::<u16>().ok());
    let env_at = |at: usize| At::object(workload.item, format!("{path}/env/{at}/name"));
    match (zipkin, legacy) {
        (Some(port), _) => {
            ports.insert(port, Port::Takes(Speaks::Zipkin));
        }
        (None, Some((at, _))) if number.is_some() => {
            ports.insert(
                9411,
                Port::Closed(
                    &jaeger::ZIPKIN_OLD_ENV,
                    "it sets `COLLECTOR_ZIPKIN_HTTP_PORT`, which Jaeger reads no more since 1.22".to_string(),
                    "name it COLLECTOR_ZIPKIN_HOST_PORT and set it to `:9411`".to_string(),
                    Box::new(env_at(at)),
                ),
            );
        }
        (None, _) => {}
    }
    let otlp = variable("COLLECTOR_OTLP_ENABLED").and_then(|(_, value)| value);
    let on = match otlp.as_deref() {
        Some("true") => true,
        Some(_) => false,
        None => number.is_none_or(|version| version >= (1, 42, 0)) || args.contains(&"--collector.otlp.enabled=true"),
    };
    if on {
        ports.insert(4317, Port::Takes(Speaks::OtlpGrpc));
        ports.insert(4318, Port::Takes(Speaks::OtlpHttp));
    }
    let kept = variable("SPAN_STORAGE_TYPE").and_then(|(_, value)| value);
    let storage = match (kept, name) {
        (Some(kept), _) => Fact::Ok(kept),
        (None, "all-in-one") => Fact::Ok("memory, until the pod ends".to_string()),
        (None, _) => Fact::Unseen("its `SPAN_STORAGE_TYPE` is not written here".to_string()),
    };
    Opened {
        product: Product::JaegerV1,
        version: number.or(Some((1, 76, 0))),
        ports,
        complete: true,
        help: "a plain Jaeger leaves zipkin off: set the environment variable COLLECTOR_ZIPKIN_HOST_PORT to `:9411`"
            .to_string(),
        at: Some(At::object(workload.item, format!("{path}/env"))),
        storage,
        ui: match name {
            "all-in-one" => Fact::Ok("16686 of the same pod".to_string()),
            _ => Fact::Unseen("a jaeger-query of its own shows what the collector stores".to_string()),
        },
    }
}

fn jaeger_v2(mesh: &Mesh<'_>, workload: &Workload<'_>, container: &Node) -> Opened {
    let args = ["command", "args"].iter().filter_map(|key| container.get(key)?.as_list()).flatten();
    if args.filter_map(Node::as_str).any(|arg| arg.starts_with("--config") || arg == "-c") {
        return configured(mesh, workload, Fill::Localhost, Product::JaegerV2);
    }
    let ports = [
        (9411, Port::Takes(Speaks::Zipkin)),
        (4317, Port::Takes(Speaks::OtlpGrpc)),
        (4318, Port::Takes(Speaks::OtlpHttp)),
        (14250, Port::Deaf("Jaeger's own protocol".to_string())),
        (14268, Port::Deaf("Jaeger's own protocol".to_string())),
    ];
    Opened {
        product: Product::JaegerV2,
        ports: ports.into(),
        complete: true,
        help: "Jaeger v2 takes zipkin on 9411 and OTLP on 4317 and 4318".to_string(),
        storage: Fact::Ok("memory, until the pod ends".to_string()),
        ui: Fact::Ok("16686 of the same pod".to_string()),
        ..Opened::unknown()
    }
}

fn zipkin(container: &Node) -> Opened {
    let env = container.get("env").and_then(Node::as_list).unwrap_or_default();
    let kept = env.iter().find(|one| one.get("name").and_then(Node::as_str) == Some("STORAGE_TYPE"));
    let kept = kept.and_then(|one| one.get("value")?.as_str()).unwrap_or("memory, until the pod ends");
    Opened {
        product: Product::Zipkin,
        ports: [(9411, Port::Takes(Speaks::Zipkin))].into(),
        complete: !env.iter().any(|one| one.get("name").and_then(Node::as_str) == Some("QUERY_PORT")),
        help: "Zipkin listens on 9411".to_string(),
        storage: Fact::Ok(kept.to_string()),
        ui: Fact::Ok("9411 of the same pod".to_string()),
        ..Opened::unknown()
    }
}

/// What the ConfigMap that the pod mounts says.
fn configured(mesh: &Mesh<'_>, workload: &Workload<'_>, fill: Fill, product: Product) -> Opened {
    let namespace = &mesh.set.items[workload.item].id.namespace;
    let volumes = workload.pod.path(&["spec", "volumes"]).and_then(Node::as_list).unwrap_or_default();
    let maps = volumes.iter().filter_map(|volume| volume.path(&["configMap", "name"])?.as_str());
    for index in maps.filter_map(|name| mesh.set.find("", "ConfigMap", namespace, name)) {
        let data = mesh.set.items[index].node.get("data").and_then(Node::as_map);
        for entry in data.map_or(&[][..], |map| &map.entries) {
            let Some(text) = entry.value.as_str() else { continue };
            let node = collector::read(text);
            if node.path(&["service", "pipelines"]).is_none() {
                continue;
            }
            let path = format!("/data/{}", crate::check::set::step(&entry.key));
            let at = |_: &str| At::object(index, path.clone());
            let config = Config { node: &node, fill, at: &at };
            let (storage, ui) = config.keeping();
            return Opened {
                product,
                ports: config.ports(),
                complete: true,
                help: "add the receiver with `endpoint: \"0.0.0.0:PORT\"`, and name it in the traces pipeline"
                    .to_string(),
                at: Some(At::object(index, path.clone())),
                storage,
                ui,
                ..Opened::unknown()
            };
        }
    }
    Opened { product, ..Opened::unknown() }
}
