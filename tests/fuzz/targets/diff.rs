//! The diff of anything with itself is empty, its operations lead from one side to the other, every format can be read
//! by its consumers, and none contains a value of a Secret.

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::judge::went_all_the_way;
use crate::leak;
use crate::patch;
use crate::random::Random;
use crate::seeds::Seeds;
use crate::structure;
use crate::targets::check;
use crate::targets::option;
use crate::targets::printed;
use crate::targets::visible;
use crate::text;
use crate::unified;
use meshtrace::diff;
use meshtrace::diff::Answer;
use meshtrace::diff::Change;
use meshtrace::diff::Changes;
use meshtrace::diff::Content;
use meshtrace::diff::Kind;
use meshtrace::diff::Pair;
use meshtrace::diff::Raw;
use meshtrace::diff::Side;
use meshtrace::diff::Tree;
use meshtrace::finding::Findings;
use meshtrace::report;
use meshtrace::report::Color;
use meshtrace::report::diff::Format;
use meshtrace::report::diff::View;
use meshtrace::secrecy::REDACTED;
use meshtrace::yaml::Value;
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;

pub(crate) fn make(random: &mut Random, seeds: &Seeds) -> Parts {
    let some = check::some(random, seeds);
    let mut parts = Parts::new();
    for (name, text) in &some {
        let mut from = text.clone();
        if random.once_in(3) {
            from = structure::change(&from, random, seeds);
        }
        let to = match random.below(8) {
            0 => text::change(&from, random, seeds),
            1 | 2 => from.clone(),
            _ => structure::change(&from, random, seeds),
        };
        if !random.once_in(12) {
            parts.insert(format!("from/{name}"), from);
        }
        if !random.once_in(12) {
            parts.insert(format!("to/{name}"), to);
        }
    }
    if random.once_in(4) {
        let seed = random.text(&seeds.yaml);
        parts.insert("from/note.txt".into(), seed.to_owned());
        parts.insert("to/note.txt".into(), text::change(seed, random, seeds));
    }
    if random.once_in(6) {
        parts.insert("!project".into(), structure::change(check::PROJECT, random, seeds));
    }
    if random.once_in(6) {
        // Two files or streams named on the command line.
        parts.retain(|name, _| ["from/", "to/"].iter().all(|side| !name.starts_with(side)));
        let seed = random.text(&seeds.yaml);
        parts.insert("from/a.yaml".into(), structure::change(seed, random, seeds));
        parts.insert("to/b.yaml".into(), structure::change(seed, random, seeds));
        parts.insert("!single".into(), "yes".into());
        return parts;
    }
    if random.once_in(3) {
        with_secret(&mut parts, random);
    }
    parts
}

/// A Secret on one side or both, and its content somewhere else in some form.
fn with_secret(parts: &mut Parts, random: &mut Random) {
    let canary = format!("Zq{:x}/Canary+{:x}", random.next() >> 40, random.next() >> 40);
    let (field, value) = match random.once_in(2) {
        true => ("data", leak::base64(canary.as_bytes())),
        false => ("stringData", canary.clone()),
    };
    let encoding = random.below(16);
    let leaked = leak::encoded(&canary, encoding);
    for side in ["from", "to"] {
        if !random.once_in(3) {
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "labels": {"side": side}}, field: {"key": value}});
            parts.insert(format!("{side}/secret.yaml"), structure::write(&secret, random));
        }
        if random.once_in(2) {
            let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "leak"}, "data": {"a": leaked, "b": side, "c": format!("x\n{leaked}\n")}});
            parts.insert(format!("{side}/leak.yaml"), structure::write(&config, random));
        }
    }
    if !parts.contains_key("from/secret.yaml") {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, field: {"key": value}});
        parts.insert("from/secret.yaml".into(), secret.to_string());
    }
    parts.insert("!canary".into(), canary);
    parts.insert("!encoding".into(), encoding.to_string());
}

