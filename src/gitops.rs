//! What a render contains for Argo CD and Flux: the order in which they apply it, and annotations on its objects.
//!
//! In: the model and everything rendered so far. Out: the value `rendered` of the templates in `gitops/`, which are
//! rendered last, and the same objects with annotations. Never prints a file itself: the templates do. Also compares what
//! several renders have for them.

use crate::files::Output;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Model;
use crate::model::Owner;
use crate::model::render_object_name;
use crate::object;
use crate::object::Content;
use crate::object::MANIFESTS;
use crate::object::Object;
use crate::object::Rendered;
use crate::object::is_manifest;
use crate::stack::gitops;
use crate::stack::kube;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What is installed together.
struct Stage {
    /// The end of its name.
    name: String,
    /// Its directory, relative to that of the render.
    path: String,
    /// Whether what is no longer rendered may be deleted.
    prune: bool,
    /// Whether objects have conditions of Consul's controller, which say more than that they exist.
    mesh: bool,
}

/// The stages with manifests of their own, which no folder may be named after.
const RELEASES: [&str; 4] = ["cert-manager", "operators", "charts", "other"];

/// Where the templates put what these stages install.
const RELEASE_FOLDER: &str = "gitops/releases";

/// What templates in `gitops/` see as `rendered`: `stages` in the order in which they are applied, `loose` (manifests in no
/// folder) and `helm` (chart, version and values of each release).
pub(crate) fn seen(model: &Model, rendered: &Rendered, verbatim: &BTreeMap<String, Vec<u8>>) -> Json {
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    let mut loose: BTreeSet<String> = BTreeSet::new();
    let mut used: BTreeSet<u32> = rendered.objects.iter().map(|object| object.template).collect();
    used.retain(|index| {
        match rendered.templates[*index as usize].folder().strip_prefix(MANIFESTS).map(|rest| rest.split_once('/')) {
            Some(Some((folder, _))) => {
                folders.insert(folder);
                false
            }
            Some(None) => true,
            None => false,
        }
    });
    if !used.is_empty() {
        let paths = object::paths(rendered).into_iter().zip(&rendered.objects);
        loose.extend(paths.filter(|(_, object)| used.contains(&object.template)).map(|(path, _)| path));
    }
    for path in verbatim.keys().filter(|path| is_manifest(path)) {
        match path.split_once('/') {
            Some((folder, _)) => drop(folders.insert(folder)),
            None => drop(loose.insert(format!("{MANIFESTS}{path}"))),
        }
    }
    let helm = helm(model, rendered);
    let stages: Vec<Json> = stages(model, &folders, !helm.is_empty(), !loose.is_empty())
        .into_iter()
        .map(|stage| json!({"name": stage.name, "path": stage.path, "prune": stage.prune, "mesh": stage.mesh}))
        .collect();
    json!({"stages": stages, "loose": loose, "helm": helm})
}

/// The values of each Helm release, by the name of its folder. A chart that is rendered into the tree is not among them:
/// its objects are applied like the others.
fn helm(model: &Model, rendered: &Rendered) -> serde_json::Map<String, Json> {
    let mut releases = serde_json::Map::new();
    for plain in &rendered.plain {
        let Content::Yaml(node, Some(chart)) = &plain.content else { continue };
        let Some(("helm", name)) = plain.path.strip_suffix("/values.yaml").and_then(|path| path.split_once('/')) else {
            continue;
        };
        let in_tree = |owner| model.charts.iter().any(|release| release.owner == owner);
        if name == "consul" && in_tree(Owner::Consul) || name == "jaeger" && in_tree(Owner::Jaeger) {
            continue;
        }
        let (chart, version) = chart.split_once(' ').unwrap_or((chart, ""));
        let release = json!({"chart": chart, "version": version.trim(), "values": node.to_json(), "path": plain.path});
        releases.insert(name.to_owned(), release);
    }
    releases
}

/// The folders in their order, with what they need before them: cert-manager and the operators behind the namespaces,
/// the charts before Jaeger and the mesh, as in INSTALL.md.
fn stages(model: &Model, folders: &BTreeSet<&str>, charts: bool, loose: bool) -> Vec<Stage> {
    let release = |name: &str| Stage {
        name: name.to_owned(),
        path: format!("{RELEASE_FOLDER}/{name}"),
        prune: true,
        mesh: false,
    };
    let word = |folder: &str| folder.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_lowercase();
    let mut stages = Vec::new();
    let mut pending: Vec<Stage> = Vec::new();
    if model.gitops.operators {
        pending.extend([release("cert-manager"), release("operators")]);
    }
    let mut chart = charts.then(|| release("charts"));
    for folder in folders {
        let wave = gitops::wave(folder);
        if wave > gitops::wave("00") {
            stages.append(&mut pending);
        }
        if wave > 0 {
            stages.extend(chart.take());
        }
        let short = word(folder);
        let taken = short.is_empty()
            || RELEASES.contains(&short.as_str())
            || folders.iter().filter(|other| word(other) == short).count() > 1;
        stages.push(Stage {
            name: object_name(if taken { folder } else { &short }),
            path: format!("{MANIFESTS}{folder}"),
            prune: wave > gitops::wave("00"),
            mesh: wave == gitops::wave("40"),
        });
    }
    stages.append(&mut pending);
    stages.extend(chart);
    if loose {
        stages.push(release("other"));
    }
    stages
}

/// A folder's name as part of an object's name.
fn object_name(folder: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '-' };
    folder.chars().map(safe).collect::<String>().trim_matches('-').to_owned()
}

