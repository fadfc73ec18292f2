//! The Helm values of a set, from files and from objects that install a chart.
//!
//! Files named on the command line merge in their order, as with `helm -f a -f b`. The values of an object win over
//! files that it does not refer to. If it is unclear which of several apply, none does.

use crate::check::input::embedded::Embedded;
use crate::check::input::load::Values;
use crate::check::input::release;
use crate::check::input::release::Part;
use crate::check::input::release::Release;
use crate::check::input::set::Helm;
use crate::check::input::set::Holds;
use crate::check::input::set::Layer;
use crate::check::input::set::Unknown;
use crate::object::Id;
use crate::source::Span;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

/// An object of a set, with the index of what its text was read as.
pub(crate) type Member<'a> = (&'a Id, &'a Node, usize);

/// A values file.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    /// Its path.
    pub(crate) path: &'a str,
    /// Whether it was named on the command line.
    pub(crate) is_named: bool,
    pub(crate) values: &'a Values,
}

/// The values of a chart.
pub(crate) struct Chart<'a> {
    chart: Option<(&'a str, Option<&'a str>)>,
    release: Option<Cow<'a, str>>,
    node: Cow<'a, Node>,
    from: Vec<Layer<'a>>,
    is_ambiguous: bool,
    elsewhere: Option<String>,
}

impl Chart<'_> {
    pub(crate) fn helm(&self) -> Helm<'_> {
        let elsewhere = self.elsewhere.as_deref().map(Unknown::Elsewhere);
        Helm {
            chart: self.chart,
            release: self.release.as_deref(),
            node: &self.node,
            from: &self.from,
            unknown: if self.is_ambiguous { Some(Unknown::Order) } else { elsewhere },
        }
    }
}

/// The values of a set, and notes about files that do not apply.
pub(crate) fn values<'a>(
    members: &[Member<'a>],
    files: &[File<'a>],
    embedded: &'a Embedded,
    own: &'a [String],
) -> (Vec<Chart<'a>>, Vec<String>) {
    let mut reader = Reader { members, files, embedded, own, index: HashMap::new(), used: HashSet::new() };
    let is_known = |chart: &str| matches!(chart, "consul" | "jaeger") || own.iter().any(|own| own == chart);
    let mut groups: BTreeMap<(&str, Option<&str>), Group<'a>> = BTreeMap::new();
    let found = reader.releases();
    for (at, release) in &found {
        // A cluster has one Consul, but may have several Jaegers.
        let name = (release.chart != "consul").then_some(&*release.name);
        let chart = reader.chart(*at, release);
        groups.entry((release.chart, name)).or_default().installed.push(chart);
    }
    let mut plain = Vec::new();
    for (index, file) in files.iter().enumerate() {
        match (file.values.chart(), file.values.release.as_deref()) {
            _ if reader.used.contains(&index) => {}
            (Some((chart, _)), release) if is_known(chart) => {
                let name = if chart == "consul" { None } else { release };
                groups.entry((chart, name)).or_default().files.push(*file);
            }
            _ => plain.push(alone(*file)),
        }
    }
    let mut notes = Vec::new();
    for ((chart, _), group) in groups {
        group.end(chart, &mut plain, &mut notes);
    }
    (plain, notes)
}

/// The values of a single file.
fn alone(file: File<'_>) -> Chart<'_> {
    Chart {
        chart: file.values.chart(),
        release: file.values.release.as_deref().map(Cow::Borrowed),
        node: Cow::Borrowed(&file.values.node),
        from: Vec::new(),
        is_ambiguous: false,
        elsewhere: None,
    }
}

/// Everything that may be the values of one chart.
#[derive(Default)]
struct Group<'a> {
    installed: Vec<Chart<'a>>,
    files: Vec<File<'a>>,
}

impl<'a> Group<'a> {
    fn end(mut self, chart: &str, all: &mut Vec<Chart<'a>>, notes: &mut Vec<String>) {
        let (named, found): (Vec<File<'a>>, Vec<File<'a>>) = self.files.iter().partition(|file| file.is_named);
        let one_installed = self.installed.len() == 1 && self.installed[0].elsewhere.is_none();
        let mut candidates = std::mem::take(&mut self.installed);
        candidates.extend(merged(&named));
        if one_installed {
            // The installed release does not use them, which matters only if they say something else.
            let other = |file: &File<'_>| candidates.first().is_none_or(|one| *one.node != file.values.node);
            for file in found.into_iter().filter(other) {
                notes.push(format!(
                    "`{}` is not used: the object that installs the chart `{chart}` does not refer to it",
                    file.path
                ));
            }
        } else {
            candidates.extend(found.into_iter().map(alone));
        }
        let is_ambiguous = candidates.windows(2).any(|pair| pair[0].node != pair[1].node);
        if !is_ambiguous && candidates.iter().all(|one| one.elsewhere.is_none()) {
            let with_version =
                candidates.iter().position(|one| one.chart.is_some_and(|(_, version)| version.is_some()));
            candidates.swap(0, with_version.unwrap_or(0));
            candidates.truncate(1);
        }
        all.extend(candidates.into_iter().map(|one| Chart { is_ambiguous, ..one }));
    }
}

/// Merges files in their order.
fn merged<'a>(files: &[File<'a>]) -> Option<Chart<'a>> {
    let (first, more) = files.split_first()?;
    let mut chart = alone(*first);
    for file in more {
        merge(chart.node.to_mut(), &file.values.node);
        let version = chart.chart.and_then(|(_, version)| version);
        chart.chart =
            chart.chart.map(|(name, _)| (name, file.values.chart().and_then(|(_, version)| version).or(version)));
        chart.release = chart.release.or(file.values.release.as_deref().map(Cow::Borrowed));
    }
    Some(chart)
}

