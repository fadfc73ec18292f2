//! Compares two sides.

use crate::diff::Change;
use crate::diff::Changes;
use crate::diff::Class;
use crate::diff::Content;
use crate::diff::Field;
use crate::diff::Kind;
use crate::diff::Object;
use crate::diff::ObjectRef;
use crate::diff::Op;
use crate::diff::Plain;
use crate::diff::Raw;
use crate::diff::Side;
use crate::diff::chart;
use crate::diff::class;
use crate::diff::embed;
use crate::diff::fields;
use crate::diff::fields::About;
use crate::diff::fields::Known;
use crate::diff::pair;
use crate::diff::proxies;
use crate::diff::readers;
use crate::diff::stored;
use crate::object::Id;
use crate::project::List;
use crate::secrecy::is_secret;
use crate::stack::kube::types;
use crate::stack::kube::types::Place;
use crate::yaml::Node;
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// All differences, sorted by file and object. `render` is the name of the render, if it is one.
pub fn compare(from: &Side, to: &Side, render: Option<&str>) -> Changes<Raw> {
    compare_with(from, to, render, &[])
}

/// The same with what the project says about lists.
pub(crate) fn compare_with(from: &Side, to: &Side, render: Option<&str>, lists: &[List]) -> Changes<Raw> {
    let facts = Facts { schemas: schemas(from, to), lists };
    let pairs = pair::pair(&from.objects, &to.objects);
    let mut changes: Vec<Change> = pairs
        .same
        .par_iter()
        .filter(|(old, new)| !Arc::ptr_eq(old, new))
        .filter_map(|(old, new)| changed(Kind::Changed, old, new, &facts))
        .collect();
    changes.extend(pairs.renamed.iter().filter_map(|(old, new)| changed(Kind::Renamed, old, new, &facts)));
    let there: HashSet<&Id> = match pairs.removed.is_empty() {
        true => HashSet::new(),
        false => to.objects.iter().map(|object| &object.id).collect(),
    };
    changes.extend(
        pairs.removed.iter().map(|object| Change { stays: there.contains(&object.id), ..whole(Kind::Removed, object) }),
    );
    changes.extend(pairs.added.iter().map(|object| whole(Kind::Added, object)));
    changes.extend(plain(from, to));
    changes.extend(texts(from, to));
    proxies::name(&mut changes, to);
    readers::name(&mut changes, to);
    for change in &mut changes {
        change.renders = render.map(str::to_owned).into_iter().collect();
        change.class = change.worst();
    }
    changes.sort_by(|a, b| (&a.file, &a.object, a.document, a.kind).cmp(&(&b.file, &b.object, b.document, b.kind)));
    Changes::raw(changes)
}

type Schemas<'a> = HashMap<(&'a str, &'a str, &'a str), &'a Node>;

/// The schemas in the CRDs of both sides, by group, kind and version; TO's take precedence.
fn schemas<'a>(from: &'a Side, to: &'a Side) -> Schemas<'a> {
    let mut schemas = HashMap::new();
    for object in from.objects.iter().chain(&to.objects).filter(|object| &*object.id.kind == "CustomResourceDefinition")
    {
        let text = |path: &[&str]| object.node.path(path).and_then(Node::as_str);
        let (Some(group), Some(kind)) = (text(&["spec", "group"]), text(&["spec", "names", "kind"])) else { continue };
        let versions = object.node.path(&["spec", "versions"]).and_then(Node::as_list).unwrap_or_default();
        for version in versions {
            let name = version.get("name").and_then(Node::as_str);
            if let (Some(name), Some(schema)) = (name, version.path(&["schema", "openAPIV3Schema"])) {
                schemas.insert((group, kind, name), schema);
            }
        }
    }
    schemas
}

/// What is known about kinds.
struct Facts<'a> {
    schemas: Schemas<'a>,
    lists: &'a [List],
}

impl Facts<'_> {
    fn of(&self, object: &Object) -> Known<'_> {
        let version = object.api_version.rsplit('/').next().unwrap_or_default();
        match self.schemas.get(&(&*object.id.group, &*object.id.kind, version)) {
            Some(schema) => Known::Crd(schema),
            None => types::of(&object.api_version, &object.id.kind)
                .map_or(Known::Nothing, |kind| Known::Built(Place::Type(kind))),
        }
    }
}

fn changed(kind: Kind, old: &Object, new: &Object, facts: &Facts<'_>) -> Option<Change> {
    let lists: Vec<&List> = facts.lists.iter().filter(|list| list.kind == *new.id.kind).collect();
    let about = |object: &Object| About { known: facts.of(object), lists: &lists };
    let mut fields = fields::between(&old.node, &new.node, about(new));
    if fields.is_empty() {
        return None;
    }
    class::changed(kind, old, new, &mut fields);
    stored::note((&old.node, about(old)), (&new.node, about(new)), &mut fields);
    for field in fields.iter_mut().filter(|field| field.is_same_when_stored()) {
        (field.class, field.reason, field.recreates) = (Class::Other, String::new(), false);
    }
    let from = (kind == Kind::Renamed).then(|| (reference(old), old.file.to_string()));
    Some(Change { from, fields, live: is_live(&old.node) || is_live(&new.node), ..change(kind, new) })
}

fn whole(kind: Kind, object: &Object) -> Change {
    let mut field = whole_field(kind, object.node.to_json());
    class::whole(kind, object, &mut field);
    Change { fields: vec![field], live: is_live(&object.node), ..change(kind, object) }
}

