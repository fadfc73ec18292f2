//! The embedded `profiles/` and `templates/`, and the examples of rules.

use crate::files::Files;

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// Input that breaks a rule of `check`, and input that does not: files by name. The first fixtures of the rule.
#[derive(Debug)]
pub struct Example {
    /// The id of the rule.
    pub rule: &'static str,
    /// Input that breaks it.
    pub fails: &'static [(&'static str, &'static str)],
    /// Input that does not.
    pub passes: &'static [(&'static str, &'static str)],
}

/// The example of a rule.
pub fn example(rule: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.rule == rule)
}

/// The shipped profiles by file name, such as `dev.yaml`.
pub fn profiles() -> Files {
    collect("profiles", PROFILES)
}

/// The shipped templates by path, such as `manifests/40-mesh/proxydefaults.yaml`.
pub fn templates() -> Files {
    collect("templates", TEMPLATES)
}

fn collect(folder: &str, list: &[(&str, &str)]) -> Files {
    let mut files = Files::default();
    for (path, text) in list {
        files.insert(*path, format!("builtin:{folder}/{path}"), *text);
    }
    files
}
