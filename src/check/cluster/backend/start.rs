//! Why a collector does not start: what `otelcol` rejects in a configuration before it opens a port.

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::component::Component;
use crate::check::cluster::backend::component::defined;
use crate::check::cluster::backend::component::kind_of;
use crate::check::cluster::backend::config::Config;
use crate::check::cluster::backend::limits;
use crate::check::cluster::backend::pipelines;
use crate::check::cluster::backend::settings;
use crate::check::cluster::backend::shape;
use crate::check::cluster::backend::telemetry;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::otel::components;
use crate::suggest;

/// Why the process exits at once; `None` if there is no known reason.
pub(super) fn fault(config: &Config<'_>) -> Option<Box<Fault>> {
    shape::fault(config)
        .or_else(|| unknown_component(config))
        .or_else(|| undefined(config))
        .or_else(|| defined(config).find_map(|component| settings::fault(config, component)))
        .or_else(|| defined(config).find_map(|component| limits::fault(config, component)))
        .or_else(|| pipelines::fault(config))
        .or_else(|| telemetry::fault(config))
}

fn unknown_component(config: &Config<'_>) -> Option<Box<Fault>> {
    let (distribution, version) = config.image.as_ref()?;
    let lacks = |component: &Component<'_>| {
        let has = |name| components::has(*distribution, version.as_ref(), component.kind, name);
        // A name that no image has may be new, unless it is a misspelt one.
        has(component.ty()).map_or_else(|| misspelt(config, component.kind, component.ty()).is_some(), |has| !has)
    };
    let Component { kind, name, at } = defined(config).find(lacks)?;
    let image = distribution.image();
    let release = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let why = format!("`{image}`{release} does not have the {kind} `{}`, so it does not start", kind_of(name));
    let with = components::with(kind, kind_of(name));
    let help = match with.as_slice() {
        [] if let Some(close) = misspelt(config, kind, kind_of(name)) => {
            format!("did you mean `{close}`?")
        }
        [] => format!("remove it: no current release has this {kind}"),
        [only] if *only == image => format!("use a release of `{image}` that has it"),
        images => format!(
            "use the image {}",
            images.iter().map(|image| format!("`{image}`")).collect::<Vec<_>>().join(" or ")
        ),
    };
    Some(Fault::new(Cause::CollectorComponent, config.key(at), why, help))
}

/// The component of the image that a name means which no image has, if one is close enough.
fn misspelt(config: &Config<'_>, kind: &str, name: &str) -> Option<&'static str> {
    let (distribution, version) = config.image.as_ref()?;
    let own = components::all(*distribution, version.as_ref(), kind);
    suggest::closest(&components::key(name), own.into_iter()).filter(|close| name.len().abs_diff(close.len()) <= 2)
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
