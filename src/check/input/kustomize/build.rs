//! What a kustomization makes, and why kustomize would not build it.

use crate::check::input::kustomize::context::Applied;
use crate::check::input::kustomize::context::Context;
use crate::check::input::kustomize::context::Earlier;
use crate::check::input::kustomize::context::Fault;
use crate::check::input::kustomize::context::namespace;
use crate::check::input::kustomize::fields;
use crate::check::input::kustomize::files::Files;
use crate::check::input::kustomize::files::HELM;
use crate::check::input::kustomize::files::Kustomizations;
use crate::check::input::kustomize::files::MOST;
use crate::check::input::kustomize::files::is_kustomization;
use crate::check::input::kustomize::files::is_remote;
use crate::check::input::kustomize::files::not_done;
use crate::check::input::kustomize::generate;
use crate::check::input::kustomize::patch;
use crate::check::input::kustomize::replace;
use crate::check::input::kustomize::transform;
use crate::check::input::listed::Listed;
use crate::check::input::path::folder as above;
use crate::check::input::path::join;
use crate::object::Id;
use crate::yaml::Node;
use std::collections::BTreeSet;
use std::collections::HashMap;

const REMOTE: &str = "what it fetches from other repositories";
const ABSENT: &str = "what it lists that is not among the files";
const PATCHES: &str = "some of its patches";
const VARIABLES: &str = "variables";

/// The words for what may change objects that are there.
const CHANGES: [&str; 5] = ["transformers", "generators", "replacements", VARIABLES, PATCHES];

/// What else was read.
pub(crate) struct Surroundings<'a> {
    pub(crate) files: &'a Files<'a>,
    pub(crate) object: &'a dyn Fn(usize) -> &'a (Id, Node),
    /// Whether a path certainly does not exist.
    pub(crate) lacks: &'a dyn Fn(&str) -> bool,
    /// Whether a file is not YAML.
    pub(crate) is_malformed: &'a dyn Fn(&str) -> bool,
}

/// A kustomization that no other lists, with what it makes.
pub(crate) struct Root {
    pub(crate) folder: String,
    pub(crate) built: Built,
}

/// The kustomizations that no other lists, with what they make.
pub(crate) fn roots<'a>(all: &'a Kustomizations, around: &'a Surroundings<'a>) -> Vec<Root> {
    let listed = all.listed();
    let is_component = |node: &Node| node.get("kind").and_then(Node::as_str) == Some("Component");
    let mut build = Build { all, around, room: MOST, built: HashMap::new(), earlier: HashMap::new() };
    // One that a generator reads is data.
    let mut data: BTreeSet<String> = BTreeSet::new();
    for (folder, node) in &all.by_folder {
        for entry in generate::entries(node) {
            data.extend(entry.files(folder).filter(|path| is_kustomization(path)).map(|path| above(&path).to_string()));
        }
    }
    let roots = all
        .by_folder
        .iter()
        .filter(|(folder, node)| !listed.contains(*folder) && !data.contains(*folder) && !is_component(node));
    roots.map(|(folder, _)| Root { folder: folder.clone(), built: build.folder(folder, &mut Vec::new()) }).collect()
}

/// Builds kustomizations.
struct Build<'a> {
    all: &'a Kustomizations,
    around: &'a Surroundings<'a>,
    room: usize,
    built: HashMap<String, Built>,
    /// The identities that objects had before a kustomization gave them others, by index: patches may name these.
    earlier: Earlier,
}

/// What a kustomization makes.
#[derive(Clone, Default)]
pub(crate) struct Built {
    pub(crate) objects: Vec<Listed>,
    /// What kustomize would also do that meshtrace does not.
    pub(crate) left: BTreeSet<&'static str>,
    /// What of that may change these objects.
    pub(crate) open: BTreeSet<&'static str>,
    /// Why kustomize does not build it.
    pub(crate) faults: Vec<Fault>,
    /// Whether a file of it is not YAML, so that kustomize does not build it either.
    pub(crate) is_malformed: bool,
    /// The directories of the kustomizations in it.
    pub(crate) charts: BTreeSet<String>,
}

impl Built {
    fn leave(&mut self, words: &'static str) {
        self.left.insert(words);
        if CHANGES.contains(&words) {
            self.open.insert(words);
        }
    }

    /// Whether all its objects are known.
    fn is_complete(&self) -> bool {
        let more = [HELM, REMOTE, ABSENT, "generators", "generated ConfigMaps", "generated Secrets"];
        !self.is_malformed && more.iter().all(|words| !self.left.contains(words))
    }

