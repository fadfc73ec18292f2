//! Levels: what is denied, reported as a warning, or allowed, by `meshtrace.yaml`, the command line and comments in
//! files.

use crate::check::input::load::Allow;
use crate::check::input::load::Loaded;
use crate::check::report::joined::Report;
use crate::check::report::joined::ReportedFinding;
use crate::check::rules;
use crate::check::rules::allow_reason;
use crate::check::rules::allow_unused;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Says;
use crate::finding::Severity;
use crate::finding::ids;
use crate::project::CheckLevels;
use crate::project::Level;
use crate::suggest::Asked;
use std::collections::HashMap;
use std::collections::HashSet;

/// The levels of a run.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// From `meshtrace.yaml`.
    pub project: CheckLevels,
    /// `--deny`: rules, or `warnings`.
    pub deny: Vec<String>,
}

const WARNINGS: &str = "warnings";

impl Levels {
    /// Reports the rules that do not exist: a level that is misspelled would silently allow or deny nothing.
    pub fn unknown(&self, found: &mut Findings) {
        let stages = ids::ALL.iter().filter(|entry| entry.says.has_levels()).map(|entry| entry.id.as_str());
        let known: Vec<&str> = rules::all().iter().map(|rule| rule.id).chain(stages).chain([WARNINGS]).collect();
        let levels = &self.project;
        let named = [&levels.allow, &levels.warn, &levels.deny].into_iter().flatten();
        let named = named.map(|level| (level.rule.as_str(), level.place.clone()));
        let mut asked = Asked::default();
        for (rule, place) in named.chain(self.deny.iter().map(|rule| (rule.as_str(), None))) {
            if known.contains(&rule) || ids::find(rule).is_some() {
                continue;
            }
            let help = match asked.closest(rule, known.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "`meshtrace show rules` lists them".to_string(),
            };
            found.push(Finding::error(ids::UNKNOWN_RULE, format!("there is no rule `{rule}`")).at(place).help(help));
        }
    }

    /// Findings about ids whose level cannot change. Denying an error is fine, because it changes nothing.
    fn unchangeable(&self) -> Vec<Finding> {
        let Levels { project: CheckLevels { allow, warn, deny }, .. } = self;
        let named = [("allowed", allow), ("made a warning", warn), ("denied", deny)];
        let named = named.into_iter().flat_map(|(verb, list)| list.iter().map(move |level| (verb, level)));
        let typed = self.deny.iter().map(|rule| ("denied", rule, None));
        named
            .map(|(verb, level)| (verb, &level.rule, level.place.clone()))
            .chain(typed)
            .filter_map(|(verb, rule, place)| {
                let why = match ids::find(rule)?.says {
                    Says::Errors if verb != "denied" => "is an error that the command cannot go on with",
                    Says::DiffWarnings => "is a warning of `diff`, which has no levels",
                    Says::Errors | Says::Warnings | Says::Both => return None,
                };
                let help = format!("remove the level; `meshtrace explain {rule}` says what to do about it");
                let message = format!("`{rule}` {why}, and cannot be {verb}");
                Some(Finding::warning(&allow_unused::RULE, message).at(place).help(help))
            })
            .collect()
    }

    /// Applies the levels that name them to the warnings of earlier stages: allowed ones are removed, denied ones
    /// become errors. Errors stay, because their stage has no usable result.
    pub fn stages(&self, found: &mut Findings) {
        (*found, _) = self.weigh(std::mem::take(found), false);
    }

    /// Like [`Levels::stages`], but `warnings` counts too. Denied findings move to the report, and allowed ones are
    /// counted there; `found` keeps the rest.
    pub fn stages_of_check(&self, found: &mut Findings, report: &mut Report) {
        let warnings =
            self.deny.iter().chain(self.project.deny.iter().map(|level| &level.rule)).any(|it| it == WARNINGS);
        let (weighed, allowed) = self.weigh(std::mem::take(found), warnings);
        report.allowed += allowed;
        for finding in weighed {
            match finding.severity {
                Severity::Error => report.findings.push(ReportedFinding::bare(finding)),
                Severity::Warning | Severity::Info => found.push(finding),
            }
        }
    }

    /// Applies levels to findings of earlier stages; also returns how many are allowed. `warnings`: all warnings are
    /// denied.
    fn weigh(&self, found: Findings, warnings: bool) -> (Findings, usize) {
        let named = |list: &[Level], id: &str| list.iter().any(|level| level.rule == id);
        let CheckLevels { allow, warn, deny } = &self.project;
        let (mut kept, mut allowed) = (Findings::default(), 0);
        for mut finding in found {
            let id = finding.rule.as_str();
            let typed = self.deny.iter().any(|rule| rule == id);
            match finding.severity {
                Severity::Warning if named(allow, id) && !typed => {
                    allowed += 1;
                    continue;
                }
                Severity::Warning if typed || named(deny, id) || warnings && !named(warn, id) => {
                    finding.severity = Severity::Error;
                }
                Severity::Error | Severity::Warning | Severity::Info => {}
            }
            kept.push(finding);
        }
        (kept, allowed)
    }

