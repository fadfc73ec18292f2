//! The laws of the diff, over random documents: it is empty if nothing changed, an independent RFC 6902 implementation
//! can apply it in both directions, order counts only where Kubernetes says so, and it contains no secret.

use crate::common::leak::base64;
use crate::common::leak::encoded;
use crate::common::leak::forms;
use crate::common::leak::pieces;
use crate::common::patch;
use meshtrace::diff;
use meshtrace::diff::Change;
use meshtrace::diff::Changes;
use meshtrace::diff::Op;
use meshtrace::diff::Pair;
use meshtrace::diff::Raw;
use meshtrace::diff::Tree;
use meshtrace::finding::Findings;
use meshtrace::named::Named;
use meshtrace::report;
use meshtrace::report::Color;
use meshtrace::report::diff::Format;
use meshtrace::report::diff::View;
use proptest::prelude::*;
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

fn tree(files: &[(&str, String)]) -> Tree {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes()));
    Tree { files: files.collect::<BTreeMap<_, _>>(), shown: String::new(), single: false, ..Tree::default() }
}

const VIEW: View = View { context: 3, max_chars: 60_000, summary: false, color: Color::No };

fn compare(from: &Tree, to: &Tree) -> Changes<Raw> {
    let mut found = Findings::default();
    let (from, to) = diff::read(from, to, &mut found);
    assert_eq!(found.errors(), 0, "{}", report::findings(&found, Color::No));
    diff::compare(&from, &to, None)
}

fn changes(from: &Json, to: &Json) -> Changes<Raw> {
    compare(&tree(&[("a.yaml", from.to_string())]), &tree(&[("a.yaml", to.to_string())]))
}

fn apply(document: &Json, changes: &[Change]) -> Json {
    patch::apply(document, changes).unwrap()
}

fn object(kind: &str, spec: &Json) -> Json {
    let version = if kind == "Deployment" { "apps/v1" } else { "example.com/v1" };
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": spec})
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3i64..3).prop_map(Json::from),
        "[a-c~/]{0,2}".prop_map(Json::from),
        Just(Json::from("{\"a\": 1, \"b\": [1, 2]}")),
        Just(Json::from("{\"a\":1,\"b\":[2,1]}")),
        Just(Json::from("a: 1\nb: [1]\n")),
        Just(Json::from("a: 1\nb: [1]\n# said\n")),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            proptest::collection::btree_map("[a-c~/]{1,2}|name", inner, 0..5)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

/// Containers with names, ports and variables, each list in random order.
fn containers() -> impl Strategy<Value = Json> {
    let port = (1u16..5, prop_oneof![Just("TCP"), Just("UDP")])
        .prop_map(|(n, p)| (format!("{n}{p}"), json!({"containerPort": n, "protocol": p})));
    let ports =
        proptest::collection::btree_map(port.clone().prop_map(|p| p.0), Just(()), 0..1).prop_flat_map(move |_| {
            proptest::collection::vec(port.clone(), 0..4)
                .prop_map(|list| list.into_iter().collect::<BTreeMap<_, _>>().into_values().collect::<Vec<_>>())
        });
    let env = proptest::collection::btree_map("[A-D]", prop_oneof!["[a-b]", Just("$(A)".to_owned())], 0..4)
        .prop_map(|map| map.into_iter().map(|(k, v)| json!({"name": k, "value": v})).collect::<Vec<_>>())
        .prop_shuffle();
    let container = (ports.prop_shuffle(), env, "[x-z]{1,2}", proptest::collection::vec("[a-c]", 0..4))
        .prop_map(|(ports, env, image, args)| json!({"image": image, "ports": ports, "env": env, "args": args}));
    proptest::collection::btree_map("[a-d]", container, 0..4)
        .prop_map(|map| {
            let named = |(name, mut c): (String, Json)| {
                c["name"] = Json::from(name);
                c
            };
            map.into_iter().map(named).collect::<Vec<_>>()
        })
        .prop_shuffle()
        .prop_map(Json::from)
}

fn deployment(containers: &Json) -> Json {
    object("Deployment", &json!({"template": {"spec": {"containers": containers}}}))
}

/// An equivalent for the cluster: lists whose order has no meaning are sorted.
fn sorted(deployment: &Json) -> Json {
    let mut out = deployment.clone();
    let containers = out.pointer_mut("/spec/template/spec/containers").and_then(Json::as_array_mut).unwrap();
    for container in containers.iter_mut() {
        for key in ["ports", "env"] {
            container[key].as_array_mut().unwrap().sort_by_key(Json::to_string);
        }
    }
    containers.sort_by_key(|container| container["name"].to_string());
    out
}

