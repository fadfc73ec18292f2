//! `meshtrace diff`.

mod owned;
mod sources;

use crate::args;
use crate::check::no_output;
use crate::exit::Exit;
use crate::talk::Console;
use crate::workspace;
use crate::workspace::Workspace;
use clap::ArgMatches;
use meshtrace::diff;
use meshtrace::diff::Answer;
use meshtrace::diff::Class;
use meshtrace::diff::Pair;
use meshtrace::finding::Findings;
use meshtrace::named::Named;
use meshtrace::report::diff as report;

pub(crate) fn run(args: args::Diff, typed: &ArgMatches, console: &Console) -> Exit {
    let mut found = Findings::default();
    if let Some(out) = &args.out {
        return console.error(no_output("diff", out, report::Format::of(out).is_some()));
    }
    let workspace = Workspace::open(&args.values.folders, &mut found);
    let extras = workspace::extras(&args.values, typed, &mut found);
    let pairs = match found.errors() {
        0 => sources::pairs(&args, &workspace, &extras, &mut found),
        _ => Vec::new(),
    };
    if found.errors() > 0 {
        return console.fail_reading(&found);
    }
    let project = workspace.project.as_ref();
    let options = diff::Options {
        ignore: project.map_or(&[][..], |project| &project.diff_ignore),
        lists: project.map_or(&[][..], |project| &project.diff_lists),
        semantic: args.semantic,
    };
    let Some(answer) = diff::run(&pairs, &options, &mut found) else { return console.fail_reading(&found) };
    add_interrupted(&workspace, &answer, &mut found);
    if let [first, more @ ..] = answer.unread.as_slice() {
        let of = match more.len() {
            0 => format!("`{first}` is not readable YAML, so it is compared as text"),
            more => format!("`{first}` and {more} more files are not readable YAML, so they are compared as text"),
        };
        console.say(&of);
    }
    answer.ignored_because.iter().for_each(|line| console.say(line));
    console.findings(&found);
    let exit = print(&args, &pairs, &answer, console);
    // The program ends here, and its memory with it; to free thousands of objects one by one takes a tenth of the time.
    std::mem::forget((pairs, answer));
    exit
}

/// Reports renders of the project whose last write was interrupted, unless reading a side has reported them.
fn add_interrupted(workspace: &Workspace, answer: &Answer, found: &mut Findings) {
    let mut interrupted = Findings::default();
    workspace.interrupted(&mut interrupted);
    for finding in answer.redacted(interrupted) {
        if found.iter().all(|other| *other != finding) {
            found.push(finding);
        }
    }
}

fn print(args: &args::Diff, pairs: &[Pair], answer: &Answer, console: &Console) -> Exit {
    let view = report::View {
        context: args.context,
        max_chars: args.max_chars,
        summary: args.summary,
        color: console.stdout_color(),
    };
    let report = report::write(pairs, answer, args.format, &view);
    let exit = match args.format.is_for_people() {
        true => console.text(&report.text),
        false => console.print(report.text.as_bytes()),
    };
    for (file, why) in &report.left_out {
        console.say(&format!("`{file}` is not in the {}: {why}", args.format.name()));
    }
    let least = args.fail_on.unwrap_or(Class::Other);
    match exit {
        Exit::Done if !report.left_out.is_empty() => Exit::No,
        Exit::Done if !args.exit_zero && answer.changes.iter().any(|change| change.class >= least) => Exit::No,
        exit => exit,
    }
}
