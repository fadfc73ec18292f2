//! The laws of `fix` over the fixtures of the rules: its finding is gone, none is new, nothing but the named values changes,
//! twice is once; in every layout. `just bless` rewrites the list of what changes.
#![allow(clippy::disallowed_methods, reason = "reads the fixtures")]

use crate::common::bless;
use meshtrace::check;
use meshtrace::check::Levels;
use meshtrace::check::Options;
use meshtrace::check::Report;
use meshtrace::check::Sets;
use meshtrace::check::Trust;
use meshtrace::files::Files;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::fix;
use meshtrace::fix::Fixed;
use meshtrace::fix::Input;
use meshtrace::fix::Wanted;
use meshtrace::source::Sources;
use meshtrace::yaml;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// The files of a case by path.
type Case = BTreeMap<String, String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check")
}

/// The failing cases of all rules: rule, name, files.
fn cases() -> Vec<(&'static str, String, Case)> {
    let mut all = Vec::new();
    for rule in check::rules() {
        let Ok(folders) = fs::read_dir(root().join("rules").join(rule.id)) else { continue };
        let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        for folder in folders {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("fail") {
                let files = bless::read(&folder);
                let text = |(path, bytes): (String, Vec<u8>)| Some((path, String::from_utf8(bytes).ok()?));
                all.push((rule.id, name, files.into_iter().filter_map(text).collect()));
            }
        }
    }
    all
}

fn files(case: &Case) -> Files {
    let mut files = Files::default();
    case.iter().filter(|(path, _)| Sets::wants(path)).for_each(|(path, text)| {
        files.insert(path.clone(), path.as_str(), text.as_str());
    });
    files
}

fn judged(case: &Case) -> Report {
    let mut sets = Sets::default();
    sets.add_folder("", files(case), Findings::default());
    check::check_all(sets, &Options::default(), &Levels::default())
}

fn fixed(case: &Case, rule: &str, guesses: bool) -> Fixed {
    let inputs = [Input::Folder { name: String::new(), files: files(case), unreadable: Findings::default() }];
    let wanted = Wanted { guesses, rules: vec![rule.to_owned()] };
    fix::run(&inputs, &Options::default(), &Levels::default(), &wanted)
}

/// The case with the new texts.
fn after(case: &Case, fixed: &Fixed) -> Case {
    let mut case = case.clone();
    case.extend(fixed.texts.iter().map(|(path, text)| (path.clone(), text.clone())));
    case
}

fn fixable(report: &Report, rule: &str, trust: Trust) -> usize {
    let meant = |hit: &&check::ReportedFinding| hit.finding.rule.as_str() == rule;
    report.findings.iter().filter(meant).filter(|hit| hit.fix.as_ref().is_some_and(|fix| fix.trust == trust)).count()
}

/// How often each rule is broken in each file; what is only good to know does not count.
fn counts(report: &Report) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for hit in report.findings.iter().filter(|hit| hit.finding.severity != Severity::Info) {
        let file = hit.finding.place.as_ref().map_or_else(String::new, |place| place.file.to_string());
        *counts.entry((hit.finding.rule.to_string(), file)).or_default() += 1;
    }
    counts
}

fn documents(text: &str) -> Vec<Json> {
    let mut sources = Sources::default();
    let source = sources.add("text", text);
    let mut found = Findings::default();
    let documents = yaml::read(&sources, source, &mut found);
    assert_eq!(found.errors(), 0, "{found:?}\n{text}");
    documents.into_iter().map(|document| document.node.to_json()).collect()
}

