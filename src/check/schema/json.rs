//! JSON Schema, as charts have it in `values.schema.json`.
//!
//! Source: the drafts 4 to 2020-12 at json-schema.org. Covers the keywords for types, enums, numbers, strings, lists,
//! maps, combinations and conditions, and `$ref` within the document. `format`, `unevaluated*`, anchors and references to
//! other documents are not judged: what is not covered fits, so nothing is reported that Helm accepts.

use crate::stack::kube::schema::Pattern;
use serde_json::Map;
use serde_json::Value as Json;

/// Where a value does not fit, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) path: Vec<String>,
    /// What is wrong, as the end of a sentence that begins with the value's path.
    pub(crate) message: String,
    pub(crate) wrong: Wrong,
}

/// The kind of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A key that the schema does not allow, and those that it has.
    Key(Vec<String>),
    Other,
}

/// How deep schemas may refer to each other.
const DEPTH: usize = 64;
/// How many faults are told.
const MOST: usize = 100;

/// What does not fit the schema.
pub(crate) fn faults(schema: &Json, value: &Json) -> Vec<Fault> {
    let mut walk = Walk { root: schema, path: Vec::new(), depth: 0, faults: Vec::new() };
    walk.value(schema, value);
    walk.faults
}

struct Walk<'a> {
    root: &'a Json,
    path: Vec<String>,
    depth: usize,
    faults: Vec<Fault>,
}

impl<'a> Walk<'a> {
    fn fault(&mut self, message: String) {
        self.push(message, Wrong::Other);
    }

    fn push(&mut self, message: String, wrong: Wrong) {
        if self.faults.len() < MOST {
            self.faults.push(Fault { path: self.path.clone(), message, wrong });
        }
    }

    /// Whether a value fits, without telling why not.
    fn fits(&self, schema: &'a Json, value: &Json) -> bool {
        let mut walk = Walk { root: self.root, path: Vec::new(), depth: self.depth, faults: Vec::new() };
        walk.value(schema, value);
        walk.faults.is_empty()
    }

    fn under(&mut self, step: impl ToString, schema: &'a Json, value: &Json) {
        self.path.push(step.to_string());
        self.value(schema, value);
        self.path.pop();
    }

    fn value(&mut self, schema: &'a Json, value: &Json) {
        if *schema == Json::Bool(false) {
            return self.fault("is not allowed".to_string());
        }
        let Some(map) = schema.as_object() else { return };
        if self.depth > DEPTH {
            return;
        }
        self.depth += 1;
        if let Some(Json::String(reference)) = map.get("$ref")
            && let Some(target) = local(self.root, reference)
        {
            self.value(target, value);
        }
        if self.kind(map, value) {
            self.choices(map, value);
            match value {
                Json::Number(_) => self.number(map, value.as_f64().unwrap_or_default()),
                Json::String(text) => self.text(map, text),
                Json::Array(items) => self.list(map, items),
                Json::Object(members) => self.map(map, members),
                _ => {}
            }
        }
        self.combined(map, value);
        self.depth -= 1;
    }

    /// Whether the value has one of the types.
    fn kind(&mut self, schema: &Map<String, Json>, value: &Json) -> bool {
        let names: Vec<&str> = match schema.get("type") {
            Some(Json::String(name)) => vec![name],
            Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
            _ => return true,
        };
        let has = |name: &&str| match *name {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            _ => true,
        };
        let fits = names.iter().any(has);
        if !fits {
            let expected: Vec<&str> = names.iter().map(|name| named(name)).collect();
            self.fault(format!("is {}, not {}", kind_of(value), expected.join(" or ")));
        }
        fits
    }

    fn choices(&mut self, schema: &Map<String, Json>, value: &Json) {
        if let Some(Json::Array(all)) = schema.get("enum")
            && !all.iter().any(|one| same(one, value))
        {
            let all: Vec<String> = all.iter().take(MOST_CHOICES).map(|one| format!("`{}`", plain(one))).collect();
            self.fault(format!("is `{}`, not one of {}", plain(value), all.join(", ")));
        }
        if let Some(one) = schema.get("const")
            && !same(one, value)
        {
            self.fault(format!("is `{}`, not `{}`", plain(value), plain(one)));
        }
    }

