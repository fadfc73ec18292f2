//! What is wrong with the input and its levels. Reported where they are read.

use crate::check::rule::rules;

rules! {
    MALFORMED: "malformed", Error, "a file is no YAML, or a document no Kubernetes object",
        "kubectl refuses the file, so nothing of it reaches the cluster. The other files are judged without it.";
    ALLOW_UNUSED: "allow-unused", Warning, "a level or an allow comment matches nothing",
        "An exception that is needed no more hides the next mistake of its kind. Levels stand in `meshtrace.yaml` under \
         `check:`, or in a file as `# meshtrace: allow RULE reason`.";
    ALLOW_REASON: "allow-reason", Warning, "an allow comment names no known rule, or no reason",
        "Write `# meshtrace: allow RULE reason`: whoever reads it next wants to know why. Without both it allows nothing.";
    UNKNOWN_RULE: "unknown-rule", Warning, "a level is for a rule that does not exist",
        "`meshtrace show rules` lists them. A misspelled name would deny or allow nothing, silently.";
}
