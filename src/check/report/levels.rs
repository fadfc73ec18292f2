//! Levels: what is denied, warned of and allowed, by `meshtrace.yaml`, the command line and comments in files.

use crate::check::Hit;
use crate::check::Loaded;
use crate::check::Report;
use crate::check::rules;
use crate::check::rules::allow_reason;
use crate::check::rules::allow_unused;
use crate::check::rules::unknown_rule;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::project::CheckLevels;
use crate::project::Level;
use crate::suggest::Asked;
use std::collections::HashMap;
use std::collections::HashSet;

/// The levels of a run.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// Of `meshtrace.yaml`.
    pub project: CheckLevels,
    /// `--deny`: rules, or `warnings`.
    pub deny: Vec<String>,
}

const WARNINGS: &str = "warnings";

impl Levels {
    /// Rules that do not exist, as findings.
    fn unknown(&self) -> Vec<Finding> {
        let known: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
        let levels = &self.project;
        let named = [&levels.allow, &levels.warn, &levels.deny].into_iter().flatten();
        let named = named.map(|level| (level.rule.as_str(), level.place.clone()));
        let mut asked = Asked::default();
        named
            .chain(self.deny.iter().map(|rule| (rule.as_str(), None)))
            .filter(|(rule, _)| *rule != WARNINGS && !known.contains(rule))
            .map(|(rule, place)| {
                let help = match asked.closest(rule, known.iter().copied()) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "`meshtrace show rules` lists them".to_string(),
                };
                Finding::warning(unknown_rule::RULE.id, format!("there is no rule `{rule}`")).at(place).help(help)
            })
            .collect()
    }

    /// Applies comments of files, before reports of several sets are joined.
    pub fn comments(&self, report: &mut Report, loaded: &Loaded) {
        let mut used: HashSet<usize> = HashSet::new();
        let allows = loaded.allows();
        let known: HashSet<&str> = rules().iter().map(|rule| rule.id).collect();
        let valid = |rule: &str, reason: &str| !reason.is_empty() && known.contains(rule);
        // The valid ones of a file and a rule, in the order of their documents, which follow one another.
        let mut by_rule: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (index, allow) in allows.iter().enumerate().filter(|(_, allow)| valid(&allow.rule, &allow.reason)) {
            by_rule.entry((&allow.file, &allow.rule)).or_default().push(index);
        }
        for list in by_rule.values_mut() {
            list.sort_by_key(|index| allows[*index].lines);
        }
        let before = report.hits.len();
        report.hits.retain(|hit| {
            let Some(place) = &hit.finding.place else { return true };
            let Some(list) = by_rule.get(&(&*place.file, hit.finding.rule)) else { return true };
            let from = list.partition_point(|index| allows[*index].lines.1 < place.line);
            let by = list[from..].first().filter(|index| allows[**index].lines.0 <= place.line);
            by.is_none_or(|index| {
                used.insert(*index);
                false
            })
        });
        report.allowed += before - report.hits.len();
        for (index, allow) in allows.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
            let _ = index;
            let finding = match valid(&allow.rule, &allow.reason) {
                true => Finding::warning(allow_unused::RULE.id, format!("nothing here breaks `{}`", allow.rule))
                    .help("remove the comment"),
                false => {
                    let message = match known.get(&*allow.rule) {
                        Some(_) => format!("`{}` is allowed without a reason", allow.rule),
                        None => format!("there is no rule `{}`", allow.rule),
                    };
                    Finding::warning(allow_reason::RULE.id, message).help("write `# meshtrace: allow RULE reason`")
                }
            };
            report.hits.push(Hit::bare(finding.at(allow.place.clone())));
        }
    }

    /// Applies the levels of the project and the command line to the joined report. `whole`: all that the project checks
    /// was, so that an unused level can be told.
    pub fn apply(&self, report: &mut Report, whole: bool) {
        let ids = |list: &'_ [Level]| -> HashSet<String> { list.iter().map(|level| level.rule.clone()).collect() };
        let (allow, warn, deny) = (ids(&self.project.allow), ids(&self.project.warn), ids(&self.project.deny));
        let known: HashSet<&str> = rules().iter().map(|rule| rule.id).collect();
        report.hits.extend(self.unknown().into_iter().map(Hit::bare));
        let levels = &self.project;
        let mut used: HashSet<&str> = HashSet::new();
        let before = report.hits.len();
        report.hits.retain(|hit| {
            used.insert(hit.finding.rule);
            !allow.contains(hit.finding.rule) || self.deny.iter().any(|rule| rule == hit.finding.rule)
        });
        report.allowed += before - report.hits.len();
        if whole {
            for level in [&levels.allow, &levels.warn].into_iter().flatten() {
                if !used.contains(level.rule.as_str())
                    && !deny.contains(&level.rule)
                    && known.contains(level.rule.as_str())
                {
                    let message = format!("nothing breaks `{}`, which has a level", level.rule);
                    let finding = Finding::warning(allow_unused::RULE.id, message).at(level.place.clone());
                    report.hits.push(Hit::bare(finding.help("remove the level")));
                }
            }
        }
        let warnings = deny.contains(WARNINGS) || self.deny.iter().any(|rule| rule == WARNINGS);
        for hit in &mut report.hits {
            let rule = hit.finding.rule;
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