    fn number(&mut self, schema: &Map<String, Json>, number: f64) {
        let of = |key: &str| schema.get(key).and_then(Json::as_f64);
        // In draft 4 these are flags of the other two.
        let flag = |key: &str| schema.get(key) == Some(&Json::Bool(true));
        let least = of("minimum").filter(|least| number < *least || flag("exclusiveMinimum") && number == *least);
        if let Some(least) = least.or(of("exclusiveMinimum").filter(|least| number <= *least)) {
            self.fault(format!("is {number}, which is below the minimum {least}"));
        }
        let most = of("maximum").filter(|most| number > *most || flag("exclusiveMaximum") && number == *most);
        if let Some(most) = most.or(of("exclusiveMaximum").filter(|most| number >= *most)) {
            self.fault(format!("is {number}, which is above the maximum {most}"));
        }
        if let Some(step) = of("multipleOf").filter(|step| *step > 0.0) {
            let times = number / step;
            if (times - times.round()).abs() > 1e-9 {
                self.fault(format!("is {number}, which is not a multiple of {step}"));
            }
        }
    }

    fn text(&mut self, schema: &Map<String, Json>, text: &str) {
        let length = text.chars().count();
        self.count(schema, length, ("minLength", "maxLength"), "characters");
        if let Some(Json::String(source)) = schema.get("pattern")
            && !fits(source, text)
        {
            self.fault(format!("is `{text}`, which does not match `{source}`"));
        }
    }

    fn count(&mut self, schema: &Map<String, Json>, count: usize, (least, most): (&str, &str), what: &str) {
        let of = |key: &str| schema.get(key).and_then(Json::as_u64).and_then(|limit| usize::try_from(limit).ok());
        if let Some(least) = of(least).filter(|least| count < *least) {
            self.fault(format!("has {count} {what}, fewer than {least}"));
        }
        if let Some(most) = of(most).filter(|most| count > *most) {
            self.fault(format!("has {count} {what}, more than {most}"));
        }
    }