/// What each variable sees above it, for those that refer to others.
fn seen(deployment: &Json) -> BTreeSet<(String, String, bool)> {
    let mut out = BTreeSet::new();
    for container in deployment.pointer("/spec/template/spec/containers").and_then(Json::as_array).unwrap() {
        let env = container["env"].as_array().unwrap();
        for (at, item) in env.iter().enumerate().filter(|(_, item)| item["value"] == "$(A)") {
            let above = env[..at].iter().any(|other| other["name"] == "A");
            out.insert((container["name"].to_string(), item["name"].to_string(), above));
        }
    }
    out
}

proptest! {
    #[test]
    fn the_diff_of_a_document_with_itself_is_empty(spec in value()) {
        let a = object("Thing", &spec);
        // Formatted differently, so that equal bytes are not a shortcut.
        let changes = compare(&tree(&[("a.yaml", a.to_string())]), &tree(&[("b.yaml", format!("{a:#}"))]));
        prop_assert_eq!(changes, Changes::default());
    }

    #[test]
    fn the_operations_turn_one_document_into_the_other_and_back(a in value(), b in value()) {
        let (a, b) = (object("Thing", &a), object("Thing", &b));
        prop_assert_eq!(apply(&a, &changes(&a, &b)), b.clone());
        prop_assert_eq!(apply(&b, &changes(&b, &a)), a);
    }

    #[test]
    fn the_operations_of_plain_yaml_do_too(a in value(), b in value()) {
        let (a, b) = (json!({"x": a}), json!({"x": b}));
        prop_assert_eq!(apply(&a, &changes(&a, &b)), b);
    }

    #[test]
    fn the_operations_between_workloads_give_an_equivalent_object(a in containers(), b in containers()) {
        let (a, b) = (deployment(&a), deployment(&b));
        let there = apply(&a, &changes(&a, &b));
        prop_assert_eq!(sorted(&there), sorted(&b));
        prop_assert_eq!(seen(&there), seen(&b));
        prop_assert_eq!(sorted(&apply(&there, &changes(&there, &a))), sorted(&a));
        prop_assert_eq!(changes(&there, &b), Changes::default());
    }

    #[test]
    fn shuffling_a_keyed_list_gives_nothing(names in proptest::collection::btree_set("[a-z]{1,4}", 1..8).prop_map(Vec::from_iter), seed: u64) {
        let make = |names: &[String]| deployment(&json!(names.iter().map(|name| json!({"name": name, "image": name})).collect::<Vec<_>>()));
        prop_assert_eq!(changes(&make(&names), &make(&shuffled(&names, seed))), Changes::default());
        let set = |names: &[String]| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x", "finalizers": names}});
        prop_assert_eq!(changes(&set(&names), &set(&shuffled(&names, seed))), Changes::default());
    }

    #[test]
    fn shuffling_an_ordered_list_gives_only_moves(items in proptest::collection::vec("[a-d]{1,2}", 0..9), seed: u64) {
        let make = |items: &[String]| object("Thing", &json!({"args": items}));
        let other = shuffled(&items, seed);
        let changes = changes(&make(&items), &make(&other));
        prop_assert!(changes.iter().flat_map(|change| &change.fields).all(|field| field.op == Op::Move), "{changes:?}");
        prop_assert_eq!(changes.is_empty(), items == other);
    }

    #[test]
    fn a_secret_is_in_no_output(
        canary in "[a-zA-Z0-9+/=&<\"' \\\\:%é한-]{6,24}",
        place in 0usize..9,
        encoding in 0usize..16,
        in_data: bool,
        in_env: bool,
        secret_on in 0usize..3,
        side in 0usize..3,
    ) {
        let canary = canary.trim().to_owned();
        // Without white space, it has to be long enough to be recognized.
        prop_assume!(canary.split_whitespace().map(|word| word.chars().count()).sum::<usize>() >= 6);
        let text = encoded(&canary, encoding);
        // Such a value would be quoted differently there.
        let in_env = in_env && !canary.contains(['\'', '"', '\\', '/']) && !canary.ends_with([',', ';']);
        let held = match in_env {
            true => format!("A=b\nDB_PASSWORD='{canary}'\nC=d\n"),
            false => canary.clone(),
        };
        let secret = match in_data {
            true => json!({"data": {"key": base64(held.as_bytes())}}),
            false => json!({"stringData": {"key": held}}),
        };
        let secret = |n: usize| {
            let mut secret = secret.clone();
            secret["apiVersion"] = json!("v1");
            secret["kind"] = json!("Secret");
            secret["metadata"] = json!({"name": "s", "labels": {"n": n.to_string()}});
            secret
        };
        let side_files = |n: usize| {
            let mut files = vec![("values.yaml", format!("n: {n}\n"))];
            if secret_on == n || secret_on == 2 {
                files.push(("secret.yaml", secret(n).to_string()));
            }
            if side == n || side == 2 {
                files.extend(leak(place, &text, n));
            }
            tree(&files)
        };
        let (from, to) = (side_files(0), side_files(1));
        let pairs = [Pair { render: Some("dev".to_owned()), from, to, ..Pair::default() }];
        let mut found = Findings::default();
        let answer = diff::run(&pairs, &diff::Options::default(), &mut found);
        prop_assert_eq!(found.errors(), 0);
        let answer = answer.unwrap_or_default();
        let mut outputs = vec![format!("{:?}", answer.changes)];
        for format in Format::ALL {
            for summary in [false, true] {
                let written = report::diff::write(&pairs, &answer, *format, &View { summary, ..VIEW });
                outputs.extend([written.text, format!("{:?}", written.left_out)]);
            }
        }
        for output in outputs {
            for form in forms(&canary).into_iter().chain(pieces(&text, encoding)) {
                prop_assert!(!output.contains(&form), "`{form}` of `{canary}` is in:\n{output}");
            }
        }
    }

    #[test]
    fn markdown_keeps_its_limit_and_closes_its_fences(most in 0usize..3000, texts in proptest::collection::vec("[a`\n|]{0,40}", 0..20)) {
        let files: Vec<(String, String)> = texts.iter().enumerate().map(|(n, text)| (format!("{n}.txt"), text.clone())).collect();
        let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
        let pair = Pair { from: tree(&[]), to: tree(&files), ..Pair::default() };
        let answer = diff::run(&[pair], &diff::Options::default(), &mut Findings::default()).unwrap_or_default();
        let text = report::diff::write(&[], &answer, Format::Markdown, &View { max_chars: most, ..VIEW }).text;
        prop_assert!(text.chars().count() <= most);
        let mut open: Option<usize> = None;
        for line in text.lines() {
            let ticks = line.len() - line.trim_start_matches('`').len();
            match open {
                None if ticks >= 3 => open = Some(ticks),
                Some(length) if ticks >= length && line.trim_start_matches('`').is_empty() => open = None,
                Some(_) => prop_assert!(line.starts_with(['+', '-', ' ']) || line.is_empty()),
                None => {}
            }
        }
        prop_assert_eq!(open, None);
    }
}

