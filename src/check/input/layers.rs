//! The values of a release in the order in which they are merged, and what is not known of them.

use crate::check::input::embedded::Embedded;
use crate::check::input::load::Values;
use crate::check::input::loose::Loose;
use crate::check::input::merge::merge;
use crate::check::input::path::join;
use crate::check::input::release;
use crate::check::input::release::Carrier;
use crate::check::input::release::Context;
use crate::check::input::release::Part;
use crate::check::input::release::Release;
use crate::check::input::release::Umbrella;
use crate::check::input::release::Where;
use crate::check::input::release::Within;
use crate::check::input::set::Holds;
use crate::check::input::set::Layer;
use crate::glob;
use crate::object::Id;
use crate::object::SEALED;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;

/// Text in place of a value that is not known.
const OPEN: &str = "${...}";

/// An object of a set.
pub(crate) type Member<'a> = (&'a Id, &'a Node);

/// A values file.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    /// Its path.
    pub(crate) path: &'a str,
    /// Whether it was named on the command line.
    pub(crate) is_named: bool,
    pub(crate) values: &'a Values,
}

/// Everything that Helm values of a set may be in.
pub(crate) struct Texts<'a, 'r> {
    pub(crate) members: &'r [Member<'a>],
    pub(crate) carriers: &'r [&'a Carrier],
    pub(crate) embedded: &'a Embedded,
    pub(crate) loose: &'a Loose,
    pub(crate) sources: &'a Sources,
    pub(crate) umbrellas: &'a [Umbrella],
    /// The charts of `--chart`.
    pub(crate) own: &'a [String],
}

/// A step of a merge.
pub(crate) enum Step<'a> {
    Layer(Layer<'a>),
    /// Something that is not known; see [`Part::Gap`].
    Gap(String),
}

/// Reads the values of releases.
pub(crate) struct Reader<'a, 'r> {
    texts: &'r Texts<'a, 'r>,
    /// Objects that releases refer to, by kind, namespace and name.
    index: HashMap<(&'a str, &'a str, &'a str), usize>,
    /// The paths of files that a release refers to.
    pub(crate) used: HashSet<&'a str>,
}

impl<'a, 'r> Reader<'a, 'r> {
    pub(crate) fn of(texts: &'r Texts<'a, 'r>) -> Reader<'a, 'r> {
        const KINDS: [&str; 7] =
            ["ConfigMap", "Secret", "HelmChart", "HelmChartConfig", "HelmRepository", "OCIRepository", "GitRepository"];
        let mut index = HashMap::new();
        for (at, (id, _)) in texts.members.iter().enumerate().filter(|(_, (id, _))| KINDS.contains(&&*id.kind)) {
            index.entry((&*id.kind, &*id.namespace, &*id.name)).or_insert(at);
        }
        Reader { texts, index, used: HashSet::new() }
    }

