use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "allow-unused",
    severity: Severity::Warning,
    summary: "a level or an allow comment matches nothing",
    text: "An exception that is no longer needed can hide the next mistake of the same kind. Levels are set in \
           `meshtrace.yaml` under `check:`, allow comments in the file itself: `# meshtrace: allow RULE reason`.",
    fixes: &[],
    check: None,
};
