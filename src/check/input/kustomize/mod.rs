//! Builds the objects of kustomizations.
//!
//! Does what kustomize certainly does: lists, plain patches, `namespace`, names, labels, annotations, images,
//! ConfigMaps from files. Anything beyond that, such as replacements and plugins, is only noted, with the kustomize
//! command to run.

mod patch;
mod transform;

use crate::check::input::embedded;
use crate::check::input::listed::Listed;
use crate::check::input::path::join;
use crate::check::input::release::Carrier;
use crate::object::Id;
use crate::source::Span;
use crate::yaml::Node;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

/// The file names that kustomize looks for (`kustomize/api/konfig/general.go`, `RecognizedKustomizationFileNames`).
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What of Helm charts is left out.
pub(crate) const HELM: &str = "what its Helm charts make";

/// A limit on the objects that the kustomizations of a run may produce: bases that list each other twice would double
/// at each level.
const MOST: usize = 500_000;

/// Whether a path is that of a kustomization.
pub(crate) fn is_kustomization(path: &str) -> bool {
    NAMES.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// The kustomizations of the given directories, by directory.
#[derive(Default)]
pub(crate) struct Kustomizations {
    by_folder: BTreeMap<String, Node>,
    /// The ConfigMaps that each one generates, by index.
    generated: HashMap<String, Vec<usize>>,
    /// The documents of patch files.
    patches: patch::Texts,
}

/// A ConfigMap that a kustomization generates.
pub(crate) struct Generator {
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// Keys and their values.
    pub(crate) data: Vec<(String, Content)>,
}

/// The source of a ConfigMap value.
pub(crate) enum Content {
    /// A file, by path.
    File(String),
    /// A literal.
    Text(String),
}

/// A kustomization that no other lists, with its objects.
pub(crate) struct Root {
    pub(crate) folder: String,
    pub(crate) objects: Vec<Listed>,
    /// What kustomize would also do that meshtrace does not.
    pub(crate) left: BTreeSet<&'static str>,
    /// The directories of the kustomizations in it.
    pub(crate) charts: BTreeSet<String>,
}

/// The indexes of each file's objects.
pub(crate) type Files<'a> = HashMap<&'a str, std::ops::Range<usize>>;

impl Kustomizations {
    /// Adds the kustomization of a directory.
    pub(crate) fn add(&mut self, folder: &str, node: Node) {
        self.by_folder.insert(folder.to_string(), node);
    }

    /// Adds the documents of a patch file.
    pub(crate) fn add_patch(&mut self, path: String, documents: Vec<Node>) {
        self.patches.insert(path, documents);
    }

    /// The ConfigMaps generated only from files and literals.
    pub(crate) fn generators(&self) -> Vec<Generator> {
        let mut all = Vec::new();
        for (folder, node) in &self.by_folder {
            let list = node.get("configMapGenerator").and_then(Node::as_list).unwrap_or_default();
            all.extend(list.iter().filter_map(|item| generator(folder, item)));
        }
        all
    }

    /// Adds the object produced by a generator in `folder`.
    pub(crate) fn add_generated(&mut self, folder: String, object: usize) {
        self.generated.entry(folder).or_default().push(object);
    }

    /// Whether a directory has a kustomization.
    pub(crate) fn has(&self, folder: &str) -> bool {
        self.by_folder.contains_key(folder)
    }

    fn entries<'n>(folder: &'n str, node: &'n Node, key: &str) -> impl Iterator<Item = String> + use<'n> {
        let list = node.get(key).and_then(Node::as_list).unwrap_or_default();
        list.iter().filter_map(Node::as_str).filter(|entry| !is_remote(entry)).map(move |entry| join(folder, entry))
    }

    /// The files that kustomizations apply to objects but that are not objects themselves: patches, and the inputs of
    /// generators and charts.
    pub(crate) fn patches(&self) -> HashSet<String> {
        let mut paths = HashSet::new();
        for (folder, node) in &self.by_folder {
            for key in ["patches", "patchesJson6902", "replacements"] {
                let list = node.get(key).and_then(Node::as_list).unwrap_or_default();
                paths.extend(list.iter().filter_map(|item| Some(join(folder, item.get("path")?.as_str()?))));
            }
            // Before kustomize 2, `patches` listed files.
            for key in
                ["patches", "patchesStrategicMerge", "configurations", "transformers", "generators", "validators"]
            {
                paths.extend(Self::entries(folder, node, key));
            }
        }
        for (folder, node) in &self.by_folder {
            for key in ["resources", "bases", "components"] {
                for path in Self::entries(folder, node, key) {
                    paths.remove(&path);
                }
            }
        }
        paths
    }

    /// The files and directories listed by any kustomization.
    pub(crate) fn listed(&self) -> HashSet<String> {
        let keys = ["resources", "bases", "components", "crds"];
        let all = self.by_folder.iter();
        all.flat_map(|(folder, node)| keys.into_iter().flat_map(move |key| Self::entries(folder, node, key))).collect()
    }

    /// What installs charts in the kustomization of a directory, as part of `root`: the kustomization itself, and the files
    /// and texts that configure the chart generator.
    pub(crate) fn charts(&self, root: &str, folder: &str) -> Vec<Carrier> {
        let Some(node) = self.by_folder.get(folder) else { return Vec::new() };
        let is_generator =
            |node: &&Node| node.get("kind").and_then(Node::as_str) == Some("HelmChartInflationGenerator");
        let names = ["helmCharts", "helmChartInflationGenerator"];
        let mut nodes: Vec<Node> =
            names.iter().find_map(|name| node.get(name)).map(|_| node.clone()).into_iter().collect();
        for entry in node.get("generators").and_then(Node::as_list).unwrap_or_default() {
            match entry.as_str() {
                Some(text) if text.contains('\n') => nodes.extend(embedded::alone(text, entry.span)),
                Some(path) => {
                    let documents = self.patches.get(&join(folder, path)).into_iter().flatten();
                    nodes.extend(documents.filter(is_generator).cloned());
                }
                None => {}
            }
        }
        // The outermost kustomization with a namespace sets that of all objects.
        let of = |folder: &str| self.by_folder.get(folder)?.get("namespace")?.as_str().map(str::to_string);
        let namespace = of(root);
        nodes
            .into_iter()
            .map(|node| Carrier::Kustomize { folder: folder.to_string(), node, namespace: namespace.clone() })
            .collect()
    }

    /// The kustomizations that no other lists, with their objects.
    pub(crate) fn roots<'a>(&'a self, files: &'a Files<'_>, object: &'a dyn Fn(usize) -> &'a (Id, Node)) -> Vec<Root> {
        let listed = self.listed();
        let is_component = |node: &Node| node.get("kind").and_then(Node::as_str) == Some("Component");
        let mut build = Build { all: self, files, object, room: MOST, built: HashMap::new() };
        let roots = self.by_folder.iter().filter(|(folder, node)| !listed.contains(*folder) && !is_component(node));
        roots
            .map(|(folder, _)| {
                let Built { objects, left, charts } = build.folder(folder, &mut Vec::new());
                Root { folder: folder.clone(), objects, left, charts }
            })
            .collect()
    }
}

