use super::*;
use crate::profile::json;
use proptest::prelude::*;

fn map(text: &str) -> Map {
    match json::parse(text, Span::NONE).unwrap().value {
        Value::Map(map) => map,
        _ => panic!("not a map: {text}"),
    }
}

fn fold(layers: &[Map]) -> (Map, Vec<Removed>) {
    let (mut root, mut removed) = (Map::default(), Vec::new());
    layers.iter().for_each(|layer| merge(&mut root, layer, &mut removed));
    let removed = still_missing(removed, &root);
    (root, removed)
}

/// The text of a map with its keys in order: `Node`'s equality ignores the order.
fn text(map: &Map) -> String {
    format!("{map:?}")
}

#[track_caller]
fn check(layers: &[&str], expect: &str) {
    let layers: Vec<Map> = layers.iter().map(|layer| map(layer)).collect();
    assert_eq!(text(&fold(&layers).0), text(&map(expect)));
}

#[track_caller]
fn check_removed(layers: &[&str], expect: &[&str]) {
    let layers: Vec<Map> = layers.iter().map(|layer| map(layer)).collect();
    let paths: Vec<String> = fold(&layers).1.iter().map(|one| one.path.join(".")).collect();
    assert_eq!(paths, expect);
}

#[test]
fn maps_merge_and_keep_the_order_of_the_lower_one() {
    check(
        &[r#"{"a":1,"m":{"x":1,"y":2},"b":2}"#, r#"{"c":3,"m":{"z":3,"x":9}}"#],
        r#"{"a":1,"m":{"x":9,"y":2,"z":3},"b":2,"c":3}"#,
    );
}

#[test]
fn anything_else_replaces() {
    check(
        &[r#"{"l":[1,2],"s":"x","m":{"a":1},"n":1}"#, r#"{"l":[3],"s":{"k":1},"m":2,"n":"t"}"#],
        r#"{"l":[3],"s":{"k":1},"m":2,"n":"t"}"#,
    );
}

#[test]
fn null_removes_a_key() {
    check(&[r#"{"a":1,"b":{"c":1,"d":2}}"#, r#"{"a":null,"b":{"c":null}}"#], r#"{"b":{"d":2}}"#);
    check(&[r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":2}"#], r#"{"a":2}"#);
}

#[test]
fn null_for_a_missing_key_leaves_nothing() {
    check(&[r#"{"services":{"web":{"image":null,"port":1}}}"#], r#"{"services":{"web":{"port":1}}}"#);
    check(&[r#"{"s":"text"}"#, r#"{"s":{"a":null}}"#], r#"{"s":{}}"#);
}

#[test]
fn null_in_a_free_map_is_a_value() {
    check(
        &[r#"{"consul":{"values":{"a":{"affinity":1}}}}"#, r#"{"consul":{"values":{"a":{"affinity":null},"b":null}}}"#],
        r#"{"consul":{"values":{"a":{"affinity":null},"b":null}}}"#,
    );
    check(&[r#"{"vars":{"a":null}}"#, r#"{"vars":{"a":{"b":null}}}"#], r#"{"vars":{"a":{"b":null}}}"#);
    check(
        &[r#"{"services":{"web":{"port":1,"serviceDefaults":{"x":null}}}}"#],
        r#"{"services":{"web":{"port":1,"serviceDefaults":{"x":null}}}}"#,
    );
    check(
        &[r#"{"mesh":{"proxyDefaults":{"x":null}},"jaeger":{"spec":{"x":null}}}"#],
        r#"{"mesh":{"proxyDefaults":{"x":null}},"jaeger":{"spec":{"x":null}}}"#,
    );
}

#[test]
fn null_removes_a_whole_free_map_and_other_maps_of_that_name_are_not_free() {
    check(&[r#"{"vars":{"a":1},"b":1}"#, r#"{"vars":null}"#], r#"{"b":1}"#);
    check(&[r#"{"consul":{"vars":{"a":null}},"values":{"a":null}}"#], r#"{"consul":{"vars":{}},"values":{}}"#);
}

#[test]
fn lists_are_values_and_their_content_is_kept() {
    check(&[r#"{"l":[{"a":1}]}"#, r#"{"l":[{"b":null},null]}"#], r#"{"l":[{"b":null},null]}"#);
}

#[test]
fn removed_keys_are_remembered_until_they_are_set_again() {
    check_removed(&[r#"{"a":1,"b":{"c":1}}"#, r#"{"a":null,"b":{"c":null,"typo":null}}"#], &["a", "b.c", "b.typo"]);
    check_removed(&[r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":2}"#], &[]);
    check_removed(&[r#"{"a":null}"#, r#"{"a":null}"#], &["a"]);
    check_removed(&[r#"{"b":{"c":null}}"#, r#"{"b":1}"#], &["b.c"]);
    check_removed(&[r#"{"vars":{"c":null}}"#], &[]);
}

#[test]
fn the_places_of_value_and_key_are_those_of_the_winner() {
    let mut sources = crate::source::Sources::default();
    let (low, high) = (sources.add("low", "a"), sources.add("high", "a"));
    let layer = |id, text: &str| {
        let Value::Map(map) = json::parse(text, Span::new(id, 0, 1)).unwrap().value else { panic!("a map") };
        map
    };
    let (root, _) = fold(&[layer(low, r#"{"m":{"x":1,"y":1}}"#), layer(high, r#"{"m":{"x":2}}"#)]);
    let inner = root.get("m").unwrap();
    assert_eq!(inner.span.source, high);
    assert_eq!(inner.get("x").unwrap().span.source, high);
    assert_eq!(inner.get("y").unwrap().span.source, low);
}

#[test]
fn ten_thousand_services_merge_in_linear_time() {
    let many = |value: &str| {
        let list: Vec<String> = (0..10_000).map(|at| format!(r#""s{at}":{{"port":{value}}}"#)).collect();
        map(&format!(r#"{{"services":{{{}}}}}"#, list.join(",")))
    };
    let (root, removed) = fold(&[many("1"), many("2"), many("null"), many("null")]);
    assert_eq!(root.get("services").unwrap().as_map().unwrap().entries.len(), 10_000);
    assert_eq!(removed.len(), 10_000);
}

/// Any tree of maps: few keys, so that layers overlap, with nulls and free maps.
fn any_layer() -> impl Strategy<Value = Map> {
    let leaf = prop_oneof![
        Just(Value::Null),
        (0..3i64).prop_map(Value::Int),
        "[xy]".prop_map(|text| Value::String(text.into())),
        Just(Value::List(vec![Node::new(Value::Null)])),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::vec(
            (prop::sample::select(vec!["a", "b", "vars", "consul", "values", "services"]), inner),
            0..4,
        )
        .prop_map(|pairs| Value::Map(unique(pairs)))
    });
    prop::collection::vec((prop::sample::select(vec!["a", "b", "vars", "consul", "services"]), value), 0..4)
        .prop_map(unique)
}

/// Layers that agree on which keys hold maps (upper case) and contain no nulls.
fn agreeing_layer() -> impl Strategy<Value = Map> {
    let leaf = || (prop::sample::select(vec!["a", "b", "c"]), (0..5i64).prop_map(Value::Int));
    let inner = prop::collection::vec(leaf(), 0..4).prop_map(|pairs| Value::Map(unique(pairs)));
    let branch = (prop::sample::select(vec!["A", "B"]), inner);
    prop::collection::vec(prop_oneof![leaf(), branch], 0..5).prop_map(unique)
}

fn unique(pairs: Vec<(&'static str, Value)>) -> Map {
    let mut map = Map::default();
    for (key, value) in pairs {
        map.set(key, Node::new(value));
    }
    map
}

fn over(lower: &Map, upper: &Map) -> Map {
    let mut result = lower.clone();
    merge(&mut result, upper, &mut Vec::new());
    result
}

proptest! {
    #[test]
    fn an_empty_layer_is_neutral(layers in prop::collection::vec(any_layer(), 0..4), at in 0..4usize) {
        let mut with = layers.clone();
        with.insert(at.min(layers.len()), Map::default());
        let (one, two) = (fold(&layers), fold(&with));
        prop_assert_eq!(text(&one.0), text(&two.0));
        prop_assert_eq!(one.1, two.1);
    }

    #[test]
    fn a_layer_twice_in_a_row_is_the_same_as_once(low in any_layer(), high in any_layer()) {
        let once = over(&fold(&[low]).0, &high);
        prop_assert_eq!(text(&over(&once, &high)), text(&once));
    }

    #[test]
    fn merging_is_associative_for_layers_that_agree_on_maps_and_remove_nothing(
        a in agreeing_layer(), b in agreeing_layer(), c in agreeing_layer(),
    ) {
        prop_assert_eq!(text(&over(&over(&a, &b), &c)), text(&over(&a, &over(&b, &c))));
    }

    #[test]
    fn a_null_is_left_only_in_free_maps_and_lists(layers in prop::collection::vec(any_layer(), 0..4)) {
        fn nulls(map: &Map, path: &mut Vec<String>) -> bool {
            map.entries.iter().any(|entry| {
                path.push(entry.key.to_string());
                let free = is_free(&path.iter().map(String::as_str).collect::<Vec<_>>());
                let bad = match &entry.value.value {
                    Value::Null => true,
                    Value::Map(inner) => !free && nulls(inner, path),
                    _ => false,
                };
                path.pop();
                bad
            })
        }
        prop_assert!(!nulls(&fold(&layers).0, &mut Vec::new()));
    }
}

#[test]
fn nulls_and_changes_of_kind_are_why_layers_fold_from_the_left() {
    let (a, b, c) = (map(r#"{"x":1}"#), map(r#"{"x":null}"#), Map::default());
    assert_eq!(text(&over(&over(&a, &b), &c)), "Map { entries: [] }");
    // Merged first, `b` and the empty layer lose the null that `b` on its own would have kept.
    assert_eq!(text(&over(&a, &fold(&[b, c]).0)), text(&a));
}
