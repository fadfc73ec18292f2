//! Injecting into any text changes it once, and taking that back gives the original bytes.

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::judge::went_all_the_way;
use crate::profile_targets;
use crate::random::Random;
use crate::seeds::Seeds;
use crate::structure;
use crate::targets::option;
use crate::text;
use meshtrace::finding::Findings;
use meshtrace::inject::Mode;
use meshtrace::inject::Opened;
use meshtrace::inject::Request;
use meshtrace::inject::Targets;
use meshtrace::named::Named;
use meshtrace::source::Sources;
use std::sync::OnceLock;

pub(crate) fn make(random: &mut Random, seeds: &Seeds) -> Parts {
    let seed = random.text(&seeds.workloads);
    let text = match random.below(4) {
        0 => structure::change(seed, random, seeds),
        1 => text::change(&structure::change(seed, random, seeds), random, seeds),
        2 => seed.to_owned(),
        _ => text::change(seed, random, seeds),
    };
    let mode = random.pick(Mode::ALL).name().to_owned();
    let mut parts = Parts::from([("text".into(), text), ("!mode".into(), mode)]);
    if random.once_in(2) {
        parts.insert("!consul".into(), String::new());
    }
    parts
}

pub(crate) fn run(parts: &Parts) -> Result<(), Broken> {
    let Some(text) = parts.get("text") else { return Ok(()) };
    let mode = option(parts, "mode").and_then(Mode::of).unwrap_or(Mode::Agent);
    let request = Request { mode, consul: option(parts, "consul").is_some(), all: true, remove: false };
    let Some((once, said)) = injected(text, request) else { return Ok(()) };
    let twice = injected(&once, request);
    law(twice.as_ref().is_some_and(|(twice, _)| *twice == once), "twice is once", || format!("{once}\n{twice:?}"))?;
    if once == *text {
        return Ok(());
    }
    went_all_the_way();
    // What an earlier injection left is removed, too.
    let remove = Request { remove: true, ..request };
    let was_clean = injected(text, remove).is_some_and(|(same, _)| same == *text);
    if was_clean && !said.iter().any(|line| line.contains("`--remove` would remove it")) {
        let back = injected(&once, remove);
        law(back.as_ref().is_some_and(|(back, _)| back == text), "removing gives the original bytes", || {
            format!("{text}\n{once}\n{back:?}")
        })?;
    }
    Ok(())
}

/// The text after a request and what was said, unless it was refused.
fn injected(text: &str, request: Request) -> Option<(String, Vec<String>)> {
    let mut sources = Sources::default();
    let mut found = Findings::default();
    let source = sources.add("text.yaml", text);
    let opened = Opened::read(&sources, source, &mut found)?;
    let targets = targets().clone().with([&opened].into_iter());
    let outcome = opened.inject(&sources, &request, &targets, &mut found)?;
    Some((outcome.text.unwrap_or_else(|| text.to_owned()), outcome.lines))
}

fn targets() -> &'static Targets {
    static TARGETS: OnceLock<Targets> = OnceLock::new();
    TARGETS.get_or_init(|| {
        profile_targets::of("dev", "services: {web: {port: 8080, calls: [api]}, api: {port: 8080}}\n".to_owned())
    })
}
