//! The formats of `check` that other programs read: their shape, stable fingerprints, and hostile names.
//!
//! The shapes follow the published schemas: SARIF 2.1.0 (`sarif-schema-2.1.0.json` of oasis-tcs/sarif-spec), GitLab's
//! `codeclimate.json`, and `junit-10.xsd` of Jenkins' xUnit plugin.

use crate::cli::project::Project;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a Consul mesh gets wrong, in a file with a hostile name, with names that would be markup.
const WRONG: &str = r#"apiVersion: consul.hashicorp.com/v1alpha1
kind: ProxyDefaults
metadata: {name: global, namespace: consul}
spec:
  config:
    password: hunter2hunter2
---
apiVersion: v1
kind: ConfigMap
metadata: {name: [1]}
---
apiVersion: jaegertracing.io/v1
kind: Jaeger
metadata: {name: simplest}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {sidecar.jaegertracing.io/inject: "x<b>&\"'\u001b[31m\u202e]]>"}}
spec: {template: {spec: {containers: [{name: a, image: "b:1"}]}}}
"#;

const FILE: &str = "a<&\"b\u{202e}'.yaml";

fn run(project: &Project, file: &str, format: &str) -> String {
    project.run(&["check", file, "--format", format]).stdout
}

fn wrong() -> Project {
    Project::new().file(FILE, WRONG)
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}')
}

#[test]
fn gitlab_has_what_its_schema_requires() {
    let text = run(&wrong(), FILE, "gitlab");
    assert!(!text.contains(is_hidden) && !text.contains("hunter2"), "{text}");
    let issues: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(issues.len() >= 3, "{text}");
    let mut seen = BTreeSet::new();
    for issue in &issues {
        for key in ["description", "check_name", "fingerprint", "severity"] {
            assert!(issue[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {issue:#}");
        }
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap()));
        assert!(issue["location"]["path"].is_string() && issue["location"]["lines"]["begin"].is_u64(), "{issue:#}");
        assert!(seen.insert(issue["fingerprint"].as_str().unwrap()), "a fingerprint appears twice: {issue:#}");
    }
}

#[test]
fn fingerprints_survive_what_moves_and_tell_findings_apart() {
    let fingerprints = |text: &str| -> Vec<(String, String)> {
        let project = Project::new().file("a.yaml", text);
        let gitlab: Vec<Value> = serde_json::from_str(&run(&project, "a.yaml", "gitlab")).unwrap();
        let sarif: Value = serde_json::from_str(&run(&project, "a.yaml", "sarif")).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let own = |result: &Value| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&result["ruleId"]), text(&result["partialFingerprints"]["meshtraceFinding/v1"]))
        };
        let all: Vec<_> = results.iter().map(own).collect();
        let of_gitlab: Vec<_> = gitlab.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(all.iter().map(|(_, print)| print.as_str()).collect::<Vec<_>>(), of_gitlab);
        assert_eq!(of_gitlab.iter().collect::<BTreeSet<_>>().len(), of_gitlab.len());
        all
    };
    let pod = |containers: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n{containers}")
    };
    let image = "  - {name: x, image: \"jaegertracing/all-in-one:latest\"}\n";
    let first = fingerprints(&pod(image));
    assert!(!first.is_empty());
    assert_eq!(first, fingerprints(&format!("# a comment\n\n{}", pod(&format!("  - {{name: b, image: c}}\n{image}")))));
    let twice = fingerprints(&pod(&format!("{image}{}", image.replace("name: x", "name: z"))));
    assert_eq!((twice.len(), &twice[0]), (2 * first.len(), &first[0]));
    assert_ne!(first, fingerprints(&pod(image).replace("name: a}", "name: b}")));
}

#[test]
fn sarif_explains_the_rules_that_its_results_use() {
    let text = run(&wrong(), FILE, "sarif");
    assert!(!text.contains(is_hidden) && !text.contains("hunter2"), "{text}");
    let sarif: Value = serde_json::from_str(&text).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len());
    for rule in rules {
        for text in [&rule["help"]["text"], &rule["help"]["markdown"], &rule["shortDescription"]["text"]] {
            assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{rule:#}");
        }
    }
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap_or_else(|| panic!("without a rule: {result:#}"));
        assert_eq!(rules[index as usize]["id"], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(
            region["startLine"].as_u64() >= Some(1) && region["endColumn"].as_u64() >= region["startColumn"].as_u64()
        );
    }
}

