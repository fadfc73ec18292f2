//! What has to be done to a directory.
//!
//! In: an output and what stands in the directory now. Out: a [`Plan`], or findings about what must not be touched.
//! Reads, and changes nothing: a comparison ends here.

use crate::disk::LIST;
use crate::disk::Options;
use crate::disk::Outcome;
use crate::files::Output;
use crate::disk::journal::Journal;
use crate::disk::list;
use crate::disk::list::Hash;
use crate::disk::name;
use crate::disk::path::JOURNAL;
use crate::disk::path::STAGING;
use crate::disk::path::fold;
use crate::disk::snapshot::Snapshot;
use crate::disk::snapshot::Spelling;
use crate::disk::snapshot::Thing;
use crate::disk::split;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Severity;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use walkdir::WalkDir;

/// What the plan is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be carried out: what must not be touched is an error.
    Write,
    /// To be told: what must not be touched is a difference like any other, and a warning.
    Compare,
}

/// What has to be done.
pub(crate) struct Plan<'a> {
    /// Sorted by path.
    pub(crate) writes: Vec<Write<'a>>,
    /// Sorted.
    pub(crate) deletes: Vec<String>,
    /// Folders that go if the deletions, now or in an interrupted write, leave them empty.
    pub(crate) emptied: BTreeSet<String>,
    /// The new text of the list, when it has to be written; empty when the list has to go.
    pub(crate) list: Option<String>,
    /// What to note before the first change.
    pub(crate) journal: Journal,
    /// How many files are right already.
    pub(crate) unchanged: usize,
    /// Whether an earlier write left its journal.
    pub(crate) interrupted: bool,
    /// Whether an earlier write left temporary files.
    pub(crate) littered: bool,
}

/// A file to write.
pub(crate) struct Write<'a> {
    pub(crate) path: &'a str,
    pub(crate) bytes: &'a [u8],
    /// Whether nothing stands there yet.
    pub(crate) new: bool,
}

impl Plan<'_> {
    /// The plan as a person is told of it.
    pub(crate) fn outcome(&self) -> Outcome {
        let paths =
            |new| self.writes.iter().filter(|write| write.new == new).map(|write| write.path.to_owned()).collect();
        Outcome {
            added: paths(true),
            changed: paths(false),
            removed: self.deletes.clone(),
            unchanged: self.unchanged,
            listed: self.list.is_some(),
            mended: self.interrupted,
        }
    }
}

/// Which bytes of a file are ours.
#[derive(Default)]
struct Known {
    /// By the list; several when a broken list says so.
    listed: Vec<Hash>,
    /// By the journal.
    journaled: Vec<Hash>,
    /// Bytes of others that a person allowed to replace.
    foreign: Vec<Hash>,
}

impl Known {
    fn is_owned(&self) -> bool {
        !self.listed.is_empty() || !self.journaled.is_empty()
    }

    fn is_ours(&self, hash: Hash) -> bool {
        self.listed.contains(&hash) || self.journaled.contains(&hash)
    }
}

/// What stands at a path, once read.
enum Content {
    Missing,
    File { hash: Hash, empty: bool, same: bool, spelling: Spelling },
    Folder,
    Odd,
    Unreadable(Finding),
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
    let complain = |finding: Finding, found: &mut Findings| {
        let severity = if purpose == Purpose::Compare { Severity::Warning } else { finding.severity };
        found.push(Finding { severity, ..finding });
    };

    let list_text = own_text(&snapshot, LIST, options.shown, found);
    let (entries, broken) = list::parse(list_text.as_deref().unwrap_or_default());
    if !broken.is_empty() && !options.force {
        for broken in broken.iter().take(20) {
            complain(list::finding(broken, &name(options.shown, LIST)), found);
        }
    }
    let journal_text = own_text(&snapshot, JOURNAL, options.shown, found);
    if found.errors() > errors {
        // What is ours is not known, so nothing else could be judged.
        return None;
    }
    let may_replace = options.force || !broken.is_empty();
    let known = known(entries, journal_text.as_deref());

    let meant = |path: &str| options.only.is_none_or(|only| only(path));
    let targets: Vec<(&'a str, &'a [u8])> = output
        .files
        .iter()
        .filter(|(path, _)| meant(path))
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        .collect();
    let gone: Vec<&str> =
        known.keys().map(String::as_str).filter(|path| !output.files.contains_key(*path) && meant(path)).collect();
    let rest: Vec<&str> = known.keys().map(String::as_str).filter(|path| !meant(path)).collect();
    for path in targets.iter().map(|(path, _)| *path).chain(gone.iter().copied()).chain(rest.iter().copied()) {
        snapshot.load(split(path).0, found);
    }

