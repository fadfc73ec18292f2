//! Which renders to make.

use crate::args;
use crate::since;
use crate::workspace;
use crate::workspace::Gone;
use crate::workspace::Workspace;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::glob;
use meshtrace::model::Home;
use meshtrace::profile::Name;
use meshtrace::project;
use meshtrace::project::Project;
use meshtrace::project::Render;

/// A render to make and its output directory.
pub(crate) struct Job {
    /// Of the render; of profiles, their names.
    pub(crate) name: String,
    pub(crate) names: Vec<Name>,
    pub(crate) dir: String,
    pub(crate) home: Home,
}

/// What the command line selects.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) jobs: Vec<Job>,
    /// What earlier renders of that selection left.
    pub(crate) gone: Vec<Gone>,
}

/// The renders of `meshtrace.yaml` that match `globs`, and with `since` only those that a change since that revision
/// concerns.
pub(crate) fn of_project(
    globs: &[String],
    since: Option<&str>,
    folders: &args::Folders,
    workspace: &Workspace,
    found: &mut Findings,
) -> Selection {
    let Some((project, all)) = renders(workspace, found) else { return Selection::default() };
    let mut gone = workspace.gone(&all);
    gone.retain(|gone| globs.is_empty() || globs.iter().any(|glob| glob::matches(glob, &gone.name)));
    // Where a name or glob is only that of what is gone, there is nothing to render for it.
    let is_left = |glob: &String| {
        gone.iter().any(|gone| glob::matches(glob, &gone.name)) && !all.iter().any(|one| glob::matches(glob, &one.name))
    };
    let there: Vec<String> = globs.iter().filter(|glob| !is_left(glob)).cloned().collect();
    let mut chosen = match there.is_empty() && !globs.is_empty() {
        true => Vec::new(),
        false => project::select(&all, &there, found),
    };
    if let (Some(revision), 0) = (since, found.errors()) {
        chosen = since::changed(revision, chosen, folders, workspace, found);
    }
    let jobs = chosen
        .into_iter()
        .map(|render| {
            let dir = workspace.out_dir(project, &render.name);
            Job { home: workspace.home(&render.name), name: render.name, names: render.profiles, dir }
        })
        .collect();
    Selection { jobs, gone }
}

/// All renders of `meshtrace.yaml`. Reports that there is none.
fn renders<'a>(workspace: &'a Workspace, found: &mut Findings) -> Option<(&'a Project, Vec<Render>)> {
    let Some(project) = &workspace.project else {
        if found.errors() == 0 {
            let message = "no `meshtrace.yaml` in this directory or any parent, so there is nothing to render";
            found.push(
                Finding::error(ids::NO_PROJECT, message)
                    .help("name a profile, such as `meshtrace render -p dev -o out/dev`, or create the file with `meshtrace init`"),
            );
        }
        return None;
    };
    Some((project, project::expand(project, &meshtrace::profile::own_names(&workspace.profiles), found)))
}

/// The render of the profiles on the command line, to `dir`.
pub(crate) fn of_profiles(values: &args::ValueArgs, workspace: &Workspace, dir: String) -> Job {
    let names = workspace::names(values);
    let name = names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(",");
    Job { home: workspace.home_in(&names, &dir), name, names, dir }
}
