//! `meshtrace diff`.

mod sources;

use crate::args;
use crate::args::DiffFormat;
use crate::args::FailOn;
use crate::diff::sources::Job;
use crate::exit::Exit;
use crate::talk::Talk;
use crate::workspace;
use crate::workspace::Workspace;
use meshtrace::diff;
use meshtrace::diff::Change;
use meshtrace::diff::Class;
use meshtrace::diff::Redactor;
use meshtrace::disk;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::report::diff as report;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ffi::OsString;

pub(crate) fn run(args: args::Diff, arguments: &[OsString], talk: &Talk) -> Exit {
    let mut found = Findings::default();
    if let Some(out) = &args.out {
        let known = ["human", "patch", "json", "markdown"].contains(&out.as_str());
        let help = match known {
            true => format!("formats are chosen by `--format`: `--format {out}`"),
            false => "formats are chosen by `--format`; send the answer to a file with `> FILE`".to_owned(),
        };
        return talk.error(Finding::error(ids::USAGE, "`diff` writes nothing, so it has no `-o`").help(help));
    }
    let workspace = Workspace::open(&args.values.folders, &mut found);
    let extras = workspace::extras(&args.values, arguments, &mut found);
    let jobs = match found.errors() {
        0 => sources::jobs(&args, &workspace, &extras, &mut found),
        _ => Vec::new(),
    };
    if found.errors() > 0 {
        talk.findings(&found);
        return Exit::Failed;
    }
    let compared: Vec<(Vec<Change>, Redactor, Findings)> = jobs.par_iter().map(compare).collect();
    let mut redactor = Redactor::default();
    let mut changes = Vec::new();
    for (some, secrets, problems) in compared {
        found.append(problems);
        redactor.merge(secrets);
        changes.extend(some);
    }
    if found.errors() > 0 {
        talk.findings(&redactor.findings(found));
        return Exit::Failed;
    }
    let rules = workspace.project.as_ref().map_or(&[][..], |project| &project.diff_ignore);
    let touched = files(&changes);
    let result = diff::ignore(changes, rules);
    found.append(result.unused(rules));
    let mut interrupted = Findings::default();
    workspace.interrupted(&mut interrupted);
    for finding in interrupted {
        // A side that was named is told of already.
        if found.iter().all(|other| *other != finding) {
            found.push(finding);
        }
    }
    for (rule, count) in rules.iter().zip(&result.by_rule).filter(|(_, count)| **count > 0) {
        let plural = if *count == 1 { "difference" } else { "differences" };
        talk.say(&redactor.text(&format!("{count} {plural} ignored: {}", rule.reason)));
    }
    let ignored = result.total();
    let mut changes = result.changes;
    let patch = (args.format == DiffFormat::Patch).then(|| patch(&jobs, &touched, &changes, &redactor));
    redactor.hide(&mut changes);
    let changes = diff::fold(changes);
    talk.findings(&redactor.findings(found));
    let text = match args.format {
        DiffFormat::Human if args.summary => report::summary(&changes, ignored, talk.answer_colour()),
        DiffFormat::Human => report::human(&changes, ignored, args.context, talk.answer_colour()),
        DiffFormat::Json => report::json(&changes, ignored),
        DiffFormat::Markdown => report::markdown(&changes, ignored, args.context, args.max_chars),
        DiffFormat::Patch => patch.as_ref().map(|patch| patch.text.clone()).unwrap_or_default(),
    };
    let exit = match args.format {
        DiffFormat::Human | DiffFormat::Markdown => talk.text(&text),
        // Every byte counts.
        DiffFormat::Json | DiffFormat::Patch => talk.answer(text.as_bytes()),
    };
    let left_out = patch.map(|patch| patch.left_out).unwrap_or_default();
    for (file, why) in &left_out {
        talk.say(&format!("`{file}` is not in the patch: {why}"));
    }
    match exit {
        Exit::Done if !left_out.is_empty() => Exit::No,
        Exit::Done if !args.exit_zero && fails(&changes, args.fail_on) => Exit::No,
        exit => exit,
    }
}

fn fails(changes: &[Change], least: Option<FailOn>) -> bool {
    let least = match least {
        None | Some(FailOn::Other) => Class::Other,
        Some(FailOn::RestartsPods) => Class::RestartsPods,
        Some(FailOn::Recreate) => Class::Recreate,
        Some(FailOn::DataLoss) => Class::DataLoss,
    };
    changes.iter().any(|change| change.class >= least)
}

fn compare(job: &Job) -> (Vec<Change>, Redactor, Findings) {
    let mut found = Findings::default();
    let mut redactor = Redactor::default();
    let (from, to) = diff::read(&job.from, &job.to, &mut found);
    redactor.learn_side(&from);
    redactor.learn_side(&to);
    let changes = match found.errors() {
        0 => diff::compare(&from, &to, job.render.as_deref()),
        _ => Vec::new(),
    };
    let mut changes = changes;
    if job.rendered && found.errors() == 0 {
        changes.extend(diff::layout([&job.from, &job.to], [&from, &to], &changes, job.render.as_deref()));
        changes.sort_by(|a, b| a.file.cmp(&b.file));
    }
    (changes, redactor, found)
}

/// The files that changes are in, each with its render.
fn files(changes: &[Change]) -> BTreeSet<(Option<String>, String)> {
    let mut files = BTreeSet::new();
    for change in changes {
        let render = change.renders.first().cloned();
        files.insert((render.clone(), change.file.clone()));
        files.extend(change.from.iter().map(|(_, file)| (render.clone(), file.clone())));
    }
    files
}

fn patch(
    jobs: &[Job],
    touched: &BTreeSet<(Option<String>, String)>,
    changes: &[Change],
    redactor: &Redactor,
) -> report::Patch {
    let mut all = report::Patch::default();
    if changes.is_empty() {
        return all;
    }
    // What changed only in ways that are ignored stays as it is.
    let counted = files(changes);
    if changes.iter().any(|change| change.file == disk::LIST && change.note.is_some()) {
        all.left_out.push((disk::LIST.to_owned(), "`meshtrace render` writes it anew"));
    }
    for job in jobs {
        let skip =
            touched.difference(&counted).filter(|(render, _)| *render == job.render).map(|(_, file)| file.clone());
        let prefix = match &job.render {
            Some(render) if jobs.len() > 1 => format!("{render}/"),
            _ => String::new(),
        };
        let one = report::patch(&job.from, &job.to, &prefix, &skip.collect(), redactor);
        all.text.push_str(&one.text);
        all.left_out.extend(one.left_out);
    }
    all
}