fn whole_field(kind: Kind, value: Json) -> Field {
    if kind == Kind::Removed {
        return Field { old: Some(value), ..Field::new(Op::Remove, String::new(), String::new()) };
    }
    Field { value: Some(value), ..Field::new(Op::Add, String::new(), String::new()) }
}

fn change(kind: Kind, object: &Object) -> Change {
    let secret = is_secret(&object.node);
    Change {
        object: Some(reference(object)),
        secret,
        ..file_change(kind, Content::Object, &object.file, 1, Vec::new())
    }
}

pub(crate) fn file_change(kind: Kind, content: Content, file: &str, document: u32, fields: Vec<Field>) -> Change {
    Change {
        renders: Vec::new(),
        kind,
        content,
        object: None,
        file: file.to_owned(),
        document,
        from: None,
        class: Class::Other,
        chart: None,
        restarts: Vec::new(),
        readers: Vec::new(),
        fields,
        note: None,
        live: false,
        secret: false,
        stays: false,
    }
}

pub(crate) fn reference(object: &Object) -> ObjectRef {
    ObjectRef {
        api_version: object.api_version.to_string(),
        kind: object.id.kind.to_string(),
        namespace: object.id.namespace.to_string(),
        name: object.id.name.to_string(),
    }
}

/// Whether the object was printed by a cluster.
pub(crate) fn is_live(node: &Node) -> bool {
    ["uid", "resourceVersion", "managedFields"].iter().any(|key| node.path(&["metadata", key]).is_some())
}

/// YAML that is not an object, by file and position in it.
fn plain(from: &Side, to: &Side) -> Vec<Change> {
    let single = from.single && to.single;
    let key = |plain: &Arc<Plain>| (if single { String::new() } else { plain.file.to_string() }, plain.document);
    let mut left: BTreeMap<(String, u32), &Arc<Plain>> = from.plain.iter().map(|plain| (key(plain), plain)).collect();
    let mut changes = Vec::new();
    for new in &to.plain {
        let secret = is_secret(&new.node);
        let make =
            |kind, fields| Change { secret, ..file_change(kind, Content::Yaml, &new.file, new.document, fields) };
        match left.remove(&key(new)) {
            Some(old) if Arc::ptr_eq(old, new) => {}
            Some(old) => {
                let fields = fields::between(&old.node, &new.node, About::default());
                let chart = chart::change(old, new);
                if !fields.is_empty() || chart.is_some() {
                    let change = make(Kind::Changed, fields);
                    changes.push(Change { chart, secret: secret || is_secret(&old.node), ..change });
                }
            }
            None => changes.push(make(Kind::Added, vec![whole_field(Kind::Added, new.node.to_json())])),
        }
    }
    changes.extend(left.into_values().map(|old| {
        let fields = vec![whole_field(Kind::Removed, old.node.to_json())];
        let secret = is_secret(&old.node);
        Change { secret, ..file_change(Kind::Removed, Content::Yaml, &old.file, old.document, fields) }
    }));
    changes
}

fn texts(from: &Side, to: &Side) -> Vec<Change> {
    let hides = |name: &String| from.hidden.contains(name) || to.hidden.contains(name);
    if from.single
        && to.single
        && let (Some((_, old)), Some((name, new))) = (from.texts.first_key_value(), to.texts.first_key_value())
    {
        return text(name, Some(old), Some(new), hides(name)).into_iter().collect();
    }
    let names: std::collections::BTreeSet<&String> = from.texts.keys().chain(to.texts.keys()).collect();
    let one = |name: &String| text(name, from.texts.get(name), to.texts.get(name), hides(name));
    names.into_iter().filter_map(one).collect()
}

/// The differences in a text. `is_hidden`: it holds secrets, and nothing says where.
fn text(name: &str, old: Option<&Vec<u8>>, new: Option<&Vec<u8>>, is_hidden: bool) -> Option<Change> {
    if old == new {
        return None;
    }
    let read = |bytes: Option<&Vec<u8>>| bytes.map(|bytes| std::str::from_utf8(bytes).map(str::to_owned)).transpose();
    let kind = match (old, new) {
        (Some(_), Some(_)) => Kind::Changed,
        (None, _) => Kind::Added,
        (_, None) => Kind::Removed,
    };
    let (Ok(old), Ok(new), false) = (read(old), read(new), is_hidden) else {
        let op = if kind == Kind::Added {
            Op::Add
        } else if kind == Kind::Removed {
            Op::Remove
        } else {
            Op::Replace
        };
        let note = if is_hidden { "content of a Secret, which is not shown" } else { "binary content" };
        let field = Field { note: Some(note), ..Field::new(op, String::new(), String::new()) };
        return Some(file_change(kind, Content::Binary, name, 1, vec![field]));
    };
    let field = match (old, new) {
        (Some(old), Some(new)) => {
            let note = embed::same_words(&old, &new).then_some(fields::WHITESPACE);
            let field = Field::new(Op::Replace, String::new(), String::new());
            Field { old: Some(Json::String(old)), value: Some(Json::String(new)), note, ..field }
        }
        (old, new) => whole_field(kind, Json::String(new.or(old).unwrap_or_default())),
    };
    Some(file_change(kind, Content::Text, name, 1, vec![field]))
}
