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
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::profile::Profiles;
use meshtrace::profile::split_set;
use meshtrace::project;
use meshtrace::project::CheckLevels;
use meshtrace::project::Project;
use meshtrace::secrecy;
use meshtrace::source::Sources;
use meshtrace::template::Templates;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

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

    /// The output directory of a render of the project, relative to the working directory.
    pub(crate) fn out_dir(&self, project: &Project, render: &str) -> String {
        format!("{}{}/{render}", self.prefix, project.out)
    }
}

/// The levels of the nearest `meshtrace.yaml`, if there is one.
pub(crate) fn levels(found: &mut Findings) -> CheckLevels {
    find_project(found).0.flatten().map(|project| project.check).unwrap_or_default()
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
