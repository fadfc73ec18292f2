use super::*;
use crate::pointer;
use crate::yaml::Node;
use crate::yaml::Value;
use crate::yaml::node_of as node;

/// Edits the first document of a text: `+ pointer value`, `= pointer value`, `- pointer`, `~ pointer` (undo).
fn edited(text: &str, edits: &[&str]) -> Result<String, String> {
    let mut sources = Sources::default();
    let source = sources.add("text", text);
    let mut found = Findings::default();
    let documents = yaml::read(&sources, source, &mut found);
    assert!(found.is_empty(), "{found:?}");
    let edits: Vec<Edit> = edits
        .iter()
        .map(|edit| {
            let mut parts = edit.splitn(3, ' ');
            let (what, pointer) = (parts.next().unwrap(), parts.next().unwrap().to_owned());
            let rest = parts.next().unwrap_or_default();
            let value = || node(rest);
            let inside = |listed: bool| {
                let (pointer, value) = rest.split_once(' ').unwrap();
                let (what, pointer) = pointer.split_at(1);
                let change = match what {
                    "=" => Change::Set(node(value)),
                    "-" => Change::Remove,
                    _ => Change::Rename(value.to_owned()),
                };
                Change::Inside(Inside::Document { listed, edits: vec![Edit { pointer: pointer.to_owned(), change }] })
            };
            let change = match what {
                "in" => inside(false),
                "list" => inside(true),
                "name" => Change::Rename(rest.to_owned()),
                "+" => Change::Insert(value(), None),
                "=" => Change::Set(value()),
                "-" => Change::Remove,
                _ => Change::Undo,
            };
            Edit { pointer, change }
        })
        .collect();
    let plan = Plan::of(&documents[0].node, &edits).map_err(|refused| refused.why)?;
    apply(&sources, source, &documents, &[(0, plan)]).map_err(|refused| refused.why)
}

#[track_caller]
fn check(text: &str, edits: &[&str], wanted: &str) {
    assert_eq!(edited(text, edits).as_deref(), Ok(wanted), "{edits:?}");
}

#[test]
fn a_key_is_added_in_the_style_around_it() {
    check("a:\n    b: 1 # one\n# end\n", &["+ /a/c [x]"], "a:\n    b: 1 # one\n    c:\n    - x\n# end\n");
    check("a: {b: 1}\nl:\n  - x\n", &["+ /a/c {d: [1]}", "+ /m [w]"], "a: {b: 1, c: {d: [1]}}\nl:\n  - x\nm:\n  - w\n");
    check("a: 1", &["+ /b {c: d}"], "a: 1\nb:\n  c: d");
    check("a: 1\r\nb: 2\r\n", &["+ /c {d: e}"], "a: 1\r\nb: 2\r\nc:\r\n  d: e\r\n");
    check("\u{feff}a: 1\n", &["+ /b 2"], "\u{feff}a: 1\nb: 2\n");
    check("a:\n  b: |+\n    x\n\nc: 1\n", &["+ /a/d 1"], "a:\n  b: |+\n    x\n\n  d: 1\nc: 1\n");
    check("a:\n  b: |\n    x\n\nc: 1\n", &["+ /a/d 1"], "a:\n  b: |\n    x\n  d: 1\n\nc: 1\n");
    check("a:  \n  b:\n  \t\n", &["+ /a/c 1"], "a:  \n  b:\n  c: 1\n  \t\n");
}

#[test]
fn an_item_is_added_in_the_style_around_it() {
    check("l:\n- a: 1\n  b: 2\n", &["+ /l/- {c: {d: 3}}"], "l:\n- a: 1\n  b: 2\n- c:\n    d: 3\n");
    check("l:\n  - {a: 1}\n", &["+ /l/- {c: 3}", "+ /l/0 {z: 0}"], "l:\n  - {z: 0}\n  - {a: 1}\n  - {c: 3}\n");
    check("l: [a, b] # c\n", &["+ /l/1 x", "+ /l/- \"a,b\""], "l: [a, x, b, \"a,b\"] # c\n");
    check("l:\n- x\n-\n  a: 1\n- y\n", &["+ /l/1/b 2", "+ /l/2 z"], "l:\n- x\n-\n  a: 1\n  b: 2\n- z\n- y\n");
    check("- - a\n  - b\n- c\n", &["+ /0/- d", "+ /- e"], "- - a\n  - b\n  - d\n- c\n- e\n");
}

