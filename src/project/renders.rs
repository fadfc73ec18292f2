//! Renders by name: valid names, patterns that expand to many, and globs that pick some.

use crate::component;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::grouped;
use crate::finding::ids;
use crate::glob;
use crate::profile::Name;
use crate::project::FILE;
use crate::project::Project;
use crate::project::Render;
use crate::running;
use crate::suggest;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// File systems allow no longer component; it also bounds the work that a hostile name causes.
const LONGEST: usize = 255;

/// The most renders of one run. A thousand clusters are far below; an untrusted file of a few kilobytes can name more
/// than a machine can render.
const MOST: usize = 5_000;
/// The most renders that patterns may expand to, of which a run can then select some.
const NAMED: usize = 100_000;

/// Reports what is wrong with one render as written: an unsafe name, a `*` too many or too few.
pub(crate) fn check(render: &Render, found: &mut Findings) {
    if let Some(problem) = unsafe_name(&render.name) {
        found.push(unsafe_render(&render.name, problem, render));
    }
    let stars = |text: &str| text.matches('*').count();
    let starred = render.profiles.iter().any(|name| stars(&name.text) > 0);
    for (text, place) in std::iter::once((&render.name, &render.place))
        .chain(render.profiles.iter().map(|name| (&name.text, &name.place)))
    {
        if stars(text) > 1 {
            found.push(
                Finding::error(ids::RENDER_PATTERN, format!("`{text}` has more than one `*`"))
                    .at(place.clone())
                    .help("a `*` matches within one part of a path; use it once"),
            );
        }
    }
    if (stars(&render.name) > 0) != starred {
        let sides = if starred {
            "profiles contain a `*`, but its name does not"
        } else {
            "name contains a `*`, but none of its profiles does"
        };
        found.push(
            Finding::error(ids::RENDER_PATTERN, format!("render `{}`: its {sides}", render.name))
                .at(render.place.clone())
                .help("use `*` on both sides, such as `\"clusters/*\": [production, \"clusters/*\"]`"),
        );
    }
}

/// The renders of a project, with each pattern replaced by one render for every matching profile, sorted by name within
/// the pattern. `profile_names` are all profiles. A pattern without a match is a warning. Errors are two renders with
/// the same name (or names that differ only in case, which are the same folder on some systems), one render inside
/// another's folder, and more than 100,000 renders in total, in which case none are returned.
pub fn expand(project: &Project, profile_names: &[String], found: &mut Findings) -> Vec<Render> {
    let _at = running::stage("the renders of", FILE);
    let mut renders = Vec::new();
    for render in &project.renders {
        if renders.len() > NAMED {
            let message = format!("the patterns in `{FILE}` expand to more than {} renders", grouped(NAMED));
            found.push(
                Finding::error(ids::TOO_MANY_RENDERS, message)
                    .at(render.place.clone())
                    .help("use patterns that match fewer profiles, or split the repository"),
            );
            return Vec::new();
        }
        if !render.name.contains('*') {
            renders.push(render.clone());
            continue;
        }
        let starred = render.profiles.iter().filter_map(|name| name.text.split_once('*'));
        let parts: BTreeSet<&str> = starred
            .flat_map(|(head, tail)| profile_names.iter().filter_map(move |name| part_of(name, head, tail)))
            .collect();
        if parts.is_empty() {
            found.push(
                Finding::warning(
                    ids::RENDER_PATTERN,
                    format!("no profile matches the pattern of render `{}`", render.name),
                )
                .at(render.place.clone())
                .help("add a matching profile under `profiles/`, or remove the render"),
            );
        }
        for part in parts {
            let profiles = render
                .profiles
                .iter()
                .map(|name| Name { text: name.text.replacen('*', part, 1), place: name.place.clone() });
            let made = Render {
                name: render.name.replacen('*', part, 1),
                profiles: profiles.collect(),
                place: render.place.clone(),
            };
            match unsafe_name(&made.name) {
                Some(problem) => found.push(unsafe_render(&made.name, problem, render)),
                None => renders.push(made),
            }
        }
    }
    clashes(&renders, found);
    if project.out == "." {
        report_inputs(&renders, found);
    }
    renders
}

/// Reports renders that would be written into a folder that renders read.
fn report_inputs(renders: &[Render], found: &mut Findings) {
    for render in renders {
        if let Some(tree) = input_tree(&render.name) {
            found.push(
                Finding::error(ids::OUT_IN_INPUT, format!("render `{}` would be written into `{tree}/`", render.name))
                    .at(render.place.clone())
                    .help(format!(
                        "every render reads `{tree}/`, so the next one would read this output; rename the render, or set `out: out`"
                    )),
            );
        }
    }
}

/// The input folder that a path of the project is or is in, ignoring case. A render there would read what the last one
/// wrote.
pub(crate) fn input_tree(path: &str) -> Option<&'static str> {
    let first = path.split('/').next()?;
    ["profiles", "templates", "files", "charts"].into_iter().find(|tree| component::is_same(first, tree))
}