fn shuffled(items: &[String], seed: u64) -> Vec<String> {
    let mut out = items.to_vec();
    let mut state = seed | 1;
    for at in (1..out.len()).rev() {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        out.swap(at, (state >> 33) as usize % (at + 1));
    }
    out
}

/// Files with a text in some position; `n` makes the two sides differ.
fn leak(place: usize, text: &str, n: usize) -> Vec<(&'static str, String)> {
    let config = |data: Json, annotation: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "annotations": {"a": annotation, "n": n.to_string()}}, "data": data}).to_string()
    };
    match place {
        0 => vec![("config.yaml", config(json!({"a": text, "n": n.to_string()}), ""))],
        1 => vec![("config.yaml", config(json!({}), text))],
        2 => vec![("config.yaml", config(json!({text: n.to_string()}), ""))],
        3 => vec![("config.yaml", config(json!({"j": json!({"inner": text, "n": n}).to_string()}), ""))],
        4 => vec![("config.yaml", config(json!({"m": format!("first\nsays {text} here\nlast {n}\n")}), ""))],
        5 => vec![("note.txt", format!("first {n}\nthe word is {text}.\n"))],
        6 => vec![("values.yaml", json!({"list": [{"name": "a", "value": text}, n]}).to_string())],
        7 => vec![("config.yaml", config(json!({"y": format!("a:\n  b: {}\n  n: {n}\n", Json::from(text))}), ""))],
        _ => vec![(
            "config.yaml",
            config(json!({"args": format!("--password={text} --n={n}")}), &format!("{{\"x\":{}}}", Json::from(text))),
        )],
    }
}