/// Adds the annotations that Argo CD and Flux need, where the profile turned them on. Only to the objects themselves: a
/// pod template with another annotation is another pod.
pub(crate) fn annotate(model: &Model, mut rendered: Rendered) -> Rendered {
    let (argocd, flux) = (model.gitops.argocd.enabled, model.gitops.flux.enabled);
    if !argocd && !flux {
        return rendered;
    }
    let Rendered { templates, objects, .. } = &mut rendered;
    for object in objects {
        let printer = &templates[object.template as usize];
        if argocd && let Some(rest) = printer.folder().strip_prefix(MANIFESTS) {
            let wave = gitops::wave(rest.split_once('/').map_or("", |(folder, _)| folder));
            annotate_for_argocd(object, wave);
        }
        if flux && mentions_variable(&object.node) {
            set(object, gitops::SUBSTITUTE, gitops::DISABLED);
        }
        if flux && is_job(object) {
            set(object, gitops::FORCE.0, gitops::FORCE.1);
        }
    }
    rendered
}

fn annotate_for_argocd(object: &mut Object, wave: i32) {
    set(object, gitops::WAVE, &wave.to_string());
    if !kube::is_built_in(&object.id.group) {
        set(object, gitops::SYNC_OPTIONS, gitops::UNKNOWN_KIND);
    } else if (&*object.id.group, &*object.id.kind) == (kube::CORE, "Namespace") {
        set(object, gitops::SYNC_OPTIONS, gitops::KEEP);
    } else if is_job(object) {
        set(object, gitops::SYNC_OPTIONS, gitops::RECREATE);
    }
}

/// Whether it is a Job, of which nearly nothing can be changed.
fn is_job(object: &Object) -> bool {
    (&*object.id.group, &*object.id.kind) == (kube::BATCH, "Job")
}

/// Sets an annotation that the template or the profile has not set.
fn set(object: &mut Object, name: &str, value: &str) {
    let Some(metadata) = map_in(&mut object.node, "metadata") else { return };
    if let Some(annotations) = map_of(metadata, "annotations")
        && annotations.get(name).is_none()
    {
        annotations.set(name, Node::string(value));
    }
}

fn map_in<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Map> {
    match &mut node.value {
        Value::Map(map) => map_of(map, key),
        _ => None,
    }
}

/// The map under `key`, made at the end if the key is missing or null. `None` if it is something else.
fn map_of<'a>(map: &'a mut Map, key: &str) -> Option<&'a mut Map> {
    if map.get(key).is_none_or(|node| matches!(node.value, Value::Null)) {
        map.set(key, Node::new(Value::Map(Map::default())));
    }
    match &mut map.get_mut(key)?.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// Whether a key or a string anywhere in an object reads as a variable to Flux.
fn mentions_variable(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => gitops::substitutes(text),
        Value::List(list) => list.iter().any(mentions_variable),
        Value::Map(map) => {
            map.entries.iter().any(|entry| gitops::substitutes(&entry.key) || mentions_variable(&entry.value))
        }
        _ => false,
    }
}

/// Reports renders, each with its name, whose objects for Argo CD or Flux would replace each other: their names are made of
/// those of the renders, and are the same. Whoever gives renders the same `gitops.name` has them applied in different
/// clusters.
pub fn clashes(renders: &[(&str, &Output)], found: &mut Findings) {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (render, output) in renders {
        let own = render_object_name(render);
        let is_own = |path: &&str| kind_and_name(path).is_some_and(|(_, name)| name.starts_with(&own));
        let mut other = None;
        for path in output.files.range("gitops/".to_owned().."gitops0".to_owned()).map(|(path, _)| path.as_str()) {
            if !is_own(&path) {
                continue;
            }
            match seen.entry(path) {
                Entry::Vacant(free) => drop(free.insert(render)),
                Entry::Occupied(first) => other = other.or(Some((*first.get(), path))),
            }
        }
        let Some((first, (kind, name))) = other.and_then(|(first, path)| Some((first, kind_and_name(path)?))) else {
            continue;
        };
        let tool = if kind == "Application" { "Argo CD" } else { "Flux" };
        let message =
            format!("renders `{first}` and `{render}` both have the {kind} `{name}`, which {tool} takes for one");
        let help = "set another `gitops.name` in a profile of one of them";
        found.push(Finding::error(ids::DUPLICATE_OBJECT, message).help(help));
    }
}

/// The kind and the name of the object in a file of `gitops/` that is named after the render.
fn kind_and_name(path: &str) -> Option<(&'static str, &str)> {
    let file = path.strip_prefix("gitops/")?.strip_suffix(".yaml")?;
    [
        ("argocd/application-", "Application"),
        ("flux/gitrepository-", "GitRepository"),
        ("flux/kustomization-", "Kustomization"),
    ]
    .into_iter()
    .find_map(|(start, kind)| Some((kind, file.strip_prefix(start)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_follow_the_folders() {
        let waves: Vec<i32> =
            ["00-namespaces", "15-operators", "20-jaeger", "40-mesh", "50-apps", "mine"].map(gitops::wave).to_vec();
        assert_eq!(waves, [-10, -5, 5, 10, 20, 20]);
    }

    #[test]
    fn a_variable_is_found_in_keys_and_values() {
        let object = |text: &str| {
            let mut map = Map::default();
            map.set(text, Node::string("a"));
            map.set("b", Node::new(Value::List(vec![Node::string(text)])));
            Node::new(Value::Map(map))
        };
        for text in ["${A}", "a$$b", "x${"] {
            assert!(mentions_variable(&object(text)), "{text}");
        }
        for text in ["$A", "$(POD_IP)", "{}", "$"] {
            assert!(!mentions_variable(&object(text)), "{text}");
        }
    }
}
