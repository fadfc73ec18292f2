//! What the command line names to sets that are judged each by itself.
//!
//! Everything is one set, with these exceptions: a directory that `render` wrote is one thing, a kustomization is what it
//! lists, and directories that hold the same objects are alternatives.

use crate::check::input::alternatives;
use crate::check::input::alternatives::Key;
use crate::check::input::alternatives::Seat;
use crate::check::input::embedded::Embedded;
use crate::check::input::kustomize;
use crate::check::input::kustomize::Content;
use crate::check::input::kustomize::Generator;
use crate::check::input::kustomize::Kustomizations;
use crate::check::input::listed::Listed;
use crate::check::input::load::Added;
use crate::check::input::load::Loaded;
use crate::check::input::path::above;
use crate::check::input::path::clean;
use crate::check::input::path::folder;
use crate::check::input::release;
use crate::check::input::skip::Skip;
use crate::check::input::values;
use crate::files::File;
use crate::files::Files;
use crate::files::LIST;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::object::Id;
use crate::running;
use crate::source::Span;
use crate::stack::kube;
use crate::yaml;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::ops::Range;
use std::sync::Arc;

/// What was read, by file.
#[derive(Default)]
pub struct Sets {
    loaded: Loaded,
    files: Vec<Member>,
    kustomizations: Kustomizations,
    skipped: BTreeMap<Skip, usize>,
    charts: BTreeSet<String>,
    /// The paths of all, so that nothing is read twice.
    paths: HashSet<String>,
    /// What generators of kustomizations read.
    texts: HashMap<String, File>,
    /// What the command line named.
    named: Vec<String>,
    /// The directories among it.
    folders: Vec<String>,
}

/// A file with something to judge in it.
struct Member {
    path: String,
    objects: Range<usize>,
    values: Range<usize>,
    /// Whether the command line names it.
    is_named: bool,
    /// The directory that `render` wrote and that it is in.
    render: Option<String>,
}

/// One set: the objects, each with the index of what its text was read as, and the files of Helm values.
pub(crate) struct One {
    /// Its name, which is empty when there is no other set.
    pub(crate) name: String,
    pub(crate) objects: Vec<Listed>,
    /// The files of Helm values.
    files: Vec<usize>,
}

/// All sets.
pub(crate) struct Plan {
    pub(crate) loaded: Loaded,
    pub(crate) sets: Vec<One>,
    pub(crate) embedded: Embedded,
    pub(crate) skipped: BTreeMap<Skip, usize>,
    pub(crate) notes: Vec<String>,
    /// What everything is called together.
    pub(crate) whole: String,
    files: Vec<Member>,
}

impl Sets {
    /// Whether a file of a directory is of use: what may be a manifest, or says which files belong together.
    pub fn wants(path: &str) -> bool {
        let is_foreign = |step: &str| matches!(step, "node_modules" | "vendor");
        let wanted =
            [".yaml", ".yml", ".json", LIST].iter().any(|end| path.ends_with(end)) || kustomize::is_kustomization(path);
        wanted && !folder(path).split('/').any(is_foreign)
    }

    /// Adds a text that the command line names, or why it could not be read.
    pub fn add(&mut self, name: &str, text: Result<String, Finding>) {
        self.named.push(name.to_string());
        match text {
            Ok(_) if !self.paths.insert(clean(name)) => {}
            Ok(text) => {
                let _at = running::stage("the file", name);
                let added = self.loaded.read(name, &text, false);
                self.member(clean(name), added, true, None);
            }
            Err(finding) => self.loaded.unreadable(finding),
        }
    }

