//! Objects and Helm values to findings and trace paths: proves hop by hop, offline, that a span will arrive in Jaeger.
//!
//! In: a [`Set`] of whatever was read or rendered. Out: a [`Report`]. Reads no disk and prints nothing; a rule stays
//! silent about what is not among the files.

mod backend;
mod dns;
mod embedded;
mod hop;
mod levels;
mod load;
mod mesh;
mod path;
mod place;
mod request;
mod rule;
mod rules;
mod set;
mod tracer;
mod version;
mod way;
mod workload;

pub use hop::Hop;
pub use hop::HopKind;
pub use hop::Path;
pub use hop::State;
pub use levels::Levels;
pub use load::Loaded;
pub use load::helm_chart;
pub use path::ASSUMES;
pub use place::Located;
pub use place::Places;
pub use rule::Rule;
pub use rules::all as rules;
pub use rules::secret::PLAINTEXT_ID as PLAINTEXT;
pub(crate) use rules::secret::plaintext;
pub use set::Doc;
pub use set::Helm;
pub use set::Item;
pub use set::Set;
pub use set::span_at;

use crate::finding::Finding;
use crate::finding::Severity;
use crate::object::Id;
use crate::secrecy::Known;
use crate::secrecy::Redactor;
use backend::Backends;
use mesh::Mesh;
use rule::Sink;
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What the files do not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Hosts and ports that are there, whatever the files say: `--assume`.
    pub assume: Vec<(String, u16)>,
    /// The version of the Consul chart, over what a values file says: `--consul-chart`.
    pub consul_chart: Option<String>,
    /// The version of Kubernetes: `--kube-version`.
    pub kubernetes: Option<String>,
    /// The version of jaeger-operator, when it is known: the Jaeger it runs unless an image says otherwise.
    pub jaeger: Option<String>,
    /// The cluster's DNS domain, when it is known.
    pub domain: Option<String>,
    /// Only what is an error, and what breaks these rules; no paths either. A render that stops at errors asks for no
    /// more, and most of the work is to find places for what it would not say.
    pub errors_and: Option<Vec<String>>,
    /// Nothing but secrets in plain text.
    pub only_secrets: bool,
    /// What the values of a render hold in secret.
    pub secrets: Known,
}

/// One finding with all that reports say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Rule, severity, message, help, and where to edit.
    pub finding: Finding,
    /// The file and line of the output, when the place is a profile's or a template's.
    pub rendered: Option<(String, u32)>,
    /// The object and its `apiVersion`.
    pub object: Option<(Id, String)>,
    /// A JSON pointer into the object or the values.
    pub path: String,
    /// A JSON pointer inside the JSON text at `path`.
    pub inner: Option<String>,
    /// The renders that have it, when there are several.
    pub renders: Vec<String>,
}

/// What there is to say of a set.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was found, errors first.
    pub hits: Vec<Hit>,
    /// The path of each gateway and service.
    pub paths: Vec<Path>,
    /// How many findings a level or a comment allows.
    pub allowed: usize,
}

