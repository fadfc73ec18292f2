//! What jaeger-operator creates from Jaeger resources (1.37 `pkg/strategy`, `pkg/service`, `pkg/deployment`).

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::Store;
use crate::check::cluster::backend::flags;
use crate::check::cluster::backend::flags::Given;
use crate::check::cluster::backend::flags::Settings;
use crate::check::cluster::backend::jaeger_v1::V1;
use crate::check::cluster::backend::no_key;
use crate::check::cluster::backend::of_schema;
use crate::check::cluster::backend::options::option_at;
use crate::check::cluster::backend::pods::no_pods;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::references;
use crate::check::cluster::version;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::object::Id;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::jaeger::Strategy;
use crate::stack::jaeger::names;
use crate::stack::otel;
use crate::yaml::Node;
use std::rc::Rc;

/// The strategy that the operator uses.
pub(crate) fn strategy(spec: Option<&Node>) -> Strategy {
    let word = |path: &[&str]| text(spec, path).unwrap_or_default();
    Strategy::effective(word(&["strategy"]), word(&["storage", "type"]))
}

fn text<'a>(spec: Option<&'a Node>, path: &[&str]) -> Option<&'a str> {
    spec?.path(path)?.as_str()
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
    let options = object.spec().get(part).get("options");
    let name = &object.id.name;
    let kept = jaeger::storage_kind(text(spec, &["storage", "type"]).unwrap_or_default());
    let storage = storage(object.spec().get("storage"), kept);
    let ui = Fact::Ok(format!("{}:{}", names::service(name, jaeger::QUERY), jaeger::UI));
    let image = text(spec, &[part, "image"]);
    // Without an image, Jaeger has the operator's version, which the resource does not name.
    let version = match image.and_then(version::tag) {
        Some("latest") => Some(jaeger::LAST_V1),
        Some(tag) => Version::read(tag),
        None => operator,
    };
    let settings = Settings::Options(options);
    let v1 = V1 { settings, operated: true, version: version.as_ref(), storage: &storage, ui: &ui };
    let mut pod = v1.ports();
    if matches!(settings.get("collector.otlp.enabled"), Given::Is(text, _) if text == "false") {
        // The Service does not have them either.
        [otel::OTLP_GRPC, otel::OTLP_HTTP].iter().for_each(|port| drop(pod.remove(port)));
    }
    let fault = refused(object)
        .or_else(|| of_schema(mesh, object))
        .or_else(|| flags::of_options(options, version.as_ref()))
        .or_else(|| of_v2(object.spec().get(part).get("image")))
        .or_else(|| no_pods(object.spec().get("collector").get("replicas")).filter(|_| strategy != Strategy::AllInOne))
        .or_else(|| no_key(mesh, &references::of_jaeger(&object.id.namespace, object.spec(), part)));
    if let Some(fault) = fault {
        pod.values_mut().for_each(|port| *port = Port::Refused(fault.clone()));
    }
    let served = |port: u16| [jaeger::ZIPKIN, otel::OTLP_GRPC, otel::OTLP_HTTP].contains(&port);
    let mut ports = pod.clone();
    ports.retain(|port, _| served(*port) || jaeger::OWN_PROTOCOLS.contains(port));
    Backend {
        alone: false,
        label: object.id.to_string(),
        at: object.name().location(),
        product: Product::JaegerV1,
        version,
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
        storage,
        ui,
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

/// Why an image of Jaeger v2 does not start here: the operator gives it arguments that only v1 has
/// (`--sampling.strategies-file`, jaeger-operator 1.37 `pkg/config/sampling/sampling.go`).
fn of_v2(image: Cursor<'_>) -> Option<Box<Fault>> {
    if version::image_name(image.text()) != (jaeger::IMAGE_OWNER, "jaeger") {
        return None;
    }
    let why = "the operator starts it with flags of Jaeger v1, which v2 ends with (`unknown flag`)";
    let help = "use `jaegertracing/all-in-one`, or an OpenTelemetryCollector with this image";
    Some(Fault::new(Cause::JaegerFlag, image, why, help))
}
