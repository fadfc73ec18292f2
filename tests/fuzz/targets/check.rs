//! The verdict on any files is the same twice and in any notation; every format can be read by its consumers; and none
//! contains a value of a Secret.

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::judge::went_all_the_way;
use crate::leak;
use crate::random::Random;
use crate::seeds::Seeds;
use crate::structure;
use crate::targets::option;
use crate::targets::visible;
use crate::text;
use meshtrace::check;
use meshtrace::check::Levels;
use meshtrace::check::Loaded;
use meshtrace::check::Options;
use meshtrace::check::Report;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::project;
use meshtrace::project::Project;
use meshtrace::report;
use meshtrace::report::Color;
use meshtrace::report::Format;
use meshtrace::source::Sources;
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeSet;
use std::collections::HashSet;

const FORMATS: [Format; 7] =
    [Format::Human, Format::Json, Format::Markdown, Format::Sarif, Format::Github, Format::Gitlab, Format::Junit];

/// Levels of rules, and differences to ignore.
pub(crate) const PROJECT: &str = "check:
  allow: {jaeger-v1-eol: until spring, collector-port: elsewhere}
  warn: {tracer-missing: for now}
  deny: {warnings: all of them, jaeger-image-latest: never}
diff:
  ignore:
  - {kind: Deployment, path: /spec/replicas, reason: scaled}
  - {path: /metadata/annotations/*, reason: tools}
  - {kind: ConfigMap, name: leak, namespace: shop, path: /data, reason: generated}
  - {path: '/spec/template/spec/containers/*/image', reason: set elsewhere}
";

/// The content of the input's `meshtrace.yaml`.
pub(crate) fn project(parts: &Parts) -> Project {
    let mut sources = Sources::default();
    let source = sources.add("!project", option(parts, "project").unwrap_or_default());
    project::parse(&sources, source, "0.1.0", &mut Findings::default()).unwrap_or_default()
}

/// A render has hundreds of files; a few are as good.
const FILES: usize = 12;

pub(crate) fn make(random: &mut Random, seeds: &Seeds) -> Parts {
    let mut parts = some(random, seeds);
    for _ in 0..random.few() {
        let names: Vec<String> = parts.keys().cloned().collect();
        let name = random.pick(&names).clone();
        let text = &parts[&name];
        let changed = match random.once_in(3) {
            true => text::change(text, random, seeds),
            false => structure::change(text, random, seeds),
        };
        parts.insert(name, changed);
    }
    if random.once_in(4) {
        let version = random.pick(&["1.9.11", "0.46.1", "0.49.0", "2.0.3", "x", ""]);
        parts.insert("!chart".into(), (*version).to_owned());
    }
    if random.once_in(8) {
        parts.insert("!project".into(), structure::change(PROJECT, random, seeds));
    }
    if random.once_in(3) {
        with_secret(&mut parts, random, seeds);
    }
    parts
}

/// Some of the files that belong together.
pub(crate) fn some(random: &mut Random, seeds: &Seeds) -> Parts {
    let folder = random.pick(&seeds.folders);
    let names: Vec<&String> = folder.keys().collect();
    let mut parts = Parts::new();
    let from = if names.len() > FILES { random.below(names.len()) } else { 0 };
    for name in names.iter().cycle().skip(from).take(names.len().min(FILES)) {
        // Arguments and expected output are not input.
        if [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
            parts.insert((*name).clone(), folder[*name].clone());
        }
    }
    if parts.is_empty() {
        parts.insert("x.yaml".into(), random.text(&seeds.yaml).to_owned());
    }
    parts
}

/// Puts a Secret between two documents, and something invalid below it.
fn with_secret(parts: &mut Parts, random: &mut Random, seeds: &Seeds) {
    let canary = format!("Zq{:x}Canary{:x}", random.next() >> 40, random.next() >> 40);
    let key = random.pick(&["password", "x", "a.b", "tls.key"]);
    let (field, value) = match random.once_in(2) {
        true => ("data", leak::base64(canary.as_bytes())),
        false => ("stringData", canary.clone()),
    };
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, field: {*key: value}});
    let mut text = structure::write(&secret, random);
    if random.once_in(3) {
        text.push_str(&text::odd(random, seeds).replace('\n', " "));
        text.push('\n');
    }
    let names: Vec<String> = parts.keys().filter(|name| !name.starts_with('!')).cloned().collect();
    let name = random.pick(&names).clone();
    let whole = match random.once_in(2) {
        true => format!("{}\n---\n{text}", parts[&name].trim_end()),
        false => format!("{text}---\n{}", parts[&name]),
    };
    parts.insert(name, whole);
    parts.insert("!canary".into(), canary);
}

