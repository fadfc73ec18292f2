//! `charts.lock`: which bytes of each chart were looked at, and which Helm rendered them.

use crate::chart::LOCK;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::source::Sources;
use crate::yaml;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;

const HEADER: &str = "# Written by `meshtrace charts`. Commit it: `render` refuses a chart of another digest, and another minor\n\
                      # version of Helm, since either may change what is rendered.\n";

/// The content of the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The minor version of Helm, such as `3.18`; empty if there is no lock.
    pub helm: String,
    /// The charts by their path in the project.
    pub charts: BTreeMap<String, Locked>,
    /// Whether it was put together from both sides of a conflict of git.
    pub merged: bool,
}

/// What is held of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locked {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its digest, as in [`Chart`](crate::chart::Chart).
    pub digest: String,
    /// Where `meshtrace charts update` finds newer ones: a repository or an `oci://` reference; empty if nowhere.
    pub source: String,
}

impl Lock {
    /// Reads a lock, which messages call `name`. `None` if it is not one; `found` then says why.
    pub fn read(name: &str, text: &str, found: &mut Findings) -> Option<Lock> {
        let at = text.lines().position(|line| Marker::of(line).is_some());
        if let Some(at) = at {
            let finding = Finding::error(ids::CHART_LOCK, format!("`{name}:{}` is a conflict marker of git", at + 1));
            found
                .push(finding.help("run `meshtrace charts lock`, which records the charts as they are in the project"));
            return None;
        }
        Lock::read_plain(name, text, found)
    }

    /// Reads a lock of which git may have merged two versions: a chart is in it if it is in either. What they say of the same
    /// chart is ours, so this is only good for whoever looks at the charts anew.
    pub fn read_merged(name: &str, text: &str, found: &mut Findings) -> Option<Lock> {
        let [ours, theirs] = sides(text);
        let mut lock = Lock::read_plain(name, &ours, found)?;
        for (path, locked) in Lock::read_plain(name, &theirs, found)?.charts {
            lock.charts.entry(path).or_insert(locked);
        }
        lock.merged = text.lines().any(|line| Marker::of(line).is_some());
        Some(lock)
    }

    fn read_plain(name: &str, text: &str, found: &mut Findings) -> Option<Lock> {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        let before = found.errors();
        let node = yaml::read(&sources, source, found).into_iter().next().map(|document| document.node);
        if found.errors() > before {
            return None;
        }
        let mut lock = Lock::default();
        let mut wrong = |what: &str, node: &Node| {
            let finding = Finding::error(ids::CHART_LOCK, format!("{what} in `{name}`")).at(sources.place(node.span));
            found.push(finding.help(format!("restore `{LOCK}`, or delete it and run `meshtrace charts lock`")));
        };
        let Some(root) = node.filter(|node| !matches!(node.value, Value::Null)) else { return Some(lock) };
        if root.as_map().is_none() {
            wrong("there is no map", &root);
        }
        for entry in root.as_map().map_or(&[][..], |map| &map.entries) {
            match (&*entry.key, &entry.value.value) {
                ("helm", Value::String(text)) => lock.helm = text.to_string(),
                ("charts", Value::Map(map)) => {
                    for chart in &map.entries {
                        let text = |key: &str| chart.value.get(key).and_then(Node::as_str).map(str::to_string);
                        let (Some(name), Some(version), Some(digest)) = (text("name"), text("version"), text("digest"))
                        else {
                            wrong("a chart without `name`, `version` or `digest`", &chart.value);
                            continue;
                        };
                        let source = text("source").unwrap_or_default();
                        lock.charts.insert(chart.key.to_string(), Locked { name, version, digest, source });
                    }
                }
                _ => wrong(&format!("unexpected `{}`", entry.key.escape_debug()), &entry.value),
            }
        }
        (found.errors() == before).then_some(lock)
    }