    /// The releases, each with the index of its object, if it is one.
    pub(crate) fn releases(&mut self) -> Vec<(Option<usize>, Release<'a>)> {
        let Texts { members, carriers, umbrellas, own, .. } = *self.texts;
        let find = |_: &str, kind: &str, namespace: &str, name: &str| {
            self.index.get(&(kind, namespace, name)).map(|at| members[*at].1)
        };
        let changes = members.iter().filter(|(id, _)| release::is_flux_kustomization(id));
        let kustomizations: Vec<&Node> = changes.map(|(_, node)| *node).collect();
        let context = Context { find: &find, umbrellas, own, kustomizations: &kustomizations };
        let mut all: Vec<(Option<usize>, Release<'a>)> = Vec::new();
        for (at, (id, node)) in members.iter().enumerate() {
            all.extend(release::releases(id, node, &context).into_iter().map(|release| (Some(at), release)));
        }
        let (last, first): (Vec<&Carrier>, Vec<&Carrier>) =
            carriers.iter().copied().partition(|carrier| matches!(carrier, Carrier::Umbrella { .. }));
        for carrier in first {
            let own = carrier.releases(&context);
            self.used.extend(carrier.idle().iter().filter_map(|path| self.texts.loose.at(path)));
            self.used.extend(carrier.file().filter(|_| !own.is_empty()));
            all.extend(own.into_iter().map(|release| (None, release)));
        }
        let folder = |release: &Release<'_>| release.within.map(|within| within.folder.to_string());
        let installed: HashSet<String> = all.iter().filter_map(|(_, release)| folder(release)).collect();
        for carrier in last {
            let own = carrier.releases(&context).into_iter();
            all.extend(
                own.filter(|one| folder(one).is_none_or(|own| !installed.contains(&own))).map(|one| (None, one)),
            );
        }
        all
    }

    /// The steps in which a release's values are merged; `None` if the chart above it does not install it.
    pub(crate) fn steps(&mut self, at: Option<usize>, release: &Release<'a>) -> Option<Vec<Step<'a>>> {
        let mut merged = Merged::default();
        let mut late = Vec::new();
        let inline = release.parts.iter().find_map(|part| match part {
            Part::Map(_, node) => Some(*node),
            _ => None,
        });
        for part in &release.parts {
            let steps = self.part(at, part, &merged.node);
            match part {
                Part::Data { to: Some(to), .. } => {
                    let wins = inline.is_some_and(|inline| is_shared(to, inline, &merged.flux));
                    if let Some(inline) = inline {
                        merge(&mut merged.flux, inline);
                    }
                    if wins { late.extend(steps) } else { merged.extend(steps) }
                }
                Part::Map(..) => {
                    merged.extend(steps);
                    merged.extend(std::mem::take(&mut late));
                }
                _ => merged.extend(steps),
            }
        }
        match release.within {
            Some(within) => within_of(within, merged),
            None => Some(merged.steps),
        }
    }

    fn part(&mut self, at: Option<usize>, part: &Part<'a>, before: &Node) -> Vec<Step<'a>> {
        let map = |object, path: &str, node| {
            let layer = Layer { object, path: path.to_string(), within: String::new(), holds: Holds::Map, node };
            vec![Step::Layer(layer)]
        };
        match part {
            Part::Map(path, node) => map(at, path, Cow::Borrowed(*node)),
            Part::Own(node) => map(None, "", Cow::Borrowed(*node)),
            Part::Text(path, node) => self.text(at, path, node, &format!("the text at `{path}`")),
            Part::Config => self.config(at),
            Part::Data { to: None, .. } => self.data(part),
            Part::Data { to: Some(to), .. } => vec![self.single(part, to, before)],
            Part::File(place) => self.file(place),
            Part::Set { path, value, at: pointer, node } => {
                let object = at.filter(|_| pointer.is_some());
                vec![one(object, pointer.as_deref(), path, value.clone(), node.span, before)]
            }
            Part::Open { path, node } => vec![one(None, None, path, Value::String(OPEN.into()), node.span, before)],
            Part::Gap(why) => vec![Step::Gap(why.clone())],
        }
    }

    /// Values in a text of an object.
    fn text(&self, at: Option<usize>, path: &str, node: &Node, what: &str) -> Vec<Step<'a>> {
        match self.texts.embedded.get(node) {
            Some(Node { value: Value::Null, .. }) => Vec::new(),
            Some(node) if node.as_map().is_some() => {
                let (path, node) = (path.to_string(), Cow::Borrowed(node));
                vec![Step::Layer(Layer { object: at, path, within: String::new(), holds: Holds::Text, node })]
            }
            _ if node.as_str().is_some_and(|text| text.starts_with(SEALED)) => {
                vec![Step::Gap(format!("in {what}, which SOPS encrypted"))]
            }
            _ => vec![Step::Gap(format!("in {what}, which is not a map of values in YAML"))],
        }
    }

    fn config(&mut self, at: Option<usize>) -> Vec<Step<'a>> {
        let Some((id, _)) = at.map(|at| self.texts.members[at]) else { return Vec::new() };
        let Some(config) = self.index.get(&("HelmChartConfig", &*id.namespace, &*id.name)).copied() else {
            return Vec::new();
        };
        let (id, node) = self.texts.members[config];
        let parts = release::config_files(id, node);
        parts.iter().flat_map(|part| self.part(Some(config), part, node)).collect()
    }

    /// The text in a ConfigMap or Secret, with the index of the object and a pointer to it, or why it is not known.
    fn found(&self, part: &Part<'a>) -> Result<Option<(usize, String, &'a Node)>, String> {
        let Part::Data { kind, namespace, name, key, optional, .. } = part else { return Ok(None) };
        let Some(at) = self.index.get(&(*kind, *namespace, *name)).copied() else {
            return Err(release::missing(&format!("the {kind} `{name}`")));
        };
        let node = self.texts.members[at].1;
        let fields: &[&str] = if *kind == "Secret" { &["stringData", "data"] } else { &["data"] };
        let found = fields.iter().find_map(|field| Some((*field, node.path(&[field, key])?)));
        match found {
            Some((field, text)) => Ok(Some((at, format!("/{field}/{}", crate::pointer::escape(key)), text))),
            // Keys that a kustomization adds to it are not known.
            None if *optional && node.span != Span::NONE => Ok(None),
            None => Err(format!("in the key `{key}` of the {kind} `{name}`, which does not have it")),
        }
    }

    fn data(&mut self, part: &Part<'a>) -> Vec<Step<'a>> {
        let Part::Data { kind, name, .. } = part else { return Vec::new() };
        match self.found(part) {
            Ok(Some((at, pointer, node))) => self.text(Some(at), &pointer, node, &format!("the {kind} `{name}`")),
            Ok(None) => Vec::new(),
            Err(why) => vec![Step::Gap(why)],
        }
    }

    /// A single value in a ConfigMap or Secret; it is text if it is in quotes (`ReplacePathValue`).
    fn single(&self, part: &Part<'a>, to: &str, before: &Node) -> Step<'a> {
        let known = match (self.found(part), part) {
            (Ok(Some((at, pointer, node))), Part::Data { kind: "ConfigMap", .. }) => {
                node.as_str().map(|text| (at, pointer, text, node.span))
            }
            _ => None,
        };
        let Some((at, pointer, text, span)) = known else {
            return one(None, None, to, Value::String(OPEN.into()), Span::NONE, before);
        };
        let quoted = |mark: char| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
        let value = match quoted('"') || quoted('\'') {
            true => Value::String(text.trim_matches(['"', '\'']).into()),
            false => release::typed(text),
        };
        one(Some(at), Some(&pointer), to, value, span, before)
    }

    fn file(&mut self, place: &Where<'a>) -> Vec<Step<'a>> {
        let (Texts { loose, sources, .. }, mut steps) = (self.texts, Vec::new());
        let (found, path, may_lack) = match place {
            Where::Repository(path) if glob::is_pattern(path) => (loose.matching(path), *path, false),
            Where::Repository(path) => (loose.find(path).into_iter().collect(), *path, false),
            Where::Beside(folder, path) if glob::is_pattern(path) => {
                (loose.matching(&join(folder, path)), *path, false)
            }
            Where::Beside(folder, path) => (loose.at(&join(folder, path)).into_iter().collect(), *path, false),
            Where::Maybe(folder, path) => (loose.at(&join(folder, path)).into_iter().collect(), *path, true),
        };
        if found.is_empty() && !may_lack {
            return vec![Step::Gap(release::missing(&format!("the file `{path}`")))];
        }
        for path in found {
            self.used.insert(path);
            match loose.node(sources, path) {
                Some(Node { value: Value::Null, .. }) => {}
                Some(node) if node.as_map().is_some() => {
                    let (path, node) = (String::new(), Cow::Borrowed(node));
                    let layer = Layer { object: None, path, within: String::new(), holds: Holds::Map, node };
                    steps.push(Step::Layer(layer));
                }
                _ if loose.text(sources, path).is_some_and(is_empty) => {}
                _ => steps.push(Step::Gap(format!("in `{path}`, which is not plain YAML"))),
            }
        }
        steps
    }
}

/// Whether a text has only comments.
fn is_empty(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#') || line == "---")
}

/// What was merged so far.
struct Merged<'a> {
    steps: Vec<Step<'a>>,
    node: Node,
    /// The same as Flux has it, which merges the inline values before it sets a `targetPath`.
    flux: Node,
}

impl Default for Merged<'_> {
    fn default() -> Self {
        let empty = || Node::new(Value::Map(Map::default()));
        Merged { steps: Vec::new(), node: empty(), flux: empty() }
    }
}

impl<'a> Merged<'a> {
    fn extend(&mut self, steps: impl IntoIterator<Item = Step<'a>>) {
        for step in steps {
            if let Step::Layer(layer) = &step {
                merge(&mut self.node, &layer.node);
                merge(&mut self.flux, &layer.node);
            }
            self.steps.push(step);
        }
    }
}

/// Whether a value at `path` wins over the inline values of a HelmRelease. Flux merges them in before it sets the value,
/// and again at the end; in between, maps that only the inline values have are the same in memory
/// (`ChartValuesFromReferences`, `MergeMaps`).
fn is_shared(path: &str, inline: &Node, before: &Node) -> bool {
    let (mut inline, mut before) = (inline, Some(before));
    let mut keys: Vec<&str> = path.split(['.', '[']).collect();
    keys.pop();
    for key in keys {
        let Some(next) = inline.get(key).filter(|node| node.as_map().is_some()) else { return false };
        before = before.and_then(|node| node.get(key)).filter(|node| node.as_map().is_some());
        if before.is_none() {
            return true;
        }
        inline = next;
    }
    false
}

/// A single value.
fn one<'a>(
    object: Option<usize>,
    pointer: Option<&str>,
    path: &str,
    value: Value,
    span: Span,
    before: &Node,
) -> Step<'a> {
    match release::one(path, value, span, before) {
        Some(node) => Step::Layer(Layer {
            object,
            path: pointer.unwrap_or_default().to_string(),
            within: String::new(),
            holds: Holds::One,
            node: Cow::Owned(node),
        }),
        None => Step::Gap(format!("at `{path}`, which is not read")),
    }
}

/// What part of an umbrella chart's values a chart in it gets: those under its key, and above all the global ones.
fn within_of<'a>(within: Within<'a>, merged: Merged<'a>) -> Option<Vec<Step<'a>>> {
    let is_known = merged.steps.iter().all(|step| matches!(step, Step::Layer(_)));
    let said = within.condition.split(',').filter(|path| !path.is_empty()).find_map(|path| {
        let steps: Vec<&str> = path.trim().split('.').collect();
        match merged.node.path(&steps)?.value {
            Value::Bool(on) => Some(on),
            _ => None,
        }
    });
    let (mut steps, mut globals) = (Vec::new(), Vec::new());
    match (said, is_known) {
        (Some(false), true) => return None,
        (Some(false), false) => {
            globals.push(Step::Gap(format!("at `{}`, which says whether the chart is installed", within.condition)));
        }
        _ => {}
    }
    for step in merged.steps {
        match step {
            Step::Layer(layer) => {
                globals.extend(only_global(&layer).map(Step::Layer));
                steps.extend(below(&layer, within.key).map(Step::Layer));
            }
            Step::Gap(why) => {
                if !globals.is_empty() {
                    globals.push(Step::Gap(why.clone()));
                }
                steps.push(Step::Gap(why));
            }
        }
    }
    steps.extend(globals);
    Some(steps)
}

/// The part of a layer under a key.
fn below<'a>(layer: &Layer<'a>, key: &str) -> Option<Layer<'a>> {
    let node = match &layer.node {
        Cow::Borrowed(node) => Cow::Borrowed(node.get(key)?),
        Cow::Owned(node) => Cow::Owned(node.get(key)?.clone()),
    };
    let step = format!("/{}", crate::pointer::escape(key));
    let (mut path, mut within) = (layer.path.clone(), layer.within.clone());
    match layer.holds {
        Holds::Map => path.push_str(&step),
        Holds::Text => within.push_str(&step),
        Holds::One => {}
    }
    Some(Layer { object: layer.object, path, within, holds: layer.holds, node })
}

/// The `global` of a layer.
fn only_global<'a>(layer: &Layer<'a>) -> Option<Layer<'a>> {
    let map = layer.node.as_map()?;
    let entry = map.entries.iter().find(|entry| &*entry.key == "global" && entry.value.as_map().is_some())?;
    let node = Node { value: Value::Map(Map { entries: vec![entry.clone()] }), span: layer.node.span };
    Some(Layer { path: layer.path.clone(), within: layer.within.clone(), node: Cow::Owned(node), ..*layer })
}
