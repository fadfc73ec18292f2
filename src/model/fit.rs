//! Whether the parts of the chosen stack work together: backend and versions, tracer and Envoy, gateway and chart. Each
//! mismatch is reported at the profile's line with a way to fix it.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::Context;
use crate::model::backend;
use crate::model::format::Format;
use crate::model::settings::Agent;
use crate::model::settings::Backend;
use crate::model::settings::IngressKind;
use crate::model::settings::SamplingAt;
use crate::model::settings::Settings;
use crate::model::settings::StorageType;
use crate::model::settings::Tracer;
use crate::model::settings::UiExposure;
use crate::model::settings::UiProxy;
use crate::stack::consul::chart;
use crate::stack::consul::decode;
use crate::stack::jaeger;
use crate::stack::jaeger::is_v2_chart;
use crate::stack::jaeger::operator;
use crate::stack::otel;
use crate::suggest;

pub(crate) fn check(settings: &Settings, context: &Context<'_>, found: &mut Findings) {
    let mut report = |rule: RuleId, path: &[&str], message: String, help: String| {
        found.push(Finding::error(rule, message).at(context.place(path)).help(help));
    };
    match settings.jaeger.backend {
        Backend::OperatorV1 => jaeger_operator(settings, &mut report),
        Backend::OtelOperatorV2 => {
            jaeger_v2(settings, &mut report);
            opentelemetry_operator(settings, &mut report);
        }
        Backend::HelmV2 => {
            jaeger_v2(settings, &mut report);
            jaeger_chart(settings, &mut report);
            not_in_the_mesh(settings, &mut report);
        }
        Backend::External => external(settings, &mut report),
    }
    agents(settings, &mut report);
    tracer(settings, &mut report);
    sampling(settings, &mut report);
    gateways(settings, &mut report);
    let sampling = &settings.tracing.sampling;
    if sampling.at == SamplingAt::Sidecars && sampling.percent == 0.0 {
        let message =
            "`tracing.sampling.at: sidecars` with `percent: 0` never starts a trace, and gateways send no spans";
        let place = context.place(&["tracing", "sampling", "at"]);
        found.push(
            Finding::warning(ids::SAMPLING_INERT, message)
                .at(place)
                .help("set tracing.sampling.percent, such as 100 for all requests"),
        );
    }
}

type Report<'a> = dyn FnMut(RuleId, &[&str], String, String) + 'a;

fn jaeger_operator(settings: &Settings, report: &mut Report<'_>) {
    let version = backend::operator_version(settings);
    let Err(known) = operator::find(version) else { return };
    let path: &[&str] = match settings.operators.jaeger.version.as_str() {
        "auto" => &["jaeger", "version"],
        _ => &["operators", "jaeger", "version"],
    };
    let help = match suggest::closest(version, known.iter().copied()) {
        _ if version.starts_with("2.") => {
            "it runs Jaeger v1 only; for v2 set jaeger.backend: otel-operator-v2 or helm-v2".to_string()
        }
        Some(close) => format!("did you mean {close}? supported: {} to {}", known[0], known[known.len() - 1]),
        None => format!("supported: {} to {}", known[0], known[known.len() - 1]),
    };
    report(ids::UNKNOWN_OPERATOR, path, format!("jaeger-operator {version} does not exist"), help);
}

fn jaeger_v2(settings: &Settings, report: &mut Report<'_>) {
    let jaeger = &settings.jaeger;
    let backend = jaeger.backend.as_str();
    let known = jaeger::V2;
    if !known.contains(&jaeger.version.as_str()) {
        let newest = known[known.len() - 1];
        let message = format!("`jaeger.backend: {backend}` runs Jaeger v2, but `jaeger.version` is {}", jaeger.version);
        let help = match suggest::closest(&jaeger.version, known.iter().copied()) {
            Some(close) if jaeger.version.starts_with("2.") => {
                format!("did you mean {close}? {} to {newest}", known[0])
            }
            _ => format!("set jaeger.version: {newest}, or add the profile modern"),
        };
        report(ids::UNKNOWN_JAEGER, &["jaeger", "version"], message, help);
    }
    if jaeger.storage.kind == StorageType::GrpcPlugin {
        let message = "`jaeger.storage.type: grpc-plugin` works only with Jaeger v1".to_string();
        let help = "use memory, badger, elasticsearch or cassandra; configure remote storage in jaeger.spec";
        report(ids::STORAGE_OF_V1, &["jaeger", "storage", "type"], message, help.to_string());
    }
    for key in jaeger.spec.keys().filter(|key| jaeger::SPEC_OF_V1.contains(&key.as_str())) {
        let message = format!("`jaeger.spec.{key}` is a field of the Jaeger resource, which {backend} does not use");
        let help = match jaeger.backend {
            Backend::HelmV2 => "here jaeger.spec is merged into the chart's values: jaeger, userconfig, ...",
            _ => "here jaeger.spec is merged into the spec of the OpenTelemetryCollector: config, resources, env, ...",
        };
        report(ids::SPEC_OF_V1, &["jaeger", "spec", key], message, help.to_string());
    }
}

