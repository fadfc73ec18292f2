//! The report on one or more sets.

use crate::check::cure::Trust;
use crate::check::hop::Gathered;
use crate::check::hop::KEPT;
use crate::check::hop::MorePaths;
use crate::check::hop::Path;
use crate::check::hop::Untraced;
use crate::check::input::skip::Skip;
use crate::check::report::fix::Fix;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::object::Id;
use crate::secrecy::Redactor;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

/// A finding with everything that reports print about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedFinding {
    /// Rule, severity, message, help, and the place to edit.
    pub finding: Finding,
    /// The file and line in the output, if the place to edit is in a profile or template.
    pub rendered: Option<(String, u32)>,
    /// The object and its `apiVersion`.
    pub object: Option<(Id, String)>,
    /// A JSON pointer into the object or the values.
    pub path: String,
    /// A JSON pointer inside the JSON text at `path`.
    pub inner: Option<String>,
    /// The renders that it occurs in, if there are several.
    pub renders: Vec<String>,
    /// How to fix it, when that is known and its file can be edited.
    pub fix: Option<Fix>,
    /// What to change in the profile instead, when it was rendered.
    pub profile: Option<String>,
    /// The fix as changes of the file's text, when they are asked for (`Options::replacements`).
    pub replacements: Vec<Replacement>,
}

/// A part of a file, and what is to stand there. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The file.
    pub file: Arc<str>,
    /// Line and column of the first character.
    pub start: (u32, u32),
    /// Line and column behind the last character.
    pub end: (u32, u32),
    /// The new text.
    pub text: String,
}

/// The result of checking one or more sets.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The findings, errors first.
    pub findings: Vec<ReportedFinding>,
    /// The path of each gateway and service. If there are very many, only some are kept, preferring those that do not
    /// arrive.
    pub paths: Vec<Path>,
    /// Counts of the other paths. A path that several renders share is counted for each.
    pub more_paths: MorePaths,
    /// Services without a path, because Envoy creates no spans for them.
    pub untraced: Vec<Untraced>,
    /// How many findings were allowed by a level or a comment.
    pub allowed: usize,
    /// How many files in directories were skipped, by reason.
    pub skipped: BTreeMap<Skip, usize>,
    /// Notes on how the files were read, one line each.
    pub notes: Vec<String>,
    /// What the paths begin with in formats for code hosts, which want them from the top of the repository, such as
    /// `teams/mesh/`; usually nothing.
    pub root: String,
    /// The directory of each render that was checked, by its name; empty if files were checked.
    pub dirs: BTreeMap<String, String>,
}

