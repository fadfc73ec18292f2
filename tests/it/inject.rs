//! The laws of `inject` over the workloads of `tests/inject`, in every layout, and over random ones.
#![allow(clippy::disallowed_methods, reason = "reads the corpus")]

use meshtrace::check;
use meshtrace::edit;
use meshtrace::edit::Plan;
use meshtrace::finding::Findings;
use meshtrace::inject::Mode;
use meshtrace::inject::Opened;
use meshtrace::inject::Request;
use meshtrace::inject::Targets;
use meshtrace::named::Named;
use meshtrace::source::Sources;
use meshtrace::yaml;
use meshtrace::yaml::Node;
use meshtrace::yaml::Value;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Targets of the profile `dev` with these values.
fn targets(values: &str) -> Targets {
    crate::common::targets::of("dev", values.to_owned())
}

fn plain_targets() -> &'static Targets {
    static PLAIN: OnceLock<Targets> = OnceLock::new();
    PLAIN.get_or_init(|| targets("services: {web: {port: 8080, calls: [api]}, api: {port: 8080}}\n"))
}

/// A CR whose agents have all settings, and an operator whose agents have probes.
fn rich() -> &'static Targets {
    static RICH: OnceLock<Targets> = OnceLock::new();
    RICH.get_or_init(|| {
        targets(
            "jaeger:\n  version: 1.65.0\n  spec:\n    agent:\n      options: {log-level: debug}\n      resources: {limits: {memory: 64Mi}}\n      \
             volumes: [{name: certs, emptyDir: {medium: Memory}}]\n      volumeMounts: [{name: certs, mountPath: /certs}]\n      \
             imagePullSecrets: [{name: pull}]\n",
        )
    })
}

const REQUEST: Request = Request { mode: Mode::Agent, consul: false, all: false, remove: false };

/// The text after a request, and what was said.
#[track_caller]
fn run(name: &str, text: &str, request: Request, targets: &Targets) -> (String, Vec<String>) {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let mut found = Findings::default();
    let opened = Opened::read(&sources, source, &mut found).unwrap_or_else(|| panic!("{name}: {found:?}"));
    let outcome = opened.inject(&sources, &request, targets, &mut found);
    let outcome = outcome.unwrap_or_else(|| panic!("{name}: {found:?}\n{text}"));
    (outcome.text.unwrap_or_else(|| text.to_owned()), outcome.lines)
}

fn documents(text: &str) -> Vec<Node> {
    let mut sources = Sources::default();
    let source = sources.add("text", text);
    let mut found = Findings::default();
    let documents = yaml::read(&sources, source, &mut found);
    assert!(found.is_empty(), "{found:?}\n{text}");
    documents.into_iter().map(|document| document.node).collect()
}

/// The workloads of `tests/inject` in all layouts, by path.
fn corpus() -> Vec<(String, String)> {
    files(&|folder| folder != "people")
}

/// Files as people, charts and tools write them.
fn people() -> Vec<(String, String)> {
    files(&|folder| folder == "people")
}

fn files(wanted: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inject");
    let mut files = Vec::new();
    let is_wanted = |path: &std::path::PathBuf| path.is_dir() && wanted(&path.file_name().unwrap().to_string_lossy());
    for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(is_wanted) {
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = format!(
                "{}/{}",
                folder.file_name().unwrap().to_string_lossy(),
                file.file_name().unwrap().to_string_lossy()
            );
            files.push((name, fs::read_to_string(file).unwrap()));
        }
    }
    files.sort();
    files
}

fn requests() -> impl Iterator<Item = Request> {
    let modes = Mode::ALL.iter().flat_map(|mode| [false, true].map(|consul| (*mode, consul)));
    modes.map(|(mode, consul)| Request { mode, consul, all: true, ..REQUEST })
}