#[test]
fn json_stays_json() {
    let text = "{\n    \"a\": {\"b\": 1},\n    \"l\": [\n        {\n            \"x\": 1\n        }\n    ]\n}\n";
    let wanted = "{\n    \"a\": {\"b\": 1, \"c\": \"yes\"},\n    \"l\": [\n        {\n            \"x\": 1\n        },\n        \
                  {\n            \"w\": [\n                2\n            ]\n        }\n    ],\n    \"m\": {\n        \"g\": \"o\"\n    }\n}\n";
    check(text, &["+ /a/c \"yes\"", "+ /l/- {w: [2]}", "+ /m {g: o}"], wanted);
    check("\u{feff}{\"a\": 1}", &["+ /b 2"], "\u{feff}{\"a\": 1, \"b\": 2}");
    check("{\"a\":{\"b\":1}}", &["+ /a/c {d: [1, 2]}"], "{\"a\":{\"b\":1,\"c\":{\"d\":[1,2]}}}");
}

#[test]
fn a_value_keeps_its_quotes() {
    check(
        "a: 'x' # c\nb: \"y\"\nc: z\n",
        &["= /a it's", "= /b 1", "= /c \"yes\""],
        "a: 'it''s' # c\nb: 1\nc: \"yes\"\n",
    );
    check("a: {b: [1, 2]}\n", &["= /a/b/1 3", "- /a/b/0"], "a: {b: [3]}\n");
    check("a:\n  b: 1\nc:\n", &["= /a x", "= /c w"], "a: x\nc: w\n");
    check("a: |\n  x\n  y\nb: 1\n", &["= /a z"], "a: z\nb: 1\n");
}

#[test]
fn what_is_removed_leaves_the_rest() {
    check("a: 1\n# b\nb: 2 # c\nc: 3\n", &["- /b"], "a: 1\n# b\nc: 3\n");
    check("l:\n- name: x\n  v: 1\n- name: y\n", &["- /l/0/name"], "l:\n- v: 1\n- name: y\n");
    check("l:\n- name: x\n  v: 1\n- name: y\n", &["- /l/0"], "l:\n- name: y\n");
    check("a: 1\nb: 2", &["- /b"], "a: 1");
    check("a:\n  b: 1\nc: 2\n", &["- /a/b"], "a: {}\nc: 2\n");
    check("a: [1, 2, 3]\n", &["- /a/0", "- /a/2"], "a: [2]\n");
}

#[test]
fn an_insertion_can_be_taken_back() {
    for text in [
        "a: 1",
        "a: {b: 1}\n",
        "a: {b: 1, m: {}}\n",
        "a: {b: 1, m: { } }\n",
        "a: 1\nm: {}\n",
        "a: 1\nm:\nb: 2\n",
        "a: 1\nm: # none\nb: 2\n",
        "a: 1\r\nm:\r\n",
        "{\"a\": 1}",
        "{\n  \"a\": 1\n}\n",
        "{\n  \"a\": 1,\n  \"m\": {}\n}\n",
        "{\"a\":1,\"m\":{}}\n",
        "z: &x {a: 1}\nm: *x\n",
        "a: 1\nm:\t# none\nb: 2\n",
        "{\"a\":1,\"m\":,\"b\":2}\n",
        "{a: 1, m:, b: 2}\n",
    ] {
        let old = node(text);
        let mut new = old.clone();
        let Value::Map(root) = &mut new.value else { unreachable!() };
        let mut inner = root.get("m").and_then(Node::as_map).cloned().unwrap_or_default();
        inner.set("k", Node::string("v"));
        inner.set("l", node("[{name: x}]"));
        root.set("m", Node::new(Value::Map(inner)));
        let mut sources = Sources::default();
        let source = sources.add("text", text);
        let documents = yaml::read(&sources, source, &mut Findings::default());
        let plan = Plan::between(&documents[0].node, &new);
        let changed = apply(&sources, source, &documents, &[(0, plan)]).map_err(|refused| refused.why);
        let changed = changed.unwrap_or_else(|why| panic!("{text:?}: {why}"));
        let back = edited(&changed, &["~ /m/k", "~ /m/l"]);
        assert_eq!(back.as_deref(), Ok(text), "{changed}");
    }
}

