//! The tracer that Envoy is given: by its bootstrap, by its listeners.

use crate::check::embedded::camel;
use crate::check::embedded::field;
use crate::check::hop::HopKind;
use crate::check::mesh::Mesh;
use crate::check::rule::At;
use crate::check::rule::Sink;
use crate::check::rule::Whose;
use crate::check::rule::rules;
use crate::check::tracer;
use crate::check::tracer::Speaks;
use crate::check::tracer::Tracer;
use crate::finding::Severity;
use crate::suggest::Asked;
use serde_json::Value;

rules! {
    MISSING: "tracer-missing", Error, "ProxyDefaults gives Envoy no tracer",
        "Without `envoy_tracing_json` (or a provider in `envoy_listener_tracing_json`, Consul 1.13.2 and later) a proxy \
         makes no spans at all.";
    PARSES: "tracing-json-parses", Error, "`envoy_tracing_json` must be a JSON object with `http.name` and `http.typed_config`",
        "Consul puts the text into Envoy's bootstrap and indents the whole (json.Indent): what is no JSON there keeps the \
         proxy from starting. Nothing checks it before (consul-helm#825).";
    LEGACY: "tracing-legacy-config-field", Error, "`http.config` is of Envoy's v2 API",
        "Envoy v3 has `typed_config` with an `@type`; it refuses its bootstrap with `Cannot find field` (consul-helm#825).";
    TYPE: "tracer-type", Error, "Envoy knows no tracer by this `@type`",
        "Measured with Envoy 1.36 to 1.40: an `@type` that is missing, unknown or of v2 is refused with the whole \
         bootstrap, so the proxy does not start. The tracer's `name` does not matter.";
    FIELD: "envoy-unknown-field", Error, "Envoy has no such field here",
        "Envoy's JSON reader is strict: one unknown field refuses the whole bootstrap, and the proxy does not start \
         (measured with 1.36 to 1.40). Fields may be written in snake or camel case.";
    ENDPOINT_VERSION: "collector-endpoint-version", Error, "zipkin needs `collector_endpoint_version` HTTP_JSON or HTTP_PROTO",
        "Its default is refused by Envoy (api/envoy/config/trace/v3/zipkin.proto), as are unknown words; `GRPC` makes it \
         panic (measured).";
    PATH_MISSING: "collector-endpoint-missing", Error, "zipkin needs `collector_endpoint`",
        "It is required beside `collector_cluster`: Envoy refuses the bootstrap without it (measured).";
    UNSUPPORTED: "tracer-unsupported", Error, "Jaeger does not take what this tracer sends",
        "Jaeger receives zipkin and OTLP. Datadog, SkyWalking, X-Ray and OpenCensus spans need another collector \
         (consul-k8s#992).";
    LISTENER_VERSION: "listener-tracing-version", Warning, "`envoy_listener_tracing_json` needs Consul 1.13.2",
        "Earlier versions ignore it (consul#13998, #14438). It is an error where no other tracer is given.";
    LISTENER_SHAPE: "listener-tracing-shape", Warning, "`envoy_listener_tracing_json` is no HttpConnectionManager.Tracing",
        "It is an `Any`: it needs `@type` `type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing`, \
         samplings are `{\"value\": 0..100}`, and there is no `http` around it. Otherwise Consul logs a warning and uses its \
         default (consul-k8s#2760). It is an error where no other tracer is given.";
    LISTENER_GATEWAY: "listener-tracing-gateway", Warning, "gateways do not use `envoy_listener_tracing_json`",
        "Measured: a gateway with a tracer from `envoy_tracing_json` does not sample and says so with `x-b3-sampled: 0`, \
         which sidecars obey: of plain requests through it 0 of 20 are traced, whatever the listeners' sampling. Requests \
         that carry `x-client-trace-id` are (consul#8714, #9280).";
    LISTENER_NONE: "listener-tracing-none", Error, "the listeners' sampling starts no trace at all",
        "Measured: with `overall_sampling` 0, or with both `client_sampling` and `random_sampling` 0, a sidecar makes no span \
         of a request that arrives without trace headers, not even when it carries `x-client-trace-id`. Behind a gateway \
         that has a tracer it obeys the gateway's `x-b3-sampled`. What is not written is 100 to Envoy.";
    NO_128: "trace-id-128bit", Info, "`trace_id_128bit` is not on",
        "OpenTelemetry SDKs make 128-bit trace ids; with Envoy's 64 bits their spans may end up in two traces \
         (Consul's documentation on distributed tracing).";
    SHARED: "shared-span-context", Warning, "`shared_span_context` is not false",
        "Envoy's default shares a span between client and server, which Jaeger does not expect: it shows one of the two \
         with the other's times (Consul's own example sets false).";
}

