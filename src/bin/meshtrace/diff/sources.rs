//! What to compare: the sides named on the command line, read and paired by render.

use crate::args;
use crate::diff::owned;
use crate::revision;
use crate::revision::join;
use crate::since;
use crate::workspace;
use crate::workspace::Gone;
use crate::workspace::Workspace;
use meshtrace::diff;
use meshtrace::diff::Pair;
use meshtrace::diff::Reach;
use meshtrace::diff::Tree;
use meshtrace::disk;
use meshtrace::disk::AtRevision;
use meshtrace::disk::NamedBy;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::glob;
use meshtrace::model::Home;
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::project;
use meshtrace::render::Input;
use meshtrace::render::render;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::Path;

/// The file that identifies the folder of a render.
const LIST: &str = "/render.sha256";

/// A side as typed.
enum Source {
    Stdin,
    Path(String),
    Git { revision: String, path: Option<String> },
    Profile { names: Vec<Name>, revision: Option<String> },
}

/// A new render and the folder of the last one.
struct Unit {
    name: String,
    names: Vec<Name>,
    dir: String,
    home: Home,
}

/// FROM for each unit, `None` if it does not contain the unit; and the renders in it that no longer exist.
type Sides = (Vec<Option<Tree>>, Vec<(String, Tree)>);

type Result<T> = std::result::Result<T, Box<Finding>>;

/// All pairs to compare. Reports what cannot be read.
pub(crate) fn pairs(args: &args::Diff, workspace: &Workspace, extras: &[Extra], found: &mut Findings) -> Vec<Pair> {
    match try_pairs(args, workspace, extras, found) {
        Ok(pairs) => pairs,
        Err(finding) => {
            found.push(*finding);
            Vec::new()
        }
    }
}

fn try_pairs(args: &args::Diff, workspace: &Workspace, extras: &[Extra], found: &mut Findings) -> Result<Vec<Pair>> {
    let mut from = args.from.as_deref().map(parse).transpose()?;
    let mut to = args.to.as_deref().map(parse).transpose()?;
    let named = named_renders(args, from.as_ref());
    if !named.is_empty() {
        from = to.take();
    }
    if matches!((&from, &to), (Some(Source::Stdin), Some(Source::Stdin))) {
        return Err(usage("stdin cannot be both sides", "pass a file or a directory for one of them"));
    }
    let by_profile = !args.values.profile.is_empty();
    if !extras.is_empty() && !by_profile {
        return Err(usage("`-f` and `--set` require `-p`", "name the profiles with `-p`, such as `-p dev`"));
    }
    if let (Some(from), Some(to)) = (&from, &to) {
        if by_profile {
            let help = "omit TO to compare with the fresh render, or write `profile:...` for one of the sides";
            return Err(usage("`-p` and TO cannot be used together", help));
        }
        // Reading two large folders in parallel takes only as long as reading one.
        let (from_folder, to_fresh) = (matches!(from, Source::Path(_)), matches!(to, Source::Profile { .. }));
        let both = rayon::join(|| alone(from, workspace), || alone(to, workspace));
        let mut take = |(tree, problems): (Result<Tree>, Findings)| {
            found.append(problems);
            tree
        };
        let to_source = to;
        let (from, to) = (take(both.0)?, take(both.1)?);
        let reach = reach_of(to_source);
        let split = diff::split(from, to).into_iter();
        let pair = |(render, mut from, mut to): (Option<String>, Tree, Tree)| {
            let rendered = from_folder && to_fresh && from.files.contains_key(disk::LIST);
            if to_fresh {
                owned::keep(&mut from, &to);
            }
            if [&from, &to].iter().any(|tree| tree.files.contains_key(disk::LIST)) {
                diff::undo_line_ends(&mut from, &mut to, !rendered);
            }
            let reach = in_folder(reach.clone(), render.as_deref());
            Pair { render, from, to, rendered, reach }
        };
        return Ok(split.map(pair).collect());
    }
    let (units, all, gone) = units(args, &named, from.as_ref(), workspace, found)?;
    let source = from;
    let (old, gone) = match &source {
        None => (
            units.iter().map(|unit| last(unit, found)).collect(),
            gone.into_iter().map(|gone| left(gone, found)).collect(),
        ),
        Some(source) => {
            let (sides, mut left) = sides(source, &units, by_profile, workspace, found)?;
            // A render that was not selected is not gone.
            left.retain(|(name, _)| !all.contains(name) && is_selected(&named, name));
            (sides, left)
        }
    };
    if found.errors() > 0 {
        return Ok(Vec::new());
    }
    let chosen: Vec<(&Unit, Tree)> = units.iter().zip(old).filter_map(|(unit, tree)| Some((unit, tree?))).collect();
    let fresh: Vec<(Option<Tree>, Findings)> =
        chosen.par_iter().map(|(unit, _)| fresh(unit, workspace, extras)).collect();
    let mut pairs = Vec::with_capacity(chosen.len());
    for ((unit, mut from), (to, problems)) in chosen.into_iter().zip(fresh) {
        found.append(problems);
        let Some(mut to) = to else { continue };
        let rendered = match &source {
            None => !from.files.is_empty(),
            Some(Source::Path(_)) => from.files.contains_key(disk::LIST),
            Some(_) => false,
        };
        owned::keep(&mut from, &to);
        diff::undo_line_ends(&mut from, &mut to, !rendered);
        let reach = Reach::After(write_command(unit, by_profile, !extras.is_empty()));
        pairs.push(Pair { render: Some(unit.name.clone()), from, to, rendered, reach });
    }
    pairs.extend(gone.into_iter().map(|(name, mut from)| {
        let to = Tree::default();
        owned::keep(&mut from, &to);
        Pair { render: Some(name), from, to, rendered: false, reach: Reach::There }
    }));
    Ok(pairs)
}

