//! Splits what was read into sets.

use crate::check::input::alternatives;
use crate::check::input::alternatives::Chosen;
use crate::check::input::alternatives::Key;
use crate::check::input::alternatives::Seat;
use crate::check::input::deploy;
use crate::check::input::deploy::Deployed;
use crate::check::input::embedded::Embedded;
use crate::check::input::kustomize;
use crate::check::input::kustomize::Built;
use crate::check::input::kustomize::Fault;
use crate::check::input::kustomize::HELM;
use crate::check::input::kustomize::Kustomizations;
use crate::check::input::kustomize::Root;
use crate::check::input::kustomize::Surroundings;
use crate::check::input::kustomize::secrets as secrets_of;
use crate::check::input::layers;
use crate::check::input::listed::Listed;
use crate::check::input::load::Loaded;
use crate::check::input::loose::Loose;
use crate::check::input::path::folder;
use crate::check::input::release::Carrier;
use crate::check::input::release::Umbrella;
use crate::check::input::set::Build;
use crate::check::input::set::Unbuilt;
use crate::check::input::sets::Member;
use crate::check::input::sets::Sets;
use crate::check::input::skip::Skip;
use crate::object::Id;
use crate::stack::consul;
use crate::stack::consul::validations;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::ops::Range;

/// One set: the objects, each with the index of what its text was read as, and the Helm values files.
pub(crate) struct PlannedSet {
    /// Its name; empty if there is only one set.
    pub(crate) name: String,
    pub(crate) objects: Vec<Listed>,
    /// Whether `render` wrote all of it.
    pub(crate) is_render: bool,
    /// The kustomizations, by index, with their objects.
    builds: Vec<(usize, Range<usize>)>,
    /// Where values are that may be its own too; completes the sentence "some Helm values are ...".
    pub(crate) elsewhere: Option<String>,
    /// Why what the cluster gets may differ from these objects.
    pub(crate) doubts: Vec<String>,
    /// The files of Helm values.
    files: Vec<usize>,
    /// The files that install charts.
    carriers: Vec<usize>,
}

/// All sets.
pub(crate) struct Plan {
    pub(crate) loaded: Loaded,
    pub(crate) sets: Vec<PlannedSet>,
    pub(crate) embedded: Embedded,
    pub(crate) loose: Loose,
    pub(crate) umbrellas: Vec<Umbrella>,
    kustomizations: Kustomizations,
    roots: Vec<State>,
    carriers: Vec<Carrier>,
    pub(crate) skipped: BTreeMap<Skip, usize>,
    pub(crate) notes: Vec<String>,
    /// What everything is called together.
    pub(crate) whole: String,
    files: Vec<Member>,
}

impl Sets {
    /// Splits everything into sets.
    pub(crate) fn plan(mut self) -> Plan {
        self.generate();
        let umbrellas = self.umbrellas();
        let mut carriers = Vec::new();
        let mut roots = Vec::new();
        let (places, mut notes) = self.places(&umbrellas, &mut carriers, &mut roots);
        let embedded = self.embedded(places.iter().flat_map(|place| &place.objects));
        let units = places.iter().filter(|place| place.is_render || place.is_root);
        let units: Vec<String> = units.map(|place| place.folder.clone()).collect();
        let one_namespace = !self.loaded.has_consul_namespaces();
        let seats: Vec<Seat> = places.iter().map(|place| self.seat(place, one_namespace)).collect();
        let (chosen, left) = alternatives::split(&seats);
        if left > 0 {
            notes.push(format!("{left} more alternatives are not checked: name the directories one at a time"));
        }
        let with_objects = places.iter().filter(|place| !place.objects.is_empty());
        let with_objects: Vec<String> = with_objects.map(|place| place.folder.clone()).collect();
        let mut sets = self.assemble(chosen, places);
        self.lend_values(&mut sets, &with_objects);
        if let ([only], [folder]) = (sets.as_mut_slice(), units.as_slice()) {
            only.name = self.name(folder.clone());
        }
        if let [first, second, ..] = sets.as_slice() {
            notes.insert(0, format!(
                "directories such as `{}` and `{}` hold the same objects, so each is checked as a set with what they share",
                first.name, second.name
            ));
        }
        let whole = self.whole();
        let Sets { loaded, files, skipped, loose, kustomizations, .. } = self;
        Plan { loaded, sets, embedded, loose, umbrellas, kustomizations, roots, carriers, skipped, notes, whole, files }
    }