pub(crate) fn run(parts: &Parts) -> Result<(), Broken> {
    let loaded = load(parts);
    let report = judge(&loaded, parts);
    if !report.paths.is_empty() && report.findings.iter().all(|hit| hit.finding.rule.as_str() != "malformed") {
        went_all_the_way();
    }
    let text = whole(&report);
    let again = load(parts);
    law(text == whole(&judge(&again, parts)), "the same files give the same report", || text.clone())?;
    for format in FORMATS {
        visible(&report::check(&report, format, Color::No))?;
    }
    for hit in &report.findings {
        law(!hit.finding.message.is_empty(), "every finding has a message", || format!("{hit:?}"))?;
        if let Some(place) = &hit.finding.place {
            let lines = parts.get(&*place.file).map_or(0, |text| text.split('\n').count());
            law(place.line as usize <= lines && place.column >= 1, "places are in the text", || format!("{place:?}"))?;
        }
    }
    let json = report::check(&report, Format::Json, Color::No);
    let parsed: Json = serde_json::from_str(&json).unwrap_or_default();
    let listed = parsed["findings"].as_array().map_or(0, Vec::len);
    // If there are many of one rule, the first are listed and the rest counted.
    let more: u64 =
        parsed["summary"]["truncated"].as_object().map_or(0, |more| more.values().filter_map(Json::as_u64).sum());
    let errors = report.findings.iter().filter(|hit| hit.finding.severity == Severity::Error).count();
    let whole = listed + more as usize == report.findings.len() && parsed["summary"]["errors"] == json!(errors);
    law(parsed.is_object() && whole, "the JSON contains every finding", || json.clone())?;
    let sarif = report::check(&report, Format::Sarif, Color::No);
    let parsed: Json = serde_json::from_str(&sarif).unwrap_or_default();
    let results = parsed["runs"][0]["results"].as_array().map(Vec::len);
    law(results == Some(listed), "the SARIF contains every finding", || sarif.clone())?;
    let github = report::check(&report, Format::Github, Color::No);
    let commands = |line: &str| ["::error ", "::warning ", "::notice "].iter().any(|word| line.starts_with(word));
    let sound = report.findings.is_empty() == github.is_empty() && github.lines().all(commands);
    law(sound, "each line for GitHub is one command", || github.clone())?;
    tables(&report::check(&report, Format::Markdown, Color::No))?;
    if let Some(canary) = option(parts, "canary").filter(|canary| canary.len() >= 12) {
        let sources: usize =
            parts.iter().filter(|(name, _)| !name.starts_with('!')).map(|(_, text)| holds(text, canary)).sum();
        for form in leak::forms(canary) {
            law(sources != 1 || !text.contains(&form), "no value of a Secret is in a report", || text.clone())?;
        }
    }
    in_another_notation(parts, &report)?;
    in_another_order(parts, &report)
}

