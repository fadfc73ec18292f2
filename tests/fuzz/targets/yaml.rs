//! Any text is read or rejected; documents are written such that they read back the same; a document in any notation is
//! the same document.

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::judge::went_all_the_way;
use crate::random::Random;
use crate::random::hash;
use crate::seeds::Seeds;
use crate::structure;
use crate::targets::option;
use crate::targets::printed;
use crate::text;
use meshtrace::finding::Findings;
use meshtrace::source::Sources;
use meshtrace::source::Span;
use meshtrace::yaml;
use meshtrace::yaml::Document;
use meshtrace::yaml::Node;
use serde_json::Value as Json;

pub(crate) fn make(random: &mut Random, seeds: &Seeds) -> Parts {
    let seed = random.text(&seeds.yaml);
    if random.once_in(3) {
        let (documents, _) = structure::read(seed);
        if !documents.is_empty() {
            let mut document = random.pick(&documents).clone();
            for _ in 0..random.below(8) {
                structure::node(&mut document, random, seeds);
            }
            return Parts::from([("!tree".into(), document.to_string()), ("!style".into(), random.next().to_string())]);
        }
    }
    let text = match random.below(5) {
        4 => {
            let (documents, _) = structure::read(seed);
            let json = documents.first().map(structure::json).unwrap_or_default();
            text::change(&json, random, seeds)
        }
        0 => structure::change(seed, random, seeds),
        1 => text::change(&structure::change(seed, random, seeds), random, seeds),
        2 => text::change(&text::odd(random, seeds), random, seeds),
        _ => text::change(seed, random, seeds),
    };
    Parts::from([("text".into(), text)])
}

pub(crate) fn run(parts: &Parts) -> Result<(), Broken> {
    if let Some(text) = parts.get("text") {
        any_text(text)?;
    }
    if let Some(tree) = option(parts, "tree").and_then(|text| serde_json::from_str(text).ok()) {
        in_any_notation(&tree, option(parts, "style").unwrap_or_default())?;
    }
    Ok(())
}

fn read(text: &str) -> (Vec<Document>, Findings) {
    let mut sources = Sources::default();
    let id = sources.add("text", text);
    let mut found = Findings::default();
    let documents = yaml::read(&sources, id, &mut found);
    (documents, found)
}

fn any_text(text: &str) -> Result<(), Broken> {
    let (documents, found) = read(text);
    let said = printed(&found);
    let (again, found_again) = read(text);
    law(said == printed(&found_again) && json(&documents) == json(&again), "the same text reads the same", || said)?;
    let lines = text.split('\n').count();
    for finding in found.iter() {
        let places = finding.place.iter().chain(finding.notes.iter().filter_map(|note| note.place.as_ref()));
        for place in places {
            law(
                place.line >= 1 && place.line as usize <= lines && place.column >= 1,
                "places are in the text",
                || format!("{place:?} of {lines} lines"),
            )?;
        }
    }
    if found.is_empty() {
        went_all_the_way();
    }
    as_json(text, &documents, &found)?;
    for document in &documents {
        written(&document.node)?;
    }
    // An anchor disables the fast path: the parser must give the same result.
    if found.is_empty()
        && documents.len() == 1
        && !text.contains("...")
        && !text.contains(['&', '*', '!', '%', '\u{feff}'])
        && !text.contains("---")
    {
        let anchored = format!("--- &fuzz\n{text}");
        let (other, found) = read(&anchored);
        law(found.is_empty() && json(&other) == json(&documents), "the parser and the fast path agree", || {
            format!("quick {:?}\nthorough {:?}\n{}", json(&documents), json(&other), printed(&found))
        })?;
    }
    Ok(())
}

/// JSON is YAML: another JSON reader gives the same result.
fn as_json(text: &str, documents: &[Document], found: &Findings) -> Result<(), Broken> {
    let Ok(json) = serde_json::from_str::<Json>(text) else { return Ok(()) };
    // What JSON allows but YAML does not, duplicate keys, and documents that are too deep.
    let odd =
        |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}');
    let twice = found.iter().any(|finding| finding.rule.as_str() == "yaml-duplicate-key");
    // Keys, and so their `:`, must be within 1024 characters.
    let far = text.contains(&" ".repeat(100));
    if !(json.is_object() || json.is_array()) || text.contains(odd) || twice || far || too_much(&json) {
        return Ok(());
    }
    let expected = Node::from_json(&json, Span::NONE);
    let same = found.is_empty() && documents.len() == 1 && near(&documents[0].node.to_json(), &expected.to_json());
    law(same, "JSON is read as JSON", || format!("{json}\n{:?}\n{}", self::json(documents), printed(found)))
}

/// Equal, except for the last bit of a float, which `serde_json` does not guarantee.
fn near(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && near(a, b))
        }
        (Json::Number(x), Json::Number(y)) if a != b => match (x.as_f64(), y.as_f64()) {
            (Some(x), Some(y)) => (x - y).abs() <= x.abs() * 1e-15,
            _ => false,
        },
        _ => a == b,
    }
}

fn too_much(tree: &Json) -> bool {
    structure::has_long_key(tree) || structure::places(tree).iter().any(|place| place.split('/').count() > 60)
}

/// The written text reads back as the same data, and is written the same again.
fn written(node: &Node) -> Result<(), Broken> {
    let mut text = String::new();
    yaml::write(node, &mut text);
    let (again, found) = read(&text);
    law(found.is_empty() && again.len() == 1, "written text is readable", || format!("{}\n{text}", printed(&found)))?;
    law(again[0].node.to_json() == node.to_json() && again[0].node == *node, "parse(emit(x)) = x", || {
        format!("{}\n{}\n{text}", node.to_json(), again[0].node.to_json())
    })?;
    let mut twice = String::new();
    yaml::write(&again[0].node, &mut twice);
    law(twice == text, "emit is stable", || format!("{text}\n{twice}"))
}

fn in_any_notation(tree: &Json, style: &str) -> Result<(), Broken> {
    // The reader's own limit is 64, which no tree that was read exceeds.
    if too_much(tree) {
        return Ok(());
    }
    went_all_the_way();
    let node = Node::from_json(tree, Span::NONE);
    written(&node)?;
    let mut random = Random::new(hash(style.as_bytes()));
    for text in [structure::any(tree, &mut random), structure::json(tree), structure::json_lines(tree)] {
        let (read, found) = read(&text);
        law(found.is_empty() && read.len() == 1, "any notation is readable", || {
            format!("{}\n{text}", printed(&found))
        })?;
        law(read[0].node.to_json() == node.to_json(), "any notation is the same document", || {
            format!("{}\n{}\n{text}", node.to_json(), read[0].node.to_json())
        })?;
    }
    Ok(())
}

fn json(documents: &[Document]) -> Vec<Json> {
    documents.iter().map(|document| document.node.to_json()).collect()
}
