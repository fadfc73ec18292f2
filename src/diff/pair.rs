//! Finds out which object became which.
//!
//! In: the objects of both sides. Out: pairs by identity, then renames: among the remaining objects of a kind, the most
//! similar ones that have most of their fields in common. Bounded: if both sides have very many objects of a kind, only
//! renames that changed nothing else are found.

use crate::diff::Object;
use crate::diff::fields::digest;
use crate::object::Id;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

/// How much of two objects has to be equal to count as a rename, in percent.
const SIMILAR: usize = 60;
/// How many fields an object needs besides its name for similarity to mean anything.
const ENOUGH: usize = 3;
/// How many objects of a kind are compared with each other.
const MOST: usize = 40_000;

/// The pairs of two sides.
#[derive(Default)]
pub(crate) struct Pairs<'a> {
    /// Same identity.
    pub(crate) same: Vec<(&'a Arc<Object>, &'a Arc<Object>)>,
    /// Different name or namespace.
    pub(crate) renamed: Vec<(&'a Arc<Object>, &'a Arc<Object>)>,
    /// In FROM only.
    pub(crate) removed: Vec<&'a Arc<Object>>,
    /// In TO only.
    pub(crate) added: Vec<&'a Arc<Object>>,
}

/// The objects that are not the same [`Arc`] on both sides, in order. Both are sorted by file, as files are read.
pub(crate) fn apart<'a>(
    from: &'a [Arc<Object>],
    to: &'a [Arc<Object>],
) -> (Vec<&'a Arc<Object>>, Vec<&'a Arc<Object>>) {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let (mut ours, mut theirs) = (from.iter().peekable(), to.iter().peekable());
    loop {
        match (ours.peek(), theirs.peek()) {
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) => {
                ours.next();
                theirs.next();
            }
            (Some(a), Some(b)) if a.file <= b.file => old.extend(ours.next()),
            (_, Some(_)) => new.extend(theirs.next()),
            (Some(_), None) => old.extend(ours.next()),
            (None, None) => return (old, new),
        }
    }
}

/// Pairs the objects. What is the same [`Arc`] on both sides is left out.
pub(crate) fn pair<'a>(from: &'a [Arc<Object>], to: &'a [Arc<Object>]) -> Pairs<'a> {
    let (from, to) = apart(from, to);
    // Of each identity all that are left, mostly one.
    let mut left: HashMap<&Id, Vec<&Arc<Object>>> = HashMap::with_capacity(from.len());
    from.iter().for_each(|object| left.entry(&object.id).or_default().push(*object));
    let mut pairs = Pairs::default();
    let mut others: Vec<&Arc<Object>> = Vec::new();
    // First those that are still in their file.
    let several: HashSet<&Id> = left.iter().filter(|(_, objects)| objects.len() > 1).map(|(id, _)| *id).collect();
    let mut by_file: HashMap<(&Id, &str), &Arc<Object>> = HashMap::new();
    for object in from.iter().copied().filter(|object| several.contains(&object.id)) {
        by_file.insert((&object.id, &object.file), object);
    }
    let new: HashSet<(&Id, &str)> = to.iter().map(|object| (&object.id, &*object.file)).collect();
    for object in to.iter().copied() {
        let Some(known) = left.get_mut(&object.id) else {
            others.push(object);
            continue;
        };
        if !several.contains(&object.id) {
            // The one that there was is the same file's, or else the first one's.
            let was = known.first().copied();
            let taken = was.is_some_and(|was| was.file != object.file && new.contains(&(&object.id, &*was.file)));
            match was.filter(|_| !taken) {
                Some(was) => {
                    known.clear();
                    pairs.same.push((was, object));
                }
                None => others.push(object),
            }
        } else if let Some(was) = by_file.get(&(&object.id, &*object.file)).copied() {
            known.retain(|other| !Arc::ptr_eq(other, was));
            pairs.same.push((was, object));
        } else {
            others.push(object);
        }
    }
    // Then those that moved, in their order.
    for object in others {
        match left.get_mut(&object.id).filter(|known| !known.is_empty()) {
            Some(known) => pairs.same.push((known.remove(0), object)),
            None => pairs.added.push(object),
        }
    }
    let left: HashSet<*const Object> = left.into_values().flatten().map(Arc::as_ptr).collect();
    pairs.removed = from.into_iter().filter(|object| left.contains(&Arc::as_ptr(object))).collect();
    find_renames(&mut pairs);
    pairs
}