    /// Applies the comments in the files of one set, and reports those that had no effect.
    pub fn comments(&self, report: &mut Report, loaded: &Loaded) {
        let mut used = HashSet::new();
        self.allow_by_comments(report, loaded, &mut used);
        report.findings.extend(self.unused_comments(loaded, &used));
    }

    /// Applies the comments of files before the reports of several sets are joined, and records which had an effect.
    pub(crate) fn allow_by_comments(&self, report: &mut Report, loaded: &Loaded, used: &mut HashSet<usize>) {
        let allows = loaded.allows();
        let known: HashSet<&str> = rules::all().iter().map(|rule| rule.id).collect();
        let valid = |rule: &str, reason: &str| !reason.is_empty() && known.contains(rule);
        // The valid comments by file and rule; documents are in file order.
        let mut by_rule: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (index, allow) in allows.iter().enumerate().filter(|(_, allow)| valid(&allow.rule, &allow.reason)) {
            by_rule.entry((&allow.file, &allow.rule)).or_default().push(index);
        }
        for list in by_rule.values_mut() {
            list.sort_by_key(|index| allows[*index].lines);
        }
        let before = report.findings.len();
        report.findings.retain(|hit| {
            let Some(place) = &hit.finding.place else { return true };
            let Some(list) = by_rule.get(&(&*place.file, hit.finding.rule.as_str())) else { return true };
            let from = list.partition_point(|index| allows[*index].lines.1 < place.line);
            let by = list[from..].first().filter(|index| allows[**index].lines.0 <= place.line);
            by.is_none_or(|index| {
                used.insert(*index);
                false
            })
        });
        report.allowed += before - report.findings.len();
    }

    /// The comments that had no effect in any set.
    pub(crate) fn unused_comments(&self, loaded: &Loaded, used: &HashSet<usize>) -> Vec<ReportedFinding> {
        let known: HashSet<&str> = rules::all().iter().map(|rule| rule.id).collect();
        let valid = |rule: &str, reason: &str| !reason.is_empty() && known.contains(rule);
        let unused = loaded.allows().iter().enumerate().filter(|(index, _)| !used.contains(index));
        let finding = |allow: &Allow| {
            let finding = match valid(&allow.rule, &allow.reason) {
                true => Finding::warning(&allow_unused::RULE, format!("nothing here breaks `{}`", allow.rule))
                    .help("remove the comment"),
                false => {
                    let message = match known.get(&*allow.rule) {
                        Some(_) => format!("`{}` is allowed without a reason", allow.rule),
                        None if ids::find(&allow.rule).is_some() => {
                            format!("`{}` is not a rule about objects, and no comment allows it", allow.rule)
                        }
                        None => format!("there is no rule `{}`", allow.rule),
                    };
                    Finding::warning(&allow_reason::RULE, message).help("write `# meshtrace: allow RULE reason`")
                }
            };
            ReportedFinding::bare(finding.at(allow.place.clone()))
        };
        unused.map(|(_, allow)| finding(allow)).collect()
    }

    /// Applies the levels of the project and the command line to the joined report. `whole`: everything that the
    /// project checks was checked, so unused levels can be reported.
    pub fn apply(&self, report: &mut Report, whole: bool) {
        let ids = |list: &'_ [Level]| -> HashSet<String> { list.iter().map(|level| level.rule.clone()).collect() };
        let (allow, warn, deny) = (ids(&self.project.allow), ids(&self.project.warn), ids(&self.project.deny));
        let known: HashSet<&str> = rules::all().iter().map(|rule| rule.id).collect();
        report.findings.extend(self.unchangeable().into_iter().map(ReportedFinding::bare));
        let levels = &self.project;
        let mut used: HashSet<&str> = HashSet::new();
        let before = report.findings.len();
        report.findings.retain(|hit| {
            used.insert(hit.finding.rule.as_str());
            !allow.contains(hit.finding.rule.as_str()) || self.deny.iter().any(|rule| rule == hit.finding.rule.as_str())
        });
        report.allowed += before - report.findings.len();
        if whole {
            for level in [&levels.allow, &levels.warn].into_iter().flatten() {
                if !used.contains(level.rule.as_str())
                    && !deny.contains(&level.rule)
                    && known.contains(level.rule.as_str())
                {
                    let message = format!("nothing breaks `{}`, which has a level", level.rule);
                    let finding = Finding::warning(&allow_unused::RULE, message).at(level.place.clone());
                    report.findings.push(ReportedFinding::bare(finding.help("remove the level")));
                }
            }
        }
        let warnings = deny.contains(WARNINGS) || self.deny.iter().any(|rule| rule == WARNINGS);
        for hit in &mut report.findings {
            let rule = hit.finding.rule.as_str();
            let denied = deny.contains(rule) || self.deny.iter().any(|one| one == rule);
            if denied || warnings && hit.finding.severity == Severity::Warning && !warn.contains(rule) {
                hit.finding.severity = Severity::Error;
            } else if warn.contains(rule) && hit.finding.severity != Severity::Info {
                hit.finding.severity = Severity::Warning;
            }
        }
        report.sort();
    }
}