/// What differs between two values, by pointer; inside JSON in strings too.
fn differences(old: &Json, new: &Json, at: &str, out: &mut Vec<String>) {
    match (old, new) {
        _ if old == new => {}
        (Json::Object(a), Json::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (a.get(key), b.get(key)) {
                    (Some(old), Some(new)) => differences(old, new, &at, out),
                    (Some(_), None) => out.push(format!("- {at}")),
                    (None, Some(new)) => out.push(format!("+ {at}: {new}")),
                    (None, None) => {}
                }
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(index, (a, b))| differences(a, b, &format!("{at}/{index}"), out));
        }
        (Json::String(a), Json::String(b)) => {
            let read = |text: &str| {
                serde_json::from_str::<Json>(&format!("[{text}]"))
                    .ok()
                    .filter(|json| text.contains('{') && json.is_array())
            };
            match (read(a), read(b)) {
                (Some(a), Some(b)) if a != b => differences(&a, &b, &format!("{at} ->"), out),
                _ => out.push(format!("= {at}: {new}")),
            }
        }
        _ => out.push(format!("= {at}: {new}")),
    }
}

#[test]
fn each_fix_removes_its_finding_and_changes_nothing_else() {
    let mut list = String::new();
    let (mut safe, mut guesses) = (BTreeSet::new(), BTreeSet::new());
    let mut wrong = Vec::new();
    for (rule, name, case) in cases() {
        let before = judged(&case);
        for (trust, guess) in [(Trust::Safe, false), (Trust::Unsafe, true)] {
            let count = fixable(&before, rule, trust);
            if count == 0 {
                continue;
            }
            let _ = if guess { guesses.insert(rule) } else { safe.insert(rule) };
            let fixed = fixed(&case, rule, guess);
            let new = after(&case, &fixed);
            let report = judged(&new);
            let mut say = |what: String| wrong.push(format!("{rule}/{name} ({trust:?}): {what}"));
            let mark = if guess { "unsafe" } else { "safe" };
            if fixable(&report, rule, trust) > 0 {
                // It would bring up something else, and so must not be made.
                let why: Vec<&String> = fixed.left.iter().map(|(_, why)| why).collect();
                match (fixed.texts.is_empty(), why.first()) {
                    (true, Some(why)) => list.push_str(&format!("{rule}/{name} ({mark})\n  left: {why}\n")),
                    _ => say(format!("{} of {count} remain: {why:?}", fixable(&report, rule, trust))),
                }
                continue;
            }
            let (old_counts, new_counts) = (counts(&before), counts(&report));
            let more: Vec<_> =
                new_counts.iter().filter(|(key, count)| **count > *old_counts.get(*key).unwrap_or(&0)).collect();
            if !more.is_empty() {
                say(format!("new findings: {more:?}"));
            }
            if new_counts.values().sum::<usize>() >= old_counts.values().sum::<usize>()
                && before.findings.len() <= report.findings.len()
            {
                say("nothing is gone".to_owned());
            }
            if !self::fixed(&new, rule, guess).texts.is_empty() {
                say("fixing twice is not fixing once".to_owned());
            }
            list.push_str(&format!("{rule}/{name} ({mark})\n"));
            for (path, text) in &new {
                let (old, new) = (documents(&case[path]), documents(text));
                if old.len() != new.len() {
                    say(format!("{path} has another number of documents"));
                }
                let mut lines = Vec::new();
                old.iter().zip(&new).enumerate().for_each(|(number, (old, new))| {
                    differences(old, new, &format!("{path}#{number}"), &mut lines);
                });
                lines.iter().for_each(|line| list.push_str(&format!("  {line}\n")));
                let comment = |line: &&str| line.trim_start().starts_with('#');
                if case[path].lines().filter(comment).any(|line| !text.contains(line)) {
                    say(format!("{path} lost a comment"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for rule in check::rules() {
        for (trust, found) in [(Trust::Safe, &safe), (Trust::Unsafe, &guesses)] {
            if rule.fixes.contains(&trust) != found.contains(rule.id) {
                wrong.push(format!(
                    "{}: `fixes` of its RULE says {:?}, its cases say otherwise ({trust:?})",
                    rule.id, rule.fixes
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(safe.len() >= 30, "{} rules have a certain fix: {safe:?}", safe.len());
    let list = format!(
        "{} rules have a certain fix, {} one that guesses.\n+ is new, - is gone, = has another value; `->` leads into a text.\n\n{list}",
        safe.len(),
        guesses.len()
    );
    bless::file(&root().join("fixes.txt"), &list);
}

/// How the same documents can be written.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Windows,
    Mark,
    NoLastBreak,
    Json,
    Compact,
    Block { dash: usize },
}

const LAYOUTS: [Layout; 7] = [
    Layout::Windows,
    Layout::Mark,
    Layout::NoLastBreak,
    Layout::Json,
    Layout::Compact,
    Layout::Block { dash: 0 },
    Layout::Block { dash: 2 },
];

impl Layout {
    /// `None` where a comment would be lost that means something.
    fn write(self, text: &str) -> Option<String> {
        let joined = |write: &dyn Fn(&Json) -> String| {
            let said = text.contains("chart:") || text.contains("meshtrace: allow");
            (!said).then(|| documents(text).iter().map(write).collect::<Vec<_>>().join("---\n"))
        };
        match self {
            Layout::Windows => Some(text.replace('\n', "\r\n")),
            Layout::Mark => Some(format!("\u{feff}{text}")),
            Layout::NoLastBreak => Some(text.trim_end().to_owned()),
            Layout::Json => joined(&|json| format!("{json:#}\n")),
            Layout::Compact => joined(&|json| format!("{json}\n")),
            Layout::Block { dash } => joined(&|json| {
                let mut out = String::new();
                block(json, 0, dash, &mut out);
                out
            }),
        }
    }
}

fn block(json: &Json, column: usize, dash: usize, out: &mut String) {
    let below = |value: &Json, column: usize, out: &mut String| match value {
        Json::Object(map) if !map.is_empty() => {
            out.push('\n');
            block(value, column + 2, dash, out);
        }
        Json::Array(list) if !list.is_empty() => {
            out.push('\n');
            block(value, column + dash, dash, out);
        }
        value => out.push_str(&format!(" {value}\n")),
    };
    match json {
        Json::Object(map) => map.iter().for_each(|(key, value)| {
            out.push_str(&format!("{}{}:", " ".repeat(column), Json::from(key.as_str())));
            below(value, column, out);
        }),
        Json::Array(list) => list.iter().for_each(|item| {
            let mut text = String::new();
            match item {
                Json::Object(map) if !map.is_empty() => block(item, column + 2, dash, &mut text),
                item => text.push_str(&format!("{}{item}\n", " ".repeat(column + 2))),
            }
            out.push_str(&format!("{}- {}", " ".repeat(column), &text[column + 2..]));
        }),
        value => out.push_str(&format!("{value}\n")),
    }
}

#[test]
fn the_layout_of_a_file_does_not_matter_and_stays() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (rule, name, case) in cases() {
        if fixable(&judged(&case), rule, Trust::Safe) == 0 {
            continue;
        }
        let plain = after(&case, &fixed(&case, rule, false));
        for layout in LAYOUTS {
            let written: Option<Case> =
                case.iter().map(|(path, text)| Some((path.clone(), layout.write(text)?))).collect();
            let Some(written) = written else { continue };
            let new = after(&written, &fixed(&written, rule, false));
            seen += 1;
            for (path, text) in &new {
                let mut say = |what: &str| wrong.push(format!("{rule}/{name} {path} as {layout:?}: {what}\n{text}"));
                if documents(text) != documents(&plain[path]) {
                    say("is not what the same files become in their own layout");
                }
                let stays = match layout {
                    Layout::Windows => !text.replace("\r\n", "").contains('\n'),
                    Layout::Mark => text.starts_with('\u{feff}'),
                    Layout::NoLastBreak => !text.ends_with('\n'),
                    Layout::Json | Layout::Compact => {
                        text.split("---\n").all(|one| serde_json::from_str::<Json>(one).is_ok())
                    }
                    Layout::Block { .. } => true,
                };
                if !stays {
                    say("lost its layout");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    assert!(seen > 150, "{seen}");
}
