//! The input of a command on disk: `meshtrace.yaml`, profiles, templates, files to copy.

use crate::args::Folders;
use crate::args::ValueArgs;
use clap::ArgMatches;
use meshtrace::builtin;
use meshtrace::disk;
use meshtrace::disk::Charts;
use meshtrace::disk::ChartsOf;
use meshtrace::disk::InputFolder;
use meshtrace::disk::NamedBy;
use meshtrace::files::Files;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::model::Home;
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::profile::Profiles;
use meshtrace::profile::split_set;
use meshtrace::project;
use meshtrace::project::CheckLevels;
use meshtrace::project::Project;
use meshtrace::project::Render;
use meshtrace::secrecy;
use meshtrace::source::Sources;
use meshtrace::template::Templates;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// A directory that was rendered and belongs to no render.
pub(crate) struct Gone {
    /// The folder of all renders, relative to the working directory.
    pub(crate) out: String,
    /// Its path in that folder.
    pub(crate) name: String,
    /// Its path from the working directory.
    pub(crate) dir: String,
}

/// Everything that a render can see.
pub(crate) struct Workspace {
    /// `meshtrace.yaml`, if there is one in the working directory or above.
    pub(crate) project: Option<Project>,
    /// The path from the working directory to the folder of `meshtrace.yaml`: empty, or `../` and the like.
    pub(crate) prefix: String,
    pub(crate) profiles: Profiles,
    pub(crate) templates: Templates,
    /// Files that are copied to `manifests/` unchanged.
    pub(crate) verbatim: BTreeMap<String, Vec<u8>>,
    /// The folders that all this comes from, and those of the project that the command line replaces: no render may
    /// write into them.
    pub(crate) inputs: Vec<InputFolder>,
    /// The Helm charts that profiles name.
    pub(crate) charts: Charts,
}

impl Workspace {
    /// Reads everything. Reports what cannot be read.
    pub(crate) fn open(folders: &Folders, found: &mut Findings) -> Workspace {
        let (project, prefix) = find_project(found);
        let beside = |name: &str| project.is_some().then(|| PathBuf::from(format!("{prefix}{name}")));
        let profiles =
            over(builtin::profiles(), folders.profiles.as_deref(), beside("profiles"), disk::read_folder_lazily, found);
        let before = found.errors();
        let templates =
            over(builtin::templates(), folders.templates.as_deref(), beside("templates"), disk::read_folder, found);
        // Only directories of the project are read.
        if found.errors() == before {
            reserved(folders.templates.clone().or(beside("templates")).as_deref(), found);
        }
        let verbatim = match beside("files") {
            Some(path) => disk::read_verbatim(&path, &shown(&path), NamedBy::Project, found),
            None => BTreeMap::new(),
        };
        let given = [&folders.profiles, &folders.templates].into_iter().flatten().cloned();
        let inputs = ["profiles", "templates", "files", "charts"].into_iter().filter_map(beside).chain(given);
        let inputs = inputs.map(|path| InputFolder { shown: shown(&path), path }).collect();
        let charts = Charts::new(match &project {
            Some(_) => ChartsOf::Project(prefix.clone()),
            None => ChartsOf::Nothing,
        });
        Workspace {
            project: project.flatten(),
            prefix,
            charts,
            profiles: Profiles { all: profiles, builtin: builtin::profiles() },
            templates: Templates { all: templates, builtin: builtin::templates() },
            verbatim,
            inputs,
        }
    }

    /// Reports renders of the project whose last write was interrupted.
    pub(crate) fn interrupted(&self, found: &mut Findings) {
        let Some(project) = &self.project else { return };
        let names = meshtrace::profile::own_names(&self.profiles);
        for render in project::expand(project, &names, &mut Findings::default()) {
            let dir = self.out_dir(project, &render.name);
            if disk::project_output(Path::new(&dir)).is_err() {
                continue;
            }
            if let Some(finding) = disk::interrupted(Path::new(&dir), &dir) {
                found.push(finding);
            }
        }
    }