#[test]
fn what_an_alias_shares_is_not_changed_in_two_places() {
    check("a: &x\n  b: 1\nc: *x\n", &["+ /a/d 1", "+ /c/d 1"], "a: &x\n  b: 1\n  d: 1\nc: *x\n");
    check("a: &x\n  b: 1\nc: *x\n", &["+ /c/d 1"], "a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n");
    let merged = "a: &x\n  b: [1]\nc:\n  <<: *x\n  e: 2\n";
    check(merged, &["+ /a/b/- 2", "+ /c/b/- 2"], "a: &x\n  b: [1, 2]\nc:\n  <<: *x\n  e: 2\n");
    assert!(edited(merged, &["+ /c/b/- 2"]).is_err());
    assert!(edited("a: &x\n  b: 1\nc: *x\n", &["+ /a/d 1"]).is_err());
    assert!(edited("a: &x [1]\nc: *x\n", &["+ /c/- 2"]).is_err());
}

#[test]
fn a_key_gets_another_name_in_its_place() {
    check(
        "a: 1 # c\n'b': 2\nc: {\"d\": 1, e: 2}\n",
        &["name /b x", "name /c/d y", "name /a z"],
        "z: 1 # c\n'x': 2\nc: {\"y\": 1, e: 2}\n",
    );
    check("a:\n  b: 1\n", &["name /a x", "= /a/b 2", "+ /a/c 3"], "x:\n  b: 2\n  c: 3\n");
    assert!(edited("a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n", &["name /c/b z"]).is_err());
}

#[test]
fn json_in_a_string_keeps_its_layout() {
    let block = "a: |\n  {\n    \"h\": {\"n\": \"x\"},\n\n    \"p\": 1\n  }\nb: 1\n";
    check(block, &["in /a =/h/n w"], &block.replace("\"x\"", "\"w\""));
    check(
        block,
        &["in /a =/q {z: [1]}"],
        &block.replace(": 1\n  }", ": 1,\n    \"q\": {\n      \"z\": [\n        1\n      ]\n    }\n  }"),
    );
    check(block, &["in /a -/p x"], &block.replace(",\n\n    \"p\": 1", ""));
    check(block, &["in /a ~/h g"], &block.replace("\"h\"", "\"g\""));
    let windows = block.replace('\n', "\r\n");
    check(&windows, &["in /a =/q 2"], &windows.replace(": 1\r\n  }", ": 1,\r\n    \"q\": 2\r\n  }"));
    check("a: |4-\n      {\"x\": 1}\nb: 1", &["in /a =/x 2"], "a: |4-\n      {\"x\": 2}\nb: 1");
    let tabs = "a: |\n  {\n  \t\"x\":\t1\n  }\n";
    check(tabs, &["in /a =/x 2"], &tabs.replace("\t1", "\t2"));
    let list = "a: |\n  {\n    \"n\": \"x\"\n  },\n  {\"n\": \"y\"}\n";
    check(list, &["list /a =/0/m z"], &list.replace("\"x\"\n", "\"x\",\n    \"m\": \"z\"\n"));
    check(list, &["list /a =/1/n z"], &list.replace("\"y\"", "\"z\""));
}

#[test]
fn a_string_in_quotes_keeps_them() {
    check(
        "a: '{\"x\": \"it''s\", \"y\": 1}' # c\n",
        &["in /a =/y it's"],
        "a: '{\"x\": \"it''s\", \"y\": \"it''s\"}' # c\n",
    );
    let double = r#"{"a": "{\n  \"x\": 1,\n  \"h\": \"a\u002fb\"\n}", "b": 1}"#;
    check(double, &["in /a =/x 2"], &double.replace("1,", "2,"));
    check(double, &["in /a =/z q"], &double.replace("b\\\"\\n}", "b\\\",\\n  \\\"z\\\": \\\"q\\\"\\n}"));
    check("a: >-\n  {\"x\": 1,\n   \"y\": 2}\n", &["in /a =/y 3"], "a: >-\n  {\"x\": 1,\n   \"y\": 3}\n");
    check("a: >-\n  {\"x\": 1,\n  \"y\":\n  2}\n", &["in /a =/y 3"], "a: >-\n  {\"x\": 1,\n  \"y\":\n  3}\n");
    check("a: '{\"x\":\n\n  1, \n  \"y\": 2}'\n", &["in /a =/y 3"], "a: '{\"x\":\n\n  1, \n  \"y\": 3}'\n");
    check("a: \"{x: 1, \\\n  k: 2}\"\n", &["in /a =/k 3"], "a: \"{x: 1, \\\n  k: 3}\"\n");
}

