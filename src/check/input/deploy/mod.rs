//! What Flux and Argo CD change in the objects that they deploy from a directory: patches, namespace, names, labels,
//! images, and with Flux variables.
//!
//! Sources: fluxcd/kustomize-controller `api/v1/kustomization_types.go`; fluxcd/pkg `kustomize/kustomize_generator.go` (the
//! fields go into the kustomization of `spec.path`) and `kustomize/kustomize_varsub.go`; argoproj/argo-cd
//! `util/kustomize/kustomize.go` (`Build`).

mod substitute;

use crate::check::input::kustomize;
use crate::check::input::listed::Listed;
use crate::check::input::path::above;
use crate::check::input::path::clean;
use crate::check::input::release::is_flux_kustomization;
use crate::object::Id;
use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;
use substitute::Filled;
use substitute::Variables;

/// Something that deploys a directory with changes.
#[derive(PartialEq)]
struct Deployer {
    /// Its name in messages.
    who: String,
    /// The directory, from the top of the repository.
    path: String,
    /// The changes, as a kustomization.
    changes: Node,
    variables: Option<Variables>,
    /// The first of its fields that is not applied here.
    left: Option<&'static str>,
}

/// Objects in a directory.
pub(crate) struct Deployed<'p> {
    pub(crate) folder: &'p str,
    pub(crate) objects: &'p mut Vec<Listed>,
    /// What is not known of what becomes of them.
    pub(crate) doubts: &'p mut Vec<String>,
}

/// Changes the objects of each directory as what deploys it does.
pub(crate) fn apply(mut places: Vec<Deployed<'_>>, all: &[(Id, Node)]) {
    let deployers = deployers(all);
    let mut by_folder: HashMap<String, Vec<&Deployer>> = HashMap::new();
    for deployer in &deployers {
        for folder in folders(&deployer.path, &places) {
            by_folder.entry(folder).or_default().push(deployer);
        }
    }
    let mut folders: Vec<(String, Vec<&Deployer>)> = by_folder.into_iter().collect();
    folders.sort_by(|one, other| one.0.cmp(&other.0));
    for (folder, deployers) in folders {
        let within = places.iter_mut().filter(|place| is_within(place.folder, &folder));
        let mut within: Vec<&mut Deployed<'_>> = within.filter(|place| !place.objects.is_empty()).collect();
        match deployers[..] {
            _ if within.is_empty() => {}
            [one] => one.apply(&mut within, all),
            [first, ..] => {
                let why = format!("{} and others deploy `{folder}`, each with changes of its own", first.who);
                within.iter_mut().for_each(|place| place.doubts.push(why.clone()));
            }
            [] => {}
        }
    }
}

