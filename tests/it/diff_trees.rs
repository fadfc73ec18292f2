//! The laws of the diff over whole trees, with what real ones hold: duplicates, alternatives, files that cannot be read,
//! binaries, files that are no manifests, names that are no names.

use crate::common::patch;
use meshtrace::diff;
use meshtrace::diff::Kind;
use meshtrace::diff::Options;
use meshtrace::diff::Pair;
use meshtrace::diff::Side;
use meshtrace::diff::Tree;
use meshtrace::finding::Findings;
use meshtrace::named::Named;
use meshtrace::report;
use meshtrace::report::Color;
use meshtrace::report::diff::Format;
use meshtrace::report::diff::View;
use proptest::prelude::*;
use serde_json::Value as Json;

const VIEW: View = View { context: 3, max_chars: 60_000, summary: false, color: Color::No };

/// What files hold.
const CONTENTS: [&[u8]; 20] = [
    b"",
    b"# nothing\n",
    b"---\n---\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1'}\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '2', y: '{\"a\": 1}'}\n",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {z: z}\n",
    b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec: {replicas: 1, template: {spec: {containers: [{name: a, image: b}]}}}\n",
    b"apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: w}\nspec: {replicas: 2, template: {spec: {containers: [{name: c, image: b}, {name: a, image: d}]}}}\n",
    b"apiVersion: v1\nkind: Service\nmetadata: {name: w}\nspec: {ports: [{port: 80, name: a}, {port: 81}]}\n",
    b"apiVersion: v1\nkind: Service\nmetadata: {name: w}\nspec: {ports: [{port: 81, name: a}, {port: 80}, {port: 80, protocol: UDP}]}\n",
    b"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n",
    b"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2-hunter2}\n",
    b"kind: Secret\ndata: {password: {{ x }}}\n",
    b"a: {{ .Values.x }}\n",
    b"a: [\n",
    b"a: 1\na: 2\n",
    b"\xff\xfe\x00binary\x00",
    b"a: \xff\n",
    b"{\"a\": [1, 2, {\"b\": null}]}",
    b"namePrefix: a-\nresources: [a.yaml]\n",
];

const NAMES: [&str; 8] = [
    "a.yaml",
    "b.yaml",
    "base/a.yaml",
    "prod/a.yaml",
    "c.json",
    "notes.txt",
    "kustomization.yaml",
    "helm/x/values.yaml",
];

fn files() -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::vec((0..NAMES.len(), 0..CONTENTS.len()), 0..7)
}

fn tree(files: &[(usize, usize)]) -> Tree {
    let files = files.iter().map(|(name, content)| (NAMES[*name].to_owned(), CONTENTS[*content].to_vec()));
    Tree { files: files.collect(), ..Tree::default() }
}

/// The objects of a side: file, identity, content.
fn objects(side: &Side) -> Vec<(String, String, Json)> {
    let all = side.objects.iter();
    all.map(|object| (object.file.to_string(), object.id.to_string(), object.node.to_json())).collect()
}

proptest! {
    #[test]
    fn any_tree_is_the_same_as_itself(files in files(), single in any::<bool>()) {
        let one = Tree { single: single && files.len() == 1, ..tree(&files) };
        let pairs = [Pair { from: one.clone(), to: one, ..Pair::default() }];
        let mut found = Findings::default();
        let answer = diff::run(&pairs, &Options::default(), &mut found);
        prop_assert_eq!(found.errors(), 0, "{}", report::findings(&found, Color::No));
        let answer = answer.unwrap_or_default();
        prop_assert!(answer.changes.is_empty(), "{:?}", answer.changes);
        for format in Format::ALL {
            prop_assert!(report::diff::write(&pairs, &answer, *format, &VIEW).left_out.is_empty());
        }
    }

    #[test]
    fn the_operations_turn_the_objects_of_a_tree_into_those_of_another(old in files(), new in files()) {
        let mut found = Findings::default();
        let (from, to) = diff::read(&tree(&old), &tree(&new), &mut found);
        prop_assume!(found.errors() == 0);
        let changes = diff::compare(&from, &to, None);
        let (from, to) = (objects(&from), objects(&to));
        let named = |change: &diff::Change| change.object.as_ref().map(|object| (object.kind.clone(), object.name.clone()));
        let is = |json: &Json, change: &diff::Change| {
            named(change).is_some_and(|(kind, name)| json["kind"] == kind && json["metadata"]["name"] == name)
        };
        for (file, id, wanted) in &to {
            let change = changes.iter().find(|change| change.kind != Kind::Removed && change.file == *file && is(wanted, change));
            let made = match change {
                None => from.iter().any(|(_, other, json)| other == id && json == wanted),
                Some(change) if change.kind == Kind::Added => change.fields[0].value.as_ref() == Some(wanted),
                Some(change) => from.iter().any(|(_, _, json)| {
                    patch::apply(json, std::slice::from_ref(change)).is_ok_and(|made| made == *wanted)
                        || json["kind"] == wanted["kind"] && is_but_for_order(json, change, wanted)
                }),
            };
            prop_assert!(made, "{file} {id}: {change:?}");
        }
        for change in changes.iter().filter(|change| change.kind == Kind::Removed && change.object.is_some()) {
            prop_assert!(from.iter().any(|(file, _, json)| *file == change.file && change.fields[0].old.as_ref() == Some(json)));
        }
    }
}

/// Lists whose order has no meaning keep FROM's.
fn is_but_for_order(from: &Json, change: &diff::Change, wanted: &Json) -> bool {
    fn sorted(json: &Json) -> Json {
        match json {
            Json::Array(list) => {
                let mut list: Vec<Json> = list.iter().map(sorted).collect();
                list.sort_by_key(Json::to_string);
                Json::from(list)
            }
            Json::Object(map) => {
                let mut all: Vec<(String, Json)> =
                    map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
                all.sort_by(|a, b| a.0.cmp(&b.0));
                Json::Object(all.into_iter().collect())
            }
            other => other.clone(),
        }
    }
    patch::apply(from, std::slice::from_ref(change)).is_ok_and(|made| sorted(&made) == sorted(wanted))
}
