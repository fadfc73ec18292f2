//! Splits what was read into sets.

use crate::check::input::alternatives;
use crate::check::input::alternatives::Chosen;
use crate::check::input::alternatives::Key;
use crate::check::input::alternatives::Seat;
use crate::check::input::deploy;
use crate::check::input::deploy::Deployed;
use crate::check::input::embedded::Embedded;
use crate::check::input::kustomize::HELM;
use crate::check::input::kustomize::Root;
use crate::check::input::layers;
use crate::check::input::listed::Listed;
use crate::check::input::load::Loaded;
use crate::check::input::loose::Loose;
use crate::check::input::path::folder;
use crate::check::input::release::Carrier;
use crate::check::input::release::Umbrella;
use crate::check::input::sets::Member;
use crate::check::input::sets::Sets;
use crate::check::input::skip::Skip;
use crate::object::Id;
use crate::stack::consul;
use crate::stack::consul::validations;
use std::collections::BTreeMap;
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
        let (places, mut notes) = self.places(&umbrellas, &mut carriers);
        let embedded = self.embedded(places.iter().flat_map(|place| &place.objects));
        let units = places.iter().filter(|place| place.is_render || place.is_root);
        let units: Vec<String> = units.map(|place| place.folder.clone()).collect();
        let one_namespace = !self.loaded.has_consul_namespaces();
        let seats: Vec<Seat> = places.iter().map(|place| self.seat(place, one_namespace)).collect();
        let (chosen, left) = alternatives::split(&seats);
        if left > 0 {
            notes.push(format!("{left} more alternatives are not checked: name the directories one at a time"));
        }
        let mut sets = self.assemble(chosen, places);
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
        let Sets { loaded, files, skipped, loose, .. } = self;
        Plan { loaded, sets, embedded, loose, umbrellas, carriers, skipped, notes, whole, files }
    }

    /// What was read, by place in the directory tree, and notes on what was not read completely.
    fn places(&self, umbrellas: &[Umbrella], carriers: &mut Vec<Carrier>) -> (Vec<Place>, Vec<String>) {
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
            carriers.extend(root.charts.iter().flat_map(|folder| self.kustomizations.charts(&root.folder, folder)));
            let own = (first..carriers.len()).collect();
            let Root { folder, objects, .. } = root;
            places.push(Place { folder, objects, carriers: own, is_root: true, ..Place::default() });
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
                        one.objects.extend(place.objects.iter().cloned());
                        one.doubts.extend(place.doubts.iter().cloned());
                        one.files.extend(&place.files);
                        one.carriers.extend(&place.carriers);
                    }
                    false => {
                        let Some(place) = places[index].take() else { continue };
                        one.is_render &= place.is_render;
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
    let left: Vec<&str> = root.left.iter().copied().collect();
    // kustomize runs Helm only with this flag (`kustomize/api/types/pluginconfig.go`, `HelmConfig.Enabled`).
    let helm = if left.contains(&HELM) { "--enable-helm " } else { "" };
    (!left.is_empty()).then(|| {
        format!(
            "`{folder}` is checked without {}; to check all of it: kubectl kustomize {helm}{folder} | meshtrace check -",
            left.join(", ")
        )
    })
}