    /// The directories below `out` that belong to none of `renders`, which are all of the project.
    pub(crate) fn gone(&self, renders: &[Render]) -> Vec<Gone> {
        let Some(project) = &self.project else { return Vec::new() };
        let out = match project.out.as_str() {
            "." if self.prefix.is_empty() => ".".to_string(),
            "." => self.prefix.trim_end_matches('/').to_string(),
            out => format!("{}{out}", self.prefix),
        };
        if disk::project_output(Path::new(&out)).is_err() {
            return Vec::new();
        }
        let names: HashSet<&str> = renders.iter().map(|render| render.name.as_str()).collect();
        let inputs = if project.out == "." { &["profiles", "templates", "files", "charts"][..] } else { &[] };
        let skip = |path: &str| names.contains(path) || inputs.contains(&path);
        let gone = disk::gone(Path::new(&out), project.out == ".", &skip).into_iter();
        gone.map(|name| Gone { out: out.clone(), dir: self.out_dir(project, &name), name }).collect()
    }

    /// The name of the render with these profiles: that of `meshtrace.yaml`, else one made of theirs.
    pub(crate) fn render_name(&self, names: &[Name]) -> String {
        let all = self.project.as_ref().map(|project| {
            project::expand(project, &meshtrace::profile::own_names(&self.profiles), &mut Findings::default())
        });
        let same =
            |render: &Render| render.profiles.iter().map(|name| &name.text).eq(names.iter().map(|name| &name.text));
        let joined = || names.iter().map(|name| name.text.replace(':', "-")).collect::<Vec<_>>().join("-");
        all.into_iter().flatten().find(same).map_or_else(joined, |render| render.name)
    }

    /// Where a render is in the project.
    pub(crate) fn home(&self, render: &str) -> Home {
        let out = self.project.as_ref().map_or("out", |project| project.out.as_str());
        Home { name: render.to_owned(), path: format!("{out}/{render}") }
    }

    /// Where a render of these profiles is in the project, if it is written to `dir`. A directory elsewhere says nothing
    /// about that.
    pub(crate) fn home_in(&self, names: &[Name], dir: &str) -> Home {
        let out = self.project.as_ref().map_or("out", |project| project.out.as_str());
        let outside = dir.starts_with('/') || dir.contains(['\\', ':']) || dir.split('/').any(|part| part == "..");
        if dir.is_empty() || outside || !self.prefix.is_empty() {
            return self.home(&self.render_name(names));
        }
        let parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let path = parts.join("/");
        match path.strip_prefix(out).and_then(|rest| rest.strip_prefix('/')) {
            Some(render) => self.home(render),
            None => Home { name: self.render_name(names), path },
        }
    }

    /// The output directory of a render of the project, relative to the working directory.
    pub(crate) fn out_dir(&self, project: &Project, render: &str) -> String {
        format!("{}{}/{render}", self.prefix, project.out)
    }
}

/// Makes `dir`, which the command line names, the working directory. Every path on the command line is relative to it.
/// Returns the way there, such as `teams/mesh/`, if it is below.
pub(crate) fn enter(dir: &Path) -> Result<String, Finding> {
    let refused = |why: &str| Finding::error(ids::NO_SUCH_FOLDER, format!("`--project {}` {why}", shown(dir)));
    if !disk::is_folder(dir) {
        return Err(refused("is not a directory").help("name the directory of a `meshtrace.yaml`"));
    }
    std::env::set_current_dir(dir).map_err(|_| refused("cannot be entered").help("check its permissions"))?;
    let mut way = String::new();
    for part in dir.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => way.extend([&*name.to_string_lossy(), "/"]),
            // It is not below, or goes up on the way.
            _ => return Ok(String::new()),
        }
    }
    Ok(way)
}

/// The levels of the nearest `meshtrace.yaml`, if there is one.
pub(crate) fn levels(found: &mut Findings) -> CheckLevels {
    find_project(found).0.flatten().map(|project| project.check).unwrap_or_default()
}

/// The names of the renders of the nearest `meshtrace.yaml`; none if they cannot be read, which another command reports.
pub(crate) fn render_names() -> Vec<String> {
    let mut found = Findings::default();
    let (Some(Some(project)), prefix) = find_project(&mut found) else { return Vec::new() };
    let folder = PathBuf::from(format!("{prefix}profiles"));
    let own = disk::read_folder_lazily(&folder, &shown(&folder), NamedBy::Project, &mut found);
    let names: Vec<String> = own.paths().filter_map(|path| path.strip_suffix(".yaml")).map(String::from).collect();
    project::expand(&project, &names, &mut found).into_iter().map(|render| render.name).collect()
}

