use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "schema-wrong-type",
    severity: Severity::Error,
    summary: "a value has the wrong type",
    text: "The API server cannot decode the object and refuses it: a number or a boolean where text is wanted, a list in place of a \
           map, and so on. YAML 1.1, which Kubernetes reads, takes `yes`, `no`, `on`, `off`, `y` and `n` for booleans, `0777` \
           for an octal number and `1e3` for a number: put them in quotes to have text.",
    fixes: &[],
    check: None,
};
