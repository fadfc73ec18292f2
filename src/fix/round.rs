//! Rounds of fixes, each proven by judging the files again.

use crate::check;
use crate::check::Editing;
use crate::check::Levels;
use crate::check::Options;
use crate::check::Report;
use crate::check::Splices;
use crate::check::Trust;
use crate::finding::Finding;
use crate::finding::RuleId;
use crate::fix::Fixed;
use crate::fix::Input;
use crate::fix::choice;
use crate::fix::choice::Wanted;
use crate::fix::count::Counts;
use crate::fix::sets;
use crate::source::SourceId;
use crate::source::Sources;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// So many rounds at most: a fix that another undoes must not go on for ever.
const ROUNDS: usize = 16;
/// What a fix brings to light is fixed together with it, so many times in a row.
const DEPTH: usize = 6;
/// The files are judged so often at most.
const JUDGED: usize = 120;

/// The files as they are at some point.
struct State {
    texts: BTreeMap<String, String>,
    report: Report,
    sources: Sources,
}

pub(super) struct Rounds<'a> {
    inputs: &'a [Input],
    options: &'a Options,
    levels: &'a Levels,
    wanted: &'a Wanted,
    /// How often the files were judged.
    judged: usize,
    /// The findings whose fix is not made, by name, and why.
    refused: HashMap<String, String>,
    /// What was fixed because another fix brought it to light, in the attempt that is being made.
    also: Vec<Finding>,
    fixed: Fixed,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(inputs: &'a [Input], options: &'a Options, levels: &'a Levels, wanted: &'a Wanted) -> Rounds<'a> {
        Rounds {
            inputs,
            options,
            levels,
            wanted,
            judged: 0,
            refused: HashMap::new(),
            also: Vec::new(),
            fixed: Fixed::default(),
        }
    }

    fn judge(&mut self, texts: BTreeMap<String, String>) -> State {
        self.judged += 1;
        let options = Options { replacements: false, ..self.options.clone() };
        let (mut report, sources) = check::check_texts(sets(self.inputs, &texts, &options), &options, self.levels);
        self.levels.apply(&mut report, false);
        State { texts, report, sources }
    }

    pub(super) fn run(mut self) -> Fixed {
        let mut state = self.judge(BTreeMap::new());
        for _ in 0..ROUNDS {
            let batch = self.batch(&state);
            if batch.is_empty() || self.judged >= JUDGED {
                break;
            }
            state = self.settle(state, batch);
        }
        self.end(state)
    }

    /// The names of the findings that are fixed next.
    fn batch(&mut self, state: &State) -> Vec<String> {
        let mut editing = Editing::new(&state.sources);
        let allowed =
            |hit: &check::ReportedFinding| self.wanted.allows(hit) && !self.refused.contains_key(&choice::name(hit));
        let (chosen, impossible) = choice::together(&state.report, &mut editing, &allowed);
        for (index, why) in impossible {
            self.refused.insert(choice::name(&state.report.findings[index]), format!("it cannot be edited: {why}"));
        }
        chosen.into_iter().map(|index| choice::name(&state.report.findings[index])).collect()
    }

    /// Makes a batch of fixes; where something is wrong with one of them, halves until it is found.
    fn settle(&mut self, state: State, batch: Vec<String>) -> State {
        if batch.is_empty() || self.judged >= JUDGED {
            return state;
        }
        let targets: Vec<usize> = (0..state.report.findings.len())
            .filter(|index| batch.contains(&choice::name(&state.report.findings[*index])))
            .collect();
        if targets.is_empty() {
            return state;
        }
        let gone = Counts::of(targets.iter().map(|index| &state.report.findings[*index]));
        let rest = Counts::of(&state.report.findings).without(&gone);
        self.also.clear();
        match self.attempt(&state, &targets, (&rest, &gone), 0) {
            Ok(new) => {
                let also = std::mem::take(&mut self.also);
                self.fixed
                    .done
                    .extend(targets.iter().map(|index| state.report.findings[*index].finding.clone()).chain(also));
                new
            }
            Err(why) if batch.len() == 1 => {
                self.refused.insert(batch[0].clone(), why);
                state
            }
            Err(_) => {
                let (first, second) = batch.split_at(batch.len() / 2);
                let second = second.to_vec();
                let state = self.settle(state, first.to_vec());
                self.settle(state, second)
            }
        }
    }

    /// The files with the fixes of these findings, if nothing is left of them and nothing else comes up that has no fix of its
    /// own; otherwise why they are not made. `rest`: what may remain; `gone`: what may not.
    fn attempt(
        &mut self,
        state: &State,
        targets: &[usize],
        (rest, gone): (&Counts, &Counts),
        depth: usize,
    ) -> Result<State, String> {
        let mut editing = Editing::new(&state.sources);
        let mut placed = Vec::new();
        let mut made = Vec::new();
        for fix in targets.iter().filter_map(|index| state.report.findings[*index].fix.as_ref()) {
            if !made.contains(&fix) {
                placed.extend(editing.place(fix)?);
                made.push(fix);
            }
        }
        let edit = |why: String| format!("it cannot be edited: {why}");
        let splices = editing.splices(&placed).map_err(edit)?;
        let texts = spliced(&state.sources, &state.texts, splices).map_err(edit)?;
        let new = self.judge(texts);
        let beyond = rest.beyond(&new.report, gone);
        let Some(first) = beyond.first() else { return Ok(new) };
        let came = &new.report.findings[*first].finding;
        let line = came.place.as_ref().map_or_else(String::new, |place| format!(" ({}:{})", place.file, place.line));
        let why = format!("with it `{}` would be found{line}: {}", came.rule, came.message);
        if depth >= DEPTH || self.judged >= JUDGED {
            return Err(why);
        }
        // What came to light may have a fix as well, and then the whole is right.
        let names: Vec<String> = beyond.iter().map(|index| choice::name(&new.report.findings[*index])).collect();
        let mut editing = Editing::new(&new.sources);
        let allowed = |hit: &check::ReportedFinding| self.wanted.allows(hit) && names.contains(&choice::name(hit));
        let (more, _) = choice::together(&new.report, &mut editing, &allowed);
        if more.is_empty() {
            return Err(why);
        }
        self.also.extend(more.iter().map(|index| new.report.findings[*index].finding.clone()));
        self.attempt(&new, &more, (rest, gone), depth + 1).map_err(|_| why)
    }

    fn end(mut self, state: State) -> Fixed {
        let judged = self.judged >= JUDGED;
        for hit in state.report.findings {
            if !self.wanted.means(&hit) {
                continue;
            }
            if hit.finding.rule == RuleId::from(&check::MALFORMED) {
                self.fixed.malformed.push(hit.finding);
                continue;
            }
            if let Some(change) = hit.profile {
                let why = format!("meshtrace rendered this file; in the profile, {change}");
                self.fixed.left.push((hit.finding, why));
                continue;
            }
            let Some(fix) = &hit.fix else { continue };
            match self.refused.remove(&choice::name(&hit)) {
                Some(why) => self.fixed.left.push((hit.finding, why)),
                None if fix.trust == Trust::Unsafe && !self.wanted.guesses => self.fixed.guesses += 1,
                None if judged => {
                    self.fixed.left.push((hit.finding, "there is too much to fix at once: run it again".into()));
                }
                None => self.fixed.left.push((hit.finding, "other fixes are in its way: run it again".into())),
            }
        }
        self.fixed.texts = state.texts;
        self.fixed
    }
}