fn opentelemetry_operator(settings: &Settings, report: &mut Report<'_>) {
    let version = &settings.operators.opentelemetry.version;
    if otel::find(version).is_none() {
        let known: Vec<&str> = otel::OPERATORS.iter().map(|release| release.version).collect();
        let message = format!("`operators.opentelemetry.version` is {version}, which is an unsupported version");
        let help = format!("known: {}", known.join(", "));
        report(ids::UNKNOWN_OPERATOR, &["operators", "opentelemetry", "version"], message, help);
    }
}

fn jaeger_chart(settings: &Settings, report: &mut Report<'_>) {
    let jaeger = &settings.jaeger;
    if !is_v2_chart(&jaeger.chart) {
        let message = format!("`jaeger.chart` is {}, expected 4.2.0 or a newer 4.x", jaeger.chart);
        let help = "older charts run Jaeger v1 or name their Services differently".to_string();
        report(ids::UNKNOWN_CHART, &["jaeger", "chart"], message, help);
    }
    let hosts = jaeger.spec.get("jaeger").and_then(|jaeger| jaeger["ingress"]["hosts"].as_array());
    let ours = jaeger.ui.host != "none" || jaeger.ui.auth.proxy != UiProxy::None;
    if jaeger.ui.expose == UiExposure::Ingress && !ours && hosts.is_none_or(Vec::is_empty) {
        let message =
            "`jaeger.ui.expose: ingress` needs a host: the API server refuses the chart's Ingress without one"
                .to_string();
        let help = "set jaeger.ui.host, or jaeger.spec.jaeger.ingress.hosts, a list of names".to_string();
        report(ids::MISSING_KEY, &["jaeger", "ui", "expose"], message, help);
    }
    if let Err(why) = Format::ServiceName.check(&jaeger.name) {
        let message = format!(
            "`jaeger.name` also names the chart's Service, and `{}` is not a valid Service name: {why}",
            jaeger.name
        );
        report(ids::INVALID_NAME, &["jaeger", "name"], message, "use letters, digits and `-`".to_string());
    }
}

/// The chart does not put our annotations on its pod (jaeger-4.11.1 `templates/jaeger/jaeger-deploy.yaml`).
fn not_in_the_mesh(settings: &Settings, report: &mut Report<'_>) {
    let namespace = &settings.jaeger.namespace;
    let denied = settings.consul.values.get("connectInject").and_then(|inject| inject["k8sDenyNamespaces"].as_array());
    let denied = denied.is_some_and(|list| list.iter().any(|one| one == namespace.as_str()));
    let allowed = &settings.consul.inject.allow_namespaces;
    let allowed = allowed.iter().any(|one| one == "*" || one == namespace);
    if settings.consul.inject.default && allowed && !denied {
        let message = "`consul.inject.default: true` would inject a sidecar into Jaeger, and its chart cannot opt out";
        let help = format!(
            "set consul.values.connectInject.k8sDenyNamespaces: [{namespace}] and move applications to another namespace, or use otel-operator-v2"
        );
        report(ids::JAEGER_IN_MESH, &["consul", "inject", "default"], message.to_string(), help);
    }
}

fn external(settings: &Settings, report: &mut Report<'_>) {
    let external = &settings.jaeger.external;
    if external.address == "none" {
        let message = "`jaeger.backend: external` needs the address to send spans to".to_string();
        let help = "set jaeger.external.address, such as tempo.example:4317 (otlp) or zipkin.example:9411";
        report(ids::MISSING_KEY, &["jaeger", "backend"], message, help.to_string());
    }
}

