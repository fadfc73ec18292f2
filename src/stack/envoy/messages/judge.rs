//! Checks JSON against the messages it is meant to be.

use crate::stack::envoy::messages::problem::Kind;
use crate::stack::envoy::messages::problem::Problem;
use crate::stack::envoy::messages::rules;
use crate::stack::envoy::messages::scalar;
use crate::stack::envoy::messages::scalar::Scalar;
use crate::stack::envoy::messages::table::Field;
use crate::stack::envoy::messages::table::Message;
use crate::stack::envoy::messages::table::Shape;
use crate::stack::envoy::messages::table::Table;
use crate::stack::envoy::messages::table::Type;
use crate::stack::envoy::messages::versions::Versions;
use serde_json::Map;
use serde_json::Value;
use std::collections::HashMap;
use std::rc::Rc;

/// What a JSON value is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// A static cluster (`envoy_extra_static_clusters_json`, `envoy_local_cluster_json`).
    Cluster,
    /// A listener (`envoy_extra_static_listeners_json`, `envoy_public_listener_json`).
    Listener,
    /// The bootstrap's `tracing` (`envoy_tracing_json`).
    Tracing,
    /// The tracing settings of a listener's connection manager (`envoy_listener_tracing_json`): an object with an
    /// `@type`.
    ListenerTracing,
    /// A stats sink (`envoy_extra_stats_sinks_json`).
    StatsSink,
    /// The bootstrap's `stats_config` (`envoy_stats_config_json`).
    StatsConfig,
    /// Any message, by its fully qualified name.
    Message(&'static str),
}

const LISTENER_TRACING: &str =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing";

impl Root {
    fn message(self) -> &'static str {
        match self {
            Root::Cluster => "envoy.config.cluster.v3.Cluster",
            Root::Listener => "envoy.config.listener.v3.Listener",
            Root::Tracing => "envoy.config.trace.v3.Tracing",
            Root::ListenerTracing => LISTENER_TRACING,
            Root::StatsSink => "envoy.config.metrics.v3.StatsSink",
            Root::StatsConfig => "envoy.config.metrics.v3.StatsConfig",
            Root::Message(name) => name,
        }
    }
}

/// Everything in `json` that one of `versions` rejects when parsed as `root`, in the order of the JSON.
pub(crate) fn judge(versions: Versions, root: Root, json: &Value) -> Vec<Problem> {
    read(versions, root, json, false)
}

/// The versions that have the type of `config`, an object with an `@type`, and its fields right below; `None` if all have
/// the type, or none. A field that none of them has does not count.
pub(crate) fn having(config: &Value) -> Option<Versions> {
    let object = config.as_object()?;
    let url = object.get("@type")?.as_str()?;
    let (name, versions) = Table::get().versions(url.rsplit('/').next()?)?;
    let message = Table::get().message(name);
    let known = |key: &String| {
        let fields = message.fields.iter().filter(|field| is(field, key));
        fields.fold(Versions(0), |all, field| all.or(field.versions))
    };
    let fields = object.keys().filter(|key| *key != "@type").map(known);
    let with = fields.map(|known| versions.and(known)).filter(|with| !with.is_empty());
    (versions != Versions::all()).then(|| with.fold(versions, Versions::and)).filter(|some| !some.is_empty())
}

/// Everything that keeps a Go program with the protobufs of `versions` from parsing `json`, an object with an `@type`,
/// as `root`. Consul parses it this way before sending the message to Envoy. Go's parser checks fields and types but no
/// validation rules; unlike Envoy's, it wants enum names with exact case, unquoted booleans, and lists for repeated
/// fields (google.golang.org/protobuf `encoding/protojson/decode.go`).
pub(crate) fn judge_in_go(versions: Versions, root: Root, json: &Value) -> Vec<Problem> {
    let mut problems = read(versions, root, json, true);
    problems.retain(|problem| match &problem.kind {
        Kind::UnknownField { .. } | Kind::UnknownType { .. } | Kind::MissingType { .. } | Kind::WrongType { .. } => {
            true
        }
        Kind::UnknownValue { .. } | Kind::Twice { .. } => true,
        // Consul can only use the type that this field is for.
        Kind::WrongExtension { .. } => problem.pointer == "/@type",
        Kind::UnknownOption { .. } | Kind::Disallowed { .. } | Kind::Rule { .. } => false,
        Kind::Missing { .. } | Kind::MissingOneOf { .. } => false,
    });
    problems
}

