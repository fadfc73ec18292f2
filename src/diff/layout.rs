//! What a new render would write although no object, value or text differs: comments, file names, the list.
//!
//! In: the folder of a render, the new render, and the structural differences. Out: a change without fields for each
//! further file whose bytes differ. For two folders that are not meant to be the same render this would be noise, so it
//! is not called for them.

use crate::diff::Change;
use crate::diff::Content;
use crate::diff::Kind;
use crate::diff::Object;
use crate::diff::ObjectRef;
use crate::diff::Side;
use crate::diff::Tree;
use crate::diff::compare::file_change;
use crate::diff::compare::reference;
use crate::diff::side::KUSTOMIZATION;
use crate::diff::side::is_derived;
use crate::disk;
use crate::disk::LIST;
use crate::line_ends;
use crate::object::Id;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// Only the bytes differ.
const BYTES: &str = "comments or layout only";
/// The same object in another file.
const NAME: &str = "file name only";
/// A file of the last render without an object in it.
const EMPTY: &str = "no longer rendered";
const LIST_MISSING: &str = "missing";
const LIST_STALE: &str = "stale";

/// The files that differ but are not in `changes`, which are all changes between the sides. Sorted by file.
pub(crate) fn layout(trees: [&Tree; 2], sides: [&Side; 2], changes: &[Change], render: Option<&str>) -> Vec<Change> {
    let [from, to] = trees;
    let said: BTreeSet<&str> = changes
        .iter()
        .flat_map(|change| [Some(change.file.as_str()), change.from.as_ref().map(|(_, file)| file.as_str())])
        .flatten()
        .collect();
    let (old, new) = (Files::of(sides[0]), Files::of(sides[1]));
    // A derived kustomization follows from the file names, which are reported one by one.
    let derived = is_derived(from) && is_derived(to);
    let mut found: BTreeMap<String, Change> = BTreeMap::new();
    let mut moved: BTreeSet<&str> = BTreeSet::new();
    for (path, bytes) in &to.files {
        if said.contains(path.as_str()) || derived && path == KUSTOMIZATION {
            continue;
        }
        let change = match from.files.get(path) {
            Some(there) if there == bytes => continue,
            Some(_) => new.change(path, BYTES),
            None => {
                let before = new.objects_in(path).iter().find_map(|object| old.file_of(&object.id));
                let Some(before) = before.filter(|before| !to.files.contains_key(*before)) else {
                    found.insert(path.clone(), new.change(path, BYTES));
                    continue;
                };
                moved.insert(before);
                let mut change = new.change(path, NAME);
                if let Some(object) = &change.object {
                    change.kind = Kind::Renamed;
                    change.from = Some((object.clone(), before.to_owned()));
                }
                change
            }
        };
        found.insert(path.clone(), change);
    }
    let list = from.files.get(LIST).map(|bytes| {
        let text = line_ends::undone(bytes);
        String::from_utf8_lossy(text.as_deref().unwrap_or(bytes)).into_owned()
    });
    let listed = entries(list.as_deref().unwrap_or_default());
    for path in listed.keys().filter(|path| from.files.contains_key(**path) && !to.files.contains_key(**path)) {
        let elsewhere = old.objects_in(path).iter().any(|object| new.file_of(&object.id).is_some());
        if !said.contains(path) && !moved.contains(path) && !elsewhere {
            found.insert((*path).to_owned(), old.change(path, EMPTY));
        }
    }
    if let Some(note) = list_note(list.as_deref(), &listed, to, &said, &found, &moved) {
        found.insert(
            LIST.to_owned(),
            Change { note: Some(note), ..file_change(Kind::Changed, Content::Text, LIST, 1, Vec::new()) },
        );
    }
    let renders: Vec<String> = render.map(str::to_owned).into_iter().collect();
    found.into_values().map(|change| Change { renders: renders.clone(), ..change }).collect()
}

/// What is wrong with the list, apart from the consequences of files already reported.
fn list_note(
    list: Option<&str>,
    listed: &BTreeMap<&str, &str>,
    to: &Tree,
    said: &BTreeSet<&str>,
    found: &BTreeMap<String, Change>,
    moved: &BTreeSet<&str>,
) -> Option<&'static str> {
    let Some(list) = list else { return Some(LIST_MISSING) };
    let wanted = disk::list_text(&to.files, list);
    if list == wanted {
        return None;
    }
    let told =
        |path: &str| said.contains(path) || found.contains_key(path) || moved.contains(path) || path == KUSTOMIZATION;
    let wanted = entries(&wanted);
    let rest = |entries: &BTreeMap<&str, &str>| -> BTreeMap<String, String> {
        let left = entries.iter().filter(|(path, _)| !told(path));
        left.map(|(path, hash)| ((*path).to_owned(), (*hash).to_owned())).collect()
    };
    let explained = !said.is_empty() || !found.is_empty();
    (!explained || rest(listed) != rest(&wanted)).then_some(LIST_STALE)
}

