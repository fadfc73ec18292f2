use super::*;
use crate::finding::Findings;
use crate::source::Sources;
use crate::yaml::Entry;
use crate::yaml::read;
use proptest::prelude::*;

fn written(node: &Node) -> String {
    let mut out = String::new();
    write(node, &mut out);
    out
}

fn read_back(text: &str) -> Node {
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let mut found = Findings::default();
    let mut documents = read(&sources, id, &mut found);
    assert!(found.is_empty(), "{text:?}: {found:?}");
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0).node
}

fn survives(node: &Node) {
    let text = written(node);
    let back = read_back(&text);
    assert!(same(node, &back), "{node:?}\n{text:?}\n{back:?}");
}

/// Equality that includes the types of numbers and the order of keys.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.entries.len() == b.entries.len()
                && a.entries.iter().zip(&b.entries).all(|(a, b)| a.key == b.key && same(&a.value, &b.value))
        }
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Int(_), Value::Float(_)) | (Value::Float(_), Value::Int(_)) => false,
        _ => a == b,
    }
}

fn map(entries: Vec<(&str, Node)>) -> Node {
    let entry = |(key, value): (&str, Node)| Entry { key: key.into(), key_span: value.span, value };
    Node::new(Value::Map(Map { entries: entries.into_iter().map(entry).collect() }))
}

fn list(items: Vec<Node>) -> Node {
    Node::new(Value::List(items))
}

fn int(int: i64) -> Node {
    Node::new(Value::Int(int))
}

fn hostile() -> Vec<String> {
    serde_json::from_str(include_str!("../../../tests/data/hostile-strings.json")).expect("the corpus is a JSON list")
}

#[test]
fn the_style_is_ours() {
    let node = map(vec![
        ("name", Node::string("x")),
        ("empty", list(vec![])),
        ("none", map(vec![])),
        (
            "list",
            list(vec![map(vec![("name", Node::string("a")), ("n", int(1))]), list(vec![int(1), list(vec![int(2)])])]),
        ),
        ("text", Node::string("a\n  b\n")),
        ("yes", Node::string("yes")),
        ("deep", map(vec![("keep", Node::string("a\n\n")), ("strip", Node::string(" a\nb"))])),
        ("한국", Node::string("서울 특별시")),
        ("null", Node::new(Value::Null)),
    ]);
    let expected = "name: x\nempty: []\nnone: {}\nlist:\n- name: a\n  \"n\": 1\n- - 1\n  - - 2\ntext: |\n  a\n    b\n\
                    \"yes\": \"yes\"\ndeep:\n  keep: |+\n    a\n\n  strip: |2-\n     a\n    b\n한국: 서울 특별시\n\"null\": null\n";
    assert_eq!(written(&node), expected);
    survives(&node);
}

#[test]
fn every_hostile_string_survives_everywhere() {
    let strings = hostile();
    assert!(strings.len() >= 250);
    for text in &strings {
        let node = || Node::string(text);
        survives(&node());
        survives(&map(vec![("a", node()), ("b", int(1))]));
        survives(&map(vec![(text, node()), ("\u{1}last", node())]));
        survives(&map(vec![(text, map(vec![(text, list(vec![node()]))])), ("\u{1}last", list(vec![]))]));
        survives(&list(vec![node(), map(vec![(text, node()), ("\u{1}b", node())]), list(vec![node(), node()])]));
    }
}

#[test]
fn numbers_keep_their_type_and_value() {
    for number in
        [0.0, -0.0, 1.0, 1000.0, 0.1, 1e300, -1e-300, 5e-324, f64::MAX, 1e16, 123456789.125, 1e-5, 1.5e22, 0.00001234]
    {
        survives(&Node::new(Value::Float(number)));
        let text = written(&Node::new(Value::Float(number)));
        assert!(text.contains('.'), "{text}");
    }
    assert_eq!(written(&Node::new(Value::Float(1e300))), "1.0e+300\n");
    for number in [0, -1, i64::MIN, i64::MAX] {
        survives(&int(number));
    }
}

#[test]
fn trees_built_in_code_can_be_deep() {
    let mut node = int(1);
    for at in 0..500 {
        node = if at % 2 == 0 { list(vec![node]) } else { map(vec![("a", node)]) };
    }
    assert!(written(&node).ends_with("1\n"));
}

#[test]
fn common_strings_are_written_without_quotes() {
    for text in [
        "jaeger-collector:4317",
        "--log-level=debug",
        "app.kubernetes.io/name",
        "100m",
        "64Mi",
        "30s",
        "a, b",
        "./x",
        "it's",
        "quay.io/x/y:1.2.3",
        "$(POD_IP)",
        "-f",
        "8080/tcp",
        "한국어",
        "http://x:80/y",
    ] {
        assert_eq!(written(&Node::string(text)), format!("{text}\n"));
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let strings = hostile();
    prop_oneof![
        3 => ".{0,12}",
        3 => "[ \\t\\n:#a\\-'\"|]{0,12}",
        2 => "[0-9a-fxoeE_.:+-]{1,8}",
        2 => proptest::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
        3 => proptest::sample::select(strings),
        1 => "(\n| |a|  a|\tb|# c|- d|---|e: f){0,8}",
    ]
}

fn any_node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::Int),
        1 => any::<f64>().prop_filter("JSON has finite numbers only", |f| f.is_finite()).prop_map(Value::Float),
        6 => any_text().prop_map(|text| Value::String(text.into())),
    ]
    .prop_map(Node::new);
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(list),
            proptest::collection::vec((any_text(), inner), 0..5).prop_map(|entries| {
                let mut map = Map::default();
                entries.into_iter().for_each(|(key, value)| map.set(&key, value));
                Node::new(Value::Map(map))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn written_text_reads_back_the_same(node in any_node()) {
        survives(&node);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "([ \\t]{0,3}([a-c]|- |: |\\? |[|>&*!%@#'\"{}\\[\\],]|---|\\.\\.\\.|<<|\n|\r\n|[\\x00-\\x1f]|한|\u{feff}|\u{e000}|!!int |\\\\){0,4}\n?){0,12}") {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let mut found = Findings::default();
        let documents = read(&sources, id, &mut found);
        for document in documents {
            prop_assert!(sources.text(id).get(document.span.start as usize..document.span.end as usize).is_some());
            if found.is_empty() {
                survives(&document.node);
            }
        }
    }
}