/// Makes the changes of a kustomization that lists nothing to objects; false if some of its patches are not certain.
pub(crate) fn change<'a>(
    kustomization: &Node,
    objects: &mut Vec<Listed>,
    object: &dyn Fn(usize) -> &'a (Id, Node),
) -> bool {
    let all = patch::apply(kustomization, "", &HashMap::new(), objects, object);
    transform::transform(kustomization, objects, object);
    all
}

/// Whether an entry is fetched from a remote (`kustomize/api/internal/git/repospec.go`).
fn is_remote(entry: &str) -> bool {
    entry.contains("://") || entry.starts_with("git@") || entry.contains("?ref=") || entry.starts_with("github.com/")
}

/// Builds kustomizations.
struct Build<'a> {
    all: &'a Kustomizations,
    files: &'a Files<'a>,
    object: &'a dyn Fn(usize) -> &'a (Id, Node),
    room: usize,
    built: HashMap<String, Built>,
}

/// What a kustomization makes, as in [`Root`].
#[derive(Clone, Default)]
struct Built {
    objects: Vec<Listed>,
    left: BTreeSet<&'static str>,
    charts: BTreeSet<String>,
}

impl Build<'_> {
    /// The objects of the kustomization in `folder`; `above` are those that led to it.
    fn folder(&mut self, folder: &str, above: &mut Vec<String>) -> Built {
        if let Some(built) = self.built.get(folder) {
            return built.clone();
        }
        // kustomize rejects cycles; the depth limit is for safety.
        if above.iter().any(|other| other == folder) || above.len() > 64 {
            return Built::default();
        }
        let mut built = Built::default();
        self.accumulate(folder, above, &mut built);
        self.built.insert(folder.to_string(), built.clone());
        built
    }

    /// Does to `objects` what the kustomization in `folder` says. A component changes the objects of what lists it, also
    /// those that it does not list itself (`kustomize/api/internal/target/kusttarget.go`, `accumulateTarget`).
    fn accumulate(&mut self, folder: &str, above: &mut Vec<String>, built: &mut Built) {
        let all = self.all;
        let Some(node) = all.by_folder.get(folder) else { return };
        built.charts.insert(folder.to_string());
        above.push(folder.to_string());
        built.left.extend(not_done(node));
        let generated = all.generated.get(folder).map_or(&[][..], Vec::as_slice);
        let wanted = node.get("configMapGenerator").and_then(Node::as_list).unwrap_or_default().len();
        let is_incomplete = generated.len() < wanted;
        if is_incomplete {
            built.left.insert("generated ConfigMaps");
        }
        let entries = |key: &'static str| {
            let list = node.get(key).and_then(Node::as_list).unwrap_or_default();
            list.iter().filter_map(Node::as_str)
        };
        for entry in entries("resources").chain(entries("bases")) {
            let path = join(folder, entry);
            if is_remote(entry) {
                built.left.insert("what it fetches from other repositories");
            } else if let Some(range) = self.files.get(&*path) {
                built.objects.extend(range.clone().map(Listed::Same));
            } else if all.has(&path) {
                let more = self.folder(&path, above);
                built.objects.extend(more.objects);
                built.left.extend(more.left);
                built.charts.extend(more.charts);
            } else {
                built.left.insert("what it lists that is not among the files");
            }
        }
        built.objects.extend(generated.iter().map(|index| Listed::Same(*index)));
        built.objects.truncate(self.room);
        self.room -= built.objects.len();
        for entry in entries("components") {
            let path = join(folder, entry);
            let is_circle = above.contains(&path) || above.len() > 64;
            match (is_remote(entry), all.has(&path)) {
                (true, _) => drop(built.left.insert("what it fetches from other repositories")),
                (false, true) if !is_circle => self.accumulate(&path, above, built),
                _ => drop(built.left.insert("what it lists that is not among the files")),
            }
        }
        above.pop();
        // kustomize rejects duplicates; here they would be two objects.
        let mut seen = HashSet::new();
        built
            .objects
            .retain(|listed| seen.insert((listed.origin(), listed.get(|index| (self.object)(index)).0.clone())));
        if is_incomplete {
            self.unsettle(node, &mut built.objects);
        }
        if !patch::apply(node, folder, &all.patches, &mut built.objects, &|index| (self.object)(index)) {
            built.left.insert("some of its patches");
        }
        transform::transform(node, &mut built.objects, self.object);
    }
}

