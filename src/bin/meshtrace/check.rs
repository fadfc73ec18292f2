//! `meshtrace check`.

use crate::args;
use crate::exit::Exit;
use crate::render::check_renders;
use crate::talk::Console;
use crate::workspace;
use clap::ArgMatches;
use meshtrace::check;
use meshtrace::check::Levels;
use meshtrace::check::Options;
use meshtrace::check::Report;
use meshtrace::check::Sets;
use meshtrace::disk;
use meshtrace::disk::NamedBy;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::finding::ids;
use meshtrace::report::Format;
use meshtrace::yaml::Node;
use std::path::Path;
use std::path::PathBuf;

pub(crate) fn run(args: args::Check, typed: &ArgMatches, console: &Console) -> Exit {
    let options = match options(&args.world) {
        // Only SARIF has a place for them.
        Ok(options) => Options { replacements: args.format == Format::Sarif, ..options },
        Err(finding) => return console.error(*finding),
    };
    let report = match report(&args.paths, &args.values, typed, &options, &args.deny, console) {
        Ok(report) => report,
        Err(exit) => return exit,
    };
    match console.report(&report, args.format) {
        Exit::Done if report.count(Severity::Error) > 0 => Exit::No,
        exit => exit,
    }
}

/// The report on files, or on profiles or the renders of the project if no path is given. What stages found is printed.
///
/// # Errors
/// Returns the exit code if there is nothing to report on; what prevents it has been printed.
pub(crate) fn report(
    paths: &[PathBuf],
    values: &args::ValueArgs,
    typed: &ArgMatches,
    options: &Options,
    deny: &[String],
    console: &Console,
) -> Result<Report, Exit> {
    let mut found = Findings::default();
    if paths.is_empty() {
        let renders = check_renders(values, typed, options, &mut found);
        let Some((mut report, project)) = renders else { return Err(console.fail_reading(&found)) };
        let levels = Levels { project, deny: deny.to_vec() };
        levels.stages_of_check(&mut found, &mut report);
        levels.apply(&mut report, values.profile.is_empty());
        console.findings(&found);
        return Ok(report);
    }
    let project = workspace::levels(&mut found);
    if found.errors() > 0 {
        return Err(console.fail_reading(&found));
    }
    let levels = Levels { project, deny: deny.to_vec() };
    let mut sets = Sets::default();
    for path in paths {
        read(path, &mut sets).map_err(|finding| console.error(*finding))?;
    }
    if sets.is_empty() {
        return Err(console.error(
            Finding::error(ids::NOTHING_TO_CHECK, "found neither Kubernetes objects nor Helm values to check")
                .help("give files or directories with YAML, `-` for stdin, or `-p PROFILE`"),
        ));
    }
    let mut report = check::check_all(sets, options, &levels);
    levels.stages_of_check(&mut found, &mut report);
    levels.apply(&mut report, false);
    console.findings(&found);
    Ok(report)
}

pub(crate) fn options(args: &args::WorldArgs) -> Result<Options, Box<Finding>> {
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
        definitions: definitions(&args.crds)?,
        consul_chart: args.consul_chart.clone(),
        kubernetes: args.kube_version.clone(),
        ..Options::default()
    })
}

/// The CustomResourceDefinitions in files and directories.
fn definitions(paths: &[PathBuf]) -> Result<Vec<Node>, Box<Finding>> {
    let mut sets = Sets::default();
    for path in paths {
        read(path, &mut sets)?;
    }
    let found = sets.definitions();
    if found.is_empty() && !paths.is_empty() {
        let message = "`--crds` leads to no CustomResourceDefinition";
        return Err(Box::new(
            Finding::error(ids::NOTHING_TO_CHECK, message).help("name a directory or file that has some"),
        ));
    }
    Ok(found)
}

/// Adds a path to the sets.
fn read(path: &Path, sets: &mut Sets) -> Result<(), Box<Finding>> {
    let shown = workspace::shown(path);
    if shown == "-" {
        sets.add("stdin", Ok(disk::read_stdin_text()?));
    } else if disk::is_folder(path) {
        let shown = shown.trim_end_matches('/');
        let mut found = Findings::default();
        let files = disk::read_folder_of(path, shown, NamedBy::CommandLine, Sets::wants, &mut found);
        sets.add_folder(shown, files, found);
    } else if disk::is_there(path) {
        sets.add(&shown, disk::read_text(path, &shown));
    } else {
        let message = format!("`{shown}` does not exist");
        return Err(Box::new(
            Finding::error(ids::NO_SUCH_FILE, message).help("pass a file or a directory, or `-` for stdin"),
        ));
    }
    Ok(())
}
