//! The stages of a diff in order. They are not called one by one from outside, so that none is left out.

use crate::diff::Change;
use crate::diff::Changes;
use crate::diff::Raw;
use crate::diff::Redacted;
use crate::diff::Redactor;
use crate::diff::Side;
use crate::diff::Tree;
use crate::diff::compare::compare_with;
use crate::diff::fold::fold;
use crate::diff::ignore;
use crate::diff::layout::layout;
use crate::diff::read;
use crate::diff::side::unread_of_same;
use crate::disk::LIST;
use crate::finding::Findings;
use crate::project::Ignore;
use crate::project::List;
use crate::running;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Two trees to compare.
#[derive(Clone, Debug, Default)]
pub struct Pair {
    /// The name of the render, if it is one.
    pub render: Option<String>,
    /// The old state.
    pub from: Tree,
    /// The new state.
    pub to: Tree,
    /// Whether FROM is the folder of a render and TO a new render, so that every byte counts.
    pub rendered: bool,
    /// How a command gets at the files of TO.
    pub reach: Reach,
}

/// How a command gets at the files of a tree, which only steps need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// They are at the paths that messages show.
    #[default]
    There,
    /// These words write them to the paths that messages show.
    After(Vec<String>),
    /// They are in git, in this folder of a revision.
    Git {
        /// The revision.
        revision: String,
        /// The path from the top of the repository.
        path: String,
    },
    /// These words, with a directory behind them, write them there.
    Into(Vec<String>),
    /// No command can get at them.
    Nowhere,
}

/// A file of a pair, with the name of its render.
type File = (Option<String>, String);

/// The differences, without secrets.
#[derive(Debug, Default)]
pub struct Answer {
    /// The changes that count, with those in several renders joined.
    pub changes: Changes<Redacted>,
    /// How many differences are ignored.
    pub ignored: usize,
    /// For each rule that ignored some, how many and why: `3 differences ignored: ...`.
    pub ignored_because: Vec<String>,
    /// Files that should be YAML but cannot be parsed, so they are compared as text.
    pub unread: Vec<String>,
    /// Files whose differences are all ignored: a patch leaves them unchanged.
    pub(crate) untouched: BTreeSet<File>,
    /// Whether the list of rendered files is itself out of date.
    pub(crate) list_is_stale: bool,
    /// Knows the secrets of all pairs.
    pub(crate) redactor: Redactor,
    /// What was read of a single pair, kept so that a program that ends does not have to free it piece by piece first.
    pub(crate) kept: Option<(Side, Side)>,
}

/// What to leave out, and what the project knows about its kinds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Which differences to ignore.
    pub ignore: &'a [Ignore],
    /// Lists of custom kinds whose items have keys.
    pub lists: &'a [List],
    /// Whether to leave out what is the same when stored.
    pub semantic: bool,
}

/// Compares all pairs. Appends to `found`, whose findings then contain no secret of any side. `None` if a side cannot be
/// read.
pub fn run(pairs: &[Pair], options: &Options<'_>, found: &mut Findings) -> Option<Answer> {
    let rules = options.ignore;
    let compared: Vec<Compared> = pairs.par_iter().map(|pair| one(pair, options.lists)).collect();
    let mut answer = Answer::default();
    let mut changes = Vec::new();
    for one in compared {
        // Of many pairs, the memory is worth more than the time.
        answer.kept = one.sides.filter(|_| pairs.len() == 1);
        found.append(one.found);
        answer.redactor.merge(one.redactor);
        answer.unread.extend(one.unread);
        changes.extend(one.changes.into_raw());
    }
    if found.errors() > 0 {
        *found = answer.redactor.findings(std::mem::take(found));
        return None;
    }
    let touched = files(&changes);
    let mut left_out = false;
    if options.semantic {
        left_out = ignore::drop_same_when_stored(&mut changes);
    }
    let result = ignore::apply(Changes::raw(changes), rules);
    found.append(result.unused(rules));
    *found = answer.redactor.findings(std::mem::take(found));
    answer.ignored = result.total();
    for (rule, count) in rules.iter().zip(&result.by_rule).filter(|(_, count)| **count > 0) {
        let plural = if *count == 1 { "difference" } else { "differences" };
        let line = format!("{count} {plural} ignored: {}", rule.reason);
        answer.ignored_because.push(answer.redactor.text(&line).into_owned());
    }
    if answer.ignored > 0 || left_out {
        answer.untouched = touched.difference(&files(&result.changes)).cloned().collect();
    }
    answer.list_is_stale = result.changes.iter().any(|change| change.file == LIST && change.note.is_some());
    answer.changes = fold(answer.redactor.hide(result.changes));
    Some(answer)
}

impl Answer {
    /// Findings without the secrets of any side.
    pub fn redacted(&self, found: Findings) -> Findings {
        self.redactor.findings(found)
    }

    /// Whether all differences of a file of `render` are ignored.
    pub fn leaves(&self, render: Option<&str>, file: &str) -> bool {
        self.untouched.contains(&(render.map(str::to_owned), file.to_owned()))
    }
}

/// The results for one pair.
#[derive(Default)]
struct Compared {
    changes: Changes<Raw>,
    redactor: Redactor,
    unread: BTreeSet<String>,
    found: Findings,
    sides: Option<(Side, Side)>,
}

fn one(pair: &Pair, lists: &[List]) -> Compared {
    let mut all = Compared::default();
    let shown = |tree: &Tree, path: &String| format!("{}{path}", tree.shown);
    if let Some(unread) = unread_of_same(&pair.from, &pair.to) {
        all.unread.extend(unread.iter().map(|path| shown(&pair.from, path)));
        if pair.rendered {
            let side = Side::default();
            all.changes = Changes::raw(layout([&pair.from, &pair.to], [&side, &side], &[], pair.render.as_deref()));
        }
        return all;
    }
    let (from, to) = read(&pair.from, &pair.to, &mut all.found);
    all.unread.extend(from.unread.iter().map(|path| shown(&pair.from, path)));
    all.unread.extend(to.unread.difference(&from.unread).map(|path| shown(&pair.to, path)));
    let _at = match pair.render.as_deref() {
        Some(render) => running::stage("the comparison of", render),
        None => running::stage("the comparison", ""),
    };
    if all.found.errors() == 0 {
        all.changes = changes(pair, &from, &to, lists);
    }
    // What is not shown needs no hiding.
    if !all.changes.is_empty() || !all.found.is_empty() {
        all.redactor = Redactor::of(&from, &to);
        all.redactor.learn_values(&pair.from);
        all.redactor.learn_values(&pair.to);
        all.redactor.learn_hidden(&pair.from, &from);
        all.redactor.learn_hidden(&pair.to, &to);
    }
    all.sides = Some((from, to));
    all
}

fn changes(pair: &Pair, from: &Side, to: &Side, lists: &[List]) -> Changes<Raw> {
    let changes = compare_with(from, to, pair.render.as_deref(), lists);
    if !pair.rendered {
        return changes;
    }
    let more = layout([&pair.from, &pair.to], [from, to], &changes, pair.render.as_deref());
    let mut changes = changes.into_raw();
    changes.extend(more);
    changes.sort_by(|a, b| a.file.cmp(&b.file));
    Changes::raw(changes)
}

/// The files with changes, each with its render.
fn files(changes: &[Change]) -> BTreeSet<File> {
    let mut files = BTreeSet::new();
    for change in changes {
        let render = change.renders.first().cloned();
        files.insert((render.clone(), change.file.clone()));
        files.extend(change.from.iter().map(|(_, file)| (render.clone(), file.clone())));
    }
    files
}
