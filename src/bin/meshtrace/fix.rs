//! `meshtrace fix`.

use crate::args;
use crate::check::options;
use crate::exit::Exit;
use crate::guard;
use crate::talk::Console;
use crate::workspace;
use meshtrace::check;
use meshtrace::check::Levels;
use meshtrace::check::Sets;
use meshtrace::disk;
use meshtrace::disk::NamedBy;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::fix;
use meshtrace::fix::Fixed;
use meshtrace::fix::Input;
use meshtrace::fix::Wanted;
use meshtrace::report;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

/// The name of stdin in messages.
const STDIN: &str = "stdin";

/// What was read: the inputs, each text by its name, and where the files are.
#[derive(Default)]
struct Texts {
    inputs: Vec<Input>,
    old: BTreeMap<String, String>,
    paths: BTreeMap<String, PathBuf>,
}

pub(crate) fn run(args: &args::Fix, console: &Console) -> Exit {
    let options = match options(&args.world) {
        Ok(options) => options,
        Err(finding) => return console.error(*finding),
    };
    if let Some(rule) = args.rule.iter().find(|rule| check::find_rule(rule).is_none()) {
        let finding = Finding::error(ids::USAGE, format!("there is no rule `{rule}`"));
        return console.error(finding.help("`meshtrace show rules` lists them"));
    }
    if args.paths.is_empty() && std::io::stdin().is_terminal() {
        let finding = Finding::error(ids::USAGE, "nothing to fix");
        return console.error(finding.help("name files or directories, or pipe manifests to stdin"));
    }
    let texts = match read(&args.paths) {
        Ok(texts) => texts,
        Err(finding) => return console.error(*finding),
    };
    let mut found = Findings::default();
    let project = workspace::levels(&mut found);
    if found.errors() > 0 {
        return console.fail_reading(&found);
    }
    let levels = Levels { project, deny: Vec::new() };
    let wanted = Wanted { guesses: args.guess, rules: args.rule.clone() };
    let fixed = fix::run(&texts.inputs, &options, &levels, &wanted);
    finish(args, &texts, fixed, console)
}

fn read(paths: &[PathBuf]) -> Result<Texts, Box<Finding>> {
    let stdin = [PathBuf::from("-")];
    let mut texts = Texts::default();
    for path in if paths.is_empty() { &stdin[..] } else { paths } {
        let shown = workspace::shown(path);
        if shown == "-" {
            texts.file(STDIN.to_owned(), disk::read_stdin_text()?, None);
        } else if disk::is_folder(path) {
            texts.folder(path, shown.trim_end_matches('/'));
        } else if disk::is_there(path) {
            let text = disk::read_text(path, &shown)?;
            texts.file(shown, text, Some(path));
        } else {
            let finding = Finding::error(ids::NO_SUCH_FILE, format!("`{shown}` does not exist"));
            return Err(Box::new(finding.help("pass a file or a directory, or `-` for stdin")));
        }
    }
    Ok(texts)
}

impl Texts {
    fn file(&mut self, name: String, text: String, path: Option<&Path>) {
        self.old.insert(name.clone(), text.clone());
        self.paths.extend(path.map(|path| (name.clone(), path.to_path_buf())));
        self.inputs.push(Input::File { name, text });
    }

    fn folder(&mut self, path: &Path, shown: &str) {
        let mut unreadable = Findings::default();
        let files = disk::read_folder_of(path, shown, NamedBy::CommandLine, Sets::wants, &mut unreadable);
        for (inner, file) in files.iter() {
            self.old.insert(file.name.to_string(), file.text.to_string());
            self.paths.insert(file.name.to_string(), path.join(inner));
        }
        self.inputs.push(Input::Folder { name: shown.to_owned(), files, unreadable });
    }
}

