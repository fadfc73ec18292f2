//! `meshtrace argocd`: a config management plugin of Argo CD.
//!
//! The contract is that of argo-cd v3.5.7 `cmpserver/plugin/plugin.go`: the program is started in the directory of the
//! Application, in a copy of the repository that may have no `.git`; stdout is read as a stream of objects; stderr is
//! shown to people if the exit code is not 0. The result, also a failure, is kept for the revision, so it depends on the
//! files and on what the Application asks for, and on nothing else.

use crate::args;
use crate::exit::Exit;
use crate::render;
use crate::render::jobs;
use crate::render::jobs::Job;
use crate::render::stream;
use crate::talk::Console;
use crate::workspace::Workspace;
use meshtrace::disk;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::profile;
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::project;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Component;
use std::path::Path;

/// What an Application sets in `plugin.parameters`, as JSON (argo-cd `reposerver/repository/repository.go`).
const PARAMETERS: &str = "ARGOCD_APP_PARAMETERS";
/// What it sets in `plugin.env`, which has this before its name.
const ENVIRONMENT: &str = "ARGOCD_ENV_";

/// The names of the parameters.
const KNOWN: [&str; 5] = ["render", "profiles", "values-files", "set", "set-string"];

/// One parameter, as Argo CD passes it on: all values are strings.
#[derive(Deserialize)]
struct Parameter {
    name: String,
    #[serde(default)]
    string: Option<String>,
    #[serde(default)]
    array: Option<Vec<String>>,
    #[serde(default)]
    map: Option<BTreeMap<String, String>>,
}

/// What the Application asks for.
#[derive(Default)]
struct Asked {
    render: Option<String>,
    profiles: Vec<String>,
    files: Vec<String>,
    sets: Vec<Extra>,
}

type Result<T> = std::result::Result<T, Box<Finding>>;

pub(crate) fn run(args: &args::Argocd, console: &Console) -> Exit {
    match args {
        args::Argocd::Generate => generate(console),
        args::Argocd::Parameters => parameters(console),
    }
}

fn generate(console: &Console) -> Exit {
    let mut found = Findings::default();
    let asked = match asked() {
        Ok(asked) => asked,
        Err(finding) => return console.error(*finding),
    };
    let args = render_args();
    let workspace = Workspace::open(&args.values.folders, &mut found);
    let mut extras = Vec::new();
    for file in &asked.files {
        match values_file(file) {
            Ok(extra) => extras.push(extra),
            Err(finding) => found.push(*finding),
        }
    }
    extras.extend(asked.sets.iter().cloned());
    let job = job(&asked, &workspace, &mut found);
    let Some(job) = job.filter(|_| found.errors() == 0) else { return console.fail_reading(&found) };
    let mut outputs = render::render_all(&args, &[job], &workspace, &extras, console, &mut found);
    let output = outputs.pop().filter(|_| found.errors() == 0);
    console.findings(&found);
    let Some(output) = output else { return Exit::Failed };
    let (stream, _) = stream::of_objects(output.files.iter());
    if stream.is_empty() {
        // Argo CD would take it for an application without resources, and delete what there is.
        let message = "the render has no objects, so nothing is printed";
        return console.error(
            Finding::error(ids::NO_MATCH, message).help("with pruning, Argo CD would delete everything that is there"),
        );
    }
    console.print(&stream)
}

/// The options of a plain `meshtrace render`.
fn render_args() -> args::Render {
    args::Render {
        renders: Vec::new(),
        values: args::ValueArgs {
            profile: Vec::new(),
            values: Vec::new(),
            set: Vec::new(),
            set_string: Vec::new(),
            set_json: Vec::new(),
            set_file: Vec::new(),
            folders: args::Folders { profiles: None, templates: None },
        },
        out: None,
        only: Vec::new(),
        check: false,
        force: false,
        skip_rules: false,
        prune: false,
        since: None,
        allow_plaintext_secrets: false,
        exit_nonzero_on_change: false,
    }
}

/// The parameters, and for those that are not set the environment variables of the plugin.
fn asked() -> Result<Asked> {
    let mut asked = Asked::default();
    for parameter in read_parameters(&std::env::var(PARAMETERS).unwrap_or_default())? {
        asked.take(parameter)?;
    }
    let variable = |name: &str| std::env::var(format!("{ENVIRONMENT}{name}")).ok().filter(|value| !value.is_empty());
    if asked.render.is_none() && asked.profiles.is_empty() {
        asked.render = variable("RENDER");
        asked.profiles = variable("PROFILES").map(|list| words(&list)).unwrap_or_default();
    }
    if asked.render.is_some() && !asked.profiles.is_empty() {
        let finding = Finding::error(ids::USAGE, "the Application sets both `render` and `profiles`");
        return Err(Box::new(finding.help("set `render` for one of meshtrace.yaml, or `profiles` for a combination")));
    }
    Ok(asked)
}

/// An Application without a `plugin` block has no parameters, and one with an empty block has `null`.
fn read_parameters(text: &str) -> Result<Vec<Parameter>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str::<Option<Vec<Parameter>>>(text).map(Option::unwrap_or_default).map_err(|error| {
        // Not the message of the reader, which may quote a value.
        let at = format!("line {}, column {}", error.line(), error.column());
        let finding = Finding::error(ids::USAGE, format!("`{PARAMETERS}` is not a list of parameters ({at})"));
        Box::new(finding.help("expected JSON such as [{\"name\": \"render\", \"string\": \"dev\"}]"))
    })
}

