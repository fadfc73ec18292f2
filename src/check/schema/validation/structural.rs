//! The schemas of CustomResourceDefinitions, which have to be structural (apiextensions-apiserver
//! `pkg/apis/apiextensions/validation` `ValidateCustomResourceDefinitionOpenAPISchema`, `pkg/apiserver/schema/validation.go`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::yaml::Node;
use crate::yaml::Value;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
/// Parts of JSON Schema that no definition may have.
const NOT_SUPPORTED: [&str; 6] = ["$ref", "additionalItems", "definitions", "dependencies", "id", "patternProperties"];
const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";
const LIST_TYPE: &str = "x-kubernetes-list-type";
const LIST_KEYS: &str = "x-kubernetes-list-map-keys";
const MAP_TYPE: &str = "x-kubernetes-map-type";
const EMBEDDED: &str = "x-kubernetes-embedded-resource";

/// The schema of a version.
pub(super) fn judge(out: &mut Out, root: Cursor<'_>) {
    if !is_set(root) || is_open(root) {
        return;
    }
    let kind = root.get("type");
    match known(kind) {
        Some("object") => {}
        Some(other) => {
            out.value(kind, format!("the schema of an object cannot have `type: {other}`"), "write `type: object`");
        }
        None if is_open(kind) || root.get(PRESERVE).bool() == Some(true) => {}
        None => out.missing(root, "the schema has no `type`, which is required", "add `type: object`"),
    }
    if root.get("nullable").bool() == Some(true) {
        out.clash(root.get("nullable").key(), "an object as a whole cannot be `nullable`", "remove it");
    }
    let metadata = root.at(&["properties", "metadata"]);
    if known(metadata.get("type")).is_some_and(|kind| kind != "object") {
        out.value(metadata.get("type"), "`metadata` is an object", "write `type: object`");
    }
    for (name, at) in metadata.get("properties").entries() {
        if !matches!(name, "name" | "generateName") {
            let message = "of `metadata` a definition can describe `name` and `generateName` only";
            out.clash(at.key(), message, "remove it");
        }
    }
    walk(out, root);
}

/// Keys that are judged, beside those of every schema.
const JUDGED: [&str; 12] = [
    "$ref",
    "additionalItems",
    "definitions",
    "dependencies",
    "id",
    "patternProperties",
    "uniqueItems",
    PRESERVE,
    LIST_TYPE,
    LIST_KEYS,
    MAP_TYPE,
    EMBEDDED,
];

/// Definitions are large and rarely wrong, so a schema is looked at more closely only if it has something to judge.
fn walk(out: &mut Out, at: Cursor<'_>) {
    let Some(node) = at.node() else { return };
    let kind = node.get("type").and_then(Node::as_str);
    let is_plain = kind.is_none_or(|kind| TYPES.contains(&kind) && kind != "array");
    let has = |key: &str| node.get(key).is_some();
    let both = has("properties") && has("additionalProperties");
    if !is_plain || both || has("items") || has("x-kubernetes-validations") || JUDGED.into_iter().any(has) {
        details(out, at);
    }
    if has("properties") {
        for (_, child) in at.get("properties").entries() {
            part(out, child, "field");
        }
    }
    if has("additionalProperties") {
        part(out, at.get("additionalProperties"), "field");
    }
}

