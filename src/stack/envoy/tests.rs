//! The judge against what real Envoys said of the same JSON (`tests/real/envoy/ask.py`), and the examples of the issue.

use super::*;
use serde_json::Value;
use serde_json::json;

fn root(name: &str) -> Root {
    match name {
        "cluster" => Root::Cluster,
        "tracing" => Root::Tracing,
        "listener_tracing" => Root::ListenerTracing,
        "listener" => Root::Listener,
        "stats_sink" => Root::StatsSink,
        "stats_config" => Root::StatsConfig,
        other => panic!("no root {other}"),
    }
}

/// Refused by Envoy for reasons that no message description has: a cluster that is not there, a filter chain that makes
/// no sense. Each is the beginning of what Envoy says.
const BEYOND: &[&str] = &[];

#[test]
fn the_judge_says_what_real_envoys_say() {
    let records: Value = serde_json::from_str(include_str!("../../../tests/truth/envoy/answers.json")).unwrap();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for record in records.as_array().unwrap() {
        for (version, said) in record["refused"].as_object().unwrap() {
            let minor = version.split_once('.').unwrap().1.parse().unwrap();
            let problems = judge(Versions::of(minor), root(record["root"].as_str().unwrap()), &record["json"]);
            let beyond = said.as_str().is_some_and(|said| BEYOND.iter().any(|reason| said.contains(reason)));
            asked += 1;
            if said.is_null() != problems.is_empty() && !beyond {
                let ours: Vec<String> = problems.iter().map(|one| format!("{}: {one}", one.pointer)).collect();
                wrong.push(format!("{} [{version}]\n    Envoy: {said}\n    we: {ours:?}", record["case"]));
            }
        }
    }
    assert!(asked > 1000);
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n"));
}
