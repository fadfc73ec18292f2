//! Fixing any files never brings an error or a warning that was not there, changes only files that have something to fix, and
//! fixing twice is fixing once.

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::judge::went_all_the_way;
use crate::random::Random;
use crate::seeds::Seeds;
use crate::targets::check;
use crate::targets::option;
use meshtrace::check::Levels;
use meshtrace::check::Options;
use meshtrace::check::Report;
use meshtrace::check::Sets;
use meshtrace::check::check_all;
use meshtrace::finding::Severity;
use meshtrace::fix;
use meshtrace::fix::Fixed;
use meshtrace::fix::Input;
use meshtrace::fix::Wanted;
use std::collections::BTreeMap;

pub(crate) fn make(random: &mut Random, seeds: &Seeds) -> Parts {
    let mut parts = check::make(random, seeds);
    if random.once_in(3) {
        parts.insert("!unsafe".into(), String::new());
    }
    parts
}

pub(crate) fn run(parts: &Parts) -> Result<(), Broken> {
    let before = counts(&judged(parts));
    let fixed = fixed(parts);
    if !fixed.done.is_empty() {
        went_all_the_way();
    }
    let quiet = fixed.texts.is_empty() || !fixed.done.is_empty();
    law(quiet, "what changes was fixed", || format!("{:?}", fixed.texts))?;
    let mut new = parts.clone();
    new.extend(fixed.texts.iter().map(|(name, text)| (name.clone(), text.clone())));
    let after = counts(&judged(&new));
    let more = after.iter().find(|(rule, count)| **count > before.get(*rule).copied().unwrap_or_default());
    law(more.is_none(), "a fix adds nothing", || format!("{more:?}\n{:?}", fixed.texts))?;
    let again = self::fixed(&new);
    law(again.texts.is_empty() || !fixed.left.is_empty(), "fixing twice is fixing once", || {
        format!("{:?}", again.texts)
    })
}

fn names(parts: &Parts) -> impl Iterator<Item = (&String, &String)> {
    parts.iter().filter(|(name, _)| !name.starts_with('!'))
}

fn options(parts: &Parts) -> Options {
    Options { consul_chart: option(parts, "chart").map(str::to_owned), ..Options::default() }
}

fn levels(parts: &Parts) -> Levels {
    Levels { project: check::project(parts).check, deny: Vec::new() }
}

fn judged(parts: &Parts) -> Report {
    let mut sets = Sets::default();
    names(parts).for_each(|(name, text)| sets.add(name, Ok(text.clone())));
    let mut report = check_all(sets, &options(parts), &levels(parts));
    levels(parts).apply(&mut report, false);
    report
}

fn fixed(parts: &Parts) -> Fixed {
    let inputs: Vec<Input> =
        names(parts).map(|(name, text)| Input::File { name: name.clone(), text: text.clone() }).collect();
    let wanted = Wanted { guesses: option(parts, "unsafe").is_some(), rules: Vec::new() };
    fix::run(&inputs, &options(parts), &levels(parts), &wanted)
}

/// How often each rule is broken.
fn counts(report: &Report) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for hit in report.findings.iter().filter(|hit| hit.finding.severity != Severity::Info) {
        *counts.entry(hit.finding.rule.as_str()).or_default() += 1;
    }
    counts
}