impl Report {
    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|hit| hit.finding.severity == severity).count()
    }

    /// How many findings `fix` removes, with certainty or by guessing.
    pub fn fixable(&self, trust: Trust) -> usize {
        self.findings.iter().filter(|hit| hit.fix.as_ref().is_some_and(|fix| fix.trust == trust)).count()
    }

    /// What to name to `fix`: the only file with findings that it removes, else the directory of all.
    pub(crate) fn fixable_path(&self) -> String {
        let fixable = self.findings.iter().filter(|hit| hit.fix.is_some());
        let files: std::collections::BTreeSet<&str> =
            fixable.filter_map(|hit| hit.finding.place.as_ref()).map(|place| &*place.file).collect();
        let (Some(first), Some(last)) = (files.first(), files.last()) else { return "PATH".to_string() };
        if first == last {
            return if *first == "stdin" { "-" } else { first }.to_string();
        }
        let steps = |path: &str| path.split('/').map(str::to_string).collect::<Vec<_>>();
        let (first, last) = (steps(first), steps(last));
        let same = first.iter().zip(&last).take_while(|(a, b)| a == b).count().min(first.len() - 1);
        let folder = first[..same].join("/");
        if folder.is_empty() { ".".to_string() } else { folder }
    }

    /// Whether the spans of all paths arrive: false if some do not, `None` if some are unseen or there are no paths.
    pub fn arrives(&self) -> Option<bool> {
        if self.more_paths.broken > 0 || self.paths.iter().any(|path| path.arrives == Some(false)) {
            return Some(false);
        }
        let unseen = self.more_paths.unseen > 0 || self.paths.iter().any(|path| path.arrives.is_none());
        (!self.paths.is_empty() && !unseen).then_some(true)
    }

    /// How many paths have a hop that is not among the files, and none that is broken.
    pub fn unseen_paths(&self) -> usize {
        self.more_paths.unseen + self.paths.iter().filter(|path| path.arrives.is_none()).count()
    }

    /// Marks everything as belonging to the set `name`.
    pub fn name(&mut self, name: &str) {
        let name: Arc<str> = name.into();
        self.paths.iter_mut().for_each(|path| path.set = Arc::clone(&name));
        self.untraced.iter_mut().for_each(|one| one.set = Arc::clone(&name));
    }

    /// Adds the report of another render. What both have is listed once, with both names.
    pub fn join(&mut self, other: Report) {
        let own = std::mem::take(self);
        *self = Report::join_all([own, other]);
    }

    /// Joins the reports of several renders, in order. What several have is listed once, with all names.
    pub fn join_all(reports: impl IntoIterator<Item = Report>) -> Report {
        let mut whole = Report::default();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut gathered = Gathered::default();
        let mut paths: HashMap<u64, Vec<usize>> = HashMap::new();
        for report in reports {
            // Duplicates within one report are kept.
            let (before, paths_before) = (whole.findings.len(), gathered.paths.len());
            for hit in report.findings {
                match known.entry(hit.key()) {
                    Entry::Occupied(at) if *at.get() < before => {
                        let first = &mut whole.findings[*at.get()];
                        // It is gone when it is fixed in the files of all sets.
                        if let (Some(fix), Some(other)) = (&mut first.fix, hit.fix) {
                            let more = other.edits.into_iter().filter(|edit| !fix.edits.contains(edit));
                            let more: Vec<_> = more.collect();
                            fix.edits.extend(more);
                        }
                        let renders = &mut first.renders;
                        for name in hit.renders {
                            // Each report has its own name, so a repeated name must be the last one.
                            if renders.last() != Some(&name) {
                                renders.push(name);
                            }
                        }
                    }
                    entry => {
                        entry.insert_entry(whole.findings.len());
                        whole.findings.push(hit);
                    }
                }
            }
            for path in report.paths {
                let same = paths.entry(hash_of(&path)).or_default();
                let known = same.iter().any(|index| *index < paths_before && gathered.paths[*index] == path);
                let next = gathered.paths.len();
                if !known && gathered.push(path) {
                    same.push(next);
                }
            }
            gathered.count(report.more_paths);
            let room = KEPT.saturating_sub(whole.untraced.len());
            whole.untraced.extend(report.untraced.into_iter().take(room));
            whole.allowed += report.allowed;
            whole.notes.extend(report.notes);
            for (why, count) in report.skipped {
                *whole.skipped.entry(why).or_default() += count;
            }
        }
        (whole.paths, whole.more_paths) = gathered.end();
        whole.sort();
        whole
    }

    /// Removes known secrets, including where a key or a name repeats one.
    pub(crate) fn redact(&mut self, secrets: &Redactor) {
        if secrets.is_empty() {
            return;
        }
        for hit in &mut self.findings {
            hit.finding = hit.finding.clone().redacted(secrets);
            let pointers = std::iter::once(&mut hit.path).chain(&mut hit.inner).chain(&mut hit.profile);
            pointers.for_each(|pointer| hide(pointer, secrets));
            if let Some((Id { namespace, name, .. }, _)) = &mut hit.object {
                [namespace, name].into_iter().for_each(|part| hide(part, secrets));
            }
        }
        self.untraced.iter_mut().for_each(|one| hide(&mut one.service, secrets));
        for path in &mut self.paths {
            hide(&mut path.service, secrets);
            path.hops.iter_mut().for_each(|hop| hide(&mut hop.detail, secrets));
        }
    }

    pub(crate) fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            let place = |hit: &ReportedFinding| {
                hit.finding.place.as_ref().map(|place| (place.file.clone(), place.line, place.column))
            };
            (a.finding.severity, place(a), a.finding.rule).cmp(&(b.finding.severity, place(b), b.finding.rule))
        });
    }
}

fn hide<T: AsRef<str> + From<String>>(text: &mut T, secrets: &Redactor) {
    if let Cow::Owned(hidden) = secrets.text(text.as_ref()) {
        *text = hidden.into();
    }
}

impl ReportedFinding {
    /// A finding that is not about an object.
    pub(crate) fn bare(finding: Finding) -> ReportedFinding {
        ReportedFinding {
            finding,
            rendered: None,
            object: None,
            path: String::new(),
            inner: None,
            renders: Vec::new(),
            fix: None,
            profile: None,
            replacements: Vec::new(),
        }
    }

    /// The key by which findings of different renders are considered equal.
    fn key(&self) -> String {
        let object = self.object.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
        let inner = self.inner.as_deref().unwrap_or_default();
        format!("{}\0{}\0{object}\0{}\0{inner}", self.finding.rule, self.finding.message, self.path)
    }
}

fn hash_of(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