#[test]
fn what_a_string_says_can_be_cut() {
    let cut = |text: &str, ranges: Vec<Range<usize>>| {
        let mut sources = Sources::default();
        let source = sources.add("text", text);
        let documents = yaml::read(&sources, source, &mut Findings::default());
        let edits = [Edit { pointer: "/a".to_owned(), change: Change::Inside(Inside::Cut(ranges)) }];
        let plan = Plan::of(&documents[0].node, &edits).unwrap();
        apply(&sources, source, &documents, &[(0, plan)]).map_err(|refused| refused.why)
    };
    assert_eq!(cut("a: |\n  [{\"x\": 1}\n  ]\nb: 1\n", vec![0..1, 9..11]).as_deref(), Ok("a: |\n  {\"x\": 1}\nb: 1\n"));
    assert_eq!(cut("a: '{},'\n", std::iter::once(2..3).collect()).as_deref(), Ok("a: '{}'\n"));
}

#[test]
fn the_only_key_of_an_item_is_removed() {
    check("d:\n- a: null\n", &["- /d/0/a"], "d:\n- {}\n");
    check("d:\n- a:\n", &["- /d/0/a"], "d:\n- {}\n");
    check("d:\n- a: 1\n", &["- /d/0/a"], "d:\n- {}\n");
}

/// As `edited`, for changes that nothing undoes.
#[track_caller]
fn for_good(text: &str, edits: &[Edit], wanted: &str) {
    let mut sources = Sources::default();
    let source = sources.add("text", text);
    let documents = yaml::read(&sources, source, &mut Findings::default());
    let plan = Plan::of(&documents[0].node, edits).unwrap();
    let edited = Edited::new(&sources, source, &documents).for_good();
    let changes = edited.document(0, &plan).unwrap_or_else(|refused| panic!("{text}: {}", refused.why));
    assert_eq!(edited.with(&[changes]), wanted);
}

#[test]
fn what_nothing_undoes_leaves_no_marks() {
    let set = |pointer: &str, value| Edit { pointer: pointer.to_owned(), change: Change::Set(node(value)) };
    for_good("a: {}\n", &[set("/a/b", "1")], "a: {b: 1}\n");
    for_good("a: { }\n", &[set("/a/b", "1")], "a: { b: 1}\n");
    for_good("a: []\n", &[Edit { pointer: "/a/-".to_owned(), change: Change::Insert(node("x"), None) }], "a: [x]\n");
    for_good("a:\nb: 1\n", &[set("/a/c", "2")], "a:\n  c: 2\nb: 1\n");
    for_good("a: null\nb: 1\n", &[set("/a/c", "2")], "a: {c: 2}\nb: 1\n");
    for_good("{\"a\": {}}\n", &[set("/a/b", "1")], "{\"a\": {\"b\": 1}}\n");
}

#[test]
fn what_stands_below_a_merge_key_is_not_taken_for_an_own_key() {
    let text = "a:\n  <<: &x\n    b: 1\n    c: 2\n  d: 3\n  e: 4\nf: *x\n";
    check(text, &["= /a/d 5"], &text.replace('3', "5"));
    check(text, &["- /a/d"], &text.replace("  d: 3\n", ""));
    check(text, &["+ /a/g 5"], &text.replace("e: 4", "e: 4\n  g: 5"));
    for edits in [["- /a/b"], ["= /a/b 5"], ["name /a/b z"]] {
        let why = edited(text, &edits).unwrap_err();
        assert!(why.contains("`<<`"), "{edits:?}: {why}");
    }
    // Both where it is written and where it is merged.
    let merged = "a: &x\n  b: 1\n  d: 2\nc:\n  <<: *x\n  e: 2\n";
    check(merged, &["- /a/b", "- /c/b"], &merged.replace("  b: 1\n", ""));
    assert!(edited(merged, &["- /c/b"]).unwrap_err().contains("`<<`"));
    assert!(edited("a: {<<: {b: 1}, c: 2}\n", &["- /a/b"]).is_err());
}

