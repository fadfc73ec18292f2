//! The Helm values of a set, from files and from what installs a chart.
//!
//! Files named on the command line merge in their order, as with `helm -f a -f b`. The values of what installs a chart win
//! over files that it does not refer to. If it is unclear which of several apply, none does.

use crate::check::input::layers::File;
use crate::check::input::layers::Reader;
use crate::check::input::layers::Step;
use crate::check::input::layers::Texts;
use crate::check::input::merge::merge;
use crate::check::input::open;
use crate::check::input::release::Release;
use crate::check::input::set::Helm;
use crate::check::input::set::Holds;
use crate::check::input::set::Layer;
use crate::check::input::set::Unknown;
use crate::source::Span;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashSet;

/// The values of a chart.
pub(crate) struct Chart<'a> {
    chart: Option<(&'a str, Option<&'a str>)>,
    release: Option<Cow<'a, str>>,
    namespace: Option<&'a str>,
    node: Cow<'a, Node>,
    from: Vec<Layer<'a>>,
    is_ambiguous: bool,
    /// Completes the sentence "some Helm values are ...".
    elsewhere: Option<String>,
    /// If some values are elsewhere: those that win over them.
    certain: Option<Node>,
}

impl Chart<'_> {
    pub(crate) fn helm(&self) -> Helm<'_> {
        let elsewhere = self.elsewhere.as_deref().map(Unknown::Elsewhere);
        let is_certain = !self.is_ambiguous && self.elsewhere.is_some();
        Helm {
            chart: self.chart,
            release: self.release.as_deref(),
            namespace: self.namespace,
            node: &self.node,
            from: &self.from,
            unknown: if self.is_ambiguous { Some(Unknown::Order) } else { elsewhere },
            certain: is_certain.then(|| self.certain.as_ref().unwrap_or(&self.node)),
        }
    }

    /// Marks values whose text is filled in later as unknown.
    fn settle(mut self) -> Self {
        let chart = self.chart.map_or("consul", |(chart, _)| chart);
        if let Some(encrypted) = open::sealed(&self.node) {
            self.node = Cow::Owned(encrypted);
        }
        if self.elsewhere.is_none() {
            self.elsewhere = open::decisive(chart, &self.node).map(|path| format!("to be filled in: `{path}`"));
        }
        self
    }
}

/// The Helm values of a set.
pub(crate) struct Found<'a> {
    pub(crate) charts: Vec<Chart<'a>>,
    /// About files that do not apply.
    pub(crate) notes: Vec<String>,
    /// The paths of files that something refers to.
    pub(crate) used: HashSet<&'a str>,
}

/// Finds the values of a set.
pub(crate) fn values<'a>(texts: &Texts<'a, '_>, files: &[File<'a>]) -> Found<'a> {
    let mut reader = Reader::of(texts);
    let is_known = |chart: &str| matches!(chart, "consul" | "jaeger") || texts.own.iter().any(|own| own == chart);
    let mut groups: BTreeMap<(&str, Option<&str>), Group<'a>> = BTreeMap::new();
    let found = reader.releases();
    for (at, release) in &found {
        // A cluster has one Consul, but may have several Jaegers.
        let name = (release.chart != "consul").then_some(&*release.name);
        if let Some(steps) = reader.steps(*at, release) {
            let span = at.map_or(Span::NONE, |at| texts.members[at].1.span);
            groups.entry((release.chart, name)).or_default().installed.push(chart(release, steps, span));
        }
    }
    let mut plain = Vec::new();
    for file in files {
        match (file.values.chart(), file.values.release.as_deref()) {
            _ if reader.used.contains(file.path) => {}
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
    Found { charts: plain.into_iter().map(Chart::settle).collect(), notes, used: reader.used }
}

/// The values of a release. Without layers they are those of the chart, and findings point to `span`.
fn chart<'a>(release: &Release<'a>, steps: Vec<Step<'a>>, span: Span) -> Chart<'a> {
    let empty = || Node::new(Value::Map(Map::default()));
    let (mut node, mut certain) = (empty(), None::<Node>);
    let (mut from, mut elsewhere): (Vec<Layer<'a>>, _) = (Vec::new(), None);
    for step in steps {
        match step {
            Step::Layer(layer) => {
                merge(&mut node, &layer.node);
                certain.iter_mut().for_each(|certain| merge(certain, &layer.node));
                from.push(layer);
            }
            Step::Gap(why) => {
                certain = Some(empty());
                elsewhere = elsewhere.or(Some(why));
            }
        }
    }
    // Where findings about all the values point.
    let whole = from.iter().rev().find(|layer| layer.holds != Holds::One && layer.node.span != Span::NONE);
    node.span = whole.map_or(span, |layer| layer.node.span);
    Chart {
        chart: Some((release.chart, release.version)),
        release: Some(Cow::Owned(release.name.clone())),
        namespace: release.namespace,
        node: Cow::Owned(node),
        from,
        is_ambiguous: false,
        elsewhere,
        certain,
    }
}

/// The values of a single file.
fn alone(file: File<'_>) -> Chart<'_> {
    Chart {
        chart: file.values.chart(),
        release: file.values.release.as_deref().map(Cow::Borrowed),
        namespace: None,
        node: Cow::Borrowed(&file.values.node),
        from: Vec::new(),
        is_ambiguous: false,
        elsewhere: file.values.unread.map(|why| format!("in `{}`, which {why}", file.path)),
        certain: file.values.unread.map(|_| Node::new(Value::Map(Map::default()))),
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
                    "`{}` is not used: what installs the chart `{chart}` does not refer to it",
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