/// The same files in reverse order break the same rules.
fn in_another_order(parts: &Parts, report: &Report) -> Result<(), Broken> {
    let turned = parts.iter().rev().enumerate().map(|(at, (name, text))| match name.starts_with('!') {
        true => (name.clone(), text.clone()),
        false => (format!("{at:04}/{name}"), text.clone()),
    });
    let turned: Parts = turned.collect();
    let loaded = load(&turned);
    let theirs = judge(&loaded, parts);
    let rules = |report: &Report| report.findings.iter().map(|hit| hit.finding.rule.as_str()).collect::<BTreeSet<_>>();
    // If there are two objects with the same name, either may count.
    let set = loaded.set();
    let ids: HashSet<_> = set.items.iter().map(|item| item.id).collect();
    let several = rules(report).contains("proxydefaults-single") || rules(report).contains("config-entry-unique-name");
    if several || ids.len() < set.items.len() || set.values.len() > 1 {
        return Ok(());
    }
    law(
        rules(report) == rules(&theirs) && report.arrives() == theirs.arrives(),
        "the order of files does not matter",
        || format!("{:?} {:?}\n{:?} {:?}", rules(report), report.arrives(), rules(&theirs), theirs.arrives()),
    )
}

/// Every row of a table has as many columns as its header: no text begins another cell or line.
fn tables(markdown: &str) -> Result<(), Broken> {
    let columns = |line: &str| {
        let mut letters = line.chars();
        let mut count = 0;
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => drop(letters.next()),
                '|' => count += 1,
                _ => {}
            }
        }
        count
    };
    let mut head = None;
    for line in markdown.split(['\n', '\r']) {
        if !line.starts_with('|') {
            head = None;
            continue;
        }
        let count = columns(line);
        law(*head.get_or_insert(count) == count, "rows have the columns of their table", || line.to_owned())?;
    }
    Ok(())
}

/// How often a text contains a secret, in plain text or as in the `data` of a Secret.
fn holds(text: &str, canary: &str) -> usize {
    text.matches(canary).count() + text.matches(&leak::base64(canary.as_bytes())).count()
}

fn load(parts: &Parts) -> Loaded {
    let mut loaded = Loaded::default();
    for (name, text) in parts.iter().filter(|(name, _)| !name.starts_with('!')) {
        loaded.add(name, text);
    }
    loaded
}

fn judge(loaded: &Loaded, parts: &Parts) -> Report {
    let options = Options {
        assume: vec![("simplest-collector.observability".into(), 9411)],
        consul_chart: option(parts, "chart").map(str::to_owned),
        ..Options::default()
    };
    let mut report = check::check(&loaded.set(), &options, loaded);
    report.findings.extend(check::unread(loaded));
    let levels = Levels { project: project(parts).check, deny: Vec::new() };
    levels.comments(&mut report, loaded);
    levels.apply(&mut report, false);
    report
}

/// All formats.
fn whole(report: &Report) -> String {
    let all = FORMATS.map(|format| report::check(report, format, Color::No));
    all.concat() + &report::check(report, Format::Human, Color::Yes)
}

/// The same documents in our notation and as JSON break the same rules.
fn in_another_notation(parts: &Parts, report: &Report) -> Result<(), Broken> {
    let mut other = parts.clone();
    for (name, text) in other.iter_mut().filter(|(name, _)| !name.starts_with('!')) {
        let (documents, found) = structure::read(text);
        // Comments matter too.
        if !found.is_empty() || text.contains("meshtrace: allow") || text.contains("chart:") {
            return Ok(());
        }
        *text =
            documents.iter().map(|document| structure::json_lines(document) + "\n").collect::<Vec<_>>().join("---\n");
        let _ = name;
    }
    let loaded = load(&other);
    let theirs = judge(&loaded, parts);
    let said = |report: &Report| {
        let mut all: Vec<String> = report
            .findings
            .iter()
            .map(|hit| {
                format!("{} {:?} {} {:?} {}", hit.finding.rule, hit.object, hit.path, hit.inner, hit.finding.message)
            })
            .collect();
        all.sort();
        all
    };
    let (ours, theirs) = (said(report), said(&theirs));
    law(ours == theirs, "the notation of files does not matter", || {
        let only = |a: &[String], b: &[String]| {
            a.iter().filter(|line| !b.contains(line)).cloned().collect::<Vec<_>>().join("\n")
        };
        format!("unchanged:\n{}\nas JSON:\n{}", only(&ours, &theirs), only(&theirs, &ours))
    })
}