#[test]
fn a_key_with_a_question_mark_is_in_nobodys_way() {
    check("? a\n: 1\nb: 2\n", &["= /b 3", "+ /c 4"], "? a\n: 1\nb: 3\nc: 4\n");
    check("b: 2\n? a\n: 1\nc:\n  d: 1\n", &["= /b 3", "= /c/d 2"], "b: 3\n? a\n: 1\nc:\n  d: 2\n");
}

#[test]
fn a_map_becomes_a_text_below_its_key() {
    let text = |value: &str| Edit { pointer: "/a".to_owned(), change: Change::Set(Node::string(value)) };
    for_good("a:\n  b: 1\nc: 2\n", &[text("x\ny\n")], "a: |\n  x\n  y\nc: 2\n");
    for_good("a:  # one\n  b: 1  # two\nc: 2\n", &[text("x\ny\n")], "a: |  # one\n  x\n  y\nc: 2\n");
    for_good("a:  \n  b: 1  \nc: 2\n", &[text("x\ny\n")], "a: |\n  x\n  y\nc: 2\n");
    for_good("a:\n  b: '#1'\n  c: x#y\n", &[text("x\ny\n")], "a: |\n  x\n  y\n");
    for commented in ["a:\n  # why\n  b: 1\n", "a:\n  b: 1  # why\n  c: 2\n", "a: {b: 1, # why\n  c: 2}\n"] {
        assert!(edited(commented, &["= /a x"]).unwrap_err().contains("comments"), "{commented}");
    }
}

#[test]
fn the_comment_of_what_is_removed_goes_with_it() {
    check("a:  # one\n  b: 1  # two\nc: 2\n", &["- /a/b"], "a: {}  # one\nc: 2\n");
    check("a:\n- b: 1  # two\n", &["- /a/0"], "a: []\n");
    check("a:\n  b: |\n    x\n# about c\nc: 1\n", &["- /a/b"], "a: {}\n# about c\nc: 1\n");
    check("a:\r\n  b: |\r\n    x\r\n  # end\r\nc: 1\r\n", &["- /a/b"], "a: {}\r\n  # end\r\nc: 1\r\n");
}

#[test]
fn lines_are_added_to_a_folded_text_where_its_lines_are_kept() {
    let text = "a: >\n  {\n    \"x\": {\n      \"y\": 1\n    }\n  }\nb: 1\n";
    check(text, &["in /a =/x/z 2"], &text.replace(": 1\n    }", ": 1,\n      \"z\": 2\n    }"));
    check(text, &["in /a =/w 2"], &text.replace("    }\n  }", "    },\n    \"w\": 2\n  }"));
    let windows = text.replace('\n', "\r\n");
    check(&windows, &["in /a =/w 2"], &windows.replace("    }\r\n  }", "    },\r\n    \"w\": 2\r\n  }"));
    let yaml = "a: >-\n  x:\n    y: 1\n  z: 1\n";
    check(yaml, &["in /a =/x/w {v: 2}"], &yaml.replace("y: 1\n", "y: 1\n    w:\n      v: 2\n"));
}

#[test]
fn lines_that_end_with_an_escaped_break_stay_so() {
    let text = "a: \"{\\n\\\n  \\  \\\"x\\\": 1\\n\\\n  }\\n\\\n  \"\nb: 1\n";
    let wanted = text.replace(": 1\\n", ": 1,\\n\\\n  \\  \\\"y\\\": 2\\n");
    check(text, &["in /a =/y 2"], &wanted);
}