const ZIPKIN: [&str; 9] = [
    "collector_cluster",
    "collector_endpoint",
    "trace_id_128bit",
    "shared_span_context",
    "collector_endpoint_version",
    "collector_hostname",
    "split_spans_for_request",
    "trace_context_option",
    "collector_service",
];
const OTEL: [&str; 6] =
    ["grpc_service", "http_service", "service_name", "resource_detectors", "sampler", "max_cache_size"];
/// Tracers of Envoy that send something else.
const OTHERS: [&str; 7] = [
    "DatadogConfig",
    "SkyWalkingConfig",
    "XRayConfig",
    "LightstepConfig",
    "OpenCensusConfig",
    "DynamicOtConfig",
    "TraceServiceConfig",
];
const TRACE: &str = "envoy.config.trace.v3.";
const LISTENER_TYPE: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing";

const BOOT: &str = "envoy_tracing_json";
const LISTENER: &str = "envoy_listener_tracing_json";

/// Whether this Consul uses the listeners' key, as far as is known.
fn listener_used(mesh: &Mesh<'_>) -> Option<bool> {
    mesh.versions.consul.map(|version| version >= (1, 13, 2))
}

/// Reads both tracers into the mesh and reports what is wrong with them.
pub(crate) fn read(mesh: &mut Mesh<'_>, out: &mut Sink) {
    let Some(index) = mesh.defaults else { return };
    let boot = mesh.config_text(BOOT).filter(|text| !text.is_empty());
    let listener = mesh.config_text(LISTENER).filter(|text| !text.is_empty());
    let before = out.0.len();
    if let Some(text) = boot {
        mesh.tracer = bootstrap(index, text, out);
    }
    let boot_broken = out.0.len() > before;
    if let Some(text) = listener {
        let has_boot = boot.is_some();
        mesh.listener_tracer = from_listener(mesh, index, text, has_boot, out);
    }
    if boot.is_none() && !boot_broken && mesh.listener_tracer.is_none() {
        let there = mesh.config_value(BOOT).is_some_and(|node| node.as_str().is_none());
        if !there {
            out.hit(
                &MISSING,
                At::object(index, "/spec/config"),
                "this ProxyDefaults gives Envoy no tracer, so no proxy makes spans",
                "add `envoy_tracing_json` and the collector's cluster in `envoy_extra_static_clusters_json`",
            )
            .breaks(HopKind::Tracer, Whose::All);
        }
    } else if boot.is_none() && mesh.proxies.iter().any(crate::check::mesh::Proxy::is_gateway) {
        out.hit(
            &MISSING,
            At::object(index, "/spec/config"),
            "gateways have no tracer: they do not use `envoy_listener_tracing_json`",
            "add `envoy_tracing_json` for them",
        )
        .severity(Severity::Warning)
        .breaks(HopKind::Tracer, Whose::Gateways);
        // A path without spans is an error, whatever else works.
        if let Some(raw) = out.0.last_mut() {
            raw.severity = Severity::Error;
        }
    }
}

fn at(index: usize, key: &str) -> At {
    At::object(index, format!("/spec/config/{key}"))
}

fn bootstrap(index: usize, text: &str, out: &mut Sink) -> Option<Tracer> {
    let json: Value = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => {
            let message = format!("`{BOOT}` is no JSON: {error}");
            out.hit(&PARSES, at(index, BOOT), message, "mend the JSON; the proxy would not start")
                .breaks(HopKind::Tracer, Whose::All);
            return None;
        }
    };
    let mut refuse = |rule, pointer: &str, message: String, help: &str| {
        out.hit(rule, at(index, BOOT).inner(pointer), message, help).breaks(HopKind::Tracer, Whose::All);
    };
    if !json.is_object() {
        refuse(
            &PARSES,
            "",
            format!("`{BOOT}` is no JSON object"),
            "write `{\"http\": {\"name\": ..., \"typed_config\": {...}}}`",
        );
        return None;
    }
    let Some((_, http)) = field(&json, "http") else {
        refuse(
            &PARSES,
            "",
            format!("`{BOOT}` has no `http`"),
            "write `{\"http\": {\"name\": ..., \"typed_config\": {...}}}`",
        );
        return None;
    };
    for key in json.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| *key != "http") {
        refuse(&FIELD, &format!("/{key}"), format!("Envoy's tracing has no field `{key}`"), "remove it");
    }
    if field(http, "config").is_some() {
        refuse(
            &LEGACY,
            "/http/config",
            "`http.config` is of Envoy's v2 API, Envoy refuses it".to_string(),
            "write `typed_config` with an `@type`",
        );
        return None;
    }
    provider(http, ("/http", BOOT), &mut refuse)
}

type Refuse<'a> = dyn FnMut(&'static crate::check::rule::Rule, &str, String, &str) + 'a;