fn read(versions: Versions, root: Root, json: &Value, in_go: bool) -> Vec<Problem> {
    let mut walk = Walk { problems: Vec::new(), messages: HashMap::new(), at: String::new(), in_go };
    match root {
        Root::ListenerTracing => walk.any(json, versions, Place::Only(LISTENER_TRACING)),
        root if in_go => walk.any(json, versions, Place::Only(root.message())),
        root => walk.message(root.message(), json, versions, Place::Free),
    }
    for problem in &mut walk.problems {
        problem.accepted_by = versions.without(problem.refused_by);
    }
    walk.problems
}

/// The types that are allowed at a place.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Free,
    /// Extensions of a category, including in a `typed_config` directly below.
    Category(&'static str),
    Only(&'static str),
}

struct Walk {
    problems: Vec<Problem>,
    messages: HashMap<&'static str, Rc<Message>>,
    /// The pointer to the current value.
    at: String,
    /// Whether it is parsed the way a Go program would.
    in_go: bool,
}

impl Walk {
    fn refuse(&mut self, versions: Versions, kind: Kind) {
        if !versions.is_empty() {
            let (pointer, accepted_by) = (self.at.clone(), Versions(0));
            self.problems.push(Problem { pointer, kind, refused_by: versions, accepted_by });
        }
    }

    /// Runs `visit` one level further down.
    fn below<T>(&mut self, step: &str, visit: impl FnOnce(&mut Walk) -> T) -> T {
        let length = self.at.len();
        self.at.push('/');
        self.at.push_str(&step.replace('~', "~0").replace('/', "~1"));
        let result = visit(self);
        self.at.truncate(length);
        result
    }

    fn wrong(&mut self, versions: Versions, expected: &'static str) {
        self.refuse(versions, Kind::WrongType { expected });
    }

    fn read(&mut self, name: &'static str) -> Rc<Message> {
        Rc::clone(self.messages.entry(name).or_insert_with(|| Rc::new(Table::get().message(name))))
    }

    fn message(&mut self, name: &'static str, value: &Value, live: Versions, place: Place) {
        if let Some(well_known) = name.strip_prefix("google.protobuf.") {
            return self.well_known(well_known, value, live, place);
        }
        let Some(object) = value.as_object() else { return self.wrong(live, "an object") };
        if object.contains_key("@type") {
            let kind = Kind::UnknownField { field: "@type".to_string(), message: name, known: Vec::new() };
            self.below("@type", |walk| walk.refuse(live, kind));
        }
        self.object(name, object, live, place);
    }

    fn object(&mut self, name: &'static str, object: &Map<String, Value>, live: Versions, place: Place) {
        if name.ends_with(".TypedStruct") {
            return self.typed_struct(object, live);
        }
        let message = self.read(name);
        let mut set: Vec<(&'static str, Versions)> = Vec::new();
        let mut oneofs: Vec<(&'static str, &str, Versions)> = Vec::new();
        for (key, value) in object.iter().filter(|(key, _)| *key != "@type") {
            let fields: Vec<&Field> =
                message.fields.iter().filter(|field| !field.versions.and(live).is_empty() && is(field, key)).collect();
            let known = fields.iter().fold(Versions(0), |all, field| all.or(field.versions));
            let unknown = live.without(known);
            if !unknown.is_empty() {
                let kind = Kind::UnknownField { field: key.clone(), message: name, known: names(&message, live) };
                self.below(key, |walk| walk.refuse(unknown, kind));
            }
            let Some(first) = fields.first() else { continue };
            if value.is_null() && first.shape != Shape::One(Type::Message("google.protobuf.Value")) {
                continue;
            }
            self.below(key, |walk| {
                for field in &fields {
                    let here = field.versions.and(live);
                    if field.disallowed {
                        walk.refuse(here, Kind::Disallowed { name: field.name });
                    }
                    let twice = |(other, _, versions): &&(&'static str, &str, Versions)| {
                        Some(*other) == field.oneof && !versions.and(here).is_empty()
                    };
                    if let Some((_, first, versions)) = oneofs.iter().find(twice) {
                        walk.refuse(versions.and(here), Kind::Twice { first: (*first).to_string() });
                    }
                }
                walk.fields(&fields, value, live, place, live.without(message.unchecked));
            });
            set.push((first.name, known));
            for field in &fields {
                oneofs.extend(field.oneof.map(|oneof| (oneof, key.as_str(), field.versions)));
            }
        }
        self.absent(&message, &set, live.without(message.unchecked));
        self.untyped(&message, &set, live, place);
    }

    /// An extension without its `typed_config`: Envoy goes by the type and ignores the name.
    fn untyped(&mut self, message: &Message, set: &[(&'static str, Versions)], live: Versions, place: Place) {
        let config = message.fields.iter().filter(|field| field.name == "typed_config" && field.oneof.is_some());
        for field in config.filter(|field| field.category.is_some() || matches!(place, Place::Category(_))) {
            let other = |(name, _): &&(&'static str, Versions)| {
                message.fields.iter().any(|one| one.name == *name && one.oneof == field.oneof)
            };
            let there = set.iter().filter(other).fold(Versions(0), |all, one| all.or(one.1));
            self.refuse(field.versions.and(live).without(there), Kind::Missing { field: field.name });
        }
    }

    /// A value described by one or more rows of the table: checked once for each shape, against the rules of each row.
    fn fields(&mut self, fields: &[&Field], value: &Value, live: Versions, place: Place, checked: Versions) {
        for (index, field) in fields.iter().enumerate() {
            let same = |other: &&&Field| other.shape == field.shape && other.category == field.category;
            if fields[..index].iter().any(|other| same(&other)) {
                continue;
            }
            let alike: Vec<&Field> = fields.iter().filter(same).copied().collect();
            let here = alike.iter().fold(Versions(0), |all, field| all.or(field.versions)).and(live);
            let place = match field.category {
                Some(category) => Place::Category(category),
                None if field.name == "typed_config" => place,
                None => Place::Free,
            };
            let rules = Rules { fields: &alike, checked };
            match field.shape {
                Shape::One(kind) => self.single(kind, value, here, place, rules, ""),
                Shape::Many(kind) => {
                    let size = self.items(kind, value, here, place, rules);
                    self.hold(rules, "", &Scalar::Size(size), here);
                }
                Shape::Map(key, kind) => self.map((key, kind), value, here, place, rules),
            }
        }
    }

    /// The items of a list, and their number. The parser accepts a single value instead of a list, and flattens nested
    /// lists.
    fn items(&mut self, kind: Type, value: &Value, live: Versions, place: Place, rules: Rules<'_>) -> usize {
        match value.as_array() {
            Some(items) if self.in_go => {
                for (index, item) in items.iter().enumerate() {
                    self.below(&index.to_string(), |walk| walk.single(kind, item, live, place, rules, "items."));
                }
                items.len()
            }
            Some(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.below(&index.to_string(), |walk| walk.items(kind, item, live, place, rules)))
                .sum(),
            None if value.is_null() && kind != Type::Message("google.protobuf.Value") => 0,
            None if self.in_go => {
                self.wrong(live, "a list");
                1
            }
            None => {
                self.single(kind, value, live, place, rules, "items.");
                1
            }
        }
    }

    fn map(&mut self, (key, kind): (Type, Type), value: &Value, live: Versions, place: Place, rules: Rules<'_>) {
        let Some(object) = value.as_object() else { return self.wrong(live, "an object") };
        let options = place == Place::Category("envoy.upstream_options") || self.at.ends_with("rotocol_options");
        for (name, item) in object {
            self.below(name, |walk| {
                let text = Value::String(name.clone());
                walk.single(key, &text, live, Place::Free, rules, "keys.");
                if kind == Type::Message("google.protobuf.Any") && options {
                    return walk.protocol_options(name, item, live);
                }
                walk.single(kind, item, live, place, rules, "values.");
            });
        }
        self.hold(rules, "", &Scalar::Size(object.len()), live);
    }

    /// A single value: a scalar, an enum value or a message.
    fn single(&mut self, kind: Type, value: &Value, live: Versions, place: Place, rules: Rules<'_>, prefix: &str) {
        match kind {
            Type::Scalar("bool") if self.in_go && !value.is_boolean() => {
                self.wrong(live, "true or false, without quotes");
            }
            Type::Scalar(kind) => match scalar::read(kind, value) {
                Ok(read) => {
                    if scalar::is_loose(kind, value) {
                        self.wrong(live.and(Versions::before(37)), "a whole number");
                    }
                    self.hold(rules, prefix, &read, live);
                }
                Err(expected) => self.wrong(live, expected),
            },
            Type::Enum(name) => self.enumeration(name, value, live, rules, prefix),
            Type::Message("google.protobuf.Duration") => match scalar::duration(value) {
                Some(nanos) => self.hold_duration(rules, prefix, nanos, live),
                None => self.wrong(live, "a duration in seconds, such as \"1.5s\""),
            },
            Type::Message(name) => {
                if let Some(wrapped) = wrapped(name) {
                    if let Some(object) = value.as_object() {
                        return self.unwrapped(wrapped, object, live, rules, prefix);
                    }
                    return self.single(Type::Scalar(wrapped), value, live, place, rules, prefix);
                }
                self.message(name, value, live, place);
            }
        }
    }

    /// A wrapper written as a message: `{"value": 5}`.
    fn unwrapped(
        &mut self,
        kind: &'static str,
        object: &Map<String, Value>,
        live: Versions,
        rules: Rules<'_>,
        prefix: &str,
    ) {
        for (key, value) in object {
            self.below(key, |walk| match &**key {
                "value" if value.is_null() => {}
                "value" => walk.single(Type::Scalar(kind), value, live, Place::Free, rules, prefix),
                _ => {
                    let kind = Kind::UnknownField {
                        field: key.clone(),
                        message: "google.protobuf wrapper",
                        known: vec!["value"],
                    };
                    walk.refuse(live, kind);
                }
            });
        }
        if let Some(default) =
            default(Shape::One(Type::Scalar(kind))).filter(|_| object.get("value").is_none_or(Value::is_null))
        {
            self.hold(rules, prefix, &default, live);
        }
    }

    fn enumeration(&mut self, name: &'static str, value: &Value, live: Versions, rules: Rules<'_>, prefix: &str) {
        let values = Table::get().values(name);
        if self.in_go && value.as_str().is_some_and(|text| values.iter().all(|(name, ..)| *name != text)) {
            return self.wrong(live, "the name of an enum value, in upper case");
        }
        let Some(read) = scalar::enumeration(&values, value) else {
            return self.wrong(live, "an enum value, by name or number");
        };
        let known = read.iter().fold(Versions(0), |all, (_, versions)| all.or(*versions));
        let names =
            || values.iter().filter(|(_, _, _, versions)| !versions.and(live).is_empty()).map(|one| one.0).collect();
        self.refuse(live.without(known), Kind::UnknownValue { known: names() });
        for (number, versions) in read {
            let here = versions.and(live);
            self.hold(rules, prefix, &Scalar::Integer(number.into()), here);
            for (name, _, disallowed, versions) in values.iter().filter(|one| one.1 == number) {
                if *disallowed {
                    self.refuse(versions.and(here), Kind::Disallowed { name });
                }
            }
            let defined = values.iter().filter(|one| one.1 == number).fold(Versions(0), |all, one| all.or(one.3));
            let only = rules.versions(&format!("{prefix}defined_only"));
            self.refuse(here.without(defined).and(only), Kind::UnknownValue { known: names() });
        }
    }

    /// Checks a value against the rules of its field.
    fn hold(&mut self, rules: Rules<'_>, prefix: &str, value: &Scalar, live: Versions) {
        for field in rules.fields {
            let here = field.versions.and(live).and(rules.checked);
            if let Some(must) = rules::broken(&field.rules, prefix, value).filter(|_| !here.is_empty()) {
                self.refuse(here, Kind::Rule { must, field: None });
            }
        }
    }

    fn hold_duration(&mut self, rules: Rules<'_>, prefix: &str, nanos: i128, live: Versions) {
        let before = self.problems.len();
        self.hold(rules, prefix, &Scalar::Integer(nanos), live);
        for problem in &mut self.problems[before..] {
            if let Kind::Rule { must, .. } = &mut problem.kind {
                *must = in_seconds(must);
            }
        }
    }

    /// Reports fields that are required but not in `set`.
    fn absent(&mut self, message: &Message, set: &[(&'static str, Versions)], live: Versions) {
        let is_set =
            |name: &str| set.iter().filter(|(other, _)| *other == name).fold(Versions(0), |all, one| all.or(one.1));
        for field in &message.fields {
            let here = field.versions.and(live).without(is_set(field.name));
            if here.is_empty() || field.oneof.is_some() {
                continue;
            }
            if rules::required(&field.rules) {
                self.refuse(here, Kind::Missing { field: field.name });
            }
            let Some(default) = default(field.shape) else { continue };
            if let Shape::One(Type::Enum(name)) = field.shape {
                for (name, _, _, versions) in Table::get().values(name).iter().filter(|one| one.1 == 0 && one.2) {
                    let must = format!("be set: its default `{name}` is refused");
                    self.refuse(versions.and(here), Kind::Rule { must, field: Some(field.name) });
                }
            }
            if let Some(must) = rules::broken(&field.rules, "", &default) {
                let kind = match &*must {
                    "not be empty" | "have at least 1 item" => Kind::Missing { field: field.name },
                    _ => Kind::Rule { must, field: Some(field.name) },
                };
                self.refuse(here, kind);
            }
        }
        for (oneof, versions) in &message.required {
            let members = || message.fields.iter().filter(|field| field.oneof == Some(*oneof));
            let there = members().fold(Versions(0), |all, field| all.or(is_set(field.name).and(field.versions)));
            let missing = versions.and(live).without(there);
            let fields =
                members().filter(|field| !field.versions.and(missing).is_empty()).map(|field| field.name).collect();
            self.refuse(missing, Kind::MissingOneOf { fields });
        }
    }

    fn well_known(&mut self, name: &str, value: &Value, live: Versions, place: Place) {
        let fine = match name {
            "Any" => return self.any(value, live, place),
            "Struct" => (value.is_object(), "an object"),
            "ListValue" => (value.is_array(), "a list"),
            "Empty" => (value.as_object().is_some_and(Map::is_empty), "an empty object"),
            "Duration" => (scalar::duration(value).is_some(), "a duration in seconds, such as \"1.5s\""),
            "FieldMask" | "Timestamp" => (value.is_string(), "a string"),
            _ => (true, ""),
        };
        if !fine.0 {
            self.wrong(live, fine.1);
        }
    }

    /// An object whose `@type` names its message.
    fn any(&mut self, value: &Value, live: Versions, place: Place) {
        let Some(object) = value.as_object() else { return self.wrong(live, "an object with an `@type`") };
        let Some(url) = object.get("@type").filter(|url| !url.is_null()) else {
            return self.refuse(live, Kind::MissingType { known: fitting(place, live) });
        };
        let Some(url) = url.as_str() else {
            return self.below("@type", |walk| walk.wrong(live, "a string"));
        };
        let Some((name, here)) = self.named(url, live, place) else { return };
        if let Some(inner) = name.strip_prefix("google.protobuf.").filter(|name| *name != "Empty") {
            let value = object.get("value").unwrap_or(&Value::Null);
            return self.below("value", |walk| walk.well_known(inner, value, here, Place::Free));
        }
        self.object(name, object, here, Place::Free);
    }

    /// The message that an `@type` names, and the versions with it.
    fn named(&mut self, url: &str, live: Versions, place: Place) -> Option<(&'static str, Versions)> {
        let table = Table::get();
        let known = || fitting(place, live);
        let name = url.rsplit_once('/').map(|(_, name)| name);
        let found = name.and_then(|name| {
            let own = [
                "xds.type.v3.TypedStruct",
                "udpa.type.v1.TypedStruct",
                "google.protobuf.Struct",
                "google.protobuf.Empty",
            ];
            let own = own.into_iter().find(|own| *own == name).map(|own| (own, Versions(u32::MAX)));
            own.or_else(|| table.versions(name))
        });
        let Some((name, versions)) = found else {
            let kind = Kind::UnknownType { url: url.to_string(), known: known() };
            self.below("@type", |walk| walk.refuse(live, kind));
            return None;
        };
        let missing = Kind::UnknownType { url: url.to_string(), known: known() };
        let here = live.and(versions);
        let misplaced = misplaced(name, place, here);
        self.below("@type", |walk| {
            walk.refuse(live.without(versions), missing);
            let category = match place {
                Place::Category(category) => category,
                Place::Only(only) => only,
                Place::Free => "",
            };
            walk.refuse(misplaced, Kind::WrongExtension { message: name, category, known: known() });
        });
        let here = here.without(misplaced);
        (!here.is_empty()).then_some((name, here))
    }

    /// `type_url` and `value`: a message written as a plain object.
    fn typed_struct(&mut self, object: &Map<String, Value>, live: Versions) {
        let get = |names: [&str; 2]| names.into_iter().find_map(|name| object.get_key_value(name));
        let Some((_, Value::String(url))) = get(["type_url", "typeUrl"]) else { return };
        let Some(name) = url.rsplit_once('/').map(|(_, name)| name) else { return };
        if let (Some((name, versions)), Some((key, Value::Object(inner)))) =
            (Table::get().versions(name), get(["value", "value"]))
        {
            self.below(key, |walk| walk.object(name, inner, versions.and(live), Place::Free));
        }
    }

    /// An entry of `typed_extension_protocol_options`, whose key is an extension's name.
    fn protocol_options(&mut self, name: &str, value: &Value, live: Versions) {
        let table = Table::get();
        let categories = ["envoy.upstream_options", "envoy.filters.network", "envoy.filters.http"];
        let all = || categories.iter().flat_map(|category| table.extensions.get(category).into_iter().flatten());
        let Some(found) = all().find(|one| one.name == name) else {
            let usual = table.extensions.get(categories[0]).into_iter().flatten().map(|one| one.name).collect();
            return self.refuse(live, Kind::UnknownOption { name: name.to_string(), known: usual });
        };
        let place = match found.types {
            one if one == found.name => Place::Only(one),
            _ => Place::Free,
        };
        self.any(value, live, place);
    }
}

#[derive(Clone, Copy)]
struct Rules<'a> {
    fields: &'a [&'a Field],
    /// The versions in which the message is validated at all.
    checked: Versions,
}

impl Rules<'_> {
    /// The versions with a rule enabled.
    fn versions(&self, rule: &str) -> Versions {
        let on = self.fields.iter().filter(|field| field.rules.iter().any(|one| one.0 == rule && one.1 == "true"));
        on.fold(Versions(0), |all, field| all.or(field.versions)).and(self.checked)
    }
}

/// Whether a key names the field, in snake case as in the proto or in camel case.
fn is(field: &Field, key: &str) -> bool {
    field.name == key || field.json == Some(key) || (!key.contains('_') && is_camel(field.name, key))
}

fn is_camel(snake: &str, key: &str) -> bool {
    let mut key = key.chars();
    let mut upper = false;
    for c in snake.chars() {
        if c == '_' {
            upper = true;
            continue;
        }
        let wanted = if upper { c.to_ascii_uppercase() } else { c };
        upper = false;
        if key.next() != Some(wanted) {
            return false;
        }
    }
    key.next().is_none()
}

fn names(message: &Message, live: Versions) -> Vec<&'static str> {
    let mut names: Vec<&'static str> =
        message.fields.iter().filter(|field| !field.versions.and(live).is_empty()).map(|field| field.name).collect();
    names.dedup();
    names
}

/// The types allowed at a place in at least one of the versions.
fn fitting(place: Place, live: Versions) -> Vec<&'static str> {
    let table = Table::get();
    match place {
        Place::Free => Vec::new(),
        Place::Only(name) => vec![name],
        Place::Category(category) => {
            let extensions = table.extensions.get(category).into_iter().flatten();
            let mut types: Vec<&'static str> = extensions
                .flat_map(|one| one.types.split(' '))
                .filter(|name| table.versions(name).is_some_and(|(_, versions)| !versions.and(live).is_empty()))
                .collect();
            types.sort_unstable();
            types.dedup();
            types
        }
    }
}

/// The versions that have the message but do not allow it here. Which extensions an Envoy has was only recorded for
/// 1.36 and later; earlier ones are assumed to allow the same types in the same places.
fn misplaced(name: &'static str, place: Place, live: Versions) -> Versions {
    let table = Table::get();
    let category = match place {
        Place::Free => return Versions(0),
        Place::Only(only) => return if only == name { Versions(0) } else { live },
        Place::Category(category) => category,
    };
    let Some(extensions) = table.extensions.get(category) else { return Versions(0) };
    if name.ends_with(".TypedStruct") {
        return Versions(0);
    }
    let every = || table.extensions.values().flatten();
    let asked = every().fold(Versions(0), |all, one| all.or(one.versions));
    let takes = extensions.iter().filter(|one| one.types.split(' ').any(|one| one == name));
    let taken = takes.fold(Versions(0), |all, one| all.or(one.versions));
    let elsewhere = table.types.contains_key(name);
    let all_have_it = table.versions(name).is_some_and(|(_, versions)| asked.without(versions).is_empty());
    let before = match taken.is_empty() && (elsewhere || all_have_it) {
        true => live.without(asked),
        false => Versions(0),
    };
    live.and(asked).without(taken).or(before)
}

/// The scalar type in a wrapper message.
fn wrapped(name: &str) -> Option<&'static str> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "BoolValue" => "bool",
        "StringValue" => "string",
        "BytesValue" => "bytes",
        "FloatValue" => "float",
        "DoubleValue" => "double",
        "Int32Value" => "int32",
        "Int64Value" => "int64",
        "UInt32Value" => "uint32",
        "UInt64Value" => "uint64",
        _ => return None,
    })
}

/// The default of a field; `None` for a message, which is simply absent.
fn default(shape: Shape) -> Option<Scalar> {
    Some(match shape {
        Shape::Many(_) | Shape::Map(..) => Scalar::Size(0),
        Shape::One(Type::Message(_)) => return None,
        Shape::One(Type::Scalar("bool")) => Scalar::Bool(false),
        Shape::One(Type::Scalar("string")) => Scalar::Text(String::new()),
        Shape::One(Type::Scalar("bytes")) => Scalar::Bytes(0),
        Shape::One(Type::Scalar("float" | "double")) => Scalar::Float(0.0),
        Shape::One(_) => Scalar::Integer(0),
    })
}

/// Rewrites `be greater than 1000000`, which is in nanoseconds, to `be greater than 0.001s`.
fn in_seconds(must: &str) -> String {
    let word = |word: &str| match word.trim_end_matches(',').parse::<i128>() {
        Ok(nanos) => format!("{}s", nanos as f64 / 1e9),
        Err(_) => word.to_string(),
    };
    must.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
