//! Reads files into objects, other YAML and text, which can be compared.
//!
//! In: two [`Tree`]s. Out: a [`Side`] for each. A YAML file that cannot be read on either side is compared as text. Reports
//! all objects of one identity in one file, by line. Content with the same bytes in both trees is read once.

use crate::check::helm_chart;
use crate::check::join;
use crate::diff::guide;
use crate::files::LIST;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::object::Id;
use crate::object::is_manifest;
use crate::object::kustomization;
use crate::object::unwrap_list;
use crate::running;
use crate::secrecy::Redactor;
use crate::secrecy::mentions_secret;
use crate::source::Place;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::stack::kube;
use crate::yaml;
use crate::yaml::Node;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// The file that names the manifests.
pub(crate) const KUSTOMIZATION: &str = "kustomization.yaml";

/// The files of one side.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Content by path; paths are relative, with `/`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The prefix of paths in messages: `out/dev/`, or nothing.
    pub shown: String,
    /// Whether it is a single file or stream named by the user, so that it is not paired by name.
    pub single: bool,
    /// The secrets in the values that it was rendered from; empty for files that were read.
    pub secrets: Redactor,
}

/// One Kubernetes object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its identity.
    pub id: Id,
    /// Group and version.
    pub api_version: Box<str>,
    /// Its content.
    pub node: Node,
    /// The file that contains it.
    pub file: Arc<str>,
}

/// A document that is not an object.
#[derive(Clone, Debug)]
pub struct Plain {
    /// Its content.
    pub node: Node,
    /// The file that contains it.
    pub file: Arc<str>,
    /// Its number, from 1, among the documents of that file that are not objects.
    pub document: u32,
    /// Name and version of the chart that the header of Helm values names: `consul 1.9.11`.
    pub(crate) chart: Option<Box<str>>,
}

/// One side, read. What both sides have in common is the same [`Arc`] in both.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// The objects, in the order of files and documents.
    pub objects: Vec<Arc<Object>>,
    /// The other documents.
    pub plain: Vec<Arc<Plain>>,
    /// Files that are not YAML, by path, unless the other side has the same bytes.
    pub texts: BTreeMap<String, Vec<u8>>,
    /// The texts that should be YAML, and those with the same bytes on both sides.
    pub unread: BTreeSet<String>,
    /// Files whose content is not shown: those that a kustomization makes Secrets from, and Secrets that cannot be read.
    pub(crate) hidden: BTreeSet<String>,
    /// Whether it is a single file or stream.
    pub single: bool,
    /// The Deployments that its INSTALL.md restarts when proxies have new settings.
    pub(crate) restarted: Vec<String>,
}

/// The content of one file, with the place of each object for messages.
#[derive(Default)]
struct Read {
    objects: Vec<(Arc<Object>, usize)>,
    plain: Vec<Arc<Plain>>,
    found: Findings,
}

