use super::*;
use crate::source::Span;
use serde_json::Value as Json;
use serde_json::json;

fn fields(a: Json, b: Json) -> Vec<Field> {
    between(&Node::from_json(&a, Span::NONE), &Node::from_json(&b, Span::NONE), About::default())
}

fn short(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| format!("{:?} {}", field.op, field.keyed).to_lowercase()).collect()
}

#[test]
fn a_json_string_is_one_replacement_with_the_changes_inside() {
    let found = fields(json!({"j": "{\"a\": {\"b\": 1}}"}), json!({"j": "{\"a\": {\"b\": 2}}"}));
    assert_eq!((found.len(), found[0].op, found[0].path.as_str()), (1, Op::Replace, "/j"));
    assert_eq!(found[0].value, Some(json!("{\"a\": {\"b\": 2}}")));
    assert_eq!(short(found[0].inner.as_deref().unwrap()), ["replace a.b"]);
}

#[test]
fn consuls_comma_joined_clusters_are_paired_by_name() {
    let found = fields(
        json!({"c": "{\"name\": \"a\"}, {\"name\": \"b\", \"x\": 1}"}),
        json!({"c": "{\"name\": \"b\", \"x\": 2}"}),
    );
    assert_eq!(short(found[0].inner.as_deref().unwrap()), ["remove [name=a]", "replace [name=b].x"]);
}

#[test]
fn differences_only_in_whitespace_or_notation_are_noted() {
    let note = |a: &str, b: &str| fields(json!({"x": a}), json!({"x": b})).first().and_then(|field| field.note);
    assert_eq!(note("{\"a\": 1}", "{\n  \"a\":1\n}"), Some(WHITESPACE));
    assert_eq!(note("a: 1\nb: 2\n", "a: 1\n# said\nb: 2\n"), Some(LAYOUT));
    assert_eq!(note("one two", "one  two\n"), Some(WHITESPACE));
    assert_eq!(note("one", "two"), None);
    assert_eq!(note("{\"id\": 12345678901234567890}", "{\"id\": 12345678901234567891}"), None);
    assert_eq!(note("{\"id\": 12345678901234567890}", "{ \"id\": 12345678901234567890 }"), Some(WHITESPACE));
}

#[test]
fn documents_can_be_nested_in_documents() {
    let nest = |n: i64| json!({"x": json!({"y": json!({"z": n}).to_string()}).to_string()});
    let found = fields(nest(1), nest(2));
    let inner = &found[0].inner.as_ref().unwrap()[0];
    assert_eq!((inner.path.as_str(), inner.inner.as_ref().unwrap()[0].path.as_str()), ("/y", "/z"));
}

#[test]
fn a_new_first_item_does_not_change_the_others() {
    let found = fields(json!(["a", "b", "c"]), json!(["x", "a", "b", "c"]));
    assert_eq!(short(&found), ["add [0]"]);
    let found = fields(json!(["a", "b", "c"]), json!(["a", "x", "c"]));
    assert_eq!(short(&found), ["replace [1]"]);
}

#[test]
fn lists_of_a_custom_kind_follow_its_definition() {
    let schema = json!({"properties": {
        "listeners": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"], "items": {"properties": {"protocol": {"default": "TCP"}}}},
        "tags": {"x-kubernetes-list-type": "set"},
        "steps": {"x-kubernetes-list-type": "atomic"},
    }});
    let schema = Node::from_json(&schema, Span::NONE);
    let fields = |a: Json, b: Json| {
        let about = About { known: Known::Crd(&schema), ..About::default() };
        short(&between(&Node::from_json(&a, Span::NONE), &Node::from_json(&b, Span::NONE), about))
    };
    let listeners = |list: Json| json!({"listeners": list});
    let (a, b) = (json!({"port": 1, "x": 1}), json!({"port": 2, "protocol": "UDP"}));
    assert_eq!(fields(listeners(json!([a, b])), listeners(json!([b, a]))), Vec::<String>::new());
    assert_eq!(
        fields(listeners(json!([a])), listeners(json!([{"port": 1, "x": 2}]))),
        ["replace listeners[port=1,protocol=tcp].x"]
    );
    assert_eq!(fields(json!({"tags": ["a", "b"]}), json!({"tags": ["c", "b", "a"]})), ["add tags[2]"]);
    assert_eq!(fields(json!({"steps": ["a", "b"]}), json!({"steps": ["b", "a"]})), ["move steps[1]"]);
}

#[test]
fn null_a_missing_key_and_an_empty_map_are_different() {
    assert_eq!(short(&fields(json!({"a": null}), json!({}))), ["remove a"]);
    assert_eq!(short(&fields(json!({}), json!({"a": null}))), ["add a"]);
    assert_eq!(short(&fields(json!({"a": {}}), json!({"a": []}))), ["replace a"]);
    assert_eq!(short(&fields(json!({"a": 1}), json!({"a": 1.0}))), Vec::<String>::new());
}

#[test]
fn long_lists_and_maps_are_fast() {
    let list = |c: char| Json::from((0..50_000).map(|n| format!("{c}{n}")).collect::<Vec<_>>());
    assert_eq!(fields(list('a'), list('b')).len(), 50_000);
    let reversed = Json::from((0..50_000).rev().map(|n| format!("a{n}")).collect::<Vec<_>>());
    assert_eq!(fields(list('a'), reversed).len(), 49_999);
    let map = |c: char| Json::Object((0..50_000).map(|n| (format!("{c}{n}"), json!(n))).collect());
    assert_eq!(fields(map('a'), map('b')).len(), 100_000);
}
