//! Why a collector does not start: what `otelcol` rejects in a configuration before it opens a port.

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::config::Config;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::otel::components;
use crate::suggest;

/// The sections of a configuration, and the kind of component each defines.
const SECTIONS: [(&str, &str); 5] = [
    ("receivers", "receiver"),
    ("processors", "processor"),
    ("exporters", "exporter"),
    ("extensions", "extension"),
    ("connectors", "connector"),
];

/// Keys of the components that spans pass, merged over all releases (`mapstructure` tags: jaeger
/// `cmd/jaeger/internal/extension/jaegerquery` v2.0.0 to v2.20.0, `jaegerstorage`, `storageexporter`;
/// opentelemetry-collector `receiver/otlpreceiver`).
const KEYS: [(&str, &str, &[&str]); 4] = [
    (
        "extensions",
        "jaeger_query",
        &[
            "ai",
            "base_path",
            "bearer_token_propagation",
            "enable_tracing",
            "grpc",
            "header_forwarding",
            "http",
            "max_clock_skew_adjust",
            "max_trace_size",
            "multi_tenancy",
            "otlp_proxy",
            "query_interceptors",
            "storage",
            "ui",
        ],
    ),
    ("extensions", "jaeger_storage", &["backends", "metric_backends"]),
    ("exporters", "jaeger_storage_exporter", &["queue", "retry_on_failure", "trace_storage"]),
    ("receivers", "otlp", &["protocols"]),
];

/// Why the process exits at once; `None` if there is no known reason.
pub(super) fn fault(config: &Config<'_>) -> Option<Box<Fault>> {
    unknown_component(config).or_else(|| undefined(config)).or_else(|| unknown_key(config))
}

/// The type in a component's name.
pub(super) fn kind_of(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// All components defined, with their kinds: an unknown type prevents the start even if nothing uses it.
fn defined<'a>(config: &Config<'a>) -> impl Iterator<Item = (&'static str, &'a str, Cursor<'a>)> {
    let root = config.root;
    SECTIONS.into_iter().flat_map(move |(section, kind)| {
        root.get(section).entries().map(move |(name, settings)| (kind, name, settings))
    })
}

fn unknown_component(config: &Config<'_>) -> Option<Box<Fault>> {
    let (distribution, version) = config.image.as_ref()?;
    let (kind, name, at) = defined(config)
        .find(|(kind, name, _)| components::has(*distribution, version.as_ref(), kind, kind_of(name)) == Some(false))?;
    let image = distribution.image();
    let release = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let why = format!("`{image}`{release} does not have the {kind} `{}`, so it does not start", kind_of(name));
    let with = components::with(kind, kind_of(name));
    let help = match with.as_slice() {
        [] => format!("remove it: no current release has this {kind}"),
        [only] if *only == image => format!("use a release of `{image}` that has it"),
        images => format!(
            "use the image {}",
            images.iter().map(|image| format!("`{image}`")).collect::<Vec<_>>().join(" or ")
        ),
    };
    Some(Fault::new(Cause::CollectorComponent, config.key(at), why, help))
}

/// A component that a pipeline or the service refers to but nothing defines (opentelemetry-collector
/// `otelcol/config.go` `Validate`).
fn undefined(config: &Config<'_>) -> Option<Box<Fault>> {
    let service = config.root.get("service");
    let extensions = service.get("extensions").items().map(|at| ("extension", "extensions", at));
    let pipelines = service.get("pipelines").entries().flat_map(|(_, pipeline)| {
        [("receiver", "receivers"), ("processor", "processors"), ("exporter", "exporters")]
            .into_iter()
            .flat_map(move |(kind, section)| pipeline.get(section).items().map(move |at| (kind, section, at)))
    });
    let missing = |(kind, section, at): &(&str, &'static str, Cursor<'_>)| {
        let Some(name) = at.str() else { return false };
        let defined = |section| config.root.get(section).entries().any(|(known, _)| known == name);
        // The operator defines receivers that have defaults.
        let filled = config.fills_receivers() && *kind == "receiver";
        let joins = matches!(*kind, "receiver" | "exporter") && defined("connectors");
        !filled && !defined(section) && !joins
    };
    let (kind, section, at) = extensions.chain(pipelines).find(missing)?;
    let name = at.text();
    let why = format!("it uses the {kind} `{name}`, which is not defined, so the collector does not start");
    let known: Vec<&str> = config.root.get(section).entries().map(|(name, _)| name).collect();
    let help = match suggest::closest(name, known.into_iter()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("define `{name}` under `{section}`, or remove it from the list"),
    };
    Some(Fault::new(Cause::CollectorConfig, config.place(at), why, help))
}

fn unknown_key(config: &Config<'_>) -> Option<Box<Fault>> {
    for (section, component, keys) in KEYS {
        let all = config.root.get(section).entries().filter(|(name, _)| kind_of(name) == component);
        for (key, at) in all.flat_map(|(_, settings)| settings.entries()) {
            if keys.contains(&key) {
                continue;
            }
            let why = format!("`{component}` has no key `{key}`, so the collector does not start");
            let help = match (component, key) {
                ("jaeger_query", "endpoint") => "write `http: {endpoint: ...}` and `grpc: {endpoint: ...}`".to_string(),
                _ => match suggest::closest(key, keys.iter().copied()) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("use one of {}", keys.join(", ")),
                },
            };
            return Some(Fault::new(Cause::CollectorConfig, config.key(at), why, help));
        }
    }
    None
}
