//! `meshtrace check`.

use crate::args;
use crate::exit::Exit;
use crate::render::Select;
use crate::render::check_renders;
use crate::talk::Console;
use crate::workspace;
use clap::ArgMatches;
use meshtrace::check;
use meshtrace::check::Levels;
use meshtrace::check::Options;
use meshtrace::check::OwnChart;
use meshtrace::check::Report;
use meshtrace::check::Sets;
use meshtrace::disk;
use meshtrace::disk::NamedBy;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::finding::ids;
use meshtrace::glob;
use meshtrace::named::Named;
use meshtrace::report::Format;
use meshtrace::stack::Version;
use meshtrace::yaml::Node;
use std::path::Path;
use std::path::PathBuf;

/// `root`: the way from where the program was started to the working directory.
pub(crate) fn run(args: args::Check, typed: &ArgMatches, root: String, console: &Console) -> Exit {
    if let Some(out) = &args.out {
        return console.error(no_output("check", out, Format::of(out).is_some()));
    }
    let options = match options(&args.world) {
        // Only SARIF has a place for them.
        Ok(options) => Options { replacements: args.format == Format::Sarif, ..options },
        Err(finding) => return console.error(*finding),
    };
    let mut found = Findings::default();
    let asked = Asked { paths: &args.paths, values: &args.values, since: args.since.as_deref(), deny: &args.deny };
    let made = asked.report(typed, &options, (&mut found, console));
    let Some(report) = made else { return console.fail_reading(&found) };
    let report = Report { root, ..report };
    if !args.quiet {
        console.findings(&found);
    }
    let nothing = args.since.as_deref().filter(|_| report.dirs.is_empty());
    if let Some(revision) = nothing {
        console.say(&format!("no render depends on what changed since `{revision}`"));
    }
    let printed = match args.format {
        Format::Human if nothing.is_some() => Exit::Done,
        Format::Human if args.quiet => console.quiet_report(&report),
        format => console.report(&report, format),
    };
    let unknown = report.unseen_paths();
    let fails = args.strict && unknown > 0;
    if fails {
        let paths = if unknown == 1 { "1 path".to_string() } else { format!("{unknown} paths") };
        console.say(&format!("--strict: it cannot be told whether the spans of {paths} arrive"));
    }
    match printed {
        Exit::Done if fails || report.count(Severity::Error) > 0 => Exit::No,
        exit => exit,
    }
}

/// The refusal of `-o` by a command that writes no files; `is_format`: what follows it is a format.
pub(crate) fn no_output(command: &str, out: &str, is_format: bool) -> Finding {
    let help = match is_format {
        true => format!("choose the format with `--format {out}`"),
        false => "choose the format with `--format`; write the output to a file with `> FILE`".to_owned(),
    };
    Finding::error(ids::USAGE, format!("`{command}` writes no files, so it does not accept `-o`")).help(help)
}

/// The globs of renders that the arguments are; `None` if one is a path. Without arguments, all renders are meant.
fn named_renders(paths: &[PathBuf]) -> Option<Vec<String>> {
    if paths.iter().any(|path| path.as_os_str() == "-" || disk::is_there(path)) {
        return None;
    }
    let globs: Vec<String> = paths.iter().map(|path| workspace::shown(path)).collect();
    let renders = if globs.is_empty() { Vec::new() } else { workspace::render_names() };
    let is_render = |glob: &String| renders.iter().any(|name| glob::matches(glob, name));
    globs.iter().all(is_render).then_some(globs)
}

/// What to report on: files, or profiles, or renders of the project.
pub(crate) struct Asked<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) values: &'a args::ValueArgs,
    pub(crate) since: Option<&'a str>,
    /// Rules at deny level.
    pub(crate) deny: &'a [String],
}

