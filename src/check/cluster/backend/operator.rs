//! What jaeger-operator creates from Jaeger resources (1.37 `pkg/strategy`, `pkg/service`, `pkg/deployment`).

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::Store;
use crate::check::cluster::backend::of_schema;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::version;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::object::Id;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::jaeger::Strategy;
use crate::stack::jaeger::names;
use crate::stack::otel;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The strategy that the operator uses.
pub(crate) fn strategy(spec: Option<&Node>) -> Strategy {
    let word = |path: &[&str]| text(spec, path).unwrap_or_default();
    Strategy::effective(word(&["strategy"]), word(&["storage", "type"]))
}

fn text<'a>(spec: Option<&'a Node>, path: &[&str]) -> Option<&'a str> {
    spec?.path(path)?.as_str()
}

/// Finds an option by its dotted name, written flat or nested.
pub(crate) fn option_at<'a>(options: Cursor<'a>, name: &str) -> Option<Cursor<'a>> {
    options.entries().find_map(|(key, value)| match name.strip_prefix(key)? {
        "" => Some(value),
        rest => option_at(value, rest.strip_prefix('.')?),
    })
}

/// Like [`option_at`], without the location.
pub(crate) fn option<'a>(options: Option<&'a Node>, name: &str) -> Option<&'a Node> {
    option_at(Cursor::new(Doc::Object(0), options?), name)?.node()
}

pub(super) fn all(mesh: &Mesh<'_>) -> Vec<Backend> {
    let set = mesh.set;
    let jaegers = set.all(jaeger::GROUP, jaeger::KIND);
    if jaegers.len() == 0 {
        return Vec::new();
    }
    let own = mesh.workloads.iter().find_map(|workload| {
        workload.containers().find_map(|container| {
            let image = container.get("image").str()?;
            (version::image_name(image).1 == jaeger::operator::NAME)
                .then(|| version::tag(image).and_then(Version::read))?
        })
    });
    let operator = own.or_else(|| mesh.options.jaeger.as_deref().and_then(Version::read));
    jaegers.map(|object| backend(mesh, object, operator.clone())).collect()
}

fn backend(mesh: &Mesh<'_>, object: Object<'_>, operator: Option<Version>) -> Backend {
    let spec = object.node.get("spec");
    let strategy = strategy(spec);
    let part = if strategy == Strategy::AllInOne { "allInOne" } else { "collector" };
    let options = spec.and_then(|spec| spec.path(&[part, "options"]));
    let name = &object.id.name;
    let mut ports = BTreeMap::new();
    for port in jaeger::OWN_PROTOCOLS {
        ports.insert(port, Port::WrongProtocol("Jaeger's own protocol".to_string()));
    }
    let (by_service, own) = zipkin(object.spec().get(part).get("options"));
    ports.insert(jaeger::ZIPKIN, by_service);
    let otlp = option(options, "collector.otlp.enabled").map(|node| &node.value);
    let off =
        matches!(otlp, Some(Value::Bool(false))) || matches!(otlp, Some(Value::String(text)) if &**text == "false");
    if !off {
        ports.insert(otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc));
        ports.insert(otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp));
    }
    let mut pod = ports.clone();
    pod.extend(own.map(|port| (port, Port::Accepts(Speaks::Zipkin))));
    if let Some(fault) = refused(object).or_else(|| of_schema(mesh, object)) {
        for port in ports.values_mut().chain(pod.values_mut()) {
            *port = Port::Refused(fault.clone());
        }
    }
    let kept = jaeger::storage_kind(text(spec, &["storage", "type"]).unwrap_or_default());
    let image = text(spec, &[part, "image"]).and_then(version::tag);
    Backend {
        label: object.id.to_string(),
        at: object.name().location(),
        product: Product::JaegerV1,
        // Without an image, Jaeger has the operator's version, which the resource does not name.
        version: match image {
            Some("latest") => Some(jaeger::LAST_V1),
            Some(tag) => Version::read(tag),
            None => operator,
        },
        namespace: Some(object.id.namespace.to_string()),
        // The agent's Service is headless and selects the same pod, so every port of the pod is reachable.
        sidecar: None,
        headless: [jaeger::COLLECTOR_HEADLESS, jaeger::AGENT]
            .iter()
            .map(|suffix| names::service(name, suffix))
            .collect(),
        services: [jaeger::COLLECTOR, jaeger::COLLECTOR_HEADLESS, jaeger::AGENT]
            [..if strategy == Strategy::AllInOne { 3 } else { 2 }]
            .iter()
            .map(|suffix| names::service(name, suffix))
            .collect(),
        ports,
        pod: Some(Rc::new(pod)),
        storage: storage(object.spec().get("storage"), kept),
        ui: Fact::Ok(format!("{}:{}", names::service(name, jaeger::QUERY), jaeger::UI)),
    }
}

