//! The shape of a collector's configuration: its sections and the lists of its pipelines (opentelemetry-collector
//! `otelcol/config.go`, `service/config.go`, `service/pipelines/config.go`, `component/identifiable.go`).

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::component::SECTIONS;
use crate::check::cluster::backend::config::Config;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::problem::Cause;
use crate::suggest;

/// The signals of pipelines; `profiles` needs a feature gate (opentelemetry-collector `pipeline/xpipeline`).
const SIGNALS: [&str; 4] = ["traces", "metrics", "logs", "profiles"];

/// Why the configuration cannot be read at all; `None` if there is no known reason.
pub(super) fn fault(config: &Config<'_>) -> Option<Box<Fault>> {
    sections(config).or_else(|| names(config)).or_else(|| service(config)).or_else(|| lists(config))
}

fn stops(at: Location, why: impl Into<String>, help: impl Into<String>) -> Option<Box<Fault>> {
    Some(Fault::new(Cause::CollectorConfig, at, format!("{}, so the collector does not start", why.into()), help))
}

/// A key that is not one of those known.
fn unknown(config: &Config<'_>, of: &str, map: Cursor<'_>, known: &[&str]) -> Option<Box<Fault>> {
    let (name, at) = map.entries().find(|(name, _)| !known.contains(name) && !name.contains('$'))?;
    let help = match suggest::closest(name, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("use one of {}", suggest::some(known.iter().copied(), "`")),
    };
    stops(config.key(at), format!("{of} has no key `{name}`"), help)
}

fn sections(config: &Config<'_>) -> Option<Box<Fault>> {
    let mut known: Vec<&str> = SECTIONS.iter().map(|(section, _)| *section).collect();
    known.push("service");
    if let Some(fault) = unknown(config, "the configuration", config.root, &known) {
        return Some(fault);
    }
    let odd = known.iter().map(|section| config.root.get(section)).find(|at| is_filled(*at) && at.map().is_none())?;
    stops(config.place(odd), "a section is not a map", "write the components as `name: {...}`")
}

/// Whether there is a value other than null, and not one that a variable fills in.
fn is_filled(at: Cursor<'_>) -> bool {
    at.node().is_some_and(|node| node.kind() != "null") && !at.str().is_some_and(|text| text.contains('$'))
}

/// Names are `type` or `type/name` (`component/identifiable.go`).
fn names(config: &Config<'_>) -> Option<Box<Fault>> {
    let all = SECTIONS.iter().flat_map(|(section, _)| config.root.get(section).entries());
    let well_formed = |name: &str| {
        let (kind, rest) = name.split_once('/').map_or((name, None), |(kind, rest)| (kind.trim(), Some(rest.trim())));
        let mut letters = kind.chars();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && rest != Some("")
    };
    let (name, at) = all.into_iter().find(|(name, _)| !name.contains('$') && !well_formed(name))?;
    let why = format!("`{name}` is not the name of a component");
    stops(config.key(at), why, "write its type, or `type/name`, such as `otlp/jaeger`")
}

fn service(config: &Config<'_>) -> Option<Box<Fault>> {
    let service = config.root.get("service");
    if let Some(fault) = unknown(config, "`service`", service, &["telemetry", "extensions", "pipelines"]) {
        return Some(fault);
    }
    let pipelines = service.get("pipelines");
    if is_filled(pipelines) && pipelines.map().is_none() {
        return stops(config.place(pipelines), "`service.pipelines` is not a map", "write `traces: {...}` below it");
    }
    let signal = |name: &str| name.split('/').next().unwrap_or_default().to_string();
    let odd = pipelines.entries().find(|(name, _)| !SIGNALS.contains(&&*signal(name)) && !name.contains('$'));
    if let Some((name, at)) = odd {
        let help = match suggest::closest(&signal(name), SIGNALS.into_iter()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "use `traces`, `metrics` or `logs`, or one of these with `/` and a name".to_string(),
        };
        return stops(config.key(at), format!("`{}` is not a signal that a pipeline can have", signal(name)), help);
    }
    if pipelines.entries().next().is_none() && !pipelines.str().is_some_and(|text| text.contains('$')) {
        let help = "write `traces: {receivers: [...], exporters: [...]}` below `service.pipelines`";
        return stops(config.place(pipelines), "`service.pipelines` has no pipeline", help);
    }
    None
}

/// The lists of the service, and that no pipeline lacks its ends.
fn lists(config: &Config<'_>) -> Option<Box<Fault>> {
    let service = config.root.get("service");
    let of_pipelines = service
        .get("pipelines")
        .entries()
        .flat_map(|(_, at)| ["receivers", "processors", "exporters"].map(|part| at.get(part)));
    let odd = std::iter::once(service.get("extensions")).chain(of_pipelines);
    if let Some(at) =
        odd.into_iter().find(|at| is_filled(*at) && at.node().is_some_and(|node| node.as_list().is_none()))
    {
        return stops(config.place(at), "this is not a list", "write the names of components as a list");
    }
    for (name, pipeline) in service.get("pipelines").entries() {
        if let Some(fault) =
            unknown(config, &format!("the pipeline `{name}`"), pipeline, &["receivers", "processors", "exporters"])
        {
            return Some(fault);
        }
        let filled = |at: Cursor<'_>| at.str().is_some_and(|text| text.contains('$'));
        let ends: &[&str] = if config.fills_receivers() { &["exporters"] } else { &["receivers", "exporters"] };
        for part in ends {
            let at = pipeline.get(part);
            if at.list().is_empty() && !filled(at) && !filled(pipeline) {
                let why = format!("the pipeline `{name}` has no {part}");
                return stops(config.place(at), why, format!("list at least one under `{part}`"));
            }
        }
        let processors: Vec<Cursor<'_>> = pipeline.get("processors").items().collect();
        let twice = processors.iter().enumerate().find(|(index, at)| {
            at.str().is_some() && processors[..*index].iter().any(|before| before.str() == at.str())
        });
        if let Some((_, at)) = twice {
            let why = format!("the pipeline `{name}` lists the processor `{}` twice", at.text());
            return stops(config.place(*at), why, "remove one of them");
        }
    }
    None
}
