//! Pipelines that a collector cannot build: components in a pipeline of a signal that they do not have, and connectors
//! with one end only or in a circle (opentelemetry-collector `service/internal/graph/graph.go`).

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::component::Component;
use crate::check::cluster::backend::component::kind_of;
use crate::check::cluster::backend::config::Config;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::otel::fields;
use crate::stack::otel::fields::End;
use std::collections::BTreeMap;

/// Why the pipelines cannot be built; `None` if there is no known reason.
pub(super) fn fault(config: &Config<'_>) -> Option<Box<Fault>> {
    let uses = uses(config);
    signal(config, &uses).or_else(|| lonely(config, &uses)).or_else(|| circle(config, &uses))
}

/// A component in the list of a pipeline.
struct Use<'a> {
    /// `traces`, `metrics`, ...
    signal: &'a str,
    /// The pipeline's name.
    pipeline: &'a str,
    part: &'static str,
    name: &'a str,
    at: Cursor<'a>,
}

fn uses<'a>(config: &Config<'a>) -> Vec<Use<'a>> {
    let pipelines = config.root.at(&["service", "pipelines"]).entries();
    let of = |(pipeline, at): (&'a str, Cursor<'a>)| {
        let signal = pipeline.split('/').next().unwrap_or_default();
        ["receivers", "processors", "exporters"].into_iter().flat_map(move |part| {
            let named = at.get(part).items().filter_map(|at| at.str().map(|name| (name, at)));
            named.map(move |(name, at)| Use { signal, pipeline, part, name, at })
        })
    };
    pipelines.flat_map(of).collect()
}

fn connector<'a>(config: &Config<'a>, name: &str) -> Option<Component<'a>> {
    let (name, at) = config.root.get("connectors").entries().find(|(known, _)| *known == name)?;
    Some(Component { kind: "connector", name, at })
}

/// A component that does not have the pipeline's signal.
fn signal(config: &Config<'_>, uses: &[Use<'_>]) -> Option<Box<Fault>> {
    let lacks = |each: &&Use<'_>| {
        let kind = each.part.trim_end_matches('s');
        let end = if each.part == "receivers" { End::Receiver } else { End::Exporter };
        let of = connector(config, each.name).filter(|_| each.part != "processors");
        let component = of.unwrap_or(Component { kind, name: each.name, at: each.at });
        component.key(config).and_then(|key| fields::carries(key, each.signal, end)) == Some(false)
    };
    let found = uses.iter().find(lacks)?;
    let Use { signal, pipeline, name, .. } = found;
    let why =
        format!("`{name}` cannot be in the pipeline `{pipeline}`: it has no {signal}; the collector does not start");
    Some(Fault::new(Cause::CollectorConfig, config.place(found.at), why, format!("remove it from `{pipeline}`")))
}

/// A connector that is only an exporter or only a receiver.
fn lonely(config: &Config<'_>, uses: &[Use<'_>]) -> Option<Box<Fault>> {
    for (part, other, role) in [("exporters", "receivers", "an exporter"), ("receivers", "exporters", "a receiver")] {
        let here = uses.iter().filter(|each| each.part == part);
        for each in here.filter(|each| connector(config, each.name).is_some()) {
            let joins = |far: &Use<'_>| {
                far.part == other
                    && far.name == each.name
                    && (kind_of(each.name) != "forward" || far.signal == each.signal)
            };
            if !uses.iter().any(joins) {
                let Use { name, pipeline, .. } = each;
                let why = format!(
                    "the connector `{name}` is {role} of `{pipeline}`, but no fitting pipeline lists it under `{other}`; the \
                     collector does not start"
                );
                let help = format!("list it under `{other}` of the pipeline that it joins to `{pipeline}`");
                return Some(Fault::new(Cause::CollectorConfig, config.place(each.at), why, help));
            }
        }
    }
    None
}

/// Pipelines that connectors join to a circle.
fn circle(config: &Config<'_>, uses: &[Use<'_>]) -> Option<Box<Fault>> {
    let mut after: BTreeMap<&str, Vec<(&str, Cursor<'_>)>> = BTreeMap::new();
    let exporters = uses.iter().filter(|each| each.part == "exporters" && connector(config, each.name).is_some());
    for from in exporters {
        let to = uses.iter().filter(|to| to.part == "receivers" && to.name == from.name);
        after.entry(from.pipeline).or_default().extend(to.map(|to| (to.pipeline, from.at)));
    }
    // A pipeline that nothing leads to is in no circle; what is left then leads round.
    let mut left: Vec<&str> = after.keys().copied().collect();
    loop {
        let ends = |name: &str| !after[name].iter().any(|(to, _)| left.contains(to));
        let kept: Vec<&str> = left.iter().copied().filter(|name| !ends(name)).collect();
        if kept.len() == left.len() {
            break;
        }
        left = kept;
    }
    let first = left.first()?;
    let (_, at) = after[first].iter().find(|(to, _)| left.contains(to))?;
    let why = format!("connectors lead from the pipeline `{first}` back to it, so the collector does not start");
    Some(Fault::new(Cause::CollectorConfig, config.place(*at), why, "remove one of these connectors"))
}
