//! `meshtrace check`.

use crate::args;
use crate::exit::Exit;
use crate::render::check_renders;
use crate::talk::Talk;
use crate::workspace;
use clap::ArgMatches;
use meshtrace::check;
use meshtrace::check::Levels;
use meshtrace::check::Loaded;
use meshtrace::check::Options;
use meshtrace::check::Report;
use meshtrace::disk;
use meshtrace::disk::NamedBy;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::finding::ids;
use meshtrace::running;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn run(args: args::Check, typed: &ArgMatches, talk: &Talk) -> Exit {
    let options = match options(&args) {
        Ok(options) => options,
        Err(finding) => return talk.error(*finding),
    };
    let mut found = Findings::default();
    let report = if args.paths.is_empty() {
        let renders = check_renders(&args.values, typed, &options, &mut found);
        let Some((mut report, project)) = renders else { return talk.fail_reading(&found) };
        let levels = Levels { project, deny: args.deny.clone() };
        levels.stages_of_check(&mut found, &mut report);
        levels.apply(&mut report, args.values.profile.is_empty());
        report
    } else {
        let project = workspace::levels(&mut found);
        if found.errors() > 0 {
            return talk.fail_reading(&found);
        }
        let levels = Levels { project, deny: args.deny.clone() };
        let mut sets: BTreeMap<String, Loaded> = BTreeMap::new();
        for path in &args.paths {
            if let Err(finding) = read(path, &mut sets) {
                return talk.error(*finding);
            }
        }
        if sets.values().all(Loaded::is_empty) {
            return talk.error(
                Finding::error(ids::NOTHING_TO_CHECK, "found neither Kubernetes objects nor Helm values to check")
                    .help("give files or directories with YAML, `-` for stdin, or `-p PROFILE`"),
            );
        }
        let mut report = judge(&sets, &options, &levels);
        levels.stages_of_check(&mut found, &mut report);
        levels.apply(&mut report, false);
        report
    };
    talk.findings(&found);
    match talk.report(&report, args.format) {
        Exit::Done if report.count(Severity::Error) > 0 => Exit::No,
        exit => exit,
    }
}

/// Checks each set separately and joins the reports.
fn judge(sets: &BTreeMap<String, Loaded>, options: &Options, levels: &Levels) -> Report {
    let several = sets.len() > 1;
    Report::join_all(sets.iter().map(|(name, loaded)| {
        let _at = match &**name {
            "" => running::stage("the rules for all files together", ""),
            name => running::stage("the rules for", name),
        };
        let mut report = check::check(&loaded.set(), options, loaded);
        report.hits.extend(check::unread(loaded));
        levels.comments(&mut report, loaded);
        if several && !name.is_empty() {
            report.hits.iter_mut().for_each(|hit| hit.renders.push(name.clone()));
        }
        report
    }))
}

fn options(args: &args::Check) -> Result<Options, Box<Finding>> {
    let mut assume = Vec::new();
    for text in &args.assume {
        let parsed = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
        match parsed {
            Some((host, port)) if !host.is_empty() && port > 0 => assume.push((host.to_string(), port)),
            _ => {
                let message = format!("`--assume {text}` is not a HOST:PORT");
                let help = "use an address such as simplest-collector.observability:9411";
                return Err(Box::new(Finding::error(ids::USAGE, message).help(help)));
            }
        }
    }
    Ok(Options {
        assume,
        consul_chart: args.consul_chart.clone(),
        kubernetes: args.kube_version.clone(),
        ..Options::default()
    })
}

/// Whether a file in a directory is relevant: a manifest, or the list that makes its directory a set.
fn is_read(path: &str) -> bool {
    [".yaml", ".yml", ".json", disk::LIST].iter().any(|end| path.ends_with(end))
}

/// Reads a path into the sets. Files below a directory that `render` wrote are a separate set: several renders in one
/// directory are several clusters.
fn read(path: &Path, sets: &mut BTreeMap<String, Loaded>) -> Result<(), Box<Finding>> {
    let shown = workspace::shown(path);
    if shown == "-" {
        let text = disk::read_stdin_text()?;
        let _at = running::stage("stdin", "");
        sets.entry(String::new()).or_default().add("stdin", &text);
        return Ok(());
    }
    if !disk::is_folder(path) {
        if !disk::is_there(path) {
            let message = format!("`{shown}` does not exist");
            return Err(Box::new(
                Finding::error(ids::NO_SUCH_FILE, message).help("pass a file or a directory, or `-` for stdin"),
            ));
        }
        let loaded = sets.entry(String::new()).or_default();
        match disk::read_text(path, &shown) {
            Ok(text) => {
                let _at = running::stage("the file", shown.as_str());
                loaded.add(&shown, &text);
            }
            Err(finding) => loaded.unreadable(finding),
        }
        return Ok(());
    }
    let mut found = Findings::default();
    let shown = shown.trim_end_matches('/');
    let files = disk::read_folder_of(path, shown, NamedBy::CommandLine, is_read, &mut found);
    let roots: HashSet<String> = files
        .iter()
        .filter_map(|(path, _)| path.strip_suffix(disk::LIST))
        .map(|folder| folder.trim_end_matches('/').to_string())
        .collect();
    let whole = sets.entry(String::new()).or_default();
    found.into_iter().for_each(|finding| whole.unreadable(finding));
    // What is read is kept by the set: two copies of everything would be too much.
    for (path, file) in files.into_texts() {
        if path.ends_with(disk::LIST) {
            continue;
        }
        // The outermost, when one lies in another.
        let above = std::iter::once("").chain(path.match_indices('/').map(|(at, _)| &path[..at]));
        let name = match above.into_iter().find(|folder| roots.contains(*folder)) {
            None => String::new(),
            Some("") => shown.rsplit('/').next().unwrap_or(shown).to_string(),
            Some(root) => root.to_string(),
        };
        let _at = running::stage("the file", Arc::clone(&file.name));
        sets.entry(name).or_default().add(&file.name, &file.text);
    }
    if sets.len() > 1 && sets.get("").is_some_and(Loaded::is_empty) {
        sets.remove("");
    }
    Ok(())
}
