use super::*;

struct Run {
    pairs: Vec<Pair>,
    sources: Sources,
    found: Findings,
}

fn run(argument: &str, kind: Kind) -> Run {
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let pairs = pairs(argument, kind, 1, &mut sources, &mut found);
    Run { pairs, sources, found }
}

fn value_at(pair: &Pair) -> &Value {
    let path: Vec<&str> = pair.path.iter().map(String::as_str).collect();
    &pair.layer.root.path(&path).unwrap().value
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => format!("bool {value}"),
        Value::Int(value) => format!("int {value}"),
        Value::String(text) => format!("'{text}'"),
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn check(kind: Kind, argument: &str, expect: &[(&str, &str)]) {
    let run = run(argument, kind);
    assert!(run.found.is_empty(), "{:?}", run.found);
    let pairs: Vec<(String, String)> =
        run.pairs.iter().map(|pair| (pair.path.join("/"), shown(value_at(pair)))).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(pairs, expect);
}

#[track_caller]
fn check_refused(kind: Kind, argument: &str, message: &str) -> Finding {
    let run = run(argument, kind);
    let found: Vec<Finding> = run.found.into_iter().collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains(message), "{}", found[0].message);
    assert_eq!(found[0].rule.as_str(), "set-syntax");
    found[0].clone()
}

#[test]
fn pairs_are_separated_by_commas_and_names_by_dots() {
    check(Kind::Typed, "a.b=c,d.e=f", &[("a/b", "'c'"), ("d/e", "'f'")]);
    check(Kind::Typed, "a=b=c", &[("a", "'b=c'")]);
    check(Kind::Typed, "a=1,", &[("a", "int 1")]);
    check(Kind::Typed, "", &[]);
    check(Kind::Typed, "a=,b=", &[("a", "''"), ("b", "''")]);
}

#[test]
fn a_backslash_makes_the_next_character_literal() {
    check(Kind::Typed, r"a\.b/c\=d\,e=x\,y\\z", &[("a.b/c=d,e", r"'x,y\z'")]);
    check(Kind::Typed, r"a=\{b", &[("a", "'{b'")]);
    check(Kind::Typed, r"a\[0]=b", &[("a[0]", "'b'")]);
    check(Kind::Typed, "a=b\\", &[("a", "'b'")]);
}

#[test]
fn types_are_as_in_helm() {
    for (text, value) in [
        ("true", "bool true"),
        ("FALSE", "bool false"),
        ("null", "null"),
        ("0", "int 0"),
        ("-5", "int -5"),
        ("+5", "int 5"),
        ("9223372036854775807", "int 9223372036854775807"),
        ("9223372036854775808", "'9223372036854775808'"),
        ("012", "'012'"),
        ("1.30", "'1.30'"),
        ("1e3", "'1e3'"),
        ("0x10", "'0x10'"),
        ("1_000", "'1_000'"),
        ("yes", "'yes'"),
        ("~", "'~'"),
        (" 1", "' 1'"),
    ] {
        check(Kind::Typed, &format!("a={text}"), &[("a", value)]);
    }
}

#[test]
fn set_string_keeps_any_text() {
    for text in ["true", "null", "12", "a: b", "kind: Secret\n---\nx", "한\u{0}\u{7f}", "a=b"] {
        check(Kind::String, &format!("a={text}"), &[("a", &format!("'{text}'"))]);
    }
}

#[test]
fn lists_are_refused_with_the_right_syntax() {
    let finding = check_refused(Kind::Typed, "a.b={x,y}", "`a.b` is set to a list");
    assert!(finding.help.unwrap().contains("--set-json 'a.b="));
    let finding = check_refused(Kind::Typed, "a[0].b=x", "`a[` sets one item of a list");
    assert!(finding.help.unwrap().contains("--set-json 'a="));
}

#[test]
fn a_comma_in_a_value_is_explained_without_showing_its_text() {
    let finding = check_refused(Kind::String, "a.b=swordfish,hunter2", "no `=`");
    assert!(finding.help.as_ref().unwrap().contains("`\\,`"));
    let place = finding.place.clone().unwrap();
    assert_eq!((&*place.file, &*place.text, place.column, place.width), ("--set-string a.b", "a.b", 1, 3));
    assert!(!format!("{finding:?}").contains("hunter2") && !format!("{finding:?}").contains("swordfish"));
}

