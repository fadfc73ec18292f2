//! Any profile and any `--set` composes to a model or to findings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meshtrace::builtin;
use meshtrace::finding::Findings;
use meshtrace::model;
use meshtrace::profile;
use meshtrace::report;
use meshtrace::source::Sources;

fuzz_target!(|input: (&str, &str)| {
    let (text, set) = input;
    let mut profiles = profile::Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
    profiles.all.insert("x.yaml", "x.yaml", text);
    let extras = [profile::Extra::Set(set.to_owned())];
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    if let Some(values) = profile::compose(&profiles, &[profile::Name::from("x")], &extras, &mut sources, &mut found) {
        model::derive(&values, &sources, &mut found);
    }
    report::findings(&found, report::Colour::No);
});