    /// The text of the lock.
    pub fn print(&self) -> String {
        let map = |entries: Vec<(&str, Node)>| {
            let mut map = Map::default();
            entries.into_iter().for_each(|(key, value)| map.set(key, value));
            Node::new(Value::Map(map))
        };
        let charts = self.charts.iter().map(|(path, locked)| {
            let mut entries = vec![
                ("name", Node::string(&locked.name)),
                ("version", Node::string(&locked.version)),
                ("digest", Node::string(&locked.digest)),
            ];
            if !locked.source.is_empty() {
                entries.push(("source", Node::string(&locked.source)));
            }
            (path.as_str(), map(entries))
        });
        let root = map(vec![("helm", Node::string(&self.helm)), ("charts", map(charts.collect()))]);
        let mut text = HEADER.to_string();
        yaml::write(&root, &mut text);
        text
    }
}

/// A line that git writes into a file that it cannot merge (git-merge(1), "How conflicts are presented").
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    Ours,
    Base,
    Theirs,
    End,
}

impl Marker {
    fn of(line: &str) -> Option<Marker> {
        let marks = [
            ("<<<<<<<", Marker::Ours),
            ("|||||||", Marker::Base),
            ("=======", Marker::Theirs),
            (">>>>>>>", Marker::End),
        ];
        let is = |mark: &str| line.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        marks.into_iter().find(|(mark, _)| is(mark)).map(|(_, marker)| marker)
    }
}

/// Both versions of a text with conflict markers.
fn sides(text: &str) -> [String; 2] {
    let mut sides = [String::new(), String::new()];
    let mut at = Marker::End;
    for line in text.split_inclusive('\n') {
        match (Marker::of(line.trim_end()), at) {
            (Some(marker), _) => at = marker,
            (None, Marker::Ours) => sides[0].push_str(line),
            (None, Marker::Theirs) => sides[1].push_str(line),
            (None, Marker::Base) => {}
            (None, Marker::End) => sides.iter_mut().for_each(|side| side.push_str(line)),
        }
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_versions_that_git_put_together_are_read() {
        let chart =
            |name: &str, digest: &str| format!("  charts/{name}: {{name: {name}, version: '1', digest: '{digest}'}}\n");
        let text = format!(
            "helm: '3.22'\ncharts:\n{}<<<<<<< HEAD\n{}{}||||||| base\n{}=======\n{}{}>>>>>>> c\n",
            chart("a", "0"),
            chart("b", "1"),
            chart("c", "2"),
            chart("c", "0"),
            chart("c", "3"),
            chart("d", "4")
        );
        let mut found = Findings::default();
        let lock = Lock::read_merged("charts.lock", &text, &mut found).unwrap();
        let all: Vec<(&str, &str)> = lock.charts.values().map(|one| (&*one.name, &*one.digest)).collect();
        assert_eq!(all, [("a", "0"), ("b", "1"), ("c", "2"), ("d", "4")]);
        assert!(found.is_empty() && Lock::read("charts.lock", &text, &mut found).is_none());
        let finding = found.iter().next().unwrap();
        assert_eq!(finding.message, "`charts.lock:4` is a conflict marker of git");
        assert_eq!(Lock::read_merged("charts.lock", "helm: '3.22'\n", &mut found).unwrap().helm, "3.22");
    }

    #[test]
    fn a_lock_is_read_as_it_was_printed() {
        let locked = |source: &str| Locked {
            name: "web".into(),
            version: "1.0".into(),
            digest: "sha256:00".into(),
            source: source.into(),
        };
        let charts = [("charts/web.tgz".to_string(), locked("")), ("charts/x: y".to_string(), locked("oci://a/b"))];
        let lock = Lock { helm: "3.10".into(), charts: charts.into(), merged: false };
        let mut found = Findings::default();
        assert_eq!(Lock::read("charts.lock", &lock.print(), &mut found), Some(lock));
        assert_eq!(Lock::read("charts.lock", "", &mut found), Some(Lock::default()));
        assert!(found.is_empty());
    }

    #[test]
    fn a_broken_lock_is_refused_with_its_line() {
        for text in ["helm: 3.10\n", "charts: {a: {name: x}}\n", "other: 1\n", "a: 1\na: 2\n"] {
            let mut found = Findings::default();
            assert_eq!(Lock::read("charts.lock", text, &mut found), None, "{text}");
            assert!(found.iter().all(|finding| finding.place.is_some()), "{text}");
        }
    }
}