pub(crate) fn run(parts: &Parts) -> Result<(), Broken> {
    let (from, to) = (tree(parts, "from/"), tree(parts, "to/"));
    let single = from.single;
    let (said, changes) = reports(&from, &to, parts)?;
    let (again, _) = reports(&from, &to, parts)?;
    law(said == again, "the same sides give the same report", || said.clone())?;
    let mut found = Findings::default();
    let (old, new) = diff::read(&from, &to, &mut found);
    if found.errors() > 0 {
        return Ok(());
    }
    if !changes.is_empty() {
        went_all_the_way();
    }
    // A side that is a single file has one name, under which it would be compared with several.
    if !single {
        itself(&from, &old)?;
        itself(&to, &new)?;
    }
    leads(&old, &new, &changes)?;
    let back = diff::compare(&new, &old, None);
    law(back.is_empty() == changes.is_empty(), "a diff is empty in both directions or in neither", || {
        format!("{changes:#?}\n{back:#?}")
    })?;
    leads(&new, &old, &back)
}

fn tree(parts: &Parts, side: &str) -> Tree {
    let file =
        |(path, text): (&String, &String)| Some((path.strip_prefix(side)?.to_owned(), text.clone().into_bytes()));
    Tree {
        files: parts.iter().filter_map(file).collect(),
        shown: side.to_owned(),
        single: option(parts, "single").is_some(),
        ..Tree::default()
    }
}

/// Everything that is printed, and the changes.
fn reports(from: &Tree, to: &Tree, parts: &Parts) -> Result<(String, Changes<Raw>), Broken> {
    let mut found = Findings::default();
    let (old, new) = diff::read(from, to, &mut found);
    let changes = if found.errors() == 0 { diff::compare(&old, &new, None) } else { Changes::default() };
    let mut found = Findings::default();
    let pairs = [Pair { render: None, from: from.clone(), to: to.clone(), rendered: true, ..Pair::default() }];
    let project = check::project(parts);
    let options = diff::Options { ignore: &project.diff_ignore, lists: &project.diff_lists, semantic: false };
    let answer = diff::run(&pairs, &options, &mut found);
    let mut outputs = vec![printed(&found)];
    if let Some(answer) = &answer {
        outputs.extend(written(&pairs, answer)?);
    }
    if let Some(canary) = option(parts, "canary").filter(|canary| canary.len() >= 12) {
        hidden(&old, &new, canary, parts, &outputs)?;
    }
    Ok((outputs.concat(), changes))
}

/// The answer in each format.
fn written(pairs: &[Pair; 1], answer: &Answer) -> Result<Vec<String>, Broken> {
    let [Pair { from, to, .. }] = pairs;
    let view = View { context: 3, max_chars: 60_000, summary: false, color: Color::No };
    let write = |format: Format, view: &View| report::diff::write(pairs, answer, format, view);
    let patch = write(Format::Patch, &view);
    // Two files with different names are under the first name in a patch.
    let whole = |tree: &Tree| match tree.single {
        true => tree.files.values().map(|bytes| ("one".to_owned(), bytes.clone())).collect(),
        false => tree.files.clone(),
    };
    let left_out: BTreeSet<&String> = patch.left_out.iter().map(|(path, _)| path).collect();
    let (before, after) = (whole(from), whole(to));
    let text = match (from.single, from.files.keys().next()) {
        (true, Some(name)) => {
            patch.text.replacen(&format!("--- a/{name}\n+++ b/{name}\n"), "--- a/one\n+++ b/one\n", 1)
        }
        _ => patch.text.clone(),
    };
    let patched = unified::apply(&before, &text);
    let there = patched.as_ref().is_ok_and(|patched| {
        let paths: BTreeSet<&String> = patched.keys().chain(after.keys()).collect();
        paths.into_iter().all(|path| {
            left_out.contains(path) || patched.get(path) == after.get(path) || answer.leaves(None, path)
        })
            // Without changes there is no patch.
            || answer.changes.is_empty()
            || from.single && !left_out.is_empty()
            // A value of a Secret that is part of a path hides that too.
            || left_out.iter().any(|path| path.contains(REDACTED))
    });
    law(there, "the patch produces TO", || format!("{patched:?}\n{}", patch.text))?;
    let json = write(Format::Json, &view).text;
    law(serde_json::from_str::<Json>(&json).is_ok(), "the JSON is valid", || json.clone())?;
    let markdown = write(Format::Markdown, &View { max_chars: 2_000, ..view }).text;
    fences(&markdown)?;
    law(markdown.chars().count() <= 2_000, "markdown stays within its limit", || markdown.clone())?;
    let summary = write(Format::Human, &View { summary: true, ..view }).text;
    let human = write(Format::Human, &view).text;
    for text in [&json, &markdown, &summary, &human] {
        visible(text)?;
    }
    let colored = write(Format::Human, &View { context: 0, color: Color::Yes, ..view }).text;
    let whole = write(Format::Markdown, &view).text;
    let left_out = format!("{:?}", patch.left_out);
    Ok(vec![human, colored, summary, json, whole, markdown, patch.text, left_out])
}

