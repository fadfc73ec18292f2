//! `meshtrace inject`.

use crate::args;
use crate::exit::Exit;
use crate::guard;
use crate::talk::Console;
use crate::workspace;
use crate::workspace::Workspace;
use clap::ArgMatches;
use meshtrace::builtin;
use meshtrace::disk;
use meshtrace::disk::NamedBy;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::finding::ids;
use meshtrace::inject::Format;
use meshtrace::inject::Opened;
use meshtrace::inject::Outcome;
use meshtrace::inject::Request;
use meshtrace::inject::Targets;
use meshtrace::model::Home;
use meshtrace::profile::Name;
use meshtrace::profile::Profiles;
use meshtrace::render;
use meshtrace::render::Input;
use meshtrace::report;
use meshtrace::running;
use meshtrace::source::SourceId;
use meshtrace::source::Sources;
use meshtrace::template::Templates;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

/// One input text.
struct Text {
    source: SourceId,
    /// Where to write it; `None` for stdin.
    path: Option<PathBuf>,
    /// Why it is left unchanged.
    left: Option<&'static str>,
}

pub(crate) fn run(args: args::Inject, typed: &ArgMatches, console: &Console) -> Exit {
    let mut found = Findings::default();
    if let Some(finding) = refuse(&args) {
        return console.error(finding);
    }
    let Some(targets) = targets(&args, typed, &mut found) else { return console.fail_reading(&found) };
    let mut sources = Sources::default();
    let texts = match read(&args, &mut sources, &mut found) {
        Ok(texts) => texts,
        Err(finding) => return console.error(*finding),
    };
    if found.errors() > 0 {
        return console.fail_reading(&found);
    }
    let opened: Vec<Option<Opened>> = texts
        .iter()
        .map(|text| {
            let _at = running::stage("the file", sources.name(text.source).clone());
            Opened::read(&sources, text.source, &mut found)
        })
        .collect();
    let targets = targets.with(opened.iter().flatten());
    let request = Request { mode: args.mode, consul: args.consul, all: args.all, remove: args.remove };
    let outcomes: Vec<Option<Outcome>> = texts
        .iter()
        .zip(&opened)
        .map(|(text, opened)| {
            let name = sources.name(text.source);
            let _at = running::stage("the injections into", name.clone());
            if let Some(why) = text.left {
                return Some(Outcome { text: None, lines: vec![format!("{name}: left: {why}")] });
            }
            let opened = opened.as_ref()?;
            match configured(request, opened, args.format, name) {
                Ok(request) => opened.inject(&sources, &request, &targets, &mut found),
                Err(finding) => {
                    found.push(finding);
                    None
                }
            }
        })
        .collect();
    finish(&args, &sources, &texts, &outcomes, found, console)
}

/// The request with the options that a ResourceList sets.
fn configured(request: Request, opened: &Opened, format: Format, name: &str) -> Result<Request, Finding> {
    match (opened.resource_list(), format) {
        (Some(list), _) => request.configured(list).map_err(|why| Finding::error(ids::USAGE, why)),
        (None, Format::Krm) => {
            let message = format!("`{name}` is not a ResourceList, which `--format krm` reads");
            Err(Finding::error(ids::USAGE, message).help("run it as a KRM function, or leave out `--format krm`"))
        }
        (None, _) => Ok(request),
    }
}

/// A mistake in the command line.
fn refuse(args: &args::Inject) -> Option<Finding> {
    let stdin = args.paths.is_empty() || args.paths.iter().any(|path| path.as_os_str() == "-");
    if args.in_place && stdin {
        let finding = Finding::error(ids::USAGE, "`--in-place` needs files: stdin cannot be written to");
        return Some(finding.help("name files or directories, or leave out `--in-place` to print the result"));
    }
    if args.paths.is_empty() && std::io::stdin().is_terminal() {
        let finding = Finding::error(ids::USAGE, "nothing to inject into");
        return Some(finding.help("name files or directories, or pipe manifests to stdin"));
    }
    None
}

/// The Jaeger, the operator and the services of the profiles on the command line, or of the built-in `base` if there
/// are none.
fn targets(args: &args::Inject, typed: &ArgMatches, found: &mut Findings) -> Option<Targets> {
    let nothing = Default::default();
    if args.values.profile.is_empty() {
        let extras = workspace::extras(&args.values, typed, found);
        if !extras.is_empty() {
            let finding = Finding::error(ids::USAGE, "`-f` and `--set` require `-p`");
            found.push(finding.help("name the profiles with `-p`, such as `-p dev`"));
            return None;
        }
        let profiles = Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
        let templates = Templates { all: builtin::templates(), builtin: builtin::templates() };
        let names = [Name::from("base")];
        let input = Input {
            profiles: &profiles,
            templates: &templates,
            verbatim: &nothing,
            names: &names,
            extras: &[],
            home: &Home::default(),
            helm: None,
        };
        return render::targets(&input, found);
    }
    let workspace = Workspace::open(&args.values.folders, found);
    let extras = workspace::extras(&args.values, typed, found);
    let names = workspace::names(&args.values);
    if found.errors() > 0 {
        return None;
    }
    let input = Input {
        profiles: &workspace.profiles,
        templates: &workspace.templates,
        verbatim: &nothing,
        names: &names,
        extras: &extras,
        home: &workspace.home(&workspace.render_name(&names)),
        helm: None,
    };
    render::targets(&input, found)
}