#[test]
fn a_comment_behind_a_member_in_brackets_stays_there() {
    let text = "a: {\n  b: 1,   # one\n}\n";
    let wanted = "a: {\n  b: 1,   # one\n  c: 2,\n  d: [3],\n}\n";
    check(text, &["+ /a/c 2", "+ /a/d [3]"], wanted);
    check(wanted, &["~ /a/c", "~ /a/d"], text);
    check(wanted, &["- /a/c"], &wanted.replace("  c: 2,\n", ""));
    check(wanted, &["- /a/b"], "a: {\n  c: 2,\n  d: [3],\n}\n");
    let open = "a: [\n  b, # one\n  c # two\n]\n";
    let wanted = "a: [\n  b, # one\n  c, # two\n  d,\n  e\n]\n";
    check(open, &["+ /a/- d", "+ /a/- e"], wanted);
    check(wanted, &["~ /a/2", "~ /a/3"], open);
    check(wanted, &["- /a/1"], "a: [\n  b, # one\n  d,\n  e\n]\n");
    check(open, &["+ /a/1 d"], "a: [\n  b, # one\n  d,\n  c # two\n]\n");
    check(open, &["- /a/1"], "a: [\n  b # one\n]\n");
}

#[test]
fn json_that_is_indented_with_tabs_stays_so() {
    let text = "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}\n";
    check(text, &["+ /a/c 2"], &text.replace(": 1", ": 1,\n\t\t\"c\": 2"));
    check(text, &["+ /d {e: 2}"], &text.replace("\t}\n}", "\t},\n\t\"d\": {\n\t\t\"e\": 2\n\t}\n}"));
    let inside = "a: |\n  {\n  \t\"x\": 1\n  }\n";
    check(inside, &["in /a =/y {z: 2}"], &inside.replace(": 1", ": 1,\n  \t\"y\": {\n  \t\t\"z\": 2\n  \t}"));
}

/// Moves values, each with what it is called there, into other places.
fn moved(text: &str, moves: &[(&str, &str)]) -> Result<String, String> {
    let mut sources = Sources::default();
    let source = sources.add("text", text);
    let documents = yaml::read(&sources, source, &mut Findings::default());
    let at = |pointer: &str| pointer::parse(pointer).try_fold(&documents[0].node, |node, key| node.get(&key)).unwrap();
    let edit = |(from, to): &(&str, &str)| {
        let set = Edit { pointer: (*to).to_owned(), change: Change::Set(at(from).clone()) };
        [Edit { pointer: (*from).to_owned(), change: Change::Remove }, set]
    };
    let edits: Vec<Edit> = moves.iter().flat_map(edit).collect();
    let plan = Plan::of(&documents[0].node, &edits).unwrap();
    let changes = replacements(&sources, source, &documents, &[(0, plan)]).map_err(|refused| refused.why)?;
    let mut new = text.to_owned();
    changes.iter().rev().for_each(|(range, part)| new.replace_range(range.clone(), part));
    Ok(new)
}

#[test]
fn what_is_moved_takes_its_comment_along() {
    let move_b = [("/a/b", "/d/b")];
    for (text, wanted) in [
        ("a:\n  b: 1  # one\n  c: 2 # two\nd:\n  e: 3\n", "a:\n  c: 2 # two\nd:\n  e: 3\n  b: 1  # one\n"),
        ("a:\r\n  b: 1 # one\r\n  c: 2\r\nd:\r\n  e: 3", "a:\r\n  c: 2\r\nd:\r\n  e: 3\r\n  b: 1 # one"),
    ] {
        assert_eq!(moved(text, &move_b).as_deref(), Ok(wanted), "{text}");
    }
}

#[test]
fn a_comment_before_a_map_is_inside_it() {
    let holds = |text: &str| {
        let mut sources = Sources::default();
        let source = sources.add("text", text);
        let documents = yaml::read(&sources, source, &mut Findings::default());
        holds_comment(text, documents[0].node.get("a").unwrap())
    };
    for text in ["a: # why\n  b: 1\n", "a:\n  # why\n  b: 1\n", "a:\n  b: 1 # why\n  c: 2\n"] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn a_key_without_a_value_ends_an_item() {
    check("l:\n- \"a\":\n- b: 1\n", &["- /l/1"], "l:\n- \"a\":\n");
    check("l:\n- a: &m\n- b: 1\n", &["- /l/1"], "l:\n- a: &m\n");
    check("l:\n- a: !!null &m # none\n- b: 1\n", &["- /l/1"], "l:\n- a: !!null &m # none\n");
    check("l: [&m , {b: 1}]\n", &["- /l/1"], "l: [&m]\n");
    check("l:\n- 'a': |+\n    x\n\n- b: 1\n", &["+ /l/1 c"], "l:\n- 'a': |+\n    x\n\n- c\n- b: 1\n");
}