#[test]
fn an_argument_without_a_key_is_named_by_its_number() {
    let finding = check_refused(Kind::Typed, "hunter2", "`--set` number 1 has no `=`");
    assert!(!format!("{finding:?}").contains("hunter2"));
    let finding = check_refused(Kind::Typed, "=hunter2", "`--set` number 1 has an empty key");
    assert!(!format!("{finding:?}").contains("hunter2"));
    check_refused(Kind::Typed, "a=1,,b=2", "no `=`");
}

#[test]
fn empty_names_and_too_many_names_are_refused() {
    for argument in ["a..b=1", ".a=1", "a.=1"] {
        check_refused(Kind::Typed, argument, "has an empty name between dots");
    }
    check(Kind::Typed, &format!("{}z=1", "a.".repeat(29)), &[(&format!("{}z", "a/".repeat(29)), "int 1")]);
    check_refused(Kind::Typed, &format!("{}z=1", "a.".repeat(30)), "31 names");
    check_refused(Kind::Typed, &format!("{}z=1", "a.".repeat(1_000_000)), "names");
}

#[test]
fn the_source_contains_the_key_and_never_the_value() {
    let run = run("consul.acls=hunter2,b=c", Kind::Typed);
    let node = run.pairs[0].layer.root.path(&["consul", "acls"]).unwrap();
    assert_eq!(run.sources.slice(node.span), "consul.acls");
    assert_eq!(&**run.sources.text(node.span.source), "consul.acls");
    let entry = run.pairs[0].layer.root.get("consul").unwrap().as_map().unwrap().entry("acls").unwrap();
    assert_eq!(run.sources.slice(entry.key_span), "acls");
}

#[test]
fn json_is_set_as_a_whole_and_other_text_is_refused_without_showing_it() {
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let pair = json(r#"a.b=[1, "x,y"]"#, 1, &mut sources, &mut found).unwrap();
    assert_eq!(pair.layer.root.path(&["a", "b"]).unwrap().as_list().unwrap().len(), 2);
    assert!(matches!(value_at(&json("a=", 1, &mut sources, &mut found).unwrap()), Value::Null));
    assert!(found.is_empty());
    for argument in ["a=hunter2", "a=\"hunter2", "a=1,b=hunter2"] {
        assert!(json(argument, 1, &mut sources, &mut found).is_none());
    }
    assert_eq!(found.len(), 3);
    for finding in found.iter() {
        assert!(finding.message.contains("`a` is not JSON") && finding.message.contains("line 1 column"));
        assert!(!format!("{finding:?}").contains("hunter2"));
    }
}

#[test]
fn a_file_becomes_one_string() {
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let pair = file(r"vars.ca\.crt", "a,b\n=c\n", 1, &mut sources, &mut found).unwrap();
    assert_eq!((pair.path.join("/").as_str(), shown(value_at(&pair)).as_str()), ("vars/ca.crt", "'a,b\n=c\n'"));
    assert!(found.is_empty());
    assert!(file("", "x", 1, &mut sources, &mut found).is_none());
    assert!(file("a=b", "x", 1, &mut sources, &mut found).is_none());
    assert!(file("a\\", "x", 1, &mut sources, &mut found).is_none());
    assert_eq!(found.len(), 3);
    assert_eq!(split(r"a\=b=c=d"), Some((r"a\=b", "c=d")));
    assert_eq!(split("ab"), None);
}

proptest::proptest! {
    #[test]
    fn no_argument_panics(argument in r#"[a=,.\\\[{}"0한]{0,12}"#) {
        let (mut sources, mut found) = (Sources::default(), Findings::default());
        pairs(&argument, Kind::Typed, 1, &mut sources, &mut found);
        json(&argument, 1, &mut sources, &mut found);
        file(&argument, "", 1, &mut sources, &mut found);
    }

    #[test]
    fn an_escaped_value_arrives_unchanged(value in r#"[a=,.\\\[{}"0한\n]{0,12}"#) {
        let escaped: String = value.chars().flat_map(|letter| ['\\', letter]).collect();
        let run = run(&format!("k={escaped}"), Kind::String);
        proptest::prop_assert_eq!(shown(value_at(&run.pairs[0])), format!("'{value}'"));
    }
}