/// How often a law was held, and how often it could not be, for each reason.
#[derive(Debug, Default)]
struct Held {
    all: usize,
    /// Nothing was injected.
    unchanged: usize,
    /// A removal would also remove what was there before, and that was told.
    told: usize,
    refused: usize,
}

impl Held {
    /// Fails if more than so many of a hundred were skipped for a reason.
    #[track_caller]
    fn at_most(&self, unchanged: usize, told: usize, refused: usize) {
        let fine = |some: usize, percent: usize| some * 100 <= self.all * percent;
        assert!(
            fine(self.unchanged, unchanged) && fine(self.told, told) && fine(self.refused, refused),
            "more was skipped than expected: {self:?}"
        );
    }
}

/// Twice is once, and taking it back gives the original bytes. In JSON what was there before cannot be marked, and is told.
#[track_caller]
fn laws(name: &str, text: &str, request: Request, targets: &Targets, held: &mut Held) {
    let (once, said) = run(name, text, request, targets);
    let (twice, again) = run(name, &once, request, targets);
    assert_eq!(twice, once, "{name}: {request:?}: a second injection changes something: {again:?}");
    held.all += 1;
    held.unchanged += usize::from(once == *text);
    if said.iter().any(|line| line.contains("`--remove` would remove it")) {
        held.told += 1;
    } else {
        let (back, said) = run(name, &once, Request { remove: true, ..request }, targets);
        assert_eq!(back, text, "{name}: {request:?}: {said:?}\n{once}");
    }
}

#[test]
fn every_layout_keeps_the_laws() {
    let corpus = corpus();
    assert!(corpus.len() >= 80, "{}", corpus.len());
    let mut held = Held::default();
    for (name, text) in &corpus {
        for request in requests() {
            for targets in [plain_targets(), rich()] {
                laws(name, text, request, targets, &mut held);
            }
        }
    }
    held.at_most(8, 1, 0);
}

#[test]
fn all_layouts_of_an_object_become_the_same_object() {
    let corpus = corpus();
    for (name, text) in &corpus {
        let (folder, layout) = name.split_once('/').unwrap();
        let stream = folder == "stream" && layout.ends_with(".json");
        let (_, reference) = corpus.iter().find(|(other, _)| *other == format!("{folder}/kubectl.yaml")).unwrap();
        for request in requests() {
            let (new, _) = run(name, text, request, rich());
            let (wanted, _) = run(folder, reference, request, rich());
            let (mut new, wanted) = (documents(&new), documents(&wanted));
            if stream {
                new = new[0].get("items").and_then(Node::as_list).unwrap().to_vec();
            }
            assert_eq!(new, wanted, "{name}: {request:?}");
        }
    }
}

/// Files of `people` that not every request can change in place, and why.
const REFUSED: [(&str, &str); 4] = [
    // The pod's annotations would get those of the Deployment.
    ("people/anchors-annotations.yaml", "such as a value that an alias repeats elsewhere"),
    ("people/anchors-own-env-merge.yaml", "`<<` brings this value from elsewhere: write it out"),
    ("people/anchors-ports.yaml", "this is an alias: write out what it repeats"),
    // A list that `x-env` has, too.
    ("people/set-merge-key-on-top.yaml", "this is an alias: write out what it repeats"),
];

/// What a request makes of a text; the errors if it makes nothing.
fn tried(name: &str, text: &str, request: Request, targets: &Targets) -> Result<(String, Vec<String>), String> {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let mut found = Findings::default();
    let outcome = Opened::read(&sources, source, &mut found)
        .and_then(|opened| opened.inject(&sources, &request, targets, &mut found));
    let errors = || found.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>().join("; ");
    let outcome = outcome.ok_or_else(errors)?;
    Ok((outcome.text.unwrap_or_else(|| text.to_owned()), outcome.lines))
}