/// Judges `name` and `typed_config`.
fn provider(http: &Value, (pointer, from): (&str, &'static str), refuse: &mut Refuse<'_>) -> Option<Tracer> {
    let Some((key, config)) = field(http, "typed_config") else {
        refuse(&PARSES, pointer, "the tracer has no `typed_config`".to_string(), "add it, with an `@type`");
        return None;
    };
    for name in http.as_object().into_iter().flatten().map(|(name, _)| name) {
        if !matches!(&**name, "name" | "typed_config" | "typedConfig") {
            refuse(&FIELD, &format!("{pointer}/{name}"), format!("Envoy's tracer has no field `{name}`"), "remove it");
        }
    }
    if http.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        refuse(&PARSES, pointer, "the tracer has no `name`".to_string(), "add `\"name\": \"envoy.tracers.zipkin\"`");
    }
    let place = format!("{pointer}/{key}");
    let help = "write `type.googleapis.com/envoy.config.trace.v3.ZipkinConfig`";
    let Some(kind) = config.get("@type").and_then(Value::as_str) else {
        refuse(&TYPE, &place, "the tracer's `typed_config` has no `@type`".to_string(), help);
        return None;
    };
    let short = kind.rsplit_once('/').and_then(|(_, name)| name.strip_prefix(TRACE));
    let known =
        short.is_some_and(|name| matches!(name, "ZipkinConfig" | "OpenTelemetryConfig") || OTHERS.contains(&name));
    if !known {
        refuse(&TYPE, &format!("{place}/@type"), format!("Envoy knows no tracer `{kind}`"), help);
        return None;
    }
    let tracer = tracer::tracer(http, pointer, from)?;
    let fields: &[&str] = match short {
        Some("ZipkinConfig") => &ZIPKIN,
        Some("OpenTelemetryConfig") => &OTEL,
        _ => {
            let message = format!("Jaeger does not take what `{}` sends", tracer.kind);
            refuse(&UNSUPPORTED, &format!("{place}/@type"), message, "use ZipkinConfig or OpenTelemetryConfig");
            return Some(tracer);
        }
    };
    let mut asked = Asked::default();
    for name in config.as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| *name != "@type") {
        if !fields.iter().any(|field| field == name || camel(field) == **name) {
            let help = match asked.closest(name, fields.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "remove it".to_string(),
            };
            refuse(&FIELD, &format!("{place}/{name}"), format!("Envoy's {} has no field `{name}`", tracer.kind), &help);
        }
    }
    if tracer.speaks == Speaks::Zipkin {
        zipkin(config, &place, refuse);
    }
    Some(tracer)
}

