//! The kustomizations of the directories that were read, and the files that they name.

use crate::check::input::embedded;
use crate::check::input::kustomize::context::Texts;
use crate::check::input::kustomize::generate;
use crate::check::input::kustomize::generate::Generator;
use crate::check::input::path::join;
use crate::check::input::release::Carrier;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

/// The file names that kustomize looks for (`kustomize/api/konfig/general.go`, `RecognizedKustomizationFileNames`).
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What of Helm charts is left out.
pub(crate) const HELM: &str = "what its Helm charts make";

/// A limit on the objects that the kustomizations of a run may produce: bases that list each other twice would double
/// at each level.
pub(super) const MOST: usize = 500_000;

/// Whether a path is that of a kustomization.
pub(crate) fn is_kustomization(path: &str) -> bool {
    NAMES.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// The kustomizations of the given directories, by directory.
#[derive(Default)]
pub(crate) struct Kustomizations {
    pub(super) by_folder: BTreeMap<String, Node>,
    /// The directories of those that are not YAML.
    pub(super) malformed: HashSet<String>,
    /// The objects that they generate, by index.
    pub(super) generated: HashMap<generate::At, usize>,
    /// The documents of patch files.
    pub(super) patches: Texts,
}

/// The indexes of each file's objects.
pub(crate) type Files<'a> = HashMap<&'a str, std::ops::Range<usize>>;

impl Kustomizations {
    /// Adds the kustomization of a directory.
    pub(crate) fn add(&mut self, folder: &str, node: Node) {
        self.by_folder.insert(folder.to_string(), node);
    }

    /// Adds a kustomization that is not YAML, with the files that its text seems to list: it makes nothing, but what it
    /// would make is no set of objects without it.
    pub(crate) fn add_malformed(&mut self, folder: &str, text: &str) {
        self.malformed.insert(folder.to_string());
        self.by_folder.insert(folder.to_string(), guess(text));
    }

    /// The kustomization of a directory.
    pub(crate) fn node(&self, folder: &str) -> Option<&Node> {
        self.by_folder.get(folder)
    }

    /// Adds the documents of a patch file.
    pub(crate) fn add_patch(&mut self, path: String, documents: Vec<Node>) {
        self.patches.insert(path, documents);
    }

    /// What is generated only from files and literals.
    pub(crate) fn generators(&self) -> Vec<Generator> {
        let all = self.by_folder.iter();
        all.flat_map(|(folder, node)| generate::entries(node).filter_map(|entry| generate::generator(folder, &entry)))
            .collect()
    }

    /// Adds the object that a generator makes.
    pub(crate) fn add_generated(&mut self, at: generate::At, object: usize) {
        self.generated.insert(at, object);
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

    /// Whether the generators of a kustomization are only those of Helm charts, which are read elsewhere.
    pub(super) fn has_only_chart_generators(&self, folder: &str, node: &Node) -> bool {
        let is_chart = |node: &Node| node.get("kind").and_then(Node::as_str) == Some("HelmChartInflationGenerator");
        let entries = node.get("generators").and_then(Node::as_list).unwrap_or_default();
        entries.iter().all(|entry| match entry.as_str() {
            Some(text) if text.contains('\n') => embedded::alone(text, entry.span).is_some_and(|node| is_chart(&node)),
            Some(path) => self.patches.get(&join(folder, path)).is_some_and(|documents| documents.iter().all(is_chart)),
            None => false,
        })
    }
}

/// Whether an entry is fetched from a remote (`kustomize/api/internal/git/repospec.go`).
pub(super) fn is_remote(entry: &str) -> bool {
    let is_github = entry.get(..11).is_some_and(|start| start.eq_ignore_ascii_case("github.com/"));
    entry.contains(':') || entry.contains("?ref=") || is_github
}

/// What a kustomization uses that meshtrace does not implement.
pub(super) fn not_done(node: &Node) -> impl Iterator<Item = &'static str> + use<'_> {
    const WORDS: [(&str, &str); 7] = [
        ("vars", "variables"),
        ("transformers", "transformers"),
        ("generators", "generators"),
        ("configurations", "configurations of transformers"),
        ("helmCharts", HELM),
        ("helmChartInflationGenerator", HELM),
        ("openapi", "schemas of its own"),
    ];
    let is_set = move |key: &str| match node.get(key) {
        Some(node) => node.as_list().is_some_and(|list| !list.is_empty()) || node.as_map().is_some(),
        None => false,
    };
    WORDS.into_iter().filter(move |(key, _)| is_set(key)).map(|(_, words)| words)
}

/// What a kustomization that is not YAML seems to list, by the names of files in its text.
fn guess(text: &str) -> Node {
    let (mut resources, mut patches, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let words = line.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '{' | '}' | ',' | '"' | '\''));
        for word in words.filter(|word| [".yaml", ".yml"].iter().any(|end| word.ends_with(end))) {
            match seen.insert(word) {
                true if line.contains("path:") => patches.push(one("path", Node::string(word))),
                true => resources.push(Node::string(word)),
                false => {}
            }
        }
    }
    let mut map = Map::default();
    map.set("resources", Node::new(Value::List(resources)));
    map.set("patches", Node::new(Value::List(patches)));
    Node::new(Value::Map(map))
}

fn one(key: &str, value: Node) -> Node {
    let mut map = Map::default();
    map.set(key, value);
    Node::new(Value::Map(map))
}