    /// What was read, by place in the directory tree, and notes on what was not read completely.
    fn places(
        &self,
        umbrellas: &[Umbrella],
        carriers: &mut Vec<Carrier>,
        states: &mut Vec<State>,
    ) -> (Vec<Place>, Vec<String>) {
        let files: HashMap<&str, Range<usize>> = self
            .files
            .iter()
            .filter(|file| file.render.is_none())
            .map(|file| (&*file.path, file.objects.clone()))
            .collect();
        let around = Surroundings {
            files: &files,
            object: &|index| self.loaded.object(index),
            lacks: &|path| self.lacks(path),
            is_malformed: &|path| self.malformed.contains(path),
        };
        let roots = kustomize::roots(&self.kustomizations, &around);
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
            // Files listed by a kustomization belong to it.
            if file.render.is_some() || file.is_named || !listed.contains(&file.path) {
                places[at].objects.extend(file.objects.clone().map(Listed::Same));
            }
            places[at].files.extend((!file.values.is_empty()).then_some(index));
        }
        let mut notes: Vec<String> = self.charts.iter().map(|chart| chart_note(chart)).collect();
        for root in roots {
            notes.extend(kustomize_note(&root));
            let first = carriers.len();
            let Root { folder, built } = root;
            let Built { objects, open, faults, is_malformed, charts, .. } = built;
            carriers.extend(charts.iter().flat_map(|inner| self.kustomizations.charts(&folder, inner)));
            let own = (first..carriers.len()).collect();
            let build = (!open.is_empty() || !faults.is_empty() || is_malformed).then_some(states.len());
            states.extend(build.map(|_| State { folder: folder.clone(), open, faults, is_malformed }));
            places.push(Place { folder, objects, carriers: own, is_root: true, build, ..Place::default() });
        }
        let deployed = places.iter_mut().filter(|place| !place.is_render);
        let deployed = deployed.map(|Place { folder, objects, doubts, .. }| Deployed { folder, objects, doubts });
        deploy::apply(deployed.collect(), self.loaded.objects());
        for (folder, carrier) in self.carriers(umbrellas) {
            places.push(Place { folder, carriers: vec![carriers.len()], ..Place::default() });
            carriers.push(carrier);
        }
        (places, notes)
    }

    /// The sets of chosen places.
    fn assemble(&self, chosen: Vec<Chosen>, places: Vec<Place>) -> Vec<PlannedSet> {
        let several = chosen.len() > 1;
        let mut places: Vec<Option<Place>> = places.into_iter().map(Some).collect();
        let mut sets: Vec<PlannedSet> = Vec::with_capacity(chosen.len());
        for set in chosen {
            let mut one = PlannedSet {
                name: self.name(set.name),
                objects: Vec::new(),
                is_render: true,
                builds: Vec::new(),
                elsewhere: None,
                doubts: Vec::new(),
                files: Vec::new(),
                carriers: Vec::new(),
            };
            for index in set.seats {
                // Only with several sets can something be in more than one.
                match several {
                    true => {
                        let Some(place) = &places[index] else { continue };
                        one.is_render &= place.is_render;
                        one.builds.extend(place.build_at(one.objects.len()));
                        one.objects.extend(place.objects.iter().cloned());
                        one.doubts.extend(place.doubts.iter().cloned());
                        one.files.extend(&place.files);
                        one.carriers.extend(&place.carriers);
                    }
                    false => {
                        let Some(place) = places[index].take() else { continue };
                        one.is_render &= place.is_render;
                        one.builds.extend(place.build_at(one.objects.len()));
                        one.objects.extend(place.objects);
                        one.doubts.extend(place.doubts);
                        one.files.extend(place.files);
                        one.carriers.extend(place.carriers);
                    }
                }
            }
            one.files.sort_unstable();
            sets.push(one);
        }
        sets
    }

    /// Tells sets without values of Consul of those in alternatives that are none of objects: `consul/base/` and
    /// `consul/prod/`, of which a set has one if it has the same name. `with_objects` are the directories of objects.
    fn lend_values(&self, sets: &mut [PlannedSet], with_objects: &[String]) {
        let is_of_consul = |values: usize| {
            let values = self.loaded.chart_values(values);
            values.chart().is_some_and(|(name, _)| name == "consul")
        };
        let has = |set: &PlannedSet| {
            !set.carriers.is_empty() || set.files.iter().any(|file| self.files[*file].values.clone().any(is_of_consul))
        };
        if sets.len() < 2 || sets.iter().all(has) {
            return;
        }
        let alone = |file: &&Member| {
            let around = folder(folder(&file.path));
            let is_below = |place: &String| {
                place.strip_prefix(around).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            !around.is_empty() && file.values.clone().any(is_of_consul) && !with_objects.iter().any(is_below)
        };
        let used = sets.iter().flat_map(|set| &set.files).map(|file| &self.files[*file]);
        let Some(file) = used.filter(alone).min_by_key(|file| &file.path) else { return };
        for set in sets.iter_mut().filter(|set| !has(set)) {
            set.elsewhere = Some(format!("in files of which one may be its own, such as `{}`", file.path));
        }
    }

    /// What makes a place an alternative to others. Consul has `one_namespace`, unless Enterprise keeps several apart.
    fn seat(&self, place: &Place, one_namespace: bool) -> Seat {
        let mut keys = Vec::with_capacity(place.objects.len());
        let (mut names, mut once) = (Vec::with_capacity(place.objects.len()), Vec::new());
        let hash = |what: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            what(&mut hasher);
            hasher.finish()
        };
        for listed in &place.objects {
            let (id, _) = listed.get(|index| self.loaded.object(index));
            if !is_common(id) {
                let namespace = if id.namespace.is_empty() { "default" } else { &*id.namespace };
                let whole = (&id.group, &id.kind, namespace, &id.name);
                keys.push(Key { of: hash(&|hasher| whole.hash(hasher)), below: true });
                let name = hash(&|hasher| (&id.group, &id.kind, &id.name).hash(hasher));
                names.push(name);
                once.extend((one_namespace && is_once(id)).then_some(name));
            }
            keys.push(Key { of: hash(&|hasher| ("file", listed.origin()).hash(hasher)), below: true });
        }
        for values in place.files.iter().flat_map(|index| self.files[*index].values.clone()) {
            let values = self.loaded.chart_values(values);
            let chart = values.chart().map(|(name, _)| name);
            keys.push(Key { of: hash(&|hasher| ("values", chart, &values.release).hash(hasher)), below: false });
        }
        if !place.carriers.is_empty() && !place.is_root {
            keys.push(Key { of: hash(&|hasher| "carrier".hash(hasher)), below: false });
        }
        if place.is_render {
            keys.push(Key { of: 0, below: true });
        }
        Seat { folder: place.folder.clone(), keys, names, once, is_shared: place.is_named }
    }

    /// The name of a set in a directory, relative to the directory named on the command line.
    fn name(&self, path: String) -> String {
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_string();
        let below = self.folders.iter().find_map(|folder| match path.strip_prefix(&**folder)? {
            "" => Some(last(&path)),
            rest if folder.is_empty() => Some(rest.to_string()),
            rest => rest.strip_prefix('/').map(str::to_string),
        });
        below.unwrap_or(path)
    }

    /// The command line's paths in one string.
    fn whole(&self) -> String {
        match self.named.as_slice() {
            [one, two, three, more @ ..] if !more.is_empty() => {
                format!("{one}, {two}, {three} and {} more", more.len())
            }
            few => few.join(", "),
        }
    }
}

