//! Helm values of the Jaeger chart: one Service since 4.2, `<release>-collector` and others before.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::config::Config;
use crate::check::cluster::backend::config::Fill;
use crate::check::cluster::tracer::Speaks;
use crate::check::input::set::Set;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::otel;
use crate::yaml::Node;
use crate::yaml::Value;
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
        let old = version.and_then(Version::read).is_some_and(|version| version.major() < 4);
        let at = set.chart_values(index);
        let mut ports = BTreeMap::new();
        let (mut storage, mut ui) =
            (Fact::Ok("the chart's default".to_string()), Fact::Ok(format!("{fullname}:16686")));
        let mut services = vec![fullname.clone()];
        if old {
            let one = matches!(values.node.path(&["allInOne", "enabled"]), Some(Node { value: Value::Bool(true), .. }));
            services = vec![format!("{fullname}-collector")];
            ui = Fact::Ok(format!("{fullname}-query"));
            ports.insert(jaeger::GRPC, Port::WrongProtocol("Jaeger's own protocol".to_string()));
            ports.insert(otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc));
            ports.insert(otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp));
            let given = values.node.path(&["collector", "service", "zipkin"]).and_then(Node::as_map);
            let open = one || given.is_some_and(|map| !map.entries.is_empty());
            ports.insert(
                jaeger::ZIPKIN,
                match open {
                    true => Port::Accepts(Speaks::Zipkin),
                    false => Port::Refused(Fault::new(
                        Cause::ReceiverOff,
                        at.at(&["collector", "service"]),
                        "the Jaeger chart 3.x does not open the collector's Zipkin port by default",
                        "set `collector.service.zipkin: {port: 9411}`",
                    )),
                },
            );
        } else if at.get("userconfig").map().is_some() {
            let config =
                Config { root: at.get("userconfig"), fill: Fill::Localhost, text: None, image: None, env: None };
            ports = config.ports();
            (storage, ui) = config.kept();
            // The Service lists the port whether or not anything listens on it.
            ports.entry(jaeger::ZIPKIN).or_insert_with(|| {
                Port::Refused(Fault::new(
                    Cause::ReceiverOff,
                    at.at(&["userconfig", "receivers"]),
                    "its `userconfig` does not have a zipkin receiver, although the Service lists port 9411",
                    "add `receivers.zipkin.endpoint: \"0.0.0.0:9411\"` and list it in the traces pipeline",
                ))
            });
        } else {
            ports.insert(jaeger::ZIPKIN, Port::Accepts(Speaks::Zipkin));
            ports.insert(otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc));
            ports.insert(otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp));
        }
        all.push(Backend {
            label: format!("Helm release `{release}` of Jaeger"),
            at: at.location(),
            product: if old { Product::JaegerV1 } else { Product::JaegerV2 },
            version: None,
            namespace: None,
            services,
            sidecar: None,
            headless: Vec::new(),
            pod: None,
            ports,
            storage,
            ui,
        });
    }
    all
}