    /// Adds what was read of a directory that messages call `name`, and what could not be read.
    pub fn add_folder(&mut self, name: &str, files: Files, unreadable: Findings) {
        self.named.push(name.to_string());
        self.folders.push(clean(name));
        unreadable.into_iter().for_each(|finding| self.loaded.unreadable(finding));
        let below = |end: &str| -> HashSet<String> {
            let paths = files.iter().filter_map(|(path, _)| path.strip_suffix(end));
            paths
                .filter(|rest| rest.is_empty() || rest.ends_with('/'))
                .map(|rest| rest.trim_end_matches('/').to_string())
                .collect()
        };
        let (renders, charts) = (below(LIST), below("Chart.yaml"));
        let root = |path: &str| above(path).find(|folder| renders.contains(*folder)).map(str::to_string);
        for (path, file) in files.iter().filter(|(path, _)| kustomize::is_kustomization(path)) {
            if root(path).is_none() && chart_of(path, &charts).is_none() {
                self.kustomization(file);
            }
        }
        let generators = self.kustomizations.generators();
        let read = generators.iter().flat_map(|generator| &generator.data).filter_map(|(_, content)| match content {
            Content::File(path) => Some(path.as_str()),
            Content::Text(_) => None,
        });
        let read: HashSet<&str> = read.collect();
        let (patches, listed) = (self.kustomizations.patches(), self.kustomizations.listed());
        // What is read is kept: two copies of everything would be too much.
        for (path, file) in files.into_texts() {
            if path.ends_with(LIST) || kustomize::is_kustomization(&path) {
                continue;
            }
            let whole = clean(&file.name);
            if read.contains(&*whole) {
                self.texts.insert(whole.clone(), file.clone());
            }
            let render = root(&path).map(|root| clean(&format!("{name}/{root}")));
            if !self.paths.insert(whole.clone()) {
                continue;
            }
            if let Some(chart) = chart_of(&path, &charts) {
                self.charts.insert(clean(&format!("{name}/{chart}")));
                self.skip(Skip::HelmChart);
            } else if render.is_none() && patches.contains(&whole) {
                self.patch(whole, &file);
            } else {
                let _at = running::stage("the file", Arc::clone(&file.name));
                let mut added = self.loaded.read(&file.name, &file.text, true);
                let is_beside = render.is_none() && self.kustomizations.has(folder(&whole)) && !listed.contains(&whole);
                if is_beside && added.values.is_empty() && added.skip.is_none() {
                    self.loaded.forget(&added);
                    added.objects.end = added.objects.start;
                    added.skip = Some(Skip::NotListed);
                }
                self.member(whole, added, false, render);
            }
        }
    }

    fn kustomization(&mut self, file: &File) {
        let source = self.loaded.sources_mut().add(Arc::clone(&file.name), Arc::clone(&file.text));
        let mut found = Findings::default();
        let documents = yaml::read(self.loaded.sources(), source, &mut found);
        let path = clean(&file.name);
        match documents.into_iter().map(|document| document.node).find(|node| node.as_map().is_some()) {
            // Of Flux and others, which have the same name for their files.
            Some(node) if node.path(&["metadata", "name"]).is_some() && node.get("spec").is_some() => {
                let added = self.loaded.read(&file.name, &file.text, true);
                self.member(path, added, false, None);
            }
            Some(node) => self.kustomizations.add(folder(&path), node),
            None if found.errors() > 0 => self.skip(Skip::Template),
            None => {}
        }
    }

    fn patch(&mut self, path: String, file: &File) {
        let source = self.loaded.sources_mut().add(Arc::clone(&file.name), Arc::clone(&file.text));
        let mut found = Findings::default();
        let documents = yaml::read(self.loaded.sources(), source, &mut found);
        let documents =
            documents.into_iter().map(|document| document.node).filter(|node| !matches!(node.value, Value::Null));
        if found.errors() == 0 {
            self.kustomizations.add_patch(path, documents.collect());
        }
        self.skip(Skip::KustomizePatch);
    }

    fn member(&mut self, path: String, added: Added, is_named: bool, render: Option<String>) {
        if let Some(why) = added.skip {
            self.skip(why);
        }
        if !added.objects.is_empty() || !added.values.is_empty() {
            self.files.push(Member { path, objects: added.objects, values: added.values, is_named, render });
        }
    }

    fn skip(&mut self, why: Skip) {
        *self.skipped.entry(why).or_default() += 1;
    }

    /// Whether there is nothing at all to judge.
    pub fn is_empty(&self) -> bool {
        self.loaded.is_empty()
    }

    /// The CustomResourceDefinitions among all that was read, for [`Options::definitions`](crate::check::Options::definitions).
    pub fn definitions(&self) -> Vec<Node> {
        let objects = self.loaded.objects().iter();
        let are =
            objects.filter(|(id, _)| (&*id.group, &*id.kind) == (kube::API_EXTENSIONS, "CustomResourceDefinition"));
        are.map(|(_, node)| node.clone()).collect()
    }

