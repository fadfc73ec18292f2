//! `--since REV`: the renders that a change since a git revision concerns.
//!
//! A render is a function of the profiles that it names and extends, the charts that they name, all templates, `files/`
//! and `meshtrace.yaml`. They are compared as they are now, committed or not, with the revision's. What is not certain counts as a change: a
//! render too many costs time, one too few would be wrong.

use crate::args::Folders;
use crate::revision;
use crate::workspace::Workspace;
use meshtrace::chart::Helm;
use meshtrace::disk;
use meshtrace::disk::AtRevision;
use meshtrace::disk::Charts;
use meshtrace::files::Files;
use meshtrace::finding::Findings;
use meshtrace::profile;
use meshtrace::profile::LayerKind;
use meshtrace::profile::Name;
use meshtrace::project;
use meshtrace::project::Project;
use meshtrace::project::Render;
use meshtrace::render::charts_of;
use meshtrace::source::Sources;
use rayon::prelude::*;
use std::collections::HashMap;

/// Those of `renders` whose input is not what it was at `revision`. Reports a revision that cannot be read.
pub(crate) fn changed(
    revision: &str,
    renders: Vec<Render>,
    folders: &Folders,
    workspace: &Workspace,
    found: &mut Findings,
) -> Vec<Render> {
    let old = match revision::workspace(revision, workspace, found) {
        Ok(old) => old,
        Err(finding) => {
            found.push(*finding);
            return Vec::new();
        }
    };
    // Folders that the command line names may be anywhere.
    let elsewhere = folders.profiles.is_some() || folders.templates.is_some();
    if elsewhere || !is_same(&old.templates.all, &workspace.templates.all) || old.verbatim != workspace.verbatim {
        return renders;
    }
    let Some(before) = renders_at(revision, &old, workspace) else { return renders };
    let concerned = |render: &Render| {
        let profiles: Vec<&str> = render.profiles.iter().map(|name| &*name.text).collect();
        before.get(&render.name).is_none_or(|old| *old != profiles)
            || read_by(&render.profiles, workspace).is_none_or(|(files, charts)| {
                files.iter().any(|file| !is_same_file(&old, workspace, file))
                    || !charts.is_empty() && !are_same_charts(&old.charts, &workspace.charts, &charts)
            })
    };
    renders.into_par_iter().filter(concerned).collect()
}

fn is_same(one: &Files, other: &Files) -> bool {
    one.paths().eq(other.paths())
        && one.paths().all(|path| match (one.get(path), other.get(path)) {
            (Some(one), Some(other)) => one.text == other.text,
            _ => false,
        })
}

fn is_same_file(old: &Workspace, new: &Workspace, path: &str) -> bool {
    match (old.profiles.all.get(path), new.profiles.all.get(path)) {
        (Some(old), Some(new)) => old.text == new.text,
        _ => false,
    }
}

/// Whether the charts at `paths` are in both with the same digest, and locked with the same Helm.
fn are_same_charts(old: &Charts, new: &Charts, paths: &[String]) -> bool {
    let helm = |charts: &Charts| charts.lock().ok().map(|lock| lock.helm);
    let digest = |charts: &Charts, path: &str| charts.chart(path).ok().map(|chart| chart.digest.clone());
    helm(old).is_some_and(|version| helm(new) == Some(version))
        && paths.iter().all(|path| digest(old, path).is_some_and(|one| digest(new, path) == Some(one)))
}

/// The files of the profiles `names` and of those that they extend, and the charts that they name; `None` if not all
/// can be read.
fn read_by(names: &[Name], workspace: &Workspace) -> Option<(Vec<String>, Vec<String>)> {
    let mut found = Findings::default();
    let values = profile::compose(&workspace.profiles, names, &[], &mut Sources::default(), &mut found)?;
    // A shipped profile under its long name is the same at any revision.
    let layers = values.layers.iter().filter(|layer| !layer.name.starts_with("builtin:"));
    let files = layers.filter(|layer| matches!(layer.kind, LayerKind::Builtin | LayerKind::Profile));
    let charts = charts_of(&values);
    (found.errors() == 0).then(|| (files.map(|layer| format!("{}.yaml", layer.name)).collect(), charts))
}

/// The profiles of each render at the revision; `None` if `meshtrace.yaml` was not there or says something else about
/// more than its renders.
fn renders_at(revision: &str, old: &Workspace, workspace: &Workspace) -> Option<HashMap<String, Vec<String>>> {
    let mut found = Findings::default();
    let path = revision::in_repository(workspace, project::FILE).ok()?;
    let Ok(AtRevision::File(bytes)) = disk::at_revision(revision, &path, &mut found) else { return None };
    let mut sources = Sources::default();
    let source = sources.add(project::FILE, String::from_utf8(bytes).ok()?);
    let before = project::parse(&sources, source, env!("CARGO_PKG_VERSION"), &mut found)?;
    let own = profile::own_names(&old.profiles);
    let renders = project::expand(&before, &own, &mut found);
    let rest = |project: &Project| {
        let levels = &project.check;
        let rules = [&levels.allow, &levels.warn, &levels.deny]
            .map(|list| list.iter().map(|level| (level.rule.clone(), level.reason.clone())).collect::<Vec<_>>());
        (project.out.clone(), rules)
    };
    if found.errors() > 0 || rest(&before) != rest(workspace.project.as_ref()?) {
        return None;
    }
    let profiles = |render: &Render| render.profiles.iter().map(|name| name.text.clone()).collect();
    Some(renders.iter().map(|render| (render.name.clone(), profiles(render))).collect())
}