/// The renders that match at least one of `globs`, in their original order; all of them if there are no globs. Errors
/// are a glob without a match, a project without renders, and a selection of more than 5,000.
pub fn select(renders: &[Render], globs: &[String], found: &mut Findings) -> Vec<Render> {
    if renders.is_empty() {
        found.push(
            Finding::error(ids::NO_RENDERS, format!("`{FILE}` has no renders"))
                .help("add `renders: {dev: [dev]}` to it, or name profiles with `-p`"),
        );
        return Vec::new();
    }
    for glob in globs {
        if renders.iter().any(|render| glob::matches(glob, &render.name)) {
            continue;
        }
        let what = if glob::is_pattern(glob) { "matches" } else { "is named" };
        let near = suggest::closest(glob, renders.iter().map(|render| render.name.as_str()));
        found.push(Finding::error(ids::UNKNOWN_RENDER, format!("no render {what} `{glob}`")).help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the renders of `{FILE}`: {}; use `-p` to select profiles", some_names(renders)),
        }));
    }
    let chosen = |render: &&Render| globs.is_empty() || globs.iter().any(|glob| glob::matches(glob, &render.name));
    let chosen: Vec<Render> = renders.iter().filter(chosen).cloned().collect();
    if chosen.len() > MOST {
        let message =
            format!("{} renders are selected, but one run can make at most {}", grouped(chosen.len()), grouped(MOST));
        found.push(Finding::error(ids::TOO_MANY_RENDERS, message).at(chosen[MOST].place.clone()).help(
            "select fewer: `meshtrace render 'RENDER-GLOB'`; with `check` and `diff`, the profiles of one render: `-p PROFILE`",
        ));
        return Vec::new();
    }
    chosen
}

/// What is wrong with one component of the path of a folder, if anything.
pub(crate) fn unsafe_part(part: &str) -> Option<&'static str> {
    if part.is_empty() {
        Some("has an empty path component")
    } else if part == "." || part == ".." {
        Some("has a `.` or `..` path component")
    } else if part.contains(['\\', ':']) || part.chars().any(char::is_control) {
        Some("has a backslash, colon or control character")
    } else {
        component::refusal(part)
    }
}

fn unsafe_name(name: &str) -> Option<&'static str> {
    if name.starts_with('/') {
        return Some("is an absolute path");
    }
    if name.contains('?') {
        return Some("has a `?`, which is a wildcard on the command line");
    }
    if name.len() > LONGEST {
        return Some("is longer than 255 bytes");
    }
    name.split('/').find_map(unsafe_part)
}

fn unsafe_render(name: &str, problem: &str, render: &Render) -> Finding {
    Finding::error(ids::UNSAFE_PATH, format!("the name of render `{}` {problem}", name.escape_debug()))
        .at(render.place.clone())
        .help("the name of a render is its folder under `out`, such as `dev` or `clusters/eu-1`")
}

/// What the `*` between `head` and `tail` matches in `name`: part of one path segment.
fn part_of<'a>(name: &'a str, head: &str, tail: &str) -> Option<&'a str> {
    let part = name.strip_prefix(head)?.strip_suffix(tail)?;
    (!part.is_empty() && !part.contains('/')).then_some(part)
}

fn clashes(renders: &[Render], found: &mut Findings) {
    let mut seen: HashMap<String, &Render> = HashMap::new();
    for render in renders {
        if let Some(first) = seen.insert(render.name.to_lowercase(), render) {
            let message = if first.name == render.name {
                format!("two renders are named `{}`", render.name)
            } else {
                format!(
                    "renders `{}` and `{}` differ only in case, which some file systems ignore",
                    first.name, render.name
                )
            };
            found.push(
                Finding::error(ids::DUPLICATE_RENDER, message)
                    .at(render.place.clone())
                    .note("the first is here", first.place.clone())
                    .help("rename one, or move its profile to a folder that the pattern does not match"),
            );
        }
    }
    for render in renders {
        let name = render.name.to_lowercase();
        for (at, _) in name.match_indices('/') {
            if let Some(outer) = seen.get(&name[..at]) {
                found.push(
                    Finding::error(
                        ids::DUPLICATE_RENDER,
                        format!("render `{}` is inside the directory of render `{}`", render.name, outer.name),
                    )
                    .at(render.place.clone())
                    .note("the outer one is here", outer.place.clone())
                    .help("rename one so that neither folder contains the other"),
                );
            }
        }
    }
}

fn some_names(renders: &[Render]) -> String {
    const LISTED: usize = 16;
    let mut text =
        renders.iter().take(LISTED).map(|render| format!("`{}`", render.name)).collect::<Vec<_>>().join(", ");
    if renders.len() > LISTED {
        text.push_str(&format!(" and {} more", renders.len() - LISTED));
    }
    text
}
