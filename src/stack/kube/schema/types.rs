//! A schema, from the JSON of a table or of a CustomResourceDefinition.

use crate::stack::kube::schema::format::Format;
use crate::stack::kube::schema::pattern::Pattern;
use serde_json::Map;
use serde_json::Value as Json;
use std::sync::OnceLock;

/// A set of the releases of a table, as bits from the oldest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Releases(pub(crate) u32);

impl Releases {
    /// Of a definition that comes without releases.
    pub(crate) const ALL: Releases = Releases(u32::MAX);

    pub(crate) fn and(self, other: Releases) -> Releases {
        Releases(self.0 & other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `others` are in it.
    pub(crate) fn has(self, others: Releases) -> bool {
        others.0 & !self.0 == 0
    }

    /// The index of the newest; 0 for none.
    pub(crate) fn newest(self) -> u32 {
        31 - (self.0 | 1).leading_zeros()
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Type {
    #[default]
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// `x-kubernetes-int-or-string`.
    IntOrString,
    /// A resource.Quantity, which is read from text or a number.
    Quantity,
}

/// What an object may hold beside its properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Additional {
    #[default]
    Nothing,
    Anything,
    Of(u32),
}

/// A name, and the types that it has in different releases.
type Property = (Box<str>, Vec<(u32, Releases)>);

/// A schema; others inside it by their numbers in [`Schemas`].
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(crate) kind: Type,
    pub(crate) format: Option<Format>,
    /// Sorted by name; each with the types that it has in different releases.
    properties: Vec<Property>,
    pub(crate) required: Vec<(Box<str>, Releases)>,
    pub(crate) additional: Additional,
    pub(crate) items: Option<u32>,
    pub(crate) enumeration: Vec<Json>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive: (bool, bool),
    pub(crate) multiple_of: Option<f64>,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    /// Of a list's items or a map's entries.
    pub(crate) min_count: Option<usize>,
    pub(crate) max_count: Option<usize>,
    /// Items are a set.
    pub(crate) is_set: bool,
    /// The keys that name an item of the list.
    pub(crate) map_keys: Vec<Box<str>>,
    pub(crate) nullable: bool,
    pub(crate) default: Option<Json>,
    pub(crate) preserves: bool,
    /// It is an object with `apiVersion`, `kind` and `metadata`.
    pub(crate) embedded: bool,
    pub(crate) all_of: Vec<u32>,
    pub(crate) any_of: Vec<u32>,
    pub(crate) one_of: Vec<u32>,
    pub(crate) not: Option<u32>,
    /// Formats of a map's keys and values.
    pub(crate) keys: Option<Format>,
    pub(crate) values: Option<Format>,
}

impl Schema {
    /// The types of a property.
    pub(crate) fn property(&self, name: &str) -> Option<&[(u32, Releases)]> {
        let at = self.properties.binary_search_by(|(own, _)| (**own).cmp(name)).ok()?;
        Some(&self.properties[at].1)
    }

    /// The names of the properties that some of these releases have.
    pub(crate) fn names(&self, asked: Releases) -> impl Iterator<Item = &str> {
        let has = move |types: &[(u32, Releases)]| types.iter().any(|(_, has)| !has.and(asked).is_empty());
        self.properties.iter().filter(move |(_, types)| has(types)).map(|(name, _)| &**name)
    }

    /// `inner` gives the number of a schema inside. `of_table`: properties may be lists of numbers with their releases.
    fn read(json: &Map<String, Json>, of_table: bool, inner: &mut dyn FnMut(&Json) -> u32) -> Schema {
        let text = |key: &str| json.get(key).and_then(Json::as_str);
        let flag = |key: &str| json.get(key).and_then(Json::as_bool) == Some(true);
        let number = |key: &str| json.get(key).and_then(Json::as_f64);
        let count = |key: &str| json.get(key).and_then(Json::as_u64).and_then(|count| usize::try_from(count).ok());
        let list = |key: &str| json.get(key).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let format = text("format").and_then(Format::named);
        let mut properties: Vec<_> = json
            .get("properties")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
            .map(|(name, types)| (name.as_str().into(), property(types, of_table, inner)))
            .collect();
        properties.sort_unstable_by(|(a, _): &(Box<str>, _), (b, _)| a.cmp(b));
        let mut all = |key: &str| list(key).iter().map(&mut *inner).collect::<Vec<u32>>();
        let (all_of, any_of, one_of) = (all("allOf"), all("anyOf"), all("oneOf"));
        let preserves = flag("x-kubernetes-preserve-unknown-fields");
        let int_or_string = flag("x-kubernetes-int-or-string");
        Schema {
            kind: match text("type") {
                _ if int_or_string => Type::IntOrString,
                _ if format == Some(Format::Quantity) => Type::Quantity,
                Some("object") => Type::Object,
                Some("array") => Type::Array,
                Some("string") => Type::String,
                Some("integer") => Type::Integer,
                Some("number") => Type::Number,
                Some("boolean") => Type::Boolean,
                _ => Type::Any,
            },
            format,
            properties,
            required: list("required").iter().filter_map(required).collect(),
            additional: match json.get("additionalProperties") {
                None | Some(Json::Bool(false)) => Additional::Nothing,
                Some(Json::Bool(true)) => Additional::Anything,
                Some(schema) => Additional::Of(inner(schema)),
            },
            items: json.get("items").map(&mut *inner),
            enumeration: list("enum").to_vec(),
            pattern: text("pattern").and_then(Pattern::read),
            minimum: number("minimum"),
            maximum: number("maximum"),
            exclusive: (flag("exclusiveMinimum"), flag("exclusiveMaximum")),
            multiple_of: number("multipleOf"),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            min_count: count("minItems").or_else(|| count("minProperties")),
            max_count: count("maxItems").or_else(|| count("maxProperties")),
            is_set: text("x-kubernetes-list-type") == Some("set"),
            map_keys: match text("x-kubernetes-list-type") {
                Some("map") => {
                    list("x-kubernetes-list-map-keys").iter().filter_map(Json::as_str).map(Into::into).collect()
                }
                _ => Vec::new(),
            },
            nullable: flag("nullable"),
            default: json.get("default").cloned(),
            preserves,
            embedded: flag("x-kubernetes-embedded-resource"),
            all_of,
            // That an int-or-string is an integer or a string is its type already.
            any_of: if int_or_string { Vec::new() } else { any_of },
            one_of,
            not: json.get("not").map(inner),
            keys: text("x-keys").and_then(Format::named),
            values: text("x-values").and_then(Format::named),
        }
    }
}

/// A number of a schema, pairs of such a number and releases, or a schema itself.
fn property(types: &Json, of_table: bool, inner: &mut dyn FnMut(&Json) -> u32) -> Vec<(u32, Releases)> {
    let number = |json: &Json| json.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    match types {
        Json::Array(pairs) if of_table => {
            pairs.chunks_exact(2).map(|pair| (number(&pair[0]), Releases(number(&pair[1])))).collect()
        }
        one => vec![(inner(one), Releases::ALL)],
    }
}

fn required(json: &Json) -> Option<(Box<str>, Releases)> {
    match json {
        Json::String(name) => Some((name.as_str().into(), Releases::ALL)),
        Json::Array(pair) => {
            let releases = u32::try_from(pair.get(1)?.as_u64()?).ok()?;
            Some((pair.first()?.as_str()?.into(), Releases(releases)))
        }
        _ => None,
    }
}

/// Schemas by their numbers, each read when it is first asked for.
pub(crate) struct Schemas {
    lines: Vec<Box<str>>,
    read: Vec<OnceLock<Schema>>,
}

impl Schemas {
    pub(super) fn of_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Schemas {
        let lines: Vec<Box<str>> = lines.map(Into::into).collect();
        let read = lines.iter().map(|_| OnceLock::new()).collect();
        Schemas { lines, read }
    }

    /// The `openAPIV3Schema` of a CustomResourceDefinition with all that it contains; its own number is 0.
    pub(crate) fn of_definition(json: &Json) -> Schemas {
        let mut schemas = Schemas { lines: Vec::new(), read: Vec::new() };
        schemas.add(json);
        schemas
    }

    fn add(&mut self, json: &Json) -> u32 {
        let number = self.read.len();
        self.read.push(OnceLock::new());
        if let Some(map) = json.as_object() {
            let schema = Schema::read(map, false, &mut |inner| self.add(inner));
            let _ = self.read[number].set(schema);
        }
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.read.len()).unwrap_or(u32::MAX)
    }

    /// The schema of a number.
    pub(crate) fn get(&self, number: u32) -> &Schema {
        let at = number as usize;
        self.read[at].get_or_init(|| {
            let json = self.lines.get(at).and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
            let mut number = |json: &Json| json.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
            Schema::read(&json, true, &mut number)
        })
    }
}