    fn add(&mut self, more: Built) {
        self.objects.extend(more.objects);
        self.left.extend(more.left);
        self.open.extend(more.open);
        self.charts.extend(more.charts);
        self.faults.extend(more.faults);
        self.is_malformed |= more.is_malformed;
    }
}

impl<'a> Build<'a> {
    fn id<'l>(&self, listed: &'l Listed) -> (&'l Id, &'l Node)
    where
        'a: 'l,
    {
        listed.get(|index| (self.around.object)(index))
    }

    /// What the kustomization in `folder` makes; `above` are those that led to it.
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

    /// Does to `built` what the kustomization in `folder` says. A component changes the objects of what lists it, also
    /// those that it does not list itself (`kustomize/api/internal/target/kusttarget.go`, `accumulateTarget`).
    fn accumulate(&mut self, folder: &str, above: &mut Vec<String>, built: &mut Built) {
        let all = self.all;
        let Some(node) = all.by_folder.get(folder) else { return };
        built.charts.insert(folder.to_string());
        above.push(folder.to_string());
        built.is_malformed |= all.malformed.contains(folder);
        built.faults.extend(fields::faults(folder, node));
        for words in not_done(node) {
            match words {
                "generators" if all.has_only_chart_generators(folder, node) => drop(built.left.insert(words)),
                VARIABLES => drop(built.left.insert(words)),
                words => built.leave(words),
            }
        }
        for key in ["resources", "bases"] {
            self.list(folder, node, key, above, built);
        }
        self.generate(folder, node, built);
        built.objects.truncate(self.room);
        self.room -= built.objects.len();
        for entry in strings(node, "components") {
            let (text, path) = (entry.as_str().unwrap_or_default(), join(folder, entry.as_str().unwrap_or_default()));
            let is_circle = above.contains(&path) || above.len() > 64;
            match (is_remote(text), all.has(&path)) {
                (true, _) => built.leave(REMOTE),
                (false, true) if !is_circle => self.accumulate(&path, above, built),
                // A component is a directory.
                _ => self.absent(folder, entry, &format!("{path}/kustomization.yaml"), built),
            }
        }
        above.pop();
        if self.has_variables(node, built) {
            built.leave(VARIABLES);
        }
        self.once(folder, node, built);
        let around = self.around;
        let context = Context { folder, texts: &all.patches, object: around.object, earlier: &self.earlier };
        let patched = patch::apply(node, &context, around.lacks, &mut built.objects);
        // Another patch, or a change that is not made here, may make the object that one is for, or give it its name.
        let is_alone = patch::count(node) == 1 && built.open.is_empty() && self.earlier.is_empty();
        Self::settle(built, patched, PATCHES, is_alone);
        let ids: Vec<Id> = match transform::renames(node) {
            true => built.objects.iter().map(|listed| self.id(listed).0.clone()).collect(),
            false => Vec::new(),
        };
        transform::transform(node, &mut built.objects, around.object);
        for (old, listed) in ids.into_iter().zip(&built.objects) {
            if *self.id(listed).0 != old {
                self.earlier.entry(listed.origin()).or_default().push(old);
            }
        }
        let context = Context { folder, texts: &all.patches, object: around.object, earlier: &self.earlier };
        let replaced = replace::apply(node, &context, &mut built.objects);
        Self::settle(built, replaced, "replacements", false);
        if all.malformed.contains(folder) {
            // It is only a guess what it lists.
            built.faults.retain(|fault| fault.folder != folder);
        }
    }

    /// Notes what became of patches or replacements; `is_sure`: the object of one that misses it is certainly not there.
    fn settle(built: &mut Built, done: Applied, words: &'static str, is_sure: bool) {
        let is_complete = built.is_complete();
        built.faults.extend(done.faults);
        match done.misses.is_empty() {
            true => {}
            false if is_complete && is_sure => built.faults.extend(done.misses),
            false if is_complete => built.leave(words),
            // It may be for something that is not among the files.
            false => drop(built.left.insert(words)),
        }
        if done.is_unsure {
            built.leave(words);
        }
    }

    /// Adds what a list of files and directories names.
    fn list(&mut self, folder: &str, node: &Node, key: &str, above: &mut Vec<String>, built: &mut Built) {
        for entry in strings(node, key) {
            let text = entry.as_str().unwrap_or_default();
            let path = join(folder, text);
            if is_remote(text) {
                built.leave(REMOTE);
            } else if (self.around.is_malformed)(&path) {
                built.is_malformed = true;
            } else if let Some(range) = self.around.files.get(&*path) {
                built.objects.extend(range.clone().map(Listed::Same));
            } else if self.all.has(&path) {
                let more = self.folder(&path, above);
                built.add(more);
            } else {
                self.absent(folder, entry, &path, built);
            }
        }
    }

    fn absent(&self, folder: &str, entry: &Node, path: &str, built: &mut Built) {
        if (self.around.lacks)(path) {
            let message = format!("`{}` does not exist", entry.as_str().unwrap_or_default());
            built.faults.push(Fault::new(folder, entry.span, message, "correct the path, or remove it"));
        }
        built.leave(ABSENT);
    }

    /// Reports objects that occur twice (`resWrangler.Append`), and keeps one of each.
    fn once(&self, folder: &str, node: &Node, built: &mut Built) {
        let mut seen: HashMap<(&str, &str, &str, &str), usize> = HashMap::new();
        let mut keeps = vec![true; built.objects.len()];
        let mut twice = None;
        for (index, listed) in built.objects.iter().enumerate() {
            let (id, node) = self.id(listed);
            let version = node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
            if let Some(first) = seen.insert((version, &id.kind, namespace(id), &id.name), index) {
                keeps[index] = built.objects[first].origin() != listed.origin();
                twice = twice.or_else(|| Some(id.clone()));
            }
        }
        // Another one may get another name by what is not done here.
        if let Some(id) = twice.filter(|_| built.open.is_empty() && self.earlier.is_empty()) {
            let at = ["resources", "bases", "components"].iter().find_map(|key| node.get(key)).unwrap_or(node);
            let message = format!("{id} is there twice in what it lists");
            built.faults.push(Fault::new(folder, at.span, message, "keep one of them"));
        }
        let mut keeps = keeps.into_iter();
        built.objects.retain(|_| keeps.next().unwrap_or(true));
    }

    /// Adds or changes what generators make.
    fn generate(&self, folder: &str, node: &Node, built: &mut Built) {
        for entry in generate::entries(node) {
            for path in entry.files(folder).filter(|path| (self.around.lacks)(path)) {
                let message = format!("`{path}` does not exist, which `{}` reads", entry.list);
                built.faults.push(Fault::new(folder, entry.span(), message, "correct the path, or remove it"));
            }
            let made = self.all.generated.get(&(folder.to_string(), entry.list, entry.index));
            if !entry.is_change() {
                match made {
                    Some(made) => built.objects.push(Listed::Same(*made)),
                    None => built.leave(entry.words),
                }
                continue;
            }
            let name = entry.text("name");
            let is_it = |listed: &&mut Listed| {
                let now = listed.get(|index| (self.around.object)(index)).0;
                let before = self.earlier.get(&listed.origin()).into_iter().flatten();
                std::iter::once(now).chain(before).any(|id| &*id.kind == entry.kind && &*id.name == name)
            };
            let is_complete = built.is_complete();
            match (built.objects.iter_mut().find(is_it), made) {
                (Some(listed), Some(made)) => {
                    let made = &(self.around.object)(*made).1;
                    let own = listed.get(|index| (self.around.object)(index));
                    *listed = generate::change(listed.origin(), own, made, entry.text("behavior") == "merge");
                }
                (Some(listed), None) => {
                    let own = listed.get(|index| (self.around.object)(index));
                    *listed = generate::unsettled(listed.origin(), own);
                    built.leave(entry.words);
                }
                (None, _) if is_complete && built.open.is_empty() && self.earlier.is_empty() => {
                    let message = format!(
                        "there is no {} `{name}` that `{}` with `behavior: {}` could change",
                        entry.kind,
                        entry.list,
                        entry.text("behavior")
                    );
                    built.faults.push(Fault::new(folder, entry.span(), message, "list it, or remove `behavior`"));
                }
                (None, _) => built.leave(entry.words),
            }
        }
    }

    /// Whether any object has one of the variables of a kustomization.
    fn has_variables(&self, node: &Node, built: &Built) -> bool {
        let names = node.get("vars").and_then(Node::as_list).unwrap_or_default();
        let names: Vec<String> = names
            .iter()
            .filter_map(|item| item.get("name").and_then(Node::as_str))
            .map(|name| format!("$({name})"))
            .collect();
        built.objects.iter().any(|listed| {
            let text = self.id(listed).1.to_json().to_string();
            names.iter().any(|name| text.contains(name))
        })
    }
}

fn strings<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> + use<'n> {
    node.get(key).and_then(Node::as_list).unwrap_or_default().iter().filter(|entry| entry.as_str().is_some())
}