/// Reads both trees.
pub fn read(from: &Tree, to: &Tree, found: &mut Findings) -> (Side, Side) {
    let wanted = |path: &str| path != LIST;
    let shared: BTreeSet<&str> = from
        .files
        .iter()
        .filter(|(path, bytes)| to.files.get(*path) == Some(bytes))
        .map(|(path, _)| path.as_str())
        .collect();
    let derived = is_derived(from) && is_derived(to);
    let mut hidden = secret_sources(from);
    hidden.append(&mut secret_sources(to));
    let chosen = |tree: &'_ Tree, path: &str| {
        wanted(path) && is_yaml(tree, path) && !(derived && path == KUSTOMIZATION) && !hidden.contains(path)
    };
    let ours: Vec<(&String, &Vec<u8>)> = from.files.iter().filter(|(path, _)| chosen(from, path)).collect();
    let theirs: Vec<(&String, &Vec<u8>)> =
        to.files.iter().filter(|(path, _)| chosen(to, path) && !shared.contains(path.as_str())).collect();
    let read_all = |tree: &Tree, files: &[(&String, &Vec<u8>)]| -> Vec<Read> {
        files.par_iter().map(|(path, bytes)| read_file(path, &format!("{}{path}", tree.shown), bytes)).collect()
    };
    let (ours_read, theirs_read) = rayon::join(|| read_all(from, &ours), || read_all(to, &theirs));
    let broken = |files: &[(&'_ String, &Vec<u8>)], reads: &[Read]| -> BTreeSet<String> {
        let both = files.iter().zip(reads).filter(|(_, read)| read.found.errors() > 0);
        both.map(|((path, _), _)| (*path).clone()).collect()
    };
    let mut unread = broken(&ours, &ours_read);
    unread.extend(broken(&theirs, &theirs_read));
    if from.single && to.single && !unread.is_empty() {
        unread.extend(from.files.keys().chain(to.files.keys()).cloned());
    }
    // A file that was named as such has to be readable; what is the same on both sides needs no reading.
    let refused = |path: &String| !shared.contains(path.as_str()) && (from.single || to.single);
    for ((path, _), read) in ours.iter().zip(&ours_read).chain(theirs.iter().zip(&theirs_read)) {
        if unread.contains(*path) && refused(path) {
            found.append(read.found.clone());
        }
    }
    let mut common: BTreeMap<&str, &Read> = BTreeMap::new();
    let mut own: BTreeMap<&str, &Read> = BTreeMap::new();
    for ((path, _), read) in ours.iter().zip(&ours_read).filter(|((path, _), _)| !unread.contains(*path)) {
        found.append(read.found.clone());
        own.insert(path, read);
        if shared.contains(path.as_str()) {
            common.insert(path, read);
        }
    }
    for ((path, _), read) in theirs.iter().zip(&theirs_read).filter(|((path, _), _)| !unread.contains(*path)) {
        found.append(read.found.clone());
        common.insert(path, read);
    }
    let texts = |tree: &Tree| -> BTreeMap<String, Vec<u8>> {
        let is_text = |path: &String| !is_yaml(tree, path) || unread.contains(path) || hidden.contains(path);
        let other = tree.files.iter();
        let other = other.filter(|(path, _)| wanted(path) && is_text(path) && !shared.contains(path.as_str()));
        other.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
    };
    let mut from_side = side(from, &own, texts(from), &shared, found);
    let mut to_side = side(to, &common, texts(to), &shared, found);
    let of = |tree: &Tree| unread.iter().filter(|path| tree.files.contains_key(*path)).cloned().collect();
    (from_side.unread, to_side.unread) = (of(from), of(to));
    // Nothing says which part of a broken Secret is secret.
    let is_secret = |path: &&String| [from, to].iter().any(|tree| mentions(tree, path));
    let broken: Vec<String> = unread.iter().filter(is_secret).cloned().collect();
    hidden.extend(broken);
    (from_side.hidden, to_side.hidden) = (hidden.clone(), hidden);
    to_side.restarted = guide::restarted(to);
    (from_side, to_side)
}

/// Whether a file of a tree is a Secret, as far as its words say.
fn mentions(tree: &Tree, path: &str) -> bool {
    tree.files.get(path).is_some_and(|bytes| mentions_secret(&String::from_utf8_lossy(bytes)))
}

/// The files whose content a kustomization puts into Secrets: `files`, `envs` and `env` of `secretGenerator`
/// (sigs.k8s.io/kustomize `api/types/kvsources.go`).
fn secret_sources(tree: &Tree) -> BTreeSet<String> {
    const NAMES: [&str; 3] = [KUSTOMIZATION, "kustomization.yml", "Kustomization"];
    let mut paths = BTreeSet::new();
    for (path, bytes) in &tree.files {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !NAMES.contains(&name) {
            continue;
        }
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains("secretGenerator"));
        let Some(text) = text else { continue };
        let mut sources = Sources::default();
        let source = sources.add(path.as_str(), text);
        for document in yaml::read(&sources, source, &mut Findings::default()) {
            let generators = document.node.get("secretGenerator").and_then(Node::as_list).unwrap_or_default();
            for generator in generators {
                let lists = ["files", "envs"].iter().filter_map(|key| generator.get(key).and_then(Node::as_list));
                let one = generator.get("env").and_then(Node::as_str);
                for file in lists.flatten().filter_map(Node::as_str).chain(one) {
                    paths.insert(join(folder, file.split_once('=').map_or(file, |(_, path)| path)));
                }
            }
        }
    }
    paths
}

/// The files that should be YAML and cannot be read, if the trees are equal, so that there is nothing to compare.
pub(crate) fn unread_of_same(from: &Tree, to: &Tree) -> Option<BTreeSet<String>> {
    let (files, others) = (compared(from), compared(to));
    // Of two single files, the names do not matter.
    let single = from.single && to.single;
    let mut pairs = files.iter().zip(&others);
    let same = pairs.all(|((path, old), (other, new))| (single || path == other) && old == new);
    if files.len() != others.len() || !same {
        return None;
    }
    let broken = |path: &str, bytes: &[u8]| is_yaml(from, path) && read_file(path, path, bytes).found.errors() > 0;
    let unread = files.par_iter().filter(|(path, bytes)| broken(path, bytes)).map(|(path, _)| (*path).clone());
    Some(unread.collect())
}

/// The files of a tree but for its list.
fn compared(tree: &Tree) -> Vec<(&String, &Vec<u8>)> {
    tree.files.iter().filter(|(path, _)| *path != LIST).collect()
}