fn find_renames(pairs: &mut Pairs<'_>) {
    // Removed and added objects by kind.
    let mut kinds: BTreeMap<(&str, &str), [Vec<usize>; 2]> = BTreeMap::new();
    for (at, object) in pairs.removed.iter().enumerate() {
        kinds.entry((&object.id.group, &object.id.kind)).or_default()[0].push(at);
    }
    for (at, object) in pairs.added.iter().enumerate() {
        kinds.entry((&object.id.group, &object.id.kind)).or_default()[1].push(at);
    }
    kinds.retain(|_, [gone, come]| !gone.is_empty() && !come.is_empty());
    let mut taken: (Vec<usize>, Vec<usize>) = Default::default();
    let mut renamed = Vec::new();
    for [gone, come] in kinds.into_values() {
        let ours: Vec<_> = gone.iter().map(|at| (*at, leaves(pairs.removed[*at]))).collect();
        let theirs: Vec<_> = come.iter().map(|at| (*at, leaves(pairs.added[*at]))).collect();
        let mut scores: Vec<(usize, usize, usize)> = Vec::new();
        if ours.len().saturating_mul(theirs.len()) <= MOST {
            for (a, old) in &ours {
                scores.extend(theirs.iter().filter_map(|(b, new)| Some((similarity(old, new)?, *a, *b))));
            }
        } else {
            let mut equal: HashMap<&[u64], usize> = HashMap::new();
            for (a, old) in &ours {
                equal.insert(old, *a);
            }
            scores.extend(
                theirs
                    .iter()
                    .filter(|(_, new)| new.len() >= ENOUGH)
                    .filter_map(|(b, new)| Some((100, *equal.get(new.as_slice())?, *b))),
            );
        }
        scores.sort_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)).then(x.2.cmp(&y.2)));
        let mut used: (HashSet<usize>, HashSet<usize>) = Default::default();
        for (_, a, b) in scores {
            if !used.0.contains(&a) && !used.1.contains(&b) {
                used.0.insert(a);
                used.1.insert(b);
                renamed.push((pairs.removed[a], pairs.added[b]));
            }
        }
        taken.0.extend(used.0);
        taken.1.extend(used.1);
    }
    let drop = |list: &mut Vec<&Arc<Object>>, taken: &[usize]| {
        let mut kept = vec![true; list.len()];
        taken.iter().for_each(|at| kept[*at] = false);
        let mut at = 0;
        list.retain(|_| {
            at += 1;
            kept[at - 1]
        });
    };
    drop(&mut pairs.removed, &taken.0);
    drop(&mut pairs.added, &taken.1);
    renamed.sort_by(|x, y| x.1.id.cmp(&y.1.id));
    pairs.renamed = renamed;
}

/// How much of two objects is equal, in percent, if it is enough.
fn similarity(a: &[u64], b: &[u64]) -> Option<usize> {
    if a.len() < ENOUGH || b.len() < ENOUGH {
        return None;
    }
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    let percent = 200 * common / (a.len() + b.len());
    (percent >= SIMILAR).then_some(percent)
}

/// A hash of each field with its value, sorted. The object's own name is replaced by a placeholder wherever it occurs,
/// so that labels and selectors with the name do not hide a rename.
fn leaves(object: &Object) -> Vec<u64> {
    let mut out = Vec::new();
    for entry in object.node.as_map().into_iter().flat_map(|map| &map.entries) {
        match &*entry.key {
            "apiVersion" | "kind" => {}
            "metadata" => {
                for entry in entry.value.as_map().into_iter().flat_map(|map| &map.entries) {
                    if !matches!(&*entry.key, "name" | "namespace" | "uid" | "resourceVersion" | "creationTimestamp") {
                        collect(&entry.value, step(1, &entry.key), &object.id.name, &mut out);
                    }
                }
            }
            key => collect(&entry.value, step(0, key), &object.id.name, &mut out),
        }
    }
    out.sort_unstable();
    out
}

fn step(path: u64, key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (path, key).hash(&mut hasher);
    hasher.finish()
}