#[test]
fn junit_is_well_formed_and_fails_as_the_command_does() {
    let text = run(&wrong(), FILE, "junit");
    assert!(!text.contains(is_hidden) && !text.contains("hunter2"), "{text}");
    let suites = elements(&text);
    let number = |element: &Element, key: &str| element.get(key).parse::<usize>().unwrap();
    let failures = suites.iter().filter(|element| element.name == "failure").count();
    assert!(failures > 0 && number(&suites[0], "failures") == failures, "{text}");
    assert_eq!(suites.iter().filter(|element| element.name == "testcase").count(), number(&suites[0], "tests"));
    let names: BTreeSet<_> =
        suites.iter().filter(|one| one.name == "testcase").map(|one| (one.get("classname"), one.get("name"))).collect();
    assert_eq!(names.len(), number(&suites[0], "tests"), "two test cases have one name: {text}");

    let fine = Project::new().file("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let output = fine.run(&["check", "a.yaml", "--format", "junit"]);
    let suites = elements(&output.stdout);
    assert_eq!((output.code, number(&suites[0], "failures")), (0, 0));
    assert!(number(&suites[0], "tests") > 0, "Jenkins takes a report without test cases for a mistake");
}

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    fn get(&self, key: &str) -> &str {
        self.attributes.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }
}

/// The elements of the schema: name, parents, required attributes, all attributes.
type Row = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const JUNIT: [Row; 6] = [
    ("testsuites", &[""], &[], &["name", "time", "tests", "failures", "errors"]),
    ("testsuite", &["testsuites", "testsuite"], &["name", "tests", "failures", "errors"], &["skipped", "id", "file"]),
    ("testcase", &["testsuite"], &["name"], &["time", "classname", "group"]),
    ("failure", &["testcase"], &[], &["type", "message"]),
    ("skipped", &["testcase"], &[], &["type", "message"]),
    ("system-out", &["testcase", "testsuite"], &[], &[]),
];

/// The elements of a document in order. Panics at what XML or the schema does not allow.
fn elements(text: &str) -> Vec<Element> {
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    let (mut open, mut all): (Vec<String>, Vec<Element>) = Default::default();
    while let Some(at) = rest.find('<') {
        is_text(&rest[..at]);
        let end = rest[at..].find('>').expect("each tag ends") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (inside, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut left) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut element = Element { name: name.to_owned(), attributes: Vec::new() };
        while let Some((key, more)) = left.trim_start().split_once("=\"") {
            let (value, more) = more.split_once('"').expect("each value ends");
            is_text(value);
            element.attributes.push((key.to_owned(), value.to_owned()));
            left = more;
        }
        assert_eq!(left, "", "{tag}");
        let parent = open.last().map_or("", String::as_str);
        let (_, parents, required, optional) = JUNIT.iter().find(|row| row.0 == name).expect(name);
        assert!(parents.contains(&parent), "{name} in {parent}");
        assert!(required.iter().all(|key| element.attributes.iter().any(|(name, _)| name == key)), "{tag}");
        assert!(element.attributes.iter().all(|(name, _)| [*required, *optional].concat().contains(&&**name)), "{tag}");
        if !closed {
            open.push(name.to_owned());
        }
        all.push(element);
    }
    is_text(rest);
    assert!(open.is_empty());
    all
}

fn is_text(text: &str) {
    for part in text.split('&').skip(1) {
        assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|known| part.starts_with(known)), "{part}");
    }
    assert!(!text.contains(['<', '>']) && !text.contains(is_hidden), "{text}");
}

#[test]
fn commands_that_write_no_files_name_the_option_for_formats() {
    let project = Project::new().profile("site", "extends: dev\n");
    for command in ["check", "diff"] {
        project
            .run(&[command, "-o", "json"])
            .refuses(&["does not accept `-o`", "choose the format with `--format json`"]);
        project.run(&[command, "-o", "x"]).refuses(&["does not accept `-o`", "> FILE"]);
    }
}
