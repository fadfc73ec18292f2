//! The types of Kubernetes' own kinds, as far as a comparison needs them: what is optional, what the API server writes where
//! nothing is written, which lists have items with keys.

use std::collections::HashMap;
use std::sync::OnceLock;

/// `scripts/refresh-facts/kube` writes it from `k8s.io/api`, the API server's scheme (`k8s.io/kubernetes` `pkg/apis/*/*/defaults.go`)
/// and its OpenAPI.
const TABLE: &str = include_str!("types.tsv");

/// A struct of the API.
#[derive(Debug)]
pub(crate) struct Type {
    /// Its package and name, such as `core/v1.Container`.
    pub(crate) name: &'static str,
    /// Its fields, sorted by name.
    pub(crate) fields: Vec<Field>,
}

/// What a field without a type of its own holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// Text, a number, a boolean.
    Plain,
    /// A quantity, which is stored in canonical form.
    Quantity,
    /// A number or text, which are different.
    IntOrString,
    /// Anything, which is stored as it is.
    Opaque,
}

/// A field of a struct.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in JSON.
    pub(crate) name: &'static str,
    /// Whether the zero value is different from no value: a pointer in Go.
    pub(crate) pointer: bool,
    /// Whether it is a list of its type.
    pub(crate) list: bool,
    /// Whether it is a map to its type.
    pub(crate) map: bool,
    /// What it holds, if not a struct.
    pub(crate) leaf: Leaf,
    /// The struct that it holds.
    child: &'static str,
    /// What the API server writes where nothing is written, as JSON; empty if nothing.
    pub(crate) default: &'static str,
    /// The keys that name the items of the list.
    pub(crate) keys: Vec<&'static str>,
    /// Whether the list is a set of values.
    pub(crate) set: bool,
}

impl Type {
    /// The field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.binary_search_by(|field| field.name.cmp(name)).ok().map(|at| &self.fields[at])
    }
}

impl Field {
    /// The struct that it holds, itself or in a list or map.
    pub(crate) fn child(&self) -> Option<&'static Type> {
        table().types.get(self.child)
    }
}

/// A place in an object.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// A struct.
    Type(&'static Type),
    /// A field of a struct: the list or map, if it is one.
    Field(&'static Type, &'static Field),
}

impl Place {
    /// The value of a key.
    pub(crate) fn key(self, key: &str) -> Option<Place> {
        match self {
            Place::Type(kind) => kind.field(key).map(|field| Place::Field(kind, field)),
            Place::Field(_, field) if field.list => None,
            Place::Field(_, field) if field.map => field.child().map(Place::Type),
            Place::Field(_, field) => Place::Type(field.child()?).key(key),
        }
    }

    /// An item of a list.
    pub(crate) fn item(self) -> Option<Place> {
        match self {
            Place::Field(_, field) if field.list => field.child().map(Place::Type),
            _ => None,
        }
    }

    /// What names the items of a list, each key with the value that stands for a missing one; empty if nothing does.
    pub(crate) fn keys(self) -> Vec<(&'static str, Option<&'static str>)> {
        let Place::Field(_, field) = self else { return Vec::new() };
        let default = |key: &str| {
            let default = field.child().and_then(|child| child.field(key)).map_or("", |field| field.default);
            default.strip_prefix('"').and_then(|text| text.strip_suffix('"'))
        };
        field.keys.iter().map(|key| (*key, default(key))).collect()
    }
}

struct Table {
    /// By `apiVersion kind`.
    kinds: HashMap<&'static str, &'static str>,
    types: HashMap<&'static str, Type>,
}

fn table() -> &'static Table {
    static TYPES: OnceLock<Table> = OnceLock::new();
    TYPES.get_or_init(|| {
        let mut table = Table { kinds: HashMap::new(), types: HashMap::new() };
        let mut current: Option<Type> = None;
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap_or_default();
            match (cell(), cell(), cell(), cell(), cell()) {
                ("K", kind, name, "", "") => {
                    table.kinds.insert(kind, name);
                }
                ("T", name, "", "", "") => {
                    let done = current.replace(Type { name, fields: Vec::new() });
                    table.types.extend(done.map(|done| (done.name, done)));
                }
                (name, flags, child, default, keys) => {
                    if let Some(current) = &mut current {
                        current.fields.push(field(name, flags, child, default, keys));
                    }
                }
            }
        }
        table.types.extend(current.map(|done| (done.name, done)));
        table
    })
}

fn field(name: &'static str, flags: &str, child: &'static str, default: &'static str, keys: &'static str) -> Field {
    let has = |flag: char| flags.contains(flag);
    let leaf = match () {
        () if has('q') => Leaf::Quantity,
        () if has('i') => Leaf::IntOrString,
        () if has('o') => Leaf::Opaque,
        () => Leaf::Plain,
    };
    Field {
        name,
        pointer: has('p'),
        list: has('l'),
        map: has('m'),
        leaf,
        child,
        default,
        keys: keys.split(',').filter(|key| !key.is_empty() && *key != "=").collect(),
        set: keys == "=",
    }
}

/// The type of a kind. One that the newest Kubernetes no longer serves under this version has the type of the version that
/// it does serve.
pub(crate) fn of(api_version: &str, kind: &str) -> Option<&'static Type> {
    let table = table();
    let named = |version: &str| table.kinds.get(format!("{version} {kind}").as_str());
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let home = crate::stack::kube::home(group, kind);
    let slash = if home.is_empty() { "" } else { "/" };
    let name = named(api_version).or_else(|| named(&format!("{home}{slash}v1")))?;
    table.types.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_sorted() {
        let table = table();
        assert!(table.kinds.len() > 80 && table.types.len() > 400);
        for kind in table.types.values() {
            assert!(kind.fields.is_sorted_by(|a, b| a.name < b.name), "{}", kind.name);
            for field in kind.fields.iter().filter(|field| !field.child.is_empty()) {
                assert!(field.child().is_some(), "{}.{}", kind.name, field.name);
            }
        }
        assert!(table.kinds.values().all(|name| table.types.contains_key(name)));
    }

    #[test]
    fn what_is_known_of_a_deployment() {
        let field = |path: &[&str]| {
            let mut at = of("apps/v1", "Deployment").unwrap();
            for step in &path[..path.len() - 1] {
                at = at.field(step).unwrap().child().unwrap();
            }
            at.field(path[path.len() - 1]).unwrap()
        };
        assert_eq!(field(&["spec", "replicas"]).default, "1");
        let pod = ["spec", "template", "spec"];
        let ports = [&pod[..], &["containers", "ports"]].concat();
        assert_eq!(field(&ports).keys, ["containerPort", "protocol"]);
        assert_eq!(field(&[&ports[..], &["protocol"]].concat()).default, "\"TCP\"");
        assert!(!field(&[&pod[..], &["hostNetwork"]].concat()).pointer);
        assert!(of("extensions/v1beta1", "Deployment").is_some() && of("example.com/v1", "Deployment").is_none());
    }
}