/// The errors of the schemas.
fn refusals(text: &str) -> Vec<String> {
    let mut sets = check::Sets::default();
    sets.add("x.yaml", Ok(text.to_owned()));
    let report = check::check_all(sets, &check::Options::default(), &check::Levels::default());
    let schema = report.findings.iter().filter(|hit| hit.finding.rule.as_str().starts_with("schema-"));
    schema.map(|hit| hit.finding.message.clone()).collect()
}

#[test]
fn files_as_people_write_them_keep_the_laws() {
    let people = people();
    assert!(people.len() >= 80, "{}", people.len());
    let mut held = Held::default();
    for (name, text) in &people {
        let old = documents(text);
        let mut plain = String::new();
        for document in &old {
            plain.push_str("---\n");
            yaml::write(document, &mut plain);
        }
        for request in requests() {
            for targets in [plain_targets(), rich()] {
                let new = match tried(name, text, request, targets) {
                    Ok((new, _)) => new,
                    Err(why) => {
                        let known = REFUSED.iter().any(|(file, part)| file == name && why.contains(part));
                        assert!(known, "{name}: {request:?}: {why}");
                        held.all += 1;
                        held.refused += 1;
                        continue;
                    }
                };
                // What already has all of it cannot be told from what was injected.
                if new == *text {
                    held.all += 1;
                    held.unchanged += 1;
                } else {
                    laws(name, text, request, targets, &mut held);
                }
                // The same as without anything that is unusual about the layout.
                let (wanted, _) = tried(name, &plain, request, targets).unwrap();
                let changed = documents(&new);
                assert_eq!(changed, documents(&wanted), "{name}: {request:?}\n{new}");
                assert_eq!(old.len(), changed.len());
                let untouched = slices(text).into_iter().zip(slices(&new)).zip(old.iter().zip(&changed));
                for ((before, after), _) in untouched.filter(|(_, (before, after))| before == after) {
                    assert_eq!(before, after, "{name}: {request:?}");
                }
            }
        }
        let (new, _) = tried(name, text, REQUEST, plain_targets()).unwrap_or_default();
        let (before, after) = (refusals(text), refusals(&new));
        assert!(after.iter().all(|message| before.contains(message)), "{name}: {after:?}\n{new}");
    }
    held.at_most(15, 0, 2);
}

/// The text of each document.
fn slices(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let source = sources.add("text", text);
    let documents = yaml::read(&sources, source, &mut Findings::default());
    documents.iter().map(|document| sources.slice(document.span).to_owned()).collect()
}

#[test]
fn what_cannot_be_read_or_changed_says_why() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: a, image: a}\n";
    for (text, why) in [
        ("kind: [\n".to_owned(), "`[` is never closed"),
        (web.replace("metadata: {name: w}", "metadata: x"), "`metadata` is a string, expected a map"),
        (web.replace("{name: w}", "{name: w, annotations: [a]}"), "`metadata.annotations` is a list, expected a map"),
        (web.replace("- {name: a, image: a}", "  web: {image: a}"), "`spec.containers` is a map, expected a list"),
        (web.replace("- {name: a, image: a}", "- web"), "`spec.containers.[]` is a string, expected a map"),
        (web.replace("image: a}", "image: a, env: {A: b}}"), "`spec.containers.[].env` is a map, expected a list"),
        (web.replace("kind:", "kind: Pod\nkind:"), "the key `kind` appears twice in this map"),
        (format!("{web}# \u{c}\n"), "control character `U+000C` in YAML"),
        (format!("{web}---\n\u{feff}{web}"), "a byte order mark inside a document"),
    ] {
        let error = tried("x", &text, REQUEST, plain_targets()).unwrap_err();
        assert!(error.contains(why), "{why}: {error}");
    }
    let template = |kind: &str| web.replace("kind: Deployment", kind).replace("metadata: {name: w}\n", "");
    for (text, said) in [
        (web.replace("name: w", "name: '{{ .Release.Name }}'"), "left: it is a template"),
        (format!("{web}sops: {{mac: 'ENC[x]'}}\n"), "skipped: SOPS encrypted the file"),
        (
            template("kind: Rollout"),
            "Rollout without a name: skipped: `Rollout` is not one of the kinds that are changed: Deployment",
        ),
        (
            web.replace("apps/v1", "batch.volcano.sh/v1alpha1").replace("Deployment", "Job"),
            "Job `w`: skipped: only the `Job` of `batch` is changed, and this is one of `batch.volcano.sh/v1alpha1`",
        ),
        (web.replace("apiVersion: apps/v1\n", ""), "Deployment `w`: skipped: it has no `apiVersion`"),
        (template("x: y"), "object without a name: skipped: it has no `kind`"),
        (template("kind: Deployment"), "Deployment without a name: injected the agent"),
    ] {
        let (_, lines) = tried("x", &text, REQUEST, plain_targets()).unwrap();
        assert!(lines.len() == 1 && lines[0].contains(said), "{said}: {lines:?}");
    }
}