/// Whether a file should be YAML: by its name, or because it is all there is and its name says nothing else.
fn is_yaml(tree: &Tree, path: &str) -> bool {
    is_manifest(path) || tree.single && !path.contains('.')
}

fn side(
    tree: &Tree,
    reads: &BTreeMap<&str, &Read>,
    texts: BTreeMap<String, Vec<u8>>,
    shared: &BTreeSet<&str>,
    found: &mut Findings,
) -> Side {
    let mut side = Side { texts, single: tree.single, ..Side::default() };
    let mut places = Places { tree, files: HashMap::new(), sources: Sources::default() };
    for (path, read) in reads {
        if let [(object, _)] = read.objects.as_slice() {
            side.objects.push(Arc::clone(object));
            side.plain.extend(read.plain.iter().cloned());
            continue;
        }
        // In different files they are alternatives, or a base and its patch.
        let mut seen: HashMap<&Id, Seen<'_>> = HashMap::with_capacity(read.objects.len());
        let mut twins: Vec<&Id> = Vec::new();
        for (object, offset) in &read.objects {
            match seen.entry(&object.id) {
                Entry::Vacant(free) => {
                    free.insert(Seen { first: (object, *offset), second: None, times: 1 });
                    side.objects.push(Arc::clone(object));
                }
                Entry::Occupied(mut seen) => {
                    let seen = seen.get_mut();
                    seen.times += 1;
                    if seen.second.is_none() {
                        seen.second = Some((object, *offset));
                        twins.push(&object.id);
                    }
                }
            }
        }
        side.plain.extend(read.plain.iter().cloned());
        // Of a file that is the same on both sides, nothing has to be paired.
        for id in twins.into_iter().filter(|_| !shared.contains(path)) {
            let Some(Seen { first, second: Some(second), times }) = seen.get(id) else { continue };
            let times = if *times == 2 { "twice".to_owned() } else { format!("{times} times") };
            let finding = Finding::error(ids::DUPLICATE_OBJECT, format!("{id} appears {times} in one file"))
                .at(places.of(second))
                .note("the first is here", places.of(first))
                .help("remove one of them: objects are matched by group, kind, namespace and name");
            found.push(finding);
        }
    }
    side
}

/// An object and the offset in its file at which it begins.
type At<'a> = (&'a Arc<Object>, usize);

/// How often an identity occurs in a file, and where first.
struct Seen<'a> {
    first: At<'a>,
    second: Option<At<'a>>,
    times: usize,
}

/// Finds the places of objects; each file is scanned once.
struct Places<'a> {
    tree: &'a Tree,
    files: HashMap<&'a str, Option<SourceId>>,
    sources: Sources,
}

impl<'a> Places<'a> {
    fn of(&mut self, (object, offset): &At<'a>) -> Option<Place> {
        let (tree, sources) = (self.tree, &mut self.sources);
        let source = *self.files.entry(&object.file).or_insert_with(|| {
            let text = std::str::from_utf8(tree.files.get(&*object.file)?).ok()?;
            Some(sources.add(format!("{}{}", tree.shown, object.file), text))
        });
        let mut place = self.sources.place(Span::new(source?, *offset, *offset))?;
        // A whole object on one line may contain a secret; its place is enough.
        let begins = place.from == 1;
        place.text = place.text.chars().take_while(|c| begins && *c != '{').take(80).collect::<String>().into();
        (place.column, place.from) = (1, 1);
        Some(place)
    }
}

fn read_file(path: &str, shown: &str, bytes: &[u8]) -> Read {
    let _at = running::stage("the file", shown);
    let mut read = Read::default();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            let place = Place { file: shown.into(), line: line as u32, column: 1, width: 1, text: "".into(), from: 1 };
            read.found.push(
                Finding::error(ids::NOT_UTF8, format!("`{shown}` is not UTF-8"))
                    .at(Some(place))
                    .help("save it as UTF-8"),
            );
            return read;
        }
    };
    let file: Arc<str> = path.into();
    let mut sources = Sources::default();
    let source = sources.add(shown, text);
    let documents = yaml::read(&sources, source, &mut read.found);
    let chart = helm_chart(text).and_then(|(name, version)| Some(format!("{name} {}", version?).into_boxed_str()));
    for document in documents {
        let start = document.node.span.start as usize;
        for node in unwrap_list(document.node) {
            let offset = if node.span == Span::NONE { start } else { node.span.start as usize };
            match identify(&node) {
                Some((id, api_version)) => {
                    let object = Object { id, api_version, node, file: Arc::clone(&file) };
                    read.objects.push((Arc::new(object), offset));
                }
                None => {
                    let document = read.plain.len() as u32 + 1;
                    let chart = chart.clone().filter(|_| document == 1);
                    read.plain.push(Arc::new(Plain { node, file: Arc::clone(&file), document, chart }));
                }
            }
        }
    }
    read
}