impl Plan {
    /// The files of a set that install charts.
    pub(crate) fn carriers_of(&self, set: &PlannedSet) -> Vec<&Carrier> {
        set.carriers.iter().map(|index| &self.carriers[*index]).collect()
    }

    /// The kustomizations of a set of which kustomize makes nothing, or something else.
    pub(crate) fn builds_of(&self, set: &PlannedSet) -> Vec<Build> {
        let build = |(root, objects): &(usize, Range<usize>)| {
            let State { folder, open, faults, is_malformed } = &self.roots[*root];
            let is = match (faults.is_empty(), is_malformed) {
                (false, _) => Unbuilt::Refused,
                (true, true) => Unbuilt::Malformed,
                (true, false) => {
                    let words: Vec<&str> = open.iter().copied().collect();
                    let folder = if folder.is_empty() { "." } else { folder };
                    let words = words.join(", ");
                    Unbuilt::Partly(format!("what the {words} of kustomization `{folder}` change is not known"))
                }
            };
            Build { objects: objects.clone(), is }
        };
        set.builds.iter().map(build).collect()
    }

    /// Why kustomize does not build the kustomizations of a set, each with the values that are no one's business.
    pub(crate) fn faults_of(&self, set: &PlannedSet) -> impl Iterator<Item = (&Fault, Vec<&str>)> {
        let faults = set.builds.iter().flat_map(|(root, _)| &self.roots[*root].faults);
        faults.map(|fault| (fault, self.kustomizations.node(&fault.folder).map(secrets_of).unwrap_or_default()))
    }

