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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_read_as_it_was_printed() {
        let locked = |source: &str| Locked {
            name: "web".into(),
            version: "1.0".into(),
            digest: "sha256:00".into(),
            source: source.into(),
        };
        let charts = [("charts/web.tgz".to_string(), locked("")), ("charts/x: y".to_string(), locked("oci://a/b"))];
        let lock = Lock { helm: "3.10".into(), charts: charts.into() };
        let mut found = Findings::default();
        assert_eq!(Lock::read("charts.lock", &lock.print(), &mut found), Some(lock));
        assert_eq!(Lock::read("charts.lock", "", &mut found), Some(Lock::default()));
        assert!(found.is_empty());
    }

    #[test]
    fn a_broken_lock_is_refused_with_its_line() {
        for text in [
            "<<<<<<< a\nhelm: '3'\n",
            "<<<<<<< a\n",
            "helm: 3.10\n",
            "charts: {a: {name: x}}\n",
            "other: 1\n",
            "a: 1\na: 2\n",
        ] {
            let mut found = Findings::default();
            assert_eq!(Lock::read("charts.lock", text, &mut found), None, "{text}");
            assert!(found.iter().all(|finding| finding.place.is_some()), "{text}");
        }
    }
}
