//! Checks that findings and paths agree, for all manifests in the repository: errors are exactly the findings that break a
//! path or refuse an object, and a hop is broken exactly when a finding breaks it.
#![allow(clippy::disallowed_methods, reason = "reads the fixtures")]

use super::*;
use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

/// Finds every directory below `tests/check` and `out` that has manifests of its own.
fn folders(root: PathBuf, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    if entries.iter().any(|path| path.extension().is_some_and(|end| end == "yaml" || end == "json")) {
        found.push(root);
    }
    entries.into_iter().filter(|path| path.is_dir()).for_each(|path| folders(path, found));
}

fn load(folder: &std::path::Path) -> Loaded {
    let mut loaded = Loaded::default();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "yaml" || end == "json") {
            loaded.add(&path.to_string_lossy(), &fs::read_to_string(&path).unwrap());
        }
    }
    loaded
}

#[test]
fn an_error_breaks_a_path_or_is_refused_and_only_a_finding_breaks_a_hop() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    folders(root.join("tests/check"), &mut all);
    folders(root.join("out"), &mut all);
    assert!(all.len() > 250, "{} sets", all.len());
    let mut wrong = Vec::new();
    for folder in all {
        let loaded = load(&folder);
        let set = loaded.set();
        let mut sink = Sink::default();
        let Proven { paths, .. } = prove(&set, &Options::default(), &mut sink);
        let breaks: HashSet<(&str, HopKind)> = sink
            .found
            .iter()
            .filter_map(|one| match &one.effect {
                Effect::Breaks(hop, _) => Some((one.rule.id, *hop)),
                Effect::None | Effect::Refused => None,
            })
            .collect();
        for one in &sink.found {
            if (one.severity() == Severity::Error) != (one.effect != Effect::None) {
                wrong.push(format!("{}: {} has {:?}", folder.display(), one.rule.id, one.effect));
            }
        }
        for path in &paths {
            let broken: Vec<&Hop> = path.hops.iter().filter(|hop| hop.state == State::Broken).collect();
            if (path.arrives == Some(false)) == broken.is_empty() {
                wrong.push(format!("{}: {} arrives {:?}", folder.display(), path.service, path.arrives));
            }
            for hop in broken {
                // Requests enter by a gateway only if it runs.
                let by_gateway = |rule| hop.kind == HopKind::Entry && breaks.contains(&(rule, HopKind::Sidecar));
                if !hop.rule.is_some_and(|rule| breaks.contains(&(rule, hop.kind)) || by_gateway(rule)) {
                    wrong.push(format!(
                        "{}: {} of {} is broken by no finding",
                        folder.display(),
                        hop.kind.as_str(),
                        path.service
                    ));
                }
            }
        }
        // A finding that breaks all proxies' spans leaves no path that arrives.
        let stops = |one: &sink::Diagnostic| matches!(&one.effect, Effect::Breaks(hop, problem::Scope::All) if *hop != HopKind::Starts);
        if sink.found.iter().any(stops) && paths.iter().any(|path| path.arrives != Some(false)) {
            wrong.push(format!("{}: a path arrives past what stops all", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
