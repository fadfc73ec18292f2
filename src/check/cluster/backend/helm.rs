//! Helm values of the Jaeger chart: one Service since 4.2, `<release>-collector` and others before.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::config::Config;
use crate::check::cluster::backend::config::Fill;
use crate::check::cluster::tracer::Speaks;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::input::set::Set;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::otel;
use crate::yaml::Node;
use std::collections::BTreeMap;

pub(super) fn all(set: &Set<'_>) -> Vec<Backend> {
    let mut all = Vec::new();
    for (index, values) in set.values.iter().enumerate() {
        let Some(("jaeger", version)) = values.chart.filter(|_| values.unknown.is_none()) else { continue };
        let release = values.release.unwrap_or("jaeger");
        let fullname = match values.node.get("fullnameOverride").and_then(Node::as_str) {
            Some(name) => name.to_string(),
            None if release.contains("jaeger") => release.to_string(),
            None => format!("{release}-jaeger"),
        };
        // What the chart made of them is judged instead. Chart 3 has several Deployments, `<fullname>-collector` and others.
        let made =
            |name: &str| name.strip_prefix(&*fullname).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        if rendered(set).any(made) {
            continue;
        }
        let at = set.chart_values(index);
        let label = format!("Helm release `{release}` of Jaeger");
        let made = match version.and_then(Version::read).is_some_and(|version| version.major() < 4) {
            true => old(label, at, &fullname),
            false => current(label, at, fullname),
        };
        all.push(Backend { namespace: values.namespace.map(str::to_string), ..made });
    }
    all
}

/// The names of the chart's Deployments in the set (Jaeger chart 3 and 4 `templates/_helpers.tpl` `jaeger.labels`).
fn rendered<'a>(set: &Set<'a>) -> impl Iterator<Item = &'a str> {
    set.all(kube::APPS, "Deployment").filter_map(|object| {
        let label = object.root().at(&["metadata", "labels", "helm.sh/chart"]).str();
        let version = label?.strip_prefix("jaeger-")?;
        // The chart of jaeger-operator has a name that begins the same.
        version.starts_with(|c: char| c.is_ascii_digit()).then_some(&*object.id.name)
    })
}

/// What is said of the objects of Jaeger's chart, if they are in the set.
pub(crate) fn judged(set: &Set<'_>) -> Option<String> {
    rendered(set).next()?;
    Some("objects of Jaeger's chart are among these files, and are judged instead of its values".to_string())
}

/// A release of chart 3 or older.
fn old(label: String, at: Cursor<'_>, fullname: &str) -> Backend {
    let all_in_one = at.at(&["allInOne", "enabled"]).bool() == Some(true);
    let given = at.at(&["collector", "service", "zipkin"]).map();
    let zipkin = match all_in_one || given.is_some_and(|map| !map.entries.is_empty()) {
        true => Port::Accepts(Speaks::Zipkin),
        false => {
            let fault = Fault::new(
                Cause::ReceiverOff,
                at.at(&["collector", "service"]),
                "the Jaeger chart 3.x does not open the collector's Zipkin port by default",
                "set `collector.service.zipkin: {port: 9411}`",
            );
            let port = at.at(&["collector", "service", "zipkin", "port"]);
            Port::Refused(fault.fix(Trust::Safe, [Edit::set(port, jaeger::ZIPKIN)]))
        }
    };
    Backend {
        ports: BTreeMap::from([
            (jaeger::GRPC, Port::WrongProtocol("Jaeger's own protocol".to_string())),
            (otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc)),
            (otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp)),
            (jaeger::ZIPKIN, zipkin),
        ]),
        services: vec![format!("{fullname}-collector")],
        ..backend(label, at, Product::JaegerV1, Fact::Ok(format!("{fullname}-query")))
    }
}

/// A release of chart 4 or newer.
fn current(label: String, at: Cursor<'_>, fullname: String) -> Backend {
    let backend = backend(label, at, Product::JaegerV2, Fact::Ok(format!("{fullname}:16686")));
    let root = at.get("userconfig");
    if root.map().is_none() {
        return Backend {
            ports: BTreeMap::from([
                (jaeger::ZIPKIN, Port::Accepts(Speaks::Zipkin)),
                (otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc)),
                (otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp)),
            ]),
            services: vec![fullname],
            ..backend
        };
    }
    let config = Config { root, fill: Fill::Localhost, text: None, image: None, env: None, operated: false };
    let mut ports = config.ports();
    // The Service lists the port whether or not anything listens on it.
    ports.entry(jaeger::ZIPKIN).or_insert_with(|| {
        Port::Refused(Fault::new(
            Cause::ReceiverOff,
            at.at(&["userconfig", "receivers"]),
            "its `userconfig` does not have a zipkin receiver, although the Service lists port 9411",
            "add `receivers.zipkin.endpoint: \"0.0.0.0:9411\"` and list it in the traces pipeline",
        ))
    });
    let (storage, ui) = config.kept();
    Backend { ports, services: vec![fullname], storage, ui, ..backend }
}

/// What all releases have in common.
fn backend(label: String, at: Cursor<'_>, product: Product, ui: Fact) -> Backend {
    Backend {
        alone: false,
        label,
        at: at.location(),
        product,
        version: None,
        namespace: None,
        services: Vec::new(),
        sidecar: None,
        headless: Vec::new(),
        pod: None,
        ports: BTreeMap::new(),
        storage: Fact::Ok("the chart's default".to_string()),
        ui,
    }
}