    fn list(&mut self, schema: &'a Map<String, Json>, items: &[Json]) {
        self.count(schema, items.len(), ("minItems", "maxItems"), "items");
        if schema.get("uniqueItems") == Some(&Json::Bool(true)) {
            let repeated = items.iter().enumerate().find(|(at, item)| items[..*at].iter().any(|one| same(one, item)));
            if let Some((at, _)) = repeated {
                self.fault(format!("has the same item twice, at {at}"));
            }
        }
        let (first, rest) = match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Json::Array(first)), rest) => (first.as_slice(), rest),
            (_, Some(Json::Array(first))) => (first.as_slice(), schema.get("additionalItems")),
            (_, rest) => (&[][..], rest),
        };
        for (at, item) in items.iter().enumerate() {
            if let Some(of) = first.get(at).or(rest) {
                self.under(at, of, item);
            }
        }
        if let Some(of) = schema.get("contains")
            && schema.get("minContains").is_none()
            && !items.iter().any(|item| self.fits(of, item))
        {
            self.fault("has no item of the kind that it must contain".to_string());
        }
    }

    fn map(&mut self, schema: &'a Map<String, Json>, members: &Map<String, Json>) {
        self.count(schema, members.len(), ("minProperties", "maxProperties"), "keys");
        for name in schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
            if !members.contains_key(name) {
                self.fault(format!("has no `{name}`, which is required"));
            }
        }
        let of = |key: &str| schema.get(key).and_then(Json::as_object);
        let (properties, patterns) = (of("properties"), of("patternProperties"));
        for (name, value) in members {
            let own = properties.and_then(|properties| properties.get(name));
            let mut known = own.is_some();
            if let Some(own) = own {
                self.under(name, own, value);
            }
            for (pattern, own) in patterns.into_iter().flatten() {
                if fits(pattern, name) {
                    known = true;
                    self.under(name, own, value);
                }
            }
            match schema.get("additionalProperties") {
                Some(Json::Bool(false)) if !known => {
                    let names = properties.into_iter().flatten().map(|(name, _)| name.clone()).collect();
                    self.path.push(name.clone());
                    self.push("is not among the keys that the schema allows".to_string(), Wrong::Key(names));
                    self.path.pop();
                }
                Some(of) if !known => self.under(name, of, value),
                _ => {}
            }
            if let Some(of) = schema.get("propertyNames")
                && !self.fits(of, &Json::String(name.clone()))
            {
                self.fault(format!("has the key `{name}`, which is not allowed"));
            }
        }
        for (name, needs) in
            ["dependencies", "dependentRequired", "dependentSchemas"].iter().filter_map(|key| of(key)).flatten()
        {
            match needs {
                _ if !members.contains_key(name) => {}
                Json::Array(names) => {
                    for other in names.iter().filter_map(Json::as_str).filter(|other| !members.contains_key(*other)) {
                        self.fault(format!("has `{name}` but no `{other}`, which it requires"));
                    }
                }
                schema => self.value(schema, &Json::Object(members.clone())),
            }
        }
    }

    fn combined(&mut self, schema: &'a Map<String, Json>, value: &Json) {
        let list = |key: &str| schema.get(key).and_then(Json::as_array).filter(|all| !all.is_empty());
        list("allOf").into_iter().flatten().for_each(|one| self.value(one, value));
        if let Some(all) = list("anyOf")
            && !all.iter().any(|one| self.fits(one, value))
        {
            self.closest(all, value);
        }
        if let Some(all) = list("oneOf") {
            match all.iter().filter(|one| self.fits(one, value)).count() {
                1 => {}
                0 => self.closest(all, value),
                count => self.fault(format!("fits {count} of the forms of which it must have exactly one")),
            }
        }
        if let Some(not) = schema.get("not")
            && self.fits(not, value)
        {
            self.fault("has a form that is not allowed".to_string());
        }
        if let Some(condition) = schema.get("if") {
            let then = if self.fits(condition, value) { schema.get("then") } else { schema.get("else") };
            if let Some(then) = then {
                self.value(then, value);
            }
        }
    }

    /// Tells what the form lacks that the value is closest to.
    fn closest(&mut self, all: &'a [Json], value: &Json) {
        let faults = |one: &'a Json| {
            let mut walk = Walk { root: self.root, path: self.path.clone(), depth: self.depth, faults: Vec::new() };
            walk.value(one, value);
            walk.faults
        };
        let best = all.iter().map(faults).min_by_key(|faults| {
            let is_deep = faults.iter().all(|fault| fault.path.len() > self.path.len());
            (!is_deep, faults.len())
        });
        match best {
            Some(faults) if all.len() == 1 || faults.iter().all(|fault| fault.path.len() > self.path.len()) => {
                self.faults.extend(faults);
            }
            _ => self.fault(format!("is {}, which has none of the forms that it may have", kind_of(value))),
        }
    }
}

/// How many choices a message lists.
const MOST_CHOICES: usize = 12;

/// A schema in the same document: `#/definitions/port`.
fn local<'a>(root: &'a Json, reference: &str) -> Option<&'a Json> {
    root.pointer(reference.strip_prefix('#')?)
}

fn fits(pattern: &str, text: &str) -> bool {
    Pattern::read(pattern).is_none_or(|pattern| pattern.fits(text))
}

/// JSON Schema compares numbers by value: 1 is 1.0.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

fn named(kind: &str) -> &str {
    match kind {
        "null" => "null",
        "boolean" => "a boolean",
        "string" => "a string",
        "array" => "a list",
        "object" => "a map",
        "number" => "a number",
        "integer" => "an integer",
        other => other,
    }
}

fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(schema: &Json, value: &Json) -> Vec<String> {
        faults(schema, value).into_iter().map(|fault| format!("{} {}", fault.path.join("."), fault.message)).collect()
    }

    #[test]
    fn each_keyword_refuses_what_it_should_and_nothing_else() {
        for (schema, good, bad) in [
            (json!({"type": "string"}), json!("x"), json!(1)),
            (json!({"type": ["string", "null"]}), json!(null), json!([])),
            (json!({"type": "integer"}), json!(2.0), json!(2.5)),
            (json!({"enum": ["a", 1]}), json!(1.0), json!("b")),
            (json!({"const": true}), json!(true), json!(false)),
            (json!({"minimum": 1, "maximum": 3}), json!(3), json!(4)),
            (json!({"exclusiveMinimum": 1}), json!(2), json!(1)),
            (json!({"minimum": 1, "exclusiveMinimum": true}), json!(2), json!(1)),
            (json!({"multipleOf": 0.1}), json!(0.3), json!(0.35)),
            (json!({"minLength": 1}), json!("x"), json!("")),
            (json!({"pattern": "^[a-z]+$"}), json!("abc"), json!("A")),
            (json!({"minItems": 1, "items": {"type": "string"}}), json!(["a"]), json!([])),
            (json!({"items": {"type": "string"}}), json!(["a"]), json!(["a", 1])),
            (json!({"prefixItems": [{"type": "string"}], "items": false}), json!(["a"]), json!(["a", 1])),
            (json!({"uniqueItems": true}), json!([1, 2]), json!([1, 1.0])),
            (json!({"contains": {"const": 1}}), json!([2, 1]), json!([2])),
            (json!({"required": ["a"]}), json!({"a": 1}), json!({"b": 1})),
            (json!({"properties": {"a": {"type": "string"}}}), json!({"b": 1}), json!({"a": 1})),
            (json!({"additionalProperties": false, "properties": {"a": {}}}), json!({"a": 1}), json!({"b": 1})),
            (json!({"additionalProperties": {"type": "string"}}), json!({"a": "x"}), json!({"a": 1})),
            (json!({"patternProperties": {"^x-": {"type": "string"}}}), json!({"a": 1}), json!({"x-a": 1})),
            (json!({"propertyNames": {"pattern": "^a"}}), json!({"ab": 1}), json!({"b": 1})),
            (json!({"dependencies": {"a": ["b"]}}), json!({"b": 1}), json!({"a": 1})),
            (json!({"allOf": [{"type": "string"}, {"minLength": 2}]}), json!("ab"), json!("a")),
            (json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}), json!(1), json!([])),
            (json!({"oneOf": [{"type": "number"}, {"type": "integer"}]}), json!(1.5), json!(1)),
            (json!({"not": {"type": "null"}}), json!(1), json!(null)),
            (json!({"if": {"const": 1}, "then": false}), json!(2), json!(1)),
            (json!({"$ref": "#/$defs/p", "$defs": {"p": {"maximum": 9}}}), json!(9), json!(10)),
        ] {
            assert_eq!(said(&schema, &good), Vec::<String>::new(), "{schema} of {good}");
            assert_ne!(said(&schema, &bad), Vec::<String>::new(), "{schema} of {bad}");
        }
    }

    #[test]
    fn a_fault_says_where_it_is() {
        let schema = json!({"properties": {"ports": {"items": {"properties": {"port": {"type": "integer"}}}}}});
        assert_eq!(said(&schema, &json!({"ports": [{"port": "x"}]})), ["ports.0.port is a string, not an integer"]);
    }

    #[test]
    fn what_is_not_covered_fits_and_circles_end() {
        for schema in [
            json!({"$ref": "https://example.com/other.json"}),
            json!({"format": "ipv4"}),
            json!({"pattern": "(?<=a)b"}),
            json!({"$ref": "#"}),
        ] {
            assert_eq!(said(&schema, &json!("x")), Vec::<String>::new(), "{schema}");
        }
    }
}