/// The texts with all splices made. What was read as a part of a file by itself stands at the same lines and columns there.
fn spliced(
    sources: &Sources,
    texts: &BTreeMap<String, String>,
    splices: BTreeMap<SourceId, Splices>,
) -> Result<BTreeMap<String, String>, String> {
    let mut by_file: BTreeMap<&str, (SourceId, Splices)> = BTreeMap::new();
    for (part, splices) in splices {
        let whole = sources.first(part);
        let own = &mut by_file.entry(sources.name(part)).or_insert_with(|| (whole, Vec::new())).1;
        for (range, text) in splices {
            let range = if part == whole { Some(range) } else { sources.moved(part, range, whole) };
            own.push((range.ok_or("it stands elsewhere in the file")?, text));
        }
    }
    let mut texts = texts.clone();
    for (name, (source, mut splices)) in by_file {
        splices.sort_by_key(|(range, _)| (range.start, range.end));
        let old = sources.text(source);
        let mut new = String::with_capacity(old.len());
        let mut at = 0;
        for (range, text) in splices {
            let kept = (range.start >= at).then(|| old.get(at..range.start)).flatten();
            new.push_str(kept.ok_or("two fixes touch the same text")?);
            new.push_str(&text);
            at = range.end;
        }
        new.push_str(old.get(at..).unwrap_or_default());
        texts.insert(name.to_owned(), new);
    }
    Ok(texts)
}