impl Asked {
    fn take(&mut self, parameter: Parameter) -> Result<()> {
        let Parameter { name, string, array, map } = parameter;
        let wrong = |expected: &str| {
            let finding = Finding::error(ids::USAGE, format!("the parameter `{name}` has no `{expected}`"));
            Box::new(finding.help(format!("`meshtrace argocd parameters` prints the types; write `{expected}:`")))
        };
        match name.as_str() {
            "render" => self.render = Some(string.ok_or_else(|| wrong("string"))?).filter(|name| !name.is_empty()),
            "profiles" => self.profiles = list(array, string).ok_or_else(|| wrong("array"))?,
            "values-files" => self.files = list(array, string).ok_or_else(|| wrong("array"))?,
            "set" | "set-string" => {
                for (key, value) in map.ok_or_else(|| wrong("map"))? {
                    self.sets.push(set(&name, &key, &value)?);
                }
            }
            _ => {
                let finding =
                    Finding::error(ids::USAGE, format!("the Application sets the unknown parameter `{name}`"));
                return Err(Box::new(finding.help(format!("known parameters: {}", KNOWN.join(", ")))));
            }
        }
        Ok(())
    }
}

/// A list, or a text with commas for people who write one.
fn list(array: Option<Vec<String>>, string: Option<String>) -> Option<Vec<String>> {
    array.or_else(|| string.map(|text| words(&text)))
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// One pair of a map as `--set` writes it: a value may contain what separates pairs.
fn set(parameter: &str, key: &str, value: &str) -> Result<Extra> {
    if key.contains(['=', ',']) {
        let finding = Finding::error(ids::SET_SYNTAX, format!("a key of the parameter `{parameter}` has a `=` or `,`"));
        return Err(Box::new(finding.help("write one entry for each value, such as `jaeger.strategy: production`")));
    }
    let pair = format!("{key}={}", value.replace('\\', "\\\\").replace(',', "\\,"));
    Ok(if parameter == "set" { Extra::Set(pair) } else { Extra::SetString(pair) })
}

/// Reads a values file of the repository. An Application may be written by people who may not read everything that the
/// repo-server can.
fn values_file(name: &str) -> Result<Extra> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside || name.contains('\\') {
        let finding = Finding::error(ids::UNSAFE_PATH, format!("the values file `{name}` is outside the Application"));
        return Err(Box::new(finding.help("name a file in the directory of the Application, without `..`")));
    }
    let text = disk::read_project_text(Path::new(name), name).map_err(Box::new)?;
    Ok(Extra::File { name: name.to_owned(), text })
}

/// The render to make: one of `meshtrace.yaml` by name, or the only one, or a combination of profiles.
fn job(asked: &Asked, workspace: &Workspace, found: &mut Findings) -> Option<Job> {
    if !asked.profiles.is_empty() {
        let names: Vec<Name> = asked.profiles.iter().map(|name| Name::from(name.as_str())).collect();
        let name = asked.profiles.join(",");
        return Some(Job { home: workspace.home_in(&names, ""), name, names, dir: String::new() });
    }
    let globs: Vec<String> = asked.render.iter().cloned().collect();
    let mut jobs = jobs::of_project(&globs, None, &args::Folders::default(), workspace, found).jobs;
    if found.errors() > 0 {
        return None;
    }
    match (jobs.pop(), jobs.len()) {
        (Some(job), 0) => Some(Job { dir: String::new(), ..job }),
        (_, more) => {
            let count = more + 1;
            let message = match &asked.render {
                Some(name) => format!("`{name}` matches {count} renders, but an Application can install only one"),
                None => format!("`meshtrace.yaml` has {count} renders, and the Application names none"),
            };
            let help = "set the parameter `render` of the Application, such as `{name: render, string: dev}`";
            found.push(Finding::error(ids::USAGE, message).help(help));
            None
        }
    }
}

/// The announcement, in the format of argo-cd `reposerver/repository/repository.proto` `ParameterAnnouncement`.
fn parameters(console: &Console) -> Exit {
    let mut found = Findings::default();
    let workspace = Workspace::open(&render_args().values.folders, &mut found);
    let own = profile::own_names(&workspace.profiles);
    let renders = match &workspace.project {
        Some(project) => project::expand(project, &own, &mut found),
        None => Vec::new(),
    };
    if found.errors() > 0 {
        return console.fail_reading(&found);
    }
    let names = renders.iter().map(|render| render.name.as_str());
    let only = match renders.as_slice() {
        [one] => one.name.as_str(),
        _ => "",
    };
    let announced = json!([
        {
            "name": "render",
            "title": "Render",
            "tooltip": format!("A render of meshtrace.yaml: {}", some(names)),
            "required": renders.len() > 1,
            "itemType": "string",
            "collectionType": "string",
            "string": only,
        },
        {
            "name": "profiles",
            "title": "Profiles",
            "tooltip": format!(
                "Instead of a render, profiles to merge: {}",
                some(profile::names(&workspace.profiles).iter().map(String::as_str))
            ),
            "itemType": "string",
            "collectionType": "array",
            "array": [],
        },
        {
            "name": "values-files",
            "title": "Values files",
            "tooltip": "Files to merge over the profiles, relative to the directory of the Application",
            "itemType": "string",
            "collectionType": "array",
            "array": [],
        },
        {
            "name": "set",
            "title": "Values",
            "tooltip": "Values to set, such as jaeger.strategy; true, false, null and whole numbers keep their type",
            "itemType": "string",
            "collectionType": "map",
            "map": {},
        },
        {
            "name": "set-string",
            "title": "Values that are strings",
            "tooltip": "Values to set as strings",
            "itemType": "string",
            "collectionType": "map",
            "map": {},
        },
    ]);
    console.print(format!("{announced:#}\n").as_bytes())
}

/// Names for a tooltip.
fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const LISTED: usize = 20;
    let names: Vec<&str> = names.collect();
    let mut text = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text.push_str(&format!(" and {} more", names.len() - LISTED));
    }
    text
}
