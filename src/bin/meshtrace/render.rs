//! `meshtrace render`.

mod gone;
pub(crate) mod jobs;
mod refuse;
pub(crate) mod stream;

use crate::args;
use crate::exit::Exit;
use crate::guard;
use crate::progress::Progress;
use crate::talk::Console;
use crate::workspace;
use crate::workspace::Gone;
use crate::workspace::Workspace;
use clap::ArgMatches;
use jobs::Job;
use jobs::Selection;
use meshtrace::check;
use meshtrace::check::Levels;
use meshtrace::check::Options;
use meshtrace::check::Report;
use meshtrace::disk;
use meshtrace::disk::Charts;
use meshtrace::disk::ChartsOf;
use meshtrace::disk::InputFolder;
use meshtrace::disk::Options as DiskOptions;
use meshtrace::disk::Outcome;
use meshtrace::disk::Target;
use meshtrace::files::Output;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::finding::ids;
use meshtrace::gitops;
use meshtrace::glob;
use meshtrace::profile::Extra;
use meshtrace::project::CheckLevels;
use meshtrace::render::Input;
use meshtrace::render::render;
use meshtrace::render::render_checked;
use rayon::prelude::*;
use std::path::Path;

/// How many changed files `--check` lists.
const NAMED: usize = 50;

pub(crate) fn run(args: args::Render, typed: &ArgMatches, console: &Console) -> Exit {
    let mut found = Findings::default();
    let by_profile = !args.values.profile.is_empty();
    if let Some(refusal) = refuse::refuse(&args, by_profile) {
        return console.error(refusal);
    }
    let mut workspace = Workspace::open(&args.values.folders, &mut found);
    let extras = workspace::extras(&args.values, typed, &mut found);
    if by_profile && args.out.as_deref().is_none_or(|out| out == "-") {
        return stream::to_stdout(&args, &workspace, &extras, console, found);
    }
    let selection = match &args.out {
        Some(dir) if by_profile => {
            let job = jobs::of_profiles(&args.values, &workspace, trimmed(dir).to_string());
            Selection { jobs: vec![job], gone: Vec::new() }
        }
        _ => {
            let since = args.since.as_deref();
            jobs::of_project(&args.renders, since, &args.values.folders, &workspace, &mut found)
        }
    };
    let Selection { jobs, gone } = selection;
    if let (Some(refusal), 0) = (refuse::prunes_nothing(&args, &gone), found.errors()) {
        return console.error(refusal);
    }
    let judge = if args.out.is_some() { disk::stays_inside } else { disk::project_output };
    jobs.iter().filter_map(|job| judge(Path::new(&job.dir)).err()).for_each(|finding| found.push(finding));
    let none = Output::default();
    jobs.iter().filter_map(|job| stays_out(job, &none, &workspace).err()).for_each(|finding| found.push(finding));
    if found.errors() > 0 {
        return console.fail(&found);
    }
    let outputs = render_all(&args, &jobs, &workspace, &extras, console, &mut found);
    let pairs = jobs.iter().zip(&outputs);
    pairs.filter_map(|(job, output)| stays_out(job, output, &workspace).err()).for_each(|finding| found.push(finding));
    if found.errors() > 0 {
        return console.fail(&found);
    }
    let project = workspace.project.as_ref().map(|project| project.check.clone()).unwrap_or_default();
    let levels = Levels { project, deny: Vec::new() };
    if let (Some(revision), true) = (&args.since, jobs.is_empty()) {
        console.say(&format!("no render depends on what changed since `{revision}`"));
    }
    let left = Written { jobs: &jobs, outputs: &outputs, inputs: &workspace.inputs, gone: &gone };
    let exit = write_all(&args, &left, &levels, found, console);
    // Helm's temporary folder is removed.
    workspace.charts = Charts::new(ChartsOf::Nothing);
    // The program ends here; freeing tens of thousands of files one by one would only take time.
    std::mem::forget((outputs, workspace));
    exit
}

/// Refuses a render that would be written into the folders that renders read.
fn stays_out(job: &Job, output: &Output, workspace: &Workspace) -> Result<(), Finding> {
    disk::stays_out(Path::new(&job.dir), &job.dir, output, &workspace.inputs)
}

/// `out/dev/` becomes `out/dev`; `/` is unchanged.
fn trimmed(dir: &str) -> &str {
    match dir.trim_end_matches('/') {
        "" => "/",
        dir => dir,
    }
}