    /// The sets.
    pub(crate) fn plan(mut self) -> Plan {
        self.generate();
        let embedded = self.embedded();
        let files: HashMap<&str, Range<usize>> = self
            .files
            .iter()
            .filter(|file| file.render.is_none())
            .map(|file| (&*file.path, file.objects.clone()))
            .collect();
        let roots = self.kustomizations.roots(&files, &|index| self.loaded.object(index));
        let listed = self.kustomizations.listed();
        let mut places: Vec<Place> = Vec::new();
        let mut renders: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, file) in self.files.iter().enumerate() {
            let at = match &file.render {
                Some(render) => *renders.entry(render).or_insert_with(|| {
                    places.push(Place { folder: render.clone(), is_render: true, ..Place::default() });
                    places.len() - 1
                }),
                None => {
                    places.push(Place {
                        folder: folder(&file.path).to_string(),
                        is_named: file.is_named,
                        ..Place::default()
                    });
                    places.len() - 1
                }
            };
            // What a kustomization lists is its own.
            if file.render.is_some() || file.is_named || !listed.contains(&file.path) {
                places[at].objects.extend(file.objects.clone().map(Listed::Same));
            }
            places[at].files.extend((!file.values.is_empty()).then_some(index));
        }
        let mut notes: Vec<String> = self.charts.iter().map(|chart| chart_note(chart)).collect();
        for root in roots {
            notes.extend(kustomize_note(&root));
            places.push(Place { folder: root.folder, objects: root.objects, is_root: true, ..Place::default() });
        }
        let roots_of = places.iter().filter(|place| place.is_render || place.is_root);
        let roots_of: Vec<String> = roots_of.map(|place| place.folder.clone()).collect();
        let seats: Vec<Seat> = places.iter().map(|place| self.seat(place)).collect();
        let (chosen, left) = alternatives::split(&seats);
        if left > 0 {
            notes.push(format!("{left} more alternatives are not checked: name the directories one at a time"));
        }
        let several = chosen.len() > 1;
        let mut places: Vec<Option<Place>> = places.into_iter().map(Some).collect();
        let mut sets: Vec<One> = Vec::with_capacity(chosen.len());
        for set in chosen {
            let mut one = One { name: self.name(set.name), objects: Vec::new(), files: Vec::new() };
            for index in set.seats {
                // Only where there are several sets is anything in more than one.
                match several {
                    true => {
                        let Some(place) = &places[index] else { continue };
                        one.objects.extend(place.objects.iter().cloned());
                        one.files.extend(&place.files);
                    }
                    false => {
                        let Some(place) = places[index].take() else { continue };
                        one.objects.extend(place.objects);
                        one.files.extend(place.files);
                    }
                }
            }
            one.files.sort_unstable();
            sets.push(one);
        }
        if let ([only], [folder]) = (sets.as_mut_slice(), roots_of.as_slice()) {
            only.name = self.name(folder.clone());
        }
        if let [first, second, ..] = sets.as_slice() {
            notes.insert(0, format!(
                "directories such as `{}` and `{}` hold the same objects, so each is checked as a set with what they share",
                first.name, second.name
            ));
        }
        let whole = self.whole();
        let Sets { loaded, files, skipped, .. } = self;
        Plan { loaded, sets, embedded, skipped, notes, whole, files }
    }

    /// What makes a place an alternative to others.
    fn seat(&self, place: &Place) -> Seat {
        let mut keys = Vec::with_capacity(place.objects.len());
        let hash = |what: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            what(&mut hasher);
            hasher.finish()
        };
        for listed in &place.objects {
            let (id, _) = listed.get(|index| self.loaded.object(index));
            if !is_common(id) {
                keys.push(Key { of: hash(&|hasher| id.hash(hasher)), below: true });
            }
            keys.push(Key { of: hash(&|hasher| ("file", listed.origin()).hash(hasher)), below: true });
        }
        for values in place.files.iter().flat_map(|index| self.files[*index].values.clone()) {
            let values = self.loaded.chart_values(values);
            let chart = values.chart().map(|(name, _)| name);
            keys.push(Key { of: hash(&|hasher| ("values", chart, &values.release).hash(hasher)), below: false });
        }
        if place.is_render {
            keys.push(Key { of: 0, below: true });
        }
        Seat { folder: place.folder.clone(), keys, is_shared: place.is_named }
    }

    /// The name of a set that lies in a directory: without the directory that the command line names.
    fn name(&self, path: String) -> String {
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_string();
        let below = self.folders.iter().find_map(|folder| match path.strip_prefix(&**folder)? {
            "" => Some(last(&path)),
            rest if folder.is_empty() => Some(rest.to_string()),
            rest => rest.strip_prefix('/').map(str::to_string),
        });
        below.unwrap_or(path)
    }

    /// What the command line named, in one.
    fn whole(&self) -> String {
        match self.named.as_slice() {
            [one, two, three, more @ ..] if !more.is_empty() => {
                format!("{one}, {two}, {three} and {} more", more.len())
            }
            few => few.join(", "),
        }
    }

    /// Makes the ConfigMaps that kustomizations generate of files that were read.
    fn generate(&mut self) {
        for Generator { folder, name, namespace, data } in self.kustomizations.generators() {
            let mut map = Map::default();
            let wanted = data.len();
            for (key, content) in data {
                let value = match content {
                    Content::Text(text) => Node::string(&text),
                    Content::File(path) => {
                        let Some(file) = self.texts.get(&path) else { break };
                        let source = self.loaded.sources_mut().add(Arc::clone(&file.name), Arc::clone(&file.text));
                        Node { span: Span::new(source, 0, file.text.len()), ..Node::string(&file.text) }
                    }
                };
                map.set(&key, value);
            }
            if map.entries.len() == wanted {
                let index = self.loaded.add_config_map(&name, &namespace, map);
                self.kustomizations.add_generated(folder, index);
            }
        }
    }

    /// The YAML that objects hold as text and that may be Helm values.
    fn embedded(&mut self) -> Embedded {
        let objects = || self.loaded.objects().iter().enumerate();
        let wanted: HashSet<(&str, &str)> =
            objects().flat_map(|(_, (id, node))| release::config_maps(id, node)).collect();
        let mut texts = Vec::new();
        for (index, (id, node)) in objects() {
            let mut pointers = release::texts(id, node);
            if &*id.kind == "ConfigMap" && !wanted.is_empty() {
                let data = node.get("data").and_then(Node::as_map).into_iter().flat_map(|map| &map.entries);
                let data = data.filter(|entry| wanted.contains(&(&*id.name, &*entry.key)));
                pointers.extend(data.map(|entry| format!("/data/{}", crate::pointer::escape(&entry.key))));
            }
            for pointer in pointers {
                let (found, _) = crate::check::input::set::walk(node, &pointer);
                if let Some(text) = found.as_str() {
                    texts.push(((index, pointer), found.span, text.into()));
                }
            }
        }
        Embedded::read(self.loaded.sources_mut(), texts)
    }
}

