use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "allow-reason",
    severity: Severity::Warning,
    summary: "an allow comment has no reason, or names an unknown rule",
    text: "Write `# meshtrace: allow RULE reason`, so that the next reader knows why the finding is accepted. A \
           comment without a known rule and a reason allows nothing.",
    fixes: &[],
    check: None,
};
