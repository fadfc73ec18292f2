//! What `inject` takes from a profile.

use meshtrace::builtin;
use meshtrace::finding::Findings;
use meshtrace::inject::Targets;
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::profile::Profiles;
use meshtrace::render;
use meshtrace::render::Input;
use meshtrace::template::Templates;

/// The targets of a shipped profile with further values, in YAML.
pub(crate) fn of(profile: &str, values: String) -> Targets {
    let profiles = Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
    let templates = Templates { all: builtin::templates(), builtin: builtin::templates() };
    let extras = [Extra::File { name: "values.yaml".to_owned(), text: values }];
    let (names, nothing) = ([Name::from(profile)], Default::default());
    let input = Input {
        profiles: &profiles,
        templates: &templates,
        verbatim: &nothing,
        names: &names,
        extras: &extras,
        home: &Default::default(),
        helm: None,
    };
    let mut found = Findings::default();
    render::targets(&input, &mut found).unwrap_or_else(|| panic!("{found:?}"))
}
