//! Tables of kinds, as `scripts/refresh-facts/schemas` writes them: deflated lines of JSON. The first says which kinds there
//! are; each other is a schema that names those inside it by their numbers. A schema is read when it is first met.

use crate::stack::Version;
use crate::stack::kube::schema::types::Releases;
use crate::stack::kube::schema::types::Schemas;
use miniz_oxide::inflate::decompress_to_vec;
use serde::Deserialize;
use std::collections::HashMap;
use std::collections::HashSet;

/// The kinds of a family.
pub(crate) struct Table {
    releases: Vec<Version>,
    groups: HashMap<String, Group>,
    /// The type of `metadata`, by its number.
    pub(crate) metadata: u32,
    pub(crate) schemas: Schemas,
}

/// The kinds of an API group, by name.
#[derive(Default)]
struct Group {
    kinds: HashMap<String, Vec<Served>>,
    /// Kinds that requests have and nothing stores.
    requests: HashSet<String>,
    lifecycles: HashMap<String, Vec<Lifecycle>>,
}

/// A version of a kind that some releases serve with one schema.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) version: String,
    /// Whether its objects are in no namespace.
    pub(crate) cluster_scoped: bool,
    /// The schema, by its number.
    pub(crate) root: u32,
    pub(crate) releases: Releases,
}

/// When a version of a kind was deprecated and removed: minors of Kubernetes 1, 0 for not at all.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    version: String,
    pub(crate) deprecated: u32,
    pub(crate) removed: u32,
    /// `apiVersion` and kind to use instead.
    pub(crate) instead: Option<(String, String)>,
}

/// Group, version and kind.
type Gvk = (String, String, String);
/// The same, in which minors it was deprecated and removed, and what to use instead.
type End = (String, String, String, u32, u32, Option<Gvk>);

#[derive(Deserialize)]
struct Head {
    releases: Vec<String>,
    kinds: Vec<(String, String, String, String, u32, u32)>,
    #[serde(default)]
    requests: Vec<Gvk>,
    #[serde(default)]
    lifecycles: Vec<End>,
    #[serde(default)]
    metadata: u32,
}

/// `apiVersion` of a group and a version.
fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_string() } else { format!("{group}/{version}") }
}

impl Table {
    pub(super) fn unpack(bytes: &[u8]) -> Table {
        let text = decompress_to_vec(bytes).expect("a table of the repository can be inflated");
        let text = String::from_utf8(text).expect("a table of the repository is UTF-8");
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next().unwrap_or_default()).expect("the first line is the head");
        let mut groups: HashMap<String, Group> = HashMap::new();
        for (group, version, kind, scope, root, releases) in head.kinds {
            let cluster_scoped = scope == "Cluster";
            let served = Served { version, cluster_scoped, root, releases: Releases(releases) };
            groups.entry(group).or_default().kinds.entry(kind).or_default().push(served);
        }
        for (group, _, kind) in head.requests {
            groups.entry(group).or_default().requests.insert(kind);
        }
        for (group, version, kind, deprecated, removed, instead) in head.lifecycles {
            let instead = instead.map(|(group, version, kind)| (api_version(&group, &version), kind));
            let lifecycle = Lifecycle { version, deprecated, removed, instead };
            groups.entry(group).or_default().lifecycles.entry(kind).or_default().push(lifecycle);
        }
        let releases = head.releases.iter().filter_map(|release| Version::read(release)).collect();
        Table { releases, groups, metadata: head.metadata, schemas: Schemas::of_lines(lines) }
    }

    /// The releases that were read, oldest first.
    pub(crate) fn releases(&self) -> &[Version] {
        &self.releases
    }

    /// All releases.
    pub(crate) fn every_release(&self) -> Releases {
        Releases(u32::MAX >> (32 - self.releases.len().clamp(1, 32)))
    }

    /// The releases that a version may be like: itself by its minor, or those around it.
    pub(crate) fn releases_like(&self, version: &Version) -> Releases {
        let minor = |version: &Version| (version.major(), version.minor());
        let same = self.releases.iter().position(|release| minor(release) == minor(version));
        let bit = |index: usize| 1 << index;
        if let Some(index) = same {
            return Releases(bit(index));
        }
        let after = self.releases.iter().position(|release| minor(release) > minor(version));
        match after {
            Some(0) => Releases(bit(0)),
            Some(index) => Releases(bit(index) | bit(index - 1)),
            None => Releases(bit(self.releases.len().saturating_sub(1))),
        }
    }

    /// What a cluster of some of these releases serves, sorted: `group/version` and `group/version/Kind`, as Helm's
    /// `.Capabilities.APIVersions` has them.
    pub(crate) fn api_versions(&self, of: Releases) -> Vec<String> {
        let mut all = Vec::new();
        for (group, kinds) in &self.groups {
            for (kind, versions) in &kinds.kinds {
                for served in versions.iter().filter(|served| !served.releases.and(of).is_empty()) {
                    let version = api_version(group, &served.version);
                    all.push(format!("{version}/{kind}"));
                    all.push(version);
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether it has, or had, kinds of an API group.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// The versions of a kind, each with its schemas.
    pub(crate) fn served(&self, group: &str, kind: &str) -> &[Served] {
        self.groups.get(group).and_then(|group| group.kinds.get(kind)).map_or(&[], Vec::as_slice)
    }

    /// Whether it is a kind of requests, such as a TokenReview, or a list.
    pub(crate) fn is_request(&self, group: &str, kind: &str) -> bool {
        self.groups.get(group).is_some_and(|group| group.requests.contains(kind))
    }

    /// When a version of a kind comes to its end.
    pub(crate) fn lifecycle(&self, group: &str, version: &str, kind: &str) -> Option<&Lifecycle> {
        let all = self.groups.get(group)?.lifecycles.get(kind)?;
        all.iter().find(|one| one.version == version)
    }

    /// The newest `apiVersion` under which each group serves a kind of this name.
    pub(crate) fn served_elsewhere(&self, kind: &str) -> Vec<String> {
        let newest = |(group, of): (&String, &Group)| {
            let served = of.kinds.get(kind)?;
            let newest = served.iter().max_by_key(|one| (one.releases.newest(), !one.version.contains("alpha")))?;
            Some(api_version(group, &newest.version))
        };
        let mut found: Vec<String> = self.groups.iter().filter_map(newest).collect();
        found.sort();
        found
    }

    /// The kinds of a group, sorted.
    pub(crate) fn kinds_of(&self, group: &str) -> Vec<&str> {
        let mut kinds: Vec<&str> =
            self.groups.get(group).into_iter().flat_map(|group| group.kinds.keys()).map(String::as_str).collect();
        kinds.sort_unstable();
        kinds
    }
}
