//! Checks objects and Helm values: proves hop by hop, offline, that a span arrives in Jaeger.
//!
//! In: a [`Set`] of what was read or rendered. Out: a [`Report`] of findings and trace paths. Does not read the disk or
//! print; rules say nothing about what the files do not include.

mod cluster;
mod cure;
mod cursor;
mod embedded;
mod facts;
mod hop;
mod input;
mod problem;
mod report;
mod rules;
mod schema;
mod sink;
#[cfg(test)]
mod tests;
mod trace;

pub use cure::Trust;
pub use cursor::Doc;
pub use hop::Hop;
pub use hop::HopKind;
pub use hop::MorePaths;
pub use hop::Path;
pub use hop::State;
pub use hop::Untraced;
pub use input::chart::Chart as OwnChart;
pub use input::load::Loaded;
pub use input::load::helm_chart;
pub use input::options::Options;
pub(crate) use input::path::join;
pub use input::set::Helm;
pub use input::set::Item;
pub use input::set::Layer;
pub use input::set::Set;
pub use input::set::Unknown;
pub use input::set::span_at;
pub use input::sets::Sets;
pub use input::skip::Skip;
pub(crate) use report::edits::Editing;
pub(crate) use report::edits::Splices;
pub use report::fix::Fix;
pub use report::joined::Replacement;
pub use report::joined::Report;
pub use report::joined::ReportedFinding;
pub use report::levels::Levels;
pub use report::loaded::unread;
pub use report::place::Author;
pub use report::place::Located;
pub use report::place::Places;
pub use rules::all as rules;
pub(crate) use rules::malformed::RULE as MALFORMED;
pub use rules::plaintext_secret::ID as PLAINTEXT;
pub(crate) use rules::plaintext_secret::plaintext;
pub use sink::Rule;
pub use trace::path::ASSUMES;

use crate::finding::Severity;
use crate::running;
use crate::source::Sources;
use crate::stack::consul;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use cluster::backend::helm;
use facts::Facts;
use input::layers::Member;
use input::layers::Texts;
use input::values::Chart;
use input::values::Found;
use input::values::values;
use problem::Effect;
use report::unbuilt::Builds;
use sink::Sink;
use std::collections::BTreeSet;
use std::collections::HashSet;
use trace::path::Broken;

/// Checks a set. `places` maps findings to the place to edit; it is called only for findings.
pub fn check(set: &Set<'_>, options: &Options, places: &dyn Places) -> Report {
    check_one(set, options, places, None)
}

/// Checks a set. Those of one run share most objects, and so a `memory`.
fn check_one(
    set: &Set<'_>,
    options: &Options,
    places: &dyn Places,
    memory: Option<&rules::plaintext_secret::Memory>,
) -> Report {
    let mut sink = Sink::default();
    let Proven { paths, more_paths, untraced, notes } =
        if options.only_secrets { Default::default() } else { prove(set, options, &mut sink) };
    let secrets = rules::plaintext_secret::check(set, &options.secrets, memory, &mut sink);
    let mut found = sink.found;
    if let Some(rules) = &options.errors_and {
        found.retain(|one| one.severity() == Severity::Error || rules.iter().any(|rule| rule == one.rule.id));
    }
    let mut texts = report::place::Texts::default();
    let findings = found.into_iter().map(|one| report::place::reported(set, one, places, &mut texts)).collect();
    let mut report = Report { findings, paths, more_paths, untraced, notes, ..Report::default() };
    report.redact(&secrets);
    report.sort();
    report.findings.dedup();
    report
}

/// Checks each set separately, applies the comments in its files, and joins the reports.
pub fn check_all(sets: Sets, options: &Options, levels: &Levels) -> Report {
    let (mut report, sources) = check_texts(sets, options, levels);
    if options.replacements {
        report.replace(&sources);
    }
    report
}