/// Renders all jobs and checks them with the rules of `check` unless they are skipped. A rule at deny level is an
/// error; anything below is left to `check`, or each render would end with the same warnings. Secrets in plain text are
/// errors whatever their level, even if the rules are skipped, because a commit cannot be undone.
pub(crate) fn render_all(
    args: &args::Render,
    jobs: &[Job],
    workspace: &Workspace,
    extras: &[Extra],
    console: &Console,
    found: &mut Findings,
) -> Vec<Output> {
    if args.skip_rules {
        console.say("warning: --skip-rules: files are written without checking that spans will arrive");
    }
    let project = workspace.project.as_ref().map(|project| project.check.clone()).unwrap_or_default();
    let raised = project.deny.iter().map(|level| level.rule.clone());
    let raised = raised.chain([check::PLAINTEXT.to_owned()]).collect();
    let options = Options { errors_and: Some(raised), only_secrets: args.skip_rules, ..Options::default() };
    let judged = (!args.skip_rules || !args.allow_plaintext_secrets).then_some(&options);
    let (outputs, mut report) = render_jobs(jobs, workspace, extras, judged, (found, console));
    let (secrets, others) =
        std::mem::take(&mut report.findings).into_iter().partition(|hit| hit.finding.rule.as_str() == check::PLAINTEXT);
    report.findings = others;
    let levels = Levels { project, deny: Vec::new() };
    levels.apply(&mut report, false);
    levels.stages(found);
    let secrets: Vec<check::ReportedFinding> = if args.allow_plaintext_secrets { Vec::new() } else { secrets };
    let refused = secrets.into_iter().map(|mut hit| {
        hit.finding.severity = Severity::Error;
        hit.finding.help = hit.finding.help.map(|help| format!("{help}; `--allow-plaintext-secrets` writes it anyway"));
        hit
    });
    for hit in refused.chain(report.findings.into_iter().filter(|hit| hit.finding.severity == Severity::Error)) {
        let rendered = hit.rendered.map(|(file, line)| format!("rendered as {file}:{line}"));
        let finding = match rendered {
            Some(note) => hit.finding.note(note, None),
            None => hit.finding,
        };
        found.push(match hit.renders.as_slice() {
            [] | [_] => finding,
            many => finding.note(format!("same in {}: {}", many.len(), many.join(", ")), None),
        });
    }
    outputs
}

/// Which renders of `meshtrace.yaml` to check.
#[derive(Clone, Copy, Default)]
pub(crate) struct Select<'a> {
    /// Empty: all.
    pub(crate) globs: &'a [String],
    /// Only those that a change since this revision concerns.
    pub(crate) since: Option<&'a str>,
}

/// The joined reports of the requested renders, with the project's levels. `None` if a render failed.
pub(crate) fn check_renders(
    values: &args::ValueArgs,
    typed: &ArgMatches,
    select: Select,
    options: &Options,
    (found, console): (&mut Findings, &Console),
) -> Option<(Report, CheckLevels)> {
    let workspace = Workspace::open(&values.folders, found);
    let extras = workspace::extras(values, typed, found);
    let jobs = match values.profile.is_empty() {
        true if !extras.is_empty() => {
            let finding = Finding::error(ids::USAGE, "`-f` and `--set` require `-p`")
                .help("name the profiles with `-p`, such as `-p dev`");
            found.push(finding);
            return None;
        }
        true => jobs::of_project(select.globs, select.since, &values.folders, &workspace, found).jobs,
        false => vec![jobs::of_profiles(values, &workspace, String::new())],
    };
    if found.errors() > 0 {
        return None;
    }
    let (_, mut report) = render_jobs(&jobs, &workspace, &extras, Some(options), (found, console));
    if values.profile.is_empty() {
        report.dirs = jobs.iter().map(|job| (job.name.clone(), job.dir.clone())).collect();
    }
    let levels = workspace.project.map(|project| project.check).unwrap_or_default();
    (found.errors() == 0).then_some((report, levels))
}

fn render_jobs(
    jobs: &[Job],
    workspace: &Workspace,
    extras: &[Extra],
    options: Option<&Options>,
    (found, console): (&mut Findings, &Console),
) -> (Vec<Output>, Report) {
    let progress = Progress::new(console, "rendered", jobs.len());
    let one = |job: &Job| {
        let mut found = Findings::default();
        let input = Input {
            profiles: &workspace.profiles,
            templates: &workspace.templates,
            verbatim: &workspace.verbatim,
            names: &job.names,
            extras,
            home: &job.home,
            helm: Some(&workspace.charts),
        };
        let made = match options {
            Some(options) => render_checked(&input, options, &mut found),
            None => render(&input, &mut found).map(|output| (output, Report::default())),
        };
        progress.step();
        (made, found)
    };
    let results: Vec<(Option<(Output, Report)>, Findings)> = jobs.par_iter().map(one).collect();
    drop(progress);
    let mut outputs = Vec::with_capacity(results.len());
    let mut reports = Vec::with_capacity(jobs.len());
    let mut names = Vec::with_capacity(jobs.len());
    for (job, (made, findings)) in jobs.iter().zip(results) {
        found.append(findings);
        let Some((output, mut report)) = made else { continue };
        outputs.push(output);
        names.push(job.name.as_str());
        let name = job.name.clone();
        report.name(&name);
        if jobs.len() > 1 {
            report.findings.iter_mut().for_each(|hit| hit.renders.push(name.clone()));
        }
        reports.push(report);
    }
    gitops::clashes(&names.into_iter().zip(&outputs).collect::<Vec<_>>(), found);
    (outputs, Report::join_all(reports))
}