/// jaeger-agent ended with v1: not published since 1.63, its code removed in 1.68 and 2.5.
fn agents(settings: &Settings, report: &mut Report<'_>) {
    if backend::of(settings).supports_agent {
        return;
    }
    let backend = settings.jaeger.backend.as_str();
    for (name, service) in &settings.services {
        let Some(agent) = service.agent.filter(|agent| *agent != Agent::None) else { continue };
        let message =
            format!("`services.{name}.agent: {}` needs a jaeger-agent, which {backend} does not have", agent.as_str());
        let jaeger = backend::derive(settings);
        let to = match jaeger.collector.service.as_str() {
            "" => "the collector".to_string(),
            service => format!("{service}.{}.svc", settings.jaeger.namespace),
        };
        let mut help = format!(
            "set agent: none and make the program's OpenTelemetry SDK send to {to}, port {} (gRPC) or {} (HTTP)",
            otel::OTLP_GRPC,
            otel::OTLP_HTTP
        );
        if settings.jaeger.backend == Backend::OtelOperatorV2 {
            let annotation = otel::INJECT;
            help.push_str(&format!("; or inject the OpenTelemetry sidecar with {annotation} on the pod template"));
        }
        report(ids::AGENT_UNSUPPORTED, &["services", name, "agent"], message, help);
    }
}

fn tracer(settings: &Settings, report: &mut Report<'_>) {
    if settings.tracing.tracer == Tracer::Otlp
        && settings.jaeger.backend == Backend::OperatorV1
        && let Ok(operator) = operator::find(backend::operator_version(settings))
        && !operator.otlp
    {
        let message = format!("`tracing.tracer: otlp` needs Jaeger 1.35, but jaeger-operator is {}", operator.version);
        report(
            ids::OTLP_UNSUPPORTED,
            &["tracing", "tracer"],
            message,
            "use zipkin, or a newer jaeger.version".to_string(),
        );
    }
    let Some(chart) = chart::find(&settings.consul.chart) else { return };
    if settings.tracing.tracer == Tracer::Otlp && !chart.otlp {
        let message = format!(
            "`tracing.tracer: otlp` needs Envoy 1.23, but `consul.chart` {} runs Envoy {}",
            chart.version, chart.envoy
        );
        report(
            ids::OTLP_UNSUPPORTED,
            &["tracing", "tracer"],
            message,
            "use zipkin, or consul.chart 0.49.8 or newer".to_string(),
        );
    }
}

fn sampling(settings: &Settings, report: &mut Report<'_>) {
    let sampling = &settings.tracing.sampling;
    if sampling.at == SamplingAt::Clients && sampling.percent > 0.0 {
        let message = "`tracing.sampling.percent` has no effect with `tracing.sampling.at: clients`".to_string();
        let help = "set it to 0, or set tracing.sampling.at: sidecars".to_string();
        report(ids::SAMPLING_INERT, &["tracing", "sampling", "percent"], message, help);
    }
    if sampling.at == SamplingAt::Sidecars
        && let Some(chart) = chart::find(&settings.consul.chart)
        && !chart.listener_tracing
    {
        let message = format!(
            "`tracing.sampling.at: sidecars` needs Consul 1.13.2, but `consul.chart` {} installs {}, which ignores it",
            chart.version, chart.consul
        );
        report(
            ids::SAMPLING_UNSUPPORTED,
            &["tracing", "sampling", "at"],
            message,
            "use clients, or consul.chart 0.49.8 or newer".to_string(),
        );
    } else if sampling.at == SamplingAt::Sidecars
        && settings.tracing.tracer == Tracer::Otlp
        && let Some(chart) = chart::find(&settings.consul.chart)
        && chart.otlp
        && !decode::passes_otlp(chart.consul)
    {
        let message = format!(
            "`consul.chart` {} installs Consul {}, which does not know the tracer that `tracing.tracer: otlp` sends to sidecars",
            chart.version, chart.consul
        );
        report(
            ids::SAMPLING_UNSUPPORTED,
            &["tracing", "sampling", "at"],
            message,
            "use `tracing.tracer: zipkin`, `tracing.sampling.at: clients`, or consul.chart 1.0.11 or newer".to_string(),
        );
    }
}

fn gateways(settings: &Settings, report: &mut Report<'_>) {
    if settings.ingress.kind != IngressKind::ApiGateway {
        return;
    }
    if let Some(chart) = chart::find(&settings.consul.chart).filter(|chart| !chart.api_gateway) {
        let message = format!("`ingress.kind: api-gateway` needs chart 1.2.0, but `consul.chart` is {}", chart.version);
        let help = "use ingress-gateway, or a newer consul.chart (`meshtrace show versions`)".to_string();
        report(ids::API_GATEWAY_UNSUPPORTED, &["ingress", "kind"], message, help);
    }
    for (name, gateway) in &settings.ingress.gateways {
        if gateway.node_port.is_some() {
            let message = format!("`ingress.gateways.{name}.nodePort` cannot be set for an API gateway");
            let help = "remove it; Kubernetes picks the Service's node port".to_string();
            report(ids::NODE_PORT_INERT, &["ingress", "gateways", name, "nodePort"], message, help);
        }
    }
}
