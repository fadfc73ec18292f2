//! What has to be done to update a directory.
//!
//! In: an output and the current state of the directory. Out: a [`Plan`], or findings about files that may not be
//! touched. Changes nothing: a comparison ends here.

use crate::disk::LIST;
use crate::disk::Options;
use crate::disk::Outcome;
use crate::disk::journal;
use crate::disk::journal::Journal;
use crate::disk::list;
use crate::disk::list::Hash;
use crate::disk::list::Listed;
use crate::disk::merged::Merged;
use crate::disk::name;
use crate::disk::path::JOURNAL;
use crate::disk::path::STAGING;
use crate::disk::path::fold;
use crate::disk::snapshot::PathKind;
use crate::disk::snapshot::Snapshot;
use crate::disk::snapshot::Spelling;
use crate::disk::split;
use crate::disk::standing::Content;
use crate::disk::standing::Known;
use crate::disk::standing::content;
use crate::disk::standing::is_emptied;
use crate::disk::standing::known;
use crate::files::Output;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Severity;
use crate::finding::ids;
use crate::line_ends;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;

/// What the plan is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be carried out: a file that may not be touched is an error.
    Write,
    /// To be reported: a file that may not be touched is a difference and a warning.
    Compare,
}

/// What has to be done.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    /// Sorted by path.
    pub(crate) writes: Vec<Write<'a>>,
    /// Sorted.
    pub(crate) deletes: Vec<String>,
    /// Folders to delete if the deletions, now or in an interrupted write, leave them empty.
    pub(crate) emptied: BTreeSet<String>,
    /// The new text of the list if it has to be written; empty if the list has to be deleted.
    pub(crate) list: Option<String>,
    /// What to record before the first change.
    pub(crate) journal: Journal,
    /// How many files are up to date.
    pub(crate) unchanged: usize,
    /// Whether git merged the list.
    pub(crate) merged: bool,
    /// Whether an earlier write left its journal.
    pub(crate) interrupted: bool,
    /// Whether an earlier write left temporary files.
    pub(crate) littered: bool,
}

/// A file to write.
pub(crate) struct Write<'a> {
    pub(crate) path: &'a str,
    pub(crate) bytes: &'a [u8],
    /// Whether the path does not exist yet.
    pub(crate) new: bool,
}

impl Plan<'_> {
    /// The plan as reported to the user.
    pub(crate) fn outcome(&self) -> Outcome {
        let paths =
            |new| self.writes.iter().filter(|write| write.new == new).map(|write| write.path.to_owned()).collect();
        Outcome {
            added: paths(true),
            changed: paths(false),
            removed: self.deletes.clone(),
            unchanged: self.unchanged,
            listed: self.list.is_some(),
            repaired: self.interrupted,
            merged: self.merged,
        }
    }
}

/// Compares `output` with the directory `root`; `None` when there are errors.
pub(crate) fn make<'a>(
    root: &Path,
    output: &'a Output,
    options: &Options,
    purpose: Purpose,
    found: &mut Findings,
) -> Option<Plan<'a>> {
    let errors = found.errors();
    let mut snapshot = Snapshot::new(root, options.shown, found);
    let list_text = own_text(&snapshot, LIST, list::LIMIT, options.shown, found);
    let journal_text = own_text(&snapshot, JOURNAL, journal::LIMIT, options.shown, found);
    let Listed { entries, broken, merged } = list::parse(list_text.as_deref().unwrap_or_default());
    if !options.force {
        for broken in broken.iter().take(20) {
            complain(list::finding(broken, &name(options.shown, LIST)), purpose, found);
        }
    }
    if found.errors() > errors {
        // Without knowing which files are ours, nothing else can be judged.
        return None;
    }
    let known = known(entries, journal_text.as_deref());
    let paths = Paths::sort(output, &known, options);
    for path in paths.targets.iter().map(|(path, _)| path).chain(&paths.gone).chain(&paths.rest) {
        snapshot.load(split(path).0, found);
    }
    let plan = Plan {
        merged,
        interrupted: journal_text.is_some(),
        littered: !matches!(snapshot.kind_at(STAGING), Ok(PathKind::Missing)),
        ..Plan::default()
    };
    let may_replace = options.force || !broken.is_empty();
    let shown = options.shown;
    let (list, twins) = (BTreeMap::new(), HashMap::new());
    let mut planner = Planner {
        root,
        shown,
        purpose,
        may_replace,
        snapshot: &snapshot,
        known: &known,
        found,
        plan,
        list,
        twins,
        git: None,
    };
    planner.judge_folders(&paths, output);
    planner.judge_gone(&paths.gone, output);
    planner.judge_targets(&paths.targets);
    planner.judge_rest(&paths.rest);
    let Planner { mut plan, list, found, .. } = planner;
    if found.errors() > errors {
        return None;
    }
    for (path, hash) in &list {
        if !known.get(*path).is_some_and(|known| known.listed.contains(hash)) {
            plan.journal.after.push(((*path).to_owned(), *hash));
        }
    }
    let text = list::print(&list);
    let there = list_text.as_deref().unwrap_or_default();
    let same = text == there || line_ends::undone(there.as_bytes()).is_some_and(|there| there == text.as_bytes());
    plan.list = (!same).then_some(text);
    Some(plan)
}

