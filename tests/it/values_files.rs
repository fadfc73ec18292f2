//! Which files `check` takes for values of the Consul chart, and what it reads of them.

use crate::walk::Report;
use crate::walk::with;

const SHARED: &str =
    "global: {name: consul, tls: {enabled: true}, acls: {manageSystemACLs: true}}\nserver: {replicas: 3}\n";
const OBJECTS: [&str; 3] = ["mesh.yaml", "jaeger.yaml", "web.yaml"];

/// A check of objects that are fine beside a values file that is named.
fn named(path: &str, text: &str, more: &[&str]) -> Report {
    with(&[(path, text)]).check(&[&[path], &OBJECTS[..], more].concat())
}

fn has(report: &Report, rule: &str) -> bool {
    report.found().iter().any(|found| found.starts_with(rule))
}

#[test]
fn values_with_keys_that_other_charts_have_too_count_when_they_are_named() {
    assert!(has(&named("values.yaml", SHARED, &["--consul-chart", "1.4.10"]), "inject-service-account"));
    let old = "global: {name: consul}\nserver: {replicas: 1}\nui: {enabled: true}\n";
    assert!(has(&named("values.yaml", old, &["--consul-chart", "0.46.1"]), "inject-disabled"));
    assert!(!has(&named("vault/values.yaml", old, &["--consul-chart", "0.46.1"]), "inject-disabled"));
    for path in ["values.yaml", "overrides.yaml"] {
        assert!(has(&named(path, "connectInjct: {enabled: false}\n", &[]), "values-unknown-key"), "{path}");
    }
}

#[test]
fn values_in_a_directory_are_known_by_their_path_or_a_key_of_consuls() {
    for path in ["infra/consul.yaml", "infra/values.yaml", "helm/consul/prod.yaml", "values/consul.yaml"] {
        assert!(has(&with(&[(path, SHARED)]).check(&["."]), "inject-service-account"), "{path}");
    }
    let other = "global: {tlsDisable: true}\nserver: {ha: {enabled: true}}\nui: {enabled: true}\n";
    for path in ["vault/values.yaml", "infra/values.yaml", "infra/nomad.yaml"] {
        assert_eq!(with(&[(path, other)]).check(&["."]).json["summary"]["arrives"], true, "{path}");
    }
}

#[test]
fn a_dash_stands_for_the_switch_of_all() {
    let values = |on: bool| {
        format!(
            "global: {{name: consul, enabled: {on}}}\nconnectInject: {{enabled: '-'}}\nsyncCatalog: {{enabled: '-'}}\n"
        )
    };
    for version in ["0.46.1", "1.4.10", "2.0.3"] {
        let off = named("values.yaml", &values(false), &["--consul-chart", version]);
        assert!(has(&off, "inject-disabled") && !has(&off, "values-wrong-type"), "{version}: {:?}", off.found());
        let on = named("values.yaml", &values(true), &["--consul-chart", version]);
        assert!(!has(&on, "inject-disabled") && !has(&on, "values-wrong-type"), "{version}: {:?}", on.found());
    }
}

#[test]
fn only_the_first_document_of_a_values_file_counts() {
    let text = "global: {name: consul, datacenter: dc1}\nconnectInject: {enabled: true}\n---\nconnectInject: {enabled: false}\n";
    assert_eq!(named("values.yaml", text, &[]).json["summary"]["arrives"], true);
}

#[test]
fn what_a_chart_fails_with_is_not_said_to_be_ignored() {
    for (version, text, rule) in [
        ("1.9.11", "apiGateway: {enabled: true}\n", "values-chart-fails"),
        ("1.4.10", "server: {tolerations: [{key: a}]}\n", "values-wrong-type"),
        ("1.4.10", "server: {extraConfig: {a: 1}}\n", "values-wrong-type"),
    ] {
        let text = format!("{text}connectInject: {{enabled: true}}\n");
        let report = named("values.yaml", &text, &["--consul-chart", version]);
        assert!(has(&report, rule) && !has(&report, "values-unknown-key"), "{text}: {:?}", report.found());
    }
    let text =
        "connectInject: {enabled: true}\ningressGateways: {enabled: true, gateways: [{name: ig, serivce: {}}]}\n";
    assert!(has(&named("values.yaml", text, &["--consul-chart", "1.4.10"]), "values-unknown-key"));
}

#[test]
fn versions_on_the_command_line_are_versions_and_files_win() {
    let tree = with(&[]);
    for (flag, text) in
        [("--kube-version", "foo"), ("--kube-version", "1"), ("--consul-chart", "abc"), ("--consul-chart", "")]
    {
        let (code, _, err) = tree.run(&["check", ".", &format!("{flag}={text}")]);
        assert!(code == 2 && err.contains("is not a version"), "{flag} {text}: {err}");
    }
    let header = "# chart: consul 1.4.10\nglobal: {name: consul, datacenter: dc1}\nserver: {replicas: 3}\n";
    assert!(!has(&named("values.yaml", header, &["--consul-chart", "0.46.1"]), "inject-disabled"));
}
