//! Any template renders to files or to findings, in bounded time and memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshtrace::files::Files;
use meshtrace::finding::Findings;
use meshtrace::object;
use meshtrace::report;
use meshtrace::source::Span;
use meshtrace::template::Engine;
use meshtrace::template::Templates;
use meshtrace::yaml::Node;
use std::collections::BTreeMap;

fuzz_target!(|text: &str| {
    let mut all = Files::default();
    all.insert("manifests/x.yaml", "x.yaml", text);
    let model =
        serde_json::json!({"services": [{"name": "a"}, {"name": "b"}], "vars": {"x": "a: b\nc", "y": [1, null]}});
    let templates = Templates { all, builtin: Files::default() };
    let engine = Engine::new(&templates, &model, &Node::from_json(&model, Span::NONE));
    let mut found = Findings::default();
    let rendered = object::parse(engine.render(&mut found), &engine, &mut found);
    object::lay_out(&rendered, &BTreeMap::new(), &mut found);
    report::findings(&found, report::Colour::No);
});