impl Plan {
    /// The files of Helm values of a set.
    pub(crate) fn values_of(&self, set: &One) -> Vec<values::File<'_>> {
        let files = set.files.iter().map(|index| &self.files[*index]);
        let all = files.flat_map(|file| file.values.clone().map(move |index| (file, self.loaded.chart_values(index))));
        let known =
            all.clone().any(|(_, values)| !values.is_guess && values.chart().is_some_and(|(name, _)| name == "consul"));
        all.filter(|(_, values)| known || !values.is_guess)
            .map(|(file, values)| values::File { path: &file.path, is_named: file.is_named, values })
            .collect()
    }
}

/// What lies in one place: a file, a render, a kustomization.
#[derive(Default)]
struct Place {
    folder: String,
    objects: Vec<Listed>,
    files: Vec<usize>,
    is_render: bool,
    is_root: bool,
    is_named: bool,
}

/// Whether an object is one that several parts of one cluster may each bring along.
fn is_common(id: &Id) -> bool {
    matches!(&*id.kind, "Namespace" | "CustomResourceDefinition")
}

/// The chart that a file is a part of: templates, default values, charts within. What lies in `crds` is what it seems.
fn chart_of<'p>(path: &'p str, charts: &HashSet<String>) -> Option<&'p str> {
    let chart = above(path).find(|folder| charts.contains(*folder))?;
    let rest = path[chart.len()..].trim_start_matches('/');
    let is_part = ["templates/", "charts/", "ci/"].iter().any(|start| rest.starts_with(start))
        || !rest.contains('/')
            && (rest.starts_with("Chart.") || rest.starts_with("values") || rest.starts_with("requirements."));
    is_part.then_some(chart)
}

fn chart_note(chart: &str) -> String {
    let chart = if chart.is_empty() { "." } else { chart };
    format!("`{chart}` is a Helm chart; to check what it renders: helm template {chart} | meshtrace check -")
}

fn kustomize_note(root: &kustomize::Root) -> Option<String> {
    let folder = if root.folder.is_empty() { "." } else { &root.folder };
    let left: Vec<&str> = root.left.iter().copied().collect();
    (!left.is_empty()).then(|| {
        format!(
            "`{folder}` is checked without {}; to check all of it: kubectl kustomize {folder} | meshtrace check -",
            left.join(", ")
        )
    })
}