fn zipkin(config: &Value, place: &str, refuse: &mut Refuse<'_>) {
    let version = field(config, "collector_endpoint_version");
    let word = match version.map(|(_, value)| value) {
        Some(Value::String(text)) => text.to_ascii_uppercase(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let help = "write `\"collector_endpoint_version\": \"HTTP_JSON\"`";
    // HTTP_JSON is 1 and HTTP_PROTO 2; Envoy takes enums by number and in any case.
    match &*word {
        "HTTP_JSON" | "HTTP_PROTO" | "1" | "2" => {}
        "" => refuse(
            &ENDPOINT_VERSION,
            place,
            "`collector_endpoint_version` is missing, Envoy refuses its default".to_string(),
            help,
        ),
        _ => refuse(
            &ENDPOINT_VERSION,
            &format!("{place}/{}", version.map_or("", |(key, _)| key)),
            format!("`collector_endpoint_version` is `{word}`, Envoy takes HTTP_JSON or HTTP_PROTO"),
            help,
        ),
    }
    let by_service = field(config, "collector_service").is_some();
    if !by_service && field(config, "collector_endpoint").and_then(|(_, path)| path.as_str()).is_none_or(str::is_empty)
    {
        refuse(
            &PATH_MISSING,
            place,
            "`collector_endpoint` is missing, Envoy refuses the tracer".to_string(),
            "write `\"collector_endpoint\": \"/api/v2/spans\"`",
        );
    }
}

fn from_listener(mesh: &Mesh<'_>, index: usize, text: &str, has_boot: bool, out: &mut Sink) -> Option<Tracer> {
    let used = listener_used(mesh);
    let alone = |raw: &mut crate::check::rule::Raw| {
        if !has_boot {
            raw.severity(Severity::Error).breaks(HopKind::Tracer, Whose::All);
        }
    };
    if used == Some(false) {
        let (major, minor, patch) = mesh.versions.consul.unwrap_or_default();
        alone(out.hit(
            &LISTENER_VERSION,
            at(index, LISTENER).key(),
            format!("Consul {major}.{minor}.{patch} ignores `{LISTENER}`, it came with 1.13.2"),
            "use `envoy_tracing_json`, or a newer Consul",
        ));
        return None;
    }
    let mut wrong = |pointer: Option<String>, message: String, help: &str| {
        let place = match pointer {
            Some(pointer) => at(index, LISTENER).inner(pointer),
            None => at(index, LISTENER),
        };
        alone(out.hit(&LISTENER_SHAPE, place, message, help));
    };
    let help = "write the Tracing message itself: `{\"@type\": \"type.googleapis.com/...HttpConnectionManager.Tracing\", ...}`";
    let json: Value = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => {
            wrong(None, format!("`{LISTENER}` is no JSON: {error}"), help);
            return None;
        }
    };
    if json.get("http").is_some() {
        wrong(Some("/http".to_string()), format!("`{LISTENER}` has the `http` of `{BOOT}` around it"), help);
        return None;
    }
    let kind = json.get("@type").and_then(Value::as_str).unwrap_or_default();
    if kind.rsplit('/').next() != Some(LISTENER_TYPE) {
        wrong(
            Some("/@type".to_string()),
            format!("`{LISTENER}` has no `@type` of HttpConnectionManager.Tracing"),
            help,
        );
        return None;
    }
    let mut samples = false;
    let mut none = Vec::new();
    for name in ["client_sampling", "random_sampling", "overall_sampling"] {
        let Some((key, value)) = field(&json, name) else { continue };
        let percent = value.get("value").map(|value| value.as_f64().filter(|value| (0.0..=100.0).contains(value)));
        let other = value.as_object().is_none_or(|map| map.keys().any(|key| key != "value"));
        if other || percent == Some(None) {
            wrong(
                Some(format!("/{key}")),
                format!("`{key}` must be `{{\"value\": 0..100}}`"),
                "write a percentage, such as `{\"value\": 10}`",
            );
            return None;
        }
        if percent.flatten().unwrap_or(0.0) <= 0.0 {
            none.push(name);
        }
        samples |= name == "random_sampling" && percent.flatten().is_some_and(|percent| percent > 0.0);
    }
    if none.contains(&"overall_sampling") || none == ["client_sampling", "random_sampling"] {
        let named = none.last().copied().unwrap_or_default();
        let pointer = field(&json, named).map_or_else(String::new, |(key, _)| format!("/{key}"));
        out.hit(
            &LISTENER_NONE,
            at(index, LISTENER).inner(pointer),
            format!("`{}` 0: sidecars start no trace, whoever asks for one", none.join("` and `")),
            "leave `overall_sampling` and `client_sampling` at 100, and lower `random_sampling` alone",
        )
        .breaks(HopKind::Starts, Whose::Sidecars);
    }
    if samples && has_boot && mesh.proxies.iter().any(crate::check::mesh::Proxy::is_gateway) {
        out.hit(
            &LISTENER_GATEWAY,
            at(index, LISTENER).key(),
            "gateways do not use this sampling, and sidecars behind them obey their `x-b3-sampled: 0`",
            "expect traces of requests that carry `x-client-trace-id`, or of those that do not come through a gateway",
        );
    }
    let (key, given) = field(&json, "provider")?;
    let mut found = None;
    let mut refused = Vec::new();
    let pointer = format!("/{key}");
    if used != Some(false) {
        found = provider(given, (&pointer, LISTENER), &mut |rule, pointer, message, help| {
            refused.push((rule, pointer.to_string(), message, help.to_string()));
        });
    }
    for (rule, pointer, message, help) in refused {
        out.hit(rule, at(index, LISTENER).inner(pointer), message, help).breaks(HopKind::Tracer, Whose::Sidecars);
    }
    found
}

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    let Some(index) = mesh.defaults else { return };
    for (key, tracer) in [(BOOT, &mesh.tracer), (LISTENER, &mesh.listener_tracer)] {
        let Some(tracer) = tracer.as_ref().filter(|tracer| tracer.speaks == Speaks::Zipkin) else { continue };
        let flag = |name: &str| {
            let (name, value) = field(&tracer.config, name)?;
            let on = value.as_bool().or_else(|| value.as_str().map(|text| text == "true"));
            Some((format!("{}/{name}", tracer.pointer), on.unwrap_or(false)))
        };
        match flag("shared_span_context") {
            Some((_, false)) => {}
            given => {
                let pointer = given.map_or_else(|| tracer.pointer.clone(), |(pointer, _)| pointer);
                out.hit(
                    &SHARED,
                    at(index, key).inner(pointer),
                    "`shared_span_context` is not false; Jaeger does not expect shared spans",
                    "add `\"shared_span_context\": false`",
                );
            }
        }
        if !flag("trace_id_128bit").is_some_and(|(_, on)| on) {
            out.hit(
                &NO_128,
                at(index, key).inner(tracer.pointer.clone()),
                "trace ids have 64 bits; OpenTelemetry SDKs make 128",
                "add `\"trace_id_128bit\": true` if programs make ids of their own",
            );
        }
    }
}