/// How commands get at the files of a side.
fn reach_of(source: &Source) -> Reach {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match source {
        Source::Path(_) => Reach::There,
        Source::Git { revision, path: Some(path) } if !path.starts_with('.') => {
            Reach::Git { revision: revision.clone(), path: path.trim_matches('/').to_owned() }
        }
        Source::Profile { names, revision: None } => {
            let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
            Reach::Into(words(&["meshtrace", "render", "-p", &names.join(","), "-o"]))
        }
        Source::Git { .. } | Source::Profile { .. } | Source::Stdin => Reach::Nowhere,
    }
}

/// The same for the folder of a render in that side.
fn in_folder(reach: Reach, render: Option<&str>) -> Reach {
    match (reach, render) {
        (Reach::Git { revision, path }, Some(render)) => {
            let path = if path.is_empty() { render.to_owned() } else { format!("{path}/{render}") };
            Reach::Git { revision, path }
        }
        (reach, _) => reach,
    }
}

/// The words that write a unit to its folder. What `-f` and `--set` say is not repeated, since it may be secret.
fn write_command(unit: &Unit, by_profile: bool, extras: bool) -> Vec<String> {
    let names: Vec<&str> = unit.names.iter().map(|name| name.text.as_str()).collect();
    let names = names.join(",");
    let words: &[&str] = match (by_profile, extras) {
        (false, _) => &["meshtrace", "render", &unit.name],
        (true, false) => &["meshtrace", "render", "-p", &names, "-o", &unit.dir],
        (true, true) => &[],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn parse(text: &str) -> Result<Source> {
    if text == "-" {
        return Ok(Source::Stdin);
    }
    if let Some(rest) = text.strip_prefix("git:") {
        let (revision, path) = match rest.split_once(':') {
            Some((revision, path)) => (revision, Some(path.to_owned())),
            None => (rest, None),
        };
        if revision.is_empty() {
            return Err(usage(
                &format!("`{text}` does not name a revision"),
                "write `git:main`, or `git:main:out/dev`",
            ));
        }
        return Ok(Source::Git { revision: revision.to_owned(), path });
    }
    if let Some(rest) = text.strip_prefix("profile:") {
        let (profiles, revision) = match rest.split_once('@') {
            Some((profiles, revision)) => (profiles, Some(revision.to_owned())),
            None => (rest, None),
        };
        let names: Vec<Name> =
            profiles.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Name::from).collect();
        if names.is_empty() || revision.as_deref() == Some("") {
            return Err(usage(
                &format!("`{text}` does not name a profile"),
                "write `profile:dev`, `profile:dev,debug` or `profile:dev@main`",
            ));
        }
        return Ok(Source::Profile { names, revision });
    }
    if text.is_empty() {
        return Err(usage("FROM or TO is empty", "expected a directory, a file, `-`, `git:REV` or `profile:NAME`"));
    }
    Ok(Source::Path(text.to_owned()))
}

/// The new renders to compare with, the names of all, and what earlier ones left.
fn units(
    args: &args::Diff,
    named: &[String],
    from: Option<&Source>,
    workspace: &Workspace,
    found: &mut Findings,
) -> Result<(Vec<Unit>, HashSet<String>, Vec<Gone>)> {
    let names = workspace::names(&args.values);
    let all = match &workspace.project {
        Some(project) => project::expand(project, &meshtrace::profile::own_names(&workspace.profiles), found),
        None => Vec::new(),
    };
    let same = |render: &&project::Render, names: &[Name]| {
        render.profiles.iter().map(|name| &name.text).eq(names.iter().map(|name| &name.text))
    };
    if !names.is_empty() {
        let name = workspace.render_name(&names);
        let out = workspace
            .project
            .as_ref()
            .map_or_else(|| format!("out/{name}"), |project| workspace.out_dir(project, &name));
        if args.since.is_some() {
            return Err(usage(
                "`--since` selects renders in `meshtrace.yaml`, and `-p` names profiles",
                "omit one of them",
            ));
        }
        let home = workspace.home(&name);
        return Ok((vec![Unit { name, names, dir: out, home }], HashSet::new(), Vec::new()));
    }
    let Some(project) = &workspace.project else {
        let message = "no `meshtrace.yaml` in this directory or any parent, so there is nothing to render";
        let help = "name both sides, as in `meshtrace diff OLD NEW`, or a profile, as in `meshtrace diff -p dev`";
        return Err(Box::new(Finding::error(ids::NO_PROJECT, message).help(help)));
    };
    let mut chosen = project::select(&all, named, found);
    let several = chosen.len() > 1;
    let changed = args.since.as_deref().filter(|_| found.errors() == 0);
    if let Some(revision) = changed {
        chosen = since::changed(revision, chosen, &args.values.folders, workspace, found);
    }
    let chosen = chosen.into_iter().filter(|render| match from {
        Some(Source::Profile { names, .. }) if several => same(&render, names),
        _ => true,
    });
    let unit = |render: project::Render| Unit {
        dir: workspace.out_dir(project, &render.name),
        home: workspace.home(&render.name),
        name: render.name,
        names: render.profiles,
    };
    let units: Vec<Unit> = chosen.map(unit).collect();
    if units.is_empty() && found.errors() == 0 && changed.is_none() {
        return Err(usage("no render in `meshtrace.yaml` has these profiles", "name TO, or its profiles with `-p`"));
    }
    let mut gone = workspace.gone(&all);
    gone.retain(|gone| is_selected(named, &gone.name));
    Ok((units, all.into_iter().map(|render| render.name).collect(), gone))
}

fn is_selected(globs: &[String], render: &str) -> bool {
    globs.is_empty() || globs.iter().any(|glob| glob::matches(glob, render))
}

/// The first side, if it is no path but a render of `meshtrace.yaml`, or a glob of some.
fn named_renders(args: &args::Diff, from: Option<&Source>) -> Vec<String> {
    match from {
        Some(Source::Path(text)) if args.values.profile.is_empty() && !disk::is_there(Path::new(text)) => {
            let is_named = workspace::render_names().iter().any(|name| glob::matches(text, name));
            if is_named { vec![text.clone()] } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

/// What an earlier render left in a directory.
fn left(gone: Gone, found: &mut Findings) -> (String, Tree) {
    let files = disk::read_verbatim(Path::new(&gone.dir), &gone.dir, NamedBy::ProjectOutput, found);
    (gone.name, Tree { files, shown: prefix(&gone.dir), single: false, ..Tree::default() })
}

/// The last render of a unit; empty if there is none.
fn last(unit: &Unit, found: &mut Findings) -> Option<Tree> {
    let files = disk::read_verbatim(Path::new(&unit.dir), &unit.dir, NamedBy::ProjectOutput, found);
    Some(Tree { files, shown: prefix(&unit.dir), single: false, ..Tree::default() })
}

fn sides(
    source: &Source,
    units: &[Unit],
    by_profile: bool,
    workspace: &Workspace,
    found: &mut Findings,
) -> Result<Sides> {
    let mut tree = load(source, workspace, found)?;
    let holds_renders = !tree.files.contains_key(&LIST[1..]) && tree.files.keys().any(|path| path.ends_with(LIST));
    let out = matches!(source, Source::Git { path: None, .. });
    let held = units.iter().any(|unit| tree.files.contains_key(&format!("{}{LIST}", unit.name)));
    if out || holds_renders && (!by_profile || held) || units.len() > 1 && tree.files.is_empty() {
        let sides = units.iter().map(|unit| Some(diff::folder(&mut tree, &unit.name))).collect();
        owned::leave_projects(&mut tree);
        let left = if by_profile { Vec::new() } else { diff::split(tree, Tree::default()) };
        let gone = left.into_iter().filter_map(|(name, from, _)| Some((name?, from))).collect();
        return Ok((sides, gone));
    }
    if units.len() == 1 {
        return Ok((vec![Some(tree)], Vec::new()));
    }
    if let Source::Path(path) = source {
        let same = |unit: &Unit| Path::new(&unit.dir).components().eq(Path::new(path).components());
        if let Some(at) = units.iter().position(same) {
            let mut sides: Vec<Option<Tree>> = units.iter().map(|_| None).collect();
            sides[at] = Some(tree);
            return Ok((sides, Vec::new()));
        }
    }
    Err(usage(
        "`meshtrace.yaml` has several renders, but FROM can be compared with only one",
        "name TO as well, such as `meshtrace diff git:HEAD:out/dev out/dev`, or its profiles with `-p`",
    ))
}

fn alone(source: &Source, workspace: &Workspace) -> (Result<Tree>, Findings) {
    let mut found = Findings::default();
    (load(source, workspace, &mut found), found)
}

fn load(source: &Source, workspace: &Workspace, found: &mut Findings) -> Result<Tree> {
    match source {
        Source::Stdin => {
            let bytes = disk::read_stdin()?;
            Ok(Tree {
                files: BTreeMap::from([("stdin".to_owned(), bytes)]),
                shown: String::new(),
                single: true,
                ..Tree::default()
            })
        }
        Source::Path(text) => {
            let path = Path::new(text);
            if disk::is_folder(path) {
                let files = disk::read_verbatim(path, text, NamedBy::CommandLine, found);
                interrupted(text, &files, found);
                return Ok(Tree { files, shown: prefix(text), single: false, ..Tree::default() });
            }
            let bytes = disk::read_bytes(path, text)?;
            let (folder, name) = text.rsplit_once('/').map_or(("", text.as_str()), |(folder, name)| (folder, name));
            let shown = if text.contains('/') { format!("{folder}/") } else { String::new() };
            Ok(Tree { files: BTreeMap::from([(name.to_owned(), bytes)]), shown, single: true, ..Tree::default() })
        }
        Source::Git { revision, path } => at_revision(revision, path.as_deref(), workspace, found),
        Source::Profile { names, revision } => {
            let dir = names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(",");
            let home = workspace.home(&workspace.render_name(names));
            let unit = Unit { name: dir.clone(), names: names.clone(), dir: format!("profile:{dir}"), home };
            let (tree, problems) = match revision {
                None => fresh(&unit, workspace, &[]),
                Some(revision) => {
                    let old = revision::workspace(revision, workspace, found)?;
                    fresh(&unit, &old, &[])
                }
            };
            found.append(problems);
            Ok(tree.unwrap_or_default())
        }
    }
}

/// Reports a render in the folder `dir`, or in one below it, whose last write was interrupted.
fn interrupted(dir: &str, files: &BTreeMap<String, Vec<u8>>, found: &mut Findings) {
    let inner = files.keys().filter_map(|path| path.strip_suffix(LIST));
    for inner in inner.map(|inner| format!("{}{inner}", prefix(dir))).chain([dir.trim_end_matches('/').to_owned()]) {
        if let Some(finding) = disk::interrupted(Path::new(&inner), &inner) {
            found.push(finding);
        }
    }
}

fn at_revision(revision: &str, path: Option<&str>, workspace: &Workspace, found: &mut Findings) -> Result<Tree> {
    let (path, said) = match path {
        // As in git: relative to the top of the repository, or with `./` to the working directory.
        Some(path) if path.starts_with("./") || path.starts_with("../") => (join(&disk::git_prefix()?, path)?, true),
        Some(path) => (join("", path)?, true),
        None => {
            let out = workspace.project.as_ref().map_or("out", |project| &project.out);
            (join(&disk::git_prefix()?, &format!("{}{out}", workspace.prefix))?, false)
        }
    };
    let shown = format!("git:{revision}:{path}");
    match disk::at_revision(revision, &path, found)? {
        AtRevision::Folder(files) => Ok(Tree { files, shown: prefix(&shown), single: false, ..Tree::default() }),
        AtRevision::File(bytes) => {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            let slash = if folder.is_empty() { "" } else { "/" };
            let shown = format!("git:{revision}:{folder}{slash}");
            Ok(Tree { files: BTreeMap::from([(name.to_owned(), bytes)]), shown, single: true, ..Tree::default() })
        }
        AtRevision::Nothing => {
            let help = match said {
                true => {
                    "paths in `git:` start at the root of the repository; start with `./` for the current directory"
                }
                false => "name another path with `git:REV:PATH`",
            };
            Err(Box::new(
                Finding::error(ids::CANNOT_READ, format!("`{path}` does not exist at revision `{revision}`"))
                    .help(help),
            ))
        }
    }
}

fn fresh(unit: &Unit, workspace: &Workspace, extras: &[Extra]) -> (Option<Tree>, Findings) {
    let mut found = Findings::default();
    let input = Input {
        profiles: &workspace.profiles,
        templates: &workspace.templates,
        verbatim: &workspace.verbatim,
        names: &unit.names,
        extras,
        home: &unit.home,
        helm: Some(&workspace.charts),
    };
    let output = render(&input, &mut found);
    let tree = output.map(|output| Tree {
        files: output.files,
        shown: prefix(&unit.dir),
        secrets: output.secrets,
        single: false,
    });
    (tree, found)
}

/// The prefix of the paths of a folder in messages.
fn prefix(dir: &str) -> String {
    match dir.trim_end_matches('/') {
        "" if dir.starts_with('/') => "/".to_owned(),
        "" | "." => String::new(),
        dir => format!("{dir}/"),
    }
}

fn usage(message: &str, help: &str) -> Box<Finding> {
    Box::new(Finding::error(ids::USAGE, message).help(help))
}