/// The folder of `meshtrace.yaml` and its content. The outer `Option` says whether there is one, the inner whether it
/// could be read.
fn find_project(found: &mut Findings) -> (Option<Option<Project>>, String) {
    #[allow(clippy::disallowed_methods, reason = "the project is looked for from the working directory")]
    let Ok(here) = std::env::current_dir() else { return (None, String::new()) };
    let Some(path) = disk::find_upward(&here, project::FILE) else { return (None, String::new()) };
    let root = path.parent().unwrap_or(&path);
    let up = here.components().count().saturating_sub(root.components().count());
    let prefix = "../".repeat(up);
    let name = format!("{prefix}{}", project::FILE);
    let text = match disk::read_project_text(Path::new(&name), &name) {
        Ok(text) => text,
        Err(finding) => {
            found.push(finding);
            return (Some(None), prefix);
        }
    };
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    (Some(project::parse(&sources, source, env!("CARGO_PKG_VERSION"), found)), prefix)
}

fn over(
    shipped: Files,
    given: Option<&Path>,
    beside: Option<PathBuf>,
    read: fn(&Path, &str, NamedBy, &mut Findings) -> Files,
    found: &mut Findings,
) -> Files {
    let (folder, by) = match (given, beside) {
        (Some(given), _) if !disk::is_folder(given) => {
            let message = format!("`{}` is not a directory", shown(given));
            found.push(Finding::error(ids::NO_SUCH_FOLDER, message).help("expected a readable directory"));
            return shipped;
        }
        (Some(given), _) => (given.to_path_buf(), NamedBy::CommandLine),
        (None, Some(beside)) => (beside, NamedBy::Project),
        (None, None) => return shipped,
    };
    shipped.overlay(read(&folder, &shown(&folder), by, found))
}

/// Hidden files are not read as templates; those that were probably not meant to be hidden are reported.
fn reserved(templates: Option<&Path>, found: &mut Findings) {
    for name in disk::RESERVED {
        let Some(path) = templates.map(|dir| dir.join(name)).filter(|path| disk::is_there(path)) else {
            continue;
        };
        let message =
            format!("`{}` cannot be a template: the name is reserved for a file that meshtrace writes", shown(&path));
        found.push(Finding::error(ids::RESERVED_NAME, message).help("rename it or move it elsewhere"));
    }
}

/// A path in messages: with `/` on every system.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The values given on the command line, with files read. `typed`: the matches that `args` come from.
pub(crate) fn extras(args: &ValueArgs, typed: &ArgMatches, found: &mut Findings) -> Vec<Extra> {
    let mut extras = Vec::new();
    for path in &args.values {
        let name = shown(path);
        match disk::read_text(path, &name) {
            Ok(text) => extras.push(Extra::File { name, text }),
            Err(finding) => found.push(finding),
        }
    }
    for (flag, text) in in_order(args, typed) {
        match flag {
            "--set" => extras.push(Extra::Set(text.clone())),
            "--set-string" => extras.push(Extra::SetString(text.clone())),
            "--set-json" => extras.push(Extra::SetJson(text.clone())),
            _ => match split_set(text) {
                // It may be a secret meant for `--set`, so it is not shown.
                Some((key, path)) => match disk::read_text(Path::new(path), &secrecy::name_of_file(key, path)) {
                    Ok(text) => extras.push(Extra::SetFile { key: key.to_string(), text }),
                    Err(finding) => found.push(finding),
                },
                None => {
                    let message = "`--set-file` has no `=`";
                    found.push(Finding::error(ids::SET_SYNTAX, message).help("expected `--set-file KEY=FILE`"));
                }
            },
        }
    }
    extras
}

/// `--set` and similar flags in the order typed, which clap keeps as the index of each value.
fn in_order<'a>(args: &'a ValueArgs, typed: &ArgMatches) -> Vec<(&'static str, &'a String)> {
    let flags = [
        ("--set", "set", &args.set),
        ("--set-string", "set_string", &args.set_string),
        ("--set-json", "set_json", &args.set_json),
        ("--set-file", "set_file", &args.set_file),
    ];
    let indexed = flags.into_iter().flat_map(|(flag, id, values)| {
        let indices = typed.indices_of(id).into_iter().flatten();
        indices.zip(values).map(move |(index, value)| (index, flag, value))
    });
    let mut ordered: Vec<(usize, &'static str, &String)> = indexed.collect();
    ordered.sort_unstable();
    ordered.into_iter().map(|(_, flag, value)| (flag, value)).collect()
}

/// The profiles requested on the command line.
pub(crate) fn names(args: &ValueArgs) -> Vec<Name> {
    args.profile.iter().map(|name| Name::from(name.trim())).collect()
}