/// The hashes in a list by path.
fn entries(list: &str) -> BTreeMap<&str, &str> {
    list.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(hash, path)| (path.get(1..).unwrap_or(path), hash))
        .collect()
}

/// The objects of a side by file, and the file of each.
struct Files<'a> {
    objects: HashMap<&'a str, Vec<&'a Object>>,
    files: HashMap<&'a Id, &'a str>,
}

impl<'a> Files<'a> {
    fn of(side: &'a Side) -> Files<'a> {
        let mut all = Files { objects: HashMap::new(), files: HashMap::new() };
        for object in &side.objects {
            all.objects.entry(&object.file).or_default().push(object);
            all.files.insert(&object.id, &object.file);
        }
        all
    }

    fn objects_in(&self, path: &str) -> &[&'a Object] {
        self.objects.get(path).map_or(&[], Vec::as_slice)
    }

    fn file_of(&self, id: &Id) -> Option<&'a str> {
        self.files.get(id).copied()
    }

    /// A change of the file at `path`, with the object in it if there is one.
    fn change(&self, path: &str, note: &'static str) -> Change {
        let object: Option<ObjectRef> = match self.objects_in(path) {
            [object] => Some(reference(object)),
            _ => None,
        };
        let content = if object.is_some() { Content::Object } else { Content::Yaml };
        Change { object, note: Some(note), ..file_change(Kind::Changed, content, path, 1, Vec::new()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::compare;
    use crate::diff::read;
    use crate::finding::Findings;

    const POD: &str = "# source: a\nkind: Pod\napiVersion: v1\nmetadata: {name: x}\n";

    fn tree(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Tree { files: files.collect(), ..Tree::default() }
    }

    fn listed(mut tree: Tree) -> Tree {
        tree.files.insert(LIST.into(), disk::list_text(&tree.files, "").into_bytes());
        tree
    }

    fn notes(from: &Tree, to: &Tree) -> Vec<(Kind, String, &'static str)> {
        let (old, new) = read(from, to, &mut Findings::default());
        let changes = compare(&old, &new, None);
        let found = layout([from, to], [&old, &new], &changes, None);
        found.into_iter().map(|change| (change.kind, change.file, change.note.unwrap_or_default())).collect()
    }

    #[test]
    fn a_render_as_it_was_made_is_the_same() {
        let to = tree(&[("a.yaml", POD), ("b.md", "b")]);
        assert_eq!(notes(&listed(to.clone()), &to), []);
    }

    #[test]
    fn comments_names_and_the_list_are_each_one_line() {
        let to = tree(&[("a.yaml", POD)]);
        let bare = listed(tree(&[("a.yaml", &POD[12..])]));
        assert_eq!(notes(&bare, &to), [(Kind::Changed, "a.yaml".into(), BYTES)]);
        assert_eq!(notes(&to, &to), [(Kind::Changed, LIST.into(), LIST_MISSING)]);
        let mut stale = to.clone();
        stale.files.insert(LIST.into(), b"x".to_vec());
        assert_eq!(notes(&stale, &to), [(Kind::Changed, LIST.into(), LIST_STALE)]);
        let renamed = listed(tree(&[("b.yaml", POD)]));
        assert_eq!(notes(&renamed, &to), [(Kind::Renamed, "a.yaml".into(), NAME)]);
    }

    #[test]
    fn structural_differences_are_reported_once_and_explain_the_list() {
        let to = tree(&[("a.yaml", POD), ("b.md", "b")]);
        let from = tree(&[("a.yaml", &POD.replace("v1", "v2")), ("b.md", "b")]);
        assert_eq!(notes(&listed(from.clone()), &to), []);
        let mut stale = from;
        stale.files.insert(LIST.into(), disk::list_text(&tree(&[("a.yaml", POD)]).files, "").into_bytes());
        assert_eq!(notes(&stale, &to), [(Kind::Changed, LIST.into(), LIST_STALE)]);
    }
}
