use super::*;
use crate::yaml::Map;
use proptest::prelude::*;
use serde_json::Value as Json;
use serde_json::json;

fn json_of(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(bool) => json!(bool),
        Value::Int(int) => json!(int),
        Value::Float(float) => json!(float),
        Value::String(text) => json!(text),
        Value::List(list) => list.iter().map(json_of).collect(),
        Value::Map(Map { entries }) => {
            Json::Object(entries.iter().map(|entry| (entry.key.to_string(), json_of(&entry.value))).collect())
        }
    }
}

fn all(text: &str) -> (Vec<Json>, Findings) {
    all_filled(text, &NoHoles)
}

fn all_filled(text: &str, fill: &impl Fill) -> (Vec<Json>, Findings) {
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let mut found = Findings::default();
    let documents = read_filled(&sources, id, fill, &mut found);
    (documents.iter().map(|document| json_of(&document.node)).collect(), found)
}

fn good(text: &str) -> Vec<Json> {
    let (documents, found) = all(text);
    assert!(found.is_empty(), "{text:?}: {}", lines(&found));
    documents
}

/// Each finding as `line:column rule: message`.
fn lines(found: &Findings) -> String {
    let line = |finding: &Finding| {
        let place = finding.place.as_ref().expect("every finding of a text has a place");
        format!("{}:{} {}: {}", place.line, place.column, finding.rule, finding.message)
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn wrong(text: &str) -> String {
    lines(&all(text).1)
}

#[test]
fn documents_come_in_order_with_their_places() {
    let text = "# c\n---\na: 1\n--- b\n...\n---\n# nothing\n---\n\n- x\n";
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let mut found = Findings::default();
    let documents = read(&sources, id, &mut found);
    let texts: Vec<&str> = documents.iter().map(|document| sources.slice(document.span)).collect();
    assert_eq!(texts, ["a: 1\n", " b\n...\n", "# nothing\n", "\n- x\n"]);
    assert_eq!(good(text), [json!({"a": 1}), json!("b"), Json::Null, json!(["x"])]);
}

#[test]
fn every_value_and_key_knows_its_place() {
    let text = "---\nx: 1\n---\nspec:\n  한글: \"b\"\n  list:\n  - c: |\n      d\n\nlast: {e: [f]}\n";
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let documents = read(&sources, id, &mut Findings::default());
    let node = &documents[1].node;
    let slice = |node: &Node| sources.slice(node.span).to_owned();
    let spec = node.get("spec").unwrap();
    assert_eq!(slice(spec.get("한글").unwrap()), "\"b\"");
    assert_eq!(sources.slice(spec.as_map().unwrap().entry("한글").unwrap().key_span), "한글");
    assert_eq!(slice(node.path(&["last"]).unwrap()), "{e: [f]}");
    assert_eq!(slice(&node.path(&["last", "e"]).unwrap().as_list().unwrap()[0]), "f");
    assert!(slice(spec).starts_with("한글: \"b\""), "{:?}", slice(spec));
    let place = sources.place(spec.span).unwrap();
    assert_eq!((place.line, place.column), (5, 3));
}

#[test]
fn long_streams_read_as_short_ones_do() {
    let one = "---\na: 1\nb: [x, z]\nc: |\n  text\n";
    let broken = "---\na: [\n";
    let text = format!("{}{broken}{}", one.repeat(5000), one.repeat(5000));
    let (documents, found) = all(&text);
    assert_eq!(documents.len(), 10_000);
    let expected = json!({"a": 1, "b": ["x", "z"], "c": "text\n"});
    assert_eq!(documents.iter().find(|document| **document != expected), None);
    assert_eq!(found.len(), 1);
    assert_eq!(found.iter().next().unwrap().place.as_ref().unwrap().line, 25_002);
}

#[test]
fn a_broken_document_does_not_hide_others() {
    let (documents, found) = all("a: [\n---\nb: 1\n---\nc: 'x\n---\nd: 2\n");
    assert_eq!(documents, [json!({"b": 1}), json!({"d": 2})]);
    assert_eq!(found.len(), 2, "{}", lines(&found));
}

#[test]
fn bom_and_carriage_returns_are_fine() {
    assert_eq!(good("\u{feff}a: 1\r\n---\r\nb: |\r\n  x\r\n  y\r\n"), [json!({"a": 1}), json!({"b": "x\ny\n"})]);
    assert_eq!(good("\u{feff}---\na: 1\n"), [json!({"a": 1})]);
    assert_eq!(good("a: 1\r---\rb: 2\r"), [json!({"a": 1}), json!({"b": 2})]);
}

#[test]
fn directives_belong_to_the_document_that_follows() {
    let text = "%YAML 1.2\n%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n...\n%YAML 1.1\n---\nb: 1\n";
    assert_eq!(good(text), [json!({"a": "1"}), json!({"b": 1})]);
}

#[test]
fn tags_are_applied_as_kubectl_does() {
    for (literal, expected) in [
        ("!!str 5", json!("5")),
        ("!!int '5'", json!(5)),
        ("!!int 0x1F", json!(31)),
        ("!!float 5", json!(5.0)),
        ("!!float '1.5'", json!(1.5)),
        ("!!bool 'yes'", json!(true)),
        ("!!null ''", json!(null)),
        ("!!str", json!("")),
        ("!!str null", json!("null")),
        ("!!binary aGVsbG8=", json!("hello")),
        ("!!binary gIGC", json!("\u{fffd}\u{fffd}\u{fffd}")),
        ("! 5", json!("5")),
        ("!!timestamp 2001-01-01", json!("2001-01-01")),
        ("!!map {a: 1}", json!({"a": 1})),
        ("!!seq [a]", json!(["a"])),
        ("!<tag:yaml.org,2002:int> '7'", json!(7)),
        ("!!int '1_000'", json!(1000)),
    ] {
        assert_eq!(good(&format!("x: {literal}\n")), [json!({"x": expected})], "{literal}");
    }
    for literal in
        ["!!int abc", "!!int 5.0", "!!float abc", "!!bool 1", "!!null x", "!!binary xyz", "!!int", "!!float .inf"]
    {
        assert!(wrong(&format!("x: {literal}\n")).starts_with("1:"), "{literal}");
        assert!(wrong(&format!("x: {literal}\n")).contains("yaml-tag"), "{literal}");
    }
    assert_eq!(
        wrong("a: !foo 5\nb: !!set {a}\n!x k: v\nc: !bar [1]\n"),
        "1:4 yaml-tag: unknown tag `!foo`: Kubernetes data has no custom types\n\
         2:4 yaml-tag: unknown tag `!!set`: Kubernetes data has no custom types\n\
         3:1 yaml-tag: unknown tag `!x`: Kubernetes data has no custom types\n\
         4:4 yaml-tag: unknown tag `!bar`: Kubernetes data has no custom types"
    );
}

#[test]
fn keys_become_text_as_in_kubectl() {
    let text = "1: a\nyes: b\n1.5: c\n0777: d\n2001-01-01: e\n? g\n: h\n'true ': i\n!!str 5: j\n";
    let keys =
        json!({"1": "a", "true": "b", "1.5": "c", "511": "d", "2001-01-01": "e", "g": "h", "true ": "i", "5": "j"});
    assert_eq!(good(text), [keys]);
    assert_eq!(good("a: &k 5\n*k : v\n&m yes: *m\n"), [json!({"a": 5, "5": "v", "true": true})]);
    assert_eq!(
        wrong("~: 1\n[a]: 1\n? {b: 1}\n: 1\n9223372036854775808: 2\n"),
        "1:1 yaml-key: a key must be text, found null\n2:1 yaml-key: a key must be text, found a list\n\
         3:3 yaml-key: a key must be text, found a map\n\
         5:1 yaml-key: `9223372036854775808` is too large a number for a key"
    );
}

#[test]
fn numbers_that_json_cannot_hold_are_errors() {
    assert_eq!(wrong("a: .inf\nb: [.nan]\n").lines().count(), 2);
    assert_eq!(wrong("a: -.Inf\n"), "1:4 yaml-number: `-.Inf` is not a number that JSON can represent");
}

#[test]
fn aliases_are_expanded() {
    assert_eq!(
        good("a: &x {b: [1]}\nc: *x\nd: [*x]\n"),
        [json!({"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}]})]
    );
    assert_eq!(wrong("a: *x\n"), "1:4 yaml-alias: no anchor `&x` before this alias");
    assert_eq!(wrong("a: &x [*x]\n"), "1:8 yaml-alias: `*x` contains itself");
    assert_eq!(wrong("a: &x 1\n---\na: *x\n"), "3:4 yaml-alias: no anchor `&x` before this alias");
}

#[test]
fn a_maps_own_keys_take_precedence_over_merges() {
    let head = "x: &x {a: 1, b: 2}\ny: &y {a: 3, c: 4}\nspec:\n";
    for (body, expected) in [
        ("  <<: *x\n  a: 9\n", json!({"b": 2, "a": 9})),
        ("  a: 9\n  <<: *x\n", json!({"a": 9, "b": 2})),
        ("  <<: [*y, *x]\n  a: 7\n", json!({"c": 4, "b": 2, "a": 7})),
        ("  <<: [*x, *y]\n", json!({"a": 1, "b": 2, "c": 4})),
        ("  '<<': *x\n", json!({"<<": {"a": 1, "b": 2}})),
        ("  <<: {<<: *x, b: 5}\n  d: 1\n", json!({"a": 1, "b": 5, "d": 1})),
        ("  <<: []\n", json!({})),
    ] {
        assert_eq!(good(&format!("{head}{body}"))[0]["spec"], expected, "{body}");
    }
    assert_eq!(wrong("<<: 5\n"), "1:5 yaml-merge: `<<` needs a map or a list of maps");
    assert_eq!(wrong("<<: [{a: 1}, 2]\n"), "1:14 yaml-merge: `<<` needs a map or a list of maps");
    assert_eq!(wrong("<<: {}\n<<: {}\n"), "2:1 yaml-duplicate-key: the key `<<` appears twice in this map");
}

#[test]
fn a_duplicate_key_is_an_error_with_both_places() {
    let (documents, found) = all("a: 1\nb: {c: 1, c: 2}\n\"a\": 3\n");
    assert_eq!(documents, [json!({"a": 1, "b": {"c": 1}})]);
    assert_eq!(
        lines(&found),
        "2:11 yaml-duplicate-key: the key `c` appears twice in this map\n\
         3:1 yaml-duplicate-key: the key `a` appears twice in this map"
    );
    let note = &found.iter().last().unwrap().notes[0];
    assert_eq!((&*note.message, note.place.as_ref().unwrap().line), ("first here", 1));
    let long: String = (0..100).map(|at| format!("k{at}: 1\n")).collect();
    assert_eq!(wrong(&format!("{long}k3: 2\nk99: 2\n")).lines().count(), 2);
    assert_eq!(wrong("y: a\ny: b\n"), "2:1 yaml-duplicate-key: the key `y` appears twice in this map");
    assert_eq!(
        wrong("y: a\non: b\n"),
        "2:1 yaml-duplicate-key: the keys `y` and `on` of this map are both read as `true`"
    );
    assert_eq!(wrong("1: a\n'1': b\n"), "2:1 yaml-duplicate-key: the key `1` appears twice in this map");
}

struct Uppercase;

impl Fill for Uppercase {
    fn marker(&self) -> Option<char> {
        Some('\u{e000}')
    }

    fn value(&self, text: &str, plain: bool) -> Result<Value, String> {
        if text.contains("bad") {
            return Err("no such value".into());
        }
        Ok(if plain && text.len() == 7 { Value::Int(7) } else { Value::String(text.replace('\u{e000}', "<").into()) })
    }

    fn key(&self, text: &str) -> Result<Box<str>, String> {
        if text.contains("bad") { Err("no such key".into()) } else { Ok(text.replace('\u{e000}', "<").into()) }
    }
}

#[test]
fn holes_are_filled_wherever_a_scalar_is_allowed() {
    let text = "a: \u{e000}1\u{e001}\nb: \"\u{e000}1\u{e001}\"\nc: |\n  x \u{e000}1\u{e001}\n\u{e000}1\u{e001}: d\n\
                e: [\u{e000}1\u{e001}, {\u{e000}2\u{e001}: '\u{e000}1\u{e001}'}]\nf: !!str \u{e000}1\u{e001}\n\
                g: >-\n  \u{e000}1\u{e001}\nh: x-\u{e000}1\u{e001} y\n";
    let (documents, found) = all_filled(text, &Uppercase);
    assert!(found.is_empty(), "{}", lines(&found));
    assert_eq!(
        documents,
        [json!({"a": 7, "b": "<1\u{e001}", "c": "x <1\u{e001}\n", "<1\u{e001}": "d",
                "e": [7, {"<2\u{e001}": "<1\u{e001}"}], "f": "<1\u{e001}", "g": "<1\u{e001}", "h": "x-<1\u{e001} y"})]
    );
}

#[test]
fn holes_are_not_allowed_in_names() {
    for text in [
        "a: &x\u{e000}1\u{e001} 1\n",
        "a: *\u{e000}1\u{e001}\n",
        "a: !\u{e000}1\u{e001} 1\n",
        "a: !x\u{e000}1\u{e001} 1\n",
    ] {
        let found = lines(&all_filled(text, &Uppercase).1);
        assert_eq!(found, "1:4 yaml-hole: a value cannot be part of an anchor, tag or alias", "{text:?}");
    }
    let found = lines(&all_filled("a: \u{e000}bad\n\u{e000}bad: 1\n", &Uppercase).1);
    assert_eq!(found, "1:4 yaml-hole: no such value\n2:1 yaml-hole: no such key");
}

#[test]
fn alias_bombs_are_refused_with_their_place() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..12 {
        let items = vec![format!("*a{}", at - 1); 10].join(", ");
        text.push_str(&format!("a{at}: &a{at} [{items}]\n"));
    }
    let found = wrong(&text);
    assert!(found.contains("yaml-too-large: the aliases of this document expand to more than 100000 nodes"), "{found}");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(10_000));
    assert!(wrong(&long).contains("yaml-too-large"));
}

#[test]
fn deep_trees_are_refused_with_their_place() {
    let nested: String = (0..5000).map(|at| format!("{}a:\n", " ".repeat(at))).collect();
    let flow_in_block = format!("{}{}{}", "- ".repeat(50), "[".repeat(50), "]".repeat(50));
    for text in
        ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), nested, flow_in_block]
    {
        let found = wrong(&text);
        assert!(found.contains("yaml-too-deep"), "{found}");
    }
    assert_eq!(good(&format!("{}{}", "[".repeat(64), "]".repeat(64))).len(), 1);
    assert!(wrong(&format!("{}{}", "[".repeat(65), "]".repeat(65))).starts_with("1:65 yaml-too-deep"));
    let aliased = format!("- &a {}{}\n- {}*a{}\n", "[".repeat(40), "]".repeat(40), "[".repeat(40), "]".repeat(40));
    assert!(wrong(&aliased).contains("yaml-too-deep"));
}

#[test]
fn control_characters_are_named() {
    assert_eq!(wrong("a: 1\n---\nb: x\0y\n"), "3:5 yaml-syntax: control character `U+0000` in YAML");
    assert_eq!(wrong("b: \u{9b}\n"), "1:4 yaml-syntax: control character `U+009B` in YAML");
    assert_eq!(good("b: \u{85}x\n").len(), 1);
}

#[test]
fn syntax_errors_have_a_place_and_help() {
    for (text, expected, help) in [
        (
            "a:\n\tb: 1\n",
            "2:1 a tab is used for indentation, where only spaces are allowed",
            "replace the tab with spaces",
        ),
        (
            "a:\n  b: 1\n\tc: 1\n",
            "3:1 a tab is used for indentation, where only spaces are allowed",
            "replace the tab with spaces",
        ),
        ("a: b: c\n", "1:5 a `:` starts a map where no map is allowed", "put quotes around a value that contains `: `"),
    ] {
        let (_, found) = all(text);
        let finding = found.iter().next().unwrap_or_else(|| panic!("{text:?} is accepted"));
        let place = finding.place.as_ref().unwrap();
        assert_eq!(format!("{}:{} {}", place.line, place.column, finding.message), expected, "{text:?}");
        assert_eq!(finding.help.as_deref(), Some(help), "{text:?}");
        assert_eq!((finding.rule.as_str(), found.len()), ("yaml-syntax", 1));
    }
}

/// The results of both ways of reading, if the fast one accepts the text: data, spans and findings.
fn both_ways(text: &str) -> Option<(String, String)> {
    crate::yaml::simple::steps(text)?;
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let way = |short: bool| {
        let (mut documents, mut found) = (Vec::new(), Findings::default());
        let loader = Loader::new(&sources, id, 0..text.len(), &NoHoles);
        if short {
            loader.load(&mut documents, &mut found);
        } else {
            loader.load_parsed(&mut documents, &mut found);
        }
        format!("{documents:?} {found:?}")
    };
    Some((way(true), way(false)))
}

#[test]
fn the_fast_path_accepts_common_manifests() {
    let text = "---\n# c\napiVersion: v1\nspec: # c\n  a: \"x\"\n  e: {}\n  list:\n  - name: b # c\n    v: 'c'\n  - name: d\n\n    \
                f: []\n  - [a, {}]\n  g: {a: 1, \"b\":[x y, -1, {c: 'd'}], e: http://x:80/y } # c\n  deep:\n    - 1\n    - x y\n  text: |\n    a\n\n      b\n    # c\n  strip: |-\n    z\n\n\n  none:\n\
                last: http://x:80/y#z\n";
    let (short, parsed) = both_ways(text).expect("all of this is simple");
    assert_eq!(short, parsed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn brackets_on_the_fast_path_give_the_same_result_as_the_parser(
        text in "(a|- b|- c): (\\{((a: ?|\"b\": ?|'c':|d : |)(b|1|-1|no|x:80/y|/z|a b|'q'|\"q\"|''|한|\u{e000}|\\{\\}|\\[x\\]|\\{\"a\":1, b: [c]\\}|- |#|~|)( ?,? ?)){0,4}\\}|\\[((b|1|-1|no|x:80/y|/z|a b|'q'|\"q\"|''|한|\u{e000}|\\{\\}|\\[x\\]|\\{\"a\":1, b: [c]\\}|- |#|~|)(:? ?,? ?)){0,4}\\])( |  # c|#|x)?\n"
    ) {
        if let Some((short, parsed)) = both_ways(&text) {
            prop_assert_eq!(short, parsed);
        }
    }

    #[test]
    fn the_fast_path_gives_the_same_result_as_the_parser(
        text in "(---\n)?(( {0,6}|  |    )(- )?(a: ?|b:|c: |한: |\u{e000}: )?(x|1|no|'q'|\"q\"|\\|-?|\\{\\}|\\[\\]|x # c| # c|# c|x y|-f|--g|- |a: b|x:|\\[|&a|~|한|x: y|)\n){0,10}"
    ) {
        if let Some((short, parsed)) = both_ways(&text) {
            prop_assert_eq!(short, parsed);
        }
    }
}