/// Where the spans of a resource are kept. Without `es.server-urls` the operator asks the Elasticsearch operator for a
/// cluster (1.37 `pkg/storage/elasticsearch.go` `ShouldInjectOpenShiftElasticsearchConfiguration`).
fn storage(storage: Cursor<'_>, kept: &str) -> Fact {
    let options = storage.get("options");
    let at = |name| option_at(options, name);
    match (kept, at("es.server-urls"), at("cassandra.servers")) {
        ("memory", ..) => Fact::Ok("memory, lost when the pod ends".to_string()),
        ("elasticsearch", None, _) => Fact::Ok("elasticsearch, provisioned by its operator".to_string()),
        ("elasticsearch", Some(urls), _) => Store::fact(kept, texts(urls), None, urls),
        ("cassandra", _, Some(servers)) => {
            let port = at("cassandra.port").and_then(|port| port.text().parse().ok().or_else(|| port.port()));
            Store::fact(kept, texts(servers), port.or(Some(jaeger::CASSANDRA)), servers)
        }
        ("cassandra", ..) => Store::fact(kept, std::iter::empty(), None, storage),
        _ => Fact::Ok(kept.to_string()),
    }
}

/// The text of an option, or those of its list.
fn texts<'a>(at: Cursor<'a>) -> impl Iterator<Item = &'a str> {
    at.str().into_iter().chain(at.items().filter_map(Cursor::str))
}

/// Why the operator never sees this resource; `None` if it does.
pub(crate) fn refused(object: Object<'_>) -> Option<Box<Fault>> {
    let version = object.root().get("apiVersion");
    if version.text() != jaeger::API_VERSION {
        let why = format!("`{}` is not a version of Jaeger that a cluster serves", version.text());
        let fault = Fault::new(Cause::UnservedVersion, version, why, format!("use {}", jaeger::API_VERSION));
        return Some(fault.fix(Trust::Safe, [Edit::set(version, jaeger::API_VERSION)]));
    }
    let problem = Id::of(object.node).err()?.into_iter().next()?;
    Some(Fault::new(Cause::Malformed, object.name(), problem.message, problem.help))
}

/// What is behind port 9411 of the Service, and the pod's Zipkin port if it differs.
fn zipkin(options: Cursor<'_>) -> (Port, Option<u16>) {
    // The option overrides the environment variable that the operator sets (measured).
    let Some(given) = option_at(options, "collector.zipkin.host-port") else {
        return (Port::Accepts(Speaks::Zipkin), None);
    };
    let value = match given.node().map(|node| &node.value) {
        Some(Value::String(text)) => text.to_string(),
        Some(Value::Int(number)) => number.to_string(),
        _ => return (Port::Unknown("its `collector.zipkin.host-port` is not a string".to_string()), None),
    };
    let (host, port) = value.rsplit_once(':').unwrap_or(("", &value));
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let own = port.parse().ok().filter(|_| !local);
    if own == Some(jaeger::ZIPKIN) {
        return (Port::Accepts(Speaks::Zipkin), None);
    }
    let why = match value.is_empty() {
        true => "its option `collector.zipkin.host-port` is empty, which closes the receiver".to_string(),
        false => {
            format!("its option `collector.zipkin.host-port` is `{value}`, but the Service sends to 9411 of the pod")
        }
    };
    let help = "remove the option: the operator opens 9411 itself";
    let fault = Fault::new(Cause::ReceiverOff, given, why, help).fix(Trust::Safe, [Edit::remove(given)]);
    (Port::Refused(fault), own)
}

/// Whether the options of a Jaeger resource include this one, written flat or nested.
pub(crate) fn has_option(options: Option<&Node>, name: &str) -> bool {
    option(options, name).is_some()
}
