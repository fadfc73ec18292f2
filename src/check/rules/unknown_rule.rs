use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "unknown-rule",
    severity: Severity::Warning,
    summary: "a level is for a rule that does not exist",
    text: "`meshtrace show rules` lists them. A misspelled name would deny or allow nothing, silently.",
    check: None,
};