fn is_within(folder: &str, top: &str) -> bool {
    top.is_empty() || folder.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The directories that a path from the top of the repository stands for. Which one is meant is not certain if there are
/// several, such as with two repositories side by side.
fn folders(path: &str, places: &[Deployed<'_>]) -> Vec<String> {
    let all = places.iter().flat_map(|place| above(place.folder).chain([place.folder]));
    let ends = |folder: &&str| *folder == path || folder.strip_suffix(path).is_some_and(|rest| rest.ends_with('/'));
    let mut found: Vec<String> = all.filter(ends).map(str::to_string).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn deployers(all: &[(Id, Node)]) -> Vec<Deployer> {
    let mut found: Vec<Deployer> = Vec::new();
    for (id, node) in all {
        let own: Vec<Deployer> = match (&*id.group, &*id.kind) {
            _ if is_flux_kustomization(id) => of_flux(id, node, all).into_iter().collect(),
            ("argoproj.io", "Application") => of_argo(id, node.get("spec")),
            ("argoproj.io", "ApplicationSet") => of_argo(id, node.path(&["spec", "template", "spec"])),
            _ => Vec::new(),
        };
        let is_new = |one: &Deployer| {
            let same = |other: &Deployer| {
                (&other.path, &other.changes, &other.left, &other.variables)
                    == (&one.path, &one.changes, &one.left, &one.variables)
            };
            !found.iter().any(same)
        };
        let new: Vec<Deployer> = own.into_iter().filter(is_new).collect();
        found.extend(new);
    }
    found
}

/// A kustomization with some fields of a map, under the names that it has for them.
fn changes(from: &Node, names: &[(&str, &str)]) -> Map {
    let entry = |(own, name): &(&str, &str)| {
        let value = from.get(own).filter(|value| !is_empty(value))?.clone();
        Some(Entry { key: (*name).into(), key_span: Span::NONE, value })
    };
    Map { entries: names.iter().filter_map(entry).collect() }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.entries.is_empty(),
        _ => false,
    }
}

fn left(from: &Node, names: &[&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|name| from.get(name).is_some_and(|value| !is_empty(value)))
}

fn of_flux(id: &Id, node: &Node, all: &[(Id, Node)]) -> Option<Deployer> {
    let spec = node.get("spec")?;
    let names = [
        ("patches", "patches"),
        ("targetNamespace", "namespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
        ("images", "images"),
    ];
    let changes = changes(spec, &names);
    let variables = spec.get("postBuild").and_then(|build| Variables::of(&id.namespace, build, all));
    let left = left(spec, &["components", "patchesStrategicMerge", "patchesJson6902"]);
    let path = clean(spec.get("path").and_then(Node::as_str).unwrap_or_default().trim_start_matches('/'));
    let does = !changes.entries.is_empty() || variables.is_some() || left.is_some();
    let who = format!("the Kustomization `{}` of Flux", id.name);
    does.then(|| Deployer { who, path, changes: Node::new(Value::Map(changes)), variables, left })
}

/// The sources of an Application, or of those that an ApplicationSet makes.
fn of_argo(id: &Id, spec: Option<&Node>) -> Vec<Deployer> {
    let one = spec.and_then(|spec| spec.get("source"));
    let several = spec.and_then(|spec| spec.get("sources")).and_then(Node::as_list).unwrap_or_default();
    one.into_iter().chain(several).filter_map(|source| of_source(id, source)).collect()
}

fn of_source(id: &Id, source: &Node) -> Option<Deployer> {
    let given = source.get("kustomize")?;
    let names = [
        ("patches", "patches"),
        ("namespace", "namespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
        ("commonLabels", "commonLabels"),
        ("commonAnnotations", "commonAnnotations"),
        ("replicas", "replicas"),
    ];
    let changes = changes(given, &names);
    // Images are in a form of Argo CD's own; what runs matters less than whether it is there.
    let left = left(given, &["components"]);
    let path = clean(source.get("path").and_then(Node::as_str)?.trim_start_matches('/'));
    let does = !changes.entries.is_empty() || left.is_some();
    let who = format!("the {} `{}` of Argo CD", id.kind, id.name);
    does.then(|| Deployer { who, path, changes: Node::new(Value::Map(changes)), variables: None, left })
}

impl Deployer {
    fn apply(&self, places: &mut [&mut Deployed<'_>], all: &[(Id, Node)]) {
        let object = |index: usize| &all[index];
        // A patch is for an object in any of the files, so they are changed together.
        let mut home: HashMap<usize, usize> = HashMap::new();
        let is_once = places.iter().enumerate().all(|(at, place)| {
            place.objects.iter().all(|listed| home.insert(listed.origin(), at).is_none_or(|other| other == at))
        });
        let mut left = self.left.map(|field| format!("{} has `{field}`, which is not applied here", self.who));
        if is_once {
            let mut objects: Vec<Listed> = places.iter_mut().flat_map(|place| std::mem::take(place.objects)).collect();
            if !kustomize::change(&self.changes, &mut objects, &object) {
                left.get_or_insert_with(|| format!("{} has patches that are not applied here", self.who));
            }
            for listed in objects {
                if let Some(at) = home.get(&listed.origin()) {
                    places[*at].objects.push(listed);
                }
            }
        } else if self.changes.as_map().is_some_and(|map| !map.entries.is_empty()) {
            left.get_or_insert_with(|| format!("{} has changes that are not applied here", self.who));
        }
        for place in places {
            place.doubts.extend(left.clone());
            if let Some(variables) = &self.variables {
                let objects = std::mem::take(place.objects);
                for listed in objects {
                    let (id, node) = listed.get(|index| object(index));
                    match variables.fill(id, node) {
                        Filled::Same => place.objects.push(listed),
                        Filled::New(id, node) => {
                            place.objects.push(Listed::Changed(Box::new((listed.origin(), id, node))));
                        }
                        Filled::Open(name) => place.doubts.push(format!(
                            "{} fills in `${{{name}}}` of {id}, and the files do not say with what",
                            self.who
                        )),
                        Filled::Retyped(name) => place.doubts.push(format!(
                            "{} fills in `${{{name}}}` of {id} without quotes, so that it is no text where text is needed",
                            self.who
                        )),
                    }
                }
            }
        }
    }
}