/// Every fence is closed, and no line between two fences looks like one.
fn fences(markdown: &str) -> Result<(), Broken> {
    let mut open: Option<usize> = None;
    for line in markdown.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match open {
            None if ticks >= 3 => open = Some(ticks),
            Some(length) if ticks >= length && line.trim_start_matches('`').is_empty() => open = None,
            _ => {}
        }
    }
    law(open.is_none(), "markdown closes its fences", || markdown.to_owned())
}

fn hidden(old: &Side, new: &Side, canary: &str, parts: &Parts, outputs: &[String]) -> Result<(), Broken> {
    // Only the values of Secrets on either side can be known.
    let is_secret = |object: &&std::sync::Arc<diff::Object>| {
        let json = object.node.to_json();
        let held = |field: &str, text: &str| json[field]["key"].as_str() == Some(text);
        json["kind"] == "Secret" && (held("stringData", canary) || held("data", &leak::base64(canary.as_bytes())))
    };
    if !old.objects.iter().chain(&new.objects).any(|object| is_secret(&object)) {
        return Ok(());
    }
    let encoding = option(parts, "encoding").and_then(|text| text.parse().ok()).unwrap_or(0);
    // A line of a wrapped secret is a secret where the others are; alone, five letters are a word.
    let encoded = leak::encoded(canary, encoding);
    let lines = leak::pieces(&encoded, encoding);
    // Also its last line, which may be too short to be looked for: without it the text is another one.
    let joined = |text: &str| text.split_whitespace().collect::<String>();
    let whole = joined(encoded.trim_end_matches('='));
    let holds_all = |text: &String| {
        !text.contains(canary) && lines.iter().all(|line| text.contains(line)) && joined(text).contains(&whole)
    };
    let pieces = if parts.values().any(holds_all) { lines.clone() } else { Vec::new() };
    for form in leak::forms(canary).into_iter().chain(pieces) {
        for output in outputs {
            law(!output.contains(&form), "no value of a Secret is in a report", || format!("{form}\n{output}"))?;
        }
    }
    Ok(())
}

/// The same documents in another notation, and the objects in another file, do not differ.
fn itself(tree: &Tree, side: &Side) -> Result<(), Broken> {
    // A null item of a list is a document here, but on its own it is not.
    if side.plain.iter().any(|document| matches!(document.node.value, Value::Null)) {
        return Ok(());
    }
    // Beside a broken file of the same name it was text, and its own mistakes were not told; nor are those of a file that
    // is the same on both sides.
    let mut own = Findings::default();
    diff::read(tree, &Tree::default(), &mut own);
    if own.errors() > 0 {
        return Ok(());
    }
    // Objects of one identity in several files are alternatives; the one file below cannot hold them.
    let identities: HashSet<String> = side.objects.iter().map(|object| object.id.to_string()).collect();
    if identities.len() < side.objects.len() {
        return Ok(());
    }
    let mut tree = tree.clone();
    // A kustomization is compared byte by byte with the one derived from the files.
    tree.files.remove("kustomization.yaml");
    let objects = side.objects.iter().filter(|object| *object.file != *"kustomization.yaml");
    let objects: Vec<String> = objects.map(|object| structure::plain(&object.node.to_json())).collect();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::from([("all-objects.yaml".to_owned(), objects)]);
    for document in side.plain.iter().filter(|document| *document.file != *"kustomization.yaml") {
        texts.entry(document.file.to_string()).or_default().push(structure::json(&document.node.to_json()) + "\n");
    }
    let mut files: BTreeMap<String, Vec<u8>> =
        texts.into_iter().map(|(file, texts)| (file, texts.join("---\n").into_bytes())).collect();
    let rest = tree.files.iter().filter(|(path, _)| path.ends_with(".txt") || side.unread.contains(*path));
    files.extend(rest.map(|(path, text)| (path.clone(), text.clone())));
    let other = Tree { files, shown: String::new(), single: false, ..Tree::default() };
    let mut found = Findings::default();
    let (a, b) = diff::read(&tree, &other, &mut found);
    law(found.errors() == 0, "written documents are readable", || printed(&found))?;
    let changes = diff::compare(&a, &b, None);
    law(changes.is_empty(), "diff(x, x) is empty", || format!("{changes:#?}"))
}

