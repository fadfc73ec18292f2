//! The laws of `fix` over the fixtures of the rules: its finding is gone, none is new, nothing but the named values changes,
//! twice is once; in every layout. `just bless` rewrites the list of what changes.
#![allow(clippy::disallowed_methods, reason = "reads the fixtures")]

use crate::common::bless;
use crate::layouts::LAYOUTS;
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
use meshtrace::report;
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

/// The file with one replacement of SARIF, as code hosts make it: lines from 1, columns in code points from 1.
fn replaced(text: &str, replacement: &Json) -> String {
    let region = &replacement["deletedRegion"];
    let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
    let offset = |line: usize, column: usize| {
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        start + text[start..].chars().take(column - 1).map(char::len_utf8).sum::<usize>()
    };
    let (start, end) =
        (offset(number("startLine"), number("startColumn")), offset(number("endLine"), number("endColumn")));
    let new = replacement["insertedContent"]["text"].as_str().unwrap();
    [&text[..start], new, &text[end..]].concat()
}

/// The case with the fixes of a report in SARIF, of which each finding of this rule has one; `None` if it has several.
fn from_sarif(case: &Case, rule: &str) -> Option<Case> {
    let mut sets = Sets::default();
    sets.add_folder("", files(case), Findings::default());
    let options = Options { replacements: true, ..Options::default() };
    let report = check::check_all(sets, &options, &Levels::default());
    let text = report::check(&report, report::Format::Sarif, report::Color::No);
    let sarif: Json = serde_json::from_str(&text).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let mut fixes: Vec<&Json> =
        results.iter().filter(|one| one["ruleId"] == rule).filter_map(|one| one["fixes"].get(0)).collect();
    fixes.dedup();
    let [fix] = fixes.as_slice() else { return None };
    let mut new = case.clone();
    for change in fix["artifactChanges"].as_array().unwrap() {
        let text = new.get_mut(change["artifactLocation"]["uri"].as_str().unwrap()).unwrap();
        // The last first, so that the others stay where they are.
        for replacement in change["replacements"].as_array().unwrap().iter().rev() {
            *text = replaced(text, replacement);
        }
    }
    Some(new)
}

#[test]
fn the_replacements_of_sarif_are_what_fix_writes() {
    let mut seen = 0;
    for (rule, name, case) in cases() {
        for (layout, write) in OWN {
            let written: Case = case.iter().map(|(path, text)| (path.clone(), write(text))).collect();
            let new = outcome(&written, rule).case;
            let Some(from_sarif) = from_sarif(&written, rule).filter(|_| new != written) else { continue };
            seen += 1;
            assert_eq!(from_sarif, new, "{rule}/{name} as {layout}");
        }
    }
    assert!(seen > 150, "{seen}");
}

/// How the files stand after a fix, with what a test of layouts compares.
struct Outcome {
    case: Case,
    left: Vec<String>,
}

fn outcome(case: &Case, rule: &str) -> Outcome {
    let fixed = fixed(case, rule, false);
    let left = fixed.left.iter().map(|(_, why)| why.clone()).collect();
    Outcome { case: after(case, &fixed), left }
}

/// A document in which JSON in strings is a value, so that only what it says counts.
fn meaning(json: &Json) -> Json {
    match json {
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), meaning(value))).collect(),
        Json::Array(list) => list.iter().map(meaning).collect(),
        Json::String(text) if text.contains('{') => {
            let read = [text.clone(), format!("[{text}]")];
            read.iter().find_map(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| json.clone())
        }
        json => json.clone(),
    }
}

/// The objects of a text; those of a `List` one by one.
fn objects(text: &str) -> Vec<Json> {
    let items = |one: Json| match one.get("kind").and_then(Json::as_str) {
        Some("List") => one["items"].as_array().cloned().unwrap_or_default(),
        _ => vec![one],
    };
    documents(text).into_iter().flat_map(items).map(|one| meaning(&one)).collect()
}

/// The comments that are gone although their line is not: the one before them, or for a comment of its own the next.
fn lost_comments(old: &str, new: &str) -> Vec<String> {
    let lines: Vec<&str> = old.lines().collect();
    let mut lost = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let Some((before, comment)) = line.split_once("# ") else { continue };
        let comment = format!("# {comment}");
        if new.lines().any(|line| line.ends_with(&comment)) {
            continue;
        }
        let about = match before.trim() {
            "" => lines[number..].iter().find(|line| !line.trim_start().starts_with('#')).copied().unwrap_or_default(),
            _ => before,
        };
        let about = about.split("  # ").next().unwrap_or_default().trim_end();
        if new.lines().any(|line| line == about || line.starts_with(&format!("{about} "))) {
            lost.push((*line).to_owned());
        }
    }
    lost
}

