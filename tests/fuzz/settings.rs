//! Profiles that are likely to be valid: keys and choices from the program's schema, texts of the expected format.

use crate::random::Random;
use crate::seeds::Seeds;
use crate::text;
use meshtrace::model::schema;
use serde_json::Value as Json;
use serde_json::json;

/// Sets a few keys of a profile.
pub(crate) fn set(profile: &mut Json, random: &mut Random, seeds: &Seeds) {
    for _ in 0..random.few() {
        let root = schema::resolve(schema::schema());
        match random.once_in(3) {
            // Most combinations that can go wrong are in services.
            true => {
                let name = *random.pick(&["web", "api", "db"]);
                let service =
                    schema::resolve(&schema::resolve(&root["properties"]["services"])["additionalProperties"]);
                put(&mut member(profile, "services")[name], service, random, seeds);
            }
            false => put(profile, root, random, seeds),
        }
    }
}

fn member<'a>(node: &'a mut Json, key: &str) -> &'a mut Json {
    if !node.is_object() {
        *node = json!({});
    }
    if !node[key].is_object() {
        node[key] = json!({});
    }
    &mut node[key]
}

/// Sets one key somewhere below a map of the schema.
fn put(node: &mut Json, schema: &'static Json, random: &mut Random, seeds: &Seeds) {
    let Some(properties) = schema["properties"].as_object() else {
        let one = &schema["additionalProperties"];
        if one.is_object() {
            let name = *random.pick(&["ingress-gateway", "web", "api", "x-token", "edge"]);
            return put(member(node, name), schema::resolve(one), random, seeds);
        }
        *node = value(schema, random, seeds, 2);
        return;
    };
    let names: Vec<&String> = properties.keys().collect();
    let name = *random.pick(&names);
    let below = schema::resolve(&properties[name]);
    if !node.is_object() {
        *node = json!({});
    }
    match below["properties"].is_object() || below["additionalProperties"].is_object() {
        true if !random.once_in(6) => put(member(node, name), below, random, seeds),
        _ => node[name] = value(below, random, seeds, 3),
    }
}

fn value(schema: &'static Json, random: &mut Random, seeds: &Seeds, depth: usize) -> Json {
    if random.once_in(24) {
        return random.pick(&[Json::Null, json!([]), json!({}), json!(""), json!(0), json!(true)]).clone();
    }
    if let Some(choices) = schema["enum"].as_array() {
        return random.pick(choices).clone();
    }
    let kinds = match &schema["type"] {
        Json::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    match random.pick(&kinds).as_str() {
        Some("boolean") => json!(random.once_in(2)),
        Some("integer") => {
            json!(random.pick(&[0, 1, 2, 3, 5, 80, 5000, 8080, 9411, 14250, 20000, 20200, 30000, 65535]))
        }
        Some("number") => json!(random.pick(&[0.0, 0.01, 1.0, 12.5, 100.0])),
        Some("null") => Json::Null,
        Some("array") if depth > 0 => {
            (0..random.below(4)).map(|_| value(schema::resolve(&schema["items"]), random, seeds, depth - 1)).collect()
        }
        Some("array") => json!([]),
        Some("string") => Json::from(word(schema["format"].as_str().unwrap_or_default(), random, seeds)),
        _ if depth > 0 && schema["properties"].is_object() => {
            let mut node = json!({});
            (0..random.few()).for_each(|_| put(&mut node, schema, random, seeds));
            node
        }
        _ => {
            let key = *random.pick(&["x", "config", "protocol", "global", "allInOne", "meshGateway"]);
            json!({key: text::odd(random, seeds)})
        }
    }
}

fn word(format: &str, random: &mut Random, seeds: &Seeds) -> String {
    let some: &[&str] = match format {
        _ if random.once_in(10) => return text::odd(random, seeds),
        format if format.contains("version") => &[
            "0.46.1", "0.49.0", "1.0.0", "1.9.11", "2.0.3", "1.24", "1.30", "1.37.0", "1.44.0", "1.57.0", "2.0.0",
            "2.11.0", "auto", "4.11.1",
        ],
        format if format.contains("duration") || format.contains("second") => &["3s", "0.5s", "60s", "0s"],
        format if format.contains("host") || format.contains("address") || format.contains("url") => &[
            "collector.example.com:4317",
            "tempo.monitoring:9411",
            "http://es:9200",
            "https://user:pass@es:9200",
            "*",
            "shop.example.com",
            "none",
        ],
        format if format.contains("domain") => &["cluster.local", "example.org", "a"],
        _ => &[
            "web",
            "api",
            "db",
            "observability",
            "consul",
            "shop",
            "default",
            "none",
            "auto",
            "ingress-gateway",
            "simplest",
            "tcp",
            "a.b",
            "x-y",
            "docker.io/a/b:1.2.3",
            "nginx",
            "nginx:latest",
            "nginx@sha256:0000",
            "3s",
            "1.37.0",
            "es:9200",
            "2.0.3",
            "key",
        ],
    };
    random.text(some).to_owned()
}
