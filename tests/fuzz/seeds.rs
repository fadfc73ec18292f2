//! The material for inputs: the repository's own tests, profiles, templates and renders.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Larger files take time and show nothing that smaller ones do not.
const LARGEST: u64 = 16 << 10;

/// Files by path.
pub(crate) type Tree = BTreeMap<String, String>;

pub(crate) struct Seeds {
    /// Every YAML and JSON text.
    pub(crate) yaml: Vec<String>,
    /// Files that belong together: fixtures of `check`, renders.
    pub(crate) folders: Vec<Tree>,
    /// Workloads in every layout.
    pub(crate) workloads: Vec<String>,
    pub(crate) profiles: Vec<String>,
    /// Templates of manifests.
    pub(crate) templates: Vec<String>,
    /// `meshtrace.yaml`.
    pub(crate) projects: Vec<String>,
    /// Strings that YAML readers take for something else.
    pub(crate) strings: Vec<String>,
}

impl Seeds {
    /// `more` is a folder with further files, such as a team's manifests.
    pub(crate) fn read(more: Option<&Path>) -> Seeds {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let all = |folder: &str| {
            let mut tree = Tree::new();
            read(&root.join(folder), "", &mut tree);
            tree
        };
        let (check, golden, out) = (all("tests/check"), all("tests/golden"), all("out"));
        let workloads = all("tests/inject");
        let (profiles, templates) = (all("profiles"), all("templates"));
        let mut own = Tree::new();
        if let Some(more) = more {
            read(more, "", &mut own);
        }
        let is_yaml = |path: &str| [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end));
        let yaml = [&check, &golden, &out, &profiles, &own].into_iter().flatten();
        let yaml = yaml.filter(|(path, _)| is_yaml(path)).map(|(_, text)| text.clone()).collect();
        let mut folders = by_folder(&check, |path| path.rsplit_once('/').map(|(folder, _)| folder));
        folders.extend(by_folder(&out, |path| path.split('/').next()));
        folders.extend(by_folder(&golden, |path| path.find("/expected/").map(|at| &path[..at])));
        folders.extend(by_folder(&own, |path| path.rsplit_once('/').map(|(folder, _)| folder)));
        let strings = serde_json::from_str(include_str!("../data/hostile-strings.json"));
        let golden = golden.iter().filter(|(path, _)| path.ends_with("/profile.yaml"));
        Seeds {
            yaml,
            folders,
            workloads: workloads.into_iter().filter(|(path, _)| is_yaml(path)).map(|(_, text)| text).collect(),
            profiles: profiles.values().chain(golden.map(|(_, text)| text)).cloned().collect(),
            templates: templates.iter().filter(|(path, _)| is_yaml(path)).map(|(_, text)| text.clone()).collect(),
            projects: vec![fs::read_to_string(root.join("meshtrace.yaml")).expect("the repository has one")],
            strings: strings.expect("a list of strings"),
        }
    }
}

/// The files grouped by `folder`; paths keep everything after the group's own.
fn by_folder(tree: &Tree, folder: impl Fn(&str) -> Option<&str>) -> Vec<Tree> {
    let mut groups: BTreeMap<&str, Tree> = BTreeMap::new();
    for (path, text) in tree {
        let Some(name) = folder(path) else { continue };
        let short = path[name.len()..].trim_start_matches('/').trim_start_matches("expected/");
        groups.entry(name).or_default().insert(short.to_owned(), text.clone());
    }
    groups.into_values().collect()
}

fn read(folder: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.expect("the repository is readable");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), tree);
        } else if entry.metadata().is_ok_and(|about| about.len() <= LARGEST)
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            tree.insert(name, text);
        }
    }
}