#[test]
fn long_lines_and_many_variables_keep_the_laws() {
    let (_, web) = people().into_iter().find(|(name, _)| name.ends_with("/crlf.yaml")).unwrap();
    let variables: String = (0..300).map(|number| format!("            - {{name: V{number}, value: x}}\r\n")).collect();
    for text in [
        web.replace("team: shop", &format!("team: {}", "x".repeat(200_000))),
        web.replace("# ours", &format!("# {}", "-".repeat(50_000))),
        web + &variables,
    ] {
        let mut held = Held::default();
        requests().for_each(|request| laws("long", &text, request, rich(), &mut held));
        held.at_most(0, 0, 0);
    }
}

#[test]
fn other_documents_keep_their_bytes() {
    let (_, text) = corpus().into_iter().find(|(name, _)| name == "stream/commented.yaml").unwrap();
    let (new, _) = run("stream", &text, REQUEST, plain_targets());
    let old: Vec<&str> = text.split("---\n").collect();
    let new: Vec<&str> = new.split("---\n").collect();
    assert_eq!((old[0], old[2]), (new[0], new[2]));
    assert!(old[1] != new[1] && old[3] != new[3]);
    // Every line of the old text is in the new one, in the same order.
    let mut lines = new[1].lines();
    assert!(old[1].lines().all(|line| lines.any(|other| other == line)));
}

#[test]
fn a_newer_agent_replaces_an_older_one_and_still_goes_without_a_trace() {
    for (name, text) in corpus().iter().filter(|(name, _)| !name.contains("json")) {
        let request = Request { all: true, ..REQUEST };
        let (old, _) = run(name, text, request, plain_targets());
        let (new, said) = run(name, &old, request, rich());
        assert!(said.iter().all(|line| line.contains("updated the agent")), "{name}: {said:?}");
        let (fresh, _) = run(name, text, request, rich());
        assert_eq!(documents(&new), documents(&fresh), "{name}");
        let (back, _) = run(name, &new, Request { remove: true, ..request }, rich());
        assert_eq!(back, *text, "{name}\n{new}");
    }
}

/// Trees that are maps of maps, lists and scalars.
fn tree() -> impl Strategy<Value = Node> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-9..99_i64).prop_map(Value::Int),
        "[a-z,:# '\"{-]{0,6}".prop_map(|text| Value::String(text.into())),
        Just(Value::String("a\nb\n".into())),
    ];
    let node = scalar.prop_map(Node::new);
    node.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| Node::new(Value::List(list))),
            prop::collection::btree_map("[a-e]", inner, 0..4).prop_map(map),
        ]
    })
}

fn map(entries: std::collections::BTreeMap<String, Node>) -> Node {
    let mut map = yaml::Map::default();
    entries.into_iter().for_each(|(key, value)| map.set(&key, value));
    Node::new(Value::Map(map))
}