/// How many lines differ.
fn changed_lines(old: &str, new: &str) -> usize {
    let diff = similar::TextDiff::from_lines(old, new);
    diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal).count()
}

/// What is wrong with a fix of a case in a layout.
fn judge_layout(rule: &str, old: &Case, plain: &Outcome, lines: usize) -> Result<bool, String> {
    let new = outcome(old, rule);
    if new.case == *old {
        // Never mangled: a layout that the editor does not know is left, and it is said why.
        return match new.left.first() {
            Some(why) if why.starts_with("it cannot be edited: ") => Ok(false),
            other => Err(format!("nothing was fixed: {other:?}")),
        };
    }
    if outcome(&new.case, rule).case != new.case {
        return Err("fixing twice is not fixing once".to_owned());
    }
    let mut changed = 0;
    for (path, text) in &new.case {
        let was = &old[path];
        if objects(text) != objects(&plain.case[path]) {
            return Err(format!("is not what the same files become in their own layout:\n{text}"));
        }
        let lost = lost_comments(was, text);
        if !lost.is_empty() {
            return Err(format!("lost {lost:?}:\n{text}"));
        }
        let windows = was.contains("\r\n");
        if windows && text.replace("\r\n", "").contains('\n') || !windows && text.contains('\r') {
            return Err(format!("has mixed line breaks:\n{text:?}"));
        }
        if was.ends_with('\n') != text.ends_with('\n') || was.starts_with('\u{feff}') != text.starts_with('\u{feff}') {
            return Err(format!("has another beginning or end:\n{text:?}"));
        }
        if was.contains("\n\t")
            && text.lines().any(|line| line.starts_with("  ") && !line.contains('\t'))
            && !was.contains("\n  ")
        {
            return Err(format!("mixes tabs and blanks:\n{text}"));
        }
        changed += changed_lines(was, text);
    }
    // A value over several lines takes some more than on one.
    if changed > 2 * lines + 6 {
        return Err(format!("changes {changed} lines, {lines} in its own layout"));
    }
    Ok(true)
}

type Turn = fn(&str) -> String;

/// What the layout of a fixture itself can be turned into.
const OWN: [(&str, Turn); 3] = [
    ("windows as it is", |text| text.replace('\n', "\r\n")),
    ("mark as it is", |text| format!("\u{feff}{text}")),
    ("no last break as it is", |text| text.trim_end().to_owned()),
];

/// Each case in a third of the layouts, so that each rule and each layout has its turn; in all of them with `FIX_LAYOUTS=all`.
#[test]
fn the_layout_of_a_file_does_not_matter_and_stays() {
    let all = std::env::var("FIX_LAYOUTS").is_ok_and(|which| which == "all");
    let (mut wrong, mut seen) = (Vec::new(), 0);
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for (turn, (rule, name, case)) in cases().into_iter().enumerate() {
        // Comments that mean something would be lost.
        if case.values().any(|text| text.contains("chart:") || text.contains("meshtrace: allow")) {
            continue;
        }
        let plain = outcome(&case, rule);
        if fixable(&judged(&case), rule, Trust::Safe) == 0 || plain.case == case {
            continue;
        }
        let lines: usize = plain.case.iter().map(|(path, text)| changed_lines(&case[path], text)).sum();
        let written = |write: &dyn Fn(&str) -> Option<String>| {
            case.iter().map(|(path, text)| Some((path.clone(), write(text)?))).collect::<Option<Case>>()
        };
        let own = OWN.iter().map(|(name, write)| (*name, written(&|text| Some(write(text)))));
        let new = LAYOUTS.iter().map(|(name, write)| (*name, written(&|text| write(&documents(text)))));
        let turns = own.chain(new).enumerate().filter(|(number, _)| all || (number + turn) % 3 == 0);
        for (_, (layout, written)) in turns {
            let Some(written) = written else { continue };
            seen += 1;
            match judge_layout(rule, &written, &plain, lines) {
                Ok(true) => {}
                Ok(false) => *refused.entry(layout).or_default() += 1,
                Err(what) => wrong.push(format!("{rule}/{name} as {layout}: {what}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n\n"));
    // A map with comments cannot become JSON, and a comment inside what is moved would be lost.
    let known = |layout: &str| layout.starts_with("comments") || layout == "windows" || layout == "list with dashes";
    assert!(refused.iter().all(|(layout, count)| known(layout) && *count <= 2), "{refused:?}");
    assert!(seen > 1000, "{seen}");
}
