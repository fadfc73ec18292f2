//! A Consul that moves to another namespace.
//!
//! Helm installs no second release while the first owns the chart's cluster-wide objects (helm `pkg/action/validate.go`,
//! `checkOwnership`), and with the first go Consul's definitions and all config entries, which its controller has to finish
//! first. So: the entries, the release, the new release, and all entries again.

use crate::diff::Change;
use crate::diff::Kind;
use crate::diff::Pair;
use crate::diff::steps::Command;
use crate::diff::steps::Phase;
use crate::diff::steps::Step;
use crate::diff::steps::Word;
use crate::diff::steps::command;
use crate::diff::steps::first::InTheWay;
use crate::diff::steps::group;
use crate::diff::steps::kubectl;
use crate::diff::steps::release;
use crate::diff::steps::release::Release;
use crate::diff::steps::target;
use crate::object::Stage;
use crate::object::order;
use crate::stack::consul;
use std::cmp::Reverse;

/// The old and the new release of a Consul that moves.
pub(super) fn of(pair: &Pair) -> Option<(Release, Release)> {
    let is_consul = |release: &Release| release.values.split('/').any(|step| step == consul::CHART);
    let new = release::releases(&pair.to).into_iter().find(is_consul)?;
    let old = release::releases(&pair.from).into_iter().find(|one| is_consul(one) && one.name == new.name)?;
    (old.namespace != new.namespace).then_some((old, new))
}

/// Deletes the config entries and the old release, and applies again what does not change.
pub(super) fn steps(pair: &Pair, changes: &[&Change], blockers: &[InTheWay<'_>]) -> Vec<Step> {
    let Some((old, new)) = of(pair) else { return Vec::new() };
    let files = unchanged(pair);
    let mut entries: Vec<(usize, Command)> = Vec::new();
    let blocking = blockers.iter().map(|one| one.old);
    let changed = changes.iter().filter(|change| change.kind == Kind::Changed).filter_map(|one| one.object.as_ref());
    for object in blocking.chain(changed.filter(|object| group(object) == consul::GROUP)) {
        let delete = kubectl(&object.namespace, &["delete", &target(object), "--ignore-not-found"]);
        entries.push((order(consul::GROUP, &object.kind, "").1, delete));
    }
    entries.extend(files.iter().map(|(rank, file)| (*rank, with_file(&["delete", "--ignore-not-found", "-f"], file))));
    // A gateway before the services that it needs.
    entries.sort_by_key(|(rank, _)| Reverse(*rank));
    let step = |stage, rank, why: String, commands| Step { stage, rank, phase: Phase::Apply, why: vec![why], commands };
    let mut all = Vec::new();
    let why = "the config entries: Consul's controller has to delete them while it runs, and they go with the release";
    if !entries.is_empty() {
        let commands = entries.into_iter().map(|(_, command)| command).collect();
        all.push(step(Stage::Charts, 0, why.to_owned(), commands));
    }
    let why = format!(
        "release {}: moves to namespace {}, and is removed first, since Helm installs no second one beside the cluster-wide objects of the \
         chart; with it go Consul's definitions, all config entries, also those of others, and what its servers know; then restart every pod \
         with a sidecar",
        new.name, new.namespace
    );
    let words = ["helm", "uninstall", &old.name, "-n", &old.namespace, "--ignore-not-found", "--wait"];
    all.push(step(Stage::Charts, 0, why, vec![command(&words)]));
    for (rank, file) in files {
        let why = format!("{file}: went with the old release");
        let apply = Command { until: true, ..with_file(&["apply", "-f"], file) };
        all.push(step(Stage::Mesh, rank, why, vec![apply]));
    }
    all
}

fn with_file(words: &[&str], file: &str) -> Command {
    let mut all = kubectl("", words);
    all.words.push(Word::File(file.to_owned()));
    all
}

/// The files of the mesh that are the same on both sides, each with its place among the kinds.
fn unchanged(pair: &Pair) -> Vec<(usize, &str)> {
    let rank = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        let kind = name.split('-').next().unwrap_or_default();
        let kinds = &consul::APPLIED;
        kinds.iter().position(|one| one.eq_ignore_ascii_case(kind)).unwrap_or(kinds.len())
    };
    let same = pair.to.files.iter().filter(|(path, bytes)| pair.from.files.get(*path) == Some(bytes));
    let mesh =
        same.filter(|(path, _)| path.starts_with(crate::object::MANIFESTS) && order("", "", path).0 == Stage::Mesh);
    mesh.map(|(path, _)| (rank(path), path.as_str())).collect()
}
