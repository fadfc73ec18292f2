//! Processors that drop spans on purpose.

use crate::check::cluster::backend::component::kind_of;
use crate::check::cluster::backend::config::Config;
use crate::check::cursor::Cursor;

/// What a processor does with spans.
pub(super) enum Drops {
    /// All of them go, for the reason at this place.
    All(String),
    /// Some do, by what the files do not say.
    Some(String),
}

/// What a processor drops; `None`: it passes on what gets there, or a part that it chooses at random.
pub(super) fn drops(config: &Config<'_>, name: &str) -> Option<Drops> {
    let (_, at) = config.root.get("processors").entries().find(|(known, _)| *known == name)?;
    match kind_of(name) {
        "probabilistic_sampler" => probabilistic(name, at),
        "tail_sampling" => tail(name, at),
        "filter" => filter(name, at),
        _ => None,
    }
}

/// Without a percentage it is 0 (opentelemetry-collector-contrib `processor/probabilisticsamplerprocessor/config.go`).
fn probabilistic(name: &str, at: Cursor<'_>) -> Option<Drops> {
    let percentage = at.get("sampling_percentage");
    let zero = match percentage.node() {
        None => true,
        Some(node) => node.to_json().as_f64() == Some(0.0),
    };
    zero.then(|| Drops::All(format!("the processor `{name}` keeps 0 percent of the traces")))
}

/// The policies that take traces whatever is in them (opentelemetry-collector-contrib
/// `processor/tailsamplingprocessor/config.go`). Which of the others do depends on the traces.
fn tail(name: &str, at: Cursor<'_>) -> Option<Drops> {
    let policies = at.get("policies");
    if !policies.list().is_empty() && policies.items().any(takes_any) {
        return None;
    }
    Some(match policies.list().is_empty() {
        true => Drops::All(format!("the processor `{name}` has no `policies`, so it keeps no trace")),
        false => Drops::Some(format!("the processor `{name}` keeps only the traces that its policies choose")),
    })
}

fn takes_any(policy: Cursor<'_>) -> bool {
    match policy.get("type").text() {
        "always_sample" | "rate_limiting" | "bytes_limiting" => true,
        "probabilistic" => {
            let percentage = policy.at(&["probabilistic", "sampling_percentage"]).node();
            percentage.is_some_and(|node| node.to_json().as_f64() != Some(0.0))
        }
        "composite" => policy.at(&["composite", "composite_sub_policy"]).items().any(takes_any),
        kind => kind.contains('$'),
    }
}

/// Conditions are not evaluated, and most filters drop health checks and the like; one that is always true drops all
/// (opentelemetry-collector-contrib `processor/filterprocessor`).
fn filter(name: &str, at: Cursor<'_>) -> Option<Drops> {
    let spans = at.at(&["traces", "span"]).items().chain(at.get("trace_conditions").items());
    let always = spans.filter_map(Cursor::str).find(|condition| matches!(condition.trim(), "true" | "1 == 1"));
    if let Some(condition) = always {
        return Some(Drops::All(format!("the processor `{name}` drops each span (`{condition}`)")));
    }
    at.at(&["spans", "include"])
        .exists()
        .then(|| Drops::Some(format!("the processor `{name}` keeps only the spans that its `include` names")))
}