/// The identity of a document, if it is an object. Names are not checked: any object can be compared.
fn identify(node: &Node) -> Option<(Id, Box<str>)> {
    let text = |path: &[&str]| node.path(path).and_then(Node::as_str).filter(|text| !text.is_empty());
    let (api_version, kind) = (text(&["apiVersion"])?, text(&["kind"])?);
    let name = text(&["metadata", "name"])?;
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    // An object that moved to another group is still that object.
    let group = kube::home(group, kind);
    let namespace = text(&["metadata", "namespace"]).unwrap_or_default();
    let id = Id { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() };
    Some((id, api_version.into()))
}

/// Whether the tree's kustomization is the one derived from its files: then it adds nothing to them. Also true for a
/// side that is empty or not a folder.
pub(crate) fn is_derived(tree: &Tree) -> bool {
    let Some(bytes) = tree.files.get(KUSTOMIZATION) else { return tree.files.is_empty() || tree.single };
    let manifests = tree.files.keys().filter(|path| path.starts_with(crate::object::MANIFESTS) && is_manifest(path));
    *bytes == kustomization(manifests.map(String::as_str)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Tree { files: files.collect(), shown: "d/".into(), single: false, ..Tree::default() }
    }

    #[test]
    fn files_are_read_as_objects_other_yaml_or_text() {
        let mut found = Findings::default();
        let from = tree(&[
            ("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n---\n# nothing\n---\nvalues: 1\n"),
            ("b.txt", "text"),
            ("render.sha256", "x"),
            ("kustomization.yaml", &kustomization([].into_iter())),
        ]);
        let (side, _) = read(&from, &Tree::default(), &mut found);
        assert_eq!((side.objects.len(), side.plain.len(), side.texts.len(), found.len()), (1, 1, 1, 0));
    }

    #[test]
    fn a_kustomization_that_is_not_derived_is_compared() {
        let one = |text: &str| tree(&[("kustomization.yaml", text), ("x.txt", "")]);
        let own = "kind: Kustomization\nnamePrefix: a-\n";
        let (side, other) = read(&one(own), &one(&kustomization([].into_iter())), &mut Findings::default());
        assert_eq!((side.plain.len(), other.plain.len()), (1, 1));
    }

    #[test]
    fn common_content_is_read_once() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n";
        let (from, to) = (tree(&[("a.yaml", text), ("b.txt", "1")]), tree(&[("a.yaml", text), ("b.txt", "2")]));
        let (from, to) = read(&from, &to, &mut Findings::default());
        assert!(Arc::ptr_eq(&from.objects[0], &to.objects[0]));
    }

    #[test]
    fn files_that_cannot_be_read_on_either_side_are_text_on_both() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n";
        let mut found = Findings::default();
        let (from, to) = read(
            &tree(&[
                ("a.yaml", "a: [\n"),
                ("b.yaml", pod),
                ("c.yaml", pod),
                ("d.yaml", "b: 1\nb: 2\n"),
                ("e.yaml", "["),
            ]),
            &tree(&[("a.yaml", "a: []\n"), ("e.yaml", "[")]),
            &mut found,
        );
        assert_eq!((found.len(), from.objects.len(), to.plain.len()), (0, 2, 0));
        assert_eq!((from.texts.len(), to.texts.len()), (2, 1));
        assert_eq!(from.unread.into_iter().collect::<Vec<_>>(), ["a.yaml", "d.yaml", "e.yaml"]);
        assert_eq!(to.unread.into_iter().collect::<Vec<_>>(), ["a.yaml", "e.yaml"]);
    }

    #[test]
    fn many_duplicates_of_an_object_are_one_finding() {
        let pods = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\n".repeat(20_000);
        let mut found = Findings::default();
        let (side, _) = read(&tree(&[("a.yaml", &pods)]), &Tree::default(), &mut found);
        let found: Vec<Finding> = found.into_iter().collect();
        assert_eq!((side.objects.len(), found.len()), (1, 1));
        assert_eq!(found[0].message, "Pod `x` appears 20000 times in one file");
        assert_eq!(found[0].place.as_ref().map(|place| place.line), Some(6));
    }

    #[test]
    fn bytes_that_are_not_text_are_not_read() {
        let mut from = tree(&[]);
        from.files.insert("a.yaml".into(), b"a: \xff\n".to_vec());
        from.files.insert("a.bin".into(), b"\xff".to_vec());
        let mut found = Findings::default();
        let (side, _) = read(&from, &Tree::default(), &mut found);
        assert_eq!((found.len(), side.texts.len()), (0, 2));
        assert_eq!(side.unread.into_iter().collect::<Vec<_>>(), ["a.yaml"]);
    }
}