/// What to write, and where.
struct Written<'a> {
    jobs: &'a [Job],
    outputs: &'a [Output],
    inputs: &'a [InputFolder],
    gone: &'a [Gone],
}

fn write_all(args: &args::Render, written: &Written, levels: &Levels, mut found: Findings, console: &Console) -> Exit {
    let Written { jobs, outputs, inputs, gone } = *written;
    if let Some(pattern) = unmatched(args, jobs, outputs) {
        return console.error(
            Finding::error(ids::NO_MATCH, format!("`--only {pattern}` matches no file in this render"))
                .help("paths are relative to the output directory, such as 'manifests/40-mesh/*' or 'helm/**'"),
        );
    }
    if !args.check {
        guard::leave();
    }
    let wanted = |path: &str| args.only.iter().any(|pattern| glob::matches(pattern, path));
    let only: Option<&(dyn Fn(&str) -> bool + Sync)> = if args.only.is_empty() { None } else { Some(&wanted) };
    let targets: Vec<Target> = jobs
        .iter()
        .zip(outputs)
        .map(|(job, output)| Target { dir: Path::new(&job.dir), shown: &job.dir, output })
        .collect();
    let options = DiskOptions { force: args.force, only, inputs, ..DiskOptions::default() };
    let progress = Progress::new(console, if args.check { "compared" } else { "written" }, jobs.len());
    let outcomes = match args.check {
        true => disk::compare_all(&targets, &options, &|| progress.step(), &mut found),
        false => disk::write_all(&targets, &options, &|| progress.step(), &mut found),
    };
    drop(progress);
    let mut clean = true;
    for (job, outcome) in jobs.iter().zip(outcomes) {
        let Some(outcome) = outcome else { continue };
        if args.check && !outcome.is_same() {
            clean = false;
            drift(&job.dir, &outcome, console);
        } else {
            clean &= outcome.is_same() || !args.exit_nonzero_on_change;
            if outcome.merged {
                console.say(&format!("{}/{}: was merged by git, written anew", job.dir, disk::LIST));
            }
            console.say(&summary(&job.dir, &outcome, args.check));
        }
    }
    if args.prune && !args.check {
        clean &= !gone::prune(gone, args, inputs, console, &mut found) || !args.exit_nonzero_on_change;
    } else {
        gone::report(gone, &mut found);
    }
    levels.stages(&mut found);
    clean &= !args.check || found.iter().all(|finding| finding.rule != ids::GONE_RENDER);
    console.findings(&found);
    match (found.errors(), clean) {
        (0, true) => Exit::Done,
        (0, false) => Exit::No,
        _ => Exit::Failed,
    }
}

/// The first glob of `--only` that matches neither a file that is rendered nor one that no longer is, which is the one
/// to delete.
fn unmatched<'a>(args: &'a args::Render, jobs: &[Job], outputs: &[Output]) -> Option<&'a String> {
    let owned = |pattern: &str| {
        jobs.iter().any(|job| disk::owned(Path::new(&job.dir)).iter().any(|path| glob::matches(pattern, path)))
    };
    let rendered =
        |pattern: &str| outputs.iter().any(|output| output.files.keys().any(|path| glob::matches(pattern, path)));
    args.only.iter().find(|pattern| !rendered(pattern) && !owned(pattern))
}

fn summary(dir: &str, outcome: &Outcome, check: bool) -> String {
    let Outcome { added, changed, removed, unchanged, .. } = outcome;
    let repaired = if outcome.repaired { " (completed an interrupted render)" } else { "" };
    if check {
        return format!("{dir}: up to date, {unchanged} files");
    }
    if added.is_empty() && changed.is_empty() && removed.is_empty() {
        return format!("{dir}: 0 changed, {unchanged} unchanged{repaired}");
    }
    let next = match added.iter().any(|path| path == "INSTALL.md") {
        true => format!("; next: read {dir}/INSTALL.md"),
        false => format!("; next: `git diff {dir}`"),
    };
    format!(
        "{dir}: {} added, {} changed, {} removed, {unchanged} unchanged{repaired}{next}",
        added.len(),
        changed.len(),
        removed.len()
    )
}

fn drift(dir: &str, outcome: &Outcome, console: &Console) {
    let lists = [("missing", &outcome.added), ("stale", &outcome.changed), ("no longer rendered", &outcome.removed)];
    let mut lines: Vec<String> = lists
        .iter()
        .flat_map(|(what, paths)| paths.iter().map(move |path| format!("  {dir}/{path}: {what}")))
        .collect();
    if outcome.repaired {
        lines.insert(0, "  the last render was interrupted".to_string());
    }
    if outcome.merged {
        lines.push(format!("  {dir}/{}: merged by git", disk::LIST));
    }
    if lines.is_empty() {
        lines.push(format!("  {dir}/{}: stale", disk::LIST));
    }
    let more = lines.len().saturating_sub(NAMED);
    lines.truncate(NAMED);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    console
        .say(&format!("{dir}: out of date\n{}\nrun the same command without `--check` to update it", lines.join("\n")));
}
