//! `check` ends for any input, without a panic and in time at most linear in the input.
#![allow(missing_docs, reason = "a test")]

use meshtrace::check;
use meshtrace::check::Loaded;
use meshtrace::check::Options;
use proptest::prelude::*;

const BASE: &str = include_str!("../check/rules/collector-port/pass/objects.yaml");
const WORKLOADS: &str = include_str!("../check/rules/agent-port-collision/pass/objects.yaml");
const COLLECTOR: &str = include_str!("../check/rules/jaeger-v2-chain/pass/objects.yaml");

fn judge(text: &str) {
    let mut loaded = Loaded::default();
    loaded.add("hostile.yaml", text);
    let options = Options { assume: vec![("x".into(), 1)], ..Options::default() };
    let report = check::check(&loaded.set(), &options, &loaded);
    for hit in &report.findings {
        assert!(!hit.finding.message.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_line_may_be_missing_or_replaced(
        which in 0usize..3,
        line in 0usize..60,
        with in prop_oneof![
            Just(String::new()),
            Just("  []".to_string()),
            Just("    config: 1".to_string()),
            "[ -~]{0,40}",
            "[ ]{0,12}[a-z]{1,8}: [\\[\\]{}\",:a-z0-9 ]{0,20}",
        ],
    ) {
        let base = [BASE, WORKLOADS, COLLECTOR][which];
        let mut lines: Vec<&str> = base.lines().collect();
        let at = line % lines.len();
        lines[at] = &with;
        judge(&lines.join("\n"));
    }

    #[test]
    fn any_piece_may_be_cut_out(which in 0usize..3, from in 0usize..2000, length in 1usize..40) {
        let base = [BASE, WORKLOADS, COLLECTOR][which];
        let from = from % base.len();
        let end = (from + length).min(base.len());
        judge(&format!("{}{}", &base[..from], &base[end..]));
    }

    #[test]
    fn any_json_can_replace_clusters_and_tracer(tracing in "\\PC{0,60}", clusters in "[\\[\\]{},:\"a-z0-9 _\n]{0,80}") {
        let escape = |text: &str| serde_json::to_string(text).unwrap();
        judge(&format!(
            "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ProxyDefaults\nmetadata: {{name: global}}\nspec:\n  config:\n    envoy_tracing_json: {}\n    envoy_extra_static_clusters_json: {}\n    envoy_listener_tracing_json: {}\n",
            escape(&tracing), escape(&clusters), escape(&tracing)
        ));
    }
}

#[test]
fn deep_json_ends() {
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(100_000);
        judge(&format!(
            "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ProxyDefaults\nmetadata: {{name: global}}\nspec: {{config: {{envoy_tracing_json: {}, envoy_extra_static_clusters_json: {}}}}}\n",
            serde_json::to_string(&deep).unwrap(),
            serde_json::to_string(&deep).unwrap()
        ));
    }
}

#[test]
fn many_objects_with_one_selector_and_namespace_are_handled_in_time() {
    let mut text = String::new();
    for index in 0..3_000 {
        text.push_str(&format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{index}, namespace: n}}\nspec: {{template: {{metadata: {{labels: {{app: a{index}}}, annotations: {{consul.hashicorp.com/connect-inject: \"true\"}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}\n"
        ));
    }
    judge(&text);
}