fn details(out: &mut Out, at: Cursor<'_>) {
    out.one_word(at.get("type"), &TYPES);
    for field in NOT_SUPPORTED.into_iter().filter(|field| is_given(at.get(field))) {
        let message = format!("`{field}` is not supported in a definition");
        out.clash(at.get(field).key(), message, "remove it");
    }
    if at.get("uniqueItems").bool() == Some(true) {
        let help = format!("remove it, or write `{LIST_TYPE}: set`");
        out.clash(at.get("uniqueItems"), "`uniqueItems` cannot be true in a definition", help);
    }
    if at.get(PRESERVE).bool() == Some(false) {
        out.value(at.get(PRESERVE), format!("`{PRESERVE}` can only be true"), "remove it");
    }
    for rule in at.get("x-kubernetes-validations").items().filter(|rule| !is_open(*rule) && !is_given(rule.get("rule")))
    {
        out.missing(rule, "a validation needs a `rule`", "add it");
    }
    if at.get(EMBEDDED).bool() == Some(true) && !is_given(at.get("properties")) && at.get(PRESERVE).bool() != Some(true)
    {
        let message = format!("an embedded object needs `properties` or `{PRESERVE}: true`");
        out.missing(at, message, "add one of them");
    }
    out.one_word(at.get(MAP_TYPE), &["atomic", "granular"]);
    list(out, at);
    let (fields, others) = (at.get("properties"), at.get("additionalProperties"));
    if fields.map().is_some_and(|map| !map.entries.is_empty()) && is_set(others) {
        let message = "`additionalProperties` does not go with `properties`";
        out.clash(others.key(), message, "remove one of them");
    }
}

/// The schema of a field or an item.
fn part(out: &mut Out, at: Cursor<'_>, what: &str) {
    let Some(node) = at.node().filter(|node| node.as_map().is_some()) else { return };
    let is_true = |key: &&str| matches!(node.get(key), Some(Node { value: Value::Bool(true), .. }));
    let is_free = || [PRESERVE, "x-kubernetes-int-or-string"].iter().any(is_true);
    if node.get("type").is_none_or(|kind| kind.as_str().is_none_or(str::is_empty)) && !is_free() {
        out.missing(at, format!("the schema of this {what} has no `type`, which is required"), "add it");
    }
    walk(out, at);
}

/// A list and how it is merged.
fn list(out: &mut Out, at: Cursor<'_>) {
    let (items, how, keys) = (at.get("items"), at.get(LIST_TYPE), at.get(LIST_KEYS));
    let kind = known(at.get("type"));
    if kind == Some("array") && !is_set(items) {
        out.missing(at, "the schema of a list needs `items`", "add it");
    }
    if items.node().is_some_and(|node| node.as_list().is_some()) {
        out.value(items, "all items of a list have one schema", "write one schema instead of a list");
        return;
    }
    if items.map().is_some() {
        part(out, items, "item");
    }
    out.one_word(how, &["atomic", "map", "set"]);
    if known(how).is_some() && kind.is_some_and(|kind| kind != "array") {
        out.clash(how.key(), format!("`{LIST_TYPE}` is for lists"), "remove it, or write `type: array`");
    }
    if is_given(keys) && known(how) != Some("map") && !is_open(how) {
        out.clash(keys.key(), format!("`{LIST_KEYS}` needs `{LIST_TYPE}: map`"), "add it, or remove the keys");
    }
    match known(how) {
        Some("map") => map_list(out, at),
        Some("set") if matches!(known(items.get("type")), Some("object" | "array")) => {
            let is_atomic =
                known(items.get(MAP_TYPE)) == Some("atomic") || known(items.get(LIST_TYPE)) == Some("atomic");
            if !is_atomic {
                out.clash(how, "the items of a set are single values or atomic", "write `map` with keys, or `atomic`");
            }
        }
        _ => {}
    }
}

/// A list whose items have keys.
fn map_list(out: &mut Out, at: Cursor<'_>) {
    let (items, keys) = (at.get("items"), at.get(LIST_KEYS));
    if !is_given(keys) {
        out.missing(at, format!("`{LIST_TYPE}: map` needs `{LIST_KEYS}`"), "name the keys of its items");
    }
    if known(items.get("type")).is_some_and(|kind| kind != "object") {
        out.clash(items.get("type"), "the items of a list with keys are objects", "write `type: object`");
        return;
    }
    for key in keys.items() {
        let Some(name) = known(key) else { continue };
        let field = items.get("properties").get(name);
        if !is_set(field) {
            out.value(key, format!("the items have no `{name}`"), "name one of their `properties`");
        } else if !is_set(field.get("default")) && !items.get("required").items().any(|one| one.str() == Some(name)) {
            let message = format!("`{name}` is a key of the list, so it must be required or have a default");
            out.missing(field, message, "add it to `required`");
        }
    }
}