/// The relevant paths, by what they mean.
struct Paths<'k, 'a> {
    /// Files of the output, with their bytes.
    targets: Vec<(&'a str, &'a [u8])>,
    /// Owned files that are no longer in the output.
    gone: Vec<&'k str>,
    /// Owned files that are not selected this time.
    rest: Vec<&'k str>,
}

impl<'k, 'a> Paths<'k, 'a> {
    fn sort(output: &'a Output, known: &'k BTreeMap<String, Known>, options: &Options) -> Paths<'k, 'a> {
        let meant = |path: &str| options.only.is_none_or(|only| only(path));
        let targets = output.files.iter().filter(|(path, _)| meant(path));
        let (mine, rest): (Vec<&str>, Vec<&str>) = known.keys().map(String::as_str).partition(|path| meant(path));
        Paths {
            targets: targets.map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect(),
            gone: mine.into_iter().filter(|path| !output.files.contains_key(*path)).collect(),
            rest,
        }
    }
}

/// A plan under construction.
struct Planner<'p, 'a> {
    root: &'p Path,
    shown: &'p str,
    purpose: Purpose,
    /// Whether edited and foreign files may be replaced.
    may_replace: bool,
    snapshot: &'p Snapshot<'p>,
    known: &'p BTreeMap<String, Known>,
    found: &'p mut Findings,
    plan: Plan<'a>,
    /// The new list.
    list: BTreeMap<&'p str, Hash>,
    /// Files to delete, by the folded name of a file of the output: on a case-insensitive file system they are the same
    /// file.
    twins: HashMap<String, &'p Known>,
    /// The renders that git merged, once a file needs them.
    git: Option<Merged>,
}

