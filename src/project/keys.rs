//! The keys of `meshtrace.yaml`, as the reader takes them and as `explain` describes them.

/// A key and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// From the top, with dots; an item of a list has no step of its own.
    pub path: &'static str,
    /// Its type.
    pub expects: &'static str,
    /// What it does.
    pub about: &'static str,
    /// YAML that uses it; may be empty.
    pub example: &'static str,
}

const fn key(path: &'static str, expects: &'static str, about: &'static str, example: &'static str) -> Key {
    Key { path, expects, about, example }
}

/// All keys, a map before its own.
pub static KEYS: &[Key] = &[
    key(
        "requires",
        "a version such as \"0.1\", in quotes",
        "The version of meshtrace that the file is written for. Another minor version refuses to run.",
        "requires: \"0.1\"",
    ),
    key(
        "out",
        "a folder below meshtrace.yaml",
        "Where renders are written, each in a folder of its name. Default: out.",
        "out: deploy",
    ),
    key(
        "renders",
        "a map from names to lists of profiles",
        "What `render`, `check` and `diff` work on without `-p`: the name is the folder below `out`, the list the profiles, \
         lowest first. A key with `*` makes one render for each profile that matches.",
        "renders:\n  dev: [dev]\n  \"clusters/*\": [production, \"clusters/*\"]",
    ),
    key(
        "check",
        "a map",
        "The levels of rules that differ from the defaults.",
        "check: {warn: {jaeger-v1-eol: \"we migrate in May\"}}",
    ),
    key(
        "check.allow",
        "a map from rules to reasons",
        "What these rules find is counted, but not printed, and does not fail.",
        "check: {allow: {agent-in-job: \"our jobs stop the agent\"}}",
    ),
    key("check.warn", "a map from rules to reasons", "What these rules find is printed, but does not fail.", ""),
    key(
        "check.deny",
        "a map from rules to reasons",
        "What these rules find fails. `warnings` stands for all rules that warn.",
        "check: {deny: {warnings: \"nothing is left to chance\"}}",
    ),
    key("diff", "a map", "What `diff` leaves out, and how it pairs the items of lists.", ""),
    key(
        "diff.ignore",
        "a list of maps",
        "Differences that are counted, but not shown: those in objects that match all of `kind`, `namespace` and `name`, at \
         `path` if it is given.",
        "diff:\n  ignore:\n  - {kind: Deployment, path: /spec/replicas, reason: \"the autoscaler decides\"}",
    ),
    key("diff.ignore.kind", "a kind, such as Deployment", "Only objects of this kind.", ""),
    key("diff.ignore.namespace", "a namespace", "Only objects in this namespace.", ""),
    key("diff.ignore.name", "the name of an object", "Only objects with this name.", ""),
    key(
        "diff.ignore.path",
        "a JSON pointer; `*` is any one step",
        "Only what is at this place or below it.",
        "path: /spec/template/spec/containers/*/image",
    ),
    key("diff.ignore.reason", "text", "Why, for those who read the file later. Required.", ""),
    key(
        "diff.lists",
        "a list of maps",
        "Lists of custom kinds whose items have a key, so that they are compared one by one.",
        "diff: {lists: [{kind: Rollout, path: /spec/strategy/steps, keys: [name]}]}",
    ),
    key("diff.lists.kind", "a kind", "The kind of the objects that have the list.", ""),
    key("diff.lists.path", "a JSON pointer; `*` is any one step", "Where the list is.", ""),
    key("diff.lists.keys", "a list of keys", "What tells the items apart.", ""),
];

/// The keys directly below one, or the top ones below `""`.
pub(super) fn below(parent: &str) -> Vec<&'static str> {
    let rest = |path: &'static str| match parent {
        "" => Some(path),
        parent => path.strip_prefix(parent)?.strip_prefix('.'),
    };
    KEYS.iter().filter_map(|key| rest(key.path)).filter(|rest| !rest.contains('.')).collect()
}