/// A workload as people have them: keys that an injection writes to are there, empty, without a value or missing.
fn workload() -> impl Strategy<Value = Node> {
    let words = || prop::sample::select(vec!["{a: b}", "{}", "", "{app: web, x: \"1\"}"]);
    let env = prop::sample::select(vec![
        "",
        "env: []",
        "env:",
        "env: [{name: A, value: b}]",
        "env: [{name: JAEGER_PROPAGATION, value: \"jaeger,b3,w3c\"}]",
        "env: [{name: JAEGER_SERVICE_NAME, value: mine}, {name: A, valueFrom: {fieldRef: {fieldPath: x}}}]",
    ]);
    let ports = prop::sample::select(vec!["", "ports: [{containerPort: 80}]", "ports: [{containerPort: 14271}]"]);
    let kind = prop::sample::select(vec!["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]);
    let container = (env, ports);
    let scraped = prop::sample::select(vec!["", "prometheus.io/scrape: \"true\"", "prometheus.io/port: \"8080\""]);
    (kind, words(), words(), words(), scraped, prop::collection::vec(container, 1..3), any::<bool>()).prop_map(
        |(kind, labels, annotations, pod, scraped, containers, volumes)| {
            let mut text = format!("apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: web\n  namespace: shop\n");
            text += &match (annotations, scraped) {
                ("", "") => String::new(),
                (_, "") => format!("  annotations: {annotations}\n"),
                _ => format!("  annotations:\n    z: z\n    {scraped}\n"),
            };
            text += "spec:\n  template:\n    metadata:\n";
            text += &format!("      labels: {}\n", if labels.is_empty() { "{app: web}" } else { labels });
            text += &(if pod.is_empty() { String::new() } else { format!("      annotations: {pod}\n") });
            text += "    spec:\n      containers:\n";
            for (number, (env, ports)) in containers.iter().enumerate() {
                text += &format!("      - name: c{number}\n        image: c:1\n");
                for line in [env, ports].into_iter().filter(|line| !line.is_empty()) {
                    text += &format!("        {line}\n");
                }
            }
            text +=
                if volumes { "      volumes: [{name: certs, emptyDir: {medium: Memory}}, {name: x}]\n" } else { "" };
            documents(&text).remove(0)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is edited reads as what was planned, in block style and in JSON.
    #[test]
    fn an_edited_text_reads_as_planned(
        old in prop::collection::btree_map("[a-e]", tree(), 1..4).prop_map(map),
        new in prop::collection::btree_map("[a-e]", tree(), 1..4).prop_map(map),
        json in 0..3,
    ) {
        let mut text = String::new();
        match json {
            0 => yaml::write(&old, &mut text),
            1 => text = serde_json::to_string_pretty(&old.to_json()).unwrap(),
            _ => text = old.to_json().to_string(),
        }
        let mut sources = Sources::default();
        let source = sources.add("text", text.as_str());
        let documents = yaml::read(&sources, source, &mut Findings::default());
        let plan = Plan::between(&documents[0].node, &new);
        let edited = edit::apply(&sources, source, &documents, &[(0, plan)]);
        let edited = edited.unwrap_or_else(|refused| panic!("{}:\n{text}\nto {}", refused.why, new.to_json()));
        prop_assert_eq!(&self::documents(&edited)[0], &new, "{}", edited);
    }

    /// The laws hold for workloads in block style, in JSON and on one line.
    #[test]
    fn random_workloads_keep_the_laws(node in workload(), layout in 0..3, mode in 0..3_usize, consul in any::<bool>()) {
        let mut text = String::new();
        match layout {
            0 => yaml::write(&node, &mut text),
            1 => text = serde_json::to_string_pretty(&node.to_json()).unwrap(),
            _ => text = node.to_json().to_string(),
        }
        let request = Request { mode: Mode::ALL[mode], consul, all: true, ..REQUEST };
        laws("random", &text, request, rich(), &mut Held::default());
    }
}