impl Asked<'_> {
    /// The report; `None`, with errors, if there is nothing to report on.
    pub(crate) fn report(
        &self,
        typed: &ArgMatches,
        options: &Options,
        (found, console): (&mut Findings, &Console),
    ) -> Option<Report> {
        match named_renders(self.paths) {
            Some(globs) => self.of_renders(&globs, typed, options, (found, console)),
            None => self.of_files(options, found),
        }
    }

    fn of_renders(
        &self,
        globs: &[String],
        typed: &ArgMatches,
        options: &Options,
        (found, console): (&mut Findings, &Console),
    ) -> Option<Report> {
        let select = Select { globs, since: self.since };
        let (mut report, project) = check_renders(self.values, typed, select, options, (found, console))?;
        let levels = Levels { project, deny: self.deny.to_vec() };
        levels.unknown(found);
        if found.errors() > 0 {
            return None;
        }
        levels.stages_of_check(found, &mut report);
        levels.apply(&mut report, self.values.profile.is_empty() && globs.is_empty() && self.since.is_none());
        Some(report)
    }

    fn of_files(&self, options: &Options, found: &mut Findings) -> Option<Report> {
        let levels = Levels { project: workspace::levels(found), deny: self.deny.to_vec() };
        levels.unknown(found);
        if self.since.is_some() {
            let finding = Finding::error(ids::USAGE, "`--since` selects renders in `meshtrace.yaml`, not files");
            found.push(finding.help("omit it, or name renders"));
        }
        if found.errors() > 0 {
            return None;
        }
        let mut sets = Sets::default();
        sets.know_charts(&options.charts);
        for path in self.paths {
            if let Err(finding) = read(path, &mut sets) {
                found.push(*finding);
                return None;
            }
        }
        if sets.is_empty() {
            found.push(
                Finding::error(ids::NOTHING_TO_CHECK, "found neither Kubernetes objects nor Helm values to check")
                    .help("give files or directories with YAML, `-` for stdin, or `-p PROFILE`"),
            );
            return None;
        }
        let mut report = check::check_all(sets, options, &levels);
        levels.stages_of_check(found, &mut report);
        levels.apply(&mut report, false);
        Some(report)
    }
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
    version("--kube-version", args.kube_version.as_deref(), "1.30")?;
    version("--consul-chart", args.consul_chart.as_deref(), "1.4.10")?;
    let charts = args.chart.iter().map(|path| chart(path)).collect::<Result<Vec<OwnChart>, _>>()?;
    let consul = charts.iter().rfind(|chart| chart.name == "consul").and_then(|chart| chart.version.clone());
    Ok(Options {
        assume,
        definitions: definitions(&args.crds)?,
        consul_chart: args.consul_chart.clone().or(consul),
        charts,
        kubernetes: args.kube_version.clone(),
        ..Options::default()
    })
}

/// Refuses what is not a version.
fn version(flag: &str, given: Option<&str>, example: &str) -> Result<(), Box<Finding>> {
    match given {
        Some(text) if Version::read(text).is_none() => {
            let message = format!("`{flag} {text}` is not a version");
            let help = format!("give at least major and minor, such as {example}");
            Err(Box::new(Finding::error(ids::USAGE, message).help(help)))
        }
        _ => Ok(()),
    }
}

/// The chart in a directory.
fn chart(path: &Path) -> Result<OwnChart, Box<Finding>> {
    let shown = workspace::shown(path);
    let shown = shown.trim_end_matches('/');
    if !disk::is_folder(path) {
        let message = format!("`--chart {shown}` is not a directory");
        let help = "unpack the chart with `helm pull --untar`, and name its directory";
        return Err(Box::new(Finding::error(ids::NO_SUCH_FILE, message).help(help)));
    }
    let mut found = Findings::default();
    let files = disk::read_folder_of(path, shown, NamedBy::CommandLine, OwnChart::wants, &mut found);
    let unreadable = files.all_unreadable().map(|(_, why)| why.clone());
    match found.into_iter().chain(unreadable).find(|finding| finding.severity == Severity::Error) {
        Some(finding) => Err(Box::new(finding)),
        None => OwnChart::read(shown, &files),
    }
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
