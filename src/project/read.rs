//! Reads `meshtrace.yaml` into a [`Project`].

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::RuleId;
use crate::finding::ids;
use crate::profile;
use crate::project::CheckLevels;
use crate::project::FILE;
use crate::project::Ignore;
use crate::project::Level;
use crate::project::List;
use crate::project::Project;
use crate::project::Render;
use crate::project::keys::below;
use crate::project::renders;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::stack::Version;
use crate::suggest;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// Reads the text of `source`. `own_version` is this program's, such as `0.1.0`: if the file requires another minor
/// version, only that is reported, since its keys may be those of that version. `None` if there were errors.
pub fn parse(sources: &Sources, source: SourceId, own_version: &str, found: &mut Findings) -> Option<Project> {
    let before = found.errors();
    let map = profile::read_map(sources, source, &format!("`{FILE}`"), found)?;
    let mut reader = Reader { sources, found };
    if let Some(node) = map.get("requires")
        && !reader.requires(node, own_version)
    {
        return None;
    }
    let project = reader.project(&map);
    (found.errors() == before).then_some(project)
}

struct Reader<'a> {
    sources: &'a Sources,
    found: &'a mut Findings,
}

impl Reader<'_> {
    fn project(&mut self, map: &Map) -> Project {
        let mut project = Project::default();
        for entry in &map.entries {
            match &*entry.key {
                "requires" => {}
                "out" => project.out = self.out(&entry.value).unwrap_or(project.out),
                "renders" => project.renders = self.renders(&entry.value),
                "check" => project.check = self.check(&entry.value),
                "diff" => self.diff(&entry.value, &mut project),
                _ => self.unknown(entry, ""),
            }
        }
        project
    }

    /// Whether this version of the program may read the file.
    fn requires(&mut self, node: &Node, own_version: &str) -> bool {
        let own = Version::read(own_version).map_or_else(|| own_version.to_owned(), |version| version.series());
        let example = format!("`requires: \"{own}\"`");
        let Some(text) = node.as_str() else {
            let written = match &node.value {
                Value::Int(_) | Value::Float(_) => self.sources.slice(node.span).to_owned(),
                _ => own.clone(),
            };
            self.error(ids::WRONG_TYPE, node.span, format!("`requires` must be a string, found {}", node.kind())).help(
                format!("put the version in quotes: `requires: \"{written}\"`; without quotes, 0.10 is read as 0.1"),
            );
            return false;
        };
        let numbers: Vec<&str> = text.split('.').collect();
        let digits =
            |part: &&str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
        if numbers.len() != 2 || !numbers.iter().all(digits) {
            self.error(ids::REQUIRES, node.span, format!("`requires` must name a minor version such as {example}"))
                .help("write two numbers separated by a dot; any patch release of that version is accepted");
            return false;
        }
        if text != own {
            self.error(
                ids::REQUIRES,
                node.span,
                format!("`{FILE}` requires meshtrace {text}, but this is {own_version}"),
            )
            .help(format!("use meshtrace {text}, or set {example} and review the output of `meshtrace diff`"));
            return false;
        }
        true
    }

    fn out(&mut self, node: &Node) -> Option<String> {
        let text = self.string(node, "out")?;
        let trimmed = text.trim_end_matches('/');
        let parts = trimmed.split('/').filter(|part| *part != ".");
        let path = parts.clone().collect::<Vec<_>>().join("/");
        let problem = if text.is_empty() {
            "is empty"
        } else if text.starts_with('/') || text.get(1..2) == Some(":") {
            "is an absolute path"
        } else if let Some(problem) = parts.filter(|_| !path.is_empty()).find_map(renders::unsafe_part) {
            problem
        } else if let Some(tree) = renders::input_tree(&path) {
            self.error(ids::OUT_IN_INPUT, node.span, format!("`out` is in `{tree}/`, which every render reads"))
                .help("each render would add to what the next one reads; use a separate folder, such as `out`");
            return None;
        } else {
            return Some(if path.is_empty() { ".".to_owned() } else { path });
        };
        self.error(
            ids::UNSAFE_PATH,
            node.span,
            format!("`out` {problem}, expected a folder next to `{FILE}` or below it"),
        )
        .help("write a relative path such as `out`; `-p P -o DIR` writes to any directory");
        None
    }

    fn renders(&mut self, node: &Node) -> Vec<Render> {
        let mut list = Vec::new();
        for entry in self.entries(node, "renders") {
            let what = format!("`renders.{}`", entry.key);
            let place = self.sources.place(entry.key_span);
            let before = self.found.errors();
            let profiles = profile::names_of(&entry.value, &what, self.sources, self.found);
            let render = Render { name: entry.key.to_string(), profiles, place };
            renders::check(&render, self.found);
            if self.found.errors() == before {
                list.push(render);
            }
        }
        list
    }

    fn check(&mut self, node: &Node) -> CheckLevels {
        let mut levels = CheckLevels::default();
        for entry in self.entries(node, "check") {
            match &*entry.key {
                "allow" => levels.allow = self.levels(entry),
                "warn" => levels.warn = self.levels(entry),
                "deny" => levels.deny = self.levels(entry),
                _ => self.unknown(entry, "check."),
            }
        }
        let named = [("allow", &levels.allow), ("warn", &levels.warn), ("deny", &levels.deny)];
        let mut seen = std::collections::HashMap::new();
        for (level, list) in named {
            for one in list {
                if let Some((first, place)) = seen.insert(&one.rule, (level, &one.place)) {
                    self.found.push(
                        Finding::error(
                            ids::TWO_LEVELS,
                            format!("rule `{}` is listed in both `{first}` and `{level}`", one.rule),
                        )
                        .at(one.place.clone())
                        .note("also here", place.clone())
                        .help("keep one of them"),
                    );
                }
            }
        }
        levels
    }

    fn levels(&mut self, level: &Entry) -> Vec<Level> {
        let mut list = Vec::new();
        for entry in self.entries(&level.value, &format!("check.{}", level.key)) {
            if let Some(reason) = self.reason(&entry.value, &format!("check.{}.{}", level.key, entry.key)) {
                list.push(Level { rule: entry.key.to_string(), reason, place: self.sources.place(entry.key_span) });
            }
        }
        list
    }

    fn diff(&mut self, node: &Node, project: &mut Project) {
        for entry in self.entries(node, "diff") {
            let key = match &*entry.key {
                "ignore" | "lists" => format!("diff.{}", entry.key),
                _ => {
                    self.unknown(entry, "diff.");
                    continue;
                }
            };
            let Some(items) = entry.value.as_list() else {
                self.wrong_type(&entry.value, &key, "a list of maps");
                continue;
            };
            match &*entry.key {
                "ignore" => project.diff_ignore.extend(items.iter().filter_map(|item| self.ignore(item))),
                _ => project.diff_lists.extend(items.iter().filter_map(|item| self.list(item))),
            }
        }
    }

    fn list(&mut self, node: &Node) -> Option<List> {
        let what = "diff.lists[]";
        let (mut kind, mut path, mut keys) = (None, None, Vec::new());
        let before = self.found.errors();
        for entry in self.entries(node, what) {
            let key = format!("{what}.{}", entry.key);
            match &*entry.key {
                "kind" => kind = self.string(&entry.value, &key),
                "path" => path = self.pointer(&entry.value, &key),
                "keys" => match entry.value.as_list() {
                    Some(items) => keys.extend(items.iter().filter_map(|item| self.string(item, &key))),
                    None => self.wrong_type(&entry.value, &key, "a list of strings"),
                },
                _ => self.unknown(entry, "diff.lists[]."),
            }
        }
        if self.found.errors() > before {
            return None;
        }
        match (kind, path) {
            (Some(kind), Some(path)) if !keys.is_empty() => Some(List { kind, path, keys }),
            _ => {
                self.error(ids::WRONG_VALUE, first_of(node), format!("`{what}` needs `kind`, `path` and `keys`")).help(
                    "name the list and what tells its items apart: `{kind: Rollout, path: /spec/steps, keys: [name]}`",
                );
                None
            }
        }
    }

    fn ignore(&mut self, node: &Node) -> Option<Ignore> {
        let before = self.found.errors();
        let what = "diff.ignore[]";
        let mut ignore = Ignore {
            kind: None,
            namespace: None,
            name: None,
            path: None,
            reason: String::new(),
            place: self.sources.place(first_of(node)),
        };
        for entry in self.entries(node, what) {
            let key = format!("{what}.{}", entry.key);
            match &*entry.key {
                "kind" => ignore.kind = self.string(&entry.value, &key),
                "namespace" => ignore.namespace = self.string(&entry.value, &key),
                "name" => ignore.name = self.string(&entry.value, &key),
                "path" => ignore.path = self.pointer(&entry.value, &key),
                "reason" => ignore.reason = self.reason(&entry.value, &key).unwrap_or_default(),
                _ => self.unknown(entry, "diff.ignore[]."),
            }
        }
        if self.found.errors() == before && node.get("reason").is_none() {
            self.error(ids::MISSING_REASON, first_of(node), format!("`{what}` needs a `reason`"))
                .help("say why the difference does not matter: `reason: stamped by CI`");
        }
        let named = [&ignore.kind, &ignore.namespace, &ignore.name, &ignore.path];
        if self.found.errors() == before && named.iter().all(|name| name.is_none()) {
            self.error(ids::IGNORES_EVERYTHING, first_of(node), format!("`{what}` would ignore every difference"))
                .help("set at least one of `kind`, `namespace`, `name` and `path`");
        }
        (self.found.errors() == before).then_some(ignore)
    }

    fn pointer(&mut self, node: &Node, key: &str) -> Option<String> {
        let text = self.string(node, key)?;
        if text.starts_with('/') {
            return Some(text);
        }
        self.error(ids::WRONG_VALUE, node.span, format!("`{key}` must be a JSON pointer, which begins with `/`")).help(
            "for example `/metadata/annotations/build-id`; write `~1` for a `/` in a key, and `*` for any single step",
        );
        None
    }

    fn reason(&mut self, node: &Node, key: &str) -> Option<String> {
        let missing = match &node.value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            _ => false,
        };
        if !missing {
            return self.string(node, key);
        }
        self.error(ids::MISSING_REASON, node.span, format!("`{key}` has no reason, expected a sentence"))
            .help("explain why, so that others can tell when to remove it");
        None
    }

    fn string(&mut self, node: &Node, key: &str) -> Option<String> {
        if let Some(text) = node.as_str() {
            return Some(text.to_owned());
        }
        self.wrong_type(node, key, "a string");
        None
    }

    /// The entries of a map; empty, with a finding, if it is not a map.
    fn entries<'n>(&mut self, node: &'n Node, key: &str) -> &'n [Entry] {
        match node.as_map() {
            Some(map) => &map.entries,
            None => {
                self.wrong_type(node, key, "a map");
                &[]
            }
        }
    }

    fn wrong_type(&mut self, node: &Node, key: &str, expected: &str) {
        let scalar = matches!(node.value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
        let written = self.sources.slice(node.span).to_owned();
        let error =
            self.error(ids::WRONG_TYPE, node.span, format!("`{key}` must be {expected}, found {}", node.kind()));
        if scalar && expected == "a string" {
            error.help(format!("put it in quotes: `\"{written}\"`"));
        } else if matches!(node.value, Value::Null) {
            error.help("remove the key, or give it a value");
        }
    }

    fn unknown(&mut self, entry: &Entry, parent: &str) {
        let known = below(parent.trim_end_matches(['[', ']', '.']));
        let help = match suggest::closest(&entry.key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known: {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
        };
        self.error(ids::UNKNOWN_KEY, entry.key_span, format!("unknown key `{parent}{}`", entry.key)).help(help);
    }

    /// An error at `span`, reported when the value is dropped, with or without help.
    fn error(&mut self, rule: RuleId, span: Span, message: String) -> Report<'_> {
        let finding = Finding::error(rule, message).at(self.sources.place(span));
        Report { finding: Some(finding), found: self.found }
    }
}

struct Report<'a> {
    finding: Option<Finding>,
    found: &'a mut Findings,
}

impl Report<'_> {
    fn help(mut self, help: impl Into<String>) {
        self.finding = self.finding.take().map(|finding| finding.help(help));
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.found.push(self.finding.take().expect("the finding is taken only here"));
    }
}

/// Where an item of a list begins: its first key, since a map's own span covers all of it.
fn first_of(node: &Node) -> Span {
    node.as_map().and_then(|map| map.entries.first()).map_or(node.span, |entry| entry.key_span)
}
