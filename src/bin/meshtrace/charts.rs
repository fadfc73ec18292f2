//! `meshtrace charts`: fetches charts and writes `charts.lock`. `add` and `update` are the only commands that use the
//! network.

use crate::args;
use crate::args::Folders;
use crate::exit::Exit;
use crate::guard;
use crate::render::jobs;
use crate::talk::Console;
use crate::workspace::Workspace;
use meshtrace::chart::Chart;
use meshtrace::chart::Helm;
use meshtrace::chart::LOCK;
use meshtrace::chart::Lock;
use meshtrace::chart::Locked;
use meshtrace::disk;
use meshtrace::disk::Charts;
use meshtrace::disk::ChartsOf;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::render::Input;
use meshtrace::render::chart_paths;

type Result<T> = std::result::Result<T, Box<Finding>>;

pub(crate) fn run(args: args::Charts, console: &Console) -> Exit {
    let mut found = Findings::default();
    let folders = Folders { profiles: None, templates: None };
    let workspace = Workspace::open(&folders, &mut found);
    if found.errors() > 0 {
        return console.fail_reading(&found);
    }
    if workspace.project.is_none() {
        let finding = Finding::error(ids::NO_PROJECT, "no `meshtrace.yaml` in this directory or any parent");
        return console.error(finding.help("create it with `meshtrace init`; charts are kept beside it"));
    }
    // The rest is bounded by Helm's own time, and ends by writing.
    let named = match &args {
        args::Charts::Lock { paths } if paths.is_empty() => named_by_renders(&workspace, &folders, &mut found),
        _ => Vec::new(),
    };
    if found.errors() > 0 {
        return console.fail_reading(&found);
    }
    guard::leave();
    let charts = Charts::new(ChartsOf::Project(workspace.prefix.clone())).unlocked();
    let done = match args {
        args::Charts::Add { name, source, version } => {
            add(&workspace.prefix, &charts, (&name, &source, &version), console)
        }
        args::Charts::Update { names, version } => {
            update(&workspace.prefix, &charts, &names, version.as_deref(), console)
        }
        args::Charts::Lock { paths } if paths.is_empty() => lock(&workspace.prefix, &charts, named, true, console),
        args::Charts::Lock { paths } => lock(&workspace.prefix, &charts, paths, false, console),
    };
    match done {
        Ok(()) => Exit::Done,
        Err(finding) => console.error(*finding),
    }
}

/// The charts that the renders of the project name.
fn named_by_renders(workspace: &Workspace, folders: &Folders, found: &mut Findings) -> Vec<String> {
    let mut paths = Vec::new();
    for job in jobs::of_project(&[], None, folders, workspace, found).jobs {
        let input = Input {
            profiles: &workspace.profiles,
            templates: &workspace.templates,
            verbatim: &workspace.verbatim,
            names: &job.names,
            extras: &[],
            home: &job.home,
            helm: None,
        };
        paths.extend(chart_paths(&input, found));
    }
    paths.sort();
    paths.dedup();
    paths
}

fn locked(chart: &Chart, source: String) -> Locked {
    Locked { name: chart.name.clone(), version: chart.version.clone(), digest: chart.digest.clone(), source }
}

/// The lock, to which charts can be added only with the Helm that it was written with.
fn lock_of_this_helm(charts: &Charts) -> Result<Lock> {
    let (mut lock, version) = (charts.lock()?, charts.helm_version()?);
    if lock.merged {
        let finding = Finding::error(ids::CHART_LOCK, format!("`{LOCK}` has conflict markers of git"));
        return Err(Box::new(finding.help("run `meshtrace charts lock` first, and read the diff of the next render")));
    }
    if !lock.helm.is_empty() && lock.helm != version {
        let message = format!("the installed `helm` is {version}, but `{LOCK}` was written with {}", lock.helm);
        let help = "run `meshtrace charts lock` first, and read the diff of the next render";
        return Err(Box::new(Finding::error(ids::CHART_LOCK, message).help(help)));
    }
    lock.helm = version;
    Ok(lock)
}

fn add(prefix: &str, charts: &Charts, (name, source, version): (&str, &str, &str), console: &Console) -> Result<()> {
    let mut lock = lock_of_this_helm(charts)?;
    let (public, has_login) = without_login(source);
    if public.contains(['?', '#']) {
        let message =
            format!("the address of the repository has a `?` or `#`, and `{LOCK}`, which is committed, would hold it");
        let help = "pass the address of the repository alone; a password may stand in it, and is not recorded";
        return Err(Box::new(Finding::error(ids::CHART_PULL, message).help(help)));
    }
    let pulled = disk::pull(name, source, Some(version), &format!("charts/{name}.tgz"))?;
    let chart = &pulled.chart;
    pulled.store(prefix)?;
    lock.charts.insert(chart.path.clone(), locked(chart, public));
    disk::store_lock(prefix, &lock)?;
    console.say(&format!("{prefix}{}: {} {}, {}", chart.path, chart.name, chart.version, chart.digest));
    if has_login {
        console.say(&format!(
            "{prefix}{LOCK} leaves out the login in the address; pass it again to fetch another version"
        ));
    }
    let key = match name {
        "consul" | "jaeger" => format!("{name}.chartPath"),
        _ => format!("charts.{name}.path"),
    };
    console.say(&format!("next: set `{key}: {}` in a profile, then run `meshtrace render`", chart.path));
    Ok(())
}

