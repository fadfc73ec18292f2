//! What a shell may complete: names that only the project and the built-in profiles and rules know.

use crate::args::Cli;
use crate::args::Folders;
use crate::workspace::Workspace;
use clap::CommandFactory;
use clap_complete::engine::CompletionCandidate;
use clap_complete::engine::PathCompleter;
use clap_complete::engine::ValueCompleter;
use meshtrace::check;
use meshtrace::explain;
use meshtrace::finding::Findings;
use meshtrace::profile;
use meshtrace::project;
use std::ffi::OsStr;

/// The project in the working directory, as far as it can be read: a shell has no place for errors.
fn workspace() -> Workspace {
    Workspace::open(&Folders { profiles: None, templates: None }, &mut Findings::default())
}

fn candidate(name: impl Into<String>, about: &str) -> CompletionCandidate {
    let help = (!about.is_empty()).then(|| about.to_owned().into());
    CompletionCandidate::new(name.into()).help(help)
}

/// Those that begin with what was typed.
fn begin(current: &OsStr, all: impl Iterator<Item = CompletionCandidate>) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    all.filter(|one| one.get_value().to_string_lossy().starts_with(&*typed)).collect()
}

/// The names of profiles, with their sentences.
pub(crate) fn profiles() -> Vec<CompletionCandidate> {
    let list = profile::list(&workspace().profiles);
    list.into_iter().map(|one| candidate(one.name.to_string(), &one.sentence)).collect()
}

/// The names of the renders in meshtrace.yaml.
pub(crate) fn renders() -> Vec<CompletionCandidate> {
    let workspace = workspace();
    let Some(project) = &workspace.project else { return Vec::new() };
    let names = profile::own_names(&workspace.profiles);
    let renders = project::expand(project, &names, &mut Findings::default());
    renders.into_iter().map(|render| candidate(render.name, "")).collect()
}

/// What `check` accepts: renders and files.
pub(crate) fn sets(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut all = begin(current, renders().into_iter());
    all.extend(PathCompleter::any().complete(current));
    all
}

/// What `diff` compares: profiles as well.
pub(crate) fn sides(current: &OsStr) -> Vec<CompletionCandidate> {
    let profiles = profiles().into_iter().map(|one| one.add_prefix("profile:"));
    let mut all = begin(current, profiles);
    all.extend(sets(current));
    all
}

/// The commands.
pub(crate) fn commands() -> Vec<CompletionCandidate> {
    Cli::command().get_subcommands().map(|one| candidate(one.get_name(), "")).collect()
}

/// The templates, by path.
pub(crate) fn templates() -> Vec<CompletionCandidate> {
    workspace().templates.all.iter().map(|(path, _)| candidate(path, "")).collect()
}

/// The rules of `check`.
pub(crate) fn rules() -> Vec<CompletionCandidate> {
    check::rules().into_iter().map(|rule| candidate(rule.id, rule.summary)).collect()
}

/// What `--deny` accepts.
pub(crate) fn denied() -> Vec<CompletionCandidate> {
    std::iter::once(candidate("warnings", "all rules that warn")).chain(rules()).collect()
}

/// What `explain` knows.
pub(crate) fn topics() -> Vec<CompletionCandidate> {
    let keys = explain::keys().into_iter().map(|key| candidate(key.path, &key.about));
    let of_project = project::KEYS.iter().map(|key| candidate(key.path, key.expects));
    let more = std::iter::once(candidate("assumptions", "what a verdict of check takes for granted"));
    keys.chain(of_project).chain(rules()).chain(more).collect()
}

/// `KEY=` of a profile, and the choices of a key after the `=`. After a comma, the next pair.
pub(crate) fn settings(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy().into_owned();
    let (before, last) = match typed.rfind(',') {
        Some(at) => typed.split_at(at + 1),
        None => ("", &*typed),
    };
    let keys = explain::keys();
    let all: Vec<CompletionCandidate> = match last.split_once('=') {
        Some((name, _)) => {
            let key = keys.into_iter().find(|key| key.path == name);
            let choices = key.map(|key| key.choices).unwrap_or_default();
            choices.iter().map(|(choice, about)| candidate(format!("{before}{name}={choice}"), about)).collect()
        }
        None => {
            let values = keys.into_iter().filter(|key| !key.is_map);
            values.map(|key| candidate(format!("{before}{}=", key.path), &key.about)).collect()
        }
    };
    begin(current, all.into_iter())
}
