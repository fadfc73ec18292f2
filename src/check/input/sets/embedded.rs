//! What objects and files hold as Helm values of charts.

use crate::check::input::embedded::Embedded;
use crate::check::input::embedded::Text;
use crate::check::input::listed::Listed;
use crate::check::input::load::is_consul_values;
use crate::check::input::path::folder;
use crate::check::input::release;
use crate::check::input::release::Carrier;
use crate::check::input::release::Umbrella;
use crate::check::input::release::is_helmfile;
use crate::check::input::release::is_terraform;
use crate::check::input::release::is_tool;
use crate::check::input::set::walk;
use crate::check::input::sets::Sets;
use crate::object::Id;
use crate::yaml::Node;
use std::collections::HashSet;

impl Sets {
    /// Parses the YAML that objects hold as text and that may be Helm values; `changed` are objects that kustomizations
    /// changed.
    pub(super) fn embedded<'l>(&mut self, changed: impl Iterator<Item = &'l Listed> + Clone) -> Embedded {
        let changed = changed.filter_map(|listed| match listed {
            Listed::Changed(changed) => Some((&changed.1, &changed.2)),
            Listed::Same(_) => None,
        });
        let objects = self.loaded.objects().iter().map(|(id, node)| (id, node)).chain(changed);
        let wanted: HashSet<(&str, &str, &str)> =
            objects.clone().flat_map(|(id, node)| release::data(id, node)).collect();
        let texts: Vec<Text> = objects.flat_map(|(id, node)| texts(id, node, &wanted)).collect();
        Embedded::read(self.loaded.sources_mut(), texts)
    }

    /// The charts that have charts like Consul's as dependencies.
    pub(super) fn umbrellas(&self) -> Vec<Umbrella> {
        let sources = self.loaded.sources();
        let paths = self.loose.paths().filter(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            matches!(name, "Chart.yaml" | "requirements.yaml")
                && self.loose.text(sources, path).is_some_and(|text| text.contains("dependencies"))
        });
        let own = self.loaded.own_charts();
        paths.filter_map(|path| Umbrella::of(folder(path), self.loose.node(sources, path)?, own)).collect()
    }

    /// The files that install charts, each with its folder, but without those that belong to a kustomization.
    pub(super) fn carriers(&self, umbrellas: &[Umbrella]) -> Vec<(String, Carrier)> {
        let sources = self.loaded.sources();
        let mut all = Vec::new();
        for path in self.loose.paths().filter(|path| is_helmfile(path) || is_terraform(path) || is_tool(path)) {
            let node = self.loose.node(sources, path).filter(|_| !is_terraform(path));
            if release::installs(path, node, self.loose.text(sources, path).unwrap_or_default()) {
                let place = folder(path).to_string();
                let (path, node) = (path.to_string(), node.cloned());
                all.push((place.clone(), Carrier::Helmfile { path, folder: place, node }));
            }
        }
        for (index, umbrella) in umbrellas.iter().enumerate() {
            let others = self.others(umbrella);
            all.push((umbrella.folder.clone(), Carrier::Umbrella { index, others }));
        }
        all
    }

    /// The files that may be values of an umbrella chart beside its own.
    fn others(&self, umbrella: &Umbrella) -> Vec<String> {
        let sources = self.loaded.sources();
        let own = |path: &str| {
            ["values.yaml", "Chart.yaml"].iter().any(|name| path.ends_with(name)) && folder(path) == umbrella.folder
        };
        let has = |path: &&str, key: &str| {
            self.loose.text(sources, path).is_some_and(|text| text.contains(key))
                && self
                    .loose
                    .node(sources, path)
                    .and_then(|node| node.get(key))
                    .is_some_and(|part| folder(path) == umbrella.folder || is_consul_values(part))
        };
        let paths = self.loose.paths().filter(|path| !own(path) && umbrella.keys().any(|key| has(path, key)));
        paths.map(str::to_string).collect()
    }
}

/// The texts in an object that may be Helm values.
fn texts(id: &Id, node: &Node, wanted: &HashSet<(&str, &str, &str)>) -> Vec<Text> {
    let (pointers, is_template) = release::texts(id, node);
    let mut found: Vec<Text> =
        pointers.iter().filter_map(|pointer| Text::of(walk(node, pointer).0, is_template)).collect();
    if wanted.is_empty() || !matches!((&*id.group, &*id.kind), ("", "ConfigMap" | "Secret")) {
        return found;
    }
    let is_secret = &*id.kind == "Secret";
    for field in if is_secret { &["stringData", "data"][..] } else { &["data"] } {
        let entries = node.get(field).and_then(Node::as_map).into_iter().flat_map(|map| &map.entries);
        let entries = entries.filter(|entry| wanted.contains(&(&*id.kind, &*id.name, &*entry.key)));
        found.extend(entries.filter_map(|entry| match is_secret && *field == "data" {
            true => Text::decoded(&entry.value),
            false => Text::of(&entry.value, false),
        }));
    }
    found
}