/// The operations turn each document into the other side's, except for the order of lists that have none.
fn leads(from: &Side, to: &Side, changes: &[Change]) -> Result<(), Broken> {
    for change in changes.iter().filter(|change| change.kind == Kind::Changed) {
        let (old, new) = match (change.content, &change.object) {
            (Content::Object, Some(wanted)) => {
                let find = |side: &Side, exact: bool| {
                    let same = |object: &&std::sync::Arc<diff::Object>| {
                        *object.id.kind == *wanted.kind
                            && *object.id.name == *wanted.name
                            && *object.id.namespace == *wanted.namespace
                            && (!exact || *object.api_version == *wanted.api_version)
                    };
                    let mut all = side.objects.iter().filter(same).map(|object| object.node.to_json());
                    let first = all.next();
                    // Objects of several groups can have the same kind and name.
                    if all.next().is_some() { None } else { first }
                };
                (find(from, false), find(to, true))
            }
            (Content::Yaml, _) => {
                let find = |side: &Side| {
                    let same = |plain: &&std::sync::Arc<diff::Plain>| {
                        *plain.file == *change.file && plain.document == change.document
                    };
                    side.plain.iter().find(same).map(|plain| plain.node.to_json())
                };
                (find(from), find(to))
            }
            _ => (None, None),
        };
        let (Some(old), Some(new)) = (old, new) else { continue };
        let there = patch::apply(&old, std::slice::from_ref(change));
        let there = there.map_err(|problem| Broken {
            law: "operations can be applied",
            seen: format!("{problem}\n{old}\n{new}\n{change:#?}"),
        })?;
        law(unordered(&there) == unordered(&new), "apply(diff(a, b)) = b", || {
            format!("{old}\n{new}\n{there}\n{change:#?}")
        })?;
        let left = again(&there, &new, change.content);
        law(left.is_empty(), "nothing is left after the operations", || format!("{old}\n{new}\n{there}\n{left:#?}"))?;
    }
    Ok(())
}

fn again(a: &Json, b: &Json, content: Content) -> Changes<Raw> {
    let one = |json: &Json| Tree {
        files: BTreeMap::from([("x.yaml".to_owned(), structure::json(json).into_bytes())]),
        shown: String::new(),
        single: content == Content::Yaml,
        ..Tree::default()
    };
    let (a, b) = diff::read(&one(a), &one(b), &mut Findings::default());
    diff::compare(&a, &b, None)
}

/// Lists whose order may have no meaning, sorted.
fn unordered(node: &Json) -> Json {
    match node {
        Json::Array(list) => {
            let mut list: Vec<Json> = list.iter().map(unordered).collect();
            list.sort_by_cached_key(Json::to_string);
            Json::Array(list)
        }
        Json::Object(map) => {
            let sorted: BTreeMap<String, Json> =
                map.iter().map(|(key, value)| (key.clone(), unordered(value))).collect();
            Json::Object(sorted.into_iter().collect())
        }
        Json::Number(number) => {
            number.as_f64().filter(|number| *number == 0.0).map_or_else(|| node.clone(), |_| json!(0))
        }
        other => other.clone(),
    }
}