impl Report {
    /// How many findings are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.hits.iter().filter(|hit| hit.finding.severity == severity).count()
    }

    /// Whether the spans of all paths arrive: false when those of one do not, `None` when one is unseen or there is none.
    pub fn arrives(&self) -> Option<bool> {
        if self.paths.iter().any(|path| path.arrives == Some(false)) {
            return Some(false);
        }
        (!self.paths.is_empty() && self.paths.iter().all(|path| path.arrives == Some(true))).then_some(true)
    }

    /// Joins the report of another render. What both say is said once, with the names of both.
    pub fn join(&mut self, other: Report) {
        let own = std::mem::take(self);
        *self = Report::join_all([own, other]);
    }

    /// Joins the reports of several renders, in their order. What several say is said once, with the names of all.
    pub fn join_all(reports: impl IntoIterator<Item = Report>) -> Report {
        let mut whole = Report::default();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut paths: HashMap<String, Vec<usize>> = HashMap::new();
        for report in reports {
            // Two of one report are two.
            let (before, paths_before) = (whole.hits.len(), whole.paths.len());
            for hit in report.hits {
                match known.entry(hit.key()) {
                    Entry::Occupied(at) if *at.get() < before => {
                        let renders = &mut whole.hits[*at.get()].renders;
                        for name in hit.renders {
                            // Each report has its own names, so one that is there already came last.
                            if renders.last() != Some(&name) {
                                renders.push(name);
                            }
                        }
                    }
                    entry => {
                        entry.insert_entry(whole.hits.len());
                        whole.hits.push(hit);
                    }
                }
            }
            for path in report.paths {
                let same = paths.entry(path.service.clone()).or_default();
                if !same.iter().any(|index| *index < paths_before && whole.paths[*index] == path) {
                    same.push(whole.paths.len());
                    whole.paths.push(path);
                }
            }
            whole.allowed += report.allowed;
        }
        whole.sort();
        whole
    }

    /// Takes out what is known to be secret, also where a key or a name repeats it.
    fn redact(&mut self, secrets: &Redactor) {
        if secrets.is_empty() {
            return;
        }
        for hit in &mut self.hits {
            hit.finding = hit.finding.clone().redacted(secrets);
            let pointers = std::iter::once(&mut hit.path).chain(&mut hit.inner);
            pointers.for_each(|pointer| hide(pointer, secrets));
            if let Some((Id { namespace, name, .. }, _)) = &mut hit.object {
                [namespace, name].into_iter().for_each(|part| hide(part, secrets));
            }
        }
        for path in &mut self.paths {
            hide(&mut path.service, secrets);
            path.hops.iter_mut().for_each(|hop| hide(&mut hop.detail, secrets));
        }
    }

    pub(crate) fn sort(&mut self) {
        self.hits.sort_by(|a, b| {
            let place =
                |hit: &Hit| hit.finding.place.as_ref().map(|place| (place.file.clone(), place.line, place.column));
            (a.finding.severity, place(a), a.finding.rule).cmp(&(b.finding.severity, place(b), b.finding.rule))
        });
    }
}

fn hide<T: AsRef<str> + From<String>>(text: &mut T, secrets: &Redactor) {
    if let Cow::Owned(hidden) = secrets.text(text.as_ref()) {
        *text = hidden.into();
    }
}

impl Hit {
    /// A finding about no object.
    pub(crate) fn bare(finding: Finding) -> Hit {
        Hit { finding, rendered: None, object: None, path: String::new(), inner: None, renders: Vec::new() }
    }

    /// What makes two renders say the same.
    fn key(&self) -> String {
        let object = self.object.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
        let inner = self.inner.as_deref().unwrap_or_default();
        format!("{}\0{}\0{object}\0{}\0{inner}", self.finding.rule, self.finding.message, self.path)
    }
}

/// Judges a set. `places` finds where to edit, and is asked for findings alone.
pub fn check(set: &Set<'_>, options: &Options, places: &dyn Places) -> Report {
    let mut sink = Sink::default();
    let paths = if options.only_secrets { Vec::new() } else { prove(set, options, &mut sink) };
    let secrets = rules::secret::check(set, &options.secrets, &mut sink);
    if let Some(rules) = &options.errors_and {
        sink.0.retain(|raw| raw.severity == Severity::Error || rules.iter().any(|rule| rule == raw.rule.id));
    }
    let mut texts = place::Texts::default();
    let hits = sink.0.into_iter().map(|raw| place::hit(set, raw, places, &mut texts)).collect();
    let mut report = Report { hits, paths, allowed: 0 };
    report.redact(&secrets);
    report.sort();
    report.hits.dedup();
    report
}

/// Runs the rules, and follows the path of each gateway and service.
fn prove(set: &Set<'_>, options: &Options, sink: &mut Sink) -> Vec<Path> {
    let mut mesh = Mesh::of(set, options);
    rules::read_defaults(&mut mesh, sink);
    let backends = Backends::of(&mesh);
    rules::run(&mesh, &backends, sink);
    match options.errors_and {
        None => path::paths(&mesh, &backends, &sink.0),
        Some(_) => Vec::new(),
    }
}

/// The rule of an id.
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    rules().into_iter().find(|rule| rule.id == id)
}
