//! Flags of `render` that cannot be combined, each with what to use instead.

use crate::args;
use crate::workspace::Gone;
use meshtrace::finding::Finding;
use meshtrace::finding::ids;
use meshtrace::glob;

/// The first conflict between the flags.
pub(super) fn refuse(args: &args::Render, by_profile: bool) -> Option<Finding> {
    if by_profile && !args.renders.is_empty() {
        let message = "`-p` cannot be combined with RENDER, which names renders in `meshtrace.yaml`";
        let help = format!(
            "use `meshtrace render {}` for the render, or only `-p`, with several profiles as `-p dev,debug`",
            args.renders.join(" ").escape_debug()
        );
        return Some(Finding::error(ids::USAGE, message).help(help));
    }
    let flags = [("--prune", args.prune), ("--since", args.since.is_some())];
    if let Some((flag, _)) = flags.iter().find(|(_, given)| *given && by_profile) {
        let message = format!("`-p` cannot be combined with `{flag}`, which is about the renders in `meshtrace.yaml`");
        return Some(Finding::error(ids::USAGE, message).help("omit one of them"));
    }
    if args.prune && !args.only.is_empty() {
        let message = "`--prune` deletes whole directories, and `--only` selects files";
        return Some(Finding::error(ids::USAGE, message).help("run the command twice, with one of them each"));
    }
    let values = &args.values;
    if matches!(args.out.as_deref(), Some("json" | "yaml" | "name" | "wide")) {
        let out = args.out.as_deref().unwrap_or_default();
        return Some(
            Finding::error(ids::USAGE, format!("`-o {out}` would write to a directory named `{out}`"))
                .help("`-o` is the output directory; objects are always rendered as YAML, and `-o -` prints them"),
        );
    }
    if args.out.as_deref() == Some("") {
        return Some(Finding::error(ids::USAGE, "`-o` is empty").help("expected a directory, or `-` for stdout"));
    }
    let extra = !values.values.is_empty()
        || !values.set.is_empty()
        || !values.set_string.is_empty()
        || !values.set_json.is_empty()
        || !values.set_file.is_empty();
    if !by_profile && (extra || args.out.is_some()) {
        let flag = if extra { "`-f` and `--set` require" } else { "`-o` requires" };
        let help = "name the profiles with `-p`, such as `-p dev`; renders in meshtrace.yaml use only their own profiles and `out`";
        return Some(Finding::error(ids::USAGE, format!("{flag} `-p`")).help(help));
    }
    if args.check && by_profile && args.out.as_deref().is_none_or(|out| out == "-") {
        return Some(Finding::error(ids::USAGE, "`--check` needs a directory to compare with").help("add `-o DIR`"));
    }
    None
}

/// `--prune` with the names of renders that are there, which has nothing to delete.
pub(super) fn prunes_nothing(args: &args::Render, gone: &[Gone]) -> Option<Finding> {
    let named = !args.renders.is_empty() && !args.renders.iter().any(|name| glob::is_pattern(name));
    if !args.prune || !named || !gone.is_empty() {
        return None;
    }
    let names = args.renders.iter().map(|name| format!("`{}`", name.escape_debug())).collect::<Vec<_>>().join(", ");
    let message = format!("`--prune` deletes what renders left that are gone, and `meshtrace.yaml` still has {names}");
    Some(Finding::error(ids::USAGE, message).help(
        "run `meshtrace render --prune`, or name what to delete: a directory below `out`, or a glob such as 'clusters/*'",
    ))
}
