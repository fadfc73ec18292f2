//! Any profiles, values files and `--set`s give values or findings, the same twice; so does any `meshtrace.yaml`.

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::judge::went_all_the_way;
use crate::random::Random;
use crate::seeds::Seeds;
use crate::settings;
use crate::structure;
use crate::targets::extras;
use crate::targets::printed;
use crate::targets::profiles;
use crate::targets::set;
use crate::targets::visible;
use crate::text;
use meshtrace::explain;
use meshtrace::finding::Findings;
use meshtrace::model;
use meshtrace::profile;
use meshtrace::profile::Name;
use meshtrace::project;
use meshtrace::source::Sources;

pub(crate) fn make(random: &mut Random, seeds: &Seeds) -> Parts {
    let mut parts = Parts::new();
    if random.once_in(8) {
        parts.insert("meshtrace.yaml".into(), changed(random.text(&seeds.projects), random, seeds));
        return parts;
    }
    parts.insert("profiles/x.yaml".into(), one(random, seeds));
    if random.once_in(6) {
        parts.insert("profiles/y.yaml".into(), one(random, seeds));
    }
    if random.once_in(12) {
        parts.insert("profiles/base.yaml".into(), one(random, seeds));
    }
    if random.once_in(6) {
        let mut values = serde_json::json!({});
        settings::set(&mut values, random, seeds);
        parts.insert("0 values.yaml".into(), structure::write(&values, random));
    }
    if random.once_in(3) {
        for number in 0..random.few() {
            let (flag, text) = set::argument(random, seeds);
            parts.insert(format!("{number} {flag}"), text);
        }
    }
    parts
}

/// A changed profile: half of the changes set keys to valid values, so that not everything is rejected at once.
pub(crate) fn one(random: &mut Random, seeds: &Seeds) -> String {
    let seed = random.text(&seeds.profiles);
    if random.once_in(3) {
        return changed(seed, random, seeds);
    }
    let (documents, _) = structure::read(seed);
    let mut profile = documents.into_iter().next().unwrap_or_default();
    settings::set(&mut profile, random, seeds);
    if random.once_in(4) {
        structure::node(&mut profile, random, seeds);
    }
    structure::write(&profile, random)
}

fn changed(seed: &str, random: &mut Random, seeds: &Seeds) -> String {
    match random.once_in(3) {
        true => text::change(seed, random, seeds),
        false => structure::change(seed, random, seeds),
    }
}

pub(crate) fn run(parts: &Parts) -> Result<(), Broken> {
    if let Some(text) = parts.get("meshtrace.yaml") {
        let mut sources = Sources::default();
        let source = sources.add("meshtrace.yaml", text.as_str());
        let mut found = Findings::default();
        if let Some(project) = project::parse(&sources, source, "0.1.0", &mut found) {
            let renders =
                project::expand(&project, &["dev".into(), "clusters/a".into(), "clusters/b".into()], &mut found);
            project::select(&renders, &["*".into(), "dev".into()], &mut found);
        }
        printed(&found);
    }
    if parts.contains_key("profiles/x.yaml") {
        let (values, said) = compose(parts);
        if !said.contains("error[") {
            went_all_the_way();
        }
        let (values_again, said_again) = compose(parts);
        visible(&said[..said.find("\u{1b}[").unwrap_or(said.len())])?;
        law(values == values_again && said == said_again, "the same profiles give the same values", || {
            format!("{values}\n{said}\n{values_again}\n{said_again}")
        })?;
        if !values.is_empty() {
            let (_, found) = structure::read(&values);
            law(found.is_empty(), "shown values are YAML", || format!("{values}\n{}", printed(&found)))?;
        }
    }
    Ok(())
}

/// The values as shown, if there are any, and the findings.
fn compose(parts: &Parts) -> (String, String) {
    let (profiles, extras) = (profiles(parts), extras(parts));
    profile::list(&profiles);
    let names: Vec<Name> = ["x", "y"]
        .into_iter()
        .filter(|name| parts.contains_key(&format!("profiles/{name}.yaml")))
        .map(Name::from)
        .collect();
    let mut sources = Sources::default();
    let mut found = Findings::default();
    let values = profile::compose_readable(&profiles, &names, &extras, &mut sources, &mut found);
    model::derive(&values, &sources, &Default::default(), &mut found);
    let shown = explain::values(&values);
    let mut said = printed(&found) + &explain::origins(&values, &sources, None);
    for key in ["services.web.port", "jaeger.storage", "consul.values", "vars.x", "tracing", "a.b", ""] {
        match explain::key(key, &values, &sources, None) {
            Ok(text) => said.push_str(&text),
            Err(finding) => said.push_str(&format!("{finding:?}")),
        }
    }
    (shown, said)
}
