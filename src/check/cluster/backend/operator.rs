//! Jaeger resources: what jaeger-operator makes of them (1.37 `pkg/strategy`, `pkg/service`, `pkg/deployment`).

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::version;
use crate::check::cluster::version::Version;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::model::names;
use crate::object::Id;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;

/// What strategy a Jaeger resource ends up with, after the operator's silent corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    AllInOne,
    Production,
    Streaming,
}

/// `normalize()` of `pkg/strategy/controller.go`: unknown words mean all-in-one, memory and badger force it.
pub(crate) fn strategy(spec: Option<&Node>) -> Strategy {
    let word = text(spec, &["strategy"]).unwrap_or_default().to_ascii_lowercase();
    let wanted = match &*word {
        "production" => Strategy::Production,
        "streaming" => Strategy::Streaming,
        _ => Strategy::AllInOne,
    };
    match storage(spec) {
        "memory" | "badger" => Strategy::AllInOne,
        _ => wanted,
    }
}

/// The storage that counts; unknown words mean memory.
pub(crate) fn storage(spec: Option<&Node>) -> &'static str {
    const KNOWN: [&str; 6] = ["memory", "cassandra", "elasticsearch", "kafka", "badger", "grpc-plugin"];
    let word = text(spec, &["storage", "type"]).unwrap_or_default().to_ascii_lowercase();
    KNOWN.iter().find(|known| **known == word).copied().unwrap_or("memory")
}

fn text<'a>(spec: Option<&'a Node>, path: &[&str]) -> Option<&'a str> {
    spec?.path(path)?.as_str()
}

/// An option by its dotted name, whether written flat or nested.
pub(crate) fn option_at<'a>(options: Cursor<'a>, name: &str) -> Option<Cursor<'a>> {
    options.entries().find_map(|(key, value)| match name.strip_prefix(key)? {
        "" => Some(value),
        rest => option_at(value, rest.strip_prefix('.')?),
    })
}

/// As [`option_at`], without a place.
pub(crate) fn option<'a>(options: Option<&'a Node>, name: &str) -> Option<&'a Node> {
    option_at(Cursor::new(Doc::Object(0), options?), name)?.node()
}

pub(super) fn all(mesh: &Mesh<'_>) -> Vec<Backend> {
    let set = mesh.set;
    let jaegers = set.all("jaegertracing.io", "Jaeger");
    if jaegers.len() == 0 {
        return Vec::new();
    }
    let own = mesh.workloads.iter().find_map(|workload| {
        workload.containers().find_map(|(_, container)| {
            let image = container.get("image").and_then(Node::as_str)?;
            (version::image_name(image).1 == "jaeger-operator").then(|| version::tag(image).and_then(version::parse))?
        })
    });
    let operator = own.or_else(|| mesh.options.jaeger.as_deref().and_then(version::parse));
    jaegers.map(|object| backend(object, operator)).collect()
}

fn backend(object: Object<'_>, operator: Option<Version>) -> Backend {
    let spec = object.node.get("spec");
    let strategy = strategy(spec);
    let part = if strategy == Strategy::AllInOne { "allInOne" } else { "collector" };
    let options = spec.and_then(|spec| spec.path(&[part, "options"]));
    let name = &object.id.name;
    let mut ports = BTreeMap::new();
    for port in [14250, 14267, 14268, 14269] {
        ports.insert(port, Port::WrongProtocol("Jaeger's own protocol".to_string()));
    }
    let (by_service, own) = zipkin(object.spec().get(part).get("options"));
    ports.insert(9411, by_service);
    let otlp = option(options, "collector.otlp.enabled").map(|node| &node.value);
    let off =
        matches!(otlp, Some(Value::Bool(false))) || matches!(otlp, Some(Value::String(text)) if &**text == "false");
    if !off {
        ports.insert(4317, Port::Accepts(Speaks::OtlpGrpc));
        ports.insert(4318, Port::Accepts(Speaks::OtlpHttp));
    }
    let mut pod = ports.clone();
    pod.extend(own.map(|port| (port, Port::Accepts(Speaks::Zipkin))));
    if let Some(fault) = refused(object) {
        for port in ports.values_mut().chain(pod.values_mut()) {
            *port = Port::Refused(fault.clone());
        }
    }
    let kept = storage(spec);
    let image = text(spec, &[part, "image"]).and_then(version::tag);
    Backend {
        label: object.id.to_string(),
        at: object.name().location(),
        product: Product::JaegerV1,
        // Without an image of its own it is the operator's version, which the resource does not say.
        version: match image {
            Some("latest") => Some((1, 76, 0)),
            Some(tag) => version::parse(tag),
            None => operator,
        },
        namespace: Some(object.id.namespace.to_string()),
        // The agent's Service is headless and selects the same pod, so that every port of it answers.
        headless: ["collector-headless", "agent"].iter().map(|suffix| names::service(name, suffix)).collect(),
        services: ["collector", "collector-headless", "agent"][..if strategy == Strategy::AllInOne { 3 } else { 2 }]
            .iter()
            .map(|suffix| names::service(name, suffix))
            .collect(),
        ports,
        pod,
        storage: Fact::Ok(if kept == "memory" { "memory, until the pod ends".to_string() } else { kept.to_string() }),
        ui: Fact::Ok(format!("{}:16686", names::service(name, "query"))),
    }
}

/// Why no operator ever sees this resource.
pub(crate) fn refused(object: Object<'_>) -> Option<Box<Fault>> {
    let version = object.root().get("apiVersion");
    if version.text() != "jaegertracing.io/v1" {
        let why = format!("no cluster serves Jaeger in version `{}`", version.text());
        return Some(Fault::new(Cause::UnservedVersion, version, why, "use jaegertracing.io/v1"));
    }
    let problem = Id::of(object.node).err()?.into_iter().next()?;
    Some(Fault::new(Cause::Malformed, object.name(), problem.message, problem.help))
}

/// What is behind 9411 of the Service, and the port of the pod that takes zipkin when it is another.
fn zipkin(options: Cursor<'_>) -> (Port, Option<u16>) {
    // The option beats the environment variable that the operator sets (measured).
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
    if own == Some(9411) {
        return (Port::Accepts(Speaks::Zipkin), None);
    }
    let why = match value.is_empty() {
        true => "its option `collector.zipkin.host-port` is empty, which closes the receiver".to_string(),
        false => format!("its option `collector.zipkin.host-port` is `{value}`; the Service leads to 9411 of the pod"),
    };
    let help = "remove the option: the operator opens 9411 by itself";
    (Port::Refused(Fault::new(Cause::ReceiverOff, given, why, help)), own)
}
