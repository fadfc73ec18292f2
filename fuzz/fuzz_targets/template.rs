//! Any template renders to files or to findings, in bounded time and memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshtrace::builtin;
use meshtrace::files::Files;
use meshtrace::finding::Findings;
use meshtrace::model;
use meshtrace::object;
use meshtrace::profile;
use meshtrace::report;
use meshtrace::source::Sources;
use meshtrace::template::Engine;
use meshtrace::template::Templates;
use meshtrace::yaml::Node;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static MODEL: LazyLock<(model::Model, Node)> = LazyLock::new(|| {
    let profiles = profile::Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let names = [profile::Name::from("dev")];
    let values =
        profile::compose(&profiles, &names, &[], &mut sources, &mut found).expect("the shipped profiles compose");
    (model::derive(&values, &sources, &mut found).expect("and fit together"), values.root)
});

fuzz_target!(|text: &str| {
    let mut all = Files::default();
    all.insert("manifests/x.yaml", "x.yaml", text);
    let templates = Templates { all, builtin: Files::default() };
    let engine = Engine::new(&templates, &MODEL.0, &MODEL.1);
    let mut found = Findings::default();
    let rendered = object::parse(engine.render(&mut found), &engine, &mut found);
    object::lay_out(rendered, &BTreeMap::new(), &mut found);
    report::findings(&found, report::Colour::No);
});
