use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "unknown-rule",
    severity: Severity::Warning,
    summary: "a level names a rule that does not exist",
    text: "`meshtrace show rules` lists the rules. A misspelled name would silently deny or allow nothing.",
    fixes: &[],
    check: None,
};