/// An address without the user and password in it, and whether it had any: `charts.lock` is committed.
fn without_login(address: &str) -> (String, bool) {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match host.rsplit_once('@') {
        Some((login, _)) if !scheme.is_empty() => (format!("{scheme}://{}", &rest[login.len() + 1..]), true),
        _ => (address.to_owned(), false),
    }
}

fn update(prefix: &str, charts: &Charts, names: &[String], version: Option<&str>, console: &Console) -> Result<()> {
    let refuse = |message: String, help: &str| Err(Box::new(Finding::error(ids::CHART_LOCK, message).help(help)));
    let mut lock = lock_of_this_helm(charts)?;
    let is = |name: &String, path: &String, held: &Locked| *name == held.name || name == path;
    if let Some(unknown) = names.iter().find(|name| !lock.charts.iter().any(|(path, held)| is(name, path, held))) {
        return refuse(format!("`{LOCK}` holds no chart `{unknown}`"), "fetch it with `meshtrace charts add`");
    }
    let wanted = |path: &String, held: &Locked| match names {
        [] => !held.source.is_empty(),
        names => names.iter().any(|name| is(name, path, held)),
    };
    let chosen: Vec<(String, Locked)> = lock
        .charts
        .iter()
        .filter(|(path, held)| wanted(path, held))
        .map(|(path, held)| (path.clone(), held.clone()))
        .collect();
    if version.is_some() && chosen.len() != 1 {
        return refuse("`--version` needs exactly one chart".to_string(), "name the chart");
    }
    for (path, held) in &chosen {
        if held.source.is_empty() || !path.ends_with(".tgz") {
            return refuse(
                format!("`{LOCK}` does not say where `{path}` comes from"),
                "fetch it with `meshtrace charts add`",
            );
        }
        let pulled = disk::pull(&held.name, &held.source, version, path)?;
        if pulled.chart.digest == held.digest {
            console.say(&format!("{prefix}{path}: {} {}, unchanged", held.name, held.version));
            continue;
        }
        pulled.store(prefix)?;
        lock.charts.insert(path.clone(), locked(&pulled.chart, held.source.clone()));
        disk::store_lock(prefix, &lock)?;
        console.say(&format!("{prefix}{path}: {} {} -> {}", held.name, held.version, pulled.chart.version));
    }
    if chosen.is_empty() {
        console.say(&format!("{prefix}{LOCK}: no chart in it was fetched by `meshtrace charts add`"));
    }
    Ok(())
}

/// Records the charts at `paths`; `all`: also those that the lock holds and that are still there, and no others.
fn lock(prefix: &str, charts: &Charts, mut paths: Vec<String>, all: bool, console: &Console) -> Result<()> {
    let old = charts.lock()?;
    let mut lock = Lock { helm: charts.helm_version()?, ..Lock::default() };
    if all {
        let there = |path: &&String| disk::is_there(std::path::Path::new(&format!("{prefix}{path}")));
        paths.extend(old.charts.keys().filter(there).cloned());
    } else {
        lock.charts = old.charts.clone();
    }
    // Said when it is done: a chart that cannot be read leaves the lock as it is.
    let mut done = Vec::new();
    if old.merged {
        done.push(format!("{prefix}{LOCK}: has the charts of both sides of the merge"));
    }
    if old.helm != lock.helm {
        let from = if old.helm.is_empty() { String::new() } else { format!("{} -> ", old.helm) };
        done.push(format!("{prefix}{LOCK}: helm {from}{}", lock.helm));
    }
    paths.iter_mut().for_each(|path| *path = path.trim_end_matches('/').to_string());
    paths.sort();
    paths.dedup();
    for path in &paths {
        let chart = charts.chart(path)?;
        let before = old.charts.get(path);
        let new = locked(&chart, before.map(|held| held.source.clone()).unwrap_or_default());
        if before != Some(&new) {
            done.push(format!("{prefix}{path}: {} {}, {}", new.name, new.version, new.digest));
        }
        lock.charts.insert(path.clone(), new);
    }
    if lock.charts.is_empty() {
        let finding =
            Finding::error(ids::CHART_LOCK, "no render in `meshtrace.yaml` names a chart, so there is nothing to lock");
        return Err(Box::new(finding.help("set `charts.<release>.path` in a profile, or name the charts")));
    }
    let gone = old.charts.keys().filter(|path| !lock.charts.contains_key(*path));
    done.extend(gone.map(|path| format!("{prefix}{path}: no longer locked")));
    if done.is_empty() {
        let (count, ending) = (lock.charts.len(), if lock.charts.len() == 1 { "" } else { "s" });
        console.say(&format!("{prefix}{LOCK}: up to date, {count} chart{ending}"));
        return Ok(());
    }
    disk::store_lock(prefix, &lock)?;
    done.iter().for_each(|line| console.say(line));
    Ok(())
}