/// As [`check_all`], with the texts that were read, which fixes refer to.
pub(crate) fn check_texts(sets: Sets, options: &Options, levels: &Levels) -> (Report, Sources) {
    let plan = sets.plan();
    let loaded = &plan.loaded;
    let several = plan.sets.len() > 1;
    let memory = several.then(rules::plaintext_secret::Memory::default);
    let mut used = HashSet::new();
    let mut read: BTreeSet<&str> = BTreeSet::new();
    let mut notes = plan.notes.clone();
    let nothing = Node::new(Value::Map(Map::default()));
    let mut reports: Vec<Report> = plan
        .sets
        .iter()
        .map(|one| {
            let _at = match &*one.name {
                "" => running::stage("the rules for all files together", ""),
                name => running::stage("the rules for", name),
            };
            let members: Vec<Member<'_>> = one
                .objects
                .iter()
                .map(|listed| {
                    let (id, node) = listed.get(|index| loaded.object(index));
                    (id, node)
                })
                .collect();
            let texts = Texts {
                members: &members,
                carriers: &plan.carriers_of(one),
                embedded: &plan.embedded,
                loose: &plan.loose,
                sources: loaded.sources(),
                umbrellas: &plan.umbrellas,
                own: loaded.own_charts(),
            };
            let Found { charts, notes: more, used: files } = values(&texts, &plan.values_of(one));
            notes.extend(more);
            read.extend(files);
            let items = members.iter().map(|(id, node)| Item { id, node }).collect();
            let mut charts: Vec<Helm<'_>> = charts.iter().map(Chart::helm).collect();
            charts.extend(one.elsewhere.as_deref().map(|elsewhere| Helm::unknown(&nothing, elsewhere)));
            let set = Set::new(items, charts).of_render(one.is_render);
            let set = set.of_builds(plan.builds_of(one)).with_doubts(&one.doubts);
            let mut report = check_one(&set, options, loaded, memory.as_ref());
            report.findings.extend(report::unbuilt::faults(&plan, one));
            let is_judged = !report.paths.is_empty() || !report.untraced.is_empty() || options.only_secrets;
            if several && !is_judged && plan.has_own(one, (consul::GROUP, "ProxyDefaults")) {
                report.paths.push(Path::of_no_service());
            }
            notes.append(&mut report.notes);
            notes.extend(one.doubts.iter().cloned());
            levels.allow_by_comments(&mut report, loaded, &mut used);
            report.name(if one.name.is_empty() { &plan.whole } else { &one.name });
            if several {
                report.findings.iter_mut().for_each(|hit| hit.renders.push(one.name.clone()));
            }
            report
        })
        .collect();
    let mut malformed = Report { findings: unread(loaded).collect(), ..Report::default() };
    levels.allow_by_comments(&mut malformed, loaded, &mut used);
    reports.push(malformed);
    let mut whole = Report::join_all(reports);
    whole.findings.extend(levels.unused_comments(loaded, &used));
    whole.skipped = plan.skipped.clone();
    for skip in read.into_iter().filter_map(|path| plan.loose.skip(path)) {
        whole.skipped.entry(skip).and_modify(|count| *count = count.saturating_sub(1));
    }
    whole.skipped.retain(|_, count| *count > 0);
    let mut seen = HashSet::new();
    notes.retain(|note| seen.insert(note.clone()));
    whole.notes = notes;
    whole.sort();
    (whole, plan.loaded.into_sources())
}

/// What the proof adds to the findings.
#[derive(Default)]
struct Proven {
    paths: Vec<Path>,
    more_paths: MorePaths,
    untraced: Vec<Untraced>,
    /// What is assumed in addition to [`ASSUMES`], and what is not because the files have it.
    notes: Vec<String>,
}

/// Runs the rules and follows the path of each gateway and service.
fn prove(set: &Set<'_>, options: &Options, sink: &mut Sink) -> Proven {
    let facts = Facts::of(set, options);
    rules::run(&facts, sink);
    if options.errors_and.is_some() {
        return Proven::default();
    }
    let builds = Builds::of(&facts);
    let broken: Vec<Broken<'_>> = sink
        .found
        .iter()
        .filter_map(|one| match &one.effect {
            Effect::Breaks(hop, scope) => Some(Broken { rule: one.rule.id, hop: *hop, scope }),
            Effect::None | Effect::Refused => None,
        })
        .chain(builds.broken())
        .collect();
    let (paths, more_paths) =
        trace::path::paths(&facts.mesh, (&facts.routes, &builds.open), &facts.gateway_api.doubts(&facts.mesh), &broken);
    let untraced = trace::path::untraced(&facts.mesh);
    let notes = trace::path::assumed(&facts.mesh)
        .into_iter()
        .chain(facts.ingress.judged.clone())
        .chain(helm::judged(set))
        .collect();
    Proven { paths, more_paths, untraced, notes }
}

/// Whether a rule reports something that is true of nearly every mesh, and so reminds more than it finds.
pub fn is_reminder(rule: &str) -> bool {
    [rules::ingress_no_root_span::RULE.id, rules::restart_required::RULE.id].contains(&rule)
}

/// Looks up a rule by id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    rules().into_iter().find(|rule| rule.id == id)
}
