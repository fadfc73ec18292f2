use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "allow-unused",
    severity: Severity::Warning,
    summary: "a level or an allow comment matches nothing",
    text: "An exception that is needed no more hides the next mistake of its kind. Levels stand in `meshtrace.yaml` under \
           `check:`, or in a file as `# meshtrace: allow RULE reason`.",
    check: None,
};