fn collect(node: &Node, path: u64, name: &str, out: &mut Vec<u64>) {
    match &node.value {
        Value::Map(map) if !map.entries.is_empty() => {
            map.entries.iter().for_each(|entry| collect(&entry.value, step(path, &entry.key), name, out));
        }
        // Items by value, so that an additional one at the front does not shift all the others.
        Value::List(list) if !list.is_empty() => {
            list.iter().for_each(|item| collect(item, step(path, "[]"), name, out));
        }
        Value::String(text) if name.len() > 2 && text.contains(name) => out.push(step(path, &text.replace(name, "\0"))),
        _ => {
            let mut hasher = DefaultHasher::new();
            (path, digest(node)).hash(&mut hasher);
            out.push(hasher.finish());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Tree;
    use crate::diff::read;
    use crate::finding::Findings;

    fn objects(names: &[(&str, &str)]) -> Vec<Arc<Object>> {
        let text: String = names
            .iter()
            .map(|(name, image)| format!("---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}, labels: {{app: {name}}}}}, spec: {{a: 1, b: 2, c: {{image: {image}}}}}}}\n"))
            .collect();
        let tree = Tree { files: [("a.yaml".to_owned(), text.into_bytes())].into(), ..Tree::default() };
        read(&tree, &Tree::default(), &mut Findings::default()).0.objects
    }

    #[test]
    fn the_most_similar_objects_of_a_kind_are_renames() {
        let (from, to) = (
            objects(&[("web", "x"), ("api", "y"), ("same", "z")]),
            objects(&[("same", "z"), ("backend", "y"), ("shop", "x")]),
        );
        let pairs = pair(&from, &to);
        let names: Vec<_> = pairs.renamed.iter().map(|(a, b)| (&*a.id.name, &*b.id.name)).collect();
        assert_eq!((names, pairs.same.len()), (vec![("api", "backend"), ("web", "shop")], 1));
        assert!(pairs.added.is_empty() && pairs.removed.is_empty());
    }

    #[test]
    fn twins_pair_by_their_files_and_what_moved_by_identity() {
        let one = |name: &str, x: u8| {
            format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{x: '{x}'}}}}")
        };
        let tree = |files: &[(&str, String)]| Tree {
            files: files.iter().map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes())).collect(),
            ..Tree::default()
        };
        let from = tree(&[("base/a.yaml", one("a", 1)), ("prod/a.yaml", one("a", 2)), ("one.yaml", one("b", 1))]);
        let to = tree(&[
            ("base/a.yaml", one("a", 3)),
            ("prod/moved.yaml", one("a", 2)),
            ("one.yaml", one("b", 2)),
            ("new.yaml", one("b", 3)),
        ]);
        let (from, to) = read(&from, &to, &mut Findings::default());
        let pairs = pair(&from.objects, &to.objects);
        let mut files: Vec<_> = pairs.same.iter().map(|(old, new)| (&*old.file, &*new.file)).collect();
        files.sort_unstable();
        assert_eq!(
            files,
            [("base/a.yaml", "base/a.yaml"), ("one.yaml", "one.yaml"), ("prod/a.yaml", "prod/moved.yaml")]
        );
        assert_eq!(pairs.added.iter().map(|object| &*object.file).collect::<Vec<_>>(), ["new.yaml"]);
        assert!(pairs.removed.is_empty());
    }

    #[test]
    fn objects_with_little_content_or_little_in_common_are_not_renames() {
        let small = |name: &str| format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}");
        let tree = |text: String| Tree { files: [("a.yaml".to_owned(), text.into_bytes())].into(), ..Tree::default() };
        let (from, to) = read(&tree(small("a")), &tree(small("b")), &mut Findings::default());
        let pairs = pair(&from.objects, &to.objects);
        assert_eq!((pairs.renamed.len(), pairs.added.len(), pairs.removed.len()), (0, 1, 1));
    }

    #[test]
    fn among_very_many_objects_only_exact_renames_are_found() {
        let names = |prefix: &str| (0..300).map(|n| (format!("{prefix}{n}"), format!("i{n}"))).collect::<Vec<_>>();
        let (a, b) = (names("old"), names("new"));
        let borrowed =
            |list: &'static [(String, String)]| list.iter().map(|(n, i)| (n.as_str(), i.as_str())).collect::<Vec<_>>();
        let (a, b): (&'static [_], &'static [_]) = (Vec::leak(a), Vec::leak(b));
        let (from, to) = (objects(&borrowed(a)), objects(&borrowed(b)));
        let pairs = pair(&from, &to);
        assert_eq!(pairs.renamed.len(), 300);
        assert!(pairs.renamed.iter().all(|(a, b)| a.id.name[3..] == b.id.name[3..]));
    }
}
