//! The files that are copied below `manifests/`: checked, but never changed.
//!
//! In: the bytes of `files/` by path, and the output of the templates. Out: only findings: unreadable YAML, documents
//! that are not objects, and duplicate objects. Files that kubectl would not read are skipped.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::object::Id;
use crate::object::Object;
use crate::object::Rendered;
use crate::object::is_manifest;
use crate::object::unwrap_list;
use crate::secrecy::Redactor;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::template::Engine;
use crate::yaml;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

/// Reports what would make kubectl or kustomize reject the files of `verbatim` next to the objects of `rendered`.
pub fn check(verbatim: &BTreeMap<String, Vec<u8>>, rendered: &Rendered, engine: &Engine<'_>, found: &mut Findings) {
    let mut objects: Vec<(Id, Option<Place>)> = Vec::new();
    for (path, bytes) in verbatim.iter().filter(|(path, _)| is_manifest(path)) {
        let mut own = Findings::default();
        let secrets = read(&format!("files/{path}"), bytes, &mut objects, &mut own);
        found.append(own.redacted(&secrets));
    }
    if objects.is_empty() {
        return;
    }
    let made: HashMap<&Id, &Object> = rendered.objects.iter().map(|object| (&object.id, object)).collect();
    let mut seen: HashMap<&Id, &Option<Place>> = HashMap::new();
    let mut twins: Vec<(&Id, &Option<Place>, &Object)> = Vec::new();
    for (id, place) in &objects {
        if let Some(first) = seen.get(id) {
            let finding = Finding::error(ids::DUPLICATE_OBJECT, format!("{id} appears twice under `files/`"));
            let finding = finding.at(place.clone()).note("first here", (*first).clone());
            found.push(finding.help("remove or rename one of them"));
            continue;
        }
        seen.insert(id, place);
        if let Some(object) = made.get(id) {
            twins.push((id, place, object));
        }
    }
    // Finding places costs a render of the template, so each template is asked once for all of its places.
    let mut offsets: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (_, _, object) in &twins {
        offsets.entry(object.template).or_default().push(object.offset as usize);
    }
    let mut places = offsets
        .into_iter()
        .map(|(template, offsets)| {
            (template, rendered.templates[template as usize].locate(engine, &offsets).into_iter())
        })
        .collect::<BTreeMap<_, _>>();
    for (id, place, object) in twins {
        let rendered_at = places.get_mut(&object.template).and_then(Iterator::next).flatten();
        let finding = Finding::error(ids::DUPLICATE_OBJECT, format!("{id} is also rendered by a template"));
        let finding = finding.at(place.clone());
        let finding = match rendered.templates[object.template as usize].template() {
            Some(_) => finding.note("the template is here", rendered_at),
            None => finding.note(format!("the template is {}", rendered.templates[object.template as usize]), None),
        };
        found.push(finding.help("remove it from the file, or from the template"));
    }
}

/// The objects of one file, each with its place. Returns the secrets in the file if there are findings about it.
fn read(name: &str, bytes: &[u8], objects: &mut Vec<(Id, Option<Place>)>, found: &mut Findings) -> Redactor {
    let mut secrets = Redactor::default();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
            let start = valid.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let before = String::from_utf8_lossy(&valid[start..]).into_owned();
            let clip = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let column = clip(before.chars().count() + 1);
            let text = Arc::from(format!("{before}\u{fffd}"));
            let place = Place { file: name.into(), line: clip(line), column, width: 1, text, from: 1 };
            let finding = Finding::error(ids::NOT_UTF8, format!("`{name}` is not UTF-8")).at(Some(place));
            found.push(finding.help("save it as UTF-8, or change its extension so that it is copied unread"));
            return secrets;
        }
    };
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    for document in yaml::read(&sources, source, found) {
        let start = document.node.span.start as usize;
        for node in unwrap_list(document.node) {
            let own = if node.span == Span::NONE { start } else { node.span.start as usize };
            let place = |at: usize| sources.place(Span::new(source, at, at + 1));
            match Id::of(&node) {
                Ok(id) => objects.push((id, place(own))),
                Err(problems) => {
                    // SOPS may have encrypted the name, so it is not checked yet.
                    let encrypted = node.get("sops").is_some();
                    for problem in problems.into_iter().filter(|problem| !encrypted || problem.rule == ids::NO_OBJECT) {
                        let at = problem.span.map_or(own, |span| span.start as usize);
                        found.push(Finding::error(problem.rule, problem.message).at(place(at)).help(problem.help));
                    }
                }
            }
        }
    }
    if !found.is_empty() {
        for document in yaml::read(&sources, source, &mut Findings::default()) {
            secrets.learn_tree(&document.node);
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> (usize, Vec<(&'static str, u32, u32)>) {
        let (mut objects, mut found) = (Vec::new(), Findings::default());
        let _ = read("files/x.yaml", text.as_bytes(), &mut objects, &mut found);
        let at = |finding: &Finding| finding.place.as_ref().map_or((0, 0), |place| (place.line, place.column));
        (objects.len(), found.iter().map(|finding| (finding.rule.as_str(), at(finding).0, at(finding).1)).collect())
    }

    #[test]
    fn objects_lists_comments_and_sops_are_fine() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n";
        assert_eq!(problems(&format!("# a\n---\n{pod}---\n---\n{pod}")), (2, vec![]));
        assert_eq!(problems("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}"), (0, vec![]));
        let list =
            "apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n";
        assert_eq!(problems(list), (1, vec![]));
        let sealed =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: \"ENC[AES256_GCM,data:x]\"}\nsops: {version: 3.9.0}\n";
        assert_eq!(problems(sealed), (0, vec![]));
    }

    #[test]
    fn documents_that_are_not_objects_are_reported_at_their_line() {
        assert_eq!(problems("---\n- 1\n"), (0, vec![("no-object", 2, 1)]));
        let nameless = "apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n";
        assert_eq!(problems(nameless), (0, vec![("no-object", 3, 18)]));
    }
}
