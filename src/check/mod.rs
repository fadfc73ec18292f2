//! Objects and Helm values to findings and trace paths: proves hop by hop, offline, that a span will arrive in Jaeger.
//!
//! In: a [`Set`] of whatever was read or rendered. Out: a [`Report`]. Reads no disk and prints nothing; a rule stays
//! silent about what is not among the files.

mod cluster;
mod cursor;
mod embedded;
mod facts;
mod hop;
mod input;
mod problem;
mod report;
mod rules;
mod sink;
#[cfg(test)]
mod tests;
mod trace;

pub use cursor::Doc;
pub use hop::Hop;
pub use hop::HopKind;
pub use hop::MorePaths;
pub use hop::Path;
pub use hop::State;
pub use input::load::Loaded;
pub use input::load::helm_chart;
pub use input::options::Options;
pub use input::set::Helm;
pub use input::set::Item;
pub use input::set::Set;
pub use input::set::span_at;
pub use report::joined::Hit;
pub use report::joined::Report;
pub use report::levels::Levels;
pub use report::loaded::unread;
pub use report::place::Located;
pub use report::place::Places;
pub use rules::all as rules;
pub use rules::plaintext_secret::ID as PLAINTEXT;
pub(crate) use rules::plaintext_secret::plaintext;
pub use sink::Rule;
pub use trace::path::ASSUMES;

use crate::finding::Severity;
use facts::Facts;
use problem::Effect;
use sink::Sink;
use trace::path::Broken;

/// Judges a set. `places` finds where to edit, and is asked for findings alone.
pub fn check(set: &Set<'_>, options: &Options, places: &dyn Places) -> Report {
    let mut sink = Sink::default();
    let (paths, more_paths) = if options.only_secrets { Default::default() } else { prove(set, options, &mut sink) };
    let secrets = rules::plaintext_secret::check(set, &options.secrets, &mut sink);
    let mut found = sink.found;
    if let Some(rules) = &options.errors_and {
        found.retain(|one| one.severity() == Severity::Error || rules.iter().any(|rule| rule == one.rule.id));
    }
    let mut texts = report::place::Texts::default();
    let hits = found.into_iter().map(|one| report::place::hit(set, one, places, &mut texts)).collect();
    let mut report = Report { hits, paths, more_paths, allowed: 0 };
    report.redact(&secrets);
    report.sort();
    report.hits.dedup();
    report
}

/// Runs the rules, and follows the path of each gateway and service.
fn prove(set: &Set<'_>, options: &Options, sink: &mut Sink) -> (Vec<Path>, MorePaths) {
    let facts = Facts::of(set, options);
    rules::run(&facts, sink);
    if options.errors_and.is_some() {
        return Default::default();
    }
    let broken: Vec<Broken<'_>> = sink
        .found
        .iter()
        .filter_map(|one| match &one.effect {
            Effect::Breaks(hop, scope) => Some(Broken { rule: one.rule.id, hop: *hop, scope }),
            Effect::None | Effect::Refused => None,
        })
        .collect();
    trace::path::paths(&facts.mesh, &facts.routes, &facts.gateway_api.doubts(&facts.mesh), &broken)
}

/// The rule of an id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    rules().into_iter().find(|rule| rule.id == id)
}
