use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "cron-schedule",
    severity: Severity::Error,
    summary: "the schedule of a CronJob cannot be read",
    text: "A schedule has five fields, or is `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly` or `@every` \
           with a duration; the week's days are 0 to 6. The API server refuses anything else \
           (`k8s.io/kubernetes` `pkg/apis/batch/validation`, `robfig/cron` v3).",
    fixes: &[],
    check: None,
};
