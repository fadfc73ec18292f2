//! Plans the commands that bring a cluster from FROM to TO.
//!
//! In: a [`Pair`] and its changes without secrets. Out: a [`Step`] for each thing to do, in an order in which nothing is
//! missing: what others need is applied first ([`Stage`]) and deleted last, what is in the way of something is deleted before
//! it, and proxies restart between the mesh that they read and the workloads that start anyway, or after what they read is
//! deleted. Never formats: `report` writes the commands for a shell.

mod first;
mod moved;
mod release;
mod restart;

use crate::diff::Answer;
use crate::diff::Change;
use crate::diff::Class;
use crate::diff::Content;
use crate::diff::Kind;
use crate::diff::ObjectRef;
use crate::diff::Pair;
use crate::diff::Tree;
use crate::diff::steps::first::InTheWay;
use crate::object::GITOPS;
use crate::object::Stage;
use crate::object::order;
use crate::object::source_beginning;
use crate::secrecy::REDACTED;
use crate::stack::consul;
use crate::stack::kube;
use std::collections::BTreeMap;

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    /// As it is.
    Text(String),
    /// A file of TO, by its path in it.
    File(String),
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Command {
    pub(crate) words: Vec<Word>,
    /// Whether to repeat it until it succeeds, since a webhook may not answer yet.
    pub(crate) until: bool,
}

/// The parts of a plan, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// What TO has is applied.
    Apply,
    /// What TO does not have is deleted.
    Delete,
    /// What read something that was deleted is restarted.
    Restart,
}

/// One thing to do, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) stage: Stage,
    /// Its place within the stage.
    rank: usize,
    pub(crate) phase: Phase,
    pub(crate) why: Vec<String>,
    pub(crate) commands: Vec<Command>,
}

/// All steps of a pair, in order, and what they leave out, each with the reason.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) left_out: Vec<(String, &'static str)>,
}

/// A command made of words as they are.
pub(crate) fn command(words: &[&str]) -> Command {
    Command { words: words.iter().map(|word| Word::Text((*word).to_owned())).collect(), until: false }
}

/// `kubectl`, in the namespace of the object if it sets one.
fn kubectl(namespace: &str, words: &[&str]) -> Command {
    let mut all = vec!["kubectl"];
    if !namespace.is_empty() {
        all.extend(["-n", namespace]);
    }
    all.extend(words);
    command(&all)
}

/// `deployment/web`, with the group where another kind may have the name: `proxydefaults.consul.hashicorp.com/global`.
fn target(object: &ObjectRef) -> String {
    let group = group(object);
    let dot = if kube::is_built_in(group) { "" } else { "." };
    let group = if dot.is_empty() { "" } else { group };
    format!("{}{dot}{group}/{}", object.kind.to_lowercase(), object.name)
}