impl<'p, 'a: 'p> Planner<'p, 'a> {
    /// Refuses links and foreign files where a folder is needed.
    fn judge_folders(&mut self, paths: &Paths<'p, 'a>, output: &Output) {
        let going: HashSet<&str> = paths.gone.iter().copied().collect();
        let mut reported = BTreeSet::new();
        for path in paths.targets.iter().map(|(path, _)| path).chain(&paths.gone) {
            let Some(block) = self.snapshot.block(split(path).0) else { continue };
            let in_the_way = block.link || !going.contains(block.at.as_str()) && output.files.contains_key(*path);
            if !in_the_way || !reported.insert(&block.at) {
                continue;
            }
            let shown = name(self.shown, &block.at);
            if block.link {
                let message =
                    format!("`{shown}` is a symbolic link, expected a folder; meshtrace does not write through links");
                self.found.push(Finding::error(ids::SYMLINK, message).help("replace the link with a folder"));
            } else {
                let message = format!("`{shown}` exists and was not written by meshtrace, expected a folder");
                self.complain(Finding::error(ids::FOREIGN_FILE, message).help("move the file elsewhere"));
            }
        }
    }

    fn judge_gone(&mut self, gone: &[&'p str], output: &Output) {
        let snapshot = self.snapshot;
        let contents: Vec<Content> = gone
            .par_iter()
            .with_min_len(32)
            .map_init(Vec::new, |buffer, path| content(snapshot, path, None, buffer))
            .collect();
        let mut folded: Option<HashSet<String>> = None;
        for (path, content) in gone.iter().zip(contents) {
            let known = &self.known[*path];
            if !known.is_owned() {
                continue;
            }
            self.may_empty(path);
            match content {
                Content::Missing | Content::Folder => continue,
                Content::Unreadable(finding) => {
                    self.found.push(finding);
                    continue;
                }
                Content::Special => {
                    if !self.may_replace {
                        self.complain(edited(&name(self.shown, path)));
                    }
                }
                Content::File { sums, spelling, .. } => {
                    if known.foreign.contains(&sums.hash) && !known.is_ours(sums) {
                        continue;
                    }
                    let folded = folded.get_or_insert_with(|| output.files.keys().map(|path| fold(path)).collect());
                    let fold = fold(path);
                    if folded.contains(&fold) {
                        if spelling == Spelling::Other {
                            // The path already is the output's file in its new spelling.
                            continue;
                        }
                        self.twins.insert(fold, known);
                    }
                    if !known.is_ours(sums) && !sums.empty && !self.may_replace && !self.is_merged(path, known) {
                        self.complain(edited(&name(self.shown, path)));
                    }
                    self.plan.journal.before.push(((*path).to_owned(), sums.hash));
                }
            }
            self.plan.deletes.push((*path).to_owned());
        }
    }

    fn judge_targets(&mut self, targets: &[(&'a str, &'a [u8])]) {
        let snapshot = self.snapshot;
        let contents: Vec<(Hash, Content)> = targets
            .par_iter()
            .with_min_len(32)
            .map_init(Vec::new, |buffer, (path, bytes)| {
                let hash = Hash::of(bytes);
                (hash, content(snapshot, path, Some((bytes, hash)), buffer))
            })
            .collect();
        for ((path, bytes), (hash, content)) in targets.iter().copied().zip(contents) {
            if self.judge_target(path, &content) {
                let new = matches!(content, Content::Missing | Content::Folder);
                self.plan.writes.push(Write { path, bytes, new });
                self.list.insert(path, hash);
            } else {
                self.plan.unchanged += 1;
                let before = self.known.get(path).and_then(|known| known.listed.first().copied());
                self.list.insert(path, if before == Some(hash) { hash } else { Hash::kept(before, bytes) });
            }
            if let Content::Unreadable(finding) = content {
                self.found.push(finding);
            }
        }
    }

    /// Whether a file of the output has to be written.
    fn judge_target(&mut self, path: &str, content: &Content) -> bool {
        let shown = name(self.shown, path);
        let nothing = Known::default();
        let known = self.known.get(path).unwrap_or(&nothing);
        match *content {
            Content::Missing | Content::Unreadable(_) => {}
            Content::Folder => {
                if !is_emptied(self.root, path, &self.plan.deletes, &self.plan.emptied) {
                    let message =
                        format!("`{shown}` is a folder with files that meshtrace did not write, expected a file");
                    self.complain(Finding::error(ids::FOREIGN_FILE, message).help("move the folder elsewhere"));
                }
            }
            Content::Special => {
                if !self.may_replace {
                    self.complain(if known.is_owned() { edited(&shown) } else { foreign(&shown) });
                }
            }
            Content::File { sums, same, spelling } => {
                let twin = if spelling == Spelling::Other { self.twins.get(&fold(path)).copied() } else { None };
                if same && twin.is_none() {
                    return false;
                }
                let owner = twin.unwrap_or(known);
                let ours = owner.is_ours(sums) || known.is_ours(sums);
                let allowed = known.foreign.contains(&sums.hash);
                if !same && !ours && !allowed && !self.may_replace {
                    if !owner.is_owned() {
                        self.complain(foreign(&shown));
                    } else if !sums.empty && !self.is_merged(path, known) {
                        self.complain(edited(&shown));
                    }
                }
                let theirs = !ours && (allowed || !owner.is_owned());
                let journal = &mut self.plan.journal;
                let before = if theirs { &mut journal.foreign } else { &mut journal.before };
                before.push((path.to_owned(), sums.hash));
            }
        }
        true
    }

    /// Keeps the entries of files that are not selected this time.
    fn judge_rest(&mut self, rest: &[&'p str]) {
        let mut buffer = Vec::new();
        for path in rest {
            let known = &self.known[*path];
            let mut hash = known.listed.first().copied();
            if !known.journaled.is_empty() || known.listed.len() > 1 {
                // An interrupted write may or may not have reached this file.
                match content(self.snapshot, path, None, &mut buffer) {
                    Content::File { sums, .. } if known.is_ours(sums) || self.is_merged(path, known) => {
                        hash = known.ours(sums).or(Some(sums.hash));
                    }
                    Content::File { .. } => hash = hash.or(known.journaled.first().copied()),
                    Content::Unreadable(finding) => self.found.push(finding),
                    Content::Missing | Content::Folder | Content::Special => {}
                }
            }
            match hash {
                Some(hash) => {
                    self.list.insert(path, hash);
                }
                None => self.may_empty(path),
            }
        }
    }

    /// Whether the file at `path` is what git made of several renders.
    fn is_merged(&mut self, path: &str, known: &Known) -> bool {
        if known.listed.len() < 2 {
            return false;
        }
        let Ok(Some(bytes)) = self.snapshot.read_own(path, list::LIMIT) else { return false };
        self.git.get_or_insert_with(|| Merged::of(self.root)).holds(path, &known.listed, &bytes)
    }

    /// Records the folders above `path`, an owned file that is or will be deleted.
    fn may_empty(&mut self, path: &str) {
        let mut folder = split(path).0;
        while !folder.is_empty() && (!self.snapshot.is_there(folder) || self.plan.emptied.insert(folder.to_owned())) {
            folder = split(folder).0;
        }
    }

    fn complain(&mut self, finding: Finding) {
        complain(finding, self.purpose, self.found);
    }
}

/// Reports a file that may not be touched.
fn complain(finding: Finding, purpose: Purpose, found: &mut Findings) {
    let severity = if purpose == Purpose::Compare { Severity::Warning } else { finding.severity };
    found.push(Finding { severity, ..finding });
}

/// The text of the list or the journal; `None` if there is none, or, with a finding, if it is unusable.
fn own_text(snapshot: &Snapshot, path: &str, limit: u64, shown: &str, found: &mut Findings) -> Option<String> {
    let text = match snapshot.kind_at(path) {
        Ok(PathKind::Missing) => return None,
        Ok(PathKind::Folder | PathKind::Special) => {
            found.push(foreign(&name(shown, path)).help("move it elsewhere; meshtrace needs this name"));
            return None;
        }
        Ok(PathKind::File(_)) => snapshot.read_own(path, limit),
        Err(error) => Err(error),
    };
    match text {
        Ok(Some(bytes)) => return Some(String::from_utf8_lossy(&bytes).into_owned()),
        Ok(None) => {
            let message =
                format!("`{}` is larger than {} MiB, more than any rendered file", name(shown, path), limit >> 20);
            found.push(Finding::error(ids::TOO_LARGE, message).help("restore the file from git, or delete it"));
        }
        Err(error) => found.push(snapshot.cannot_read(path, &error)),
    }
    None
}

fn edited(shown: &str) -> Finding {
    Finding::error(ids::EDITED_BY_HAND, format!("`{shown}` was edited by hand since the last render")).help(
        "`meshtrace diff` shows the edit, and `git log -p -- FILE` one that was committed; move it into a profile or a \
             template, or discard it with `--force`",
    )
}

fn foreign(shown: &str) -> Finding {
    Finding::error(ids::FOREIGN_FILE, format!("`{shown}` exists and was not written by meshtrace"))
        .help("move it elsewhere, or replace it with `--force`")
}