/// Merges like Helm: maps merge, anything else replaces (`helm.sh/helm/v3/pkg/cli/values`, `mergeMaps`).
fn merge(base: &mut Node, over: &Node) {
    match (&mut base.value, &over.value) {
        (Value::Map(map), Value::Map(more)) => {
            for entry in &more.entries {
                match map.entries.iter_mut().find(|own| own.key == entry.key) {
                    Some(own) => {
                        own.key_span = entry.key_span;
                        merge(&mut own.value, &entry.value);
                    }
                    None => map.entries.push(entry.clone()),
                }
            }
        }
        _ => *base = over.clone(),
    }
}

struct Reader<'a, 'r> {
    members: &'r [Member<'a>],
    files: &'r [File<'a>],
    embedded: &'a Embedded,
    /// The charts of `--chart`.
    own: &'r [String],
    /// Objects that releases refer to, by kind, namespace and name.
    index: HashMap<(&'a str, &'a str, &'a str), usize>,
    /// Files that a release refers to.
    used: HashSet<usize>,
}

impl<'a> Reader<'a, '_> {
    /// The releases, each with the index of its object.
    fn releases(&mut self) -> Vec<(usize, Release<'a>)> {
        const KINDS: [&str; 6] =
            ["ConfigMap", "HelmChart", "HelmChartConfig", "HelmRepository", "OCIRepository", "GitRepository"];
        for (at, (id, ..)) in self.members.iter().enumerate().filter(|(_, (id, ..))| KINDS.contains(&&*id.kind)) {
            self.index.entry((&id.kind, &id.namespace, &id.name)).or_insert(at);
        }
        let (members, index, own) = (self.members, &self.index, self.own);
        let find = |_: &str, kind: &str, namespace: &str, name: &str| {
            index.get(&(kind, namespace, name)).map(|at| members[*at].1)
        };
        let releases = members.iter().enumerate();
        releases
            .flat_map(|(at, (id, node, _))| {
                release::releases(id, node, &find, own).into_iter().map(move |release| (at, release))
            })
            .collect()
    }

    fn chart(&mut self, at: usize, release: &Release<'a>) -> Chart<'a> {
        let (mut from, mut elsewhere) = (Vec::new(), None);
        for part in &release.parts {
            match self.layers(at, part) {
                Ok(layers) => from.extend(layers),
                Err(why) => elsewhere = elsewhere.or(Some(why)),
            }
        }
        let mut node = Node::new(Value::Map(Map::default()));
        // Where findings about all the values point.
        let whole = from.iter().rev().find(|layer| layer.holds != Holds::One && layer.node.span != Span::NONE);
        node.span = whole.map_or(self.members[at].1.span, |layer| layer.node.span);
        from.iter().for_each(|layer| merge(&mut node, &layer.node));
        Chart {
            chart: Some((release.chart, release.version)),
            release: Some(Cow::Owned(release.name.clone())),
            node: Cow::Owned(node),
            from,
            is_ambiguous: false,
            elsewhere,
        }
    }

    /// The values in a part of a release, or where they are.
    fn layers(&mut self, at: usize, part: &Part<'a>) -> Result<Vec<Layer<'a>>, String> {
        let map = |object, path: &str, node| Layer { object, path: path.to_string(), holds: Holds::Map, node };
        let text = |at: usize, path: &str| {
            let node = self.embedded.get(self.members[at].2, path)?;
            Some(Layer { object: Some(at), path: path.to_string(), holds: Holds::Text, node: Cow::Borrowed(node) })
        };
        Ok(match part {
            Part::Map(path, node) => vec![map(Some(at), path, Cow::Borrowed(*node))],
            Part::Text(path) => vec![text(at, path).ok_or_else(|| format!("text that is not YAML, at `{path}`"))?],
            Part::Config => {
                let id = self.members[at].0;
                let config = self.index.get(&("HelmChartConfig", &*id.namespace, &*id.name));
                config.and_then(|at| text(*at, "/spec/valuesContent")).into_iter().collect()
            }
            Part::ConfigMap { namespace, name, key } => {
                let why = || format!("the ConfigMap `{name}`");
                let path = format!("/data/{}", crate::pointer::escape(key));
                let at = self.index.get(&("ConfigMap", *namespace, *name)).ok_or_else(why)?;
                vec![text(*at, &path).ok_or_else(why)?]
            }
            Part::File(path) => {
                let index = self.file(path).ok_or_else(|| format!("the file `{path}`"))?;
                self.used.insert(index);
                vec![map(None, "", Cow::Borrowed(&self.files[index].values.node))]
            }
            Part::Set { path, value, at: pointer, node } => {
                let one =
                    one(path, Node { value: value.clone(), span: node.span }).ok_or_else(|| format!("`{path}`"))?;
                vec![Layer { object: Some(at), path: pointer.clone(), holds: Holds::One, node: Cow::Owned(one) }]
            }
            Part::Unknown(why) => return Err(why.clone()),
        })
    }

    /// The one values file at a repository path, which may start above or below the directory on the command line.
    fn file(&self, path: &str) -> Option<usize> {
        let path = crate::check::input::path::clean(path);
        let ends = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let same = |file: &File<'_>| ends(file.path, &path) || ends(&path, file.path);
        let mut found = self.files.iter().enumerate().filter(|(_, file)| same(file));
        let (index, _) = found.next()?;
        found.next().is_none().then_some(index)
    }
}

/// The values created by `--set path=value`; `None` for lists, which are padded up to the index.
fn one(path: &str, value: Node) -> Option<Node> {
    let mut keys: Vec<String> = vec![String::new()];
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        let last = keys.last_mut()?;
        match char {
            '\\' => last.extend(chars.next()),
            '.' => keys.push(String::new()),
            '[' => return None,
            char => last.push(char),
        }
    }
    let span = value.span;
    Some(keys.into_iter().rev().fold(value, |value, key| {
        let entry = crate::yaml::Entry { key: key.into(), key_span: span, value };
        Node { value: Value::Map(Map { entries: vec![entry] }), span }
    }))
}