fn is_read(path: &str) -> bool {
    [".yaml", ".yml", ".json", disk::LIST].iter().any(|end| path.ends_with(end))
}

fn read(args: &args::Inject, sources: &mut Sources, found: &mut Findings) -> Result<Vec<Text>, Box<Finding>> {
    let stdin = [PathBuf::from("-")];
    let paths = if args.paths.is_empty() { &stdin[..] } else { &args.paths };
    let mut texts = Vec::new();
    for path in paths {
        let shown = workspace::shown(path);
        if shown == "-" {
            let source = sources.add("stdin", disk::read_stdin_text()?);
            texts.push(Text { source, path: None, left: None });
        } else if disk::is_folder(path) {
            read_folder(path, shown.trim_end_matches('/'), sources, &mut texts, found);
        } else if disk::is_there(path) {
            let source = sources.add(shown.clone(), disk::read_text(path, &shown)?);
            texts.push(Text { source, path: Some(path.clone()), left: None });
        } else {
            let finding = Finding::error(ids::NO_SUCH_FILE, format!("`{shown}` does not exist"));
            return Err(Box::new(finding.help("pass a file or a directory, or `-` for stdin")));
        }
    }
    Ok(texts)
}

fn read_folder(path: &Path, shown: &str, sources: &mut Sources, texts: &mut Vec<Text>, found: &mut Findings) {
    let files = disk::read_folder_of(path, shown, NamedBy::CommandLine, is_read, found);
    let lists = files.paths().filter_map(|path| path.strip_suffix(disk::LIST).map(str::to_owned));
    let lists: Vec<String> = lists.collect();
    // Not a manifest, and the others are completed without it.
    let skipped = files.all_unreadable().map(|(_, why)| Finding { severity: Severity::Warning, ..why.clone() });
    skipped.for_each(|why| found.push(why));
    for (inner, file) in files.into_texts() {
        if inner.ends_with(disk::LIST) {
            continue;
        }
        let rendered = lists.iter().any(|folder| inner.starts_with(folder.as_str()));
        let left = rendered.then_some("meshtrace rendered it; set `services.*.agent` in the profile instead");
        let source = sources.add(file.name, file.text);
        texts.push(Text { source, path: Some(path.join(&inner)), left });
    }
}

/// Prints the requested output and writes the files.
fn finish(
    args: &args::Inject,
    sources: &Sources,
    texts: &[Text],
    outcomes: &[Option<Outcome>],
    mut found: Findings,
    console: &Console,
) -> Exit {
    let changed = || {
        let each = texts.iter().zip(outcomes);
        each.filter_map(|(text, outcome)| Some((text, outcome.as_ref()?.text.as_ref()?)))
    };
    let lines: String = outcomes.iter().flatten().flat_map(|one| &one.lines).map(|line| format!("{line}\n")).collect();
    if args.format != Format::Report {
        lines.lines().for_each(|line| console.say(line));
    }
    let failed = found.errors() > 0;
    let mut exit = match args.format {
        Format::Report => console.text(&lines),
        Format::Patch => patch(sources, changed(), console),
        Format::Yaml | Format::Krm if args.in_place || args.check || failed => Exit::Done,
        Format::Yaml | Format::Krm => console.print(stream(sources, texts, outcomes).as_bytes()),
    };
    if args.in_place {
        guard::leave();
        for (text, new) in changed() {
            let Some(path) = &text.path else { continue };
            if let Err(finding) = disk::replace(path, sources.name(text.source), new.as_bytes()) {
                found.push(finding);
            }
        }
    }
    console.findings(&found);
    if found.errors() > 0 {
        return Exit::Failed;
    }
    let would_change = changed().count();
    if args.check && would_change > 0 {
        let what = if would_change == 1 { "1 input".to_owned() } else { format!("{would_change} inputs") };
        console.say(&format!("{what} would change; nothing was written (`--check`)"));
        if exit == Exit::Done {
            exit = Exit::No;
        }
    }
    exit
}

/// All texts concatenated, with changes applied.
fn stream(sources: &Sources, texts: &[Text], outcomes: &[Option<Outcome>]) -> String {
    let mut out = String::new();
    for (text, outcome) in texts.iter().zip(outcomes) {
        let new = outcome.as_ref().and_then(|outcome| outcome.text.as_deref());
        let new = new.unwrap_or_else(|| sources.text(text.source));
        if !out.is_empty() {
            if !out.ends_with('\n') {
                out.push('\n');
            }
            let first = new.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
            if first.is_some_and(|line| !line.starts_with("---") && !line.starts_with('%')) {
                out.push_str("---\n");
            }
        }
        out.push_str(new);
    }
    out
}

fn patch<'a>(sources: &Sources, changed: impl Iterator<Item = (&'a Text, &'a String)>, console: &Console) -> Exit {
    let files: Vec<(String, String, String)> = changed
        .map(|(text, new)| {
            let name = sources.name(text.source);
            let name = name.strip_prefix("./").unwrap_or(name);
            (name.to_owned(), sources.text(text.source).to_string(), new.clone())
        })
        .collect();
    let written = report::diff::patch_files(&files);
    let exit = console.print(written.text.as_bytes());
    for (file, why) in &written.left_out {
        console.say(&format!("`{file}` is not in the patch: {why}"));
    }
    if exit == Exit::Done && !written.left_out.is_empty() { Exit::No } else { exit }
}
