//! The images of a render: what they are by default, and what `images` and `registry` make of them.
//!
//! In: the settings. Out: each image by name, with what pulls it. Sources: the charts' `values.yaml` (`global.image*`),
//! jaeger-operator 1.65 `pkg/cmd/start/main.go`, the release manifests of the operators, cert-manager's of 1.20.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Context;
use crate::model::backend;
use crate::model::settings::Agent;
use crate::model::settings::Backend;
use crate::model::settings::Manage;
use crate::model::settings::Settings;
use crate::model::settings::StorageType;
use crate::model::settings::Strategy;
use crate::model::settings::UiProxy;
use crate::stack::consul;
use crate::stack::consul::chart::Architecture;
use crate::stack::consul::chart::Chart;
use crate::stack::image;
use crate::stack::jaeger;
use crate::stack::jaeger::operator;
use crate::stack::oauth2_proxy;
use crate::stack::otel;
use crate::suggest;
use serde::Serialize;
use std::collections::BTreeMap;

/// An image that something in the render pulls.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The reference to pull.
    pub reference: String,
    /// Whether it is another one than the chart, the operator or the program would pull by itself.
    pub changed: bool,
    /// What pulls it, in words.
    pub by: &'static str,
    /// Whether this render does, and not only another one.
    pub used: bool,
}

/// The images by the names that `images` of a profile uses.
pub type Images = BTreeMap<&'static str, Image>;

/// A row of the table: name, default, what pulls it, and whether this render does.
type Row = (&'static str, String, &'static str, bool);

pub(crate) fn derive(settings: &Settings, chart: &Chart, context: &Context<'_>, found: &mut Findings) -> Images {
    let rows = rows(settings, chart);
    let known: Vec<&'static str> = rows.iter().map(|(name, ..)| *name).collect();
    for name in settings.images.keys().filter(|name| !known.contains(&name.as_str())) {
        let message = format!("`images.{name}`: there is no image of this name");
        let help = match suggest::closest(name, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`? `meshtrace show images` lists the images of a render"),
            None => format!("known: {}", known.join(", ")),
        };
        let place = context.place(&["images", name]);
        found.push(Finding::error(ids::UNKNOWN_KEY, message).at(place).help(help));
    }
    rows.into_iter()
        .map(|(name, default, by, used)| {
            let mut reference = default.clone();
            if let Some(pin) = settings.images.get(name) {
                reference = image::pinned(&reference, pin.tag.as_deref(), pin.digest.as_deref());
            }
            if settings.registry.host != "none" {
                reference = image::in_registry(&reference, &settings.registry.host);
            }
            let changed = reference != default;
            (name, Image { reference, changed, by, used })
        })
        .collect()
}

fn rows(settings: &Settings, chart: &Chart) -> Vec<Row> {
    let mut rows = of_consul(settings, chart);
    rows.extend(of_jaeger(settings));
    rows.extend(of_operators(settings));
    rows
}

fn of_consul(settings: &Settings, chart: &Chart) -> Vec<Row> {
    let ours = settings.consul.manage == Manage::Chart;
    let agents = chart.world == Architecture::Agents;
    let server = match settings.consul.image.as_str() {
        "auto" if settings.consul.enterprise.enabled => consul::enterprise_image(chart.consul),
        "auto" => format!("hashicorp/consul:{}", chart.consul),
        image => image.to_owned(),
    };
    let by = "the Consul chart";
    let control = format!("hashicorp/consul-k8s-control-plane:{}", chart.control_plane());
    vec![
        ("consul", server, by, ours),
        ("consul-k8s", control, by, ours),
        (if agents { "envoy" } else { "consul-dataplane" }, chart.proxy_reference(), by, ours),
    ]
}

fn of_jaeger(settings: &Settings) -> Vec<Row> {
    let wanted = &settings.jaeger;
    let backend = wanted.backend;
    let v1 = backend == Backend::OperatorV1;
    let v2 = backend::of(settings).v2;
    let version = if v1 { backend::operator_version(settings) } else { &wanted.version };
    let (kind, here) = (wanted.storage.kind, v1 || v2);
    let elastic = here && matches!(kind, StorageType::Elasticsearch | StorageType::Opensearch);
    let single = wanted.strategy == Strategy::AllInOne;
    let own = |name: &str| format!("{}/{name}:{version}", jaeger::IMAGE_OWNER);
    let by = "Jaeger";
    let jobs = "Jaeger's jobs";
    let agent = operator::find(version).map_or_else(|_| version.to_owned(), |operator| operator.agent);
    let with_agent = settings.services.values().any(|service| service.agent.is_some_and(|agent| agent != Agent::None));
    let schema = v1 && kind == StorageType::Cassandra && wanted.storage.cassandra.create_schema;
    let relay = backend == Backend::External && !wanted.external.headers.is_empty();
    let proxied = here && wanted.ui.auth.proxy == UiProxy::Oauth2Proxy;
    vec![
        ("jaeger", jaeger::v2_image(&wanted.version), by, v2),
        ("jaeger-all-in-one", own("all-in-one"), by, v1 && single),
        ("jaeger-collector", own("jaeger-collector"), by, v1 && !single),
        ("jaeger-query", own("jaeger-query"), by, v1 && !single),
        ("jaeger-ingester", own("jaeger-ingester"), by, v1 && wanted.strategy == Strategy::Streaming),
        ("jaeger-agent", jaeger::agent_image(&agent), "agents", v1 && with_agent),
        ("jaeger-es-index-cleaner", own("jaeger-es-index-cleaner"), jobs, elastic),
        ("jaeger-es-rollover", own("jaeger-es-rollover"), jobs, elastic && wanted.storage.rollover.enabled),
        ("jaeger-cassandra-schema", own("jaeger-cassandra-schema"), jobs, schema),
        ("spark-dependencies", jaeger::DEPENDENCIES_IMAGE.to_owned(), jobs, here && wanted.storage.dependencies),
        ("opentelemetry-collector", wanted.external.relay.clone(), "the relay", relay),
        ("oauth2-proxy", oauth2_proxy::IMAGE.to_owned(), "the UI's proxy", proxied),
    ]
}

fn of_operators(settings: &Settings) -> Vec<Row> {
    let v1 = settings.jaeger.backend == Backend::OperatorV1;
    let v2 = settings.jaeger.backend == Backend::OtelOperatorV2;
    let version = &settings.operators.opentelemetry.version;
    let by = "the operator's manifest";
    vec![
        ("jaeger-operator", operator::image(backend::operator_version(settings)), by, v1),
        ("kube-rbac-proxy", operator::RBAC_PROXY.to_owned(), by, v1),
        ("opentelemetry-operator", otel::operator_image(version), by, v2),
    ]
}
