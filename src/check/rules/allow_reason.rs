use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "allow-reason",
    severity: Severity::Warning,
    summary: "an allow comment names no known rule, or no reason",
    text: "Write `# meshtrace: allow RULE reason`: whoever reads it next wants to know why. Without both it allows nothing.",
    check: None,
};