/// Writes what is fixed, and says so.
fn finish(args: &args::Fix, texts: &Texts, fixed: Fixed, console: &Console) -> Exit {
    let dry = args.check || args.diff;
    let at = |finding: &Finding| {
        finding.place.as_ref().map_or_else(String::new, |place| format!("{}:{}: ", place.file, place.line))
    };
    let verb = if dry { "would fix" } else { "fixed" };
    let mut found = Findings::default();
    fixed.malformed.iter().cloned().for_each(|finding| found.push(finding));
    let changed: BTreeMap<&String, &String> =
        fixed.texts.iter().filter(|(name, new)| texts.old.get(*name) != Some(new)).collect();
    let (mut exit, mut unwritten) = (Exit::Done, BTreeSet::new());
    if args.diff {
        exit = patch(texts, &changed, console);
    } else if !args.check {
        (exit, unwritten) = write(texts, &changed, &mut found, console);
    }
    let is_written = |finding: &&Finding| finding.place.as_ref().is_none_or(|place| !unwritten.contains(&*place.file));
    let done: Vec<&Finding> = fixed.done.iter().filter(is_written).collect();
    for finding in &done {
        console.say(&format!("{}{verb} `{}`: {}", at(finding), finding.rule, finding.message));
    }
    for (finding, why) in &fixed.left {
        console.say(&format!("{}left `{}`: {why}", at(finding), finding.rule));
    }
    console.findings(&found);
    console.say(&summary(&fixed, done.len(), changed.len() - unwritten.len(), verb));
    if found.errors() > 0 {
        return Exit::Failed;
    }
    if args.check && exit == Exit::Done && !changed.is_empty() { Exit::No } else { exit }
}

/// `fixed 3 findings in 2 files, 1 left`.
fn summary(fixed: &Fixed, done: usize, files: usize, verb: &str) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut line = match done {
        0 if fixed.done.is_empty() => "nothing to fix".to_owned(),
        0 => "nothing was fixed".to_owned(),
        count => format!("{verb} {} in {}", plural(count, "finding"), plural(files, "file")),
    };
    if !fixed.left.is_empty() {
        line.push_str(&format!(", {} left", fixed.left.len()));
    }
    if fixed.guesses > 0 {
        line.push_str(&format!("; `--unsafe` would fix {} more, by guessing", fixed.guesses));
    }
    line
}

/// Writes the files, and what came from stdin to stdout, changed or not. Returns also the files that could not be written.
fn write<'t>(
    texts: &Texts,
    changed: &BTreeMap<&'t String, &String>,
    found: &mut Findings,
    console: &Console,
) -> (Exit, BTreeSet<&'t str>) {
    let (mut exit, mut unwritten) = (Exit::Done, BTreeSet::new());
    if let Some(old) = texts.old.get(STDIN).filter(|_| !texts.paths.contains_key(STDIN)) {
        let new = changed.iter().find(|(name, _)| **name == STDIN).map_or(old, |(_, new)| *new);
        exit = console.print(new.as_bytes());
    }
    guard::leave();
    for (name, new) in changed {
        let Some(path) = texts.paths.get(*name) else { continue };
        if let Err(finding) = disk::replace(path, name, new.as_bytes()) {
            found.push(finding);
            unwritten.insert(name.as_str());
        }
    }
    (exit, unwritten)
}

fn patch(texts: &Texts, changed: &BTreeMap<&String, &String>, console: &Console) -> Exit {
    let file = |(name, new): (&&String, &&String)| {
        let old = texts.old.get(*name)?;
        let shown = name.strip_prefix("./").unwrap_or(name);
        Some((shown.to_owned(), old.clone(), (*new).clone()))
    };
    let files: Vec<(String, String, String)> = changed.iter().filter_map(file).collect();
    let written = report::diff::patch_files(&files);
    let exit = console.print(written.text.as_bytes());
    for (file, why) in &written.left_out {
        console.say(&format!("`{file}` is not in the patch: {why}"));
    }
    if exit == Exit::Done && !written.left_out.is_empty() { Exit::No } else { exit }
}