    /// Whether a set has an object of a kind that not all sets have.
    pub(crate) fn has_own(&self, set: &PlannedSet, (group, kind): (&str, &str)) -> bool {
        let is_one = |listed: &&Listed| {
            let (id, _) = listed.get(|index| self.loaded.object(index));
            (&*id.group, &*id.kind) == (group, kind)
        };
        let has = |other: &PlannedSet, one: &Listed| other.objects.iter().any(|own| own.origin() == one.origin());
        set.objects.iter().filter(is_one).any(|one| self.sets.iter().any(|other| !has(other, one)))
    }

    /// The Helm values files of a set.
    pub(crate) fn values_of(&self, set: &PlannedSet) -> Vec<layers::File<'_>> {
        let files = set.files.iter().map(|index| &self.files[*index]);
        let all = files.flat_map(|file| file.values.clone().map(move |index| (file, self.loaded.chart_values(index))));
        all.map(|(file, values)| layers::File { path: &file.path, is_named: file.is_named, values }).collect()
    }
}

/// Something in one place: a file, a render, a kustomization.
#[derive(Default)]
struct Place {
    folder: String,
    objects: Vec<Listed>,
    doubts: Vec<String>,
    files: Vec<usize>,
    carriers: Vec<usize>,
    is_render: bool,
    is_root: bool,
    is_named: bool,
    /// What is wrong with the kustomization, by index.
    build: Option<usize>,
}

impl Place {
    /// What is wrong with the kustomization, with its objects when they come after others.
    fn build_at(&self, before: usize) -> Option<(usize, Range<usize>)> {
        self.build.map(|build| (build, before..before + self.objects.len()))
    }
}

/// Why kustomize makes nothing of a kustomization, or something else than what is here.
struct State {
    folder: String,
    open: BTreeSet<&'static str>,
    faults: Vec<Fault>,
    is_malformed: bool,
}

/// Whether several parts of one cluster may each include this object.
fn is_common(id: &Id) -> bool {
    matches!(&*id.kind, "Namespace" | "CustomResourceDefinition")
}

/// Whether Consul keeps one such config entry of a name, whatever its namespace.
fn is_once(id: &Id) -> bool {
    let mut kinds = validations::UNIQUE.iter().chain(validations::SINGLE.iter().map(|(kind, _)| kind));
    &*id.group == consul::GROUP && kinds.any(|kind| *kind == &*id.kind)
}

fn chart_note(chart: &str) -> String {
    let chart = if chart.is_empty() { "." } else { chart };
    format!("`{chart}` is a Helm chart; to check what it renders: helm template {chart} | meshtrace check -")
}

fn kustomize_note(root: &Root) -> Option<String> {
    let folder = if root.folder.is_empty() { "." } else { &root.folder };
    let left: Vec<&str> = root.built.left.iter().copied().collect();
    // kustomize runs Helm only with this flag (`kustomize/api/types/pluginconfig.go`, `HelmConfig.Enabled`).
    let helm = if left.contains(&HELM) { "--enable-helm " } else { "" };
    (!left.is_empty()).then(|| {
        format!(
            "`{folder}` is checked without {}; to check all of it: kubectl kustomize {helm}{folder} | meshtrace check -",
            left.join(", ")
        )
    })
}