fn group(object: &ObjectRef) -> &str {
    object.api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// The steps for a pair.
pub(crate) fn plan(pair: &Pair, answer: &Answer) -> Plan {
    let here = |change: &&Change| match &pair.render {
        Some(render) => change.renders.is_empty() || change.renders.contains(render),
        None => change.renders.is_empty(),
    };
    let changes: Vec<&Change> = answer
        .changes
        .iter()
        .filter(here)
        .filter(|change| change.note.is_none() && !is_for_gitops(pair, &change.file))
        .collect();
    let mut plan = Plan::default();
    let releases = release::steps(pair, &changes);
    let chart_changes = !releases.is_empty();
    let blockers = first::in_the_way(&changes);
    let moves = moved::steps(pair, &changes, &blockers);
    if moves.is_empty() {
        plan.steps.extend(cleared(&changes, &blockers));
    }
    applied(&changes, &blockers, chart_changes, &mut plan);
    plan.steps.extend(moves);
    plan.steps.extend(releases);
    plan.steps.extend(restart::steps(pair, &changes, &blockers));
    let taken = release::taken_over(pair);
    let stays = |change: &&&Change| {
        let file = change.from.as_ref().map_or(&change.file, |(_, file)| file);
        taken.iter().any(|folder| file.starts_with(folder))
    };
    let is_gone = |change: &&&Change| blockers.iter().any(|one| one.is_of(change));
    let left = changes.iter().filter(|change| !stays(change) && !is_gone(change));
    plan.steps.extend(left.filter_map(|change| deleted(change)));
    plan.steps.sort_by(|a, b| {
        let order = (a.stage, a.rank).cmp(&(b.stage, b.rank));
        a.phase.cmp(&b.phase).then(if a.phase == Phase::Delete { order.reverse() } else { order })
    });
    let unread = |path: &str| answer.unread.iter().any(|one| *one == format!("{}{path}", pair.to.shown));
    let changed = pair.to.files.iter().filter(|(path, bytes)| pair.from.files.get(*path) != Some(bytes));
    plan.left_out
        .extend(changed.filter(|(path, _)| unread(path)).map(|(path, _)| (path.clone(), "it is not readable YAML")));
    let hidden = |step: &Step| step.commands.iter().flat_map(|command| &command.words).any(Word::is_redacted);
    let (hidden, shown): (Vec<Step>, Vec<Step>) = plan.steps.into_iter().partition(hidden);
    plan.steps = shown;
    plan.left_out.extend(hidden.into_iter().map(|step| (step.why.join("; "), "it would show a value of a Secret")));
    plan
}

/// Whether a file is what a render has for Argo CD or Flux, which they or their users apply instead of these commands.
fn is_for_gitops(pair: &Pair, file: &str) -> bool {
    let rendered = |tree: &Tree| {
        let text = tree.files.get(file).and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.is_some_and(|text| text.starts_with(&source_beginning(GITOPS)))
    };
    file.starts_with(GITOPS) && (rendered(&pair.to) || rendered(&pair.from))
}

impl Word {
    fn is_redacted(&self) -> bool {
        match self {
            Word::Text(text) | Word::File(text) => text.contains(REDACTED),
        }
    }
}

/// Whether a change is one of the stored object, and not only of its notation.
fn counts(change: &Change) -> bool {
    change.fields.iter().any(|field| !field.is_same_when_stored())
}

/// A step for each file and stage: what has to be deleted first, `kubectl apply`, and what to wait for.
fn applied(changes: &[&Change], blockers: &[InTheWay<'_>], chart_changes: bool, plan: &mut Plan) {
    let mut files: BTreeMap<(Stage, &str), (usize, Vec<&Change>)> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.kind != Kind::Removed && counts(change)) {
        let Some(object) = &change.object else { continue };
        let (stage, rank) = order(group(object), &object.kind, &change.file);
        let (first, all) = files.entry((stage, &change.file)).or_insert((rank, Vec::new()));
        *first = rank.min(*first);
        all.push(change);
    }
    // A file is applied as a whole, so what is in the way of any of its objects has to go before the first time.
    let mut firsts: BTreeMap<&str, Stage> = BTreeMap::new();
    for (stage, file) in files.keys() {
        firsts.entry(file).or_insert(*stage);
    }
    for ((stage, file), (rank, changes)) in &files {
        let mut step = Step { stage: *stage, rank: *rank, phase: Phase::Apply, why: Vec::new(), commands: Vec::new() };
        let mut after = Vec::new();
        let is_first = firsts.get(file) == Some(stage);
        for change in changes {
            let Some(object) = &change.object else { continue };
            step.why.push(why(change, object, blockers));
            if is_first {
                step.why.extend(first::warning(change));
                step.commands.extend(first::recreated(change));
            }
            after.extend(awaited(change, object));
        }
        let later = files.iter().filter(|((other, path), _)| is_first && path == file && other > stage);
        for change in later.flat_map(|(_, (_, changes))| changes) {
            let (Some(object), Some(delete)) = (&change.object, first::recreated(change)) else { continue };
            step.why.push(format!("{object}: is deleted before its file is applied for the first time"));
            step.why.extend(first::warning(change));
            step.commands.push(delete);
        }
        let words = ["kubectl", "apply", "-f"].map(|word| Word::Text(word.to_owned()));
        let words = words.into_iter().chain([Word::File((*file).to_owned())]).collect();
        // The webhook of a chart that was just upgraded may not answer yet.
        step.commands.push(Command { words, until: *stage == Stage::Mesh && chart_changes });
        step.commands.extend(after);
        plan.steps.push(step);
    }
}

/// Deletes the config entries that are in the way of others.
fn cleared(changes: &[&Change], blockers: &[InTheWay<'_>]) -> Option<Step> {
    let is_applied_with = |change: &Change| blockers.iter().any(|one| one.new.file == change.file);
    let applied = changes.iter().filter(|change| change.kind != Kind::Removed && is_applied_with(change));
    let objects = applied.filter_map(|change| Some((change.object.as_ref()?, &change.file)));
    let stage = objects.map(|(object, file)| order(group(object), &object.kind, file).0).min()?;
    let mut step = Step { stage, rank: 0, phase: Phase::Apply, why: Vec::new(), commands: Vec::new() };
    for one in blockers {
        let new = one.new.object.as_ref().map(ToString::to_string).unwrap_or_default();
        step.why.push(format!("{}: Consul refuses {new} while it exists", one.old));
        step.commands.push(kubectl(&one.old.namespace, &["delete", &target(one.old), "--ignore-not-found"]));
    }
    Some(step)
}

fn why(change: &Change, object: &ObjectRef, blockers: &[InTheWay<'_>]) -> String {
    const NAMED: usize = 4;
    match (change.kind, &change.from) {
        (Kind::Added, _) => format!("{object}: added"),
        (_, Some((from, _))) => {
            let when = if blockers.iter().any(|one| one.is_of(change)) { "before" } else { "at the end" };
            format!("{object}: renamed from {from}, which is deleted {when}")
        }
        _ => {
            let fields = change.fields.iter().filter(|field| !field.is_same_when_stored());
            let mut names: Vec<String> = fields.map(|field| field.keyed.clone()).collect();
            let more = names.len().saturating_sub(NAMED);
            names.truncate(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let reason = change.fields.iter().find(|field| field.class == change.class && !field.reason.is_empty());
            let loss = if change.class == Class::DataLoss { "data loss: " } else { "" };
            let reason = reason.map(|field| format!(" ({loss}{})", field.reason)).unwrap_or_default();
            format!("{object}: changed {}{more}{reason}", names.join(", "))
        }
    }
}

/// What to wait for before the next step.
fn awaited(change: &Change, object: &ObjectRef) -> Option<Command> {
    let (group, target) = (group(object), target(object));
    if group == kube::API_EXTENSIONS {
        let crd = format!("crd/{}", object.name);
        return Some(kubectl("", &["wait", "--for=condition=Established", &crd, "--timeout=1m"]));
    }
    if group == consul::GROUP {
        return Some(kubectl(&object.namespace, &["wait", "--for=condition=Synced", &target, "--timeout=2m"]));
    }
    rolls(change).then(|| kubectl(&object.namespace, &["rollout", "status", &target, "--timeout=5m"]))
}

/// Whether applying a change replaces the pods of a workload.
fn rolls(change: &Change) -> bool {
    let Some(object) = &change.object else { return false };
    let template = |path: &str| path.starts_with("/spec/template") || path.is_empty();
    kube::rolls(group(object), &object.kind)
        && change.kind != Kind::Removed
        && change.fields.iter().any(|field| !field.is_same_when_stored() && (template(&field.path) || field.recreates))
}

fn deleted(change: &Change) -> Option<Step> {
    let (object, file, why) = match (change.kind, &change.from) {
        (Kind::Removed, _) => (change.object.as_ref()?, &change.file, "removed".to_owned()),
        (Kind::Renamed, Some((from, file))) => {
            let to = change.object.as_ref()?;
            (from, file, format!("renamed to {to}"))
        }
        _ => return None,
    };
    if change.content != Content::Object || change.stays {
        return None;
    }
    let (stage, rank) = order(group(object), &object.kind, file);
    let reason = change.fields.iter().find(|field| field.class == Class::DataLoss).map(|field| field.reason.as_str());
    let reason = reason.map(|reason| format!(" (data loss: {reason})")).unwrap_or_default();
    Some(Step {
        stage,
        rank,
        phase: Phase::Delete,
        why: vec![format!("{object}: {why}{reason}")],
        commands: vec![kubectl(&object.namespace, &["delete", &target(object), "--ignore-not-found"])],
    })
}