impl Build<'_> {
    /// Marks ConfigMaps that a generator adds keys to as generated: without a place in a file.
    fn unsettle(&self, node: &Node, objects: &mut [Listed]) {
        let generators = node.get("configMapGenerator").and_then(Node::as_list).unwrap_or_default();
        let changed: HashSet<&str> = generators
            .iter()
            .filter(|item| item.get("behavior").is_some())
            .filter_map(|item| item.get("name").and_then(Node::as_str))
            .collect();
        for listed in objects {
            let (id, node) = listed.get(|index| (self.object)(index));
            if &*id.kind == "ConfigMap" && changed.contains(&*id.name) {
                let node = Node { span: Span::NONE, ..node.clone() };
                *listed = Listed::Changed(Box::new((listed.origin(), id.clone(), node)));
            }
        }
    }
}

/// What a kustomization uses that meshtrace does not implement.
fn not_done(node: &Node) -> BTreeSet<&'static str> {
    const WORDS: [(&str, &str); 9] = [
        ("secretGenerator", "generated Secrets"),
        ("replacements", "replacements"),
        ("vars", "variables"),
        ("transformers", "transformers"),
        ("generators", "generators"),
        ("configurations", "configurations of transformers"),
        ("helmCharts", HELM),
        ("helmChartInflationGenerator", HELM),
        ("openapi", "schemas of its own"),
    ];
    let is_set = |key: &str| match node.get(key) {
        Some(node) => node.as_list().is_some_and(|list| !list.is_empty()) || node.as_map().is_some(),
        None => false,
    };
    WORDS.into_iter().filter(|(key, _)| is_set(key)).map(|(_, words)| words).collect()
}

/// An entry of `configMapGenerator`; `None` if it uses anything but files and literals. The name lacks the hash that
/// kustomize appends to it and to references to it.
fn generator(folder: &str, item: &Node) -> Option<Generator> {
    let text = |key: &str| item.get(key).and_then(Node::as_str).unwrap_or_default().to_string();
    let list = |key: &str| item.get(key).and_then(Node::as_list).unwrap_or_default().iter().filter_map(Node::as_str);
    let is_plain = ["behavior", "envs", "env"].iter().all(|key| item.get(key).is_none());
    let mut data = Vec::new();
    for file in list("files") {
        let (key, path) = file.split_once('=').unwrap_or((file.rsplit('/').next().unwrap_or(file), file));
        data.push((key.to_string(), Content::File(join(folder, path))));
    }
    for literal in list("literals") {
        let (key, value) = literal.split_once('=')?;
        data.push((key.to_string(), Content::Text(value.trim_matches(['"', '\'']).to_string())));
    }
    let generator = Generator { folder: folder.to_string(), name: text("name"), namespace: text("namespace"), data };
    (is_plain && !generator.name.is_empty()).then_some(generator)
}