    let going: HashSet<&str> = gone.iter().copied().collect();
    let mut reported = BTreeSet::new();
    for path in targets.iter().map(|(path, _)| *path).chain(gone.iter().copied()) {
        let Some(block) = snapshot.block(split(path).0) else { continue };
        if (block.link || !going.contains(block.at.as_str()) && output.files.contains_key(path))
            && reported.insert(&block.at)
        {
            let shown = name(options.shown, &block.at);
            found.push(if block.link {
                let message =
                    format!("`{shown}` is a symbolic link, expected a folder; nothing is written through a link");
                Finding::error("symlink", message).help("replace the link with a folder")
            } else {
                let message = format!("`{shown}` exists and is not meshtrace's, expected a folder");
                Finding::error("foreign-file", message).help("move the file away")
            });
        }
    }

    let hashed: Vec<(Hash, Content)> = targets
        .par_iter()
        .with_min_len(32)
        .map_init(Vec::new, |buffer, (path, bytes)| {
            let hash = Hash::of(bytes);
            (hash, content(&snapshot, path, Some((bytes, hash)), buffer))
        })
        .collect();
    let gone_contents: Vec<Content> = gone
        .par_iter()
        .with_min_len(32)
        .map_init(Vec::new, |buffer, path| content(&snapshot, path, None, buffer))
        .collect();

    let mut emptied = BTreeSet::new();
    for path in gone.iter().filter(|path| known[**path].is_owned()) {
        may_empty(&mut emptied, &snapshot, path);
    }

    let mut journal = Journal::default();
    let mut deletes = Vec::new();
    // Where the file system ignores case, a file that goes may be the very file that is to be written.
    let mut going_folded: HashMap<String, &Known> = HashMap::new();
    let mut output_folded: Option<HashSet<String>> = None;
    for (path, content) in gone.iter().zip(gone_contents) {
        let known = &known[*path];
        match content {
            Content::Missing | Content::Folder => {}
            Content::Unreadable(finding) => found.push(finding),
            Content::Odd => {
                if known.is_owned() {
                    if !may_replace {
                        complain(edited(&name(options.shown, path)), found);
                    }
                    deletes.push((*path).to_owned());
                }
            }
            Content::File { hash, empty, spelling, .. } => {
                if !known.is_owned() || known.foreign.contains(&hash) && !known.is_ours(hash) {
                    continue;
                }
                let folded = output_folded.get_or_insert_with(|| output.files.keys().map(|path| fold(path)).collect());
                let fold = fold(path);
                if spelling == Spelling::Other && folded.contains(&fold) {
                    continue;
                }
                if !known.is_ours(hash) && !empty && !may_replace {
                    complain(edited(&name(options.shown, path)), found);
                }
                if folded.contains(&fold) {
                    going_folded.insert(fold, known);
                }
                journal.before.push(((*path).to_owned(), hash));
                deletes.push((*path).to_owned());
            }
        }
    }

    let mut writes = Vec::new();
    let mut unchanged = 0;
    let mut list: BTreeMap<&str, Hash> = BTreeMap::new();
    let nothing = Known::default();
    for ((path, bytes), (new_hash, content)) in targets.iter().copied().zip(hashed) {
        list.insert(path, new_hash);
        let known = known.get(path).unwrap_or(&nothing);
        let shown = || name(options.shown, path);
        match content {
            Content::Missing => writes.push(Write { path, bytes, new: true }),
            Content::Unreadable(finding) => found.push(finding),
            Content::Folder => {
                if !is_emptied(root, path, &deletes, &emptied) {
                    let message =
                        format!("`{}` is a folder with files that are not meshtrace's, expected a file", shown());
                    complain(Finding::error("foreign-file", message).help("move the folder away"), found);
                }
                writes.push(Write { path, bytes, new: true });
            }
            Content::Odd => {
                if !may_replace {
                    complain(if known.is_owned() { edited(&shown()) } else { foreign(&shown()) }, found);
                }
                writes.push(Write { path, bytes, new: false });
            }
            Content::File { hash, empty, same, spelling } => {
                let twin = if spelling == Spelling::Other { going_folded.get(&fold(path)).copied() } else { None };
                if same && twin.is_none() {
                    unchanged += 1;
                    continue;
                }
                let owner = twin.unwrap_or(known);
                let ours = owner.is_ours(hash) || known.is_ours(hash);
                if !same && !ours && !may_replace && !known.foreign.contains(&hash) {
                    if !owner.is_owned() {
                        complain(foreign(&shown()), found);
                    } else if !empty {
                        complain(edited(&shown()), found);
                    }
                }
                let theirs = !ours && (known.foreign.contains(&hash) || !owner.is_owned());
                let before = if theirs { &mut journal.foreign } else { &mut journal.before };
                before.push((path.to_owned(), hash));
                writes.push(Write { path, bytes, new: false });
            }
        }
    }

