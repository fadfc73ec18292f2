//! Jaeger resources: what jaeger-operator makes of them (1.37 `pkg/strategy`, `pkg/service`, `pkg/deployment`).

use crate::check::backend::Backend;
use crate::check::backend::Fact;
use crate::check::backend::Port;
use crate::check::backend::Product;
use crate::check::backend::Refused;
use crate::check::mesh::Mesh;
use crate::check::rule::At;
use crate::check::rules::defaults;
use crate::check::rules::input;
use crate::check::rules::jaeger;
use crate::check::set::Item;
use crate::check::set::Set;
use crate::check::tracer::Speaks;
use crate::check::version;
use crate::check::version::Version;
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

/// An option by its dotted name, whether written flat or nested, with its pointer.
pub(crate) fn option<'a>(options: Option<&'a Node>, name: &str) -> Option<(&'a Node, String)> {
    fn seek<'a>(node: &'a Node, name: &str, path: &str) -> Option<(&'a Node, String)> {
        for entry in &node.as_map()?.entries {
            let path = format!("{path}/{}", crate::check::set::step(&entry.key));
            if *entry.key == *name {
                return Some((&entry.value, path));
            }
            if let Some(rest) = name.strip_prefix(&*entry.key).and_then(|rest| rest.strip_prefix('.'))
                && let Some(found) = seek(&entry.value, rest, &path)
            {
                return Some(found);
            }
        }
        None
    }
    seek(options?, name, "")
}

pub(super) fn all(mesh: &Mesh<'_>) -> Vec<Backend> {
    let set = mesh.set;
    let jaegers = set.of("jaegertracing.io", "Jaeger");
    if jaegers.is_empty() {
        return Vec::new();
    }
    let own = mesh.workloads.iter().find_map(|workload| {
        workload.containers().find_map(|(_, container)| {
            let image = container.get("image").and_then(Node::as_str)?;
            (version::image_name(image).1 == "jaeger-operator").then(|| version::tag(image).and_then(version::parse))?
        })
    });
    let operator = own.or_else(|| mesh.options.jaeger.as_deref().and_then(version::parse));
    jaegers.iter().map(|index| backend(set, *index, operator)).collect()
}

fn backend(set: &Set<'_>, index: usize, operator: Option<Version>) -> Backend {
    let item = &set.items[index];
    let spec = item.node.get("spec");
    let strategy = strategy(spec);
    let part = if strategy == Strategy::AllInOne { "allInOne" } else { "collector" };
    let options = spec.and_then(|spec| spec.path(&[part, "options"]));
    let name = &item.id.name;
    let mut ports = BTreeMap::new();
    for port in [14250, 14267, 14268, 14269] {
        ports.insert(port, Port::Deaf("Jaeger's own protocol".to_string()));
    }
    let (by_service, own) = zipkin(index, part, options);
    ports.insert(9411, by_service);
    let otlp = option(options, "collector.otlp.enabled").map(|(node, _)| &node.value);
    let off =
        matches!(otlp, Some(Value::Bool(false))) || matches!(otlp, Some(Value::String(text)) if &**text == "false");
    if !off {
        ports.insert(4317, Port::Takes(Speaks::OtlpGrpc));
        ports.insert(4318, Port::Takes(Speaks::OtlpHttp));
    }
    let mut pod = ports.clone();
    pod.extend(own.map(|port| (port, Port::Takes(Speaks::Zipkin))));
    if let Some(Refused { rule, path, why, help }) = refused(item) {
        for port in ports.values_mut().chain(pod.values_mut()) {
            let at = Box::new(At::object(index, path));
            *port = Port::Closed(rule, why.clone(), help.to_string(), at);
        }
    }
    let kept = storage(spec);
    let image = text(spec, &[part, "image"]).and_then(version::tag);
    Backend {
        label: item.id.to_string(),
        at: At::object(index, "/metadata/name"),
        product: Product::JaegerV1,
        // Without an image of its own it is the operator's version, which the resource does not say.
        version: match image {
            Some("latest") => Some((1, 76, 0)),
            Some(tag) => version::parse(tag),
            None => operator,
        },
        namespace: Some(item.id.namespace.to_string()),
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
pub(crate) fn refused(item: &Item<'_>) -> Option<Refused> {
    let version = item.node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
    if version != "jaegertracing.io/v1" {
        return Some(Refused {
            rule: &defaults::CRD,
            path: "/apiVersion",
            why: format!("there is no Jaeger of `{version}`"),
            help: "use jaegertracing.io/v1",
        });
    }
    let problem = Id::of(item.node).err()?.into_iter().next()?;
    Some(Refused { rule: &input::MALFORMED, path: "/metadata/name", why: problem.message, help: problem.help })
}

/// What is behind 9411 of the Service, and the port of the pod that takes zipkin when it is another.
fn zipkin(index: usize, part: &str, options: Option<&Node>) -> (Port, Option<u16>) {
    // The option beats the environment variable that the operator sets (measured).
    let Some((node, path)) = option(options, "collector.zipkin.host-port") else {
        return (Port::Takes(Speaks::Zipkin), None);
    };
    let value = match &node.value {
        Value::String(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        _ => return (Port::Unknown("its `collector.zipkin.host-port` is no text".to_string()), None),
    };
    let (host, port) = value.rsplit_once(':').unwrap_or(("", &value));
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let own = port.parse().ok().filter(|_| !local);
    if own == Some(9411) {
        return (Port::Takes(Speaks::Zipkin), None);
    }
    let why = match value.is_empty() {
        true => "its option `collector.zipkin.host-port` is empty, which closes the receiver".to_string(),
        false => format!("its option `collector.zipkin.host-port` is `{value}`; the Service leads to 9411 of the pod"),
    };
    let at = At::object(index, format!("/spec/{part}/options{path}"));
    let help = "remove the option: the operator opens 9411 by itself".to_string();
    (Port::Closed(&jaeger::RECEIVER_OFF, why, help, Box::new(at)), own)
}
