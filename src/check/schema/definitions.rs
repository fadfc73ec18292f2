//! Which schemas judge an object: those of CustomResourceDefinitions among the files or given by `--crds`, else those of the
//! releases that may be installed.

use crate::check::input::options::Options;
use crate::check::input::set::Set;
use crate::check::schema::known::Known;
use crate::stack::Version;
use crate::stack::kube;
use crate::stack::kube::schema::Family;
use crate::stack::kube::schema::Releases;
use crate::stack::kube::schema::Schemas;
use crate::stack::kube::schema::Table;
use crate::yaml::Node;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The definitions that count.
pub(super) struct Definitions<'s> {
    own: HashMap<(Box<str>, Box<str>), Vec<Own<'s>>>,
    kubernetes: Option<Version>,
    chart: Option<Version>,
}

/// A version of a kind of a CustomResourceDefinition.
pub(super) struct Own<'s> {
    pub(super) version: Box<str>,
    pub(super) served: bool,
    schema: Option<&'s Node>,
    /// Read when the first object of the kind is met: installations hold definitions of megabytes and no such objects.
    read: OnceLock<Schemas>,
}

impl Own<'_> {
    fn schemas(&self) -> Option<&Schemas> {
        let schema = self.schema?;
        Some(self.read.get_or_init(|| Schemas::of_definition(&schema.to_json())))
    }
}

/// A schema that an object is judged by.
#[derive(Clone, Copy)]
pub(super) struct Judge<'d> {
    pub(super) schemas: &'d Schemas,
    pub(super) root: u32,
    pub(super) releases: Releases,
    /// Of which program, with its releases; `None` for a CustomResourceDefinition.
    pub(super) family: Option<Family>,
}

impl<'s> Definitions<'s> {
    pub(super) fn of(set: &Set<'s>, options: &'s Options, known: Known<'_>) -> Definitions<'s> {
        let mut own: HashMap<_, Vec<Own<'s>>> = HashMap::new();
        let among = set.all(kube::API_EXTENSIONS, "CustomResourceDefinition").map(|object| object.node);
        for node in among.chain(options.definitions.iter()) {
            if let Some((key, versions)) = read(node) {
                // Of several for one kind, each may be the one that is installed.
                own.entry(key).or_default().extend(versions);
            }
        }
        Definitions { own, kubernetes: known.kubernetes.cloned(), chart: known.chart.cloned() }
    }

    /// Whether the version of Kubernetes is known.
    pub(super) fn is_known(&self) -> bool {
        self.kubernetes.is_some()
    }

    /// The versions that a CustomResourceDefinition gives a kind.
    pub(super) fn own(&self, group: &str, kind: &str) -> Option<&[Own<'s>]> {
        if self.own.is_empty() {
            return None;
        }
        self.own.get(&(group.into(), kind.into())).map(Vec::as_slice)
    }

    /// The releases of a family that come into question.
    pub(super) fn releases(&self, family: Family) -> Releases {
        let version = match family {
            Family::Kubernetes => self.kubernetes.as_ref(),
            Family::Consul => self.chart.as_ref(),
            _ => None,
        };
        let table = family.table();
        version.map_or_else(|| table.every_release(), |version| table.releases_like(version))
    }

    /// The oldest minor release of Kubernetes that comes into question.
    pub(super) fn oldest(&self) -> u64 {
        let first = self.releases(Family::Kubernetes).0.trailing_zeros() as usize;
        Family::Kubernetes.table().releases().get(first).map_or(0, |release| release.minor())
    }

    /// The schemas of a kind in the releases that come into question, the newest first.
    pub(super) fn of_kind(&self, group: &str, version: &str, kind: &str) -> Vec<Judge<'_>> {
        if let Some(own) = self.own(group, kind) {
            let served = own.iter().filter(|own| own.served && &*own.version == version);
            let judge = |schemas| Judge { schemas, root: 0, releases: Releases::ALL, family: None };
            return match served.map(Own::schemas).collect::<Option<Vec<_>>>() {
                Some(schemas) => schemas.into_iter().map(judge).collect(),
                None => Vec::new(),
            };
        }
        let Some(family) = Family::of(group) else { return Vec::new() };
        let asked = self.releases(family);
        let table: &'static Table = family.table();
        let served = table.served(group, kind).iter().filter(|served| served.version == version);
        let mut judges: Vec<Judge<'_>> = served
            .map(|served| Judge {
                schemas: &table.schemas,
                root: served.root,
                releases: served.releases.and(asked),
                family: Some(family),
            })
            .filter(|judge| !judge.releases.is_empty())
            .collect();
        judges.sort_by_key(|judge| std::cmp::Reverse(judge.releases.newest()));
        judges
    }
}

type Kind = (Box<str>, Box<str>);

fn read(node: &Node) -> Option<(Kind, Vec<Own<'_>>)> {
    let spec = node.get("spec")?;
    let text = |path: &[&str]| spec.path(path).and_then(Node::as_str);
    let key = (text(&["group"])?.into(), text(&["names", "kind"])?.into());
    let versions = spec.get("versions")?.as_list()?.iter().filter_map(|version| {
        let schema = version.path(&["schema", "openAPIV3Schema"]);
        Some(Own {
            version: version.get("name")?.as_str()?.into(),
            served: !matches!(version.get("served").map(|node| &node.value), Some(crate::yaml::Value::Bool(false))),
            schema,
            read: OnceLock::new(),
        })
    });
    Some((key, versions.collect()))
}
