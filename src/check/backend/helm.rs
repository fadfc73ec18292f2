//! Helm values of the Jaeger chart: one Service from 4.2 on, `<release>-collector` and others before.

use crate::check::backend::Backend;
use crate::check::backend::Fact;
use crate::check::backend::Port;
use crate::check::backend::Product;
use crate::check::backend::collector::Config;
use crate::check::backend::collector::Fill;
use crate::check::rule::At;
use crate::check::rules::jaeger;
use crate::check::set::Set;
use crate::check::tracer::Speaks;
use crate::check::version;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;

pub(super) fn all(set: &Set<'_>) -> Vec<Backend> {
    let mut all = Vec::new();
    for (index, values) in set.values.iter().enumerate() {
        let Some(("jaeger", version)) = values.chart else { continue };
        let release = values.release.unwrap_or("jaeger");
        let fullname = match values.node.get("fullnameOverride").and_then(Node::as_str) {
            Some(name) => name.to_string(),
            None if release.contains("jaeger") => release.to_string(),
            None => format!("{release}-jaeger"),
        };
        let old = version.and_then(version::parse).is_some_and(|version| version.0 < 4);
        let at = At::values(index, "");
        let mut ports = BTreeMap::new();
        let (mut storage, mut ui) = (Fact::Ok("the chart's".to_string()), Fact::Ok(format!("{fullname}:16686")));
        let mut services = vec![fullname.clone()];
        if old {
            let one = matches!(values.node.path(&["allInOne", "enabled"]), Some(Node { value: Value::Bool(true), .. }));
            services = vec![format!("{fullname}-collector")];
            ui = Fact::Ok(format!("{fullname}-query"));
            ports.insert(14250, Port::Deaf("Jaeger's own protocol".to_string()));
            ports.insert(4317, Port::Takes(Speaks::OtlpGrpc));
            ports.insert(4318, Port::Takes(Speaks::OtlpHttp));
            let given = values.node.path(&["collector", "service", "zipkin"]).and_then(Node::as_map);
            let open = one || given.is_some_and(|map| !map.entries.is_empty());
            ports.insert(
                9411,
                match open {
                    true => Port::Takes(Speaks::Zipkin),
                    false => Port::Closed(
                        &jaeger::RECEIVER_OFF,
                        "the collector of the Jaeger chart 3.x opens no zipkin port unless told".to_string(),
                        "set `collector.service.zipkin: {port: 9411}`".to_string(),
                        Box::new(At::values(index, "/collector/service")),
                    ),
                },
            );
        } else if let Some(node) = values.node.get("userconfig").filter(|node| node.as_map().is_some()) {
            let at = |pointer: &str| At::values(index, format!("/userconfig{pointer}"));
            let config = Config { node, fill: Fill::Localhost, at: &at };
            ports = config.ports();
            (storage, ui) = config.keeping();
            // The Service lists the port whether or not somebody listens.
            ports.entry(9411).or_insert_with(|| {
                Port::Closed(
                    &jaeger::RECEIVER_OFF,
                    "its `userconfig` has no zipkin receiver; the Service lists 9411 all the same".to_string(),
                    "add `receivers.zipkin.endpoint: \"0.0.0.0:9411\"` and name it in the traces pipeline".to_string(),
                    Box::new(at("/receivers")),
                )
            });
        } else {
            ports.insert(9411, Port::Takes(Speaks::Zipkin));
            ports.insert(4317, Port::Takes(Speaks::OtlpGrpc));
            ports.insert(4318, Port::Takes(Speaks::OtlpHttp));
        }
        all.push(Backend {
            label: format!("Helm release `{release}` of Jaeger"),
            at,
            product: if old { Product::JaegerV1 } else { Product::JaegerV2 },
            version: None,
            namespace: None,
            services,
            headless: Vec::new(),
            pod: BTreeMap::new(),
            ports,
            storage,
            ui,
        });
    }
    all
}