    let mut buffer = Vec::new();
    for path in rest {
        let known = &known[path];
        let mut hash = known.listed.first().copied();
        if !known.journaled.is_empty() || known.listed.len() > 1 {
            // An interrupted write may or may not have come to this file.
            match content(&snapshot, path, None, &mut buffer) {
                Content::File { hash: now, .. } if known.is_ours(now) => hash = Some(now),
                Content::File { .. } => hash = hash.or(known.journaled.first().copied()),
                Content::Unreadable(finding) => found.push(finding),
                Content::Missing | Content::Folder | Content::Odd => {}
            }
        }
        match hash {
            Some(hash) => {
                list.insert(path, hash);
            }
            None => may_empty(&mut emptied, &snapshot, path),
        }
    }
    if found.errors() > errors {
        return None;
    }

    for (path, hash) in &list {
        if !known.get(*path).is_some_and(|known| known.listed.contains(hash)) {
            journal.after.push(((*path).to_owned(), *hash));
        }
    }
    let text = list::print(&list);
    Some(Plan {
        writes,
        deletes,
        emptied,
        list: (text != list_text.as_deref().unwrap_or_default()).then_some(text),
        journal,
        unchanged,
        interrupted: journal_text.is_some(),
        littered: !matches!(snapshot.thing(STAGING), Ok(Thing::Missing)),
    })
}

fn known(entries: Vec<(String, Hash)>, journal: Option<&str>) -> BTreeMap<String, Known> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    for (path, hash) in entries {
        known.entry(path).or_default().listed.push(hash);
    }
    let Journal { before, foreign, after } = journal.map(crate::disk::journal::parse).unwrap_or_default();
    for (path, hash) in before.into_iter().chain(after) {
        known.entry(path).or_default().journaled.push(hash);
    }
    for (path, hash) in foreign {
        known.entry(path).or_default().foreign.push(hash);
    }
    known
}

/// The text of the list or the journal; `None` when there is none, or, with a finding, none that can be used.
fn own_text(snapshot: &Snapshot, path: &str, shown: &str, found: &mut Findings) -> Option<String> {
    let mut bytes = Vec::new();
    match content(snapshot, path, None, &mut bytes) {
        Content::File { .. } => return Some(String::from_utf8_lossy(&bytes).into_owned()),
        Content::Missing => {}
        Content::Unreadable(finding) => found.push(finding),
        Content::Folder | Content::Odd => {
            found.push(foreign(&name(shown, path)).help("move it away; the name is meshtrace's"));
        }
    }
    None
}

/// What stands at `path`, compared with the bytes that should, of which the hash is known already.
fn content(snapshot: &Snapshot, path: &str, expected: Option<(&[u8], Hash)>, buffer: &mut Vec<u8>) -> Content {
    match snapshot.thing(path) {
        Ok(Thing::Missing) => Content::Missing,
        Ok(Thing::Folder) => Content::Folder,
        Ok(Thing::Odd) => Content::Odd,
        Ok(Thing::File(spelling)) => match snapshot.read(path, buffer) {
            Ok(()) => {
                let same = expected.filter(|(bytes, _)| *bytes == buffer.as_slice());
                let hash = same.map_or_else(|| Hash::of(buffer), |(_, hash)| hash);
                Content::File { hash, empty: buffer.is_empty(), same: same.is_some(), spelling }
            }
            Err(error) => Content::Unreadable(snapshot.cannot_read(path, &error)),
        },
        Err(error) => Content::Unreadable(snapshot.cannot_read(path, &error)),
    }
}

/// Notes the folders above `path`, which is ours and goes or is gone.
fn may_empty(emptied: &mut BTreeSet<String>, snapshot: &Snapshot, path: &str) {
    let mut folder = split(path).0;
    while !folder.is_empty() && (!snapshot.is_there(folder) || emptied.insert(folder.to_owned())) {
        folder = split(folder).0;
    }
}

/// Whether nothing is left of the folder at `path` after the deletions.
fn is_emptied(root: &Path, path: &str, deletes: &[String], emptied: &BTreeSet<String>) -> bool {
    let folder = root.join(path);
    WalkDir::new(&folder).into_iter().all(|entry| {
        let Ok(entry) = entry else { return false };
        let Some(inner) = entry.path().strip_prefix(&folder).ok().and_then(Path::to_str) else { return false };
        let inner = if cfg!(windows) { inner.replace('\\', "/") } else { inner.to_owned() };
        let full = if inner.is_empty() { path.to_owned() } else { format!("{path}/{inner}") };
        if entry.file_type().is_dir() { emptied.contains(&full) } else { deletes.binary_search(&full).is_ok() }
    })
}

fn edited(shown: &str) -> Finding {
    Finding::error("edited-by-hand", format!("`{shown}` was edited by hand since the last render"))
        .help("`git diff` shows the edit; put it into a profile or a template, or discard it with `--force`")
}

fn foreign(shown: &str) -> Finding {
    Finding::error("foreign-file", format!("`{shown}` exists and is not meshtrace's"))
        .help("move it away, or replace it with `--force`")
}
